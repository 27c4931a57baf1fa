//! Border: straight edges beside the face are those of a device, of paper, or of a door; and a second face says that one of them is a
//! picture, or that two persons stand there.
//!
//! Value: less the median number of sides with an edge, and less twice the share of pictures with a second face. Doors are common, so
//! this says little.

use super::super::cue::{Cue, Kind, Species, Why};
use super::super::film::Film;
use super::super::track::{Track, median};

/// Fewest pictures in which it was looked for.
const MEASURED_MIN: usize = 2;
/// A second face counts from this width over the first's on.
const SECOND_MIN: f32 = 0.35;

/// Says how much of a border is around the face.
pub(super) fn assess(film: &Film) -> Cue {
    let track = Track::of(film);
    let seen: Vec<_> = track.moments.iter().filter_map(|m| m.frame.border).collect();
    if seen.len() < MEASURED_MIN {
        return Cue::silent(Kind::Border, if track.moments.is_empty() { Why::NoFace } else { Why::TooFewFrames });
    }
    let sides = median(seen.iter().map(|b| f64::from(b.sides))).unwrap_or(0.0);
    let second = seen.iter().filter(|b| b.second >= SECOND_MIN).count() as f64 / seen.len() as f64;
    Cue::says(Kind::Border, -sides - 2.0 * second, Species::Screen)
}
