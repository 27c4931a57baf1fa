//! The engine as the lab sees it: one picture to a sample with the cost of each stage, and scores of pairs.

use eval::sample::{Analyse, Cost, Sample, Score};
use face::compare::{Comparer, Prepared};
use face::engine::{Analysis, Engine};
use face::template::Template;
use face::{Error, Image};
use std::time::Instant;

/// Revision of what a sample holds besides the pack; raise it to leave old caches behind.
const REVISION: u32 = 1;

/// An engine with its calibration.
pub(super) struct Lab<'a> {
    engine: &'a Engine,
    comparer: Comparer,
    calibration: &'a face::calibration::Calibration,
}

impl<'a> Lab<'a> {
    /// The lab's view of `engine`.
    pub(super) fn new(engine: &'a Engine) -> face::Result<Self> {
        let missing = || Error::new(face::Code::CalibrationMissing, "the lab needs one to score");
        let calibration = engine.calibration().ok_or_else(missing)?;
        Ok(Self { engine, comparer: Comparer::new(calibration), calibration })
    }

    fn stages(&self, bytes: &[u8]) -> face::Result<Sample> {
        let start = Instant::now();
        let image = Image::decode(bytes)?;
        let decode_us = Some(microseconds(start));
        let analysis = self.engine.analyse(&image)?;
        Ok(Sample { cost: Cost { decode_us, ..Cost::default() }, ..sample_of(analysis) })
    }
}

fn microseconds(start: Instant) -> u32 {
    start.elapsed().as_micros().try_into().unwrap_or(u32::MAX)
}

fn sample_of(analysis: Analysis) -> Sample {
    let measures = analysis.quality.measures.iter().map(|m| (m.name.to_string(), m.value)).collect();
    let pose = analysis.pose;
    Sample {
        refusal: analysis.refusal.as_ref().map(|error| error.code.as_str().to_owned()),
        quality: analysis.quality.overall,
        measures,
        pose_degrees: Some([pose.yaw, pose.pitch, pose.roll]),
        cost: Cost::default(),
        template: Some(analysis.template),
    }
}

impl Analyse for Lab<'_> {
    fn key(&self) -> String {
        format!("{}-{REVISION}", self.engine.pack().id())
    }

    fn pack(&self) -> String {
        self.engine.pack().id().to_string()
    }

    fn sample(&self, bytes: &[u8]) -> eval::Result<Sample> {
        match self.stages(bytes) {
            Err(error) if error.code == face::Code::InferenceFailed => Err(error.into()),
            Err(error) => Ok(Sample::refused(error.code.as_str())),
            Ok(sample) => Ok(sample),
        }
    }
}

impl Score for Lab<'_> {
    type Prepared = Prepared;

    fn prepare(&self, template: &Template) -> eval::Result<Prepared> {
        Ok(self.comparer.prepare(template)?)
    }

    fn llr(&self, live: &[&Prepared], portraits: &[(&Prepared, Option<f64>)]) -> f64 {
        self.comparer.llr(live, &portraits.iter().map(|(p, _)| *p).collect::<Vec<_>>())
    }

    fn similarity(&self, llr: f64) -> f64 {
        self.calibration.similarity(llr)
    }
}
