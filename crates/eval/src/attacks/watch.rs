//! Watches a session as the service would: every picture is observed, the cues speak, and a few pictures are compared with the portrait.

use super::clips::Clip;
use super::course::Course;
use super::kit::{KitOptions, Order};
use super::portrait::Portrait;
use super::session::{Label, SCHEMA, Session};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::random::SplitMix64;
use face::evidence::{Band, Evidence};
use face::landmarks::Mesh;
use face::live::{
    Advice, Calibration, Challenge, Cue, Film, Kind, Level, Liveness, Observation, Outcome, Prompt, Species, Unchecked,
    Way, cues, judge_cues,
};
use face::template::Template;
use face::{Engine, Image};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Pictures of a session that are compared with the portrait, as the service takes them.
const COMPARED: usize = 2;

/// What is watched.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A folder with `session.json`.
    Session(PathBuf),
    /// A still or a video of an index; nothing was asked in it.
    Clip(Clip),
    /// A session that is rendered while it is watched.
    Rendered(Order),
}

/// Pictures of faces that sessions are made of, and how.
pub struct Rendering<'a> {
    /// Whose.
    pub portraits: &'a [Portrait],
    /// How.
    pub options: &'a KitOptions,
    /// Where what was observed is kept.
    pub keep: Option<&'a Path>,
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
    /// The worst comparison of a face at the beginning and during each step with those at the end: whether it is one person all the time. None
    /// without faces, and of a clip.
    #[serde(default)]
    pub same: Option<Band>,
}

/// What was measured in a session's pictures: with it, the session can be judged again without them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Observed {
    frames: Vec<Observation>,
    observe_us: u64,
    similarity: Option<f64>,
    same: Option<Band>,
}

/// The file of [`Observed`] in a session's folder.
const OBSERVED_FILE: &str = "observed.json";

/// A portrait's template by the portrait's name.
pub type Templates = Vec<(String, Template)>;

/// Watches `source`, whose name is taken from below `root`.
///
/// # Errors
/// `session-invalid`, `clip-invalid`, `inference-failed`.
pub fn watch(
    engine: &Engine,
    (source, root): (&Source, &Path),
    portraits: &Templates,
    rendering: &Rendering<'_>,
) -> Result<Watched> {
    match source {
        Source::Session(folder) => recorded(engine, folder, root, portraits),
        Source::Clip(clip) => unasked(engine, clip, root),
        Source::Rendered(order) => rendered(engine, order, portraits, rendering),
    }
}

