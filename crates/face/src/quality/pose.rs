//! `HeadPoseYaw`, `HeadPosePitch`, `HeadPoseRoll`: is the head straight?
//!
//! As OFIQ: the angle in degrees; value 100·cos². Deviations: beyond 90° the value is 0, where the squared cosine would rise again; the
//! angles come from the 468-point mesh, not from 3DDFA V2.

use super::measure::{Measure, MeasureName};
use super::prepared::Prepared;
use super::reason::Direction;

/// Assesses yaw, pitch and roll.
pub(super) fn angles(prepared: &Prepared<'_>) -> [Measure; 3] {
    let pose = prepared.subject.pose;
    [
        angle(MeasureName::HeadPoseYaw, pose.yaw),
        angle(MeasureName::HeadPosePitch, pose.pitch),
        angle(MeasureName::HeadPoseRoll, pose.roll),
    ]
}

/// Assesses one angle.
fn angle(name: MeasureName, degrees: f32) -> Measure {
    let native = f64::from(degrees);
    let direction = if native < 0.0 { Direction::Low } else { Direction::High };
    Measure::new(name, native, 100.0 * native.to_radians().cos().max(0.0).powi(2), direction)
}
