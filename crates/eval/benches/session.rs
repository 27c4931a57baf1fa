//! CPU time of the liveness check of whole sessions, stage by stage, as one JSON line a session, and the median of each stage at the end.
//!
//! `cargo bench -p eval --bench session -- [PICTURE] [SESSIONS]`; the default is a picture of the fixtures, five times. The sessions are rendered; rendering
//! is not counted. What is counted is what the service does beyond the analysis of the pictures that are compared: every picture decoded and
//! observed, the steps followed four times a second, the cues, and the template of one picture of each part of the session.

use eval::attacks::play::{Cast, Format, Recipe, play};
use eval::attacks::portrait::Portrait;
use face::landmarks::Mesh;
use face::live::{Film, Level, Way, cues, judge};
use face::{Engine, Image, PackSource};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use testkit::cpu;

/// How long a page collects pictures for one request, in ms.
const BATCH_MS: u32 = 250;

/// Milliseconds that each stage took.
#[derive(Default)]
struct Spent(BTreeMap<&'static str, f64>);

impl Spent {
    fn on<T>(&mut self, stage: &'static str, work: impl FnOnce() -> T) -> T {
        let start = cpu::spent();
        let made = work();
        *self.0.entry(stage).or_default() += cpu::spent().saturating_sub(start).as_secs_f64() * 1e3;
        made
    }
}

/// Plays the session with this seed, and says what it took.
fn session(engine: &Engine, portrait: &Portrait, seed: u64) -> eval::error::Result<(usize, Spent)> {
    let recipe = Recipe { species: None, way: Way::default(), format: Format::SMALL, seed };
    let mut film: Option<Film> = None;
    let (mut spent, mut asked_ms, mut followed) = (Spent::default(), 0, 0);
    let mut parts: BTreeMap<usize, (Image, Mesh)> = BTreeMap::new();
    play(&recipe, Cast { person: portrait, other: portrait }, &mut |at_ms, jpeg, course| {
        let challenge = || Film { challenge: course.challenge.clone(), shown: Vec::new(), frames: Vec::new() };
        let film = film.get_or_insert_with(challenge);
        film.shown.clone_from(&course.shown);
        let image = spent.on("decode_ms", || Image::decode(&jpeg))?;
        let seen = spent.on("observe_ms", || engine.observe(&image, at_ms, film.frames.last()))?;
        if let Some(mesh) = seen.mesh.clone() {
            parts.insert(followed, (image, mesh));
        }
        film.frames.push(seen);
        if at_ms >= asked_ms + BATCH_MS {
            asked_ms = at_ms;
            followed = spent.on("followed_ms", || cues::followed(film));
        }
        Ok(Some(followed))
    })?;
    let Some(film) = film else { return Ok((0, spent)) };
    spent.on("cues_ms", || judge(&film, engine.pack().liveness(), Level::Unattended));
    for (image, mesh) in parts.values() {
        spent.on("samples_ms", || engine.template(image, mesh, 0))?;
    }
    Ok((film.frames.len(), spent))
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut args = std::env::args().skip(1).filter(|a| !a.starts_with("--"));
    let picture = args.next().map_or_else(|| root.join("fixtures/obama-1.jpg"), PathBuf::from);
    let sessions: u64 = args.next().map_or(Ok(5), |n| n.parse())?;
    let engine = Engine::load(&PackSource::Folder(root.join("models")))?;
    let portrait = Portrait::of(&engine, "portrait", Image::decode(&std::fs::read(picture)?)?)?;
    let mut all: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for seed in 0..sessions {
        let (pictures, mut spent) = session(&engine, &portrait, seed)?;
        let (observed, whole) = (spent.0.get("observe_ms").copied().unwrap_or(0.0), spent.0.values().sum());
        spent.0.insert("picture_ms", observed / pictures.max(1) as f64);
        spent.0.insert("whole_ms", whole);
        for (stage, ms) in &mut spent.0 {
            *ms = (*ms * 10.0).round() / 10.0;
            all.entry(*stage).or_default().push(*ms);
        }
        println!("{}", serde_json::json!({ "seed": seed, "pictures": pictures, "stages": spent.0 }));
    }
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let medians: BTreeMap<&str, Option<f64>> = all.into_iter().map(|(stage, values)| (stage, median(values))).collect();
    println!("{}", serde_json::json!({ "sessions": sessions, "medians": medians }));
    Ok(())
}
