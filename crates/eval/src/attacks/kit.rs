//! `countenance attack-kit`: sessions of one portrait's person and of attacks on them, written as folders.

use super::play::{Cast, Format, Played, Recipe, Viewer, play};
use super::portrait::Portrait;
use super::session::{Frame, Label, SCHEMA, Session};
use super::species::Species;
use super::watch::Watching;
use super::y4m;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::files::{WholeFile, write_whole};
use crate::limits::KIT_TRIES_MAX;
use crate::progress::Progress;
use crate::work::each;
use face::live::Way;
use face::{Engine, Image};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What is asked of the kit.
#[derive(Clone, Debug)]
pub struct KitOptions {
    /// Kinds of attacks; all if empty.
    pub species: Vec<Species>,
    /// Sessions of each kind.
    pub tries: u32,
    /// Sessions of the persons themselves.
    pub bona_fide: u32,
    /// Seed of every choice.
    pub seed: u64,
    /// Write each session's pictures as one Y4M film too, as a recorded camera takes it.
    pub y4m: bool,
    /// What the person can do, or the page may ask for.
    pub way: Way,
    /// The camera's pictures.
    pub format: Format,
}

impl Default for KitOptions {
    /// Three sessions of everything.
    fn default() -> Self {
        let (way, format) = (Way::default(), Format::default());
        Self { species: Vec::new(), tries: 3, bona_fide: 3, seed: 1, y4m: false, way, format }
    }
}

/// One session to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The kind of attack; none for the person.
    pub species: Option<Species>,
    /// Which try, from 0.
    pub number: u32,
    /// The portrait's place.
    pub person: usize,
    /// The attacker's place.
    pub other: usize,
    /// The session's own seed.
    pub seed: u64,
}

/// The sessions that `options` ask for with `portraits` portraits: each kind goes round the portraits.
///
/// # Errors
/// `option-out-of-range` for no session or too many.
pub fn orders(options: &KitOptions, portraits: usize) -> Result<Vec<Order>> {
    let tries = options.tries.max(options.bona_fide);
    if tries == 0 || tries > KIT_TRIES_MAX || portraits == 0 {
        let why = format!("1 to {KIT_TRIES_MAX} sessions of each kind can be made, not {tries}");
        return Err(Error::new(Code::OptionOutOfRange, why));
    }
    let kinds = if options.species.is_empty() { Species::ALL.to_vec() } else { options.species.clone() };
    let attacks = kinds.into_iter().map(|s| (Some(s), options.tries));
    let mut orders = Vec::new();
    for (species, count) in std::iter::once((None, options.bona_fide)).chain(attacks) {
        for number in 0..count {
            let person = number as usize % portraits;
            let other = (person + 1 + number as usize / portraits) % portraits;
            let seed = options.seed.wrapping_mul(1_000_003).wrapping_add(u64::from(number));
            orders.push(Order { species, number, person, other, seed });
        }
    }
    Ok(orders)
}

impl Order {
    /// The name of the kind: the species, or `bona-fide`.
    pub fn kind(&self) -> &'static str {
        self.species.map_or("bona-fide", Species::as_str)
    }

    /// The name of its folder.
    pub fn folder(&self) -> String {
        format!("{}/{:04}", self.kind(), self.number)
    }

    /// Plays it before `viewer`.
    ///
    /// # Errors
    /// As [`play`].
    pub fn play(&self, portraits: &[Portrait], options: &KitOptions, viewer: &mut Viewer<'_>) -> Result<Played> {
        let recipe = Recipe { species: self.species, way: options.way, format: options.format, seed: self.seed };
        play(&recipe, Cast { person: &portraits[self.person], other: &portraits[self.other] }, viewer)
    }
}

/// What was made.
#[derive(Clone, Debug, Serialize)]
pub struct Made {
    /// `countenance.attack-kit/1`
    pub schema: &'static str,
    /// The folder.
    pub out: String,
    /// The command that makes it again, without folders.
    pub command: String,
    /// How many sessions of each kind.
    pub kinds: Vec<MadeKind>,
}

/// Sessions of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct MadeKind {
    /// The species, or `bona-fide`.
    pub kind: String,
    /// What it is, in a sentence.
    pub what: String,
    /// Sessions.
    pub sessions: usize,
    /// Pictures of all of them.
    pub frames: usize,
}

