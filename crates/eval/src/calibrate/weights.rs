//! How much each expert counts.

use super::material::Material;
use super::{cohort, moments};
use face::calibration::ExpertScale;

/// Weights that are tried.
const GRID: [f64; 9] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.85, 1.0];
/// False-match rates that the worst population may reach where misses are counted; the mean over them is the goal. Only around the working
/// point: weights fitted to all comparisons follow the easy ones.
const GOAL_FMR: [f64; 3] = [1e-4, 3e-4, 1e-3];
/// Fewest false matches that say something about a rate.
const ALLOWED_MIN: usize = 10;
/// Weight that every expert gets if that costs no more than [`TOLERANCE`]: experts that err in different ways are worth more on persons and
/// years that the data do not show than on those that they do. (On all of FG-NET, adults ten years apart, the sum of three experts accepts
/// 8 points more at FMR 1e-4 than the best of them; on the development half 3.)
const FLOOR: f64 = 0.3;
/// Share of more misses that is taken for chance. Our choice, not measured.
const TOLERANCE: f64 = 0.1;
/// Rounds over all experts; the choice settles in two.
const ROUNDS: usize = 3;

/// Chooses the weights, one expert after the other, that miss the fewest genuine comparisons, and for each expert whether it is better with
/// its cohort.
pub(super) fn choose(sets: &[Material], names: &[String], seed: u64) -> Vec<ExpertScale> {
    let forms: Vec<[ExpertScale; 2]> = names
        .iter()
        .enumerate()
        .map(|(e, name)| [Vec::new(), cohort::middles(sets, e, seed)].map(|cohort| scaled(sets, e, name, cohort)))
        .collect();
    let mut experts: Vec<ExpertScale> = forms.iter().map(|[plain, _]| plain.clone()).collect();
    let alone = |best: usize| {
        let mut one = experts.clone();
        one[best].weight = 1.0;
        one
    };
    let first = (0..experts.len())
        .map(|e| (misses(sets, &alone(e)), e))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(0, |(_, e)| e);
    experts = alone(first);
    let mut least = misses(sets, &experts);
    for _ in 0..ROUNDS {
        for e in (0..experts.len()).filter(|&e| e != first) {
            for form in &forms[e] {
                for weight in GRID {
                    let mut tried = experts.clone();
                    tried[e] = ExpertScale { weight, ..form.clone() };
                    let missed = misses(sets, &tried);
                    if missed < least {
                        (experts, least) = (tried, missed);
                    }
                }
            }
        }
    }
    let mut even = experts.clone();
    (0..even.len()).filter(|&e| e != first).for_each(|e| even[e].weight = even[e].weight.max(FLOOR));
    if misses(sets, &even) <= least * (1.0 + TOLERANCE) {
        experts = even;
    }
    experts
}

/// An expert of weight 0, scaled by its impostors' scores with `cohort`: mean and deviation of each set, then their means.
fn scaled(sets: &[Material], expert: usize, name: &str, cohort: Vec<Vec<f32>>) -> ExpertScale {
    let mut scale = ExpertScale { name: name.to_owned(), mean: 0.0, deviation: 1.0, weight: 0.0, cohort };
    let found: Vec<(f64, f64)> = sets
        .iter()
        .map(|set| {
            let scores: Vec<f32> = set.scores(expert, &scale).collect();
            moments(&set.impostors().map(|at| f64::from(scores[at])).collect::<Vec<_>>())
        })
        .collect();
    let n = found.len().max(1) as f64;
    scale.mean = found.iter().map(|m| m.0).sum::<f64>() / n;
    scale.deviation = found.iter().map(|m| m.1).sum::<f64>() / n;
    scale
}

/// The mean share of genuine comparisons that are missed, over the data sets and the rates of [`GOAL_FMR`], at the one threshold at which no
/// population exceeds the rate: experts whose impostors score differently from population to population cost misses here, as they do in an
/// office that has one threshold for everybody. Only sets with enough impostors for a rate count in its threshold.
fn misses(sets: &[Material], experts: &[ExpertScale]) -> f64 {
    let mut scored = Vec::new();
    for set in sets {
        let sums = set.sums(experts);
        let genuine: Vec<f32> = set.genuine().map(|at| sums[at]).collect();
        let impostors: Vec<f32> = set.impostors().map(|at| sums[at]).collect();
        scored.push((genuine, impostors));
    }
    let (mut sum, mut count) = (0.0, 0.0);
    for rate in GOAL_FMR {
        let threshold = scored.iter_mut().filter_map(|(_, impostors)| exceeded(impostors, rate)).reduce(f32::max);
        let Some(threshold) = threshold else { continue };
        for (genuine, _) in &scored {
            sum += genuine.iter().filter(|g| **g <= threshold).count() as f64 / genuine.len().max(1) as f64;
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

/// The score that a share `rate` of `impostors` exceeds; none when that are fewer than [`ALLOWED_MIN`].
fn exceeded(impostors: &mut [f32], rate: f64) -> Option<f32> {
    let allowed = (rate * impostors.len() as f64) as usize;
    if allowed < ALLOWED_MIN {
        return None;
    }
    let (_, threshold, _) = impostors.select_nth_unstable_by(allowed, |a, b| b.total_cmp(a));
    Some(*threshold)
}
