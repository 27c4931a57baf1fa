//! The lines of a backup, before they are sealed: one JSON value each.

use crate::Code;
use crate::dump::tables::{Holds, Stored};
use crate::error::{Error, Result};
use crate::row::{self, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

/// The form's name.
pub(crate) const FORMAT: &str = "countenance-backup-1";

/// A line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Line {
    Row(Vec<Cell>),
    Header(Header),
    Table(Table),
    Rows(Rows),
}

/// The first line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) format: String,
    pub(crate) made_at_ms: i64,
    /// The migrations that made the tables.
    pub(crate) schema: Vec<i64>,
    pub(crate) total: u64,
}

/// The line before the rows of a table.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    pub(crate) table: String,
    pub(crate) columns: Vec<String>,
}

/// The line after the rows of a table.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rows {
    pub(crate) rows: u64,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Bytes { b: String },
}

pub(crate) fn invalid(detail: impl Into<String>) -> Error {
    Error::new(Code::BackupInvalid, detail)
}

impl Line {
    /// The line of a row.
    pub(crate) fn of_row(table: &Stored, row: &AnyRow) -> Result<Self> {
        let cell = |index| {
            Ok(match row::value(row, index)? {
                Value::Null => Cell::Null,
                Value::Integer(number) => Cell::Integer(number),
                Value::Text(text) => Cell::Text(text),
                Value::Bytes(bytes) => Cell::Bytes { b: STANDARD_NO_PAD.encode(bytes) },
            })
        };
        Ok(Self::Row((0..table.columns.len()).map(cell).collect::<Result<_>>()?))
    }

    /// The line before a table's rows.
    pub(crate) fn of_table(table: &Stored) -> Self {
        let columns = table.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        Self::Table(Table { table: table.name.to_owned(), columns })
    }

    /// The line with its newline.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(self).map_err(|_| invalid("a line cannot be written"))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a line.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        // The parser's own words could hold values of a row.
        serde_json::from_slice(bytes).map_err(|_| invalid("a line has a form that this program does not write"))
    }
}

/// The values of a row for the columns of a table.
pub(crate) fn values(table: &Stored, cells: Vec<Cell>) -> Result<Vec<Value>> {
    let wrong = || invalid(format!("a row of {} does not fit its columns", table.name));
    if cells.len() != table.columns.len() {
        return Err(wrong());
    }
    let value = |(cell, (_, holds)): (Cell, &(&str, Holds))| match (cell, holds) {
        (Cell::Null, _) => Ok(Value::Null),
        (Cell::Integer(number), Holds::Integer) => Ok(Value::Integer(number)),
        (Cell::Text(text), Holds::Text) => Ok(Value::Text(text)),
        (Cell::Bytes { b }, Holds::Bytes) => Ok(Value::Bytes(STANDARD_NO_PAD.decode(b).map_err(|_| wrong())?)),
        _ => Err(wrong()),
    };
    cells.into_iter().zip(table.columns).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cell() -> impl Strategy<Value = Cell> {
        prop_oneof![
            Just(Cell::Null),
            any::<i64>().prop_map(Cell::Integer),
            ".*".prop_map(Cell::Text),
            any::<Vec<u8>>().prop_map(|bytes| Cell::Bytes { b: STANDARD_NO_PAD.encode(bytes) }),
        ]
    }

    proptest! {
        #[test]
        fn rows_come_back(cells in prop::collection::vec(cell(), 0..8)) {
            let line = Line::Row(cells);
            let bytes = line.bytes().unwrap();
            prop_assert_eq!(bytes.iter().position(|b| *b == b'\n'), Some(bytes.len() - 1));
            prop_assert_eq!(Line::parse(&bytes).unwrap(), line);
        }
    }

    #[test]
    fn other_lines_come_back_and_wrong_ones_do_not() {
        for line in [
            Line::Header(Header { format: FORMAT.to_owned(), made_at_ms: 1, schema: vec![1, 2], total: 3 }),
            Line::of_table(Stored::named("meta").unwrap()),
            Line::Rows(Rows { rows: 0 }),
        ] {
            assert_eq!(Line::parse(&line.bytes().unwrap()).unwrap(), line);
        }
        for wrong in ["", "{}", "{\"rows\":1,\"x\":2}", "[1.5]", "[true]", "[[1]]", "7"] {
            assert!(Line::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_value_of_another_kind_is_refused() {
        let meta = Stored::named("meta").unwrap();
        assert!(values(meta, vec![Cell::Text("a".to_owned()), Cell::Integer(1)]).is_err());
        assert!(values(meta, vec![Cell::Text("a".to_owned())]).is_err());
        assert!(values(meta, vec![Cell::Text("a".to_owned()), Cell::Text("b".to_owned())]).is_ok());
    }
}
