//! Mean colours of places in the picture, in linear light, so that sums of lamps are sums of numbers.

use crate::geometry::{Point, Rect};
use crate::image::Image;
use crate::landmarks::Mesh;
use serde::{Deserialize, Serialize};

/// A colour in linear light, 0 to 1: red, green, blue.
pub type Linear = [f32; 3];

/// Samples along each side of a place.
const SAMPLES: i64 = 16;
/// From this value on a pixel counts as one that the camera could not make brighter.
const CLIPPED: u8 = 250;

/// Mean colours of places in one picture. What could not be seen is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Light {
    /// The forehead.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub forehead: Option<Linear>,
    /// The person's right cheek.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub right_cheek: Option<Linear>,
    /// The person's left cheek.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left_cheek: Option<Linear>,
    /// The ridge and tip of the nose.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nose: Option<Linear>,
    /// The chin.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub chin: Option<Linear>,
    /// Between the lids of both eyes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub eyes: Option<Linear>,
    /// Left of the face in the picture.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left: Option<Linear>,
    /// Right of the face in the picture.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub right: Option<Linear>,
    /// Above the face.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub above: Option<Linear>,
    /// The whole picture.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frame: Option<Linear>,
    /// Share of the skin's pixels that the camera could not make brighter.
    pub clipped: f32,
}

/// sRGB values to linear light (IEC 61966-2-1).
pub(crate) struct Curve([f32; 256]);

impl Curve {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|v| linear(v as f32 / 255.0)))
    }
}

/// One sRGB value, 0 to 1, in linear light.
pub(crate) fn linear(value: f32) -> f32 {
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

impl Light {
    /// Measures the places that the whole `mesh` names in `image`.
    pub(crate) fn of(image: &Image, mesh: &Mesh, curve: &Curve) -> Self {
        let face = Rect::around(mesh.points.iter().copied());
        let at = |indices: &[usize]| Rect::around(indices.iter().map(|&i| mesh.points[i]));
        let mut skin = (0_u32, 0_u32);
        let mut place = |rect: Rect| {
            let seen = mean(image, rect, curve)?;
            skin = (skin.0 + seen.clipped, skin.1 + seen.pixels);
            Some(seen.colour)
        };
        let (forehead, nose) = (place(at(&[69, 299, 107, 336])), place(at(&[197, 48, 278, 4])));
        let (right_cheek, left_cheek) = (place(at(&[117, 50, 205, 101])), place(at(&[346, 280, 425, 330])));
        let chin = place(at(&[201, 421, 175, 171]));
        let outside = |rect: Rect| mean(image, rect, curve).map(|seen| seen.colour);
        let eye = |i: [usize; 4]| outside(at(&i));
        let eyes = match (eye([33, 133, 159, 145]), eye([362, 263, 386, 374])) {
            (Some(a), Some(b)) => Some(std::array::from_fn(|i| f32::midpoint(a[i], b[i]))),
            (a, b) => a.or(b),
        };
        let Point { x, y } = face.centre();
        let (width, height) = (image.width() as f32, image.height() as f32);
        let band = |x0: f32, x1: f32, y0: f32, y1: f32| {
            let rect = Rect { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
            (rect.width > face.width * 0.08 && rect.height > face.height * 0.04).then(|| outside(rect)).flatten()
        };
        let (half, top) = (face.width * 0.8, y - face.height * 0.5);
        Self {
            forehead,
            right_cheek,
            left_cheek,
            nose,
            chin,
            eyes,
            left: band(0.0, x - half, top.max(0.0), y.min(height)),
            right: band(x + half, width, top.max(0.0), y.min(height)),
            above: band(0.0, width, 0.0, y - face.height * 0.9),
            frame: band(0.0, width, 0.0, height),
            clipped: skin.0 as f32 / skin.1.max(1) as f32,
        }
    }

    /// The mean of the skin's places that were seen.
    pub fn skin(&self) -> Option<Linear> {
        middle(&[self.forehead, self.right_cheek, self.left_cheek, self.nose, self.chin])
    }

    /// The mean of the places around the face that were seen.
    pub fn around(&self) -> Option<Linear> {
        middle(&[self.left, self.right, self.above])
    }
}

fn middle(places: &[Option<Linear>]) -> Option<Linear> {
    let seen: Vec<&Linear> = places.iter().flatten().collect();
    let n = seen.len() as f32;
    (!seen.is_empty()).then(|| std::array::from_fn(|i| seen.iter().map(|c| c[i]).sum::<f32>() / n))
}

struct Seen {
    colour: Linear,
    pixels: u32,
    clipped: u32,
}

/// The mean over a grid of pixels in `rect`; none when less than a quarter of it is in the picture.
fn mean(image: &Image, rect: Rect, curve: &Curve) -> Option<Seen> {
    let (width, height) = (i64::from(image.width()), i64::from(image.height()));
    let mut seen = Seen { colour: [0.0; 3], pixels: 0, clipped: 0 };
    for row in 0..SAMPLES {
        for column in 0..SAMPLES {
            let part = |i: i64| (i as f32 + 0.5) / SAMPLES as f32;
            let (x, y) = (rect.x + rect.width * part(column), rect.y + rect.height * part(row));
            let (x, y) = (x.floor() as i64, y.floor() as i64);
            if !(0..width).contains(&x) || !(0..height).contains(&y) {
                continue;
            }
            let pixel = image.pixel(x, y);
            seen.colour.iter_mut().zip(pixel).for_each(|(sum, v)| *sum += curve.0[usize::from(v)]);
            seen.pixels += 1;
            seen.clipped += u32::from(pixel.iter().any(|v| *v >= CLIPPED));
        }
    }
    seen.colour = seen.colour.map(|sum| sum / seen.pixels.max(1) as f32);
    (i64::from(seen.pixels) * 4 >= SAMPLES * SAMPLES).then_some(seen)
}
