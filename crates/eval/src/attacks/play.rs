//! Plays a whole session before a camera and hands out its pictures.

use super::act::Can;
use super::chance::Chance;
use super::course::Course;
use super::portrait::Portrait;
use super::render::body::{Clothes, Lit};
use super::render::camera::{Camera, jpeg};
use super::render::light::Lights;
use super::render::raster::{Canvas, Lens};
use super::render::room::Room;
use super::scene::{Device, Exchange, Footage, Mask, Paper, Person, Place, Print, Scene};
use super::species::Species;
use crate::error::Result;
use face::live::{Challenge, Colour, Level, Shown, Way};
use std::f32::consts::TAU;

/// The camera's pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Format {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Pictures a second.
    pub rate: f32,
    /// What the camera sees along its longer side, in degrees.
    pub degrees: f32,
}

impl Default for Format {
    fn default() -> Self {
        Self { width: 480, height: 640, rate: 15.0, degrees: 60.0 }
    }
}

impl Format {
    /// The small pictures that a page sends.
    pub const SMALL: Self = Self { width: 360, height: 480, rate: 10.0, degrees: 60.0 };
}

/// Whose face it is about, and who sits there instead.
#[derive(Clone, Copy)]
pub struct Cast<'a> {
    /// The person, or the victim of the attack.
    pub person: &'a Portrait,
    /// The attacker, where one is seen.
    pub other: &'a Portrait,
}

/// What is played.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// The kind of attack; none for the person themself.
    pub species: Option<Species>,
    /// What the person can do, or the attacker is asked for.
    pub way: Way,
    /// The camera's pictures.
    pub format: Format,
    /// Decides everything else.
    pub seed: u64,
}

/// What was asked and shown in a session that was played.
#[derive(Clone, Debug)]
pub struct Played {
    /// What was asked.
    pub challenge: Challenge,
    /// What the page showed.
    pub shown: Vec<Shown>,
}

/// The page and the service behind it: takes the pictures as JPEG files, each with its time in ms, and knows how many steps were followed;
/// none if it takes every answer for good.
pub type Viewer<'a> = dyn FnMut(u32, Vec<u8>, &Course) -> Result<Option<usize>> + 'a;

/// Plays a session; the same recipe, portraits and answers of the viewer make the same pictures.
///
/// # Errors
/// Those of `viewer`; `write-failed` when a picture cannot be encoded.
pub fn play(recipe: &Recipe, cast: Cast<'_>, viewer: &mut Viewer<'_>) -> Result<Played> {
    let species = recipe.species.map_or(0, |s| s as u64 + 1);
    let mut chance = Chance::new(&[recipe.seed, species]);
    let challenge = Challenge::draw(recipe.way, Level::Unattended, &chance.bytes());
    let can = recipe.species.map_or(Can::ALL, Species::can);
    let mut course = Course::new(challenge, can, &mut chance);
    let mut stage = Stage::drawn(recipe.format, &mut chance);
    let film = film_for(recipe, cast, &mut chance)?;
    if matches!(recipe.species, Some(Species::Injected | Species::InjectedLoop | Species::Frozen)) {
        inject(&film, recipe, (&mut course, &mut chance), viewer)?;
    } else {
        // The light of the room where a face is computed knows nothing of the colours.
        if recipe.species == Some(Species::Reenacted) {
            stage.lit_by(Colour::White);
        }
        let scene = scene(recipe.species, cast, &film, &mut chance);
        stage.shoot(&mut course, scene.as_ref(), &mut |at, rgb, (quality, course)| {
            viewer(at, jpeg(&rgb, recipe.format.width, recipe.format.height, quality)?, course)
        })?;
    }
    Ok(Played { challenge: course.challenge, shown: course.shown })
}

/// The film that the attack plays, taken in another room, for another challenge.
fn film_for(recipe: &Recipe, cast: Cast<'_>, chance: &mut Chance) -> Result<Footage> {
    use Species::{DeepZoom, Frozen, Injected, InjectedLoop, LoopedScreen, ScreenReplay, Swapped};
    let format = recipe.format;
    let mut course = match recipe.species {
        Some(ScreenReplay | Injected | DeepZoom) => {
            let other = Challenge::draw(Way::default(), Level::Unattended, &chance.bytes());
            Course::new(other, Can::ALL, chance)
        }
        Some(LoopedScreen | InjectedLoop | Swapped) => Course::idle(1_500 + chance.below(3_000) as u32, chance),
        Some(Frozen) => Course::idle(60, chance),
        _ => return Ok(Footage::default()),
    };
    let person =
        Person { portrait: cast.person, clothes: Clothes::drawn(chance), place: Place::drawn(30.0, 46.0, chance) };
    let mut film = Footage { width: format.width, height: format.height, frames: Vec::new() };
    Stage::drawn(format, chance).shoot(&mut course, &person, &mut |at, rgb, _| {
        film.frames.push((at, rgb));
        Ok(None)
    })?;
    Ok(film)
}

/// A person before the camera.
pub(super) fn person<'a>(portrait: &'a Portrait, chance: &mut Chance) -> Person<'a> {
    Person { portrait, clothes: Clothes::drawn(chance), place: Place::drawn(32.0, 50.0, chance) }
}

