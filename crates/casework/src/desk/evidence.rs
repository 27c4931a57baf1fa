//! Evidence as it is sealed with the visit and shown once it is open: never a bare number.

use face::Analysis;
use face::calibration::Interval;
use face::evidence::Band;
use face::quality::Measure;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::code::Code;
use crate::error::{Error, Result};
use crate::service::LivenessLevel;
use crate::visit::{Finding, Liveness};

/// The form of the sealed document.
const FORMAT: u32 = 1;

/// Days in a year, for the age of a portrait.
const DAYS_A_YEAR: f64 = 365.25;

/// Everything that a comparison showed and that is needed to weigh it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The form of this document; 1.
    pub format: u32,
    /// What the comparison says.
    pub comparison: Comparison,
    /// Each portrait alone.
    pub portraits: Vec<PortraitRecord>,
    /// Each live picture.
    pub live: Vec<LiveRecord>,
    /// Whether the live face was a live face.
    pub liveness: LivenessRecord,
    /// Failed comparisons of this person for this purpose before this one.
    pub attempts: AttemptsRecord,
}

/// What a comparison says at the rate that the service demands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// `match`, `inconclusive` or `no-match`.
    pub band: String,
    /// Similarity in percent: 90 is the working point, a false-match rate of 1 in 10,000.
    pub similarity: f64,
    /// The similarity from which the demanded rate is met.
    pub threshold_similarity: f64,
    /// Natural log-likelihood ratio: one person against two.
    pub llr: f64,
    /// The share of strangers who would score this high, with its 95 % interval.
    pub fmr: Rate,
    /// True if that share lies beyond what the data could show.
    pub fmr_extrapolated: bool,
    /// The share of genuine persons, with portraits of this age, who would score lower, with its 95 % interval.
    pub fnmr: Rate,
    /// The false-match rate that the service demands.
    pub requested_fmr: f64,
    /// The pack that made the templates.
    pub pack: String,
    /// The day of the calibration.
    pub calibration_created: String,
}

/// A rate with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The estimate.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What one portrait alone shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PortraitRecord {
    /// When it was taken, as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub taken_on: Option<String>,
    /// Its age in years on the day of the comparison, if its day is known.
    pub age_years: Option<f64>,
    /// Its overall quality, 0 to 100.
    pub quality: u8,
    /// Similarity in percent with this portrait alone.
    pub similarity: f64,
    /// Natural log-likelihood ratio with this portrait alone.
    pub llr: f64,
}

/// What can be said of one live picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveRecord {
    /// Its overall quality, 0 to 100.
    pub quality: u8,
    /// Its lowest measure of quality, by its name in ISO/IEC 29794-5's reference implementation.
    pub weakest: Option<String>,
    /// The value of that measure, 0 to 100.
    pub weakest_value: Option<u8>,
    /// Why it is low, as a stable code, if it is.
    pub weakest_reason: Option<String>,
}

/// Whether the live face was a live face.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LivenessRecord {
    /// `live`, `attack` or `not-checked`: three different things.
    #[schema(value_type = String)]
    pub outcome: Liveness,
    /// Why it was not checked, as a stable code.
    pub why: Option<String>,
    /// What can be done about that, as a stable code.
    #[serde(default)]
    pub advice: Option<String>,
    /// What kind of attack fits best.
    #[serde(default)]
    pub species: Option<String>,
    /// For which level of the service it was judged.
    #[serde(default)]
    pub level: Option<String>,
    /// The natural log-likelihood ratio of a person against an attack, over all cues that could speak.
    #[serde(default)]
    pub ratio: Option<f64>,
    /// Each cue.
    #[serde(default)]
    pub cues: Vec<CueRecord>,
    /// What was wrong with the way in which the pictures came, as stable words.
    #[serde(default)]
    pub flaws: Vec<String>,
}

/// What one cue of the liveness check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CueRecord {
    /// Which.
    pub cue: String,
    /// The version of its computation.
    pub version: u32,
    /// Its statistic; none when it could not say.
    pub value: Option<f64>,
    /// The natural log-likelihood ratio of a person against an attack that the calibration makes of it.
    pub ratio: Option<f64>,
    /// Why it could not say.
    pub why: Option<String>,
}

/// Failed comparisons before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttemptsRecord {
    /// In a row.
    pub consecutive: u32,
    /// Since the count was last reset.
    pub total: u32,
}

impl LivenessRecord {
    /// Nothing could be checked: it says so, and never that a face was live.
    pub(super) fn not_checked(why: &str, level: LivenessLevel) -> Self {
        Self {
            outcome: Liveness::NotChecked,
            why: Some(why.to_owned()),
            advice: None,
            species: None,
            level: Some(level.as_str().to_owned()),
            ratio: None,
            cues: Vec::new(),
            flaws: Vec::new(),
        }
    }
}

impl LivenessRecord {
    /// What the ledger says beside the outcome: why or what kind of attack, each cue with its version and ratio, what was wrong with the way.
    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        let cue = |cue: &CueRecord| match cue.ratio {
            Some(ratio) => format!("{}@{}={ratio:.2}", cue.cue, cue.version),
            None => format!("{}@{}=-", cue.cue, cue.version),
        };
        let cues: Vec<String> = self.cues.iter().map(cue).collect();
        let why = self.why.as_ref().or(self.species.as_ref()).cloned();
        let said = [("liveness_why", why.unwrap_or_default()), ("liveness_cues", cues.join(" "))];
        let all = said.into_iter().chain([("liveness_flaws", self.flaws.join(" "))]);
        all.filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, text.into())).collect()
    }
}

