//! The cohort: middles of many persons' vectors, for the scores of experts that see one population as more alike than another.

use super::material::Material;
use crate::random::SplitMix64;
use face::compare::product;
use std::collections::BTreeSet;

/// Middles that are looked for.
const MIDDLES: usize = 32;
/// Fewest persons of a middle. One of fewer would be close to a template of theirs, and templates of the data sets' persons are not shipped.
const PERSONS_MIN: usize = 8;
/// Rounds of k-means; it settles in about ten.
const ROUNDS: usize = 20;

/// Unit vectors in the middle of persons who are alike to `expert`: spherical k-means (Dhillon and Modha 2001) over one picture of each
/// person, without clusters of fewer than [`PERSONS_MIN`] persons.
pub(super) fn middles(sets: &[Material], expert: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut vectors: Vec<&[f32]> = Vec::new();
    for set in sets {
        let mut seen = BTreeSet::new();
        let first = (0..set.persons.len()).filter(|&at| seen.insert(set.persons[at]));
        vectors.extend(first.collect::<Vec<_>>().into_iter().map(|at| set.vector(expert, at)));
    }
    SplitMix64::new(&[seed, 2, expert as u64]).choose(&mut vectors, MIDDLES);
    let mut middles: Vec<Vec<f32>> = vectors.iter().take(MIDDLES).map(|v| v.to_vec()).collect();
    let mut persons = vec![0; middles.len()];
    for _ in 0..ROUNDS {
        let mut sums = vec![vec![0.0_f32; middles.first().map_or(0, Vec::len)]; middles.len()];
        persons = vec![0; middles.len()];
        for vector in &vectors {
            let nearest = (0..middles.len())
                .max_by(|&a, &b| product(vector, &middles[a]).total_cmp(&product(vector, &middles[b])))
                .unwrap_or(0);
            persons[nearest] += 1;
            sums[nearest].iter_mut().zip(*vector).for_each(|(sum, v)| *sum += v);
        }
        for (middle, sum) in middles.iter_mut().zip(sums) {
            let length = product(&sum, &sum).sqrt();
            if length > 1e-6 {
                *middle = sum.iter().map(|v| (v / length * 1e5).round() / 1e5).collect();
            }
        }
    }
    middles.into_iter().zip(persons).filter(|(_, persons)| *persons >= PERSONS_MIN).map(|(middle, _)| middle).collect()
}
