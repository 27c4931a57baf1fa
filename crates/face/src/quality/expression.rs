//! `ExpressionNeutrality`: our own definition.
//!
//! OFIQ runs two networks and a classifier for it, which we cannot ship, so our values are not comparable with OFIQ's; only name and
//! scale are shared. Ours reads four proportions of the mesh: mouth width and brow height over the distance between the eyes, lift of the
//! mouth's corners and lip opening over the distance from the eyes to the chin. The native value is the length of their deviations from
//! neutral proportions, each in units of its spread; value 100·(1 − σ(x; 4, 1)). A narrow or closed mouth counts as neutral. The neutral
//! proportions are medians of 76 near-frontal webcam pictures of volunteers asked to look neutral, the spreads about 1.3 times theirs.
//! Proportions seen from the side mislead, so the measure is not assessed beyond 35° of yaw or 25° of pitch.

use super::marks::Marks;
use super::measure::{Curve, Measure, MeasureName};
use super::prepared::Prepared;
use super::reason::Direction;
use crate::geometry::Point;

/// Neutral mouth width and its spread, in inter-eye distances.
const MOUTH_WIDTH: (f64, f64) = (0.755, 0.05);
/// Neutral lift of the mouth's corners above the middle of the lips and its spread, in distances from the eyes to the chin.
const CORNER_LIFT: (f64, f64) = (-0.008, 0.016);
/// Neutral distance of the lips' inner edges and its spread, in distances from the eyes to the chin.
const LIP_OPENING: (f64, f64) = (0.015, 0.012);
/// Neutral height of the brows above the eyes and its spread, in inter-eye distances.
const BROW_HEIGHT: (f64, f64) = (0.39, 0.038);
/// Largest yaw and pitch in degrees at which the proportions mean something.
const ANGLES_DEG_MAX: (f32, f32) = (35.0, 25.0);
/// From the deviation to 0–100.
const CURVE: Curve = Curve::falling(100.0, 1.0, 4.0, 1.0);

/// Assesses the measure.
pub(super) fn neutrality(prepared: &Prepared<'_>) -> Measure {
    let name = MeasureName::ExpressionNeutrality;
    let pose = prepared.subject.pose;
    let frontal = pose.yaw.abs() <= ANGLES_DEG_MAX.0 && pose.pitch.abs() <= ANGLES_DEG_MAX.1;
    match &prepared.marks {
        Some(marks) if frontal => {
            let native = deviation(marks, f64::from(prepared.subject.openness.mouth));
            Measure::new(name, native, CURVE.at(native), Direction::High)
        }
        _ => Measure::unassessed(name),
    }
}

/// The length of the deviations from neutral proportions.
fn deviation(marks: &Marks, opening: f64) -> f64 {
    let [right, left] = marks.mouth_corners;
    let width = f64::from(right.distance(left)) / marks.inter_eye;
    let corners = above(marks, right.middle(left), marks.mouth) / marks.eye_chin;
    let [right_brow, left_brow] = marks.brows;
    let brows = above(marks, right_brow, marks.right_eye) + above(marks, left_brow, marks.left_eye);
    let spread = |value: f64, (neutral, spread): (f64, f64)| (value - neutral) / spread;
    let squares = [
        spread(width, MOUTH_WIDTH).max(0.0).powi(2),
        spread(corners, CORNER_LIFT).powi(2),
        // Written as a sum so that an opening that is not a number stays one.
        spread(opening.max(LIP_OPENING.0) + 0.0 * opening, LIP_OPENING).powi(2),
        spread(brows / 2.0 / marks.inter_eye, BROW_HEIGHT).powi(2),
    ];
    squares.iter().sum::<f64>().sqrt()
}

/// How far `p` lies above `q` in pixels, at right angles to the line between the eyes.
fn above(marks: &Marks, p: Point, q: Point) -> f64 {
    let along = (f64::from(marks.left_eye.x - marks.right_eye.x), f64::from(marks.left_eye.y - marks.right_eye.y));
    let between = (f64::from(p.x - q.x), f64::from(p.y - q.y));
    (along.1 * between.0 - along.0 * between.1) / marks.inter_eye
}
