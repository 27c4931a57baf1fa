//! Straight edges around the face: the border of a device or of paper; and further faces.

use crate::geometry::Rect;
use crate::image::Image;
use crate::landmarks::Mesh;
use serde::{Deserialize, Serialize};

/// Long side of the picture in which edges are looked for, in pixels.
const LONG_SIDE_PX: u32 = 240;
/// Leanings of an edge that are tried, in pixels a pixel.
const LEANINGS: [f32; 7] = [-0.18, -0.12, -0.06, 0.0, 0.06, 0.12, 0.18];
/// Mean step of brightness across a straight edge that counts.
const STEP_MIN: f32 = 14.0;
/// Share of an edge's places where brightness steps the same way that counts.
const SAME_MIN: f32 = 0.85;

/// Straight edges around the face and further faces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Border {
    /// How many of the four sides of the face have a long straight edge beside them.
    pub sides: u8,
    /// The strongest edge of each side, as its mean step of brightness, summed over the sides.
    pub strength: f32,
    /// The largest further face's width over this face's; 0 when there is none.
    pub second: f32,
}

impl Border {
    /// Measures around the face of the whole `mesh`; `second` is what the detector saw beside it.
    pub(crate) fn of(image: &Image, mesh: &Mesh, second: f32) -> Self {
        let scale = (LONG_SIDE_PX as f32 / image.width().max(image.height()) as f32).min(1.0);
        let small = image.resized((image.width() as f32 * scale) as u32, (image.height() as f32 * scale) as u32);
        let face = Rect::around(mesh.points.iter().copied());
        let face =
            Rect { x: face.x * scale, y: face.y * scale, width: face.width * scale, height: face.height * scale };
        let grey = |x: i64, y: i64| {
            let [r, g, b] = small.pixel(x, y).map(f32::from);
            0.25 * r + 0.5 * g + 0.25 * b
        };
        let across = |x: i64, y: i64| grey(x + 1, y) - grey(x - 1, y);
        let down = |y: i64, x: i64| grey(x, y + 1) - grey(x, y - 1);
        let (width, height) = (small.width() as f32, small.height() as f32);
        let upright = (face.y - face.height * 0.3, face.y + face.height * 1.2);
        let level = (face.x - face.width * 0.2, face.x + face.width * 1.2);
        let reach = face.width * 1.6;
        let edges = [
            edge(&across, ((face.x - reach).max(2.0), face.x - face.width * 0.12), clip(upright, height)),
            edge(
                &across,
                (face.x + face.width * 1.12, (face.x + face.width + reach).min(width - 3.0)),
                clip(upright, height),
            ),
            edge(&down, ((face.y - reach).max(2.0), face.y - face.height * 0.35), clip(level, width)),
            edge(
                &down,
                (face.y + face.height * 1.12, (face.y + face.height + reach).min(height - 3.0)),
                clip(level, width),
            ),
        ];
        let seen = edges.iter().filter(|step| **step >= STEP_MIN).count();
        Self { sides: seen as u8, strength: edges.iter().sum(), second }
    }
}

fn clip((low, high): (f32, f32), length: f32) -> (f32, f32) {
    (low.max(1.0), high.min(length - 2.0))
}

/// The mean step of the strongest straight edge at a place of `places`, along `run`; 0 when there is none. `step` is the difference of
/// brightness across the edge at (place, along).
fn edge(step: &dyn Fn(i64, i64) -> f32, places: (f32, f32), run: (f32, f32)) -> f32 {
    let (first, last) = (places.0.ceil() as i64, places.1.floor() as i64);
    let (from, to) = (run.0.ceil() as i64, run.1.floor() as i64);
    if last < first || to - from < 20 {
        return 0.0;
    }
    let middle = (from + to) as f32 / 2.0;
    let mut best = 0.0_f32;
    for place in first..=last {
        for leaning in LEANINGS {
            let (mut sum, mut up, mut n) = (0.0, 0.0_f32, 0.0_f32);
            for along in (from..=to).step_by(2) {
                let x = place + ((along as f32 - middle) * leaning).round() as i64;
                let value = step(x, along);
                sum += value;
                up += f32::from(u8::from(value > 0.0));
                n += 1.0;
            }
            if up.max(n - up) >= SAME_MIN * n {
                best = best.max((sum / n).abs());
            }
        }
    }
    best
}
