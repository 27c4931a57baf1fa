//! Plays a whole session before a camera and hands out its pictures.

use super::act::{Can, Plan};
use super::chance::Chance;
use super::portrait::Portrait;
use super::render::body::{Clothes, Lit};
use super::render::camera::{Camera, jpeg};
use super::render::light::Lights;
use super::render::raster::{Canvas, Lens};
use super::render::room::Room;
use super::scene::{Device, Exchange, Footage, Mask, Paper, Person, Place, Print, Scene};
use super::species::Species;
use crate::error::Result;
use face::live::{Challenge, Prompt, Shown, Way};
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

/// Takes the pictures as JPEG files, each with its time in ms.
pub type Sink<'a> = dyn FnMut(u32, Vec<u8>) -> Result<()> + 'a;

/// Plays a session; the same recipe and portraits make the same pictures.
///
/// # Errors
/// Those of `sink`; `write-failed` when a picture cannot be encoded.
pub fn play(recipe: &Recipe, cast: Cast<'_>, sink: &mut Sink<'_>) -> Result<Played> {
    let species = recipe.species.map_or(0, |s| s as u64 + 1);
    let mut chance = Chance::new(&[recipe.seed, species]);
    let challenge = Challenge::draw(recipe.way, &chance.bytes());
    let can = recipe.species.map_or(Can::ALL, Species::can);
    let plan = Plan::new(challenge, can, &mut chance);
    let mut stage = Stage::drawn(recipe.format, &mut chance);
    let film = film_for(recipe, cast, &mut chance)?;
    if matches!(recipe.species, Some(Species::Injected | Species::InjectedLoop | Species::Frozen | Species::Reenacted))
    {
        inject(&film, recipe, (&plan, &mut chance), sink)?;
    } else {
        let scene = scene(recipe.species, cast, (&film, &plan), &mut chance);
        stage.shoot(&plan, scene.as_ref(), &mut |at, rgb, quality| {
            sink(at, jpeg(&rgb, recipe.format.width, recipe.format.height, quality)?)
        })?;
    }
    Ok(Played { challenge: plan.challenge, shown: plan.shown })
}

/// The film that the attack plays, taken in another room, mostly for another challenge.
fn film_for(recipe: &Recipe, cast: Cast<'_>, chance: &mut Chance) -> Result<Footage> {
    use Species::{DeepZoom, Frozen, Injected, InjectedLoop, LoopedScreen, Reenacted, ScreenReplay, Swapped};
    let format = recipe.format;
    let plan = match recipe.species {
        Some(ScreenReplay | Injected | DeepZoom) => {
            let other = Challenge::draw(Way::default(), &chance.bytes());
            Plan::new(other, Can::ALL, chance)
        }
        Some(LoopedScreen | InjectedLoop | Swapped) => Plan::idle(1_500 + chance.below(3_000) as u32, chance),
        Some(Frozen) => Plan::idle(60, chance),
        Some(Reenacted) => {
            // The same challenge, but the light of the room where the face was computed knows nothing of the colours.
            let mut again = Chance::new(&[recipe.seed, Reenacted as u64 + 1]);
            let mut plan = Plan::new(Challenge::draw(recipe.way, &again.bytes()), Can::ALL, &mut again);
            plan.shown.retain(|s| !matches!(s.prompt, Prompt::Colour { .. }));
            plan
        }
        _ => return Ok(Footage::default()),
    };
    let person =
        Person { portrait: cast.person, clothes: Clothes::drawn(chance), place: Place::drawn(30.0, 46.0, chance) };
    let mut film = Footage { width: format.width, height: format.height, frames: Vec::new() };
    Stage::drawn(format, chance).shoot(&plan, &person, &mut |at, rgb, _| {
        film.frames.push((at, rgb));
        Ok(())
    })?;
    Ok(film)
}

/// What stands before the camera.
fn scene<'a>(
    species: Option<Species>,
    cast: Cast<'a>,
    (film, plan): (&'a Footage, &Plan),
    chance: &mut Chance,
) -> Box<dyn Scene + 'a> {
    let both = (cast.person, cast.other);
    let person = |portrait, chance: &mut Chance| Person {
        portrait,
        clothes: Clothes::drawn(chance),
        place: Place::drawn(32.0, 50.0, chance),
    };
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
            // Between two prompts: after the rest at the earliest, before the last step is over.
            let at = plan.shown.get(1 + chance.below(plan.shown.len().saturating_sub(1)));
            let at = at.map_or(2.0, |s| s.from_ms as f32 / 1000.0);
            let (first, second) = if chance.yes(0.5) { (real, attack) } else { (attack, real) };
            Box::new(Exchange { first, second, at })
        }
        _ => Box::new(person(cast.person, chance)),
    }
}

