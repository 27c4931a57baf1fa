//! The one error type of this crate: a stable code, the detail that helps, and the boxes of the faces when they were the reason.

use crate::code::Code;
use crate::geometry::Rect;

/// Why the engine refused.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Error {
    /// The stable code; [`Code::row`] says what it means and what to do.
    pub code: Code,
    /// What exactly was found, as a lower-case fragment without personal data.
    pub detail: String,
    /// The faces that led to the refusal, largest first; empty for other reasons.
    pub faces: Vec<Rect>,
}

impl Error {
    /// An error with `code` and `detail`.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), faces: Vec::new() }
    }

    /// The same error with the boxes of the faces that led to it.
    #[must_use]
    pub fn with_faces(mut self, faces: Vec<Rect>) -> Self {
        self.faces = faces;
        self
    }
}

/// The result of the engine's functions.
pub type Result<T> = std::result::Result<T, Error>;
