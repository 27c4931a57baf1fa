//! Flat and bent things that show a picture: prints, screens, their frames.

use super::body::Lit;
use super::raster::{Canvas, Spot, Vertex};
use super::space::{Turn, Vec3};
use super::texture::Texture;

/// Squares along each side of a sheet.
const SQUARES: usize = 20;

/// A sheet in space.
#[derive(Clone, Copy, Debug)]
pub struct Sheet {
    /// Width and height in cm.
    pub size: [f32; 2],
    /// Its middle, in cm from the camera.
    pub at: Vec3,
    /// How it is held: degrees as those of a head.
    pub turn: [f32; 3],
    /// How strongly it is bent about an upright axis: 1 over the radius in cm; its edges go away from the camera when positive.
    pub bend: f32,
    /// How much light it mirrors, and how sharply.
    pub gloss: (f32, f32),
}

impl Sheet {
    /// A point of the sheet (−1/2 to 1/2 on each axis), and the direction it looks in.
    pub fn point(&self, x: f32, y: f32) -> (Vec3, Vec3) {
        let (along, up) = (x * self.size[0], y * self.size[1]);
        let (sine, cosine) = (along * self.bend).sin_cos();
        let (flat, normal) = if self.bend.abs() < 1e-5 {
            (Vec3::new(along, up, 0.0), Vec3::new(0.0, 0.0, -1.0))
        } else {
            (Vec3::new(sine / self.bend, up, (1.0 - cosine) / self.bend), Vec3::new(sine, 0.0, -cosine))
        };
        let turn = Turn::of(self.turn[0], self.turn[1], self.turn[2]);
        (self.at + turn.apply(flat), turn.apply(normal))
    }

    /// Draws it; `paint` gets places from (0, 0) to (1, 1).
    pub fn draw(&self, canvas: &mut Canvas, lit: Lit<'_>, paint: impl Fn(Spot) -> Option<Vec3>) {
        let mut vertices = Vec::with_capacity((SQUARES + 1) * (SQUARES + 1));
        let mut triangles = Vec::with_capacity(2 * SQUARES * SQUARES);
        for k in 0..=SQUARES {
            for i in 0..=SQUARES {
                let uv = [i as f32 / SQUARES as f32, k as f32 / SQUARES as f32];
                let (at, normal) = self.point(uv[0] - 0.5, uv[1] - 0.5);
                let glow = lit.lights.gloss(at, normal, lit.shown, self.gloss.1) * self.gloss.0;
                vertices.push(Vertex { at, uv, light: lit.lights.on(at, normal, lit.shown), glow });
                if i < SQUARES && k < SQUARES {
                    let a = k * (SQUARES + 1) + i;
                    triangles.extend([[a, a + 1, a + SQUARES + 1], [a + 1, a + SQUARES + 2, a + SQUARES + 1]]);
                }
            }
        }
        canvas.draw(&vertices, &triangles, paint);
    }
}

/// How a print was made.
#[derive(Clone, Copy, Debug)]
pub struct Ink {
    /// The darkest and the lightest share of light that paper and ink give back.
    pub range: [f32; 2],
    /// How strongly the dots of the print show after the lens, 0 to about 0.05, and how many there are along the sheet.
    pub dots: (f32, f32),
}

impl Ink {
    /// What the paper gives back of the light at a place of the sheet, of `texture` stretched over it.
    pub fn paint(&self, texture: &Texture, s: &Spot) -> Vec3 {
        let [width, height] = texture.size();
        let place = [s.uv[0] * (width - 1.0), s.uv[1] * (height - 1.0)];
        let [low, high] = self.range;
        let colour = texture.at(place) * (high - low) + Vec3::all(low);
        // Sampled at the pixel's middle, so that dots finer than pixels beat with them.
        let turn = self.dots.1 * std::f32::consts::TAU;
        let dots = 1.0 + self.dots.0 * ((s.uv[0] + s.uv[1]) * turn).cos() * ((s.uv[0] - s.uv[1]) * turn).cos();
        colour.times(s.light) * dots + s.glow
    }
}

