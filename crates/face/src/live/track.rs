//! A film as numbers over time: pose, size, eyes and mouth of every picture with a face; and a few sums over them.

use super::film::{Film, Observation};
use crate::geometry::Point;
use crate::landmarks::Mesh;
use crate::limits::LIVE_FRAMES_MAX;

/// Fewest pictures with a face that anything is said of.
pub(crate) const MOMENTS_MIN: usize = 12;
/// Points that the bones hold: they move little when a face speaks. Brow bone, bridge, sides and tip of the nose, eye corners, cheekbones.
pub(crate) const BONES: [usize; 40] = [
    33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 129, 358, 49, 279, 10, 151, 9, 8, 107, 336, 193, 417,
    122, 351, 116, 345, 117, 346, 50, 280, 101, 330, 67, 297, 109, 338,
];

/// One picture with a face.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    pub(crate) frame: &'a Observation,
    pub(crate) mesh: &'a Mesh,
    /// Degrees, as in [`crate::landmarks::Pose`].
    pub(crate) yaw: f64,
    pub(crate) pitch: f64,
    pub(crate) roll: f64,
    /// The face's size in pixels: the root mean square distance of its bones from their middle, in space, so that turning does not
    /// change it.
    pub(crate) size: f64,
    /// The bones' middle.
    pub(crate) centre: Point,
    /// How far the more open eye is open.
    pub(crate) eyes: f64,
    /// How far the mouth is open.
    pub(crate) mouth: f64,
}

/// The pictures with a face, in the order of time.
#[derive(Clone, Debug)]
pub(crate) struct Track<'a> {
    pub(crate) moments: Vec<Moment<'a>>,
}

impl<'a> Track<'a> {
    /// The pictures of `film` with a face whose numbers are finite; those whose time goes back are left out.
    pub(crate) fn of(film: &'a Film) -> Self {
        let mut moments: Vec<Moment<'a>> = Vec::new();
        for frame in film.frames.iter().take(LIVE_FRAMES_MAX) {
            let Some(mesh) = frame.mesh.as_ref().filter(|mesh| mesh.whole()) else { continue };
            if moments.last().is_none_or(|last| last.frame.at_ms < frame.at_ms) {
                moments.extend(moment(frame, mesh));
            }
        }
        Self { moments }
    }

    /// Those between two times, both included.
    pub(crate) fn between(&self, from_ms: u32, to_ms: u32) -> &[Moment<'a>] {
        let start = self.moments.partition_point(|m| m.frame.at_ms < from_ms);
        let end = self.moments.partition_point(|m| m.frame.at_ms <= to_ms);
        self.moments.get(start..end).unwrap_or_default()
    }
}

fn moment<'a>(frame: &'a Observation, mesh: &'a Mesh) -> Option<Moment<'a>> {
    let n = BONES.len() as f32;
    let sum = |value: &dyn Fn(usize) -> f32| BONES.iter().map(|&i| value(i)).sum::<f32>();
    let centre = Point::new(sum(&|i| mesh.points[i].x) / n, sum(&|i| mesh.points[i].y) / n);
    let depth = sum(&|i| mesh.depth[i]) / n;
    let square = sum(&|i| mesh.points[i].distance(centre).powi(2) + (mesh.depth[i] - depth).powi(2));
    let size = f64::from((square / n).sqrt());
    let (pose, open) = (mesh.pose(), mesh.openness());
    let eyes = f64::from(open.right_eye.max(open.left_eye));
    let numbers = [f64::from(pose.yaw), f64::from(pose.pitch), f64::from(pose.roll), size, eyes, f64::from(open.mouth)];
    let sound = numbers.iter().all(|v| v.is_finite()) && size > 1.0;
    let [yaw, pitch, roll, size, eyes, mouth] = numbers;
    sound.then_some(Moment { frame, mesh, yaw, pitch, roll, size, centre, eyes, mouth })
}

/// The value that half of `values` are below; none when there are none.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    quantile(values, 0.5)
}

/// The value that a share of `values` is below; none when there are none.
pub(crate) fn quantile(values: impl IntoIterator<Item = f64>, share: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    values.get((share * last as f64).round() as usize).copied()
}

/// The correlation of two rows of numbers, −1 to 1; 0 when one does not vary.
pub(crate) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len()).max(1) as f64;
    let mean = |v: &[f64]| v.iter().sum::<f64>() / n;
    let (ma, mb) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    let scale = (aa * bb).sqrt();
    if scale > 1e-12 { (ab / scale).clamp(-1.0, 1.0) } else { 0.0 }
}