/// Makes the sessions in `out`, a folder a kind, and an `index.csv` of them. The page of each goes on as `engine` sees its steps followed.
///
/// # Errors
/// `option-out-of-range`, `write-failed`, `inference-failed`.
pub fn make(
    (engine, portraits): (&Engine, &[Portrait]),
    options: &KitOptions,
    out: &Path,
    progress: &dyn Progress,
) -> Result<Made> {
    let orders = orders(options, portraits.len())?;
    progress.start("rendering sessions", orders.len() as u64);
    let made = each(&orders, |order| {
        let made = write(order, (engine, portraits), options, out);
        progress.step();
        made
    });
    progress.finish();
    let counts = made?;
    let mut index = String::from("file,kind,label,species,person,seed\n");
    let mut kinds: Vec<MadeKind> = Vec::new();
    for (order, frames) in orders.iter().zip(counts) {
        let label = if order.species.is_some() { "attack" } else { "bona_fide" };
        let species = order.species.map_or("", Species::as_str);
        // Names with a comma or a quotation mark are rare, but a file may have them.
        let person = portraits[order.person].name.replace('"', "\"\"");
        let folder = order.folder();
        // Writing to a string cannot fail.
        let _ = writeln!(index, "{folder},session,{label},{species},\"{person}\",{}", order.seed);
        match kinds.last_mut().filter(|k| k.kind == order.kind()) {
            Some(kind) => {
                kind.sessions += 1;
                kind.frames += frames;
            }
            None => kinds.push(MadeKind {
                kind: order.kind().to_owned(),
                what: order.species.map_or("The person, here and now.", Species::what).to_owned(),
                sessions: 1,
                frames,
            }),
        }
    }
    write_whole(&out.join("index.csv"), index.as_bytes())?;
    Ok(Made::of(out, kinds))
}

impl Made {
    /// What lies in `out` now.
    pub(super) fn of(out: &Path, kinds: Vec<MadeKind>) -> Self {
        Self { schema: "countenance.attack-kit/1", out: out.display().to_string(), command: String::new(), kinds }
    }
}

/// Makes one session; gives the number of its pictures.
fn write(
    order: &Order,
    (engine, portraits): (&Engine, &[Portrait]),
    options: &KitOptions,
    out: &Path,
) -> Result<usize> {
    let target: PathBuf = out.join(order.folder());
    std::fs::create_dir_all(&target)
        .map_err(|e| Error::new(Code::WriteFailed, format!("{} could not be made: {e}", target.display())))?;
    let mut frames = Vec::new();
    let mut film = if options.y4m { Some(Film::begin(&target, options.format)?) } else { None };
    let mut watching = Watching::new(engine);
    let played = order.play(portraits, options, &mut |at_ms, jpeg, course| {
        let file = format!("{:04}.jpg", frames.len());
        write_whole(&target.join(&file), &jpeg)?;
        frames.push(Frame { file, at_ms });
        let image = Image::decode(&jpeg)?;
        film.as_mut().map_or(Ok(()), |film| film.put(&image))?;
        watching.follow(image, at_ms, course)
    })?;
    film.map_or(Ok(()), |film| film.file.finish())?;
    let session = Session {
        schema: SCHEMA.to_owned(),
        label: if order.species.is_some() { Label::Attack } else { Label::BonaFide },
        species: order.species.map_or(String::new(), |s| s.as_str().to_owned()),
        person: portraits[order.person].name.clone(),
        made: "rendered from a portrait by countenance attack-kit".to_owned(),
        seed: Some(order.seed),
        challenge: played.challenge,
        shown: played.shown,
        frames,
    };
    session.write(&target)?;
    Ok(session.frames.len())
}

/// The film beside the pictures.
struct Film {
    file: WholeFile,
}

impl Film {
    fn begin(folder: &Path, format: Format) -> Result<Self> {
        let mut file = WholeFile::begin(&folder.join("session.y4m"))?;
        file.put(y4m::header(format.width, format.height, format.rate).as_bytes())?;
        Ok(Self { file })
    }

    fn put(&mut self, image: &Image) -> Result<()> {
        self.file.put(&y4m::frame(image.rgb(), image.width() as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(tries: u32) -> KitOptions {
        KitOptions { species: vec![Species::Frozen], tries, bona_fide: 1, seed: 4, ..KitOptions::default() }
    }

    #[test]
    fn orders_go_round_the_portraits_and_nobody_attacks_themself_when_there_are_others() {
        let orders = orders(&options(9), 3).unwrap();
        assert_eq!(orders.len(), 10);
        assert_eq!(orders[0].species, None);
        let attacks: Vec<usize> = orders[1..].iter().map(|o| o.person).collect();
        assert_eq!(attacks, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
        assert!(orders[1..7].iter().all(|o| o.person != o.other));
        let seeds: std::collections::BTreeSet<u64> = orders[1..].iter().map(|o| o.seed).collect();
        assert_eq!(seeds.len(), 9);
    }

    #[test]
    fn no_session_and_too_many_are_refused() {
        let none = KitOptions { bona_fide: 0, ..options(0) };
        assert_eq!(super::orders(&none, 3).unwrap_err().code(), "option-out-of-range");
        assert_eq!(super::orders(&options(KIT_TRIES_MAX + 1), 3).unwrap_err().code(), "option-out-of-range");
    }
}
