//! The one error type of casework: a stable code and the detail that helps, its own or that of the crate beneath.

use crate::code::{Code, Row};
use face::code::Exit;

/// Why casework refused.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A rule of the office refused.
    #[error("{code}: {detail}")]
    Casework {
        /// The stable code; [`Code::row`] says what it means and what to do.
        code: Code,
        /// What exactly was found, as a lower-case fragment without personal data.
        detail: String,
    },
    /// A record refused, or could not be read or written.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A key, a sealed record, a token or a proof was not in order.
    #[error(transparent)]
    Seal(#[from] seal::Error),
    /// The engine refused a picture.
    #[error(transparent)]
    Face(#[from] face::Error),
}

impl Error {
    /// A refusal with `code` and `detail`.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::Casework { code, detail: detail.into() }
    }

    /// The row of the error's code: its HTTP status, what it means and what to do.
    pub fn row(&self) -> Row {
        match self {
            Self::Casework { code, .. } => *code.row(),
            Self::Store(store::Error::Refused { code, .. }) => *code.row(),
            Self::Store(store::Error::Seal(error)) | Self::Seal(error) => *error.code.row(),
            Self::Face(error) => {
                let face::code::Row { code, exit, meaning, action } = *error.code.row();
                Row { code, status: status(exit), meaning, action }
            }
        }
    }

    /// The stable text of the error's code.
    pub fn code(&self) -> &'static str {
        self.row().code
    }

    /// What exactly was found, as a lower-case fragment without personal data.
    pub fn detail(&self) -> &str {
        match self {
            Self::Casework { detail, .. } | Self::Store(store::Error::Refused { detail, .. }) => detail,
            Self::Store(store::Error::Seal(error)) | Self::Seal(error) => &error.detail,
            Self::Face(error) => &error.detail,
        }
    }

    /// The same error with `place` before its detail.
    #[must_use]
    pub fn within(self, place: &str) -> Self {
        match self {
            Self::Casework { code, detail } => Self::Casework { code, detail: format!("{place}: {detail}") },
            other => other,
        }
    }

    /// True if the same act, done again, may well succeed: two transactions were in each other's way.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Store(store::Error::Refused { code: store::Code::DatabaseBusy, .. }))
    }
}

impl PartialEq for Error {
    /// By code and detail, wherever they come from.
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code() && self.detail() == other.detail()
    }
}

impl Eq for Error {}

/// The HTTP status (RFC 9110) for how a program ends.
fn status(exit: Exit) -> u16 {
    match exit {
        Exit::Match | Exit::NoMatch | Exit::Inconclusive | Exit::Refused | Exit::BadInput => 422,
        Exit::BrokenInstallation | Exit::Failed => 500,
    }
}

/// The result of casework's functions.
pub type Result<T> = std::result::Result<T, Error>;
