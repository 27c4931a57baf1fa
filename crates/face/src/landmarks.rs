//! The 468-point face mesh and what is read from it: alignment points, pose, eyes, mouth, named regions.

mod regions;

pub use regions::Regions;

use crate::align::{Similarity, warp};
use crate::code::Code;
use crate::detect::Face;
use crate::error::{Error, Result};
use crate::geometry::{Point, Rect};
use crate::image::Image;
use crate::model::Model;
use serde::{Deserialize, Serialize};

/// Number of points of the mesh (`MediaPipe` Face Mesh, Kartynnik et al. 2019).
pub const MESH_POINTS: usize = 468;
/// Side of the mesh model's input in pixels.
const INPUT_SIDE_PX: u32 = 192;
/// The crop's side over the face's longer side, as `MediaPipe`'s face landmark graph takes it.
const CROP_SHARE: f32 = 1.5;
/// Below this confidence what was detected is not taken for a face: on the development data every real face has more than 0.9.
const CONFIDENCE_MIN: f32 = 0.5;
/// A face that is followed overlaps itself from one picture to the next at least so much (intersection over union).
const FOLLOW_OVERLAP_MIN: f32 = 0.3;

/// The mesh of one face.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    /// Points in pixels of the picture, in the order of `MediaPipe`'s canonical face model.
    pub points: Vec<Point>,
    /// Depth of each point in pixels of the picture, smaller is nearer to the camera.
    pub depth: Vec<f32>,
    /// How sure the model is that this is a face, 0 to 1.
    pub confidence: f32,
}

/// Head pose in degrees (ISO/IEC 39794-5 angles): yaw to the person's left, pitch up and roll clockwise for the viewer are positive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Turn to the person's left (+) or right (−).
    pub yaw: f32,
    /// Nod up (+) or down (−).
    pub pitch: f32,
    /// Tilt: clockwise as the viewer sees it (+).
    pub roll: f32,
}

/// How far eyes and mouth are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Openness {
    /// Lid distance of the person's right eye (left in the picture) over the distance eyes–chin.
    pub right_eye: f32,
    /// Lid distance of the person's left eye over the distance eyes–chin.
    pub left_eye: f32,
    /// Lip distance over the distance eyes–chin.
    pub mouth: f32,
}

/// Finds the mesh of `face`: once in the detector's box, once more in the box of the first mesh, which takes out most of the detector's noise.
///
/// # Errors
/// `no-face` when the model does not believe that this is a face; `inference-failed`.
pub fn mesh(model: &dyn Model, image: &Image, face: &Face) -> Result<Mesh> {
    let [right, left, ..] = face.points;
    let first = pass(model, image, face.rect, right, left)?;
    let second = pass(model, image, Rect::around(first.points.iter().copied()), first.points[33], first.points[263])?;
    if second.confidence < CONFIDENCE_MIN {
        return Err(Error::new(Code::NoFace, "what was detected does not have a face's landmarks"));
    }
    Ok(second)
}

/// Finds the mesh in the picture after the one of `before` with one run of the model; none when the face is lost.
///
/// # Errors
/// `inference-failed`.
pub(crate) fn follow(model: &dyn Model, image: &Image, before: &Mesh) -> Result<Option<Mesh>> {
    let rect = Rect::around(before.points.iter().copied());
    let mesh = pass(model, image, rect, before.points[33], before.points[263])?;
    let now = Rect::around(mesh.points.iter().copied());
    let same = now.overlap(&rect) > FOLLOW_OVERLAP_MIN && mesh.confidence >= CONFIDENCE_MIN;
    Ok(same.then_some(mesh))
}

/// One run of the model on a square around `rect`, turned so that the line `right`–`left` is level.
fn pass(model: &dyn Model, image: &Image, rect: Rect, right: Point, left: Point) -> Result<Mesh> {
    let angle = (left.y - right.y).atan2(left.x - right.x);
    let crop = Similarity::crop(rect.centre(), rect.long_side() * CROP_SHARE, angle, INPUT_SIDE_PX);
    let mut input = warp(image, &crop, INPUT_SIDE_PX);
    input.iter_mut().for_each(|v| *v /= 255.0);
    let side = INPUT_SIDE_PX as usize;
    let outputs = model.run([1, side, side, 3], &input)?;
    let [points, confidence, ..] = outputs.as_slice() else { return Err(unusable()) };
    if points.values.len() != MESH_POINTS * 3 || confidence.values.len() != 1 {
        return Err(unusable());
    }
    let back = crop.inverse();
    let triples = points.values.as_chunks::<3>().0;
    Ok(Mesh {
        points: triples.iter().map(|&[x, y, _]| back.apply(Point::new(x, y))).collect(),
        depth: triples.iter().map(|&[_, _, z]| z * back.scale() as f32).collect(),
        confidence: 1.0 / (1.0 + (-confidence.values[0]).exp()),
    })
}

