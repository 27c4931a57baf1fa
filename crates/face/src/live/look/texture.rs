//! The face's surface: the spectrum of its fine detail, patches of gloss, and how far its colours spread.

use super::spectrum::{self, SIDE};
use crate::geometry::{Point, Rect};
use crate::image::Image;
use crate::landmarks::Mesh;
use serde::{Deserialize, Serialize};

/// The face's surface, measured in a square of the picture's own pixels around its middle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texture {
    /// The strongest narrow peak of the spectrum over its ring, natural logarithm: grids of screens, moiré, print dots. About 3 to 4 for
    /// noise alone.
    pub peak: f32,
    /// Where it is, in periods a pixel.
    pub peak_at: f32,
    /// Share of detail finer than four pixels in all detail finer than sixteen.
    pub fine: f32,
    /// Share of pixels that are much brighter than the face and without its colour: gloss.
    pub specular: f32,
    /// Spread of the chromaticity: root mean square distance of (r, g) from their mean, r + g + b = 1.
    pub gamut: f32,
}

impl Texture {
    /// Measures the face of the whole `mesh`; none when the square does not fit into the picture or the face is much smaller than it.
    pub(crate) fn of(image: &Image, mesh: &Mesh) -> Option<Self> {
        let face = Rect::around(mesh.points.iter().copied());
        let Point { x, y } = face.centre();
        let fits = |length: u32| (SIDE as u32) <= length;
        if face.width < SIDE as f32 * 0.6 || !fits(image.width()) || !fits(image.height()) || !x.is_finite() {
            return None;
        }
        let corner =
            |middle: f32, length: u32| (middle as i64 - SIDE as i64 / 2).clamp(0, i64::from(length) - SIDE as i64);
        let (left, top) = (corner(x, image.width()), corner(y, image.height()));
        let mut grey = vec![0.0_f32; SIDE * SIDE];
        let mut colours = Colours::default();
        for (row, line) in grey.chunks_exact_mut(SIDE).enumerate() {
            for (column, value) in line.iter_mut().enumerate() {
                let pixel = image.pixel(left + column as i64, top + row as i64).map(f32::from);
                *value = 0.25 * pixel[0] + 0.5 * pixel[1] + 0.25 * pixel[2];
                colours.add(pixel);
            }
        }
        let mean = grey.iter().sum::<f32>() / grey.len() as f32;
        let detail = spectrum::detail(&grey);
        Some(Self {
            peak: detail.peak,
            peak_at: detail.peak_at,
            fine: detail.fine,
            specular: grey.iter().filter(|v| **v > mean * 1.6 && **v > 200.0).count() as f32 / grey.len() as f32,
            gamut: colours.spread(),
        })
    }
}

/// Sums of chromaticities.
#[derive(Default)]
struct Colours {
    n: f64,
    sum: [f64; 2],
    squares: f64,
}

impl Colours {
    fn add(&mut self, pixel: [f32; 3]) {
        let all: f32 = pixel.iter().sum();
        if all > 30.0 {
            let (r, g) = (f64::from(pixel[0] / all), f64::from(pixel[1] / all));
            self.n += 1.0;
            self.sum = [self.sum[0] + r, self.sum[1] + g];
            self.squares += r * r + g * g;
        }
    }

    fn spread(&self) -> f32 {
        let n = self.n.max(1.0);
        let mean = self.sum.map(|s| s / n);
        (self.squares / n - mean[0] * mean[0] - mean[1] * mean[1]).max(0.0).sqrt() as f32
    }
}
