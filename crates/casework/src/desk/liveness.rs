//! What the film of a capture says: whether a person was there, and the same one as in the pictures that are compared.

use super::Desk;
use super::compare::Live;
use super::evidence::{CueRecord, LivenessRecord};
use super::film::{self, Head, Piece, Standing};
use crate::error::Result;
use crate::service::LivenessLevel;
use crate::visit::Liveness;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use face::evidence::{Band, Portrait};
use face::landmarks::Mesh;
use face::live::{Challenge, Level, Outcome, Species};
use face::{Image, Template};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The pictures are taken within this time after the last of the film, milliseconds.
const AFTER_MS_MAX: u32 = 4_000;

/// No film came with the pictures.
const NO_FILM: &str = "no-film";
/// There is a film, and the pictures are not signed.
const PICTURES_UNSIGNED: &str = "pictures-unsigned";
/// The pictures were not taken right after the film.
const PICTURES_APART: &str = "pictures-apart";
/// Nothing says that the face of the film is that of the pictures.
const FACE_NOT_THE_SAME: &str = "face-not-the-same";
/// The camera is a program, or what it sends has no camera's noise, where nobody is there to see it.
const CAMERA_VIRTUAL: &str = "camera-virtual";
/// Why a check has no outcome, beside what the engine says.
pub const WHY: [&str; 5] = [NO_FILM, PICTURES_UNSIGNED, PICTURES_APART, FACE_NOT_THE_SAME, CAMERA_VIRTUAL];

/// What a page signed of pictures that it sends.
#[derive(Clone)]
pub struct Signed {
    /// The head, exactly as it was signed: a [`Head`] as JSON.
    pub head: Vec<u8>,
    /// The signature over nonce and head (see [`seal::page::PageKey::verify`]), 64 bytes.
    pub signature: Vec<u8>,
}

impl std::fmt::Debug for Signed {
    /// Its length only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signed({} bytes)", self.head.len())
    }
}

/// A film as it was opened for its judgement.
pub(super) struct Shot {
    pub(super) record: store::film::Film,
    pub(super) challenge: Challenge,
    pub(super) pieces: Vec<Piece>,
}

/// What is judged.
pub(super) struct Taken<'a> {
    pub(super) nonce: &'a str,
    pub(super) pictures: &'a [Arc<[u8]>],
    pub(super) signed: Option<&'a Signed>,
    pub(super) level: LivenessLevel,
    pub(super) now: Timestamp,
}

/// Judges. Whatever is missing makes it *not checked*, never less.
///
/// # Errors
/// `film-forged` when the pictures are not those that were signed; `too-busy`, `inference-failed`.
pub(super) async fn judged(desk: &Desk, shot: Option<Shot>, taken: &Taken<'_>, live: &Live) -> Result<LivenessRecord> {
    let Some(shot) = shot else { return Ok(LivenessRecord::not_checked(NO_FILM, taken.level)) };
    let Some(signed) = taken.signed else { return Ok(LivenessRecord::not_checked(PICTURES_UNSIGNED, taken.level)) };
    let head = checked(&shot, taken, signed)?;
    let last_ms = shot.pieces.last().and_then(|piece| piece.frames.last()).map_or(0, |frame| frame.at_ms);
    let in_time = |at_ms: u32| (last_ms..=last_ms.saturating_add(AFTER_MS_MAX)).contains(&at_ms);
    if !head.pictures.iter().all(|picture| in_time(picture.at_ms)) {
        return Ok(LivenessRecord::not_checked(PICTURES_APART, taken.level));
    }
    let mut shot = shot;
    shot.pieces.push(end(desk, &shot, head, taken).await?);
    let same = same_face(desk, &shot, live).await?;
    let pieces: Vec<&Piece> = shot.pieces.iter().collect();
    let flaws = film::flaws(&pieces);
    let film = film::assembled(shot.challenge, &pieces);
    let level = level_of(taken.level);
    let found = desk.on_engine(move |engine| Ok(engine.liveness(&film, level))).await?;
    let mut record = LivenessRecord::of(&found);
    record.flaws = flaws.iter().map(|flaw| flaw.as_str().to_owned()).collect();
    if flaws.iter().any(|flaw| flaw.suffices()) {
        record.attack(Species::Injected);
    } else if same == Some(Band::NoMatch) {
        record.attack(Species::Swapped);
    } else if record.outcome == Liveness::Live && same != Some(Band::Match) {
        record.unclear(FACE_NOT_THE_SAME);
    } else if record.outcome == Liveness::Live && !flaws.is_empty() && level == Level::Unattended {
        record.unclear(CAMERA_VIRTUAL);
    }
    Ok(record)
}