fn unusable() -> Error {
    Error::new(Code::PackModelUnusable, "the mesh model's outputs are not 468 points and a confidence")
}

impl Mesh {
    /// True if it has all its points and every number is finite.
    pub fn whole(&self) -> bool {
        let finite = |p: &Point| p.x.is_finite() && p.y.is_finite();
        self.points.len() == MESH_POINTS
            && self.depth.len() == MESH_POINTS
            && self.points.iter().all(finite)
            && self.depth.iter().all(|z| z.is_finite())
    }

    /// The mean of some points.
    fn mean(&self, indices: &[usize]) -> Point {
        let n = indices.len().max(1) as f32;
        indices
            .iter()
            .fold(Point::default(), |p, &i| Point::new(p.x + self.points[i].x / n, p.y + self.points[i].y / n))
    }

    /// The five points that `ArcFace`-style embedders are aligned by: right eye, left eye, nose tip, right and left mouth corner of the
    /// person. An eye is the middle of its corners.
    pub fn five(&self) -> [Point; 5] {
        [self.mean(&[33, 133]), self.mean(&[362, 263]), self.points[4], self.points[61], self.points[291]]
    }

    /// The five points of dlib's chips: outer and inner corner of the person's left eye, outer and inner corner of the right eye, base of
    /// the nose.
    pub fn corners(&self) -> [Point; 5] {
        [263, 362, 33, 133, 2].map(|i| self.points[i])
    }

    /// Distance between the eyes' middles in pixels.
    pub fn inter_eye_px(&self) -> f32 {
        let [right, left, ..] = self.five();
        right.distance(left)
    }

    /// The head's pose, from the axes ear–ear and forehead–chin of the mesh in space.
    pub fn pose(&self) -> Pose {
        let at = |i: usize| [self.points[i].x, self.points[i].y, self.depth[i]];
        let minus = |a: [f32; 3], b: [f32; 3]| [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
        let mut across = [0.0; 3];
        for (left, right) in [(263, 33), (454, 234), (291, 61), (356, 127)] {
            let d = unit(minus(at(left), at(right)));
            across = [across[0] + d[0], across[1] + d[1], across[2] + d[2]];
        }
        let across = unit(across);
        let down = minus(at(152), at(10));
        let along = dot(down, across);
        let down = unit([down[0] - along * across[0], down[1] - along * across[1], down[2] - along * across[2]]);
        let inward = [
            across[1] * down[2] - across[2] * down[1],
            across[2] * down[0] - across[0] * down[2],
            across[0] * down[1] - across[1] * down[0],
        ];
        let degrees = |radians: f32| if radians.is_finite() { radians.to_degrees() } else { 0.0 };
        Pose {
            yaw: degrees((-inward[0]).atan2(inward[2])),
            pitch: degrees(inward[1].clamp(-1.0, 1.0).asin()),
            roll: degrees(across[1].atan2(across[0])),
        }
    }

    /// How far eyes and mouth are open, as ISO/IEC 29794-5 measures it: lid and lip distances over the distance eyes–chin.
    pub fn openness(&self) -> Openness {
        let [right, left, ..] = self.five();
        let scale = right.middle(left).distance(self.points[152]).max(1e-3);
        let widest = |pairs: [(usize, usize); 3]| {
            pairs.iter().map(|&(a, b)| self.points[a].distance(self.points[b]) / scale).fold(0.0, f32::max)
        };
        Openness {
            right_eye: widest([(159, 145), (158, 153), (160, 144)]),
            left_eye: widest([(386, 374), (385, 380), (387, 373)]),
            mouth: widest([(13, 14), (82, 87), (312, 317)]),
        }
    }
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn unit(v: [f32; 3]) -> [f32; 3] {
    let length = dot(v, v).sqrt().max(1e-6);
    v.map(|x| x / length)
}
