//! Face detection with YuNet.

use crate::geometry::{Point, Rect};
use serde::Serialize;

/// One detected face.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Face {
    /// The face box in pixels.
    pub rect: Rect,
    /// Right eye, left eye, nose tip, right and left mouth corner of the person, in pixels.
    pub points: [Point; 5],
    /// The detector's confidence, 0 to 1.
    pub confidence: f32,
}
