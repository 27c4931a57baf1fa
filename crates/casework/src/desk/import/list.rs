//! The list of an import: lines of comma-separated values (RFC 4180), read one at a time, however long the list is.
//!
//! A value may be quoted, but not go over a line's end: then one missing quotation mark damages one row and not all that follow.

use crate::limits::IMPORT_LINE_BYTES_MAX;
use std::io::{self, BufRead};

/// The columns of a list, in any order.
pub(super) const COLUMNS: [&str; 8] =
    ["number", "name", "birth_date", "address", "language", "photo", "photo_date", "photo_source"];
/// Those of [`COLUMNS`] that a list must have.
const REQUIRED: [&str; 4] = ["number", "name", "birth_date", "photo"];

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Its text, without the line's end.
    Text(String),
    /// It is longer than a line may be, or not UTF-8.
    Unreadable,
}

/// Reads the next line; `None` at the end. What is too long is passed over without being kept.
pub(super) fn next_line(reader: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    let (mut any, mut fits) = (false, true);
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        any = true;
        let end = chunk.iter().position(|&byte| byte == b'\n');
        let taken = end.unwrap_or(chunk.len());
        fits = fits && bytes.len() + taken <= IMPORT_LINE_BYTES_MAX;
        if fits {
            bytes.extend_from_slice(&chunk[..taken]);
        }
        reader.consume(taken + usize::from(end.is_some()));
        if end.is_some() {
            break;
        }
    }
    if !any {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(Some(match String::from_utf8(bytes) {
        Ok(text) if fits => Line::Text(text),
        _ => Line::Unreadable,
    }))
}

/// The values of a line; `None` when a quotation mark stands where none may.
pub(super) fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => bare(rest)?,
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(fields),
            None => return None,
        }
    }
}

/// The value up to the next comma, and what follows it.
fn bare(text: &str) -> Option<(String, &str)> {
    let (value, after) = text.split_at(text.find(',').unwrap_or(text.len()));
    (!value.contains('"')).then(|| (value.to_owned(), after))
}

/// The value up to its closing quotation mark, and what follows it; two marks are one.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        value.push_str(before);
        match after.strip_prefix('"') {
            Some(next) => {
                value.push('"');
                rest = next;
            }
            None => return Some((value, after)),
        }
    }
}

/// Which column stands where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// For each of [`COLUMNS`] its place in a line.
    places: [Option<usize>; COLUMNS.len()],
    count: usize,
}

impl Header {
    /// The columns that the first line names, or what is wrong with it.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let names =
            fields(line.strip_prefix('\u{feff}').unwrap_or(line)).ok_or("its first line is not quoted rightly")?;
        let mut places = [None; COLUMNS.len()];
        for (place, name) in names.iter().enumerate() {
            let column = COLUMNS.iter().position(|column| *column == name.trim().to_ascii_lowercase());
            let column = column.ok_or_else(|| format!("its column {} is unknown", place + 1))?;
            if places[column].replace(place).is_some() {
                return Err(format!("the column {} stands twice", COLUMNS[column]));
            }
        }
        for required in REQUIRED {
            if !COLUMNS.iter().zip(places).any(|(column, place)| *column == required && place.is_some()) {
                return Err(format!("the column {required} is missing"));
            }
        }
        Ok(Self { places, count: names.len() })
    }

    /// The row of a line; `None` when it has another number of values than the first line, or is quoted wrongly.
    pub(super) fn row(&self, line: &str) -> Option<Row> {
        let mut values = fields(line)?;
        if values.len() != self.count {
            return None;
        }
        let mut value = |column: usize| {
            let value = self.places[column].and_then(|place| values.get_mut(place)).map(std::mem::take);
            value.map(|value| value.trim().to_owned()).unwrap_or_default()
        };
        let given = |value: String| Some(value).filter(|value| !value.is_empty());
        Some(Row {
            number: value(0),
            name: value(1),
            birth_date: value(2),
            address: given(value(3)),
            language: given(value(4)),
            photo: given(value(5)),
            photo_date: given(value(6)),
            photo_source: given(value(7)),
        })
    }
}

/// One person of the list, as it stands there.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) number: String,
    pub(super) name: String,
    pub(super) birth_date: String,
    pub(super) address: Option<String>,
    pub(super) language: Option<String>,
    pub(super) photo: Option<String>,
    pub(super) photo_date: Option<String>,
    pub(super) photo_source: Option<String>,
}

impl std::fmt::Debug for Row {
    /// The name only: whoever is in the list does not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Row")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(text: &[u8]) -> Vec<Line> {
        let mut reader = io::BufReader::with_capacity(7, text);
        std::iter::from_fn(|| next_line(&mut reader).unwrap()).collect()
    }

    #[test]
    fn lines_end_as_on_any_system() {
        let text = |text: &str| Line::Text(text.to_owned());
        assert_eq!(lines(b"a,b\r\nc\n\nd"), [text("a,b"), text("c"), text(""), text("d")]);
        assert_eq!(lines(b"a\n"), [text("a")]);
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\xff\nb"), [Line::Unreadable, text("b")]);
    }

    #[test]
    fn a_line_too_long_damages_itself_only() {
        let mut bytes = vec![b'x'; IMPORT_LINE_BYTES_MAX];
        bytes.extend(b"\n");
        bytes.extend(vec![b'y'; IMPORT_LINE_BYTES_MAX + 1]);
        bytes.extend(b"\nz");
        let lines = lines(&bytes);
        assert!(
            matches!(&lines[..], [Line::Text(x), Line::Unreadable, Line::Text(z)] if x.len() == IMPORT_LINE_BYTES_MAX && z == "z")
        );
    }

    #[test]
    fn values_are_quoted_as_in_the_standard() {
        let of = |line| fields(line).unwrap();
        assert_eq!(of("a,\"b,c\",\"d\"\"e\""), ["a", "b,c", "d\"e"]);
        assert_eq!(of(""), [""]);
        assert_eq!(of(",\"\","), ["", "", ""]);
        for wrong in ["\"a", "\"a\"b", "a\"b", "a,\"", "\"a\" ,b"] {
            assert_eq!(fields(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_header_names_known_columns_once() {
        let header = Header::parse("\u{feff}photo, Name,number,birth_date").unwrap();
        let row = header.row("p.jpg, Ann ,A1,1990-01-01").unwrap();
        assert_eq!((row.number.as_str(), row.name.as_str(), row.photo.as_deref()), ("A1", "Ann", Some("p.jpg")));
        assert_eq!((row.address, row.photo_date), (None, None));
        assert!(header.row("p.jpg,Ann,A1").is_none());
        for wrong in
            ["", "number,name,birth_date", "number,name,birth_date,photo,number", "number,name,birth_date,photo,iban"]
        {
            assert!(Header::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(values in proptest::collection::vec("[^\r\n]{0,12}", 1..6)) {
            let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
            writer.write_record(&values).unwrap();
            let line = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(fields(line.trim_end_matches('\n')), Some(values));
        }

        #[test]
        fn any_bytes_are_lines(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for line in lines(&bytes) {
                if let Line::Text(text) = line {
                    prop_assert!(!text.contains('\n'));
                    let _ = (fields(&text), Header::parse(&text));
                }
            }
        }
    }
}
