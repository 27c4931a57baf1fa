//! The next rows of a list, each looked through: fields, number, photo. Nothing here touches the database.

use super::ImportSource;
use super::list::{Header, Line, Row};
use super::source::{Photos, invalid};
use crate::code::Code;
use crate::desk::portrait::gate;
use crate::error::{Error, Result};
use crate::limits::{IMPORT_BATCH_BYTES_MAX, IMPORT_BATCH_ROWS_MAX};
use face::Engine;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Receiver;
use store::import::Rejection;
use store::person::{Number, PersonData};
use store::portrait::check_parts;

/// Where a photo comes from when the list does not say.
const SOURCE_DEFAULT: &str = "import";
/// Longest detail of a rejection, bytes.
const DETAIL_BYTES_MAX: usize = 200;

/// A photo that may become a portrait.
pub(super) struct Photo {
    pub(super) image: Vec<u8>,
    pub(super) taken_on: Option<String>,
    pub(super) source: String,
    pub(super) quality: u8,
}

/// A row that may become a person.
pub(super) struct Candidate {
    pub(super) line: u64,
    pub(super) data: PersonData,
    pub(super) photo: Option<Photo>,
}

/// Some rows of a list, looked through.
#[derive(Default)]
pub(super) struct Batch {
    /// How many rows were read for it.
    pub(super) done: u32,
    pub(super) candidates: Vec<Candidate>,
    pub(super) rejected: Vec<Rejection>,
}

/// Where an import reads.
pub(super) struct Feed {
    lines: Receiver<io::Result<Line>>,
    photos: Photos,
    header: Header,
    /// The line that was read last.
    line: u64,
    /// The numbers of all rows so far, as the first 64 bits of their hashes: five million of them fit, and two differ but for a chance of
    /// one in a million over the longest list.
    seen: HashSet<u64>,
}

/// What the report says of a row that was not taken.
pub(super) fn rejection(line: u64, error: &Error) -> Rejection {
    let mut detail: String = error.detail().chars().filter(|c| !c.is_control()).collect();
    while detail.len() > DETAIL_BYTES_MAX {
        detail.pop();
    }
    if detail.trim().is_empty() {
        error.row().meaning.clone_into(&mut detail);
    }
    Rejection { line: i64::try_from(line).unwrap_or(i64::MAX), code: error.code().to_owned(), detail }
}

impl Feed {
    /// Opens a source behind the rows that are done. Their numbers are remembered, so that a list that goes on after a stop finds the same
    /// doubles as one that did not stop.
    pub(super) fn open(source: &ImportSource, header: Header, done: u64) -> Result<Self> {
        let (lines, photos) = (source.lines()?, source.photos()?);
        let mut feed = Self { lines, photos, header, line: 1, seen: HashSet::new() };
        for _ in 0..done {
            let Some(line) = feed.next_line()? else { break };
            if let Line::Text(text) = line
                && let Some(row) = feed.header.row(&text)
                && let Ok(number) = row.number.parse::<Number>()
            {
                feed.is_new(&number);
            }
        }
        Ok(feed)
    }

    fn next_line(&mut self) -> Result<Option<Line>> {
        match self.lines.recv() {
            Ok(Ok(line)) => {
                self.line += 1;
                Ok(Some(line))
            }
            Ok(Err(_)) => Err(invalid(format!("the list cannot be read after line {}", self.line))),
            Err(_) => Ok(None),
        }
    }

    fn is_new(&mut self, number: &Number) -> bool {
        let hash: [u8; 32] = Sha256::digest(number.as_str().as_bytes()).into();
        let mut first = [0; 8];
        first.copy_from_slice(&hash[..8]);
        self.seen.insert(u64::from_le_bytes(first))
    }

    /// The next rows, until there are a hundred or their photos fill the memory set aside for them; `None` at the end.
    pub(super) fn next(&mut self, engine: &Engine) -> Result<Option<Batch>> {
        let (mut batch, mut bytes) = (Batch::default(), 0);
        while (batch.done as usize) < IMPORT_BATCH_ROWS_MAX && bytes < IMPORT_BATCH_BYTES_MAX {
            let Some(line) = self.next_line()? else { break };
            batch.done += 1;
            match self.candidate(line) {
                Ok(Some(candidate)) => {
                    bytes += candidate.photo.as_ref().map_or(0, |photo| photo.image.len());
                    batch.candidates.push(candidate);
                }
                Ok(None) => {}
                Err(error) => batch.rejected.push(rejection(self.line, &error)),
            }
        }
        if batch.done == 0 {
            return Ok(None);
        }
        batch.look(engine);
        Ok(Some(batch))
    }

    /// The row of a line; nothing for an empty one.
    fn candidate(&mut self, line: Line) -> Result<Option<Candidate>> {
        let wrong = |detail| Error::new(Code::ImportRowInvalid, detail);
        let Line::Text(text) = line else { return Err(wrong("it is too long, or not UTF-8")) };
        if text.trim().is_empty() {
            return Ok(None);
        }
        let row = self.header.row(&text).ok_or_else(|| wrong("it has another number of values than the first line"))?;
        let Row { number, name, birth_date, address, language, photo, photo_date, photo_source } = row;
        let data = PersonData { name, number, birth_date, address, language };
        if !self.is_new(&data.check()?) {
            return Err(Error::new(Code::ImportNumberTwice, "the number stands further up in the list"));
        }
        let photo = match photo {
            None => None,
            Some(name) => {
                let source = photo_source.unwrap_or_else(|| SOURCE_DEFAULT.to_owned());
                let image = self.photos.read(&name)?;
                check_parts(&image, photo_date.as_deref(), &source)?;
                Some(Photo { image, taken_on: photo_date, source, quality: 0 })
            }
        };
        Ok(Some(Candidate { line: self.line, data, photo }))
    }
}

impl Batch {
    /// Looks at all photos with the engine; rows whose photo is no portrait are rejected with the engine's reason.
    fn look(&mut self, engine: &Engine) {
        let next = AtomicUsize::new(0);
        let candidates = &self.candidates;
        let look = || {
            let mut seen = Vec::new();
            while let Some(candidate) = candidates.get(next.fetch_add(1, Ordering::Relaxed)) {
                seen.extend(candidate.photo.as_ref().map(|photo| (candidate.line, gate(engine, &photo.image))));
            }
            seen
        };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut looked: Vec<(u64, face::Result<u8>)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..cores.min(candidates.len())).map(|_| scope.spawn(look)).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).flatten().collect()
        });
        looked.sort_by_key(|(line, _)| *line);
        let candidates = std::mem::take(&mut self.candidates);
        for mut candidate in candidates {
            let Some(photo) = &mut candidate.photo else {
                self.candidates.push(candidate);
                continue;
            };
            let found = looked.binary_search_by_key(&candidate.line, |(line, _)| *line).ok();
            match found.map(|at| looked[at].1.clone()) {
                Some(Ok(quality)) => {
                    photo.quality = quality;
                    self.candidates.push(candidate);
                }
                Some(Err(error)) => self.rejected.push(rejection(candidate.line, &error.into())),
                None => {
                    let error = face::Error::new(face::Code::InferenceFailed, "the engine's thread ended");
                    self.rejected.push(rejection(candidate.line, &error.into()));
                }
            }
        }
    }
}
