//! The one error type of casework: a stable code and the detail that helps.

use crate::code::{Code, Row};

/// Why casework refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A rule of the office refused.
    #[error("{code}: {detail}")]
    Casework {
        /// The stable code; [`Code::row`] says what it means and what to do.
        code: Code,
        /// What exactly was found, as a lower-case fragment without personal data.
        detail: String,
    },
}

impl Error {
    /// A refusal with `code` and `detail`.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::Casework { code, detail: detail.into() }
    }

    /// The row of the error's code: its HTTP status, what it means and what to do.
    pub fn row(&self) -> &'static Row {
        match self {
            Self::Casework { code, .. } => code.row(),
        }
    }

    /// The stable text of the error's code.
    pub fn code(&self) -> &'static str {
        self.row().code
    }

    /// The same error with `place` before its detail.
    #[must_use]
    pub fn within(self, place: &str) -> Self {
        match self {
            Self::Casework { code, detail } => Self::Casework { code, detail: format!("{place}: {detail}") },
        }
    }
}

/// The result of casework's functions.
pub type Result<T> = std::result::Result<T, Error>;
