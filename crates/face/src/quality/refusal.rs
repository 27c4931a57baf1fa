//! When a face cannot be compared at all: too small, cut by the picture's edge, turned away, or too poor.

use super::marks::Marks;
use super::{Quality, Subject, outline};
use crate::code::Code;
use crate::detect::Face;
use crate::error::Error;
use crate::geometry::Point;

/// Fewest pixels between the eyes, corrected for yaw. The embedders see a face with 35 to 55 pixels there; below a third of that
/// nearly all detail is invented by enlargement.
pub const INTER_EYE_PX_MIN: f64 = 16.0;
/// Largest share of the face's area (the hull of the mesh's rim, forehead to chin) that may lie outside the picture. Of 98 webcam
/// pictures of development persons this refuses 5, and of 1,230 portraits and press pictures none.
pub const OUTSIDE_SHARE_MAX: f64 = 0.03;
/// The mesh may bend a cut face into the picture. So a face also counts as cut when its rim comes nearer to an edge than this, in
/// distances from the eyes to the chin, while mesh and detector disagree as below.
pub const EDGE_NEAR: f64 = 0.15;
/// Disagreement of the detector's five points with the mesh's, as a mean in inter-eye distances. The median over development pictures is
/// 0.07 to 0.10, the 99th percentile 0.26.
pub const DISAGREEMENT_MAX: f64 = 0.2;
/// Largest turn to either side in degrees: beyond it one eye is hidden.
pub const YAW_DEG_MAX: f32 = 60.0;
/// When mesh and detector disagree at the edge and the turn is larger than this, in degrees, the turn and not the edge is to blame.
pub const YAW_DEG_DOUBTFUL: f32 = 35.0;
/// Largest nod up or down in degrees.
pub const PITCH_DEG_MAX: f32 = 50.0;

/// Why the face cannot be used whatever its light and sharpness: `face-too-small`, `face-cut` or `face-turned`; `inference-failed` when
/// the mesh is not a face at all. Needs no assessment, so it can be asked before [`super::assess`].
pub fn geometry(subject: &Subject<'_>) -> Option<Error> {
    let Some(marks) = Marks::of(subject.mesh) else {
        return Some(Error::new(Code::InferenceFailed, "the mesh is not the shape of a face"));
    };
    let refuse = |code, detail: String| Some(Error::new(code, detail).with_faces(vec![subject.face.rect]));
    let pose = subject.pose;
    // Negated comparisons: an angle that is not a number is refused.
    if !(pose.yaw.abs() <= YAW_DEG_MAX && pose.pitch.abs() <= PITCH_DEG_MAX) {
        return refuse(Code::FaceTurned, format!("yaw is {:.0}° and pitch {:.0}°", pose.yaw, pose.pitch));
    }
    let distance = marks.inter_eye / f64::from(pose.yaw).to_radians().cos();
    if distance < INTER_EYE_PX_MIN {
        let detail = format!("{distance:.1} pixels between the eyes, at least {INTER_EYE_PX_MIN:.0} are needed");
        return refuse(Code::FaceTooSmall, detail);
    }
    let (width, height) = (subject.image.width() as f32, subject.image.height() as f32);
    let outside = outline::share_outside(&marks.rim, width, height);
    if outside > OUTSIDE_SHARE_MAX {
        return refuse(Code::FaceCut, format!("{:.0} % of the face lies outside the picture", 100.0 * outside));
    }
    if bent_into_picture(&marks, subject.face, width, height) {
        let code = if pose.yaw.abs() > YAW_DEG_DOUBTFUL { Code::FaceTurned } else { Code::FaceCut };
        return refuse(code, "the face touches the edge and its landmarks disagree".to_owned());
    }
    None
}

/// Whether the detector saw points of the face outside the picture, or the rim is near an edge while mesh and detector disagree.
fn bent_into_picture(marks: &Marks, face: &Face, width: f32, height: f32) -> bool {
    let room = |p: &Point| p.x.min(p.y).min(width - p.x).min(height - p.y);
    if face.points.iter().any(|p| room(p) < 0.0) {
        return true;
    }
    let nearest = marks.rim.iter().map(room).fold(f32::INFINITY, f32::min);
    let apart: f32 = marks.five().iter().zip(&face.points).map(|(a, b)| a.distance(*b)).sum();
    f64::from(nearest) < EDGE_NEAR * marks.eye_chin && f64::from(apart) / 5.0 > DISAGREEMENT_MAX * marks.inter_eye
}

impl Quality {
    /// Why the face cannot be compared: what [`geometry`] says, else `quality-too-low` when the overall value is known and below
    /// `minimum`.
    pub fn refusal(&self, subject: &Subject<'_>, minimum: u8) -> Option<Error> {
        geometry(subject).or_else(|| {
            let overall = self.overall.filter(|overall| *overall < minimum)?;
            let lowest: Vec<&str> = self.reasons().iter().map(|reason| reason.code).take(3).collect();
            let detail =
                format!("the overall quality is {overall}, at least {minimum} is needed; {}", lowest.join(", "));
            Some(Error::new(Code::QualityTooLow, detail).with_faces(vec![subject.face.rect]))
        })
    }
}
