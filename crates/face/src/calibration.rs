//! What scores mean: the file that `eval calibrate` writes for one pack, and the functions that read it.

mod curve;

pub use curve::{Curve, Knot};

use crate::code::Code;
use crate::compare::product;
use crate::error::{Error, Result};
use crate::normal::{upper_quantile, upper_tail};
use crate::quality::OverallWeights;
use crate::template::PackId;
use serde::{Deserialize, Serialize};

/// The similarity of the working point.
pub const WORKING_SIMILARITY: f64 = 90.0;
/// The false-match rate of the working point (NIST SP 800-63A-4 §3.11).
pub const WORKING_FMR: f64 = 1e-4;
/// Impostors in this share or fewer have a similarity above [`IMPOSTOR_SIMILARITY`].
pub const IMPOSTOR_SHARE: f64 = 0.05;
/// The similarity that a typical impostor does not pass.
pub const IMPOSTOR_SIMILARITY: f64 = 40.0;

/// A rate with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The estimate.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The calibration of one pack. Unknown keys are errors.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The file's format; 1.
    pub format: u32,
    /// The pack that it was made for.
    pub pack: PackId,
    /// The day on which it was made, as YYYY-MM-DD.
    pub created: String,
    /// The command that made it, without folders.
    pub command: String,
    /// The data that it was fitted to.
    pub data: Vec<DataSet>,
    /// How the experts' scores are put together, in the order of the pack's embedders.
    pub experts: Vec<ExpertScale>,
    /// How the summed scores of impostors spread against one portrait, two, three …; larger sets take the last.
    pub sets: Vec<SetScale>,
    /// Natural log-likelihood ratio over the standardised score, both rising.
    pub ratio: Curve,
    /// False-match rate over the log-likelihood ratio, as normal deviates (rising), with its interval.
    pub fmr: Curve,
    /// False-non-match rate over the log-likelihood ratio, as normal deviates (falling), with its interval.
    pub fnmr: Curve,
    /// The same for portraits of one age, youngest first.
    pub ageing: Vec<AgeCurve>,
    /// What makes the overall quality.
    pub quality: OverallWeights,
    /// What was measured on persons that were not used for fitting.
    pub held_out: Vec<Figure>,
}

/// One data set of a calibration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSet {
    /// Its name.
    pub name: String,
    /// SHA-256 of its index file, so that another can tell whether they have the same.
    pub index_sha256: String,
    /// Persons in it.
    pub persons: usize,
    /// Images with a template.
    pub images: usize,
    /// Comparisons of one person.
    pub genuine: u64,
    /// Comparisons of two persons.
    pub impostor: u64,
}

/// How one expert's score enters the sum: weight × (score − mean) / deviation. The score is the cosine, less the mean over both templates of
/// [`ExpertScale::crowding`] when there is a cohort; mean and deviation are those of its impostor scores.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpertScale {
    /// The embedder's name in the manifest.
    pub name: String,
    /// Mean cosine of impostors.
    pub mean: f64,
    /// Standard deviation of impostors' cosines.
    pub deviation: f64,
    /// Weight in the sum.
    pub weight: f64,
    /// Unit vectors of typical faces, each the middle of many persons and so nobody's; may be empty. An expert that sees one population as
    /// more alike than another gives its strangers higher scores; the cohort takes that out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohort: Vec<Vec<f32>>,
}

impl ExpertScale {
    /// How crowded the place is where `vector` lies: its largest cosine with the cohort; 0 without one.
    pub fn crowding(&self, vector: &[f32]) -> f64 {
        let cosine = |middle: &Vec<f32>| f64::from(product(vector, middle));
        self.cohort.iter().map(cosine).reduce(f64::max).unwrap_or(0.0)
    }
}

/// Mean and spread of impostors' scores against a set of portraits.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetScale {
    /// Mean of the set's score.
    pub mean: f64,
    /// Standard deviation of the set's score.
    pub deviation: f64,
}

/// The false-non-match curve of portraits of one age.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeCurve {
    /// Youngest age in years.
    pub years_min: f64,
    /// Comparisons of one person that it was fitted to.
    pub genuine: u64,
    /// False-non-match rate over the log-likelihood ratio, as normal deviates.
    pub fnmr: Curve,
}

/// One figure that was measured on persons not used for fitting.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Data set and protocol.
    pub name: String,
    /// Comparisons of one person.
    pub genuine: u64,
    /// Comparisons of two persons.
    pub impostor: u64,
    /// False-match rate at a similarity of 90.
    pub fmr_at_90: Interval,
    /// False-non-match rate at a similarity of 90.
    pub fnmr_at_90: Interval,
}

