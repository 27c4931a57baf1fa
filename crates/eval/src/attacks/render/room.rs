//! What lies behind: a wall with some things on it, out of the screen's reach.

use super::raster::Canvas;
use super::space::Vec3;
use crate::attacks::chance::Chance;

/// How far the camera may shift, in pixels: the room is drawn so much larger.
pub const SHIFT_MAX: usize = 24;

/// A room as the camera sees it.
#[derive(Clone, Debug)]
pub struct Room {
    width: usize,
    colour: Vec<Vec3>,
}

impl Room {
    /// A room for pictures of `width` × `height` pixels.
    pub fn drawn(width: usize, height: usize, chance: &mut Chance) -> Self {
        let (width, height) = (width + 2 * SHIFT_MAX, height + 2 * SHIFT_MAX);
        let grey = chance.between(0.12, 0.7);
        let wall = Vec3([0; 3].map(|_| grey * chance.between(0.85, 1.15)));
        let (across, down) = (chance.between(-0.35, 0.35), chance.between(-0.3, 0.15));
        let grain: Vec<f32> = (0..4096).map(|_| chance.normal() * 0.012).collect();
        let mut colour = Vec::with_capacity(width * height);
        for at in 0..width * height {
            let (x, y) = ((at % width) as f32 / width as f32 - 0.5, (at / width) as f32 / height as f32 - 0.5);
            // A coarse grain: a sample for every third pixel.
            let rough = grain[(at % width / 3 * 31 + at / width / 3 * 57) % grain.len()];
            colour.push(wall * (1.0 + across * x + down * y + rough));
        }
        let mut room = Self { width, colour };
        for _ in 0..2 + chance.below(5) {
            room.thing(height, chance);
        }
        room
    }

    /// A cupboard, a picture, a window: an upright rectangle with a frame, a little soft at the edges because it is out of focus.
    fn thing(&mut self, height: usize, chance: &mut Chance) {
        let (w, h) = (self.width as f32, height as f32);
        let (left, top) = (chance.between(-0.1, 0.9) * w, chance.between(-0.1, 0.8) * h);
        let (right, bottom) = (left + chance.between(0.08, 0.4) * w, top + chance.between(0.08, 0.5) * h);
        let level = chance.between_log(0.03, 1.2);
        let inside = Vec3([0; 3].map(|_| level * chance.between(0.7, 1.3)));
        let frame = inside * chance.between(0.3, 1.6);
        let (edge, soft) = (chance.between(2.0, 9.0), chance.between(1.5, 4.0));
        for y in (top - soft).max(0.0) as usize..(bottom + soft).clamp(0.0, h) as usize {
            for x in (left - soft).max(0.0) as usize..(right + soft).clamp(0.0, w) as usize {
                let depth = (x as f32 - left).min(right - x as f32).min(y as f32 - top).min(bottom - y as f32);
                let paint = frame.towards(inside, ((depth - edge) / soft).clamp(0.0, 1.0));
                let place = &mut self.colour[y * self.width + x];
                *place = place.towards(paint, (depth / soft + 0.5).clamp(0.0, 1.0));
            }
        }
    }

    /// Fills the picture, lit by `light`; the camera's shift moves it.
    pub fn fill(&self, canvas: &mut Canvas, light: Vec3) {
        let most = SHIFT_MAX as f32;
        let [dx, dy] = canvas.lens.shift.map(|s| (most - s.clamp(-most, most)).round() as usize);
        let width = canvas.lens.width;
        for (y, row) in canvas.colour.chunks_mut(width).enumerate() {
            let from = (y + dy) * self.width + dx;
            for (pixel, wall) in row.iter_mut().zip(&self.colour[from..from + width]) {
                *pixel = wall.times(light);
            }
        }
    }
}
