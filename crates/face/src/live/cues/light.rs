//! Light that only this screen knows: the colours that the page shows come back from the skin, more than from what is behind it.
//!
//! Seen is, for each picture and colour channel, the logarithm of the skin's light over that of the surroundings: exposure and white
//! balance of the camera cancel, and so does what falls on both. (Without surroundings the skin alone.) Of it are taken the differences
//! between the channels, which shadows do not change, and half their mean. The value is how well this follows the light that the screen
//! gave (correlation, best over the lag of screen and camera), less half of how well it follows the same colours in another order: a film
//! of another capture follows some order, but not this one. It is less when little of the screen's light comes back: the glass of a device
//! throws back about a tenth of what skin does, and its own light hides that. And it is less when one place of the face does not follow as
//! the others do: forehead, cheeks, nose and chin of a person are all lit, while glass mirrors the screen in one spot and paints the film over
//! the rest.

use super::super::challenge::{COLOUR_MS, Colour};
use super::super::cue::{Cue, Kind, Species, Why};
use super::super::film::{Film, Prompt, Shown};
use super::super::look::linear;
use super::super::track::{MOMENTS_MIN, Track, correlation, median};

/// Longest lag of screen and camera together, in milliseconds.
const LAG_MS_MAX: u32 = 400;
/// Step of the lag.
const LAG_MS_STEP: u32 = 40;
/// Fewest colours that were shown and seen.
const COLOURS_MIN: usize = 3;
/// Least distance between the eyes, in pixels: a smaller face is further away than anybody sits, or on a small screen.
const INTER_EYE_PX_MIN: f64 = 36.0;
/// Fewest pictures while they were.
const FRAMES_MIN: usize = 15;
/// Least spread of what is seen over its noise: below, the room outshines the screen.
const SPREAD_MIN: f64 = 1.5;
/// Least spread of what is seen, as a share of the light.
const SHARE_MIN: f64 = 0.003;
/// From this correlation on what is seen follows the screen.
const FOLLOWS: f64 = 0.5;
/// What the screen in white adds to a face in an ordinary room, as a share of the light that is there anyway. Less than half of it may as
/// well come from a device's glass, so nothing is said.
const ADDED_USUAL: f64 = 0.06;
/// How well every place of a lit face follows the screen: below, it is lit in places only.
const EVERYWHERE: f64 = 0.85;
/// What a place that follows less costs, for each unit of correlation, and at most.
const SPOT_WEIGHT: f64 = 2.0;
/// See [`SPOT_WEIGHT`].
const SPOT_MAX: f64 = 1.0;
/// Most of the skin that may be too bright for the camera in one channel: with two thirds of it the others still follow.
const CLIPPED_MAX: f64 = 0.75;

/// Places of the face that are looked at one by one.
const PLACES: usize = 5;

/// One picture: when, and the four rows of numbers; and the differences of channels of each place by itself.
struct Seen {
    at_ms: u32,
    rows: [f64; 4],
    places: [Option<[f64; 3]>; PLACES],
}

