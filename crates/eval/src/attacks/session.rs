//! A recorded session on disk: a folder with `session.json` and its pictures.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::limits::{SESSION_BYTES_MAX, SESSION_FRAMES_MAX};
use face::live::{Challenge, Shown};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The file that makes a folder a session.
pub const SESSION_FILE: &str = "session.json";

/// Whether a person was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// A person, here and now.
    BonaFide,
    /// An attack.
    Attack,
}

/// One picture of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// The file's name in the session's folder.
    pub file: String,
    /// When it was taken, in ms of the page's clock since its camera started.
    pub at_ms: u32,
}

/// What `session.json` holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// The file's format: `countenance.session/1`.
    pub schema: String,
    /// Whether a person was there.
    pub label: Label,
    /// The kind of attack; empty for a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub species: String,
    /// Whom the session is about: the name of the portrait's file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub person: String,
    /// How it was made, in a sentence.
    pub made: String,
    /// The seed that makes it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// What was asked.
    pub challenge: Challenge,
    /// What the page showed.
    pub shown: Vec<Shown>,
    /// The pictures in the order of time.
    pub frames: Vec<Frame>,
}

/// The format that is written and read.
pub const SCHEMA: &str = "countenance.session/1";

impl Session {
    /// Reads the session in `folder`.
    ///
    /// # Errors
    /// `session-invalid` when it is not a session of this version, too large, or names files outside its folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(SESSION_FILE);
        let invalid = |why: String| Error::new(Code::SessionInvalid, format!("{}: {why}", path.display()));
        let mut text = String::new();
        let file = File::open(&path).map_err(|e| invalid(e.to_string()))?;
        let read = file.take(SESSION_BYTES_MAX + 1).read_to_string(&mut text).map_err(|e| invalid(e.to_string()))?;
        if read as u64 > SESSION_BYTES_MAX {
            return Err(invalid(format!("more than {SESSION_BYTES_MAX} bytes")));
        }
        let session: Self = serde_json::from_str(&text).map_err(|e| invalid(e.to_string()))?;
        if session.schema != SCHEMA {
            return Err(invalid(format!("its schema is not {SCHEMA}")));
        }
        if session.frames.len() > SESSION_FRAMES_MAX {
            return Err(invalid(format!("more than {SESSION_FRAMES_MAX} pictures")));
        }
        if session.frames.windows(2).any(|w| w[0].at_ms >= w[1].at_ms) {
            return Err(invalid("its pictures are not in the order of time".to_owned()));
        }
        let plain = |name: &str| Path::new(name).file_name().is_some_and(|n| n == name) && !name.contains('\\');
        if let Some(frame) = session.frames.iter().find(|f| !plain(&f.file)) {
            return Err(invalid(format!("{:?} is not a file of the folder", frame.file)));
        }
        Ok(session)
    }

    /// Writes `session.json` into `folder`.
    ///
    /// # Errors
    /// `write-failed`.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_string(self).map_err(|e| Error::new(Code::WriteFailed, e.to_string()))?;
        write_whole(&folder.join(SESSION_FILE), format!("{text}\n").as_bytes())
    }
}

/// All folders with a session below `folder`, itself too, in the order of their paths.
///
/// # Errors
/// `session-invalid` when a folder cannot be read.
pub fn find(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        if folder.join(SESSION_FILE).is_file() {
            found.push(folder);
            continue;
        }
        let unreadable = |e: std::io::Error| Error::new(Code::SessionInvalid, format!("{}: {e}", folder.display()));
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            // Links are not followed, so the walk ends.
            if depth < 4 && entry.file_type().map_err(unreadable)?.is_dir() {
                open.push((entry.path(), depth + 1));
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use face::live::{Level, Prompt, Way};

    fn session() -> Session {
        Session {
            schema: SCHEMA.to_owned(),
            label: Label::Attack,
            species: "flat-print".to_owned(),
            person: "a.jpg".to_owned(),
            made: "for a test".to_owned(),
            seed: Some(7),
            challenge: Challenge::draw(Way::default(), Level::Assist, &[9; 32]),
            shown: vec![Shown { prompt: Prompt::Rest, from_ms: 0, to_ms: 1000 }],
            frames: vec![
                Frame { file: "000.jpg".to_owned(), at_ms: 3 },
                Frame { file: "001.jpg".to_owned(), at_ms: 70 },
            ],
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_found() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("flat-print/0003");
        std::fs::create_dir_all(&deep).unwrap();
        session().write(&deep).unwrap();
        assert_eq!(find(folder.path()).unwrap(), std::slice::from_ref(&deep));
        assert_eq!(Session::read(&deep).unwrap(), session());
    }

    #[test]
    fn files_outside_the_folder_and_times_that_go_back_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |change: &dyn Fn(&mut Session)| {
            let mut session = session();
            change(&mut session);
            session.write(folder.path()).unwrap();
            Session::read(folder.path()).unwrap_err().code()
        };
        assert_eq!(refused(&|s| s.frames[0].file = "../x.jpg".to_owned()), "session-invalid");
        assert_eq!(refused(&|s| s.frames[0].file = "/x.jpg".to_owned()), "session-invalid");
        assert_eq!(refused(&|s| s.frames[1].at_ms = 3), "session-invalid");
        assert_eq!(refused(&|s| s.schema = "countenance.session/2".to_owned()), "session-invalid");
        assert_eq!(Session::read(&folder.path().join("no")).unwrap_err().code(), "session-invalid");
    }
}
