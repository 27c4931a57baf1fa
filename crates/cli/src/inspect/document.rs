//! The result of `inspect` as data: the JSON document, from which words and drawing are made as well.

use face::detect::Face;
use face::geometry::{Point, Rect};
use face::landmarks::{Openness, Pose};
use serde::Serialize;

/// `countenance.inspect/1`
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Document {
    pub(crate) schema: &'static str,
    pub(crate) file: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) face: Face,
    /// Further faces that do not matter, largest first.
    pub(crate) others: Vec<Rect>,
    pub(crate) pose: Pose,
    pub(crate) openness: Openness,
    pub(crate) regions: Vec<Region>,
    pub(crate) quality: Quality,
    /// Why the picture must not be compared; none if it may.
    pub(crate) refusal: Option<Refusal>,
    pub(crate) pack: String,
    /// The PNG file that was written.
    pub(crate) drawn: Option<String>,
}

/// A named region of the face.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Region {
    pub(crate) name: &'static str,
    /// Outlines in pixels: the person's right one first where there are two.
    pub(crate) outlines: Vec<Vec<Point>>,
}

/// The quality of the picture.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Quality {
    pub(crate) overall: Option<u8>,
    pub(crate) measures: Vec<Measure>,
}

/// One quality measure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measure {
    pub(crate) name: String,
    pub(crate) native: Option<f64>,
    pub(crate) value: Option<u8>,
    pub(crate) reason: Option<String>,
    pub(crate) instruction: Option<String>,
}

/// Why a picture must not be compared.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) action: &'static str,
}
