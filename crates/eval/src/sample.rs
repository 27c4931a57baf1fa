//! What the lab needs of the engine, behind two small traits, so that protocols and figures are tested without models.

use crate::error::Result;
use face::quality::MeasureName;
use face::template::Template;
use serde::{Deserialize, Serialize};

/// What the engine says of one picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The template; absent when no face could be encoded (a failure to acquire).
    pub template: Option<Template>,
    /// The code of the refusal, if production would refuse this picture. A picture refused for its quality still has a template.
    pub refusal: Option<String>,
    /// Overall quality 0 to 100; absent without a face.
    pub quality: Option<u8>,
    /// Quality measures, 0 to 100; `None` where a measure could not be assessed.
    pub measures: Vec<(MeasureName, Option<u8>)>,
    /// Yaw, pitch and roll in degrees.
    pub pose_degrees: Option<[f32; 3]>,
    /// What each stage cost.
    pub cost: Cost,
}

impl Sample {
    /// A picture without a usable face.
    pub fn refused(code: &str) -> Self {
        Self { refusal: Some(code.to_owned()), ..Self::default() }
    }
}

/// Time of each stage of one analysis in microseconds; `None` for a stage that did not run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// File bytes to upright pixels.
    pub decode_us: Option<u32>,
    /// Pixels to boxes.
    pub detect_us: Option<u32>,
    /// Box to 468 points.
    pub mesh_us: Option<u32>,
    /// All quality measures.
    pub quality_us: Option<u32>,
    /// All experts.
    pub template_us: Option<u32>,
}

impl Cost {
    /// The stages with their names, in the order in which they run.
    pub fn stages(&self) -> [(&'static str, Option<u32>); 5] {
        [
            ("decode", self.decode_us),
            ("detect", self.detect_us),
            ("mesh", self.mesh_us),
            ("quality", self.quality_us),
            ("template", self.template_us),
        ]
    }
}

/// Makes samples of pictures.
pub trait Analyse: Sync {
    /// Names everything that [`Analyse::sample`] depends on besides the picture: the pack and the revision of the analysis. The cache is
    /// keyed by it.
    fn key(&self) -> String;

    /// Identity of the pack, for reports.
    fn pack(&self) -> String;

    /// Analyses the bytes of one picture file. A picture that production would refuse is a sample with its refusal.
    ///
    /// # Errors
    /// Only when the engine itself is broken.
    fn sample(&self, bytes: &[u8]) -> Result<Sample>;

    /// Fills in what depends on the calibration, so that a new calibration does not make the cache worthless.
    #[must_use]
    fn settle(&self, sample: Sample) -> Sample {
        sample
    }
}

/// Compares templates.
pub trait Score: Sync {
    /// A template made ready for many comparisons.
    type Prepared: Send + Sync;

    /// Makes `template` ready.
    ///
    /// # Errors
    /// When the template belongs to another pack.
    fn prepare(&self, template: &Template) -> Result<Self::Prepared>;

    /// The natural logarithm of the likelihood ratio of the live pictures against the portraits of one person.
    fn llr(&self, live: &[&Self::Prepared], portraits: &[&Self::Prepared]) -> f64;

    /// The similarity 0 to 100 of a likelihood ratio; never falls as the ratio rises.
    fn similarity(&self, llr: f64) -> f64;
}

/// The smallest score whose similarity reaches `similarity`, by bisection over all scores that a single-precision file can hold.
pub fn llr_at<S: Score>(score: &S, similarity: f64) -> f32 {
    let (mut low, mut high) = (-1.0e4_f32, 1.0e4_f32);
    if score.similarity(f64::from(low)) >= similarity {
        return low;
    }
    while low.next_up() < high {
        let middle = f32::midpoint(low, high);
        if score.similarity(f64::from(middle)) >= similarity {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}
