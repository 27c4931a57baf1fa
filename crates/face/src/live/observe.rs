//! One picture of a film: the face is followed from the picture before, and what the cues need is measured in the same go.

use super::film::Observation;
use super::look::{Border, Curve, Imprint, Light, Texture};
use super::wire;
use crate::code::Code;
use crate::detect::{self, Face};
use crate::error::{Error, Result};
use crate::geometry::Rect;
use crate::image::Image;
use crate::landmarks::{self, Mesh};
use crate::limits::LIVE_SIDE_PX_MAX;
use crate::model::Model;
use crate::pack::{Colour, Input};

/// Long side of the picture in which a lost face is looked for, in pixels: it finds every face that can be observed at all.
const DETECT_SIDE_PX: u32 = 320;
/// The texture is measured in every so many pictures.
const TEXTURE_EVERY: u32 = 4;
/// The border and further faces, in every so many.
const BORDER_EVERY: u32 = 12;
/// Long side of the picture in which further faces are looked for, in pixels.
const OTHERS_SIDE_PX: u32 = 192;
/// The attack classifier looks at every so many.
const ATTACK_EVERY: u32 = 12;
/// The classifier's crop over the face's box, as `MiniFASNet` takes it.
const ATTACK_SHARE: f32 = 2.7;

/// What an observation needs.
pub(crate) struct Eyes<'a> {
    pub(crate) detector: &'a dyn Model,
    pub(crate) mesh: &'a dyn Model,
    pub(crate) attack: Option<(&'a dyn Model, &'a Input)>,
    pub(crate) curve: Curve,
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
        let number = before.map_or(0, |b| b.number.saturating_add(1));
        let known = before.filter(|b| (b.width, b.height) == (width, height)).and_then(|b| b.mesh.as_ref());
        let known = known.filter(|mesh| mesh.whole());
        let followed = known.map(|mesh| landmarks::follow(self.mesh, image, mesh)).transpose()?.flatten();
        let mesh = match followed {
            Some(mesh) => Some(mesh),
            None => self.find(image)?,
        };
        let mut seen = Observation {
            at_ms,
            width,
            height,
            number,
            mesh: mesh.as_ref().map(wire::rounded),
            imprint: Imprint::of(image),
            light: None,
            texture: None,
            border: None,
            attack: None,
        };
        let Some(mesh) = mesh.filter(Mesh::whole) else { return Ok(seen) };
        let every = |n: u32| number.is_multiple_of(n);
        seen.light = Some(Light::of(image, &mesh, &self.curve));
        seen.texture = if every(TEXTURE_EVERY) { Texture::of(image, &mesh) } else { None };
        if every(BORDER_EVERY) {
            let faces = detect::quick(self.detector, image, OTHERS_SIDE_PX)?;
            seen.border = Some(Border::of(image, &mesh, second(&faces, &mesh)));
        }
        seen.attack = if every(ATTACK_EVERY) { self.attack(image, &mesh)? } else { None };
        Ok(seen)
    }

    /// The mesh of the widest face.
    fn find(&self, image: &Image) -> Result<Option<Mesh>> {
        let faces = detect::quick(self.detector, image, DETECT_SIDE_PX)?;
        let Some(face) = faces.first() else { return Ok(None) };
        match landmarks::mesh(self.mesh, image, face) {
            Ok(mesh) => Ok(Some(mesh)),
            Err(e) if e.code == Code::NoFace => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// What the attack classifier says, if there is one and the face is large enough for its crop.
    fn attack(&self, image: &Image, mesh: &Mesh) -> Result<Option<[f32; 3]>> {
        let Some((model, input)) = self.attack else { return Ok(None) };
        let Some(crop) = around(image, Rect::around(mesh.points.iter().copied())) else { return Ok(None) };
        let side = input.width.max(1);
        let chip = crop.resized(side, side);
        let plane = (side * side) as usize;
        let mut tensor = vec![0.0; plane * 3];
        for (at, pixel) in chip.rgb().as_chunks::<3>().0.iter().enumerate() {
            for channel in 0..3 {
                let value = f32::from(pixel[if input.colour == Colour::Rgb { channel } else { 2 - channel }]);
                tensor[channel * plane + at] = (value - input.mean[channel]) / input.scale[channel];
            }
        }
        let outputs = model.run([1, 3, side as usize, side as usize], &tensor)?;
        let values = outputs.first().map(|o| o.values.as_slice()).unwrap_or_default();
        let Ok(logits) = <[f32; 3]>::try_from(values) else {
            return Err(Error::new(Code::PackModelUnusable, "the attack classifier does not give three classes"));
        };
        let most = logits.into_iter().fold(f32::MIN, f32::max);
        let powers = logits.map(|v| (v - most).exp());
        let sum: f32 = powers.iter().sum();
        Ok(sum.is_finite().then(|| powers.map(|p| p / sum)))
    }
}

/// The width over that of `mesh` of the widest face that is not its face; 0 when there is none.
fn second(faces: &[Face], mesh: &Mesh) -> f32 {
    let own = Rect::around(mesh.points.iter().copied());
    let other = |face: &&Face| {
        let middle = face.rect.centre();
        let inside = (own.x..own.x + own.width).contains(&middle.x) && (own.y..own.y + own.height).contains(&middle.y);
        !inside && face.rect.overlap(&own) < 0.2
    };
    let widest = faces.iter().filter(other).map(|f| f.rect.width).fold(0.0, f32::max);
    widest / own.width.max(1.0)
}

/// The part of `image` around `face`, [`ATTACK_SHARE`] as wide and high, less where the picture is smaller, moved into the picture.
fn around(image: &Image, face: Rect) -> Option<Image> {
    let (width, height) = (image.width() as f32, image.height() as f32);
    let share = ATTACK_SHARE.min(width / face.width.max(1.0)).min(height / face.height.max(1.0));
    let (w, h) = ((face.width * share).floor().min(width), (face.height * share).floor().min(height));
    let centre = face.centre();
    let x = (centre.x - w / 2.0).clamp(0.0, width - w) as usize;
    let y = (centre.y - h / 2.0).clamp(0.0, height - h) as usize;
    let stride = image.width() as usize * 3;
    let rows = image.rgb().chunks_exact(stride).skip(y).take(h as usize);
    let rgb: Vec<u8> = rows.flat_map(|row| row.iter().skip(x * 3).take(w as usize * 3).copied()).collect();
    Image::from_rgb(w as u32, h as u32, rgb).ok()
}
