//! Errors by the years between the probe and the nearest portrait.

use crate::bootstrap::by_person;
use crate::collect::{Collected, Policy};
use crate::stats::Rate;
use serde::{Deserialize, Serialize};

/// Edges of the bins in years; a bin holds its lower edge and not its upper one.
pub const EDGES_YEARS: [f32; 6] = [0.0, 1.0, 5.0, 10.0, 20.0, f32::INFINITY];

/// Errors in one bin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgeingBin {
    /// The bin as text, for example `5-10`.
    pub years: String,
    /// Genuine comparisons with a similarity below 90.
    pub fnmr_at_90: Rate,
    /// True accept rate at the score where the whole run has FMR 1 in 10,000; absent when the run is too small for it.
    pub tar_at_1e4: Option<Rate>,
}

/// The bins that hold comparisons; empty when there are no ages. `threshold` is the score of FMR 1 in 10,000, if known.
pub fn ageing(collected: &Collected<'_>, threshold: Option<f32>, seed: u64) -> Vec<AgeingBin> {
    let bins = EDGES_YEARS.windows(2).filter_map(|edge| {
        let inside = |gap: Option<f32>| gap.is_some_and(|years| years >= edge[0] && years < edge[1]);
        let misses = |llr| {
            let clusters = collected.genuine_clusters(Policy::Excluded, llr, |scored| inside(scored.gap_years));
            let hits = clusters.iter().map(|cluster| cluster.hits).sum();
            let trials = clusters.iter().map(|cluster| cluster.trials).sum();
            Rate::wilson(hits, trials).widen(by_person(clusters.into_iter(), seed))
        };
        let fnmr_at_90 = misses(collected.working);
        let years = if edge[1].is_finite() { format!("{}-{}", edge[0], edge[1]) } else { format!("{}+", edge[0]) };
        let tar_at_1e4 = threshold.map(|llr| misses(llr).complement());
        (fnmr_at_90.trials > 0).then_some(AgeingBin { years, fnmr_at_90, tar_at_1e4 })
    });
    bins.collect()
}
