//! The one error type of this crate: a stable code, and the detail that helps.

use crate::code::Code;

/// Why a key, a proof, a token or sealed bytes were refused.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Error {
    /// The stable code; [`Code::row`] says what it means and what to do.
    pub code: Code,
    /// What exactly was found, as a lower-case fragment without secrets and without personal data.
    pub detail: String,
}

impl Error {
    /// An error with `code` and `detail`.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;
