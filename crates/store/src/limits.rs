//! Bounds of what may be stored, and the small conversions that every module needs.

use crate::Code;
use crate::error::{Error, Result};
use jiff::Timestamp;

/// Longest name, code word or address, bytes.
pub const NAME_BYTES_MAX: usize = 200;
/// Longest note, bytes.
pub const NOTE_BYTES_MAX: usize = 2_000;
/// Longest text that a person is shown before consenting, bytes.
pub const CONSENT_TEXT_BYTES_MAX: usize = 20_000;
/// Longest body of a notice, bytes.
pub const NOTICE_BYTES_MAX: usize = 16_000;
/// Largest piece of evidence before it is sealed, bytes.
pub const EVIDENCE_BYTES_MAX: usize = 256 * 1024;
/// Largest live picture before it is sealed, bytes.
pub const FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Largest piece of a film's measurements before it is sealed, bytes.
pub const FILM_PIECE_BYTES_MAX: usize = 1024 * 1024;
/// Most pieces of one film.
pub const FILM_PIECES_MAX: u32 = 400;
/// Longest challenge or way as a text, bytes.
pub const FILM_TEXT_BYTES_MAX: usize = 8_000;
/// Largest protected template before it is sealed, bytes.
pub const TEMPLATE_BYTES_MAX: usize = 256 * 1024;
/// Most live pictures of one capture.
pub const FRAMES_MAX: u32 = 16;
/// Most rows of one page of a list.
pub const PAGE_ROWS_MAX: u32 = 200;

/// Which page of a list.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a, I> {
    /// The last record of the page before.
    pub after: Option<&'a I>,
    /// At most so many; at most [`PAGE_ROWS_MAX`].
    pub limit: u32,
}

impl<I> Default for Window<'_, I> {
    /// The first page.
    fn default() -> Self {
        Self { after: None, limit: PAGE_ROWS_MAX }
    }
}

/// Refuses a text that is empty or longer than `bytes_max`.
pub(crate) fn bounded<'t>(text: &'t str, bytes_max: usize, what: &str) -> Result<&'t str> {
    if text.is_empty() {
        return Err(Error::new(Code::RowInvalid, format!("{what} is empty")));
    }
    if text.len() > bytes_max {
        return Err(Error::new(Code::TextTooLong, format!("{what} is longer than {bytes_max} bytes")));
    }
    // PostgreSQL cannot store this character, SQLite can: refused on both.
    if text.contains('\0') {
        return Err(Error::new(Code::RowInvalid, format!("{what} holds a zero character")));
    }
    Ok(text)
}

/// Refuses bytes that are none or more than `bytes_max`.
pub(crate) fn sized<'b>(bytes: &'b [u8], bytes_max: usize, what: &str) -> Result<&'b [u8]> {
    if bytes.is_empty() || bytes.len() > bytes_max {
        return Err(Error::new(Code::RowInvalid, format!("{what} is empty or larger than {bytes_max} bytes")));
    }
    Ok(bytes)
}

/// The moment of a column.
pub(crate) fn moment(ms: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(ms).map_err(|_| Error::new(Code::RowInvalid, "a time is out of range"))
}

/// The moment of a column that may be empty.
pub(crate) fn maybe_moment(ms: Option<i64>) -> Result<Option<Timestamp>> {
    ms.map(moment).transpose()
}

/// The id of a column that may be empty.
pub(crate) fn maybe_id<T: std::str::FromStr<Err = Error>>(text: Option<String>) -> Result<Option<T>> {
    text.map(|text| text.parse()).transpose()
}

/// The number of rows of a page.
pub(crate) fn rows(limit: u32) -> i64 {
    i64::from(limit.clamp(1, PAGE_ROWS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded() {
        assert_eq!(bounded("a", 1, "x").unwrap(), "a");
        assert_eq!(bounded("ab", 1, "x").unwrap_err().code(), Some(Code::TextTooLong));
        assert_eq!(bounded("", 1, "x").unwrap_err().code(), Some(Code::RowInvalid));
        assert_eq!(bounded("a\0", 9, "x").unwrap_err().code(), Some(Code::RowInvalid));
        assert_eq!(sized(&[], 1, "x").unwrap_err().code(), Some(Code::RowInvalid));
        assert_eq!(sized(&[1, 2], 1, "x").unwrap_err().code(), Some(Code::RowInvalid));
    }

    #[test]
    fn pages_are_bounded() {
        assert_eq!((rows(0), rows(7), rows(u32::MAX)), (1, 7, i64::from(PAGE_ROWS_MAX)));
    }

    #[test]
    fn moments_out_of_range_are_refused() {
        assert_eq!(moment(i64::MAX).unwrap_err().code(), Some(Code::RowInvalid));
        assert_eq!(moment(7).unwrap().as_millisecond(), 7);
    }
}