/// What stands before the camera.
fn scene<'a>(species: Option<Species>, cast: Cast<'a>, film: &'a Footage, chance: &mut Chance) -> Box<dyn Scene + 'a> {
    let both = (cast.person, cast.other);
    match species {
        Some(Species::FlatPrint) => Box::new(Print::drawn(Paper::Flat, both, chance)),
        Some(Species::BentPrint) => Box::new(Print::drawn(Paper::Bent, both, chance)),
        Some(Species::CutOutEyes) => Box::new(Print::drawn(Paper::Holes, both, chance)),
        Some(Species::MaskPrint) => Box::new(Mask::drawn(cast.person, cast.other, chance)),
        Some(Species::ScreenReplay | Species::LoopedScreen) => Box::new(Device::drawn(film, false, chance)),
        Some(Species::DeepZoom) if chance.yes(0.5) => Box::new(Print::drawn(Paper::Near, both, chance)),
        Some(Species::DeepZoom) => Box::new(Device::drawn(film, true, chance)),
        Some(Species::Swapped) => {
            let attack: Box<dyn Scene + 'a> = if chance.yes(0.5) {
                Box::new(Print::drawn(Paper::Flat, both, chance))
            } else {
                Box::new(Device::drawn(film, false, chance))
            };
            let real: Box<dyn Scene + 'a> = Box::new(person(cast.other, chance));
            // When the colours are about over at the earliest (sooner it would just be the other person), and before the quickest person is done.
            let at = chance.between(2.2, 6.0);
            let (first, second) = if chance.yes(0.5) { (real, attack) } else { (attack, real) };
            Box::new(Exchange { first, second, at })
        }
        _ => Box::new(person(cast.person, chance)),
    }
}

/// Feeds the film in place of the camera's pictures, as it is or with noise and a new compression.
fn inject(
    film: &Footage,
    recipe: &Recipe,
    (course, chance): (&mut Course, &mut Chance),
    viewer: &mut Viewer<'_>,
) -> Result<()> {
    let noise = if chance.yes(0.5) { chance.between(1.0, 4.0) } else { 0.0 };
    let quality = 75 + chance.below(20) as u8;
    let begin = if recipe.species == Some(Species::Injected) { chance.between(0.0, 2.0) } else { 0.0 };
    let (mut followed, mut number) = (None, 0);
    loop {
        let at_ms = moment(number, recipe.format.rate, chance);
        number += 1;
        if !course.go_on(at_ms, followed) {
            return Ok(());
        }
        let Some(rgb) = film.at(begin + at_ms as f32 / 1000.0) else { return Ok(()) };
        let mut rgb = rgb.to_vec();
        if noise > 0.0 {
            rgb.iter_mut().for_each(|v| *v = (f32::from(*v) + chance.normal() * noise).clamp(0.0, 255.0) as u8);
        }
        followed = viewer(at_ms, jpeg(&rgb, recipe.format.width, recipe.format.height, quality)?, course)?;
    }
}

/// When a camera takes the picture with this number: about evenly.
fn moment(number: u32, rate: f32, chance: &mut Chance) -> u32 {
    let step = 1000.0 / rate;
    (number as f32 * step + chance.between(0.0, step * 0.2)) as u32
}

/// A camera in a room.
pub(super) struct Stage {
    format: Format,
    lights: Lights,
    room: Room,
    camera: Camera,
    /// How far a hand that holds the camera shakes, in pixels.
    shake: f32,
    phase: [f32; 4],
    /// How long a colour takes from the page to the camera, in ms.
    lag_ms: u32,
    /// What the screen shows all the time; none if it shows what the page asks for.
    screen: Option<Colour>,
    chance: Chance,
}

/// Takes one picture of the stage: its time, its pixels, and with what quality the camera compresses.
pub(super) type Take<'a> = dyn FnMut(u32, Vec<u8>, (u8, &Course)) -> Result<Option<usize>> + 'a;

impl Stage {
    pub(super) fn drawn(format: Format, chance: &mut Chance) -> Self {
        Self {
            format,
            lights: Lights::drawn(chance),
            room: Room::drawn(format.width, format.height, chance),
            camera: Camera::drawn(chance),
            shake: if chance.yes(0.5) { chance.between(0.5, 4.0) } else { 0.0 },
            phase: [0; 4].map(|_| chance.between(0.0, TAU)),
            lag_ms: 10 + chance.below(80) as u32,
            screen: None,
            chance: Chance::new(&[chance.key()]),
        }
    }

    /// The same with a camera that stands still.
    pub(super) fn still(self) -> Self {
        Self { shake: 0.0, ..self }
    }

    /// Shows one colour all the time from now on.
    pub(super) fn lit_by(&mut self, colour: Colour) {
        self.screen = Some(colour);
    }

    /// Films `scene` while `course` goes on.
    pub(super) fn shoot(&mut self, course: &mut Course, scene: &dyn Scene, take: &mut Take<'_>) -> Result<()> {
        let lens = Lens::new(self.format.width, self.format.height, self.format.degrees);
        let (mut before, mut followed, mut number) = (0, None, 0);
        loop {
            let at_ms = moment(number, self.format.rate, &mut self.chance);
            number += 1;
            if !course.go_on(at_ms, followed) {
                return Ok(());
            }
            let t = at_ms as f32 / 1000.0;
            let swing = |i: usize, hertz: f32| (TAU * hertz * t + self.phase[i]).sin();
            let shift = [swing(0, 0.31) + 0.4 * swing(1, 1.7), swing(2, 0.27) + 0.4 * swing(3, 2.1)];
            let mut canvas = Canvas::new(Lens { shift: shift.map(|s| s * self.shake), ..lens });
            self.room.fill(&mut canvas, self.lights.room());
            let asked = || course.colour(at_ms.saturating_sub(self.lag_ms));
            let shown = self.screen.map_or_else(asked, Colour::rgb);
            scene.draw(&mut canvas, Lit { lights: &self.lights, shown }, (t, &course.act.at(t)));
            let rgb = self.camera.take(&canvas, (at_ms - before) as f32 / 1000.0, &mut self.chance);
            before = at_ms;
            followed = take(at_ms, rgb, (self.camera.quality, course))?;
        }
    }
}