fn name_below(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// A recorded session.
fn recorded(engine: &Engine, folder: &Path, root: &Path, portraits: &Templates) -> Result<Watched> {
    let session = Session::read(folder)?;
    let mut watching = Watching::new(engine);
    (watching.film.challenge, watching.film.shown) = (session.challenge, session.shown);
    let kept = folder.join(OBSERVED_FILE);
    if kept.is_file() {
        let mut watched = again(&kept, watching.film, portraits.iter().any(|(name, _)| *name == session.person))?;
        watched.name = name_below(folder, root);
        (watched.label, watched.species, watched.person) = (session.label, session.species, session.person);
        return Ok(watched);
    }
    for frame in &session.frames {
        let path = folder.join(&frame.file);
        let invalid = |why: String| Error::new(Code::SessionInvalid, format!("{}: {why}", path.display()));
        let bytes = std::fs::read(&path).map_err(|e| invalid(e.to_string()))?;
        let image = Image::decode(&bytes).map_err(|e| invalid(e.to_string()))?;
        watching.observe(image, frame.at_ms)?;
    }
    let mut watched = watching.end(portraits, &session.person);
    watched.name = name_below(folder, root);
    (watched.label, watched.species) = (session.label, session.species);
    Ok(watched)
}

/// A session whose pictures were measured before.
fn again(file: &Path, mut film: Film, portrait: bool) -> Result<Watched> {
    let invalid = |why: String| Error::new(Code::SessionInvalid, format!("{}: {why}", file.display()));
    let size = std::fs::metadata(file).map_err(|e| invalid(e.to_string()))?.len();
    if size > OBSERVED_BYTES_MAX {
        return Err(invalid(format!("{size} bytes")));
    }
    let bytes = std::fs::read(file).map_err(|e| invalid(e.to_string()))?;
    let observed: Observed = serde_json::from_slice(&bytes).map_err(|e| invalid(e.to_string()))?;
    film.frames = observed.frames;
    let mut watched = said(&film, observed.observe_us);
    (watched.portrait, watched.similarity, watched.same) = (portrait, observed.similarity, observed.same);
    Ok(watched)
}

/// A session that is rendered now: the page goes on as the service tells it.
fn rendered(engine: &Engine, order: &Order, portraits: &Templates, rendering: &Rendering<'_>) -> Result<Watched> {
    let mut watching = Watching::new(engine);
    order.play(rendering.portraits, rendering.options, &mut |at_ms, jpeg, course| {
        watching.follow(Image::decode(&jpeg)?, at_ms, course)
    })?;
    let shown = watching.film.shown.clone();
    let (mut watched, observed) = watching.whole(portraits, &rendering.portraits[order.person].name);
    watched.name = order.folder();
    watched.label = if order.species.is_some() { Label::Attack } else { Label::BonaFide };
    watched.species = order.species.map_or(String::new(), |s| s.as_str().to_owned());
    if let Some(keep) = rendering.keep {
        let folder = keep.join(order.folder());
        let failed = |e: String| Error::new(Code::WriteFailed, format!("{}: {e}", folder.display()));
        std::fs::create_dir_all(&folder).map_err(|e| failed(e.to_string()))?;
        let session = Session {
            schema: SCHEMA.to_owned(),
            label: watched.label,
            species: watched.species.clone(),
            person: watched.person.clone(),
            made: "rendered from a portrait and observed by countenance eval attacks".to_owned(),
            seed: Some(order.seed),
            challenge: watched.challenge.clone(),
            shown,
            frames: Vec::new(),
        };
        session.write(&folder)?;
        let json = serde_json::to_vec(&observed).map_err(|e| failed(e.to_string()))?;
        write_whole(&folder.join(OBSERVED_FILE), &json)?;
    }
    Ok(watched)
}

/// A still or a video without a challenge.
fn unasked(engine: &Engine, clip: &Clip, root: &Path) -> Result<Watched> {
    let mut watching = Watching::new(engine);
    for (at_ms, image) in clip.pictures()? {
        watching.observe(image, at_ms)?;
    }
    let mut watched = watching.end(&Templates::new(), "");
    watched.name = name_below(&clip.path, root);
    (watched.label, watched.species) = (clip.label, clip.species.clone());
    Ok(watched)
}

/// What a comparison of live templates with one on file shows.
fn compare(engine: &Engine, live: &[&Template], stored: &Template) -> Option<Evidence> {
    let stored = [face::evidence::Portrait { template: stored, age_years: None }];
    engine.compare(live, &stored, face::calibration::WORKING_FMR).ok()
}

/// A face that is turned to a side, or up or down, further than this is not compared, in degrees: as in the service.
const SAMPLE_DEGREES: [f32; 2] = [20.0, 30.0];
/// Largest file of observations.
const OBSERVED_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How long the page collects pictures for one request, in ms of the session's clock.
const BATCH_MS: u32 = 250;
/// How long the page waits for the answer to it.
const ANSWER_MS: u32 = 150;

/// What watching has seen so far.
pub(super) struct Watching<'a> {
    engine: &'a Engine,
    film: Film,
    observe_us: u64,
    /// The last pictures, to compare with the portrait, with their meshes.
    faces: VecDeque<(Image, Mesh)>,
    /// One picture of the beginning and one of each step, with its mesh; and how many there were to choose from.
    samples: BTreeMap<Option<u32>, (Image, Mesh, u32)>,
    /// When the last request went, how many steps had been followed then, and how many the page knows of.
    asked: (u32, usize, usize),
}

impl<'a> Watching<'a> {
    pub(super) fn new(engine: &'a Engine) -> Self {
        let nothing = Challenge { way: Way::default(), steps: Vec::new(), colours: Vec::new() };
        let film = Film { challenge: nothing, shown: Vec::new(), frames: Vec::new() };
        Self { engine, film, observe_us: 0, faces: VecDeque::new(), samples: BTreeMap::new(), asked: (0, 0, 0) }
    }

    /// Observes one picture.
    fn observe(&mut self, image: Image, at_ms: u32) -> Result<()> {
        let started = Instant::now();
        let seen = self.engine.observe(&image, at_ms, self.film.frames.last())?;
        self.observe_us += started.elapsed().as_micros() as u64;
        if let Some(mesh) = seen.mesh.clone() {
            self.sample(&image, mesh.clone(), at_ms);
            // The last ones: the service takes its pictures when everything was done.
            self.faces.push_back((image, mesh));
            if self.faces.len() > COMPARED {
                self.faces.pop_front();
            }
        }
        self.film.frames.push(seen);
        Ok(())
    }

