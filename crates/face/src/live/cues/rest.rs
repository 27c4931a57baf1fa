//! Rest: a person is never quite still and never twice the same. A frozen picture has only the camera's noise, or not even that; a looped
//! film comes back to what it was.
//!
//! Value: the least of three natural logarithms, each above 0 for a person. How much the face changes its form (eyes, mouth and brows
//! against the bones) over what noise alone does; how unlike each second with movement is to every other, over the movement in it;
//! and the share of pictures that are new to the last pixel.

use super::super::cue::{Cue, Kind, Species, Why};
use super::super::film::Film;
use super::super::least;
use super::super::track::{MOMENTS_MIN, Moment, Track, median};
use std::collections::BTreeSet;

/// Shortest film that anything is said of, in milliseconds.
const SPAN_MS_MIN: u32 = 2_000;
/// Points that a living face moves: lids, lips, brows.
const SOFT: [usize; 24] =
    [159, 145, 386, 374, 158, 153, 385, 380, 13, 14, 61, 291, 82, 87, 312, 317, 0, 17, 105, 334, 66, 296, 52, 282];
/// Movement of the soft points that noise alone makes, as a share of the face's size.
const NOISE: f64 = 0.006;
/// Nearly a second at 15 pictures a second: in half a second a speaking face often does what it did before.
const STRETCH: usize = 14;
/// Least time between two stretches that are compared, in milliseconds.
const APART_MS: u32 = 1_000;
/// Movement in a stretch, as a share of the face's size, from which on its return says something.
const MOVED_MIN: f64 = 0.05;
/// How alike two stretches are that differ by the noise of two pictures only, as a share of the face's size.
const ALIKE: f64 = 0.012;

/// Says whether the face lives while nothing is asked of it.
pub(super) fn assess(film: &Film) -> Cue {
    let track = Track::of(film);
    let (Some(first), Some(last)) = (track.moments.first(), track.moments.last()) else {
        return Cue::silent(Kind::Rest, Why::NoFace);
    };
    let span = last.frame.at_ms - first.frame.at_ms;
    if track.moments.len() < MOMENTS_MIN * 2 || span < SPAN_MS_MIN {
        return Cue::silent(Kind::Rest, Why::TooFewFrames);
    }
    let shapes: Vec<Shape> = track.moments.iter().map(Shape::of).collect();
    let still = still(&shapes);
    let looped = looped(&track, &shapes);
    let fresh = fresh(film);
    let value = still.min(looped).min(fresh);
    let species = match value {
        v if v >= fresh => Species::Injected,
        v if v >= looped => Species::Looped,
        _ => Species::Frozen,
    };
    Cue::says(Kind::Rest, value, species)
}

/// The soft points and the nose tip against the bones, in sizes of the face. Where the face is in the picture is left out: a film that
/// comes back may be carried around.
struct Shape {
    soft: Vec<[f64; 2]>,
    nose: [f64; 2],
}

impl Shape {
    fn of(m: &Moment<'_>) -> Self {
        let (sine, cosine) = m.roll.to_radians().sin_cos();
        let place = |i: usize| {
            let p = m.mesh.points[i];
            let (x, y) = (f64::from(p.x - m.centre.x) / m.size, f64::from(p.y - m.centre.y) / m.size);
            [cosine * x + sine * y, cosine * y - sine * x]
        };
        // The nose tip against the middle of the bones stands for the turn of the head.
        Self { soft: SOFT.iter().map(|&i| place(i)).collect(), nose: place(4) }
    }

    fn distance(&self, other: &Self) -> f64 {
        let soft: f64 = self.soft.iter().zip(&other.soft).map(|(a, b)| square(a, b)).sum::<f64>() / SOFT.len() as f64;
        (soft + square(&self.nose, &other.nose)).sqrt()
    }
}

fn square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// How much the soft points move beyond an affine squeeze of the whole, over what noise does.
fn still(shapes: &[Shape]) -> f64 {
    let n = shapes.len().max(1) as f64;
    let mut mean = vec![[0.0; 2]; SOFT.len()];
    for shape in shapes {
        for (sum, p) in mean.iter_mut().zip(&shape.soft) {
            *sum = [sum[0] + p[0] / n, sum[1] + p[1] / n];
        }
    }
    let basis: Vec<[f64; 3]> = mean.iter().map(|p| [1.0, p[0], p[1]]).collect();
    let moved = shapes.iter().filter_map(|shape| {
        let mut sum = 0.0;
        for axis in 0..2 {
            let values: Vec<f64> = shape.soft.iter().map(|p| p[axis]).collect();
            let fit = least::squares(&basis, &values)?;
            let rest = basis.iter().zip(&values).map(|(b, v)| v - b.iter().zip(fit).map(|(b, f)| b * f).sum::<f64>());
            sum += rest.map(|r| r * r).sum::<f64>();
        }
        Some((sum / SOFT.len() as f64).sqrt())
    });
    let mut moved: Vec<f64> = moved.collect();
    moved.sort_by(f64::total_cmp);
    let high = moved.get(moved.len() * 9 / 10).copied().unwrap_or(0.0);
    (high.max(1e-4) / NOISE).ln()
}

/// The least distance of two stretches with movement, over that of noise.
fn looped(track: &Track<'_>, shapes: &[Shape]) -> f64 {
    let time = |i: usize| track.moments.get(i).map_or(0, |m| m.frame.at_ms);
    let starts = 0..shapes.len().saturating_sub(STRETCH);
    // At most about 120 stretches are compared with each other: 7,200 pairs.
    let step = (shapes.len() / 120).max(1);
    let mut least = 1.0_f64;
    for a in starts.clone().step_by(step) {
        let moved = shapes[a..a + STRETCH].iter().map(|s| s.distance(&shapes[a])).fold(0.0, f64::max);
        if moved < MOVED_MIN {
            continue;
        }
        for b in starts.clone().skip(a).filter(|b| time(*b) >= time(a).saturating_add(APART_MS)) {
            let pairs = shapes[a..a + STRETCH].iter().zip(&shapes[b..b + STRETCH]);
            let apart = median(pairs.map(|(x, y)| x.distance(y))).unwrap_or(1.0);
            least = least.min(apart);
        }
    }
    (least.max(1e-3) / ALIKE).ln()
}

/// The share of pictures that are new, over the ninth part that may be sent twice.
fn fresh(film: &Film) -> f64 {
    let kinds: BTreeSet<u64> = film.frames.iter().map(|f| f.imprint.hash).collect();
    let share = kinds.len() as f64 / film.frames.len().max(1) as f64;
    (share.max(1e-3) / 0.8).ln() * 8.0
}
