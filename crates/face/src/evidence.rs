//! Evidence: what a comparison shows, with everything that is needed to weigh it.

use crate::calibration::{Calibration, Interval};
use crate::code::Code;
use crate::compare::{Comparer, Prepared};
use crate::error::{Error, Result};
use crate::limits::{FRAMES_MAX, PORTRAITS_MAX};
use crate::template::{PackId, Template};
use serde::{Deserialize, Serialize};

/// A stored portrait of the claimed person.
#[derive(Clone, Copy, Debug)]
pub struct Portrait<'a> {
    /// Its template.
    pub template: &'a Template,
    /// Its age on the day of the check in years, if its date is known.
    pub age_years: Option<f64>,
}

/// What a comparison says at a requested false-match rate, from the best to the worst. Never the last word: a person decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    /// At most the requested share of strangers would score this high.
    Match,
    /// More likely one person than two, but more strangers than requested would score this high.
    Inconclusive,
    /// More likely two persons than one.
    NoMatch,
}

/// What a comparison shows.
#[derive(Clone, Debug, Serialize)]
pub struct Evidence {
    /// Similarity in percent: 90 is the working point, FMR 1:10,000.
    pub similarity: f64,
    /// Natural log-likelihood ratio: one person against two.
    pub llr: f64,
    /// The share of strangers who would score this high.
    pub fmr: Interval,
    /// True if [`Evidence::fmr`] lies beyond what the data could show and is an extension of the curve.
    pub fmr_extrapolated: bool,
    /// The share of genuine persons, with portraits of this age, who would score lower.
    pub fnmr: Interval,
    /// What it says at the requested rate.
    pub band: Band,
    /// The requested false-match rate.
    pub requested_fmr: f64,
    /// The similarity from which the requested rate is met.
    pub threshold_similarity: f64,
    /// Each portrait alone.
    pub portraits: Vec<PortraitEvidence>,
    /// Overall quality of each live frame, 0 to 100.
    pub live_quality: Vec<u8>,
    /// The pack that made it.
    pub pack: PackId,
    /// The day of the calibration.
    pub calibration_created: String,
}

/// What one portrait alone shows.
#[derive(Clone, Debug, Serialize)]
pub struct PortraitEvidence {
    /// Similarity in percent of the live frames with this portrait alone.
    pub similarity: f64,
    /// Natural log-likelihood ratio with this portrait alone.
    pub llr: f64,
    /// Its age in years, if known.
    pub age_years: Option<f64>,
    /// Its overall quality, 0 to 100.
    pub quality: u8,
}

/// Compares live frames with the portraits of one claimed person, for a requested false-match rate.
///
/// # Errors
/// `nothing-to-compare`, `too-many-images`, `age-out-of-range`, `fmr-out-of-range`, `template-pack-mismatch`, `template-corrupt`.
pub fn compare(
    calibration: &Calibration,
    live: &[&Template],
    portraits: &[Portrait<'_>],
    fmr: f64,
) -> Result<Evidence> {
    if live.is_empty() || portraits.is_empty() {
        return Err(Error::new(Code::NothingToCompare, "there is no live picture or no portrait"));
    }
    if live.len() > FRAMES_MAX || portraits.len() > PORTRAITS_MAX {
        return Err(Error::new(Code::TooManyImages, format!("{} live, {} portraits", live.len(), portraits.len())));
    }
    if portraits.iter().filter_map(|p| p.age_years).any(|age| !(0.0..=150.0).contains(&age)) {
        return Err(Error::new(Code::AgeOutOfRange, "a portrait's age is not between 0 and 150 years"));
    }
    let threshold = calibration.threshold(fmr)?;
    let comparer = Comparer::new(calibration);
    let frames: Vec<Prepared> = live.iter().map(|t| comparer.prepare(t)).collect::<Result<_>>()?;
    let stored: Vec<Prepared> = portraits.iter().map(|p| comparer.prepare(p.template)).collect::<Result<_>>()?;
    let frames: Vec<&Prepared> = frames.iter().collect();
    let llr = comparer.llr(&frames, &stored.iter().collect::<Vec<_>>());
    let alone = portraits.iter().zip(&stored).map(|(portrait, prepared)| {
        let llr = comparer.llr(&frames, &[prepared]);
        let similarity = calibration.similarity(llr);
        PortraitEvidence { similarity, llr, age_years: portrait.age_years, quality: portrait.template.quality }
    });
    let youngest = portraits
        .iter()
        .filter_map(|p| p.age_years)
        .fold(None, |low: Option<f64>, age| Some(low.map_or(age, |l| l.min(age))));
    let rate = calibration.fmr(llr);
    Ok(Evidence {
        similarity: calibration.similarity(llr),
        llr,
        fmr: rate,
        fmr_extrapolated: rate.value < calibration.fmr_range().0,
        fnmr: calibration.fnmr(llr, youngest),
        band: match () {
            () if llr >= threshold => Band::Match,
            () if llr >= 0.0 => Band::Inconclusive,
            () => Band::NoMatch,
        },
        requested_fmr: fmr,
        threshold_similarity: calibration.similarity(threshold),
        portraits: alone.collect(),
        live_quality: live.iter().map(|t| t.quality).collect(),
        pack: calibration.pack.clone(),
        calibration_created: calibration.created.clone(),
    })
}
