//! `SingleFacePresent`: does one face dominate?
//!
//! As OFIQ: the square root of the ratio of the second largest face box's area to the largest's, 0 when there is one face; value
//! 100·(1 − x). Deviation: boxes are YuNet's.

use super::measure::{Measure, MeasureName};
use super::prepared::Prepared;
use super::reason::Direction;

/// Assesses the measure.
pub(super) fn dominance(prepared: &Prepared<'_>) -> Measure {
    let name = MeasureName::SingleFacePresent;
    let subject = prepared.subject;
    let native = match subject.second {
        None if subject.faces <= 1 => 0.0,
        None => return Measure::unassessed(name),
        Some(second) => f64::from(second.rect.area() / subject.face.rect.area()).sqrt().min(1.0),
    };
    Measure::new(name, native, 100.0 * (1.0 - native), Direction::High)
}
