//! What the person is asked to do: steps in a random order with random targets, and a random sequence of soft colours on the screen.
//!
//! Randomness comes from outside: the same bytes make the same challenge, so that whoever holds a record can check what was asked.

use super::fuse::Level;
use serde::{Deserialize, Serialize};

/// Steps of a challenge for a person who can do all of them, by level. Where a clerk sits in front of the person, a turn is enough.
const fn steps_of(level: Level) -> usize {
    match level {
        Level::Assist => 1,
        Level::Attended | Level::Unattended => 3,
    }
}

/// Colours of a sequence, with a neutral one before and after.
const COLOURS: usize = 6;
/// How long one colour stays, in milliseconds: 2.9 changes a second, under the three of WCAG 2.2 (2.3.1, three flashes).
pub const COLOUR_MS: u32 = 350;
/// How long the camera looks before anything is asked, in milliseconds.
pub const REST_MS: u32 = 400;
/// How long the page waits for a step before it says what went wrong and begins again, in milliseconds.
pub const PATIENCE_MS: u32 = 10_000;

/// A side, as the person has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The person's left.
    Left,
    /// The person's right.
    Right,
}

/// One thing that the person is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// Turn the head, and look at the camera again.
    Turn {
        /// To which side.
        side: Side,
        /// At least how far, in degrees of yaw.
        degrees: u8,
    },
    /// Nod: the head down, and up again.
    Nod,
    /// Come closer.
    Closer {
        /// The face's width afterwards in percent of its width before.
        percent: u8,
    },
    /// Close both eyes and open them again.
    Blink {
        /// How often: never once, for then a single tremble of printed eyes would do.
        times: u8,
    },
    /// Open the mouth and close it again.
    Mouth,
}

/// A colour that the screen shows: soft, and never a saturated red (WCAG 2.2, 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// Between and around the others.
    White,
    /// Blue.
    Blue,
    /// Green.
    Green,
    /// Yellow.
    Yellow,
    /// Violet.
    Violet,
    /// Dark grey.
    Dark,
}

impl Colour {
    /// Those of a sequence.
    const DRAWN: [Self; 5] = [Self::Blue, Self::Green, Self::Yellow, Self::Violet, Self::Dark];

    /// What the screen shows, in sRGB.
    pub const fn rgb(self) -> [u8; 3] {
        match self {
            Self::White => [255, 255, 255],
            Self::Blue => [70, 110, 255],
            Self::Green => [60, 220, 110],
            Self::Yellow => [255, 220, 60],
            Self::Violet => [190, 110, 255],
            Self::Dark => [50, 50, 50],
        }
    }
}

/// What this person can and wants to do. Each way proves less than all together, and the outcome says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// The screen may change its colour.
    pub colours: bool,
    /// The person can turn the head, nod, and come closer.
    pub head: bool,
    /// The person can blink when asked.
    pub blinks: bool,
}

impl Default for Way {
    fn default() -> Self {
        Self { colours: true, head: true, blinks: true }
    }
}

/// What is asked in one capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// What the person can do.
    pub way: Way,
    /// The steps, in their order.
    pub steps: Vec<Step>,
    /// The colours, in their order, [`COLOUR_MS`] each; none if the way has none.
    pub colours: Vec<Colour>,
}

impl Challenge {
    /// Draws a challenge of 32 random bytes. With the head there is always a turn: depth can only be seen when something turns. And from
    /// `attended` on there is always a blink or the mouth: a printed mask turns, nods and comes closer with the head that wears it.
    pub fn draw(way: Way, level: Level, random: &[u8; 32]) -> Self {
        let mut bytes = random.iter().copied();
        let mut below = |n: usize| usize::from(bytes.next().unwrap_or(0)) * n / 256;
        let side = if below(2) == 0 { Side::Left } else { Side::Right };
        let turn = Step::Turn { side, degrees: 15 + below(11) as u8 };
        let closer = Step::Closer { percent: 125 + below(16) as u8 };
        let blink = Step::Blink { times: 2 + below(2) as u8 };
        // Blinks take longest: they are asked in every third challenge, and beside the mouth only of those who move nothing else.
        let (soft, other) = if way.blinks && below(3) == 0 { (blink, Step::Mouth) } else { (Step::Mouth, blink) };
        let (mut steps, mut others) = (Vec::new(), Vec::new());
        if way.head {
            steps.push(turn);
            others.extend([closer, Step::Nod]);
        }
        if steps.len() < steps_of(level) {
            steps.push(soft);
        }
        if other == Step::Mouth || (way.blinks && !way.head) {
            others.push(other);
        }
        while steps.len() < steps_of(level) && !others.is_empty() {
            steps.push(others.swap_remove(below(others.len())));
        }
        for i in (1..steps.len()).rev() {
            steps.swap(i, below(i + 1));
        }
        let mut colours = Vec::new();
        while way.colours && colours.len() < COLOURS {
            let next = Colour::DRAWN[below(Colour::DRAWN.len())];
            if colours.last() != Some(&next) {
                colours.push(next);
            } else if let Some(other) = Colour::DRAWN.iter().find(|c| **c != next) {
                colours.push(*other);
            }
        }
        Self { way, steps, colours }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_challenge_asks_only_what_the_person_can_do(
            random in any::<[u8; 32]>(), colours in any::<bool>(), head in any::<bool>(), blinks in any::<bool>(),
            level in proptest::sample::select(Level::ALL.to_vec()),
        ) {
            let way = Way { colours, head, blinks };
            let drawn = Challenge::draw(way, level, &random);
            prop_assert!(!drawn.steps.is_empty() && drawn.steps.len() <= steps_of(level));
            prop_assert_eq!(drawn.colours.is_empty(), !colours);
            prop_assert!(drawn.colours.windows(2).all(|w| w[0] != w[1]));
            let turns = drawn.steps.iter().filter(|s| matches!(s, Step::Turn { .. })).count();
            prop_assert_eq!(turns, usize::from(head));
            let soft = drawn.steps.iter().any(|s| matches!(s, Step::Mouth | Step::Blink { .. }));
            prop_assert!(soft || level == Level::Assist, "only the head moves");
            for step in &drawn.steps {
                match step {
                    Step::Turn { degrees, .. } => prop_assert!((15..=25).contains(degrees)),
                    Step::Closer { percent } => prop_assert!(head && (125..=140).contains(percent)),
                    Step::Nod => prop_assert!(head),
                    Step::Blink { times } => prop_assert!(blinks && (2..=3).contains(times)),
                    Step::Mouth => {}
                }
            }
        }
    }

    #[test]
    fn every_order_and_target_occurs() {
        let mut seen = std::collections::BTreeSet::new();
        for i in 0..=u16::MAX {
            let [a, b] = i.to_be_bytes();
            let mut random = [0u8; 32];
            for (k, byte) in random.iter_mut().enumerate() {
                *byte = a.wrapping_mul(31).wrapping_add(b).wrapping_mul(k as u8 | 1).wrapping_add(b ^ k as u8);
            }
            seen.insert(format!("{:?}", Challenge::draw(Way::default(), Level::Unattended, &random).steps));
        }
        assert!(seen.len() > 500, "{}", seen.len());
    }
}
