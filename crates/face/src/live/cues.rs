//! The cues, one file each. Each looks at a whole film and says one number, or why it cannot say.

mod border;
mod challenge;
mod classifier;
mod continuity;
mod depth;
mod light;
mod rest;
mod texture;

use super::cue::{Cue, Kind, Why};
use super::film::Film;

/// What every cue says about `film`, in the order of [`Kind::ALL`]. A film that is not sound makes them all silent.
pub fn all(film: &Film) -> Vec<Cue> {
    let sound = film.sound();
    Kind::ALL
        .into_iter()
        .map(|kind| if sound { assess(film, kind) } else { Cue::silent(kind, Why::FilmUnsound) })
        .collect()
}

fn assess(film: &Film, kind: Kind) -> Cue {
    match kind {
        Kind::Challenge => challenge::assess(film),
        Kind::Depth => depth::assess(film),
        Kind::Light => light::assess(film),
        Kind::Texture => texture::assess(film),
        Kind::Border => border::assess(film),
        Kind::Classifier => classifier::assess(film),
        Kind::Rest => rest::assess(film),
        Kind::Continuity => continuity::assess(film),
    }
}
