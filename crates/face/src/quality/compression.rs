//! `CompressionArtifacts`: our own definition.
//!
//! OFIQ runs a network for it, which we cannot ship, so our values are not comparable with OFIQ's; only name and scale are shared.
//! Ours looks for the 8 × 8 blocks of JPEG in the face: how much larger, in levels of luma, the step across a block's border is than the
//! steps beside it, at the most conspicuous of the eight possible positions of the grid (a picture may have been cut after compression)
//! and against the others. Both upright and level borders must show, so the smaller of the two is the native value. Pictures that were scaled after compression, and codecs with other blocks or with smoothing (WebP), are
//! not recognised. A picture that says it is a JPEG and is not turned has its grid at the corner, but its metadata may have turned it, so
//! what the file says about itself is not used.

use super::measure::{Curve, Measure, MeasureName};
use super::prepared::Prepared;
use super::reason::Direction;
use crate::geometry::Rect;
use crate::image::Image;

/// From steps to 0–100. JPEG qualities 75, 50, 30, 20, 10 and 5 give medians of about 1.0, 1.8, 2.7, 3.7, 5.5 and 7 (350 development pictures).
const CURVE: Curve = Curve::falling(104.0, 1.0, 3.2, 0.8);
/// Longest side of the part that is looked at, in pixels; the middle of the face when the face is larger.
const SIDE_PX_MAX: f32 = 512.0;
/// Shortest side in pixels: five blocks. Below it the features of the face itself decide which position is conspicuous.
const SIDE_PX_MIN: usize = 40;
/// Largest step that counts, in levels: larger ones are edges of the face, not of blocks.
const STEP_MAX: f32 = 16.0;
/// Side of a block.
const BLOCK: usize = 8;

/// Assesses the measure.
pub(super) fn blocks(prepared: &Prepared<'_>) -> Measure {
    let name = MeasureName::CompressionArtifacts;
    let native = prepared.marks.as_ref().and_then(|marks| {
        let part = Part::new(prepared.subject.image, &Rect::around(marks.skin.iter().copied()))?;
        Some(part.step_across_blocks().min(part.transposed().step_across_blocks()))
    });
    match native {
        Some(native) => Measure::new(name, native, CURVE.at(native), Direction::High),
        None => Measure::unassessed(name),
    }
}

/// The luma of a part of a picture.
struct Part {
    width: usize,
    levels: Vec<f32>,
}

impl Part {
    /// The part of `image` within `rect`; none when it is too small.
    fn new(image: &Image, rect: &Rect) -> Option<Self> {
        let range = |start: f32, length: f32, most: u32| {
            let cut = ((length - SIDE_PX_MAX) / 2.0).max(0.0);
            let from = (start + cut).clamp(0.0, most as f32) as usize;
            from..((start + length - cut).clamp(from as f32, most as f32) as usize)
        };
        let columns = range(rect.x, rect.width, image.width());
        let rows = range(rect.y, rect.height, image.height());
        if columns.len() < SIDE_PX_MIN || rows.len() < SIDE_PX_MIN {
            return None;
        }
        let stride = image.width() as usize * 3;
        let lines = rows.map(|y| &image.rgb()[y * stride + columns.start * 3..y * stride + columns.end * 3]);
        let levels = lines
            .flat_map(|line| line.chunks_exact(3))
            .map(|p| 0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2]))
            .collect();
        Some(Self { width: columns.len(), levels })
    }

    fn transposed(&self) -> Self {
        let height = self.levels.len() / self.width;
        let order = (0..self.width).flat_map(|x| (0..height).map(move |y| y * self.width + x));
        Self { width: height, levels: order.map(|i| self.levels[i]).collect() }
    }

    /// How much larger steps along rows are at the most conspicuous phase of eight than at the median of the phases, in levels, after
    /// taking off the mean of the two neighbouring steps; never negative.
    fn step_across_blocks(&self) -> f64 {
        let (mut sums, mut counts) = ([0.0_f64; BLOCK], [0_u32; BLOCK]);
        for line in self.levels.chunks_exact(self.width) {
            for (i, four) in line.windows(4).enumerate() {
                let step = (four[2] - four[1]).abs();
                let beside = f32::midpoint((four[1] - four[0]).abs(), (four[3] - four[2]).abs());
                sums[i % BLOCK] += f64::from((step - beside).clamp(-STEP_MAX, STEP_MAX));
                counts[i % BLOCK] += 1;
            }
        }
        let mut excess: [f64; BLOCK] = std::array::from_fn(|phase| sums[phase] / f64::from(counts[phase].max(1)));
        excess.sort_by(f64::total_cmp);
        excess[BLOCK - 1] - f64::midpoint(excess[BLOCK / 2 - 1], excess[BLOCK / 2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(level: impl Fn(usize, usize) -> f32) -> Part {
        Part { width: 64, levels: (0..64 * 48).map(|i| level(i % 64, i / 64)).collect() }
    }

    #[test]
    fn blocks_are_found_at_any_position_of_the_grid() {
        for shift in 0..8 {
            let blocks = part(|x, y| ((x + shift) / 8 % 2 * 10 + (y + shift) / 8 % 2 * 10) as f32);
            assert!(blocks.step_across_blocks() > 9.0);
            assert!(blocks.transposed().step_across_blocks() > 9.0);
        }
    }

    #[test]
    fn a_ramp_has_no_blocks() {
        let ramp = part(|x, y| (2 * x + y) as f32);
        assert!(ramp.step_across_blocks() < 1e-6);
        assert!(ramp.transposed().step_across_blocks() < 1e-6);
    }
}
