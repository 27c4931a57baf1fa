//! Face detection with `YuNet` (Wu, Peng, Yu 2023), its size chosen from the picture, and the rule for several faces.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::geometry::{Point, Rect};
use crate::image::Image;
use crate::limits::FACES_MAX;
use crate::model::{Model, Output};
use serde::{Deserialize, Serialize};

/// Lowest confidence of a detection, as in `OpenCV`'s demonstration of this model.
const CONFIDENCE_MIN: f32 = 0.6;
/// Boxes that overlap more than this (intersection over union) are one face, as in `OpenCV`'s demonstration of this model.
const OVERLAP_MAX: f32 = 0.3;
/// Steps of the three output grids in pixels.
const STRIDES: [u32; 3] = [8, 16, 32];
/// Long sides at which a picture is looked at, in turn, until a face is found. `YuNet` finds faces from about 10 to 300 pixels, so 320
/// finds every face that fills a thirtieth of the picture or more; the larger passes find small faces in large photographs.
const LONG_SIDES_PX: [u32; 3] = [320, 640, 1280];
/// A face this wide or less at a coarse pass is looked for again at the next, because its points are uncertain.
const WIDTH_SURE_PX: f32 = 24.0;
/// Confidence above which the first pass is believed without a second look.
const CONFIDENCE_SURE: f32 = 0.75;
/// Every other face must have at most this share of the first one's prominence for one face to dominate.
pub const DOMINANCE_SHARE_MAX: f32 = 0.75;
/// How much of its prominence a face in the corner of the picture loses. With these two values the rule never took a bystander on 2,320
/// development photographs of the press (415 with several faces) and refused 3.
const OFF_CENTRE_LOSS: f32 = 0.7;

/// One detected face.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Face {
    /// The face box in pixels.
    pub rect: Rect,
    /// Right eye, left eye, nose tip, right and left mouth corner of the person, in pixels.
    pub points: [Point; 5],
    /// The detector's confidence, 0 to 1.
    pub confidence: f32,
}

/// All faces in `image`, widest first, at most [`FACES_MAX`].
///
/// # Errors
/// `inference-failed`; a picture without a face is an empty list.
pub fn detect(model: &dyn Model, image: &Image) -> Result<Vec<Face>> {
    let long_side = image.width().max(image.height());
    let mut faces = Vec::new();
    for side in LONG_SIDES_PX {
        faces = pass(model, image, side.min(long_side))?;
        let scale = side as f32 / long_side as f32;
        let sure = faces
            .first()
            .is_some_and(|f: &Face| f.rect.width * scale > WIDTH_SURE_PX && f.confidence > CONFIDENCE_SURE);
        if sure || side >= long_side {
            break;
        }
    }
    Ok(faces)
}

/// The faces in `image` that one look at a long side of at most `side` pixels finds, widest first.
///
/// # Errors
/// `inference-failed`.
pub(crate) fn quick(model: &dyn Model, image: &Image, side: u32) -> Result<Vec<Face>> {
    pass(model, image, side.min(image.width().max(image.height())))
}

/// Looks at `image` scaled to a long side of `side` pixels.
fn pass(model: &dyn Model, image: &Image, side: u32) -> Result<Vec<Face>> {
    let scale = side as f32 / image.width().max(image.height()) as f32;
    let scaled = |length: u32| ((length as f32 * scale).round() as u32).max(1);
    let (width, height) = (scaled(image.width()), scaled(image.height()));
    let small =
        if (width, height) == (image.width(), image.height()) { None } else { Some(image.resized(width, height)) };
    let picture = small.as_ref().unwrap_or(image);
    let (grid_width, grid_height) = (width.next_multiple_of(32) as usize, height.next_multiple_of(32) as usize);
    let mut input = vec![0.0; 3 * grid_width * grid_height];
    let plane = grid_width * grid_height;
    for (y, row) in picture.rgb().chunks_exact(width as usize * 3).enumerate() {
        for (x, pixel) in row.as_chunks::<3>().0.iter().enumerate() {
            for (channel, &value) in pixel.iter().rev().enumerate() {
                input[channel * plane + y * grid_width + x] = f32::from(value);
            }
        }
    }
    let outputs = model.run([1, 3, grid_height, grid_width], &input)?;
    let mut faces = decode(&outputs, grid_width as u32, grid_height as u32)?;
    faces.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut kept: Vec<Face> = Vec::new();
    for face in faces {
        if kept.len() < FACES_MAX && kept.iter().all(|k| k.rect.overlap(&face.rect) <= OVERLAP_MAX) {
            kept.push(face);
        }
    }
    kept.iter_mut().for_each(|face| enlarge(face, 1.0 / scale));
    kept.sort_by(|a, b| b.rect.width.total_cmp(&a.rect.width));
    Ok(kept)
}