/// Feeds the film in place of the camera's pictures, as it is or with noise and a new compression.
fn inject(film: &Footage, recipe: &Recipe, (plan, chance): (&Plan, &mut Chance), sink: &mut Sink<'_>) -> Result<()> {
    let noise = if chance.yes(0.5) { chance.between(1.0, 4.0) } else { 0.0 };
    let quality = 75 + chance.below(20) as u8;
    let begin = if recipe.species == Some(Species::Injected) { chance.between(0.0, 2.0) } else { 0.0 };
    for at_ms in moments(plan.end_ms, recipe.format.rate, chance) {
        let Some(rgb) = film.at(begin + at_ms as f32 / 1000.0) else { return Ok(()) };
        let mut rgb = rgb.to_vec();
        if noise > 0.0 {
            rgb.iter_mut().for_each(|v| *v = (f32::from(*v) + chance.normal() * noise).clamp(0.0, 255.0) as u8);
        }
        sink(at_ms, jpeg(&rgb, recipe.format.width, recipe.format.height, quality)?)?;
    }
    Ok(())
}

/// When a camera takes its pictures: about evenly.
fn moments(end_ms: u32, rate: f32, chance: &mut Chance) -> Vec<u32> {
    let step = 1000.0 / rate;
    let count = (end_ms as f32 / step) as usize;
    let mut times: Vec<u32> = (0..=count).map(|i| (i as f32 * step + chance.between(0.0, step * 0.2)) as u32).collect();
    times.dedup();
    times
}

/// A camera in a room.
struct Stage {
    format: Format,
    lights: Lights,
    room: Room,
    camera: Camera,
    /// How far a hand that holds the camera shakes, in pixels.
    shake: f32,
    phase: [f32; 4],
    /// How long a colour takes from the page to the camera, in ms.
    lag_ms: u32,
    chance: Chance,
}

impl Stage {
    fn drawn(format: Format, chance: &mut Chance) -> Self {
        Self {
            format,
            lights: Lights::drawn(chance),
            room: Room::drawn(format.width, format.height, chance),
            camera: Camera::drawn(chance),
            shake: if chance.yes(0.5) { chance.between(0.5, 4.0) } else { 0.0 },
            phase: [0; 4].map(|_| chance.between(0.0, TAU)),
            lag_ms: 10 + chance.below(80) as u32,
            chance: Chance::new(&[chance.key()]),
        }
    }

    /// Films `scene` while `plan` goes on; `take` gets the time, the pixels, and the camera's JPEG quality.
    fn shoot(
        &mut self,
        plan: &Plan,
        scene: &dyn Scene,
        take: &mut dyn FnMut(u32, Vec<u8>, u8) -> Result<()>,
    ) -> Result<()> {
        let lens = Lens::new(self.format.width, self.format.height, self.format.degrees);
        let mut before = 0;
        for at_ms in moments(plan.end_ms, self.format.rate, &mut self.chance) {
            let t = at_ms as f32 / 1000.0;
            let swing = |i: usize, hertz: f32| (TAU * hertz * t + self.phase[i]).sin();
            let shift = [swing(0, 0.31) + 0.4 * swing(1, 1.7), swing(2, 0.27) + 0.4 * swing(3, 2.1)];
            let mut canvas = Canvas::new(Lens { shift: shift.map(|s| s * self.shake), ..lens });
            self.room.fill(&mut canvas, self.lights.room());
            let shown = plan.colour(at_ms.saturating_sub(self.lag_ms));
            scene.draw(&mut canvas, Lit { lights: &self.lights, shown }, (t, &plan.act.at(t)));
            let rgb = self.camera.take(&canvas, (at_ms - before) as f32 / 1000.0, &mut self.chance);
            before = at_ms;
            take(at_ms, rgb, self.camera.quality)?;
        }
        Ok(())
    }
}
