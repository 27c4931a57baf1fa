//! Canonical JSON: the one text of a value, so that its hash does not depend on who wrote it (RFC 8785).
//!
//! A subset: no fractions, because their shortest form is the hard part of RFC 8785 and no entry needs one, and only integers that every
//! reader of JSON holds exactly (RFC 7493 §2.2).

use crate::code::Code;
use crate::error::{Error, Result};
use serde_json::Value;

/// The largest integer, 2^53 − 1, and its negative.
const INTEGER_MAX: u64 = (1 << 53) - 1;
/// Deepest nesting of arrays and objects.
const DEPTH_MAX: usize = 32;

/// The canonical text of `value`.
///
/// # Errors
/// `entry-not-canonical` for fractions, integers beyond ±(2^53 − 1) and more than 32 levels.
pub fn to_string(value: &Value) -> Result<String> {
    let mut text = String::new();
    write(value, DEPTH_MAX, &mut text)?;
    Ok(text)
}

/// True if `text` is the canonical text of a value.
pub fn is_canonical(text: &str) -> bool {
    let value = serde_json::from_str::<Value>(text).ok();
    value.is_some_and(|value| to_string(&value).is_ok_and(|canonical| canonical == text))
}

fn refused(detail: &str) -> Error {
    Error::new(Code::EntryNotCanonical, detail)
}

fn write(value: &Value, depth: usize, text: &mut String) -> Result<()> {
    let inner = || depth.checked_sub(1).ok_or_else(|| refused("it is nested too deeply"));
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => {
            let size = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
            match size {
                Some(size) if size <= INTEGER_MAX => text.push_str(&number.to_string()),
                Some(_) => return Err(refused("an integer is beyond 2^53 - 1")),
                None => return Err(refused("a number is not an integer")),
            }
        }
        Value::String(string) => quote(string, text)?,
        Value::Array(items) => {
            let depth = inner()?;
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                comma(index, text);
                write(item, depth, text)?;
            }
            text.push(']');
        }
        Value::Object(members) => {
            let depth = inner()?;
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            // RFC 8785 §3.2.3: by UTF-16 code units, which differs from UTF-8 beyond U+FFFF.
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (index, (name, item)) in members.into_iter().enumerate() {
                comma(index, text);
                quote(name, text)?;
                text.push(':');
                write(item, depth, text)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

fn comma(index: usize, text: &mut String) {
    if index > 0 {
        text.push(',');
    }
}

/// A string with the escapes of RFC 8785 §3.2.2.2, which are those that `serde_json` writes.
fn quote(string: &str, text: &mut String) -> Result<()> {
    text.push_str(&serde_json::to_string(string).map_err(|_| refused("a text cannot be written"))?);
    Ok(())
}