/// Reads the twelve outputs `cls, obj, bbox, kps` of strides 8, 16, 32: score = √(cls · obj); box centre and points are offsets from the
/// cell in strides, box sides are exponents.
fn decode(outputs: &[Output], width: u32, height: u32) -> Result<Vec<Face>> {
    let mut faces = Vec::new();
    for (level, stride) in STRIDES.into_iter().enumerate() {
        let (columns, rows) = ((width / stride) as usize, (height / stride) as usize);
        let part = |kind: usize, size: usize| {
            outputs
                .get(kind * STRIDES.len() + level)
                .filter(|o| o.values.len() == columns * rows * size)
                .map(|o| &o.values)
        };
        let (Some(class), Some(object), Some(boxes), Some(points)) = (part(0, 1), part(1, 1), part(2, 4), part(3, 10))
        else {
            return Err(Error::new(Code::PackModelUnusable, "the detector's outputs do not have YuNet's shapes"));
        };
        let step = stride as f32;
        for cell in 0..columns * rows {
            let confidence = (class[cell].clamp(0.0, 1.0) * object[cell].clamp(0.0, 1.0)).sqrt();
            if confidence.is_nan() || confidence < CONFIDENCE_MIN {
                continue;
            }
            let origin = Point::new((cell % columns) as f32, (cell / columns) as f32);
            let at = |dx: f32, dy: f32| Point::new((origin.x + dx) * step, (origin.y + dy) * step);
            let side = &boxes[cell * 4..cell * 4 + 4];
            let centre = at(side[0], side[1]);
            let (w, h) = (side[2].min(10.0).exp() * step, side[3].min(10.0).exp() * step);
            let mark = &points[cell * 10..cell * 10 + 10];
            faces.push(Face {
                rect: Rect { x: centre.x - w / 2.0, y: centre.y - h / 2.0, width: w, height: h },
                points: std::array::from_fn(|i| at(mark[i * 2], mark[i * 2 + 1])),
                confidence,
            });
        }
    }
    Ok(faces)
}

fn enlarge(face: &mut Face, factor: f32) {
    let rect = &mut face.rect;
    for value in [&mut rect.x, &mut rect.y, &mut rect.width, &mut rect.height] {
        *value *= factor;
    }
    for point in &mut face.points {
        *point = Point::new(point.x * factor, point.y * factor);
    }
}

/// How prominent a face is: its width, less for a face away from the middle of the picture.
fn prominence(face: &Face, image: &Image) -> f32 {
    let centre = face.rect.centre();
    let (x, y) = (centre.x / image.width() as f32 - 0.5, centre.y / image.height() as f32 - 0.5);
    let off = (x.hypot(y) / std::f32::consts::FRAC_1_SQRT_2).min(1.0);
    face.rect.width * (1.0 - OFF_CENTRE_LOSS * off)
}

/// The one face that is meant: the most prominent, when every other has less than [`DOMINANCE_SHARE_MAX`] of its prominence.
///
/// # Errors
/// `no-face`; `several-faces` with the boxes of all that are about equally prominent, the most prominent first.
pub fn dominant<'a>(faces: &'a [Face], image: &Image) -> Result<&'a Face> {
    let mut ranked: Vec<(f32, &Face)> = faces.iter().map(|face| (prominence(face, image), face)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let Some(&(most, first)) = ranked.first() else {
        return Err(Error::new(Code::NoFace, "no face was found"));
    };
    ranked.retain(|(prominence, _)| *prominence > most * DOMINANCE_SHARE_MAX);
    if ranked.len() <= 1 {
        return Ok(first);
    }
    let detail = format!("{} faces are about equally prominent", ranked.len());
    Err(Error::new(Code::SeveralFaces, detail).with_faces(ranked.iter().map(|(_, face)| face.rect).collect()))
}
