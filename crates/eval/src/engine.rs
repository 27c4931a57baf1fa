//! The face engine as the lab uses it: stage by stage, so that each can be timed.

use crate::error::Result;
use crate::sample::{Analyse, Sample, Score};
use face::calibration::Calibration;
use face::code::Exit;
use face::compare::{Comparer, Prepared};
use face::detect::dominant;
use face::engine::{Engine, QUALITY_MIN};
use face::quality::{Measure, OverallWeights, Quality};
use face::template::Template;
use face::{Code, Image};
use std::time::Instant;

/// Raised when the analysis changes in a way that the pack's identity does not tell, so that older cache entries are not used.
const REVISION: u32 = 1;

/// The engine as the source of samples; needs no calibration.
pub struct Analyser<'a>(&'a Engine);

impl<'a> Analyser<'a> {
    /// Samples by `engine`.
    pub fn new(engine: &'a Engine) -> Self {
        Self(engine)
    }

    /// Runs the stages into `sample`, which keeps what the stages before a refusal found.
    fn stages(&self, bytes: &[u8], sample: &mut Sample) -> face::Result<()> {
        let cost = &mut sample.cost;
        let image = timed(&mut cost.decode_us, || Image::decode(bytes))?;
        let faces = timed(&mut cost.detect_us, || self.0.detect(&image))?;
        let face = *dominant(&faces, &image)?;
        let others: Vec<_> = faces.iter().filter(|other| **other != face).copied().collect();
        let mesh = timed(&mut cost.mesh_us, || self.0.mesh(&image, &face))?;
        let pose = mesh.pose();
        sample.pose_degrees = Some([pose.yaw, pose.pitch, pose.roll]);
        let (quality, refusal) = timed(&mut cost.quality_us, || self.0.quality(&image, &face, &others, &mesh));
        sample.measures = quality.measures.iter().map(|measure| (measure.name, measure.value)).collect();
        // Whether the overall value is too low depends on the calibration: see `settle`.
        let lasting = refusal.filter(|refusal| refusal.code != Code::QualityTooLow);
        sample.refusal = lasting.map(|refusal| refusal.code.as_str().to_owned());
        sample.template = Some(timed(&mut cost.template_us, || self.0.template(&image, &mesh, 0))?);
        Ok(())
    }
}

fn timed<T>(cost_us: &mut Option<u32>, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    *cost_us = Some(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
    result
}

impl Analyse for Analyser<'_> {
    fn key(&self) -> String {
        format!("{} analysis {REVISION}", self.0.pack().id())
    }

    fn pack(&self) -> String {
        format!("{} {}", self.0.pack().name(), self.0.pack().id())
    }

    fn sample(&self, bytes: &[u8]) -> Result<Sample> {
        let mut sample = Sample::default();
        if let Err(error) = self.stages(bytes, &mut sample) {
            if !matches!(error.code.row().exit, Exit::Refused | Exit::BadInput) {
                return Err(error.into());
            }
            sample.refusal = Some(error.code.as_str().to_owned());
        }
        Ok(sample)
    }

    fn settle(&self, mut sample: Sample) -> Sample {
        if sample.measures.is_empty() {
            return sample;
        }
        let bare = |&(name, value)| Measure { name, native: None, value, reason: None };
        let quality = Quality { overall: None, measures: sample.measures.iter().map(bare).collect() };
        let neutral = OverallWeights::default();
        let overall = quality.overall(self.0.calibration().map_or(&neutral, |calibration| &calibration.quality));
        sample.quality = Some(overall);
        if let Some(template) = &mut sample.template {
            template.quality = overall;
        }
        if overall < QUALITY_MIN && sample.refusal.is_none() {
            sample.refusal = Some(Code::QualityTooLow.as_str().to_owned());
        }
        sample
    }
}

/// The engine with its calibration: what a run needs.
pub struct Lab<'a> {
    analyser: Analyser<'a>,
    comparer: Comparer,
    calibration: &'a Calibration,
}

impl<'a> Lab<'a> {
    /// A lab of `engine`.
    ///
    /// # Errors
    /// `calibration-missing`.
    pub fn new(engine: &'a Engine) -> Result<Self> {
        let missing = || face::Error::new(Code::CalibrationMissing, "scores have no meaning without a calibration");
        let calibration = engine.calibration().ok_or_else(missing)?;
        Ok(Self { analyser: Analyser::new(engine), comparer: Comparer::new(calibration), calibration })
    }
}

impl Analyse for Lab<'_> {
    fn key(&self) -> String {
        self.analyser.key()
    }

    fn pack(&self) -> String {
        format!("{}, calibrated on {}", self.analyser.pack(), self.calibration.created)
    }

    fn sample(&self, bytes: &[u8]) -> Result<Sample> {
        self.analyser.sample(bytes)
    }

    fn settle(&self, sample: Sample) -> Sample {
        self.analyser.settle(sample)
    }
}

impl Score for Lab<'_> {
    type Prepared = Prepared;

    fn prepare(&self, template: &Template) -> Result<Prepared> {
        Ok(self.comparer.prepare(template)?)
    }

    fn llr(&self, live: &[&Prepared], portraits: &[&Prepared]) -> f64 {
        self.comparer.llr(live, portraits)
    }

    fn similarity(&self, llr: f64) -> f64 {
        self.calibration.similarity(llr)
    }
}