    /// Keeps one picture of each part of the session in which the face looks about straight ahead, each as likely as any other.
    fn sample(&mut self, image: &Image, mesh: Mesh, at_ms: u32) {
        let pose = mesh.pose();
        if pose.yaw.abs() > SAMPLE_DEGREES[0] || pose.pitch.abs() > SAMPLE_DEGREES[1] {
            return;
        }
        let now = self.film.shown.iter().rfind(|s| s.from_ms <= at_ms);
        let part = now.and_then(|s| if let Prompt::Step { at } = s.prompt { Some(at) } else { None });
        let seen = self.samples.get(&part).map_or(0, |(_, _, seen)| *seen);
        let drawn = SplitMix64::new(&[u64::from(at_ms), u64::from(seen)]).below(seen as usize + 1);
        if drawn == 0 {
            self.samples.insert(part, (image.clone(), mesh, seen + 1));
        } else if let Some(sample) = self.samples.get_mut(&part) {
            sample.2 += 1;
        }
    }

    /// Observes one picture of a session that goes on, and says how many steps the page knows to have been followed.
    pub(super) fn follow(&mut self, image: Image, at_ms: u32, course: &Course) -> Result<Option<usize>> {
        if self.film.challenge != course.challenge {
            self.film.challenge = course.challenge.clone();
        }
        self.film.shown.clone_from(&course.shown);
        self.observe(image, at_ms)?;
        let (sent_ms, counted, _) = self.asked;
        if at_ms >= sent_ms + ANSWER_MS {
            self.asked.2 = counted;
        }
        if at_ms >= sent_ms + BATCH_MS {
            self.asked = (at_ms, cues::followed(&self.film), self.asked.2);
        }
        Ok(Some(self.asked.2))
    }

    /// The end: what the cues say, and whether it was the face of the portrait of this name.
    fn end(self, portraits: &Templates, person: &str) -> Watched {
        self.whole(portraits, person).0
    }

    /// As [`Self::end`], with what was observed.
    fn whole(self, portraits: &Templates, person: &str) -> (Watched, Observed) {
        let mut watched = said(&self.film, self.observe_us);
        let portrait = portraits.iter().find(|(name, _)| name == person);
        // The service compares larger pictures, so how good these are is not asked.
        let template = |(image, mesh): &(Image, Mesh)| self.engine.template(image, mesh, 0).ok();
        let live: Vec<Template> = self.faces.iter().filter_map(template).collect();
        let live: Vec<&Template> = live.iter().collect();
        person.clone_into(&mut watched.person);
        watched.portrait = portrait.is_some();
        watched.similarity = portrait.and_then(|(_, template)| Some(compare(self.engine, &live, template)?.similarity));
        // Where the challenge was not followed nothing passes anyway, and an analysis costs more than ten pictures.
        let answered = watched.cues.iter().any(|c| c.kind == Kind::Challenge && c.value.is_some());
        let samples = self
            .samples
            .values()
            .filter(|_| answered)
            .filter_map(|(image, mesh, _)| self.engine.template(image, mesh, 0).ok());
        watched.same = samples.filter_map(|sample| Some(compare(self.engine, &live, &sample)?.band)).max();
        let observed = Observed {
            frames: self.film.frames,
            observe_us: self.observe_us,
            similarity: watched.similarity,
            same: watched.same,
        };
        (watched, observed)
    }
}

/// What the cues say of `film`; nothing is known of whom it shows.
fn said(film: &Film, observe_us: u64) -> Watched {
    let started = Instant::now();
    let cues = cues::all(film);
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
        observe_us: (observe_us / u64::from(frames.max(1))) as u32,
        judge_us,
        cues,
        challenge: film.challenge.clone(),
        similarity: None,
        same: None,
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
        let mut found = judge_cues(self.cues.clone(), self.challenge.way, calibration, level);
        // As the service does: another face at the end is an exchange, whatever the cues say, and one that cannot be told is no person.
        found.outcome = match (self.same, found.outcome) {
            (Some(Band::NoMatch), _) => Outcome::Attack { species: Species::Swapped },
            (Some(Band::Inconclusive), Outcome::Live) => {
                Outcome::NotChecked { why: Unchecked::Unclear, advice: Advice::TryAgain }
            }
            (_, outcome) => outcome,
        };
        found
    }
}
