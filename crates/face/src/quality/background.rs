//! `BackgroundUniformity`: is the background plain?
//!
//! As OFIQ: the mean length of the luminance gradient (Scharr kernels, 354 × 292 samples of the aligned picture without its sides and
//! lower third) over the background; value 190·(1 − σ(x; 10, 100)). Deviation: OFIQ finds the background with a segmentation network; ours
//! is what lies in the picture outside an ellipse around the head, 1.6 times as wide as the face and reaching over the hair. Shoulders
//! lie below the samples; long hair, a high collar or a headscarf beside the face count as background.

use super::marks::Marks;
use super::measure::{Curve, Measure, MeasureName};
use super::prepared::{Prepared, luminance};
use super::reason::Direction;
use super::sample::{Grid, sample};
use crate::align::Similarity;

/// OFIQ's samples: 492 × 406 pixels of the aligned picture at 1.39 pixels a sample.
const GRID: Grid = Grid { x: 62.0, y: 0.0, step: 492.0 / 354.0, width: 354, height: 292 };
/// Width of the head's ellipse over the width of the face.
const HEAD_WIDTH: f64 = 1.6;
/// Height of the head's ellipse over the distance from the eyes to the chin; its lower end is the chin.
const HEAD_HEIGHT: f64 = 2.4;
/// Fewest background samples: one in a hundred.
const SAMPLES_MIN: u32 = 1_000;
/// From the gradient to 0–100.
const CURVE: Curve = Curve::falling(190.0, 1.0, 10.0, 100.0);

/// Assesses the measure.
pub(super) fn uniformity(prepared: &Prepared<'_>) -> Measure {
    let name = MeasureName::BackgroundUniformity;
    let Some((marks, frame)) = prepared.marks.as_ref().zip(prepared.frame.as_ref()) else {
        return Measure::unassessed(name);
    };
    let patch = sample(prepared.subject.image, frame, &GRID);
    let background = outside_head(marks, frame, patch.inside);
    match mean_gradient(&luminance(&patch.rgb), &background) {
        Some(native) => Measure::new(name, native, CURVE.at(native), Direction::High),
        None => Measure::unassessed(name),
    }
}

/// Keeps of the samples `inside` the picture those outside the head's ellipse.
fn outside_head(marks: &Marks, frame: &Similarity, mut inside: Vec<bool>) -> Vec<bool> {
    let to_frame = frame.inverse();
    let (mut left, mut right, mut bottom) = (f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY);
    for p in marks.rim.iter().map(|p| to_frame.apply(*p)) {
        (left, right, bottom) = (left.min(f64::from(p.x)), right.max(f64::from(p.x)), bottom.max(f64::from(p.y)));
    }
    let half_width = (right - left) / 2.0 * HEAD_WIDTH;
    let half_height = marks.eye_chin * to_frame.scale() * HEAD_HEIGHT / 2.0;
    let (x0, y0) = (f64::midpoint(left, right), bottom - half_height);
    for (row, line) in inside.chunks_exact_mut(GRID.width).enumerate() {
        let y = (GRID.y + (row as f64 + 0.5) * GRID.step - y0) / half_height;
        for (column, background) in line.iter_mut().enumerate() {
            let x = (GRID.x + (column as f64 + 0.5) * GRID.step - x0) / half_width;
            // Below its widest place the ellipse goes on straight: neck and collar.
            *background &= x * x + y.min(0.0).powi(2) > 1.0;
        }
    }
    inside
}

/// The mean length of the Scharr gradient over the samples whose whole 3 × 3 neighbourhood is background; none when they are too few.
fn mean_gradient(levels: &[u8], background: &[bool]) -> Option<f64> {
    let (mut sum, mut count) = (0.0_f64, 0_u32);
    let rows = |at: usize| at * GRID.width..(at + 1) * GRID.width;
    for row in 1..GRID.height - 1 {
        let [above, here, below] = [row - 1, row, row + 1].map(|r| &levels[rows(r)]);
        let masks = [row - 1, row, row + 1].map(|r| &background[rows(r)]);
        let free = |column: usize| masks.iter().all(|mask| mask[column]);
        let mut known = [free(0), free(1), false];
        for column in 1..GRID.width - 1 {
            known[2] = free(column + 1);
            if known == [true; 3] {
                let at = |line: &[u8], column: usize| f32::from(line[column]);
                let (l, r) = (column - 1, column + 1);
                let x = 3.0 * (at(above, r) - at(above, l) + at(below, r) - at(below, l))
                    + 10.0 * (at(here, r) - at(here, l));
                let y = 3.0 * (at(below, l) - at(above, l) + at(below, r) - at(above, r))
                    + 10.0 * (at(below, column) - at(above, column));
                sum += f64::from(x.hypot(y));
                count += 1;
            }
            known = [known[1], known[2], false];
        }
    }
    (count >= SAMPLES_MIN).then(|| sum / f64::from(count))
}
