//! The main figures of a run under one policy about refusals.

use super::{DetPoint, EqualError, Sorted};
use crate::bootstrap::{Operating, Own, by_person};
use crate::collect::{Collected, Policy};
use crate::stats::Rate;
use serde::{Deserialize, Serialize};

/// False-match rates at which true accept rates are told.
pub const FMR_TARGETS: [f64; 4] = [1e-2, 1e-3, 1e-4, 1e-5];
/// Fewer false matches than this at a target make the threshold itself uncertain; the report says so.
pub const FEW_FALSE_MATCHES: f64 = 10.0;

/// The main figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// What became of refused comparisons.
    pub refusals: Policy,
    /// Genuine comparisons counted.
    pub genuine: u64,
    /// Impostor comparisons counted.
    pub impostor: u64,
    /// Share of impostor comparisons with a similarity of 90 or more.
    pub fmr_at_90: Rate,
    /// Share of genuine comparisons with a similarity below 90.
    pub fnmr_at_90: Rate,
    /// True accept rates at fixed false-match rates; rates that the impostor comparisons are too few for are left out.
    pub tar: Vec<TarAt>,
    /// The equal error rate.
    pub equal_error: Option<EqualError>,
}

/// The true accept rate (1 − FNMR) at a fixed false-match rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TarAt {
    /// The false-match rate.
    pub fmr: f64,
    /// The log-likelihood ratio from which comparisons match.
    pub threshold: f32,
    /// The true accept rate.
    pub tar: Rate,
    /// Whether fewer than ten false matches carry the threshold.
    pub few: bool,
}

/// Sorted scores of a policy, owned where two lists had to be merged.
struct Lists {
    genuine: Vec<f32>,
    merged: Option<Vec<f32>>,
    genuine_lost: u64,
    impostor_lost: u64,
}

/// The figures of `collected` under `policy`.
pub fn figures(collected: &Collected<'_>, policy: Policy, seed: u64) -> Figures {
    with_scores(collected, policy, |scores| measure(collected, policy, &scores, seed))
}

/// Points of the trade-off curve, refused comparisons left out.
pub fn det(collected: &Collected<'_>) -> Vec<DetPoint> {
    with_scores(collected, Policy::Excluded, |scores| scores.det())
}

/// The score from which at most `fmr` of the impostor comparisons match, refused ones left out.
pub fn threshold(collected: &Collected<'_>, fmr: f64) -> Option<f32> {
    with_scores(collected, Policy::Excluded, |scores| scores.threshold(fmr))
}

/// Calls `read` with the sorted scores of `policy`.
pub fn with_scores<T>(collected: &Collected<'_>, policy: Policy, read: impl FnOnce(Sorted<'_>) -> T) -> T {
    let lists = lists(collected, policy);
    read(Sorted {
        genuine: &lists.genuine,
        impostor: lists.merged.as_deref().unwrap_or(&collected.impostor),
        genuine_lost: lists.genuine_lost,
        impostor_lost: lists.impostor_lost,
    })
}

fn lists(collected: &Collected<'_>, policy: Policy) -> Lists {
    let counted = collected.genuine.iter().filter(|s| policy != Policy::Excluded || !s.refused);
    let total = counted.clone().count() as u64;
    let mut genuine: Vec<f32> =
        counted.filter(|s| policy == Policy::Ignored || !s.refused).filter_map(|s| s.llr).collect();
    genuine.sort_unstable_by(f32::total_cmp);
    let genuine_lost = total - genuine.len() as u64;
    let unscored: u64 = collected.impostor_by_person.iter().map(|count| count.unscored).sum();
    let refused = collected.impostor_refused.len() as u64;
    let (merged, impostor_lost) = match policy {
        Policy::Excluded => (None, 0),
        Policy::NonMatch => (None, unscored + refused),
        Policy::Ignored if refused == 0 => (None, unscored),
        Policy::Ignored => {
            let mut all = [&collected.impostor[..], &collected.impostor_refused].concat();
            all.sort_by(f32::total_cmp);
            (Some(all), unscored)
        }
    };
    Lists { genuine, merged, genuine_lost, impostor_lost }
}

fn measure(collected: &Collected<'_>, policy: Policy, scores: &Sorted<'_>, seed: u64) -> Figures {
    let working = collected.working;
    let matched = Rate::wilson(scores.false_matches(working), scores.impostor_count());
    let missed = Rate::wilson(scores.false_non_matches(working), scores.genuine_count());
    let clusters = collected.genuine_clusters(policy, working, |_| true);
    Figures {
        refusals: policy,
        genuine: scores.genuine_count(),
        impostor: scores.impostor_count(),
        fmr_at_90: matched.widen(by_person(collected.impostor_clusters(policy), seed)),
        fnmr_at_90: missed.widen(by_person(clusters.into_iter(), seed)),
        tar: tar(collected, policy, scores, seed),
        equal_error: scores.equal_error(),
    }
}

fn tar(collected: &Collected<'_>, policy: Policy, scores: &Sorted<'_>, seed: u64) -> Vec<TarAt> {
    let reached: Vec<(f64, f32)> = FMR_TARGETS.iter().filter_map(|&fmr| Some((fmr, scores.threshold(fmr)?))).collect();
    let targets: Vec<f64> = reached.iter().map(|(fmr, _)| *fmr).collect();
    // Only the headline's impostor scores keep their persons; elsewhere the threshold is held fixed.
    let full = (policy == Policy::Excluded).then(|| operating(collected, &targets, seed));
    let one = |(at, &(fmr, threshold)): (usize, &(f64, f32))| {
        let held = by_person(collected.genuine_clusters(policy, threshold, |_| true).into_iter(), seed);
        let misses = Rate::wilson(scores.false_non_matches(threshold), scores.genuine_count()).widen(held);
        let moved = full.as_ref().and_then(|intervals| intervals[at]);
        let few = fmr * (scores.impostor_count() as f64) < FEW_FALSE_MATCHES;
        TarAt { fmr, threshold, tar: misses.complement().widen(moved), few }
    };
    reached.iter().enumerate().map(one).collect()
}

fn operating(collected: &Collected<'_>, targets: &[f64], seed: u64) -> Vec<Option<(f64, f64)>> {
    let accepted = collected.genuine.iter().filter(|scored| !scored.refused);
    let own = |s: &crate::compare::Scored| Some(Own { llr: s.llr?, person: collected.person(s.probe) });
    let genuine: Vec<Own> = accepted.filter_map(own).collect();
    let by_probe: Vec<u64> = collected.impostor_by_person.iter().map(|count| count.accepted.trials).collect();
    Operating {
        genuine: &genuine,
        tail: &collected.tail,
        whole: collected.tail_is_whole(),
        by_probe: &by_probe,
        by_reference: &collected.impostor_by_reference,
    }
    .intervals(targets, seed)
}
