//! Watches a session as the service would: every picture is observed, the cues speak, and a few pictures are compared with the portrait.

use super::clips::Clip;
use super::session::{Label, Session};
use crate::code::Code;
use crate::error::{Error, Result};
use face::live::{Calibration, Challenge, Cue, Film, Level, Liveness, Prompt, Way, cues, judge_cues};
use face::template::Template;
use face::{Engine, Image};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Pictures of a session that are compared with the portrait, as the service takes them.
const COMPARED: usize = 3;

/// What is watched.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A folder with `session.json`.
    Session(PathBuf),
    /// A still or a video of an index; nothing was asked in it.
    Clip(Clip),
}

/// What was seen in one session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watched {
    /// Where it is, from the folder that was named.
    pub name: String,
    /// Whether a person was there.
    pub label: Label,
    /// The kind of attack; empty for a person.
    pub species: String,
    /// Whom it is about; empty if not known.
    pub person: String,
    /// True if the person's portrait was there to compare with.
    pub portrait: bool,
    /// True if a challenge was running.
    pub asked: bool,
    /// Pictures.
    pub frames: u32,
    /// Pictures with a face.
    pub faces: u32,
    /// When the last thing that was asked was over, in ms.
    pub ended_ms: u32,
    /// Mean time of observing one picture, in microseconds of the wall clock.
    pub observe_us: u32,
    /// Time of the cues and the fusion of the whole session, in microseconds of the wall clock.
    pub judge_us: u32,
    /// What each cue said.
    pub cues: Vec<Cue>,
    /// What was asked and shown, without pictures: judging it again needs no more than this and the cues.
    pub challenge: Challenge,
    /// Similarity with the person's portrait; none without a portrait or a face.
    pub similarity: Option<f64>,
}

/// A portrait's template by the portrait's name.
pub type Templates = Vec<(String, Template)>;

/// Watches `source`, whose name is taken from below `root`.
///
/// # Errors
/// `session-invalid`, `clip-invalid`, `inference-failed`.
pub fn watch(engine: &Engine, source: &Source, root: &Path, portraits: &Templates) -> Result<Watched> {
    match source {
        Source::Session(folder) => recorded(engine, folder, root, portraits),
        Source::Clip(clip) => unasked(engine, clip, root),
    }
}

fn name_below(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// A recorded session.
fn recorded(engine: &Engine, folder: &Path, root: &Path, portraits: &Templates) -> Result<Watched> {
    let session = Session::read(folder)?;
    let mut film = Film { challenge: session.challenge, shown: session.shown, frames: Vec::new() };
    let mut watching = Watching::default();
    let rest = film.shown.iter().filter(|s| s.prompt == Prompt::Rest).map(|s| s.to_ms).max().unwrap_or(1_000);
    let mut faces: Vec<Image> = Vec::new();
    let portrait = portraits.iter().find(|(name, _)| *name == session.person);
    for frame in &session.frames {
        let path = folder.join(&frame.file);
        let invalid = |why: String| Error::new(Code::SessionInvalid, format!("{}: {why}", path.display()));
        let bytes = std::fs::read(&path).map_err(|e| invalid(e.to_string()))?;
        let image = Image::decode(&bytes).map_err(|e| invalid(e.to_string()))?;
        let seen = watching.observe(engine, &mut film, &image, frame.at_ms)?;
        // The last pictures of the rest: the exposure has come to rest, and the person looks at the camera. Else those that come.
        if portrait.is_some() && seen && frame.at_ms + 400 > rest && faces.len() < COMPARED {
            faces.push(image);
        }
    }
    let mut watched = watching.end(film);
    watched.name = name_below(folder, root);
    (watched.label, watched.species, watched.person) = (session.label, session.species, session.person);
    if let Some((_, template)) = portrait {
        watched.portrait = true;
        watched.similarity = compare(engine, &faces, template);
    }
    Ok(watched)
}

/// A still or a video without a challenge.
fn unasked(engine: &Engine, clip: &Clip, root: &Path) -> Result<Watched> {
    let nothing = Challenge { way: Way::default(), steps: Vec::new(), colours: Vec::new() };
    let mut film = Film { challenge: nothing, shown: Vec::new(), frames: Vec::new() };
    let mut watching = Watching::default();
    for (at_ms, image) in clip.pictures()? {
        watching.observe(engine, &mut film, &image, at_ms)?;
    }
    let mut watched = watching.end(film);
    watched.name = name_below(&clip.path, root);
    (watched.label, watched.species) = (clip.label, clip.species.clone());
    Ok(watched)
}

/// The similarity of some live pictures with a portrait; those that the engine refuses are left out.
fn compare(engine: &Engine, live: &[Image], portrait: &Template) -> Option<f64> {
    let analyses: Vec<_> = live.iter().filter_map(|image| engine.analyse(image).ok()).collect();
    let templates: Vec<&Template> = analyses.iter().filter_map(|a| a.usable().ok()).collect();
    let stored = [face::evidence::Portrait { template: portrait, age_years: None }];
    engine.compare(&templates, &stored, face::calibration::WORKING_FMR).ok().map(|evidence| evidence.similarity)
}

/// The time that watching took.
#[derive(Default)]
struct Watching {
    observe_us: u64,
}

impl Watching {
    /// Observes one picture; true if a face was found.
    fn observe(&mut self, engine: &Engine, film: &mut Film, image: &Image, at_ms: u32) -> Result<bool> {
        let started = Instant::now();
        let seen = engine.observe(image, at_ms, film.frames.last())?;
        self.observe_us += started.elapsed().as_micros() as u64;
        let face = seen.mesh.is_some();
        film.frames.push(seen);
        Ok(face)
    }

    fn end(self, film: Film) -> Watched {
        let started = Instant::now();
        let cues = cues::all(&film);
        let judge_us = started.elapsed().as_micros() as u32;
        let frames = film.frames.len() as u32;
        Watched {
            name: String::new(),
            label: Label::BonaFide,
            species: String::new(),
            person: String::new(),
            portrait: false,
            asked: !film.challenge.steps.is_empty(),
            frames,
            faces: film.frames.iter().filter(|f| f.mesh.is_some()).count() as u32,
            ended_ms: film.shown.last().map_or(0, |s| s.to_ms),
            observe_us: (self.observe_us / u64::from(frames.max(1))) as u32,
            judge_us,
            cues,
            challenge: film.challenge,
            similarity: None,
        }
    }
}

impl Watched {
    /// The kind in reports: the species, or `bona-fide`.
    pub fn kind(&self) -> &str {
        match self.label {
            Label::BonaFide => "bona-fide",
            Label::Attack if self.species.is_empty() => "attack",
            Label::Attack => &self.species,
        }
    }

    /// The outcome at `level` by `calibration`; none: every session is *not checked*.
    pub fn judge(&self, calibration: Option<&Calibration>, level: Level) -> Liveness {
        judge_cues(self.cues.clone(), self.challenge.way, calibration, level)
    }
}
