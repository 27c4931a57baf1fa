//! Bootstrap intervals that resample persons, not comparisons: comparisons that share a person are not independent
//! (subsets bootstrap, Bolle, Ratha and Pankanti 2004; ISO/IEC 19795-1 annex on variance).

use crate::random::SplitMix64;
use crate::stats::quantile;
use rayon::prelude::*;

/// Resamples of one interval.
pub const REPLICATES: u64 = 1000;

/// Hits and trials of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// How often it happened.
    pub hits: u64,
    /// Out of how many.
    pub trials: u64,
}

/// The 95 % interval of Σ hits / Σ trials when persons are drawn with replacement; `None` for fewer than two persons with trials.
pub fn by_person(clusters: impl Iterator<Item = Cluster>, seed: u64) -> Option<(f64, f64)> {
    let clusters: Vec<Cluster> = clusters.filter(|cluster| cluster.trials > 0).collect();
    if clusters.len() < 2 {
        return None;
    }
    let one = |replicate: u64| {
        let mut draw = SplitMix64::new(&[seed, replicate]);
        let (mut hits, mut trials) = (0, 0);
        for _ in 0..clusters.len() {
            let cluster = clusters[draw.below(clusters.len())];
            hits += cluster.hits;
            trials += cluster.trials;
        }
        hits as f64 / trials as f64
    };
    interval((0..REPLICATES).into_par_iter().map(one).collect())
}

/// A genuine score and the person whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// Log-likelihood ratio.
    pub llr: f32,
    /// The person.
    pub person: u32,
}

/// An impostor score and the two persons of it.
#[derive(Clone, Copy, Debug)]
pub struct Stranger {
    /// Log-likelihood ratio.
    pub llr: f32,
    /// Person of the probe.
    pub probe: u32,
    /// Person of the portrait.
    pub reference: u32,
}

/// What the interval of a true accept rate at a fixed FMR needs: the genuine scores and the upper end of the impostor scores.
#[derive(Debug)]
pub struct Operating<'a> {
    /// Genuine scores in any order.
    pub genuine: &'a [Own],
    /// The highest impostor scores, from high to low.
    pub tail: &'a [Stranger],
    /// Whether `tail` holds all impostor scores.
    pub whole: bool,
    /// Impostor comparisons by the person of the probe.
    pub by_probe: &'a [u64],
    /// Impostor comparisons by the person of the portrait.
    pub by_reference: &'a [u64],
}

impl Operating<'_> {
    /// The 95 % intervals of the true accept rate at each of `targets` (false-match rates). In each resample persons get weights; an
    /// impostor comparison weighs the product of its two persons' weights, and the threshold is found anew, so the interval covers the
    /// uncertainty of the threshold too.
    pub fn intervals(&self, targets: &[f64], seed: u64) -> Vec<Option<(f64, f64)>> {
        let persons = self.by_probe.len();
        if persons < 2 || self.genuine.is_empty() {
            return vec![None; targets.len()];
        }
        let replicates: Vec<Vec<f64>> = (0..REPLICATES)
            .into_par_iter()
            .map(|replicate| {
                let mut weights = vec![0_u32; persons];
                let mut draw = SplitMix64::new(&[seed, replicate]);
                for _ in 0..persons {
                    weights[draw.below(persons)] += 1;
                }
                self.rates(&weights, targets)
            })
            .collect();
        let column = |at: usize| replicates.iter().map(|rates| rates[at]).filter(|rate| rate.is_finite()).collect();
        (0..targets.len()).map(|at| interval(column(at))).collect()
    }

    fn rates(&self, weights: &[u32], targets: &[f64]) -> Vec<f64> {
        let weight = |person: u32| f64::from(weights[person as usize]);
        let of = |s: &Stranger| weight(s.probe) * weight(s.reference);
        let total = if self.whole { self.tail.iter().map(of).sum() } else { self.expected(weights) };
        let all: f64 = self.genuine.iter().map(|own| weight(own.person)).sum();
        targets
            .iter()
            .map(|target| {
                // The first comparison with which more than the target would match does not match any more.
                let mut above = 0.0;
                let first = self.tail.iter().find(|s| {
                    above += of(s);
                    above > target * total
                });
                let Some(first) = first else { return f64::NAN };
                let accepted = self.genuine.iter().filter(|own| own.llr > first.llr);
                accepted.map(|own| weight(own.person)).sum::<f64>() / all
            })
            .collect()
    }

    /// The weight of all impostor comparisons, as if the two margins were independent: Σ wₐrₐ · Σ wᵦcᵦ / n.
    fn expected(&self, weights: &[u32]) -> f64 {
        let margin = |counts: &[u64]| -> f64 {
            counts.iter().zip(weights).map(|(&count, &weight)| count as f64 * f64::from(weight)).sum()
        };
        let count: u64 = self.by_probe.iter().sum();
        margin(self.by_probe) * margin(self.by_reference) / count as f64
    }
}

