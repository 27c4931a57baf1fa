//! `MouthClosed`: is the mouth closed?
//!
//! As OFIQ: distance of the lips' inner edges over the distance from the eyes to the chin; value 100·(1 − σ(x; 0.2, 0.06)). Deviation:
//! lips come from the 468-point mesh.

use super::measure::{Curve, Measure, MeasureName};
use super::prepared::Prepared;
use super::reason::Direction;

/// From the opening to 0–100.
const CURVE: Curve = Curve::falling(100.0, 1.0, 0.2, 0.06);

/// Assesses the measure.
pub(super) fn closed(prepared: &Prepared<'_>) -> Measure {
    let native = f64::from(prepared.subject.openness.mouth);
    Measure::new(MeasureName::MouthClosed, native, CURVE.at(native), Direction::High)
}
