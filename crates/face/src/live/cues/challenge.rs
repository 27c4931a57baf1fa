//! Challenge and response: what was asked is done, in its order, in its time, and not before.
//!
//! Value: steps that were followed, less two for each that had been done before it was asked. When a step was not followed the cue is
//! silent: a person may not have understood, and an attack gains nothing by it.

use super::super::challenge::{Side, Step};
use super::super::cue::{Cue, Kind, Species, Why};
use super::super::film::{Film, Shown};
use super::super::track::{MOMENTS_MIN, Moment, Track, median};

/// Nobody answers sooner after a prompt, in milliseconds.
const REACTION_MS: u32 = 120;
/// How long after the prompt has gone a movement may still end, in milliseconds.
const GRACE_MS: u32 = 600;
/// How far the mesh's angle may fall short of the head's, in degrees.
const ANGLE_SLACK: f64 = 3.0;
/// How far down the head goes in a nod, in degrees.
const NOD_DEGREES: f64 = 8.0;
/// How far the size may fall short of what was asked.
const CLOSER_SLACK: f64 = 0.06;
/// How much further than at rest the mouth opens, as a share of the distance eyes–chin.
const MOUTH_OPEN: f64 = 0.05;
/// Least share by which an eye narrows in a blink: the mesh sees closed eyes as half open, or less closed than that in small pictures.
const BLINK_MIN: f64 = 0.12;
/// The least share is never more than this, however much the eyes' width trembles.
const BLINK_MAX: f64 = 0.25;
/// A blink is so many times the usual step of the eyes' width from one picture to the next.
const BLINK_NOISE: f64 = 3.5;
/// How long before and after a picture its usual width is taken from, in milliseconds.
const EYE_MS: u32 = 700;
/// Longest blink, in milliseconds.
const BLINK_MS: u32 = 900;
/// Blinks more than asked that are let pass: people blink without being asked.
const BLINKS_MORE: usize = 2;

/// Says whether the challenge was followed.
pub(super) fn assess(film: &Film) -> Cue {
    let track = Track::of(film);
    if track.moments.len() < MOMENTS_MIN {
        return Cue::silent(Kind::Challenge, if track.moments.is_empty() { Why::NoFace } else { Why::TooFewFrames });
    }
    let shown: Vec<Option<Shown>> = (0..film.challenge.steps.len()).map(|at| film.step(at)).collect();
    let Some(first) = shown.iter().flatten().map(|s| s.from_ms).min() else {
        return Cue::silent(Kind::Challenge, Why::NotAsked);
    };
    let Some(usual) = Usual::of(&track, first) else { return Cue::silent(Kind::Challenge, Why::TooFewFrames) };
    let mut value = 0.0;
    let mut ended = 0;
    for (step, shown) in film.challenge.steps.iter().zip(shown) {
        let Some(shown) = shown.filter(|s| s.from_ms >= ended) else {
            return Cue::silent(Kind::Challenge, Why::NotAsked);
        };
        let window = track.between(shown.from_ms, shown.to_ms.saturating_add(GRACE_MS));
        if !usual.followed(*step, window, shown.from_ms) {
            return Cue::silent(Kind::Challenge, Why::NotFollowed);
        }
        let before = track.between(0, shown.from_ms.saturating_add(REACTION_MS));
        value += if usual.anticipated(*step, before) { -1.0 } else { 1.0 };
        ended = shown.to_ms;
    }
    Cue::says(Kind::Challenge, value, Species::Replay)
}

/// How many steps were followed, from the first on.
pub(super) fn followed(film: &Film) -> usize {
    let track = Track::of(film);
    let Some(usual) = film.step(0).and_then(|first| Usual::of(&track, first.from_ms)) else { return 0 };
    let done = |(at, step): &(usize, &Step)| {
        film.step(*at).is_some_and(|shown| {
            let window = track.between(shown.from_ms, shown.to_ms.saturating_add(GRACE_MS));
            usual.followed(**step, window, shown.from_ms)
        })
    };
    film.challenge.steps.iter().enumerate().take_while(done).count()
}

