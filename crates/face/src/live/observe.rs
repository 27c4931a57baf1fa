//! One picture of a film: the face is followed from the picture before, and what the cues need is measured in the same go.

use super::film::Observation;
use super::look::Imprint;
use super::wire;
use crate::code::Code;
use crate::detect::{self, Face};
use crate::error::{Error, Result};
use crate::image::Image;
use crate::landmarks::{self, Mesh};
use crate::limits::LIVE_SIDE_PX_MAX;
use crate::model::Model;

/// Long side of the picture in which a lost face is looked for, in pixels: it finds every face that can be observed at all.
const DETECT_SIDE_PX: u32 = 320;

/// The networks that an observation needs.
pub(crate) struct Eyes<'a> {
    pub(crate) detector: &'a dyn Model,
    pub(crate) mesh: &'a dyn Model,
}

impl Eyes<'_> {
    /// Observes one picture; see [`crate::Engine::observe`].
    ///
    /// # Errors
    /// `image-too-many-pixels`, `inference-failed`.
    pub(crate) fn observe(&self, image: &Image, at_ms: u32, before: Option<&Observation>) -> Result<Observation> {
        let (width, height) = (image.width(), image.height());
        if width.max(height) > LIVE_SIDE_PX_MAX {
            return Err(Error::new(Code::ImageTooManyPixels, format!("a live picture of {width}×{height} pixels")));
        }
        let known = before.filter(|b| (b.width, b.height) == (width, height)).and_then(|b| b.mesh.as_ref());
        let known = known.filter(|mesh| mesh.whole());
        let followed = known.map(|mesh| landmarks::follow(self.mesh, image, mesh)).transpose()?.flatten();
        let mesh = match followed {
            Some(mesh) => Some(mesh),
            None => self.find(image)?,
        };
        Ok(Observation {
            at_ms,
            width,
            height,
            number: before.map_or(0, |b| b.number.saturating_add(1)),
            mesh: mesh.as_ref().map(wire::rounded),
            imprint: Imprint::of(image),
            light: None,
            texture: None,
            border: None,
            attack: None,
        })
    }

    /// Looks for a face anew.
    fn find(&self, image: &Image) -> Result<Option<Mesh>> {
        let faces = detect::quick(self.detector, image, DETECT_SIDE_PX)?;
        let Some(face) = largest(&faces) else { return Ok(None) };
        match landmarks::mesh(self.mesh, image, face) {
            Ok(mesh) => Ok(Some(mesh)),
            Err(e) if e.code == Code::NoFace => Ok(None),
            Err(e) => Err(e),
        }
    }
}

fn largest(faces: &[Face]) -> Option<&Face> {
    faces.iter().max_by(|a, b| a.rect.width.total_cmp(&b.rect.width))
}
