//! Light that only this screen knows: the colours that the page shows come back from the skin, more than from what is behind it.
//!
//! Seen is, for each picture and colour channel, the logarithm of the skin's light over that of the surroundings: exposure and white
//! balance of the camera cancel, and so does what falls on both. (Without surroundings the skin alone.) Of it are taken the differences
//! between the channels, which shadows do not change, and half their mean. The value is how well this follows the light that the screen
//! gave (correlation, best over the lag of screen and camera), less half of how well it follows the same colours in another order: a film
//! of another capture follows some order, but not this one. It is less when little of the screen's light comes back: the glass of a device
//! throws back about a tenth of what skin does, and its own light hides that.

use super::super::challenge::{COLOUR_MS, Colour};
use super::super::cue::{Cue, Kind, Species, Why};
use super::super::film::{Film, Prompt, Shown};
use super::super::look::linear;
use super::super::track::{MOMENTS_MIN, Track, correlation, median};

/// Longest lag of screen and camera together, in milliseconds.
const LAG_MS_MAX: u32 = 480;
/// Step of the lag.
const LAG_MS_STEP: u32 = 40;
/// Fewest colours that were shown and seen.
const COLOURS_MIN: usize = 3;
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
/// Most of the skin that may be too bright for the camera.
const CLIPPED_MAX: f64 = 0.3;

/// One picture: when, and the four rows of numbers.
struct Seen {
    at_ms: u32,
    rows: [f64; 4],
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
        seen.extend(channels.map(|c| Seen { at_ms: m.frame.at_ms, rows: rows(c) }));
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
    let (own, added) = best(seen, &signal, shown, &given);
    let hidden = own < FOLLOWS && (spread < SPREAD_MIN * noise || spread < SHARE_MIN);
    if hidden || (own >= FOLLOWS && added < ADDED_USUAL / 2.0) {
        return Cue::silent(Kind::Light, Why::TooBright);
    }
    let mut other = 0.0_f64;
    for turn in 1..given.len() {
        let mut order = given.clone();
        order.rotate_left(turn);
        other = other.max(best(seen, &signal, shown, &order).0);
        order.reverse();
        if order != given {
            other = other.max(best(seen, &signal, shown, &order).0);
        }
    }
    // What changes much but follows nothing is the room's light or a movement, not an answer to any screen.
    if own < FOLLOWS && other < FOLLOWS {
        return Cue::silent(Kind::Light, Why::LightUnsteady);
    }
    let dim = (added.max(1e-6) / ADDED_USUAL).ln().clamp(-1.0, 0.0);
    Cue::says(Kind::Light, own - 0.5 * other + 0.5 * dim, if other > own { Species::Replay } else { Species::Screen })
}

/// Differences of the channels from their mean, and half the mean.
fn rows([r, g, b]: [f64; 3]) -> [f64; 4] {
    let mean = (r + g + b) / 3.0;
    [r - mean, g - mean, b - mean, 0.5 * mean]
}

/// The four rows over time without their straight trend.
fn detrended(seen: &[Seen]) -> [Vec<f64>; 4] {
    std::array::from_fn(|row| straight(seen, &seen.iter().map(|s| s.rows[row]).collect::<Vec<_>>()))
}

fn straight(seen: &[Seen], values: &[f64]) -> Vec<f64> {
    let n = values.len().max(1) as f64;
    let start = seen.first().map_or(0, |s| s.at_ms);
    let time = |s: &Seen| f64::from(s.at_ms - start) / 1000.0;
    let (mt, mv) = (seen.iter().map(time).sum::<f64>() / n, values.iter().sum::<f64>() / n);
    let (mut tv, mut tt) = (0.0, 1e-9);
    for (s, v) in seen.iter().zip(values) {
        tv += (time(s) - mt) * (v - mv);
        tt += (time(s) - mt) * (time(s) - mt);
    }
    seen.iter().zip(values).map(|(s, v)| v - mv - tv / tt * (time(s) - mt)).collect()
}

/// Spread of the differences of channels, and their noise from one picture to the next.
fn strength(signal: &[Vec<f64>; 4]) -> (f64, f64) {
    let chroma = || signal.iter().take(3);
    let n = chroma().map(Vec::len).sum::<usize>().max(1) as f64;
    let spread = (chroma().flatten().map(|v| v * v).sum::<f64>() / n).sqrt();
    let steps = chroma().flat_map(|row| row.windows(2).map(|w| (w[1] - w[0]).abs()));
    (spread, median(steps).unwrap_or(0.0) / 0.954)
}

/// The best correlation over all lags of what was seen with a screen that showed `order` at the times of `shown`, and how much of the
/// screen's light was seen with that lag.
fn best(seen: &[Seen], signal: &[Vec<f64>; 4], shown: &[(Shown, Colour)], order: &[Colour]) -> (f64, f64) {
    let flat: Vec<f64> = signal.iter().flatten().copied().collect();
    let lags = (0..=LAG_MS_MAX / LAG_MS_STEP).map(|i| i * LAG_MS_STEP);
    let follow = lags.map(|lag| {
        let given: Vec<[f64; 4]> =
            seen.iter().map(|s| rows(screen(s.at_ms.saturating_sub(lag), shown, order))).collect();
        let mut expected = Vec::with_capacity(flat.len());
        for row in 0..4 {
            expected.extend(straight(seen, &given.iter().map(|g| g[row]).collect::<Vec<_>>()));
        }
        let both: f64 = flat.iter().zip(&expected).map(|(a, b)| a * b).sum();
        let squares: f64 = expected.iter().map(|v| v * v).sum();
        (correlation(&flat, &expected), both / squares.max(1e-9))
    });
    follow.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((0.0, 0.0))
}

/// The screen's linear light at a time: `order` while a colour is shown, white otherwise.
fn screen(at_ms: u32, shown: &[(Shown, Colour)], order: &[Colour]) -> [f64; 3] {
    let at = shown.iter().position(|(s, _)| (s.from_ms..s.to_ms).contains(&at_ms));
    let colour = at.and_then(|i| order.get(i).copied()).unwrap_or(Colour::White);
    colour.rgb().map(|v| f64::from(linear(f32::from(v) / 255.0)))
}