impl Calibration {
    /// Reads a calibration file and checks that it was made for `pack`.
    ///
    /// # Errors
    /// `calibration-invalid`, `calibration-other-pack`.
    pub fn parse(text: &str, pack: &PackId) -> Result<Self> {
        let invalid = |detail: String| Error::new(Code::CalibrationInvalid, detail);
        let calibration: Self = serde_json::from_str(text).map_err(|e| invalid(e.to_string()))?;
        if calibration.pack != *pack {
            return Err(Error::new(Code::CalibrationOtherPack, format!("it was made for pack {}", calibration.pack)));
        }
        calibration.check().map_err(|why| invalid(why.to_owned()))?;
        Ok(calibration)
    }

    /// What is impossible about the numbers.
    fn check(&self) -> std::result::Result<(), &'static str> {
        let scales = self
            .experts
            .iter()
            .all(|e| e.mean.is_finite() && e.deviation > 0.0 && e.weight >= 0.0 && e.weight.is_finite());
        let sets = !self.sets.is_empty() && self.sets.iter().all(|s| s.mean.is_finite() && s.deviation > 0.0);
        let curves =
            self.ratio.rises() && self.fmr.rises() && self.fnmr.falls() && self.ageing.iter().all(|a| a.fnmr.falls());
        match () {
            () if self.format != 1 => Err("its format is not 1"),
            () if self.experts.is_empty() || !scales => Err("an expert's scale is impossible"),
            () if !sets => Err("the scale of a set of portraits is impossible"),
            () if !curves => Err("a curve does not rise or fall throughout"),
            () => Ok(()),
        }
    }

    /// The same calibration with the vectors of every cohort changed: `change` gets the expert's number and one vector. For templates whose
    /// vectors were turned by a secret rotation: when the cohort is turned with them, every score stays what it was.
    ///
    /// # Errors
    /// The first that `change` gives.
    pub fn with_cohorts<E>(
        &self,
        mut change: impl FnMut(usize, &mut [f32]) -> std::result::Result<(), E>,
    ) -> std::result::Result<Self, E> {
        let mut changed = self.clone();
        for (number, expert) in changed.experts.iter_mut().enumerate() {
            expert.cohort.iter_mut().try_for_each(|vector| change(number, vector))?;
        }
        Ok(changed)
    }

    /// The false-match rate when everyone with a ratio of `llr` or more is taken for the person.
    pub fn fmr(&self, llr: f64) -> Interval {
        let [value, low, high] = self.fmr.at(llr).map(upper_tail);
        Interval { value, low: high.min(low), high: low.max(high) }
    }

    /// The false-non-match rate when everyone with a ratio below `llr` is turned away; of portraits of at least `age_years` if given.
    pub fn fnmr(&self, llr: f64, age_years: Option<f64>) -> Interval {
        let aged = age_years.and_then(|age| self.ageing.iter().rev().find(|a| a.years_min <= age));
        let [value, low, high] = aged.map_or(&self.fnmr, |a| &a.fnmr).at(llr).map(upper_tail);
        Interval { value, low: high.min(low), high: low.max(high) }
    }

    /// The ratio at which the false-match rate is `fmr`.
    ///
    /// # Errors
    /// `fmr-out-of-range` outside [`Calibration::fmr_range`].
    pub fn threshold(&self, fmr: f64) -> Result<f64> {
        let (low, high) = self.fmr_range();
        if !(low..=high).contains(&fmr) {
            return Err(Error::new(Code::FmrOutOfRange, format!("{fmr:e} is not between {low:.1e} and {high:.1e}")));
        }
        Ok(self.fmr.inverse(upper_quantile(fmr)))
    }

    /// The least and the largest false-match rate that may be asked for: the data show the first at least ten times.
    pub fn fmr_range(&self) -> (f64, f64) {
        let impostor: u64 = self.data.iter().map(|d| d.impostor).max().unwrap_or(0);
        ((10.0 / impostor.max(1) as f64).max(1e-6), 0.1)
    }

    /// The similarity in percent of a ratio: a logistic function of the normal deviate of its false-match rate, so that
    /// [`WORKING_FMR`] is [`WORKING_SIMILARITY`] and [`IMPOSTOR_SHARE`] of all impostors are above [`IMPOSTOR_SIMILARITY`]. It rises
    /// with the ratio throughout.
    pub fn similarity(&self, llr: f64) -> f64 {
        let logit = |percent: f64| (percent / (100.0 - percent)).ln();
        let (working, typical) = (upper_quantile(WORKING_FMR), upper_quantile(IMPOSTOR_SHARE));
        let slope = (logit(WORKING_SIMILARITY) - logit(IMPOSTOR_SIMILARITY)) / (working - typical);
        let [deviate, ..] = self.fmr.at(llr);
        100.0 / (1.0 + (-(logit(WORKING_SIMILARITY) + slope * (deviate - working))).exp())
    }
}