fn interval(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.sort_unstable_by(f64::total_cmp);
    Some((quantile(&values, 0.025)?, quantile(&values, 0.975)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::wilson;

    #[test]
    fn one_comparison_a_person_gives_about_wilsons_interval() {
        let clusters = (0..400).map(|at| Cluster { hits: u64::from(at % 10 == 0), trials: 1 });
        let (low, high) = by_person(clusters, 1).unwrap();
        let (low_w, high_w) = wilson(40, 400);
        assert!((low - low_w).abs() < 0.01 && (high - high_w).abs() < 0.01, "{low} {high} {low_w} {high_w}");
    }

    #[test]
    fn comparisons_of_one_person_that_go_together_widen_the_interval() {
        let clusters = (0..40).map(|at| Cluster { hits: if at % 10 == 0 { 10 } else { 0 }, trials: 10 });
        let (low, high) = by_person(clusters, 1).unwrap();
        let (low_w, high_w) = wilson(40, 400);
        assert!(low < low_w && high > high_w, "{low} {high} {low_w} {high_w}");
    }

    #[test]
    fn too_few_persons_have_no_interval_and_a_seed_repeats() {
        let two = [Cluster { hits: 1, trials: 2 }, Cluster { hits: 0, trials: 2 }];
        assert_eq!(by_person(two[..1].iter().copied(), 1), None);
        assert_eq!(by_person(two.into_iter(), 5), by_person(two.into_iter(), 5));
    }

    #[test]
    fn operating_interval_holds_the_rate_itself() {
        let genuine: Vec<Own> = (0..200).map(|at| Own { llr: (at % 20) as f32, person: at % 40 }).collect();
        let mut tail = Vec::new();
        for probe in 0..40_u32 {
            tail.extend((0..40).filter(|r| *r != probe).map(|reference| Stranger {
                llr: ((probe * 7 + reference * 13) % 97) as f32 / 10.0 - 5.0,
                probe,
                reference,
            }));
        }
        tail.sort_unstable_by(|a, b| b.llr.total_cmp(&a.llr));
        let (rows, columns) = ([39; 40], [39; 40]);
        let mut operating =
            Operating { genuine: &genuine, tail: &tail, whole: true, by_probe: &rows, by_reference: &columns };
        let exact = operating.intervals(&[0.1], 3)[0].unwrap();
        // Threshold at FMR 0.1 is near 3.7; 16 of 20 genuine values lie above.
        assert!(exact.0 < 0.8 && exact.1 > 0.8 && exact.1 - exact.0 < 0.4, "{exact:?}");
        operating.whole = false;
        let margins = operating.intervals(&[0.1], 3)[0].unwrap();
        assert!((exact.0 - margins.0).abs() < 0.06 && (exact.1 - margins.1).abs() < 0.06, "{exact:?} {margins:?}");
    }
}
