//! A fake engine whose pictures are small texts, and data sets made of them.

use eval::sample::{Analyse, Cost, Sample, Score};
use eval::{Common, Progress};
use face::template::{PackId, Template};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// A picture is `VALUE QUALITY [REFUSAL]`; two pictures are alike when their values are close. A picture `none` has no face, `broken` breaks
/// the engine.
#[derive(Debug, Default)]
pub(crate) struct FakeEngine {
    pub(crate) analysed: AtomicU64,
}

impl Analyse for FakeEngine {
    fn key(&self) -> String {
        "fake 1".to_owned()
    }

    fn pack(&self) -> String {
        "fake".to_owned()
    }

    fn sample(&self, bytes: &[u8]) -> eval::Result<Sample> {
        self.analysed.fetch_add(1, Ordering::Relaxed);
        let text = String::from_utf8_lossy(bytes);
        let mut words = text.split_whitespace();
        let value = match words.next() {
            Some("none") | None => return Ok(Sample::refused("no-face")),
            Some("broken") => return Err(face::Error::new(face::Code::InferenceFailed, "a test").into()),
            Some(value) => value.parse().unwrap(),
        };
        let quality = words.next().map_or(50, |word| word.parse().unwrap());
        let template = Template { pack: PackId("fake".to_owned()), experts: vec![vec![value]], quality };
        let cost = Cost { decode_us: Some(1000), template_us: Some(3000), ..Cost::default() };
        let refusal = words.next().map(str::to_owned);
        Ok(Sample { template: Some(template), refusal, quality: Some(quality), cost, ..Sample::default() })
    }
}

impl Score for FakeEngine {
    type Prepared = f32;

    fn prepare(&self, template: &Template) -> eval::Result<f32> {
        Ok(template.experts[0][0])
    }

    /// The mean over the portraits of 10 − |difference|.
    fn llr(&self, live: &[&f32], portraits: &[&f32]) -> f64 {
        let sum: f32 = portraits.iter().map(|portrait| 10.0 - (live[0] - **portrait).abs()).sum();
        f64::from(sum / portraits.len() as f32)
    }

    /// 90 at a ratio of 9, straight lines on both sides.
    fn similarity(&self, llr: f64) -> f64 {
        (llr * 10.0).clamp(0.0, 100.0)
    }
}

/// Counts steps.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    pub(crate) expected: AtomicU64,
    pub(crate) steps: AtomicU64,
}

impl Progress for Counter {
    fn start(&self, _what: &str, total: u64) {
        self.expected.fetch_add(total, Ordering::Relaxed);
    }

    fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    fn finish(&self) {}
}

/// Writes pictures and an index into a fresh folder.
pub(crate) fn data_set(index: &str, pictures: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.csv"), index).unwrap();
    for (name, text) in pictures {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// The options that all tests share.
pub(crate) fn common(root: &Path) -> Common {
    Common {
        root: root.to_owned(),
        index: "index.csv".into(),
        cache: None,
        scores: None,
        seed: 1,
        created: "2026-11-21".to_owned(),
    }
}