/// Says whether the skin followed the screen's colours.
pub(super) fn assess(film: &Film) -> Cue {
    let silent = |why| Cue::silent(Kind::Light, why);
    let shown: Vec<(Shown, Colour)> = film
        .shown
        .iter()
        .filter_map(|s| match s.prompt {
            Prompt::Colour { at } => Some((*s, *film.challenge.colours.get(at as usize)?)),
            _ => None,
        })
        .collect();
    let (Some(first), Some(last)) = (shown.first(), shown.last()) else { return silent(Why::NotAsked) };
    if shown.len() < COLOURS_MIN {
        return silent(Why::NotAsked);
    }
    let track = Track::of(film);
    if track.moments.is_empty() {
        return silent(Why::NoFace);
    }
    let margin = COLOUR_MS * 3 / 2;
    let window = track.between(first.0.from_ms.saturating_sub(margin), last.0.to_ms.saturating_add(margin));
    let mut clipped = Vec::new();
    if median(window.iter().map(|m| f64::from(m.mesh.inter_eye_px()))).is_some_and(|px| px < INTER_EYE_PX_MIN) {
        return silent(Why::FaceTooSmall);
    }
    let around = window.iter().filter(|m| m.frame.light.is_some_and(|l| l.around().is_some())).count();
    let compared = around * 10 >= window.len() * 9;
    let mut seen = Vec::new();
    for m in window {
        let Some(light) = m.frame.light else { continue };
        clipped.push(f64::from(light.clipped));
        let (Some(skin), other) = (light.skin(), light.around()) else { continue };
        let log = |c: f32| f64::from(c.max(1e-4)).ln();
        let channels: Option<[f64; 3]> = match (compared, other) {
            (true, Some(other)) => Some(std::array::from_fn(|i| log(skin[i]) - log(other[i]))),
            (true, None) => None,
            (false, _) => Some(skin.map(log)),
        };
        let places = [light.forehead, light.right_cheek, light.left_cheek, light.nose, light.chin];
        let places = places.map(|place| place.map(|colour| hue(colour.map(log))));
        seen.extend(channels.map(|c| Seen { at_ms: m.frame.at_ms, rows: rows(c), places }));
    }
    if seen.len() < FRAMES_MIN.max(MOMENTS_MIN) {
        return silent(Why::TooFewFrames);
    }
    if median(clipped).is_some_and(|share| share > CLIPPED_MAX) {
        return silent(Why::TooBright);
    }
    judge(&seen, &shown)
}

fn judge(seen: &[Seen], shown: &[(Shown, Colour)]) -> Cue {
    let signal = detrended(seen);
    let (spread, noise) = strength(&signal);
    let given: Vec<Colour> = shown.iter().map(|s| s.1).collect();
    let Follows { own, added, lag } = best(seen, &signal, shown, &given);
    let hidden = own < FOLLOWS && (spread < SPREAD_MIN * noise || spread < SHARE_MIN);
    if hidden || (own >= FOLLOWS && added < ADDED_USUAL / 2.0) {
        return Cue::silent(Kind::Light, Why::TooBright);
    }
    let mut other = 0.0_f64;
    for turn in 1..given.len() {
        let mut order = given.clone();
        order.rotate_left(turn);
        other = other.max(best(seen, &signal, shown, &order).own);
        order.reverse();
        if order != given {
            other = other.max(best(seen, &signal, shown, &order).own);
        }
    }
    // What changes much but follows nothing is the room's light or a movement, not an answer to any screen.
    if own < FOLLOWS && other < FOLLOWS {
        return Cue::silent(Kind::Light, Why::LightUnsteady);
    }
    let dim = (added.max(1e-6) / ADDED_USUAL).ln().clamp(-1.0, 0.0);
    let spots = (SPOT_WEIGHT * (EVERYWHERE - least(seen, shown, &given, lag))).clamp(0.0, SPOT_MAX);
    let value = own - 0.5 * other + 0.5 * dim - spots;
    Cue::says(Kind::Light, value, if other > own { Species::Replay } else { Species::Screen })
}

/// How well the place of the face that follows the screen least does follow it, with the lag of the whole.
fn least(seen: &[Seen], shown: &[(Shown, Colour)], order: &[Colour], lag: u32) -> f64 {
    let place = |place: usize| {
        let of: Vec<(&Seen, [f64; 3])> = seen.iter().filter_map(|s| Some((s, s.places[place]?))).collect();
        if of.len() < FRAMES_MIN {
            return None;
        }
        let (mut found, mut expected) = (Vec::new(), Vec::new());
        for channel in 0..3 {
            let given = of.iter().map(|(s, _)| hue(screen(s.at_ms.saturating_sub(lag), shown, order))[channel]);
            let times: Vec<u32> = of.iter().map(|(s, _)| s.at_ms).collect();
            expected.extend(straight(&times, &given.collect::<Vec<_>>()));
            found.extend(straight(&times, &of.iter().map(|(_, hue)| hue[channel]).collect::<Vec<_>>()));
        }
        Some(correlation(&found, &expected))
    };
    (0..PLACES).filter_map(place).fold(1.0, f64::min)
}

/// The channels without their mean.
fn hue([r, g, b]: [f64; 3]) -> [f64; 3] {
    let mean = (r + g + b) / 3.0;
    [r - mean, g - mean, b - mean]
}

