//! How the program ends: the exit status, and what stopped it.

use crate::code::Code;
use face::code::{Exit, Row};
use face::geometry::Rect;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The exit statuses as the help prints them; `docs/JSON.md` repeats them.
pub(crate) const STATUSES: &str = "\
Exit status:
  0  match, or the command did its work
  1  no match, or a check found something that is not in order
  2  the comparison cannot tell
  3  a picture was read but cannot be used: number of faces, size or quality
  4  the input or the command line is wrong
  5  the installation is broken: pack, models or calibration
  6  a result could not be written or an internal step did not finish";

/// What stopped a command: a row of a code table, the detail, and the file it concerns.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Code, exit status and what to do.
    pub(crate) row: Box<Row>,
    /// What exactly was found, as a lower-case fragment.
    pub(crate) detail: String,
    /// The file that it concerns.
    pub(crate) file: Option<PathBuf>,
    /// The faces that led to it, in pixels of that file's picture.
    pub(crate) faces: Vec<Rect>,
}

/// The result of the commands.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure of the command line itself.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::of(*code.row(), detail)
    }

    /// A failure with a row of any table.
    pub(crate) fn of(row: Row, detail: impl Into<String>) -> Self {
        Self { row: Box::new(row), detail: detail.into(), file: None, faces: Vec::new() }
    }

    /// A result that could not be written.
    pub(crate) fn write(detail: impl Into<String>) -> Self {
        Self::of(*eval::Code::WriteFailed.row(), detail)
    }

    /// The same failure, naming the file that it concerns.
    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_path_buf());
        self
    }

    /// The detail with the file's name in front, one line.
    pub(crate) fn message(&self) -> String {
        match &self.file {
            Some(file) => format!("{}: {}", file.display(), self.detail),
            None => self.detail.clone(),
        }
    }
}

impl From<face::Error> for Failure {
    fn from(error: face::Error) -> Self {
        Self { faces: error.faces, ..Self::of(*error.code.row(), error.detail) }
    }
}

impl From<eval::Error> for Failure {
    fn from(error: eval::Error) -> Self {
        let row = *error.row();
        match error {
            eval::Error::Engine(error) => error.into(),
            eval::Error::Lab { detail, .. } => Self::of(row, detail),
        }
    }
}

impl From<seal::Error> for Failure {
    fn from(error: seal::Error) -> Self {
        Self::of(recorded(*error.code.row()), error.detail)
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Seal(error) => error.into(),
            store::Error::Refused { code, detail } => Self::of(recorded(*code.row()), detail),
        }
    }
}

impl From<casework::Error> for Failure {
    fn from(error: casework::Error) -> Self {
        match error {
            casework::Error::Store(error) => error.into(),
            casework::Error::Seal(error) => error.into(),
            casework::Error::Face(error) => error.into(),
            casework::Error::Casework { code, detail } => Self::of(recorded(*code.row()), detail),
        }
    }
}

/// A row of the records' tables: those give an HTTP status, from which the exit status follows.
fn recorded(row: seal::code::Row) -> Row {
    let seal::code::Row { code, status, meaning, action } = row;
    let exit = match status {
        500 => Exit::BrokenInstallation,
        501.. => Exit::Failed,
        _ => Exit::BadInput,
    };
    Row { code, exit, meaning, action }
}

/// The process exit status of `exit`.
pub(crate) fn status(exit: Exit) -> ExitCode {
    ExitCode::from(exit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_lists_every_status_with_its_number() {
        let all = [
            Exit::Match,
            Exit::NoMatch,
            Exit::Inconclusive,
            Exit::Refused,
            Exit::BadInput,
            Exit::BrokenInstallation,
            Exit::Failed,
        ];
        for exit in all {
            assert!(STATUSES.contains(&format!("\n  {}  ", exit as u8)), "{exit:?}");
        }
    }
}