/// How a screen shows a film.
#[derive(Clone, Copy, Debug)]
pub struct Panel {
    /// Light of white, in the scene's units.
    pub bright: f32,
    /// How strongly the grid of its pixels shows after the lens, and how many pixels there are on each axis.
    pub grid: (f32, [f32; 2]),
    /// Bands of its refreshing across the camera's picture: strength, number, and place at this moment in turns.
    pub bands: [f32; 3],
    /// What its glass gives back of the light that falls on it.
    pub glass: f32,
}

impl Panel {
    /// The light of a place of the screen that shows `film`, in a picture `height` pixels high.
    pub fn paint(&self, film: &Texture, s: &Spot, height: usize) -> Vec3 {
        let [width, tall] = film.size();
        let colour = film.at([s.uv[0] * (width - 1.0), s.uv[1] * (tall - 1.0)]);
        let tau = std::f32::consts::TAU;
        let (strength, [across, down]) = self.grid;
        // Red, green and blue lie side by side in each pixel; rows are dark between.
        let row = 1.0 + strength * 0.6 * (s.uv[1] * down * tau).cos();
        let wave = |third: f32| 1.0 + strength * ((s.uv[0] * across + third) * tau).cos();
        let grid = Vec3::new(wave(0.0), wave(1.0 / 3.0), wave(2.0 / 3.0)) * row;
        let [deep, number, phase] = self.bands;
        let band = 1.0 + deep * ((s.pixel[1] as f32 / height as f32 * number + phase) * tau).sin();
        colour.times(grid) * (self.bright * band) + s.light * self.glass + s.glow
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attacks::render::raster::Lens;

    /// Solves for the homography of four points and tells where it takes a fifth.
    fn homography(from: [[f32; 2]; 4], to: [[f32; 2]; 4], p: [f32; 2]) -> [f64; 2] {
        let mut m = [[0.0_f64; 9]; 8];
        for (i, (source, target)) in from.iter().zip(&to).enumerate() {
            let ([x, y], target) = (source.map(f64::from), target.map(f64::from));
            m[2 * i] = [x, y, 1.0, 0.0, 0.0, 0.0, -target[0] * x, -target[0] * y, target[0]];
            m[2 * i + 1] = [0.0, 0.0, 0.0, x, y, 1.0, -target[1] * x, -target[1] * y, target[1]];
        }
        for col in 0..8 {
            let best = (col..8).max_by(|one, two| m[*one][col].abs().total_cmp(&m[*two][col].abs())).unwrap();
            m.swap(col, best);
            for row in (0..8).filter(|row| *row != col) {
                let share = m[row][col] / m[col][col];
                let pivot = m[col];
                m[row].iter_mut().zip(pivot).for_each(|(value, other)| *value -= share * other);
            }
        }
        let solved: Vec<f64> = (0..8).map(|i| m[i][8] / m[i][i]).collect();
        let along = |at: usize| solved[at] * f64::from(p[0]) + solved[at + 1] * f64::from(p[1]);
        let depth = along(6) + 1.0;
        [(along(0) + solved[2]) / depth, (along(3) + solved[5]) / depth]
    }

    fn error(bend: f32) -> f64 {
        let lens = Lens::new(480, 640, 60.0);
        let sheet = |turn| Sheet { size: [20.0, 26.0], at: Vec3::new(1.0, 0.0, 40.0), turn, bend, gloss: (0.0, 9.0) };
        let (before, after) = (sheet([0.0; 3]), sheet([24.0, -9.0, 4.0]));
        let see = |s: &Sheet, p: [f32; 2]| lens.see(s.point(p[0], p[1]).0);
        let corners = [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]];
        let (from, to) = (corners.map(|c| see(&before, c)), corners.map(|c| see(&after, c)));
        let mut worst = 0.0_f64;
        for p in [[0.0, 0.0], [0.2, -0.3], [-0.4, 0.1]] {
            let (told, seen) = (homography(from, to, see(&before, p)), see(&after, p).map(f64::from));
            worst = worst.max((told[0] - seen[0]).hypot(told[1] - seen[1]));
        }
        worst
    }

    #[test]
    fn a_turned_print_moves_by_a_homography_and_a_bent_one_does_not() {
        assert!(error(0.0) < 0.01, "{}", error(0.0));
        assert!(error(0.06) > 3.0, "{}", error(0.06));
    }
}
