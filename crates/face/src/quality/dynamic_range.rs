//! `DynamicRange`: how many shades does the face use?
//!
//! As OFIQ: the entropy in bits of the skin's luminance histogram; value 12.5·bits.

use super::measure::{Measure, MeasureName};
use super::prepared::Prepared;
use super::reason::Direction;

/// Assesses the measure.
pub(super) fn entropy(prepared: &Prepared<'_>) -> Measure {
    let name = MeasureName::DynamicRange;
    let Some(skin) = &prepared.skin else { return Measure::unassessed(name) };
    let bits: f64 = skin.histogram.iter().filter(|share| **share > 0.0).map(|share| -share * share.log2()).sum();
    Measure::new(name, bits, 12.5 * bits, Direction::Low)
}
