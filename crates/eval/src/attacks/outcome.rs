//! `eval attacks`: from folders to figures.

use super::clips;
use super::fit::{HeldOut, Made, fit};
use super::kit::{self, KitOptions};
use super::portrait::Portrait;
use super::session;
use super::tally::{AtLevel, Judge, Times, tally, times};
use super::watch::{Rendering, Source, Templates, Watched, watch};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::OUTCOME_BYTES_MAX;
use crate::progress::Progress;
use crate::work::each;
use face::live::{Calibration, Level};
use face::pack::Task;
use face::{Engine, Image};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What `eval attacks` is asked to do.
#[derive(Clone, Debug)]
pub struct AttacksOptions {
    /// Folders with sessions, or with an index of stills and videos; and outcomes that earlier runs printed.
    pub folders: Vec<PathBuf>,
    /// Folders with the portraits that sessions name.
    pub portraits: Vec<PathBuf>,
    /// Sessions to render from the portraits while they are watched, so that no picture is kept.
    pub render: Option<KitOptions>,
    /// Where to keep what was observed in them, so that they can be judged again.
    pub keep: Option<PathBuf>,
    /// Fit a calibration instead of using the pack's.
    pub fit: bool,
    /// Seed of the division of persons.
    pub seed: u64,
    /// The day of the run as YYYY-MM-DD.
    pub created: String,
}

/// What a run found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// `countenance.attacks/1`
    pub schema: String,
    /// The day of the run.
    pub created: String,
    /// The command that repeats it, with the folders' own names only.
    pub command: String,
    /// The pack's name and identity.
    pub pack: String,
    /// By what the sessions were judged, in a sentence.
    pub judged_by: String,
    /// Sessions and clips that were watched.
    pub sessions: usize,
    /// Videos that could not be read because `ffmpeg` is not there.
    pub skipped: Vec<String>,
    /// The figures at each level.
    pub levels: Vec<AtLevel>,
    /// What things take.
    pub times: Times,
    /// Every session with what each cue said.
    pub watched: Vec<Watched>,
}

/// Runs `eval attacks`; gives the fitted calibration too when one was asked for.
///
/// # Errors
/// `nothing-to-measure`, `session-invalid`, `clip-invalid`, the index's codes, `too-little-data`, and the engine's failures.
pub fn measure(
    engine: &Engine,
    options: &AttacksOptions,
    progress: &dyn Progress,
) -> Result<(Outcome, Option<Calibration>)> {
    let (mut sources, skipped) = sources(&options.folders)?;
    let pictures = pictures(&options.portraits)?;
    let portraits = templates(engine, &pictures);
    let faces = if options.render.is_some() { faces(engine, pictures)? } else { Vec::new() };
    let render = options.render.clone().unwrap_or_default();
    if options.render.is_some() {
        let orders = kit::orders(&render, faces.len())?;
        sources.extend(orders.into_iter().map(|order| (Source::Rendered(order), Path::new(""))));
    }
    let mut watched = earlier(&options.folders)?;
    if sources.is_empty() && watched.is_empty() {
        return Err(Error::new(Code::NothingToMeasure, "no session.json and no index.csv with files that can be read"));
    }
    progress.start("watching sessions", sources.len() as u64);
    let rendering = Rendering { portraits: &faces, options: &render, keep: options.keep.as_deref() };
    let fresh = each(&sources, |(source, root)| {
        let watched = watch(engine, (source, root), &portraits, &rendering);
        progress.step();
        watched
    });
    progress.finish();
    watched.extend(fresh?);
    let made = Made { mesh: mesh_hash(engine), created: options.created.clone(), command: command(options) };
    let pack: Option<&Calibration> = engine.pack().liveness();
    let (judge, judged_by, fitted): (Box<dyn Judge>, String, Option<Calibration>) = if options.fit {
        let held_out = HeldOut::fit(&watched, &made, options.seed)?;
        let [a, b] = held_out.persons();
        let words = format!(
            "Each half of the persons ({a} and {b}) was judged by a calibration that was fitted to the other half; what is written is fitted to all."
        );
        (Box::new(held_out), words, Some(fit(&watched.iter().collect::<Vec<_>>(), &made)?))
    } else {
        let words = pack.map_or_else(
            || "The pack has no calibration of the liveness check, so nothing could be checked.".to_owned(),
            |c| format!("The pack's calibration of the liveness check of {}.", c.created),
        );
        (Box::new(pack.cloned().map(Owned)), words, None)
    };
    let outcome = Outcome {
        schema: "countenance.attacks/1".to_owned(),
        created: options.created.clone(),
        command: made.command,
        pack: format!("{} {}", engine.pack().name(), engine.pack().id()),
        judged_by,
        sessions: watched.len(),
        skipped,
        levels: tally(&watched, judge.as_ref()),
        times: times(&watched, judge.as_ref(), Level::Unattended),
        watched,
    };
    Ok((outcome, fitted))
}

/// One calibration for all sessions.
struct Owned(Calibration);

