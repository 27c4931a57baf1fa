//! The pieces of a recorded camera: one person at rest under each colour of the screen, and doing each step. Whatever a page asks, the pieces of
//! it can be played one after the other before a real browser.

use super::chance::Chance;
use super::course::Course;
use super::kit::{Made, MadeKind};
use super::play::{Format, Stage, person};
use super::portrait::Portrait;
use super::render::camera::jpeg;
use crate::error::Result;
use crate::files::{failed, write_whole};
use face::live::{Colour, Side, Step};
use std::path::Path;

/// How long the pieces at rest are, in ms: long enough not to come again while a page waits, and as long as a colour stays, with some to spare.
const WHITE_MS: u32 = 8_000;
/// See [`WHITE_MS`].
const COLOUR_MS: u32 = 800;

/// Every piece at rest, with the colour of the screen.
const COLOURS: [(&str, Colour); 6] = [
    ("white", Colour::White),
    ("blue", Colour::Blue),
    ("green", Colour::Green),
    ("yellow", Colour::Yellow),
    ("violet", Colour::Violet),
    ("dark", Colour::Dark),
];

/// Every piece with a step, done as far as any challenge asks.
const STEPS: [(&str, Step); 7] = [
    ("turn-left", Step::Turn { side: Side::Left, degrees: 25 }),
    ("turn-right", Step::Turn { side: Side::Right, degrees: 25 }),
    ("nod", Step::Nod),
    ("closer", Step::Closer { percent: 140 }),
    ("mouth", Step::Mouth),
    ("blink-2", Step::Blink { times: 2 }),
    ("blink-3", Step::Blink { times: 3 }),
];

/// Renders the pieces of `portrait`'s person into `out`, a folder each.
///
/// # Errors
/// `write-failed`.
pub fn pieces(portrait: &Portrait, format: Format, seed: u64, out: &Path) -> Result<Made> {
    let mut chance = Chance::new(&[seed, 0x91ec]);
    let mut stage = Stage::drawn(format, &mut chance).still();
    let person = person(portrait, &mut chance);
    let mut kinds = Vec::new();
    let mut make = |name: &str, mut course: Course, screen: Colour| -> Result<()> {
        let folder = out.join(name);
        std::fs::create_dir_all(&folder).map_err(|e| failed(&folder, &e))?;
        stage.lit_by(screen);
        let mut number = 0;
        stage.shoot(&mut course, &person, &mut |_, rgb, (quality, _)| {
            let bytes = jpeg(&rgb, format.width, format.height, quality)?;
            write_whole(&folder.join(format!("{number:03}.jpg")), &bytes)?;
            number += 1;
            Ok(None)
        })?;
        let what = "The person, at rest under one colour of the screen or doing one step.".to_owned();
        kinds.push(MadeKind { kind: name.to_owned(), what, sessions: 1, frames: number });
        Ok(())
    };
    for (name, colour) in COLOURS {
        let length = if colour == Colour::White { WHITE_MS } else { COLOUR_MS };
        make(name, Course::idle(length, &mut chance), colour)?;
    }
    for (name, step) in STEPS {
        make(name, Course::alone(step, &mut chance), Colour::White)?;
    }
    Ok(Made::of(out, kinds))
}
