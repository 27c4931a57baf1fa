//! Pictures on surfaces, in linear light.

use super::space::Vec3;
use face::Image;

/// Linear light of an 8-bit sRGB value, 0 to 1 (IEC 61966-2-1).
pub fn linear(value: u8) -> f32 {
    let share = f32::from(value) / 255.0;
    if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
}

/// Linear light of an sRGB colour.
pub fn linear_rgb(rgb: [u8; 3]) -> Vec3 {
    Vec3(rgb.map(linear))
}

/// The table of [`linear`] for all values.
pub fn linear_table() -> [f32; 256] {
    let mut table = [0.0; 256];
    for (value, place) in (0..=u8::MAX).zip(&mut table) {
        *place = linear(value);
    }
    table
}

/// A picture in linear light, looked up in pixels with the middle of the first pixel at (0, 0).
#[derive(Clone, Debug)]
pub struct Texture {
    width: usize,
    height: usize,
    colour: Vec<Vec3>,
}

impl Texture {
    /// The picture as it is.
    pub fn of(image: &Image) -> Self {
        let table = linear_table();
        let colour =
            image.rgb().as_chunks::<3>().0.iter().map(|rgb| Vec3(rgb.map(|v| table[usize::from(v)]))).collect();
        Self { width: image.width() as usize, height: image.height() as usize, colour }
    }

    /// A picture of `width` × `height` pixels made by `colour` of x and y, both at least 1.
    pub fn made(width: usize, height: usize, mut colour: impl FnMut(usize, usize) -> Vec3) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        let colour = (0..width * height).map(|at| colour(at % width, at / width)).collect();
        Self { width, height, colour }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> [f32; 2] {
        [self.width as f32, self.height as f32]
    }

    /// The light at a place, linear between pixels; that of the nearest edge when outside.
    pub fn at(&self, [u, v]: [f32; 2]) -> Vec3 {
        let (u, v) = (u.clamp(0.0, self.width as f32 - 1.0), v.clamp(0.0, self.height as f32 - 1.0));
        let (x, y) = (u as usize, v as usize);
        let (right, below) = (usize::from(x + 1 < self.width), usize::from(y + 1 < self.height) * self.width);
        let (fx, fy) = (u - x as f32, v - y as f32);
        let first = y * self.width + x;
        let top = self.colour[first].towards(self.colour[first + right], fx);
        let bottom = self.colour[first + below].towards(self.colour[first + below + right], fx);
        top.towards(bottom, fy)
    }

    /// Changes every pixel.
    pub fn map(&mut self, change: impl Fn(Vec3) -> Vec3) {
        self.colour.iter_mut().for_each(|c| *c = change(*c));
    }

    /// The pixels, row by row.
    pub fn pixels(&self) -> &[Vec3] {
        &self.colour
    }
}