/// The face as it is when nothing is asked.
struct Usual {
    yaw: f64,
    pitch: f64,
    size: f64,
    mouth: f64,
}

impl Usual {
    /// From the pictures before `first_ms`; from the first second when a step is shown at once.
    fn of(track: &Track<'_>, first_ms: u32) -> Option<Self> {
        let before = track.between(0, first_ms);
        let start = track.moments.first().map_or(0, |m| m.frame.at_ms);
        let seen = if before.len() >= 4 { before } else { track.between(0, start.saturating_add(1000)) };
        let middle = |value: fn(&Moment<'_>) -> f64| median(seen.iter().map(value));
        Some(Self {
            yaw: middle(|m| m.yaw)?,
            pitch: middle(|m| m.pitch)?,
            size: middle(|m| m.size)?,
            mouth: middle(|m| m.mouth)?,
        })
    }

    /// How far a picture is on the way of `step`: 1 when it is there, 0 where the face usually is.
    fn share(&self, step: Step, m: &Moment<'_>) -> f64 {
        match step {
            Step::Turn { side, degrees } => {
                let towards = if side == Side::Left { m.yaw - self.yaw } else { self.yaw - m.yaw };
                towards / (f64::from(degrees) - ANGLE_SLACK).max(1.0)
            }
            Step::Nod => (self.pitch - m.pitch) / NOD_DEGREES,
            Step::Closer { percent } => {
                (m.size / self.size - 1.0) / (f64::from(percent) / 100.0 - 1.0 - CLOSER_SLACK).max(0.05)
            }
            Step::Mouth => (m.mouth - self.mouth) / MOUTH_OPEN,
            Step::Blink { .. } => 0.0,
        }
    }

    /// True if `window` shows `step`, reached not sooner than a person can react.
    fn followed(&self, step: Step, window: &[Moment<'_>], from_ms: u32) -> bool {
        if let Step::Blink { times } = step {
            let seen = blinks(window);
            return (usize::from(times)..=usize::from(times) + BLINKS_MORE).contains(&seen);
        }
        let reached = window.iter().position(|m| self.share(step, m) >= 1.0);
        let Some(reached) = reached else { return false };
        let in_time = window.get(reached).is_some_and(|m| m.frame.at_ms >= from_ms.saturating_add(REACTION_MS));
        let from_rest = window.iter().take(reached).any(|m| self.share(step, m) < 0.7);
        in_time && from_rest
    }

    /// True if `step` had been done before it was asked. Blinks are not counted: everybody blinks.
    fn anticipated(&self, step: Step, before: &[Moment<'_>]) -> bool {
        before.iter().filter(|m| self.share(step, m) >= 1.0).count() >= 2
    }
}

/// How often both eyes closed and opened again within [`BLINK_MS`], each against its width around that time: an eye that looks down or is
/// turned away is narrower for longer.
fn blinks(moments: &[Moment<'_>]) -> usize {
    let widths: Vec<f64> = moments
        .iter()
        .map(|m| {
            let near = moments.iter().filter(|other| other.frame.at_ms.abs_diff(m.frame.at_ms) <= EYE_MS);
            m.eyes / median(near.map(|other| other.eyes)).unwrap_or(m.eyes).max(1e-6)
        })
        .collect();
    let tremble = median(widths.windows(2).map(|w| (w[1] - w[0]).abs())).unwrap_or(0.0);
    let depth = (BLINK_NOISE * tremble).clamp(BLINK_MIN, BLINK_MAX);
    let (mut count, mut open_ms, mut closed) = (0, None, false);
    for (m, width) in moments.iter().zip(widths) {
        if width >= 1.0 - depth / 2.0 {
            let short = open_ms.is_some_and(|since: u32| m.frame.at_ms.saturating_sub(since) <= BLINK_MS);
            count += usize::from(closed && short);
            (open_ms, closed) = (Some(m.frame.at_ms), false);
        } else if width <= 1.0 - depth {
            closed = true;
        }
    }
    count
}
