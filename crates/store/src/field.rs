//! Values on their way into a row and out of it: lines of text, words, dates, lists. Bounds stand in `limits`.

use crate::Code;
use crate::error::{Error, Result};
use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest code word, such as a reason, bytes.
pub(crate) const WORD_BYTES_MAX: usize = 64;

/// Refuses a text that is empty, too long, or holds control characters: PostgreSQL cannot store NUL, and none of them belongs into a name.
pub(crate) fn text(what: &'static str, text: &str, bytes_max: usize) -> Result<()> {
    if text.len() > bytes_max {
        return Err(Error::new(Code::TextTooLong, format!("{what} is longer than {bytes_max} bytes")));
    }
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(Error::new(Code::RowInvalid, format!("{what} is empty or holds control characters")));
    }
    Ok(())
}

/// Refuses anything but a code word: lower-case letters, digits, inner dots and hyphens.
pub(crate) fn word(what: &'static str, word: &str) -> Result<()> {
    text(what, word, WORD_BYTES_MAX)?;
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
    let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = word.as_bytes();
    if bytes.iter().copied().all(inner) && edge(bytes.first()) && edge(bytes.last()) {
        return Ok(());
    }
    Err(Error::new(Code::RowInvalid, format!("{what} is not lower-case letters, digits, inner dots and hyphens")))
}

/// Refuses anything but `YYYY`, `YYYY-MM` or `YYYY-MM-DD` of a day that exists.
pub(crate) fn date(what: &'static str, text: &str) -> Result<()> {
    let full = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => String::new(),
    };
    let shape = full.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    if shape && full.len() == 10 && full.parse::<jiff::civil::Date>().is_ok() {
        return Ok(());
    }
    Err(Error::new(Code::RowInvalid, format!("{what} is not a date as YYYY, YYYY-MM or YYYY-MM-DD")))
}

/// Refuses bytes outside of a range of lengths.
pub(crate) fn bytes(what: &'static str, bytes: &[u8], range: std::ops::RangeInclusive<usize>) -> Result<()> {
    if range.contains(&bytes.len()) {
        return Ok(());
    }
    Err(Error::new(Code::RowInvalid, format!("{what} has {} bytes", bytes.len())))
}

/// A length of time in milliseconds.
pub(crate) fn ms(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A list as the text that a column holds.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::new(Code::RowInvalid, "a value has no JSON form"))
}

/// The list that a column holds.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    // The parser's own words may quote the value.
    serde_json::from_str(text)
        .map_err(|_| Error::new(Code::RowInvalid, "a column does not hold the JSON that it should"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_bounded_and_hold_no_control_characters() {
        assert!(text("name", "Robert'); DROP TABLE persons;--", 200).is_ok());
        assert_eq!(text("name", &"x".repeat(201), 200).unwrap_err().code(), Some(Code::TextTooLong));
        for wrong in ["", "  ", "a\0b", "a\nb", "\u{7f}"] {
            assert_eq!(text("name", wrong, 200).unwrap_err().code(), Some(Code::RowInvalid), "{wrong:?}");
        }
    }

    #[test]
    fn words_are_words() {
        for right in ["clerk", "protection-officer", "no-portrait.2", "a"] {
            assert!(word("role", right).is_ok(), "{right}");
        }
        for wrong in ["", "Clerk", "-a", "a-", "a b", "a'b", "é"] {
            assert!(word("role", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates_exist() {
        for right in ["1946", "1946-02", "2024-02-29"] {
            assert!(date("day", right).is_ok(), "{right}");
        }
        for wrong in
            ["", "46", "1946-2", "1946-13", "2023-02-29", "1946-02-30", "19460203", "1946/02/03", "-194", "1946-02-03T"]
        {
            assert!(date("day", wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn checks_never_panic(any in ".{0,40}") {
            let _ = (text("t", &any, 20), word("w", &any), date("d", &any));
        }

        #[test]
        fn every_day_of_four_digits_is_a_date(year in 1000_i16..=9999, month in 1_i8..=12, day in 1_i8..=28) {
            let text = format!("{year}-{month:02}-{day:02}");
            prop_assert!(date("d", &text).is_ok());
        }
    }
}