impl From<Interval> for Rate {
    fn from(interval: Interval) -> Self {
        Self { value: interval.value, low: interval.low, high: interval.high }
    }
}

impl LiveRecord {
    /// What the analysis says of a picture.
    pub(super) fn of(analysis: &Analysis) -> Self {
        let weakest: Option<&Measure> = analysis
            .quality
            .measures
            .iter()
            .filter(|measure| measure.value.is_some())
            .min_by_key(|measure| measure.value);
        Self {
            quality: analysis.quality.overall.unwrap_or(0),
            weakest: weakest.map(|measure| measure.name.to_string()),
            weakest_value: weakest.and_then(|measure| measure.value),
            weakest_reason: weakest.and_then(|measure| measure.reason).map(|reason| reason.code.to_owned()),
        }
    }
}

/// The age in years on `day` of a portrait; of a year or month the first day counts, so that nothing is taken for younger than it is. Never
/// negative, because clocks of cameras differ.
pub(super) fn age_years(taken_on: Option<&str>, day: Date) -> Option<f64> {
    let taken_on = taken_on?;
    let first = match taken_on.len() {
        4 => format!("{taken_on}-01-01"),
        7 => format!("{taken_on}-01"),
        _ => taken_on.to_owned(),
    };
    let days = (day - first.parse::<Date>().ok()?).get_days();
    Some(f64::from(days.max(0)) / DAYS_A_YEAR)
}

/// The stable word of a band.
pub(super) fn band_word(band: Band) -> &'static str {
    match band {
        Band::Match => "match",
        Band::Inconclusive => "inconclusive",
        Band::NoMatch => "no-match",
    }
}

/// What goes into a [`Record`] beside the comparison.
pub(super) struct Around {
    /// When each portrait was taken, in the order of the comparison.
    pub(super) taken_on: Vec<Option<String>>,
    /// Each live picture, in the order of the comparison.
    pub(super) live: Vec<LiveRecord>,
    /// Whether the live face was a live face.
    pub(super) liveness: LivenessRecord,
    /// Failed comparisons before.
    pub(super) attempts: AttemptsRecord,
}

impl Record {
    /// The record of a comparison.
    pub(super) fn new(shown: &face::evidence::Evidence, around: Around) -> Self {
        let portraits = shown.portraits.iter().zip(around.taken_on).map(|(portrait, taken_on)| PortraitRecord {
            taken_on,
            age_years: portrait.age_years,
            quality: portrait.quality,
            similarity: portrait.similarity,
            llr: portrait.llr,
        });
        Self {
            format: FORMAT,
            comparison: Comparison {
                band: band_word(shown.band).to_owned(),
                similarity: shown.similarity,
                threshold_similarity: shown.threshold_similarity,
                llr: shown.llr,
                fmr: shown.fmr.into(),
                fmr_extrapolated: shown.fmr_extrapolated,
                fnmr: shown.fnmr.into(),
                requested_fmr: shown.requested_fmr,
                pack: shown.pack.to_string(),
                calibration_created: shown.calibration_created.clone(),
            },
            portraits: portraits.collect(),
            live: around.live,
            liveness: around.liveness,
            attempts: around.attempts,
        }
    }

    /// The document as it is sealed.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|_| damaged())
    }

    /// Reads what [`Record::to_bytes`] wrote.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let record: Self = serde_json::from_slice(bytes).map_err(|_| damaged())?;
        if record.format == FORMAT && record.band().is_some() { Ok(record) } else { Err(damaged()) }
    }

    fn band(&self) -> Option<Band> {
        [Band::Match, Band::Inconclusive, Band::NoMatch]
            .into_iter()
            .find(|band| band_word(*band) == self.comparison.band)
    }

    /// What the rules ask of it.
    pub(super) fn finding(&self) -> Result<Finding> {
        Ok(Finding { band: self.band().ok_or_else(damaged)?, liveness: self.liveness.outcome })
    }

    /// What the ledger says of it when it opens: score, threshold, rate and pack as decimal texts.
    pub(super) fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        let Comparison { band, similarity, threshold_similarity, llr, fmr, requested_fmr, pack, .. } = &self.comparison;
        let mut facts: Vec<(&str, serde_json::Value)> = vec![
            ("band", band.as_str().into()),
            ("similarity", format!("{similarity:.2}").into()),
            ("threshold", format!("{threshold_similarity:.2}").into()),
            ("llr", format!("{llr:.3}").into()),
            ("fmr", format!("{:.3e}", fmr.value).into()),
            ("fmr_requested", format!("{requested_fmr:e}").into()),
            ("pack", pack.as_str().into()),
            ("liveness", self.liveness.outcome.as_str().into()),
        ];
        facts.extend(self.liveness.facts());
        facts
    }
}

fn damaged() -> Error {
    Error::new(Code::VisitStateInvalid, "the evidence is not in the form that this program writes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_age_is_in_years_and_never_negative() {
        let day = date(2026, 11, 21);
        assert_eq!(age_years(None, day), None);
        for (taken_on, years) in
            [("2016-11-21", 10.0), ("2016-11", 10.05), ("2016", 10.89), ("2026-11-22", 0.0), ("2027", 0.0)]
        {
            let age = age_years(Some(taken_on), day).unwrap();
            assert!((age - years).abs() < 0.01, "{taken_on}: {age}");
        }
        assert_eq!(age_years(Some("soon"), day), None);
    }
}
