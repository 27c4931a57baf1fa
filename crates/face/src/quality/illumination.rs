//! `IlluminationUniformity`: do both cheeks get the same light?
//!
//! As OFIQ: the native value is the intersection (sum of the smaller shares) of the luminance histograms of the two cheek zones, 0 to 1;
//! the value is 100·native^0.3. Deviation: only skin pixels of a zone count, and a zone of which less than a quarter is visible makes the
//! measure unassessed; OFIQ counts hidden pixels as black.

use super::measure::{Measure, MeasureName};
use super::prepared::{Prepared, histogram};
use super::reason::Direction;

/// Assesses the measure.
pub(super) fn uniformity(prepared: &Prepared<'_>) -> Measure {
    let name = MeasureName::IlluminationUniformity;
    let Some((skin, [right, left])) = prepared.skin.as_ref().and_then(|skin| Some((skin, skin.cheeks.as_ref()?)))
    else {
        return Measure::unassessed(name);
    };
    let shares = |pixels: &[usize]| histogram(pixels.iter().map(|&pixel| skin.luminance[pixel]));
    let (right, left) = (shares(right), shares(left));
    let native: f64 = right.iter().zip(&left).map(|(a, b)| a.min(*b)).sum();
    let direction = if mean(&right) > mean(&left) { Direction::Low } else { Direction::High };
    Measure::new(name, native, 100.0 * native.powf(0.3), direction)
}

/// The mean level of a histogram.
fn mean(shares: &[f64; 256]) -> f64 {
    shares.iter().enumerate().map(|(level, share)| level as f64 * share).sum()
}
