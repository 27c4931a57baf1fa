//! One portrait against several: the same probes, once against the first portrait of each set only.

use super::figures::Figures;
use crate::bootstrap::by_person;
use crate::collect::{Collected, Policy};
use crate::stats::Rate;
use serde::{Deserialize, Serialize};

/// What several portraits add.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Portraits {
    /// The figures when only the first portrait of each set takes part.
    pub one: Figures,
    /// The rates by the number of portraits that took part.
    pub by_count: Vec<ByCount>,
}

/// The rates of sets with one number of portraits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ByCount {
    /// Portraits in the set.
    pub portraits: u8,
    /// Impostor comparisons with a similarity of 90 or more.
    pub fmr_at_90: Rate,
    /// Genuine comparisons with a similarity below 90.
    pub fnmr_at_90: Rate,
}

/// The rates by the number of portraits, refused comparisons left out.
pub fn by_count(collected: &Collected<'_>, seed: u64) -> Vec<ByCount> {
    let mut sizes: Vec<u8> = collected.genuine.iter().filter(|s| !s.refused).map(|s| s.portraits).collect();
    sizes.extend(collected.impostor_by_portraits.keys());
    sizes.sort_unstable();
    sizes.dedup();
    let one = |portraits: u8| {
        let impostor = collected.impostor_by_portraits.get(&portraits).copied().unwrap_or_default();
        let clusters =
            collected.genuine_clusters(Policy::Excluded, collected.working, |scored| scored.portraits == portraits);
        let hits = clusters.iter().map(|cluster| cluster.hits).sum();
        let trials = clusters.iter().map(|cluster| cluster.trials).sum();
        ByCount {
            portraits,
            fmr_at_90: Rate::wilson(impostor.hits, impostor.trials),
            fnmr_at_90: Rate::wilson(hits, trials).widen(by_person(clusters.into_iter(), seed)),
        }
    };
    sizes.into_iter().map(one).collect()
}
