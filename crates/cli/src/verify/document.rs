//! The result of `verify` as data: the JSON document, from which the words are made as well.

use crate::wording::spaced;
use face::calibration::Interval;
use face::pack::{Pack as Whole, Task};
use face::quality::Quality;
use serde::Serialize;

/// `countenance.verify/1`
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Document {
    pub(crate) schema: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) similarity: f64,
    pub(crate) llr: f64,
    pub(crate) fmr: Rate,
    /// Share of true persons, with portraits of this age, who would score lower.
    pub(crate) fnmr: Interval,
    pub(crate) requested_fmr: f64,
    pub(crate) threshold_similarity: f64,
    pub(crate) checked_on: String,
    pub(crate) liveness: &'static str,
    pub(crate) live: Vec<Live>,
    pub(crate) portraits: Vec<Portrait>,
    pub(crate) pack: Pack,
    pub(crate) calibration_date: String,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// Same person at the requested rate.
    Match,
    /// Cannot tell.
    Inconclusive,
    /// Not the same person at the requested rate.
    NoMatch,
}

/// A rate with its 95 % interval.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Rate {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// True if so few strangers of the calibration came this far that the rate is a bound, not a measurement.
    pub(crate) bound: bool,
}

/// One live picture.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Live {
    pub(crate) file: String,
    pub(crate) quality: u8,
    pub(crate) weakest: Option<Weakest>,
}

/// One portrait.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Portrait {
    pub(crate) file: String,
    pub(crate) date: Option<String>,
    pub(crate) age_years: Option<f64>,
    pub(crate) similarity: f64,
    pub(crate) llr: f64,
    pub(crate) quality: u8,
    pub(crate) weakest: Option<Weakest>,
}

/// The lowest quality measure of a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Weakest {
    pub(crate) measure: String,
    pub(crate) value: u8,
    pub(crate) instruction: Option<String>,
}

/// The pack and those of its models that compared.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Pack {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) models: Vec<String>,
}

impl Pack {
    /// What the document says of `pack`.
    pub(crate) fn of(pack: &Whole) -> Self {
        let compare = pack.models().iter().filter(|model| model.task == Task::Embedder);
        let models = compare.map(|model| model.name.clone()).collect();
        Self { id: pack.id().to_string(), name: pack.name().to_owned(), models }
    }
}

impl Weakest {
    /// The lowest measure that somebody can do something about, else the lowest of all that were assessed.
    pub(crate) fn of(quality: &Quality) -> Option<Self> {
        let assessed = quality.measures.iter().filter_map(|measure| Some((measure.value?, measure)));
        let (value, measure) = assessed.min_by_key(|(value, measure)| (measure.reason.is_none(), *value))?;
        let instruction = measure.reason.as_ref().map(|reason| reason.instruction.to_owned());
        Some(Self { measure: measure.name.to_string(), value, instruction })
    }

    /// "sharpness 42. Hold still."
    pub(crate) fn words(&self) -> String {
        let instruction = self.instruction.as_ref().map(|text| format!(". {text}")).unwrap_or_default();
        format!("{} {}{instruction}", spaced(&self.measure), self.value)
    }
}
