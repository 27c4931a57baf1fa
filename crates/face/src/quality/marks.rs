//! The points of the mesh that the measures use, as distances and places in the picture.

use super::outline;
use crate::geometry::Point;
use crate::landmarks::{MESH_POINTS, Mesh};

/// Corners of the person's right eye (left in the picture): outer, inner.
const RIGHT_EYE: [usize; 2] = [33, 133];
/// Corners of the person's left eye: outer, inner.
const LEFT_EYE: [usize; 2] = [263, 362];
/// The middle of the brows' upper edges: right, left.
const BROWS: [usize; 2] = [105, 334];
/// Tip of the nose.
const NOSE_TIP: usize = 4;
/// Corners of the mouth: right, left.
const MOUTH_CORNERS: [usize; 2] = [61, 291];
/// The middle of the lips' inner edges: upper, lower.
const LIPS: [usize; 2] = [13, 14];
/// Tip of the chin.
const CHIN: usize = 152;
/// The rim of the mesh, from the middle of the forehead round by the person's left.
const RIM: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];
/// The rim from temple to temple round by the chin.
const JAW: std::ops::Range<usize> = 7..30;
/// The upper edges of both brows.
const BROW_EDGES: [usize; 10] = [70, 63, 105, 66, 107, 300, 293, 334, 296, 336];

/// Coordinates beyond this many pixels count as nonsense: no picture is larger than 16,384 pixels.
const COORDINATE_MAX: f32 = 100_000.0;

/// Named places of one face in pixels of the picture.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    /// The middle between the corners of the person's right eye.
    pub(super) right_eye: Point,
    /// The middle between the corners of the person's left eye.
    pub(super) left_eye: Point,
    /// The middle between the eyes.
    pub(super) eyes: Point,
    /// The middle of the brows: right, left.
    pub(super) brows: [Point; 2],
    /// Tip of the nose.
    pub(super) nose: Point,
    /// Corners of the mouth: right, left.
    pub(super) mouth_corners: [Point; 2],
    /// The middle of the closed or open mouth.
    pub(super) mouth: Point,
    /// Distance between the eyes.
    pub(super) inter_eye: f64,
    /// Distance from the middle between the eyes to the chin: OFIQ's "T".
    pub(super) eye_chin: f64,
    /// The convex hull of the mesh's rim: forehead, cheeks and chin.
    pub(super) rim: Vec<Point>,
    /// The convex hull of brows and jaw, as OFIQ's landmarked region: skin without forehead and hair.
    pub(super) skin: Vec<Point>,
}

impl Marks {
    /// The marks of `mesh`; none when it has too few points, when one that is used is not a number, or when it has no extent.
    pub(super) fn of(mesh: &Mesh) -> Option<Self> {
        if mesh.points.len() < MESH_POINTS {
            return None;
        }
        let at = |i: usize| mesh.points[i];
        let used = RIM.iter().chain(&BROW_EDGES).chain(&RIGHT_EYE).chain(&LEFT_EYE).chain(&MOUTH_CORNERS).chain(&LIPS);
        if !used.chain(&[NOSE_TIP]).map(|&i| at(i)).all(usable) {
            return None;
        }
        let middle = |[a, b]: [usize; 2]| at(a).middle(at(b));
        let (right_eye, left_eye) = (middle(RIGHT_EYE), middle(LEFT_EYE));
        let eyes = right_eye.middle(left_eye);
        let (inter_eye, eye_chin) = (f64::from(right_eye.distance(left_eye)), f64::from(eyes.distance(at(CHIN))));
        let rim = outline::convex_hull(RIM.iter().map(|&i| at(i)).collect());
        let skin = outline::convex_hull(RIM[JAW].iter().chain(&BROW_EDGES).map(|&i| at(i)).collect());
        let extended = inter_eye >= 1.0 && eye_chin >= 1.0 && outline::area(&skin) >= 1.0;
        extended.then(|| Self {
            right_eye,
            left_eye,
            eyes,
            brows: BROWS.map(at),
            nose: at(NOSE_TIP),
            mouth_corners: MOUTH_CORNERS.map(at),
            mouth: middle(LIPS),
            inter_eye,
            eye_chin,
            rim,
            skin,
        })
    }

    /// Eyes, nose and corners of the mouth in the order of a detected face's points.
    pub(super) fn five(&self) -> [Point; 5] {
        [self.right_eye, self.left_eye, self.nose, self.mouth_corners[0], self.mouth_corners[1]]
    }
}

/// Whether a point is a number within reason.
fn usable(p: Point) -> bool {
    p.x.abs() <= COORDINATE_MAX && p.y.abs() <= COORDINATE_MAX
}