/// The engine's word for a service's level.
pub(super) fn level_of(level: LivenessLevel) -> Level {
    match level {
        LivenessLevel::Assist => Level::Assist,
        LivenessLevel::Attended => Level::Attended,
        LivenessLevel::Unattended => Level::Unattended,
    }
}

/// The head of the pictures, if the film's page signed it for them.
fn checked(shot: &Shot, taken: &Taken<'_>, signed: &Signed) -> Result<Head> {
    film::signed_by(&shot.record, taken.nonce, signed)?;
    let head = Head::parse(&signed.head)?;
    let fits = head.is_of(taken.pictures) && head.follows(&shot.record.last_hash);
    if fits { Ok(head) } else { Err(film::forged("the pictures are not those that were signed")) }
}

/// The compared pictures as the film's end: made as small as its pictures, and followed from the last.
async fn end(desk: &Desk, shot: &Shot, head: Head, taken: &Taken<'_>) -> Result<Piece> {
    let last = shot.pieces.last().and_then(|piece| piece.frames.last()).cloned();
    let (pictures, times): (Vec<Arc<[u8]>>, Vec<u32>) =
        (taken.pictures.to_vec(), head.pictures.iter().map(|picture| picture.at_ms).collect());
    let frames = desk
        .on_engine(move |engine| {
            let (mut known, mut seen) = (last, Vec::new());
            for (picture, at_ms) in pictures.iter().zip(times) {
                // A picture that cannot be read is refused by the analysis, in words for the person.
                let Ok(image) = Image::decode(picture) else { continue };
                let (width, height) = known.as_ref().map_or((image.width(), image.height()), |k| (k.width, k.height));
                let frame = engine.observe(&image.resized(width, height), at_ms, known.as_ref())?;
                known = Some(frame.clone());
                seen.push(frame);
            }
            Ok(seen)
        })
        .await?;
    Ok(Piece { head, came: taken.now, frames, prints: Vec::new(), sample: None, standing: Standing::default() })
}

/// Whether the face of every part of the film is that of every picture: the worst of the comparisons, because one picture of another face is
/// enough to match a portrait, and one part to follow what is asked. None when the film has no picture to compare, or no picture has a usable
/// face.
async fn same_face(desk: &Desk, shot: &Shot, live: &Live) -> Result<Option<Band>> {
    let mut parts: BTreeMap<Option<u32>, (Vec<u8>, Mesh)> = BTreeMap::new();
    for piece in &shot.pieces {
        let Some(sample) = &piece.sample else { continue };
        let mesh = piece.frames.get(sample.number).and_then(|frame| frame.mesh.clone());
        let picture = URL_SAFE_NO_PAD.decode(&sample.picture).ok();
        parts.extend(picture.zip(mesh).map(|found| (sample.part, found)));
    }
    let pictures: Vec<Template> = live.templates().cloned().collect();
    let fmr = face::calibration::WORKING_FMR;
    desk.on_engine(move |engine| {
        let mut worst = None;
        for (bytes, mesh) in parts.values() {
            let of_film = engine.template(&Image::decode(bytes)?, mesh, 0)?;
            let portrait = Portrait { template: &of_film, age_years: None };
            for picture in &pictures {
                let band = engine.compare(&[picture], std::slice::from_ref(&portrait), fmr)?.band;
                worst = worst.max(Some(band));
            }
        }
        Ok(worst)
    })
    .await
}

impl LivenessRecord {
    /// What the cues found.
    fn of(found: &face::live::Liveness) -> Self {
        let (outcome, why, advice, species) = match found.outcome {
            Outcome::Live => (Liveness::Live, None, None, None),
            Outcome::Attack { species } => (Liveness::Attack, None, None, word(&species)),
            Outcome::NotChecked { why, advice } => (Liveness::NotChecked, word(&why), word(&advice), None),
        };
        let cues = found.cues.iter().map(|weighed| CueRecord {
            cue: word(&weighed.cue.kind).unwrap_or_default(),
            version: weighed.cue.version,
            value: weighed.cue.value,
            ratio: weighed.ratio,
            why: weighed.cue.why.as_ref().and_then(word),
        });
        Self {
            outcome,
            why,
            advice,
            species,
            level: word(&found.level),
            ratio: found.ratio,
            cues: cues.collect(),
            flaws: Vec::new(),
        }
    }

    fn attack(&mut self, species: Species) {
        (self.outcome, self.why, self.advice, self.species) = (Liveness::Attack, None, None, word(&species));
    }

    fn unclear(&mut self, why: &str) {
        (self.outcome, self.why, self.species) = (Liveness::NotChecked, Some(why.to_owned()), None);
        self.advice = word(&face::live::Advice::AskPerson);
    }
}

/// The stable word that a value is written as.
fn word(value: &impl Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}
