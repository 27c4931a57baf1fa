//! What each stage of an analysis costs.

use crate::sample::Sample;
use crate::stats::quantile;
use serde::{Deserialize, Serialize};

/// The cost of one stage over the pictures in which it ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageCost {
    /// Name of the stage.
    pub stage: String,
    /// Median in milliseconds.
    pub median_ms: f64,
    /// 95th percentile in milliseconds.
    pub p95_ms: f64,
    /// Pictures in which it ran.
    pub pictures: u64,
}

/// Medians of all stages. Times are wall-clock times of one picture on one thread while other threads work on others.
pub fn costs(samples: &[Option<Sample>]) -> Vec<StageCost> {
    let Some(first) = samples.iter().flatten().next() else { return Vec::new() };
    let stage = |(at, (name, _)): (usize, (&str, Option<u32>))| {
        let times = samples.iter().flatten().filter_map(|sample| sample.cost.stages()[at].1);
        let mut ms: Vec<f64> = times.map(|us| f64::from(us) / 1000.0).collect();
        ms.sort_unstable_by(f64::total_cmp);
        // As a report shows it: a report that is made again from the outcome's JSON must not round another way.
        let shown = |ms: f64| (ms * 100.0).round() / 100.0;
        let (median_ms, p95_ms) = (shown(quantile(&ms, 0.5)?), shown(quantile(&ms, 0.95)?));
        Some(StageCost { stage: name.to_owned(), median_ms, p95_ms, pictures: ms.len() as u64 })
    };
    first.cost.stages().into_iter().enumerate().filter_map(stage).collect()
}