/// Differences of the channels from their mean, and half the mean.
fn rows(colour: [f64; 3]) -> [f64; 4] {
    let [r, g, b] = hue(colour);
    [r, g, b, 0.5 * colour.iter().sum::<f64>() / 3.0]
}

/// The four rows over time without their straight trend.
fn detrended(seen: &[Seen]) -> [Vec<f64>; 4] {
    let times: Vec<u32> = seen.iter().map(|s| s.at_ms).collect();
    std::array::from_fn(|row| straight(&times, &seen.iter().map(|s| s.rows[row]).collect::<Vec<_>>()))
}

/// `values` at `times` without their straight trend.
fn straight(times: &[u32], values: &[f64]) -> Vec<f64> {
    let n = values.len().max(1) as f64;
    let start = times.first().copied().unwrap_or(0);
    let time = |at_ms: &u32| f64::from(at_ms.saturating_sub(start)) / 1000.0;
    let (mt, mv) = (times.iter().map(time).sum::<f64>() / n, values.iter().sum::<f64>() / n);
    let (mut tv, mut tt) = (0.0, 1e-9);
    for (t, v) in times.iter().map(time).zip(values) {
        tv += (t - mt) * (v - mv);
        tt += (t - mt) * (t - mt);
    }
    times.iter().map(time).zip(values).map(|(t, v)| v - mv - tv / tt * (t - mt)).collect()
}

/// Spread of the differences of channels, and their noise from one picture to the next.
fn strength(signal: &[Vec<f64>; 4]) -> (f64, f64) {
    let chroma = || signal.iter().take(3);
    let n = chroma().map(Vec::len).sum::<usize>().max(1) as f64;
    let spread = (chroma().flatten().map(|v| v * v).sum::<f64>() / n).sqrt();
    let steps = chroma().flat_map(|row| row.windows(2).map(|w| (w[1] - w[0]).abs()));
    (spread, median(steps).unwrap_or(0.0) / 0.954)
}

/// How well what was seen follows the screen.
#[derive(Clone, Copy, Debug, Default)]
struct Follows {
    /// The correlation.
    own: f64,
    /// How much of the screen's light was seen.
    added: f64,
    /// The lag at which it follows best, in milliseconds.
    lag: u32,
}

/// The best correlation over all lags of what was seen with a screen that showed `order` at the times of `shown`.
fn best(seen: &[Seen], signal: &[Vec<f64>; 4], shown: &[(Shown, Colour)], order: &[Colour]) -> Follows {
    let flat: Vec<f64> = signal.iter().flatten().copied().collect();
    let times: Vec<u32> = seen.iter().map(|s| s.at_ms).collect();
    let lags = (0..=LAG_MS_MAX / LAG_MS_STEP).map(|i| i * LAG_MS_STEP);
    let follow = lags.map(|lag| {
        let given: Vec<[f64; 4]> =
            times.iter().map(|at_ms| rows(screen(at_ms.saturating_sub(lag), shown, order))).collect();
        let mut expected = Vec::with_capacity(flat.len());
        for row in 0..4 {
            expected.extend(straight(&times, &given.iter().map(|g| g[row]).collect::<Vec<_>>()));
        }
        let both: f64 = flat.iter().zip(&expected).map(|(a, b)| a * b).sum();
        let squares: f64 = expected.iter().map(|v| v * v).sum();
        Follows { own: correlation(&flat, &expected), added: both / squares.max(1e-9), lag }
    });
    follow.max_by(|a, b| a.own.total_cmp(&b.own)).unwrap_or_default()
}

/// The screen's linear light at a time: `order` while a colour is shown, white otherwise.
fn screen(at_ms: u32, shown: &[(Shown, Colour)], order: &[Colour]) -> [f64; 3] {
    let at = shown.iter().position(|(s, _)| (s.from_ms..s.to_ms).contains(&at_ms));
    let colour = at.and_then(|i| order.get(i).copied()).unwrap_or(Colour::White);
    colour.rgb().map(|v| f64::from(linear(f32::from(v) / 255.0)))
}
