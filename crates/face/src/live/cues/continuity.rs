//! Continuity: it is one face from the beginning to the end. (Whether it is the right one is asked elsewhere, with templates.)
//!
//! Value: less the natural logarithm of the largest jump over the usual step, from one picture to the next: of the face's form, its place and
//! size, and its colour. A cut makes a jump in all; a turn of the head is many steps.

use super::super::cue::{Cue, Kind, Species, Why};
use super::super::film::Film;
use super::super::track::{BONES, MOMENTS_MIN, Moment, Track, quantile};

/// Steps between pictures further apart than this say nothing, in milliseconds.
const GAP_MS_MAX: u32 = 400;
/// The least that counts as a usual step of place, form and colour.
const USUAL_MIN: [f64; 3] = [0.08, 0.03, 0.04];

/// Says whether there was a cut.
pub(super) fn assess(film: &Film) -> Cue {
    let track = Track::of(film);
    if track.moments.len() < MOMENTS_MIN {
        return Cue::silent(Kind::Continuity, if track.moments.is_empty() { Why::NoFace } else { Why::TooFewFrames });
    }
    let steps: Vec<[f64; 3]> = track
        .moments
        .windows(2)
        .filter(|w| w[1].frame.at_ms - w[0].frame.at_ms <= GAP_MS_MAX)
        .map(|w| step(&w[0], &w[1]))
        .collect();
    if steps.len() < MOMENTS_MIN / 2 {
        return Cue::silent(Kind::Continuity, Why::TooFewFrames);
    }
    let usual: [f64; 3] =
        std::array::from_fn(|i| quantile(steps.iter().map(|s| s[i]), 0.9).unwrap_or(0.0).max(USUAL_MIN[i]));
    // A jump has to show in form and in one of place and colour: a flash of light is no cut, and a jerk is none either.
    let jump = steps
        .iter()
        .map(|s| {
            let over: [f64; 3] = std::array::from_fn(|i| s[i] / usual[i]);
            over[1].min(over[0].max(over[2]))
        })
        .fold(0.0, f64::max);
    Cue::says(Kind::Continuity, -jump.max(0.1).ln(), Species::Swapped)
}

/// The step of place and size, of form, and of colour.
fn step(a: &Moment<'_>, b: &Moment<'_>) -> [f64; 3] {
    let place = f64::from(a.centre.distance(b.centre)) / a.size + (b.size / a.size).ln().abs();
    let form: f64 = BONES
        .iter()
        .map(|&i| {
            let at = |m: &Moment<'_>| {
                let p = m.mesh.points[i];
                (f64::from(p.x - m.centre.x) / m.size, f64::from(p.y - m.centre.y) / m.size)
            };
            let ((ax, ay), (bx, by)) = (at(a), at(b));
            (ax - bx).powi(2) + (ay - by).powi(2)
        })
        .sum::<f64>()
        / BONES.len() as f64;
    let colour = |m: &Moment<'_>| m.frame.light.and_then(|l| l.skin());
    let colour = match (colour(a), colour(b)) {
        (Some(x), Some(y)) => {
            let log = |c: f32| f64::from(c.max(1e-4)).ln();
            (0..3).map(|i| (log(x[i]) - log(y[i])).abs()).sum::<f64>() / 3.0
        }
        _ => 0.0,
    };
    [place, form.sqrt(), colour]
}
