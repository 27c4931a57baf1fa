//! What the JSON documents share; each command's document stands in its own file. `docs/JSON.md` is the reference.

use crate::exit::{Failure, Result};
use face::geometry::Rect;
use serde::Serialize;

/// `document` as text with a line end.
pub(crate) fn text<T: Serialize>(document: &T) -> Result<String> {
    let mut text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::write(format!("the result is not JSON: {error}")))?;
    text.push('\n');
    Ok(text)
}

/// `countenance.error/1`
#[derive(Debug, Serialize)]
pub(crate) struct ErrorDocument<'a> {
    schema: &'static str,
    code: &'static str,
    exit: u8,
    message: &'a str,
    action: &'static str,
    file: Option<String>,
    faces: &'a [Rect],
}

impl<'a> ErrorDocument<'a> {
    /// The document of `failure`.
    pub(crate) fn of(failure: &'a Failure) -> Self {
        Self {
            schema: "countenance.error/1",
            code: failure.row.code,
            exit: failure.row.exit as u8,
            message: &failure.detail,
            action: failure.row.action,
            file: failure.file.as_ref().map(|file| file.display().to_string()),
            faces: &failure.faces,
        }
    }
}
