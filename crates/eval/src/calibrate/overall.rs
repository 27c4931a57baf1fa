//! The overall quality: how likely a genuine comparison of two pictures like this one succeeds at the working point.

use super::material::Material;
use face::quality::{MeasureName, OverallWeights, Weight};

/// Pull of the weights towards zero, so that measures that hardly matter do not follow noise.
const PULL: f64 = 2e-3;
/// Steps of the descent; the fit settles in far fewer.
const STEPS: usize = 4000;

/// Fits a logistic regression: success of a genuine comparison at the score `working`, on the lower of the two pictures' values of each
/// measure. Weights are never negative, because a better value must not make a picture worse. Each data set weighs the same.
pub(super) fn fit(sets: &[Material], scores: &[Vec<f32>], working: f64) -> OverallWeights {
    let neutral: Vec<f64> = MeasureName::ALL.iter().map(|&m| neutral(sets, m)).collect();
    let mut rows: Vec<(Vec<f64>, bool, f64)> = Vec::new();
    for (set, scores) in sets.iter().zip(scores) {
        let genuine: Vec<usize> = set.genuine().collect();
        let weight = 1.0 / (genuine.len().max(1) * sets.len()) as f64;
        for at in genuine {
            let (a, b) = set.pairs[at];
            let value = |i: usize| {
                let of = |picture: u32| value(set, picture as usize, MeasureName::ALL[i]).unwrap_or(neutral[i]);
                of(a).min(of(b)) / 100.0
            };
            let lower = (0..neutral.len()).map(value).collect();
            rows.push((lower, f64::from(scores[at]) >= working, weight));
        }
    }
    let (intercept, weights) = descend(&rows, neutral.len());
    let weights = MeasureName::ALL
        .iter()
        .zip(weights)
        .zip(neutral)
        .filter(|((_, weight), _)| *weight > 1e-3)
        .map(|((&measure, weight), neutral)| Weight { measure, weight: round(weight), neutral: round(neutral) })
        .collect();
    OverallWeights { intercept: round(intercept), weights }
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn value(set: &Material, picture: usize, measure: MeasureName) -> Option<f64> {
    let found = set.samples[picture].measures.iter().find(|(name, _)| *name == measure)?;
    found.1.map(f64::from)
}

/// The mean of a measure over the pictures that have it; the middle of the scale when none has.
fn neutral(sets: &[Material], measure: MeasureName) -> f64 {
    let values: Vec<f64> =
        sets.iter().flat_map(|s| (0..s.samples.len()).filter_map(move |i| value(s, i, measure))).collect();
    if values.is_empty() { 50.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// Gradient descent on the weighted log-loss with non-negative weights.
fn descend(rows: &[(Vec<f64>, bool, f64)], measures: usize) -> (f64, Vec<f64>) {
    let (mut intercept, mut weights) = (0.0, vec![0.0; measures]);
    for _ in 0..STEPS {
        let (mut slope, mut slopes) = (0.0, vec![0.0; measures]);
        for (values, success, weight) in rows {
            let logit: f64 = intercept + weights.iter().zip(values).map(|(w, v)| w * v).sum::<f64>();
            let error = weight * (1.0 / (1.0 + (-logit).exp()) - f64::from(u8::from(*success)));
            slope += error;
            slopes.iter_mut().zip(values).for_each(|(s, v)| *s += error * v);
        }
        intercept -= slope;
        for (weight, slope) in weights.iter_mut().zip(slopes) {
            *weight = (*weight - (slope + PULL * *weight)).max(0.0);
        }
    }
    (intercept, weights)
}
