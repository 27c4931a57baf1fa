//! The pack's attack classifier. A weak one: on pictures it was not trained on it is often wrong, so it is one cue of several.
//!
//! Value: the median over the pictures of the natural logarithm of the odds of its first class, a real face.

use super::super::cue::{Cue, Kind, Species, Why};
use super::super::film::Film;
use super::super::track::median;

/// Says what the classifier says.
pub(super) fn assess(film: &Film) -> Cue {
    let odds = film.frames.iter().filter_map(|f| f.attack).map(|[live, ..]| {
        let share = f64::from(live).clamp(1e-4, 1.0 - 1e-4);
        (share / (1.0 - share)).ln()
    });
    match median(odds) {
        Some(value) => Cue::says(Kind::Classifier, value, Species::Screen),
        None => Cue::silent(Kind::Classifier, Why::NoClassifier),
    }
}
