//! `EyesOpen`: is the less open eye open?
//!
//! As OFIQ: lid distance of the less open eye over the distance from the eyes to the chin; value 100·σ(x; 0.02, 0.01). Deviation: lids
//! come from the 468-point mesh.

use super::measure::{Curve, Measure, MeasureName};
use super::prepared::Prepared;
use super::reason::Direction;

/// From the opening to 0–100.
const CURVE: Curve = Curve::rising(100.0, 0.02, 0.01);

/// Assesses the measure.
pub(super) fn open(prepared: &Prepared<'_>) -> Measure {
    let openness = prepared.subject.openness;
    // Unlike `min`, this keeps a value that is not a number, so that the measure is not assessed.
    let (right, left) = (f64::from(openness.right_eye), f64::from(openness.left_eye));
    let native = if right.is_nan() {
        right
    } else if left < right || left.is_nan() {
        left
    } else {
        right
    };
    Measure::new(MeasureName::EyesOpen, native, CURVE.at(native), Direction::Low)
}
