//! Reads a CSV file row by row with bounds on the row and the field, and errors that name the line.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::files::hex;
use crate::limits::{COLUMNS_MAX, FIELD_BYTES_MAX, ROW_BYTES_MAX, ROWS_MAX};
use csv::{ErrorKind, StringRecord};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{self, Read};

/// Passes bytes on, hashes them, and stops when a single row grows too long.
struct Bounded<R> {
    inner: R,
    hash: Sha256,
    since_row: usize,
    /// The bytes last passed on, and the place of the first of them in the file: the CSV reader counts a row as beginning where the one
    /// before ended, which is a line early after blank lines and after CRLF.
    recent: Vec<u8>,
    recent_from: u64,
}

impl<R> Bounded<R> {
    /// The line on which the row really begins whose place the CSV reader gives as `start`.
    fn line(&self, start: &csv::Position) -> u64 {
        let from = start.byte().saturating_sub(self.recent_from) as usize;
        let blank = self.recent.get(from..).unwrap_or_default().iter().take_while(|b| matches!(b, b'\r' | b'\n'));
        start.line() + blank.filter(|b| **b == b'\n').count() as u64
    }

    /// A row is read; the bytes before `end` are not needed any more.
    fn row_done(&mut self, end: u64) {
        self.since_row = 0;
        if self.recent.len() > 2 * ROW_BYTES_MAX {
            let done = (end.saturating_sub(self.recent_from) as usize).min(self.recent.len());
            self.recent.drain(..done);
            self.recent_from += done as u64;
        }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_row > ROW_BYTES_MAX {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let count = self.inner.read(buffer)?;
        self.since_row += count;
        self.hash.update(&buffer[..count]);
        self.recent.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

/// A CSV file with named columns. A byte-order mark, CRLF and quoted fields are understood.
pub(crate) struct Table<R: Read> {
    reader: csv::Reader<Bounded<R>>,
    columns: HashMap<String, usize>,
    names: Vec<String>,
    record: StringRecord,
    rows: usize,
    line: u64,
}

impl<R: Read> Table<R> {
    /// Reads the header.
    pub(crate) fn new(input: R) -> Result<Self> {
        let bounded = Bounded { inner: input, hash: Sha256::new(), since_row: 0, recent: Vec::new(), recent_from: 0 };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bounded);
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => return Err(broken(&error, 1)),
        };
        let invalid = |why: String| Err(Error::new(Code::IndexHeaderInvalid, why));
        if header.len() > COLUMNS_MAX {
            return invalid(format!("the first line has {} columns, at most {COLUMNS_MAX} are allowed", header.len()));
        }
        let mut columns = HashMap::new();
        for (at, name) in header.iter().enumerate() {
            if name.is_empty() || name.len() > FIELD_BYTES_MAX {
                return invalid(format!("column {} has no usable name", at + 1));
            }
            if columns.insert(name.to_owned(), at).is_some() {
                return invalid(format!("column {name:?} stands twice"));
            }
        }
        let names = header.iter().map(str::to_owned).collect();
        Ok(Self { reader, columns, names, record: StringRecord::new(), rows: 0, line: 0 })
    }

    /// Names of the columns in their order.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The place of column `name`, if there is one.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.columns.get(name).copied()
    }

    /// The place of column `name`.
    pub(crate) fn need(&self, name: &str) -> Result<usize> {
        self.find(name).ok_or_else(|| {
            Error::new(
                Code::IndexColumnMissing,
                format!("column {name:?} is missing; the first line has: {}", self.names.join(", ")),
            )
        })
    }

    /// Steps to the next row; `false` at the end.
    pub(crate) fn next(&mut self) -> Result<bool> {
        let start = self.reader.position().clone();
        let more = self.reader.read_record(&mut self.record);
        self.line = self.reader.get_ref().line(&start);
        let more = more.map_err(|error| broken(&error, self.line))?;
        let end = self.reader.position().byte();
        self.reader.get_mut().row_done(end);
        if !more {
            return Ok(false);
        }
        self.rows += 1;
        if self.rows > ROWS_MAX {
            return Err(Error::new(Code::IndexTooLarge, format!("the index has more than {ROWS_MAX} rows")));
        }
        match self.record.iter().position(|field| field.len() > FIELD_BYTES_MAX) {
            Some(at) => Err(Error::new(
                Code::IndexFieldTooLong,
                format!("line {}: column {:?} has more than {FIELD_BYTES_MAX} bytes", self.line(), self.names[at]),
            )),
            None => Ok(true),
        }
    }

    /// The field at place `at` of the present row, without surrounding blanks.
    pub(crate) fn field(&self, at: usize) -> &str {
        self.record.get(at).unwrap_or("")
    }

    /// The line on which the present row begins, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// The refusal of the present row.
    pub(crate) fn refuse(&self, code: Code, why: &str) -> Error {
        Error::new(code, format!("line {}: {why}", self.line()))
    }

    /// The yes-or-no field at `at`: `1` or `0`.
    pub(crate) fn flag(&self, at: usize) -> Result<bool> {
        match self.field(at) {
            "1" => Ok(true),
            "0" => Ok(false),
            other => Err(self.refuse(Code::IndexRowBroken, &format!("{:?} is {other:?}, not 0 or 1", self.names[at]))),
        }
    }

    /// SHA-256 of all bytes read so far (of the file, once [`Table::next`] gave `false`).
    pub(crate) fn sha256(self) -> String {
        hex(&self.reader.into_inner().hash.finalize())
    }
}

fn broken(error: &csv::Error, line: u64) -> Error {
    match error.kind() {
        ErrorKind::Io(cause) if cause.kind() == io::ErrorKind::FileTooLarge => {
            Error::new(Code::IndexFieldTooLong, "a row has more than 128 KiB; a quotation mark may be missing")
        }
        ErrorKind::Io(cause) => Error::new(Code::IndexNotFound, format!("the index could not be read: {cause}")),
        ErrorKind::UnequalLengths { expected_len, len, .. } => Error::new(
            Code::IndexRowBroken,
            format!("line {line}: {len} fields where the first line has {expected_len}"),
        ),
        ErrorKind::Utf8 { .. } => Error::new(Code::IndexRowBroken, format!("line {line}: the text is not UTF-8")),
        _ => Error::new(Code::IndexRowBroken, format!("line {line}: {error}")),
    }
}
