//! Texture: skin has no grid. Screens have one, and where it meets the camera's own there is moiré; a print has its dots; and a screen's
//! refresh runs over the picture in bands.
//!
//! Value: less the larger of the spectrum's peak over what noise and skin have (in natural logarithms) and how far the changes from one
//! picture to the next go by rows.

use super::super::cue::{Cue, Kind, Species, Why};
use super::super::film::Film;
use super::super::look::SIDE;
use super::super::track::{Track, median, quantile};

/// The peak that noise and skin have.
const PEAK_USUAL: f64 = 3.6;
/// Fewest pictures whose texture was measured.
const MEASURED_MIN: usize = 3;
/// The share of changes that goes by rows without any bands.
const BANDS_USUAL: f64 = 0.35;
/// How much a share of bands weighs against a peak.
const BANDS_WEIGHT: f64 = 4.0;

/// Says whether the surface has a grid or bands.
pub(super) fn assess(film: &Film) -> Cue {
    let track = Track::of(film);
    let peaks: Vec<f64> =
        track.moments.iter().filter_map(|m| Some(f64::from(m.frame.texture?.peak))).filter(|v| v.is_finite()).collect();
    if peaks.len() < MEASURED_MIN {
        let why = if track.moments.is_empty() { Why::NoFace } else { Why::FaceTooSmall };
        return Cue::silent(Kind::Texture, why);
    }
    let peak = quantile(peaks, 0.75).unwrap_or(PEAK_USUAL) - PEAK_USUAL;
    let bands = bands(film).map_or(0.0, |share| (share - BANDS_USUAL) * BANDS_WEIGHT);
    Cue::says(Kind::Texture, -peak.max(bands), Species::Screen)
}

/// The share of the change from one picture to the next that goes by whole rows and not by the picture as a whole: the median over the
/// pictures that change at all.
fn bands(film: &Film) -> Option<f64> {
    let cells = SIDE as f64;
    median(film.frames.windows(2).filter_map(|w| {
        let change = |column, row| w[1].imprint.cell(column, row) - w[0].imprint.cell(column, row);
        let rows: Vec<f64> = (0..SIDE).map(|y| (0..SIDE).map(|x| change(x, y)).sum::<f64>() / cells).collect();
        let mean = rows.iter().sum::<f64>() / cells;
        let by_rows = rows.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / cells;
        let all: f64 =
            (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y))).map(|(x, y)| (change(x, y) - mean).powi(2)).sum();
        let all = all / (cells * cells);
        (all > 0.05).then_some(by_rows / all)
    }))
}
