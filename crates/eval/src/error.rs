//! The one error type of the lab: a stable code of its own or of the engine, and the detail that helps.

use crate::code::Code;
use face::code::Row;

/// Why an evaluation stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The lab refused.
    #[error("{code}: {detail}")]
    Lab {
        /// The stable code; [`Code::row`] says what it means and what to do.
        code: Code,
        /// What exactly was found, as a lower-case fragment.
        detail: String,
    },
    /// The engine is broken; refusals of single pictures are counted, not raised.
    #[error(transparent)]
    Engine(#[from] face::Error),
}

impl Error {
    /// A refusal of the lab with `code` and `detail`.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::Lab { code, detail: detail.into() }
    }

    /// The row of the error's code: what it means, what to do, and the exit status.
    pub fn row(&self) -> &'static Row {
        match self {
            Self::Lab { code, .. } => code.row(),
            Self::Engine(error) => error.code.row(),
        }
    }

    /// The stable text of the error's code.
    pub fn code(&self) -> &'static str {
        self.row().code
    }
}

/// The result of the lab's functions.
pub type Result<T> = std::result::Result<T, Error>;
