//! A portrait that sessions are made of.

use super::chance::Chance;
use super::play::Format;
use super::render::body::{Clothes, Lit, Posture, draw};
use super::render::camera::Camera;
use super::render::head::Head;
use super::render::light::Lights;
use super::render::raster::{Canvas, Lens};
use super::render::room::Room;
use super::render::space::Vec3;
use super::render::texture::Texture;
use crate::code::Code;
use crate::error::{Error, Result};
use face::detect::dominant;
use face::geometry::Rect;
use face::landmarks::{Mesh, Openness};
use face::{Engine, Image};

/// Closed eyes look at most this open, as a share of open ones.
const LIDS_MOST: f32 = 0.82;
/// An open mouth looks at least so much further open, as a share of the distance eyes–chin.
const MOUTH_LEAST: f32 = 0.08;
/// Distance between the eyes of a life-size face in cm.
const INTER_EYE_CM: f32 = 6.3;
/// Longest side of a printed or shown picture in pixels.
const SIDE_PX_MAX: f32 = 700.0;

/// A portrait, measured.
pub struct Portrait {
    /// The file's name.
    pub name: String,
    /// The head made of it.
    pub head: Head,
    image: Image,
    mesh: Mesh,
}

impl Portrait {
    /// Measures the portrait `image`.
    ///
    /// # Errors
    /// `portrait-unusable` when there is no single large face that looks at the camera, or none whose lids and lips the renderer can move;
    /// `inference-failed`.
    pub fn of(engine: &Engine, name: &str, image: Image) -> Result<Self> {
        let unusable = |why: String| Error::new(Code::PortraitUnusable, format!("{name}: {why}"));
        let faces = engine.detect(&image)?;
        let face = *dominant(&faces, &image).map_err(|e| unusable(e.to_string()))?;
        let mesh = engine.mesh(&image, &face).map_err(|e| unusable(e.to_string()))?;
        let pose = mesh.pose();
        if pose.yaw.abs() > 22.0 || pose.pitch.abs() > 25.0 || mesh.inter_eye_px() < 24.0 {
            let px = mesh.inter_eye_px();
            let why = format!("the face is turned by {:.0}° and {px:.0} pixels lie between the eyes", pose.yaw);
            return Err(unusable(why));
        }
        let head = Head::of(&image, &mesh).ok_or_else(|| unusable("the face has no shape".to_owned()))?;
        if let Some(why) = stiff(engine, &head)? {
            return Err(unusable(why.to_owned()));
        }
        Ok(Self { name: name.to_owned(), head, image, mesh })
    }

    /// The part of the picture that a sheet of `size` cm shows when the face on it is `scale` times life-size, and the size that is left
    /// when the picture is smaller: texture, width and height in cm, and how far the face's middle is below the sheet's, in cm.
    pub fn printed(&self, size: [f32; 2], scale: f32) -> (Texture, [f32; 2], f32) {
        let px_per_cm = self.mesh.inter_eye_px() / (INTER_EYE_CM * scale);
        let face = Rect::around(self.mesh.points.iter().copied()).centre();
        let (w, h) = (self.image.width() as f32, self.image.height() as f32);
        let cut = |middle: f32, half: f32, most: f32| ((middle - half).max(0.0), (middle + half).min(most));
        let (left, right) = cut(face.x, size[0] * px_per_cm / 2.0, w);
        let (top, bottom) = cut(face.y, size[1] * px_per_cm / 2.0, h);
        let image = crop(&self.image, [left as usize, top as usize], [right as usize, bottom as usize]);
        let shrink = (SIDE_PX_MAX / (right - left).max(bottom - top)).min(1.0);
        let small = image.resized(((right - left) * shrink) as u32, ((bottom - top) * shrink) as u32);
        let below = (face.y - f32::midpoint(top, bottom)) / px_per_cm;
        (Texture::of(&small), [(right - left) / px_per_cm, (bottom - top) / px_per_cm], below)
    }

