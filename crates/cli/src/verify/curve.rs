//! The calibration's curves as functions of similarity, for the picture.

use super::document::Document;
use crate::scale::{Hills, Mark};
use face::calibration::Calibration;
use face::engine::Engine;

/// Log-likelihood ratios beyond these do not occur: the calibration limits them.
const LLR_MAX: f64 = 1e4;
/// Halvings of the search: enough for the precision of the numbers themselves.
const HALVINGS: usize = 80;

/// The smallest ratio for which `reached` holds, which must hold from some ratio upwards.
fn smallest(reached: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (-LLR_MAX, LLR_MAX);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if reached(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// The ratio at which the similarity reaches `similarity`.
fn llr_at(calibration: &Calibration, similarity: f64) -> f64 {
    smallest(|llr| calibration.similarity(llr) >= similarity)
}

/// The hills of strangers and of same persons.
pub(super) fn hills(engine: &Engine, columns: usize) -> Hills {
    let Some(calibration) = engine.calibration() else { return Hills::new(columns, |_| 0.0, |_| 0.0) };
    Hills::new(
        columns,
        |s| calibration.fmr(llr_at(calibration, s)).value,
        |s| calibration.fnmr(llr_at(calibration, s), None).value,
    )
}

/// Where the comparison stands; the whisker reaches as far as the interval of its false-match rate.
pub(super) fn mark(engine: &Engine, document: &Document) -> Mark {
    let similarity = document.similarity;
    let Some(calibration) = engine.calibration() else { return Mark { similarity, low: similarity, high: similarity } };
    let at_rate = |rate: f64| calibration.similarity(smallest(|llr| calibration.fmr(llr).value <= rate));
    let (low, high) = (at_rate(document.fmr.high), at_rate(document.fmr.low));
    Mark { similarity, low: low.min(similarity), high: high.max(similarity) }
}
