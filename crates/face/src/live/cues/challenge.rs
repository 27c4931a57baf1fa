//! Challenge and response: what was asked is done, in its order, in its time, and not before.
//!
//! Value: the share of steps that were followed, each that had been done before it was asked taken off instead; 1 for a person. When a
//! step was not followed the cue is silent: a person may not have understood, and an attack gains nothing by it.

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
/// How much further than at rest the mouth opens, as a share of the distance eyes–chin: printed mouths that are moved tremble by 0.05 at most.
const MOUTH_OPEN: f64 = 0.06;
/// Least share by which an eye narrows in a blink: the mesh sees closed eyes as half open, or less closed than that in small pictures. Blinks
/// of real and of rendered persons narrow it by 0.14 to 0.55; printed eyes that are moved about by as much once in a while, but not twice.
const BLINK_MIN: f64 = 0.14;
/// The least share is never more than this, however much the eyes' width trembles.
const BLINK_MAX: f64 = 0.25;
/// A blink is so many times the usual step of the eyes' width from one picture to the next.
const BLINK_NOISE: f64 = 3.5;
/// How long before and after a picture its usual width is taken from, in milliseconds.
const EYE_MS: u32 = 700;
/// The share of that which suffices once the page has gone on: what was taken for a blink stays one when more pictures have come.
const BLINK_EASED: f64 = 0.8;
/// How far the head goes up or down in a blink at most, in degrees: eyes that nod look narrower.
const BLINK_NOD: f64 = 9.0;
/// Longest blink, in milliseconds.
const BLINK_MS: u32 = 900;
/// Blinks more than asked that are let pass: people blink without being asked, and once more when they are not sure that it was seen.
const BLINKS_MORE: usize = 2;
/// Longest time from one blink to the next that belongs to it, in milliseconds: whoever is not asked blinks less often (every 2 to 10 s).
const BLINK_GAP_MS: u32 = 2_000;
/// What nobody does unasked while the film goes on: how far the head is turned, in degrees, the size against that at rest, in percent, and how
/// many times wider than for a step the mouth is open, because people speak.
const UNASKED_DEGREES: u8 = 15;
/// See [`UNASKED_DEGREES`].
const UNASKED_PERCENT: u8 = 125;
/// See [`UNASKED_DEGREES`].
const UNASKED_MOUTH: f64 = 1.7;

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
        if !usual.followed(*step, window, (shown.from_ms, BLINK_EASED)) {
            return Cue::silent(Kind::Challenge, Why::NotFollowed);
        }
        let before = track.between(0, shown.from_ms.saturating_add(REACTION_MS));
        value += if usual.anticipated(*step, before) { -1.0 } else { 1.0 };
        ended = shown.to_ms;
    }
    value -= unasked(film, &track, &usual) as f64;
    Cue::says(Kind::Challenge, value / film.challenge.steps.len() as f64, Species::Replay)
}

/// How many things were done that had not been asked until then: a film of another capture does what was asked there.
fn unasked(film: &Film, track: &Track<'_>, usual: &Usual) -> usize {
    let turn = |side| Step::Turn { side, degrees: UNASKED_DEGREES };
    let things = [turn(Side::Left), turn(Side::Right), Step::Closer { percent: UNASKED_PERCENT }, Step::Mouth];
    let done = |thing: &Step| {
        let asked = film.challenge.steps.iter().position(|step| match (step, thing) {
            (Step::Turn { side: a, .. }, Step::Turn { side: b, .. }) => a == b,
            _ => std::mem::discriminant(step) == std::mem::discriminant(thing),
        });
        let from_ms = asked.and_then(|at| film.step(at)).map_or(u32::MAX, |shown| shown.from_ms);
        let least = if *thing == Step::Mouth { UNASKED_MOUTH } else { 1.0 };
        track.between(0, from_ms).iter().filter(|m| usual.share(*thing, m) >= least).count() >= 2
    };
    things.iter().filter(|thing| done(thing)).count()
}

/// How many steps were followed, from the first on.
pub(super) fn followed(film: &Film) -> usize {
    let track = Track::of(film);
    let Some(usual) = film.step(0).and_then(|first| Usual::of(&track, first.from_ms)) else { return 0 };
    let done = |(at, step): &(usize, &Step)| {
        film.step(*at).is_some_and(|shown| {
            let window = track.between(shown.from_ms, shown.to_ms.saturating_add(GRACE_MS));
            let over = film.step(*at + 1).is_some();
            usual.followed(**step, window, (shown.from_ms, if over { BLINK_EASED } else { 1.0 }))
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

    /// True if `window` shows `step`, reached not sooner than a person can react; of the least share of a blink, `ease` suffices.
    fn followed(&self, step: Step, window: &[Moment<'_>], (from_ms, ease): (u32, f64)) -> bool {
        if let Step::Blink { times } = step {
            let times = usize::from(times);
            return (times..=times + BLINKS_MORE).contains(&blinks(window, ease));
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

/// How often in a row both eyes closed and opened again within [`BLINK_MS`], each against its width around that time: an eye that looks down or is
/// turned away is narrower for longer.
fn blinks(moments: &[Moment<'_>], ease: f64) -> usize {
    let widths: Vec<f64> = moments
        .iter()
        .map(|m| {
            let near = moments.iter().filter(|other| other.frame.at_ms.abs_diff(m.frame.at_ms) <= EYE_MS);
            m.eyes / median(near.map(|other| other.eyes)).unwrap_or(m.eyes).max(1e-6)
        })
        .collect();
    let tremble = median(widths.windows(2).map(|w| (w[1] - w[0]).abs())).unwrap_or(0.0);
    let depth = (BLINK_NOISE * tremble).clamp(BLINK_MIN, BLINK_MAX) * ease;
    let (mut most, mut count, mut last_ms) = (0, 0, 0);
    let (mut open, mut closed) = (None, false);
    for (at, (m, width)) in moments.iter().zip(widths).enumerate() {
        if width >= 1.0 - depth / 2.0 {
            let dip = open.and_then(|open: usize| moments.get(open..=at)).unwrap_or_default();
            let short = dip.first().is_some_and(|first| m.frame.at_ms.saturating_sub(first.frame.at_ms) <= BLINK_MS);
            if closed && short && nodded(dip) <= BLINK_NOD {
                let follows = m.frame.at_ms.saturating_sub(last_ms) <= BLINK_GAP_MS;
                (count, last_ms) = (if follows { count + 1 } else { 1 }, m.frame.at_ms);
                most = most.max(count);
            }
            (open, closed) = (Some(at), false);
        } else if width <= 1.0 - depth {
            closed = true;
        }
    }
    most
}

/// How far the head went up or down, in degrees.
fn nodded(moments: &[Moment<'_>]) -> f64 {
    let (low, high) = moments.iter().fold((f64::MAX, f64::MIN), |(low, high), m| (low.min(m.pitch), high.max(m.pitch)));
    high - low
}
