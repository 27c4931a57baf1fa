//! The 468-point face mesh and what is read from it: alignment points, pose, eyes, mouth, named regions.

use crate::geometry::Point;
use serde::Serialize;

/// Number of points of the mesh (MediaPipe Face Mesh).
pub const MESH_POINTS: usize = 468;

/// The mesh of one face.
#[derive(Clone, Debug)]
pub struct Mesh {
    /// Points in pixels of the picture, in the order of MediaPipe's canonical face model.
    pub points: Vec<Point>,
    /// Depth of each point in pixels of the picture, smaller is nearer to the camera.
    pub depth: Vec<f32>,
    /// How sure the model is that this is a face, 0 to 1.
    pub confidence: f32,
}

/// Head pose in degrees (ISO/IEC 39794-5 angles as OFIQ reports them): yaw to the person's left, pitch up and roll clockwise are positive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Pose {
    /// Turn left (+) or right (−) of the person.
    pub yaw: f32,
    /// Nod up (+) or down (−).
    pub pitch: f32,
    /// Tilt: clockwise as the viewer sees it (+).
    pub roll: f32,
}

/// How far eyes and mouth are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Openness {
    /// Lid distance of the person's right eye (left in the picture) over the distance eyes–chin.
    pub right_eye: f32,
    /// Lid distance of the person's left eye over the distance eyes–chin.
    pub left_eye: f32,
    /// Lip distance over the distance eyes–chin.
    pub mouth: f32,
}
