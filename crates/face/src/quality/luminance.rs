//! `LuminanceMean` and `LuminanceVariance`: how bright is the face, and how much does brightness vary?
//!
//! As OFIQ: mean and variance of the skin's linear-light luminance from 0 to 1. Values: mean 100·σ(m; 0.2, 0.05)·(1 − σ(m; 0.8, 0.05));
//! variance 100·sin(π·60v/(60v + 1)), best at v = 1/60. Deviation: the skin outline comes from the 468-point mesh.

use super::measure::{Measure, MeasureName, sigmoid};
use super::prepared::Prepared;
use super::reason::Direction;
use std::f64::consts::PI;

/// The variance with the best value.
const BEST_VARIANCE: f64 = 1.0 / 60.0;

/// Assesses mean and variance.
pub(super) fn mean_and_variance(prepared: &Prepared<'_>) -> [Measure; 2] {
    let names = [MeasureName::LuminanceMean, MeasureName::LuminanceVariance];
    let Some(skin) = &prepared.skin else { return names.map(Measure::unassessed) };
    let levels = || skin.histogram.iter().enumerate().map(|(level, share)| (level as f64 / 255.0, share));
    let mean: f64 = levels().map(|(level, share)| level * share).sum();
    let variance: f64 = levels().map(|(level, share)| share * (level - mean).powi(2)).sum();
    let brightness = 100.0 * sigmoid(mean, 0.2, 0.05) * (1.0 - sigmoid(mean, 0.8, 0.05));
    let contrast = 100.0 * (60.0 * variance / (60.0 * variance + 1.0) * PI).sin();
    let side = |low| if low { Direction::Low } else { Direction::High };
    [
        Measure::new(names[0], mean, brightness, side(mean < 0.5)),
        Measure::new(names[1], variance, contrast, side(variance < BEST_VARIANCE)),
    ]
}
