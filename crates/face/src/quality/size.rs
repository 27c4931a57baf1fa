//! `InterEyeDistance` and `HeadSize`: is the face large enough, and not too large for the picture?
//!
//! As OFIQ: pixels between the eyes divided by the cosine of the yaw, value 100·σ(x; 70, 20); and the distance from the eyes to the chin
//! over the picture's height, value 200·(1 − σ(|x − 0.45|; 0, 0.05)). `HeadSize` is meant for portraits: a live frame in which the
//! person fills less of the height is usable, so its bounds for reasons are wide.

use super::measure::{Curve, Measure, MeasureName};
use super::prepared::Prepared;
use super::reason::Direction;

/// From pixels to 0–100.
const DISTANCE: Curve = Curve::rising(100.0, 70.0, 20.0);
/// From the deviation to 0–100.
const DEVIATION: Curve = Curve::falling(200.0, 1.0, 0.0, 0.05);
/// The best share of the picture's height.
const BEST_SHARE: f64 = 0.45;

/// Assesses the inter-eye distance. At 90° of yaw and beyond there is none.
pub(super) fn inter_eye_distance(prepared: &Prepared<'_>) -> Measure {
    let name = MeasureName::InterEyeDistance;
    let cosine = f64::from(prepared.subject.pose.yaw).to_radians().cos();
    match &prepared.marks {
        Some(marks) if cosine > 0.01 => {
            let native = marks.inter_eye / cosine;
            Measure::new(name, native, DISTANCE.at(native), Direction::Low)
        }
        _ => Measure::unassessed(name),
    }
}

/// Assesses the head's share of the picture.
pub(super) fn head_size(prepared: &Prepared<'_>) -> Measure {
    let name = MeasureName::HeadSize;
    let Some(marks) = &prepared.marks else { return Measure::unassessed(name) };
    let native = marks.eye_chin / f64::from(prepared.subject.image.height());
    let direction = if native < BEST_SHARE { Direction::Low } else { Direction::High };
    Measure::new(name, native, DEVIATION.at((native - BEST_SHARE).abs()), direction)
}