impl Judge for Option<Owned> {
    fn calibration(&self, _: &Watched) -> Option<&Calibration> {
        self.as_ref().map(|owned| &owned.0)
    }
}

/// What can be watched, each with the folder that its name is taken from; and what cannot.
type Sources<'a> = (Vec<(Source, &'a Path)>, Vec<String>);

/// Everything below the folders, each with the folder that its name is taken from.
fn sources(folders: &[PathBuf]) -> Result<Sources<'_>> {
    let ffmpeg = clips::has_ffmpeg();
    let (mut sources, mut skipped) = (Vec::new(), Vec::new());
    for folder in folders.iter().filter(|path| !is_outcome(path)) {
        if !folder.is_dir() {
            return Err(Error::new(Code::RootNotFound, format!("{} is not a folder", folder.display())));
        }
        sources.extend(session::find(folder)?.into_iter().map(|found| (Source::Session(found), folder.as_path())));
        let index = clips::index(folder, ffmpeg)?;
        sources.extend(index.clips.into_iter().map(|clip| (Source::Clip(clip), folder.as_path())));
        skipped.extend(index.skipped);
    }
    Ok((sources, skipped))
}

fn is_outcome(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|ending| ending == "json")
}

/// The sessions of the outcomes among `paths`.
fn earlier(paths: &[PathBuf]) -> Result<Vec<Watched>> {
    let mut watched = Vec::new();
    for path in paths.iter().filter(|path| is_outcome(path)) {
        watched.extend(Outcome::read(path)?.watched);
    }
    Ok(watched)
}

/// All pictures in `folders`, by file name; what is no picture is left out.
fn pictures(folders: &[PathBuf]) -> Result<Vec<(String, Image)>> {
    let mut pictures = Vec::new();
    for folder in folders {
        let unreadable = |e: std::io::Error| Error::new(Code::RootNotFound, format!("{}: {e}", folder.display()));
        let mut paths: Vec<PathBuf> = if folder.is_file() {
            vec![folder.clone()]
        } else {
            let entries = std::fs::read_dir(folder).map_err(unreadable)?;
            entries.map(|e| e.map(|e| e.path()).map_err(unreadable)).collect::<Result<_>>()?
        };
        // The same portraits play the same parts on every machine.
        paths.sort();
        for path in paths.iter().filter(|p| p.is_file()) {
            let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            if let Ok(image) = std::fs::read(path).map_err(unreadable).and_then(|b| Ok(Image::decode(&b)?)) {
                pictures.push((name, image));
            }
        }
    }
    Ok(pictures)
}

/// The templates of those that have a usable face.
fn templates(engine: &Engine, pictures: &[(String, Image)]) -> Templates {
    let template = |(name, image): &(String, Image)| Some((name.clone(), engine.analyse(image).ok()?.template));
    pictures.iter().filter_map(template).collect()
}

/// The portraits that sessions can be made of.
fn faces(engine: &Engine, pictures: Vec<(String, Image)>) -> Result<Vec<Portrait>> {
    let faces: Vec<Portrait> =
        pictures.into_iter().filter_map(|(name, image)| Portrait::of(engine, &name, image).ok()).collect();
    if faces.is_empty() {
        return Err(Error::new(Code::PortraitUnusable, "none of the portraits can be used to render sessions"));
    }
    Ok(faces)
}

fn mesh_hash(engine: &Engine) -> String {
    let mesh = engine.pack().models().iter().find(|model| model.task == Task::Mesh);
    mesh.map_or_else(String::new, |model| model.sha256.clone())
}

/// The command that repeats the run, with the folders' own names only.
fn command(options: &AttacksOptions) -> String {
    let names = |paths: &[PathBuf]| -> Vec<String> {
        let name = |p: &PathBuf| p.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        paths.iter().map(name).collect()
    };
    let mut words = names(&options.folders);
    for name in names(&options.portraits) {
        words.extend(["--portraits".to_owned(), name]);
    }
    if let Some(kit) = &options.render {
        words.extend(["--render".to_owned(), kit.tries.to_string(), "--rate".to_owned(), kit.format.rate.to_string()]);
    }
    if options.fit {
        words.extend(["--fit".to_owned(), "liveness.json".to_owned()]);
    }
    format!("countenance eval attacks {} --seed {}", words.join(" "), options.seed)
}

impl Outcome {
    /// Reads an outcome that an earlier run printed.
    ///
    /// # Errors
    /// `outcome-invalid`.
    pub fn read(file: &Path) -> Result<Self> {
        let invalid = |why: String| Error::new(Code::OutcomeInvalid, format!("{}: {why}", file.display()));
        let size = std::fs::metadata(file).map_err(|e| invalid(e.to_string()))?.len();
        if size > OUTCOME_BYTES_MAX {
            return Err(invalid(format!("{size} bytes")));
        }
        let text = std::fs::read_to_string(file).map_err(|e| invalid(e.to_string()))?;
        serde_json::from_str(&text).map_err(|e| invalid(e.to_string()))
    }
}
