//! Crops and margins: is there room around the face?
//!
//! As OFIQ: from the person's right eye to the left edge and from the left eye to the right edge in inter-eye distances, value
//! 100·σ(x; 0.9, 0.1); from the middle between the eyes to the upper edge (100·σ(x; 1.4, 0.1)) and to the lower edge
//! (100·σ(x; 1.8, 0.1)) in distances from the eyes to the chin.

use super::measure::{Curve, Measure, MeasureName};
use super::prepared::Prepared;
use super::reason::Direction;

/// From the room beside the eyes to 0–100.
const BESIDE: Curve = Curve::rising(100.0, 0.9, 0.1);
/// From the room above the eyes to 0–100.
const ABOVE: Curve = Curve::rising(100.0, 1.4, 0.1);
/// From the room below the eyes to 0–100.
const BELOW: Curve = Curve::rising(100.0, 1.8, 0.1);

/// Assesses the room at the left, at the right, above and below.
pub(super) fn room(prepared: &Prepared<'_>) -> [Measure; 4] {
    let names = [
        MeasureName::LeftwardCropOfTheFaceImage,
        MeasureName::RightwardCropOfTheFaceImage,
        MeasureName::MarginAboveOfTheFaceImage,
        MeasureName::MarginBelowOfTheFaceImage,
    ];
    let Some(marks) = &prepared.marks else { return names.map(Measure::unassessed) };
    let (width, height) = (f64::from(prepared.subject.image.width()), f64::from(prepared.subject.image.height()));
    let measure =
        |i: usize, native: f64, curve: &Curve| Measure::new(names[i], native, curve.at(native), Direction::Low);
    [
        measure(0, f64::from(marks.right_eye.x) / marks.inter_eye, &BESIDE),
        measure(1, (width - f64::from(marks.left_eye.x)) / marks.inter_eye, &BESIDE),
        measure(2, f64::from(marks.eyes.y) / marks.eye_chin, &ABOVE),
        measure(3, (height - f64::from(marks.eyes.y)) / marks.eye_chin, &BELOW),
    ]
}