    /// Where the eyes are on a print made with the same arguments, as polygons from (0, 0) to (1, 1), a little larger than the lids.
    pub fn eye_holes(&self, size: [f32; 2], scale: f32) -> [Vec<[f32; 2]>; 2] {
        let px_per_cm = self.mesh.inter_eye_px() / (INTER_EYE_CM * scale);
        let face = Rect::around(self.mesh.points.iter().copied()).centre();
        let (w, h) = (self.image.width() as f32, self.image.height() as f32);
        let place = |value: f32, middle: f32, half: f32, most: f32| {
            let (low, high) = ((middle - half).max(0.0), (middle + half).min(most));
            (value - low) / (high - low)
        };
        super::render::mimic::LIDS.map(|ring| {
            let points = ring.map(|i| self.mesh.points[i]);
            let middle = Rect::around(points).centre();
            let wider = |p: f32, m: f32| m + (p - m) * 1.35;
            points
                .iter()
                .map(|p| {
                    let x = place(wider(p.x, middle.x), face.x, size[0] * px_per_cm / 2.0, w);
                    [x, place(wider(p.y, middle.y), face.y, size[1] * px_per_cm / 2.0, h)]
                })
                .collect()
        })
    }

    /// The picture itself.
    pub fn image(&self) -> &Image {
        &self.image
    }
}

/// A part of a picture; a side of less than 48 pixels is filled up from the picture's edge.
fn crop(image: &Image, from: [usize; 2], to: [usize; 2]) -> Image {
    let (width, height) = ((to[0] - from[0].min(to[0])).max(48), (to[1] - from[1].min(to[1])).max(48));
    let mut rgb = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            rgb.extend(image.pixel((from[0] + x) as i64, (from[1] + y) as i64));
        }
    }
    Image::from_rgb(width as u32, height as u32, rgb).unwrap_or_else(|_| image.clone())
}
/// What the renderer cannot do with `head`, so that the engine would see it: close the lids (a portrait with narrowed eyes, or dark glasses) or
/// open the mouth (one that shows its teeth). Such a head says nothing of the check.
fn stiff(engine: &Engine, head: &Head) -> Result<Option<&'static str>> {
    let (Some(rest), Some(closed), Some(open)) =
        (seen(engine, head, [0.0, 0.0])?, seen(engine, head, [1.0, 0.0])?, seen(engine, head, [0.0, 1.0])?)
    else {
        return Ok(Some("no face is found in what is rendered of it"));
    };
    let eyes = |o: &Openness| o.right_eye.max(o.left_eye);
    Ok(if eyes(&closed) > eyes(&rest) * LIDS_MOST {
        Some("its lids cannot be closed")
    } else if open.mouth < rest.mouth + MOUTH_LEAST {
        Some("its mouth cannot be opened further")
    } else {
        None
    })
}

/// How open eyes and mouth of `head` look to the engine when it closes the lids and opens the mouth that far, 0 to 1.
fn seen(engine: &Engine, head: &Head, [blink, mouth]: [f32; 2]) -> Result<Option<Openness>> {
    let Format { width, height, degrees, .. } = Format::SMALL;
    let mut chance = Chance::new(&[7]);
    let (lights, room) = (Lights::drawn(&mut chance), Room::drawn(width, height, &mut chance));
    let clothes = Clothes::drawn(&mut chance);
    let mut canvas = Canvas::new(Lens::new(width, height, degrees));
    room.fill(&mut canvas, lights.room());
    let posture = Posture { at: Vec3::new(0.0, 1.0, 50.0), turn: [0.0; 3], blink, mouth };
    draw(&mut canvas, head, &clothes, (&posture, Lit { lights: &lights, shown: [255; 3] }));
    let rgb = Camera::drawn(&mut chance).take(&canvas, 0.0, &mut chance);
    let image = Image::from_rgb(width as u32, height as u32, rgb)?;
    Ok(engine.observe(&image, 0, None)?.mesh.map(|mesh| mesh.openness()))
}
