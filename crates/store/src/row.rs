//! Rows as bytes: one canonical form for both databases, from which the ledger's digests are made.

use crate::error::{Error, Result};
use crate::{Code, Means, Table};
use seal::keys::HashUse;
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};

/// Length of a row's name and digest in the ledger, bytes: 128 bits against a forger who knows neither key nor row.
const DIGEST_BYTES: usize = 16;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// Reads a column of a row whatever its type.
pub(crate) fn value(row: &AnyRow, index: usize) -> Result<Value> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    Ok(match raw.type_info().kind() {
        AnyTypeInfoKind::Null => Value::Null,
        AnyTypeInfoKind::SmallInt | AnyTypeInfoKind::Integer | AnyTypeInfoKind::BigInt => {
            Value::Integer(row.try_get::<i64, _>(index)?)
        }
        AnyTypeInfoKind::Text => Value::Text(row.try_get::<String, _>(index)?),
        AnyTypeInfoKind::Blob => Value::Bytes(row.try_get::<Vec<u8>, _>(index)?),
        kind => {
            return Err(Error::new(Code::RowInvalid, format!("a column has the type {}", raw_name(kind))));
        }
    })
}

fn raw_name(kind: AnyTypeInfoKind) -> String {
    sqlx::any::AnyTypeInfo { kind }.name().to_owned()
}

/// The row in canonical form: its columns sorted by name, each as name, kind and value, with lengths before them.
pub(crate) fn bytes(row: &AnyRow) -> Result<Vec<u8>> {
    let mut columns: Vec<(usize, &str)> = row.columns().iter().map(|c| (c.ordinal(), c.name())).collect();
    columns.sort_by_key(|&(_, name)| name);
    let mut out = Vec::with_capacity(256);
    let mut part = |bytes: &[u8]| {
        out.extend((bytes.len() as u64).to_be_bytes());
        out.extend(bytes);
    };
    for (index, name) in columns {
        part(name.as_bytes());
        match value(row, index)? {
            Value::Null => part(b"null"),
            Value::Integer(number) => {
                part(b"integer");
                part(&number.to_be_bytes());
            }
            Value::Text(text) => {
                part(b"text");
                part(text.as_bytes());
            }
            Value::Bytes(bytes) => {
                part(b"bytes");
                part(&bytes);
            }
        }
    }
    Ok(out)
}

/// The keyed digest of a row, in base64url.
pub(crate) fn digest(means: &Means<'_>, table: Table, row: &AnyRow) -> Result<String> {
    let bytes = bytes(row)?;
    Ok(short(&means.ring.hash(HashUse::Row, &[b"row", table.name().as_bytes(), &bytes])))
}

/// The keyed name of a row in the ledger: `table/name`. The id itself does not stand there, so that the ledger does not link rows.
pub(crate) fn name(means: &Means<'_>, table: Table, id: &str) -> String {
    let hash = means.ring.hash(HashUse::Row, &[b"id", table.name().as_bytes(), id.as_bytes()]);
    format!("{}/{}", table.name(), short(&hash))
}

/// The tag of an entry: its keyed hash, in base64url.
pub(crate) fn tag(means: &Means<'_>, entry: &str) -> String {
    short(&means.ring.hash(HashUse::Row, &[b"entry", entry.as_bytes()]))
}

fn short(hash: &[u8; 32]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash[..DIGEST_BYTES])
}
