//! How much each expert counts.

use super::material::Material;
use super::moments;
use face::calibration::ExpertScale;

/// Weights that are tried.
const GRID: [f64; 9] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.85, 1.0];
/// False-match rates at which misses are counted; their mean is the goal. Only around the working point: weights fitted to all comparisons
/// follow the easy ones.
const GOAL_FMR: [f64; 3] = [1e-4, 3e-4, 1e-3];
/// Rounds over all experts; the choice settles in two.
const ROUNDS: usize = 3;

/// Scales each expert by its impostors and chooses the weights, one expert after the other, that miss the fewest genuine comparisons.
pub(super) fn choose(sets: &[Material], names: &[String]) -> Vec<ExpertScale> {
    let mut experts: Vec<ExpertScale> = names
        .iter()
        .enumerate()
        .map(|(e, name)| {
            let found: Vec<(f64, f64)> = sets
                .iter()
                .map(|s| moments(&s.impostors().map(|at| f64::from(s.cosines[e][at])).collect::<Vec<_>>()))
                .collect();
            let n = found.len().max(1) as f64;
            let mean = found.iter().map(|m| m.0).sum::<f64>() / n;
            let deviation = found.iter().map(|m| m.1).sum::<f64>() / n;
            ExpertScale { name: name.clone(), mean, deviation, weight: 0.0 }
        })
        .collect();
    let alone = |best: usize, experts: &[ExpertScale]| {
        let mut one = experts.to_vec();
        one[best].weight = 1.0;
        one
    };
    let first = (0..experts.len())
        .map(|e| (misses(sets, &alone(e, &experts)), e))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(0, |(_, e)| e);
    experts = alone(first, &experts);
    let mut least = misses(sets, &experts);
    for _ in 0..ROUNDS {
        for e in (0..experts.len()).filter(|&e| e != first) {
            for weight in GRID {
                let mut tried = experts.clone();
                tried[e].weight = weight;
                let missed = misses(sets, &tried);
                if missed < least {
                    (experts, least) = (tried, missed);
                }
            }
        }
    }
    experts
}

/// The mean share of genuine comparisons that are missed, over the data sets and the rates of [`GOAL_FMR`]; lower rates count only for
/// sets with enough impostors.
fn misses(sets: &[Material], experts: &[ExpertScale]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for set in sets {
        let sums = set.sums(experts);
        let genuine: Vec<f32> = set.genuine().map(|at| sums[at]).collect();
        let mut impostors: Vec<f32> = set.impostors().map(|at| sums[at]).collect();
        for rate in GOAL_FMR {
            let allowed = (rate * impostors.len() as f64) as usize;
            if allowed < 3 {
                continue;
            }
            let (_, threshold, _) = impostors.select_nth_unstable_by(allowed, |a, b| b.total_cmp(a));
            let missed = genuine.iter().filter(|g| **g <= *threshold).count();
            sum += missed as f64 / genuine.len().max(1) as f64;
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}
