//! What a person, or somebody who holds a picture, does with it: the answers to steps, and the small motions of both.

use super::chance::Chance;
use super::render::space::smooth;
use face::live::{Side, Step};
use std::f32::consts::TAU;

/// One part of a motion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Degrees to the person's left.
    Yaw,
    /// Degrees up.
    Pitch,
    /// Degrees clockwise for the viewer.
    Roll,
    /// The logarithm of the face's size against that at rest.
    Closer,
    /// How far the lids are closed.
    Blink,
    /// How far the mouth is open.
    Mouth,
    /// How strongly a sheet is bent, 0 to 1.
    Bend,
    /// Centimetres to the viewer's right.
    Aside,
    /// Centimetres down.
    Down,
    /// Centimetres away.
    Away,
}

/// The parts at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct State([f32; 10]);

impl State {
    /// One part.
    pub fn of(&self, part: Part) -> f32 {
        self.0[part as usize]
    }
}

/// One motion there, and back if it has a way back. Times in seconds.
#[derive(Clone, Copy, Debug)]
struct Move {
    part: Part,
    from: f32,
    rise: f32,
    hold: f32,
    fall: Option<f32>,
    amount: f32,
}

impl Move {
    fn at(&self, t: f32) -> f32 {
        let there = smooth(self.from, self.from + self.rise, t);
        let turned = self.from + self.rise + self.hold;
        let back = self.fall.map_or(0.0, |fall| smooth(turned, turned + fall, t));
        self.amount * there * (1.0 - back)
    }

    fn end(&self) -> f32 {
        self.from + self.rise + self.hold + self.fall.unwrap_or(0.0)
    }
}

/// A slow swing: breath, tremor, sway.
#[derive(Clone, Copy, Debug)]
struct Wave {
    part: Part,
    amount: f32,
    hertz: f32,
    phase: f32,
}

/// A motion over time.
#[derive(Clone, Debug, Default)]
pub struct Act {
    moves: Vec<Move>,
    waves: Vec<Wave>,
}

impl Act {
    /// The parts `t` seconds after the beginning.
    pub fn at(&self, t: f32) -> State {
        let mut state = State::default();
        for m in &self.moves {
            state.0[m.part as usize] += m.at(t);
        }
        for w in &self.waves {
            state.0[w.part as usize] += w.amount * (TAU * w.hertz * t + w.phase).sin();
        }
        for part in [Part::Blink, Part::Mouth] {
            let value = &mut state.0[part as usize];
            *value = value.clamp(0.0, 1.0);
        }
        state
    }

    /// Small motions of a body: each part swings on three tones, so that it never comes back exactly. `strength` 1 is a person sitting.
    pub(super) fn sway(&mut self, strength: f32, chance: &mut Chance) {
        let parts = [
            (Part::Yaw, 0.7),
            (Part::Pitch, 0.6),
            (Part::Roll, 0.4),
            (Part::Aside, 0.16),
            (Part::Down, 0.14),
            (Part::Away, 0.25),
        ];
        for (part, amount) in parts {
            for (low, high, share) in [(0.08, 0.22, 1.0), (0.3, 0.7, 0.4), (1.1, 3.5, 0.12)] {
                let wave = Wave {
                    part,
                    amount: amount * share * strength * chance.between(0.5, 1.5),
                    hertz: chance.between(low, high),
                    phase: chance.between(0.0, TAU),
                };
                self.waves.push(wave);
            }
        }
    }

    /// Lids that close by themselves every few seconds.
    pub(super) fn blinks(&mut self, seconds: f32, chance: &mut Chance) {
        let mut from = chance.between(0.5, 4.0);
        while from < seconds {
            self.blink(from, 1.0, chance);
            from += chance.between(2.0, 6.0);
        }
    }

    fn blink(&mut self, from: f32, slower: f32, chance: &mut Chance) -> f32 {
        let rise = chance.between(0.07, 0.12) * slower;
        let hold = chance.between(0.04, 0.1) * slower + (slower - 1.0) * 0.12;
        let fall = chance.between(0.1, 0.18) * slower;
        let m = Move { part: Part::Blink, from, rise, hold, fall: Some(fall), amount: chance.between(0.9, 1.0) };
        self.moves.push(m);
        m.end()
    }
}

/// What somebody before the camera can do when asked.
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that one can do or not")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Can {
    /// Turn, nod and bring closer: the head, or what is held.
    pub head: bool,
    /// Close the lids.
    pub blink: bool,
    /// Open the mouth.
    pub mouth: bool,
    /// Bend a sheet instead of what cannot be done.
    pub bend: bool,
}

impl Can {
    /// A person.
    pub const ALL: Self = Self { head: true, blink: true, mouth: true, bend: false };
    /// Nobody moves anything.
    pub const NOTHING: Self = Self { head: false, blink: false, mouth: false, bend: false };
}

/// Adds the answer to one step from `begins` on; gives when it is done, none if it is not.
pub(super) fn answer(act: &mut Act, step: Step, can: Can, (begins, chance): (f32, &mut Chance)) -> Option<f32> {
    let one = |part, amount, chance: &mut Chance| {
        let (rise, hold, fall) = (chance.between(0.3, 0.65), chance.between(0.05, 0.35), chance.between(0.3, 0.6));
        Move { part, from: begins, rise, hold, fall: Some(fall), amount }
    };
    let able = match step {
        Step::Blink { .. } => can.blink,
        Step::Mouth => can.mouth,
        _ => can.head,
    };
    if !able {
        // What cannot be done is tried another way: the picture is bent, or moved about.
        if can.bend {
            act.moves.push(one(Part::Bend, chance.between(0.4, 1.0), chance));
        }
        if can.head {
            act.moves.push(one(Part::Pitch, chance.between(-9.0, 9.0), chance));
        }
        return None;
    }
    let m = match step {
        Step::Turn { side, degrees } => {
            let sign = if side == Side::Left { 1.0 } else { -1.0 };
            let pitch = one(Part::Pitch, chance.between(-3.0, 3.0), chance);
            act.moves.push(pitch);
            one(Part::Yaw, sign * (f32::from(degrees) + chance.between(2.0, 11.0)), chance)
        }
        Step::Nod => one(Part::Pitch, -chance.between(13.0, 24.0), chance),
        Step::Mouth => one(Part::Mouth, chance.between(0.6, 1.0), chance),
        Step::Closer { percent } => {
            let size = (f32::from(percent) / 100.0 + chance.between(0.01, 0.1)).ln();
            let back = chance.yes(0.5).then(|| chance.between(0.5, 0.9));
            Move { part: Part::Closer, rise: chance.between(0.6, 1.1), fall: back, ..one(Part::Closer, size, chance) }
        }
        Step::Blink { times } => {
            let mut from = begins;
            for _ in 0..times {
                from = act.blink(from, chance.between(1.3, 2.2), chance) + chance.between(0.15, 0.4);
            }
            return Some(from);
        }
    };
    act.moves.push(m);
    Some(m.end())
}
