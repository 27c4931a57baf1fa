//! The lines of an export. Each is canonical JSON (RFC 8785), so that there is one way to write it and a reader can insist on it:
//!
//! ```text
//! {"format":…,"keys":[…],"made_at_ms":…,"origin":…}      first: what this is, and the public keys
//! {"shard":…,"size":…}                                   a tree begins
//! {"entry":{…},"leaf":…}                                 its entries in their order, each with its leaf hash in base64
//! {"at_ms":…,"checkpoint":…}                             a signed checkpoint, right after the last entry that it covers
//! {"head":…}                                             the tree ends: a checkpoint over all of it, signed for this export
//! {"at_ms":…,"root":…,"seq":…,"shards":…}                signed roots over all trees, in their order
//! {"seal":…}                                             last: a JWS over the SHA-256 of all bytes before
//! ```

use crate::error::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seal::keys::KeyId;
use seal::tree::Hash;
use serde::{Deserialize, Serialize};

/// The form's name.
pub(crate) const FORMAT: &str = "countenance-ledger-export-1";
/// The type of the JWS that ends an export.
pub(crate) const SEAL: &str = "ledger-export";
/// Before the text of an entry.
const BEFORE: &str = r#"{"entry":"#;
/// Between an entry and its leaf hash.
const BETWEEN: &str = r#","leaf":""#;
/// After the leaf hash.
const AFTER: &str = r#""}"#;
/// Characters of a leaf hash.
const LEAF: usize = 44;

/// A line that holds no entry.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Line {
    Header(Header),
    Shard(ShardLine),
    Checkpoint(CheckpointLine),
    Head(HeadLine),
    Root(RootLine),
    Seal(SealLine),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) format: String,
    pub(crate) keys: Vec<PublicKey>,
    pub(crate) made_at_ms: i64,
    pub(crate) origin: String,
}

/// A key with which the ledger signs or signed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublicKey {
    pub(crate) id: KeyId,
    /// As C2SP signed-note writes it, under the name of the installation.
    pub(crate) vkey: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShardLine {
    pub(crate) shard: String,
    pub(crate) size: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckpointLine {
    pub(crate) at_ms: i64,
    pub(crate) checkpoint: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeadLine {
    pub(crate) head: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RootLine {
    pub(crate) at_ms: i64,
    pub(crate) root: String,
    pub(crate) seq: u64,
    pub(crate) shards: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SealLine {
    pub(crate) seal: String,
}

/// What the JWS at the end states.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sealed {
    /// Of all bytes before the last line, in base64.
    pub(crate) sha256: String,
    pub(crate) entries: u64,
    pub(crate) shards: u64,
    pub(crate) roots: u64,
}

impl Line {
    /// The line with its newline.
    pub(crate) fn text(&self) -> Result<String> {
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut text = seal::canonical::to_string(&value)?;
        text.push('\n');
        Ok(text)
    }

    /// Reads a line without its newline; only what [`Line::text`] writes is taken.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        if seal::canonical::to_string(&value).ok()? != text {
            return None;
        }
        serde_json::from_value(value).ok()
    }
}

/// The line of an entry, with its newline.
pub(crate) fn entry(text: &str, leaf: &[u8]) -> String {
    format!("{BEFORE}{text}{BETWEEN}{}{AFTER}\n", STANDARD.encode(leaf))
}

/// The entry's text and leaf hash of a line that begins like an entry's; the hash is missing when the line does not end like one.
pub(crate) fn split_entry(line: &[u8]) -> Option<(&[u8], Option<Hash>)> {
    let rest = line.strip_prefix(BEFORE.as_bytes())?;
    let split = rest.len().checked_sub(BETWEEN.len() + LEAF + AFTER.len()).map(|at| rest.split_at(at));
    let ended = split.and_then(|(text, end)| {
        let leaf = end.strip_prefix(BETWEEN.as_bytes())?.strip_suffix(AFTER.as_bytes())?;
        Some((text, STANDARD.decode(leaf).ok()?.try_into().ok()?))
    });
    Some(ended.map_or((rest, None), |(text, leaf)| (text, Some(leaf))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back() {
        let line = Line::Shard(ShardLine { shard: "register".to_owned(), size: 7 });
        let text = line.text().unwrap();
        assert_eq!(text, "{\"shard\":\"register\",\"size\":7}\n");
        assert!(matches!(Line::parse(text.trim_end()), Some(Line::Shard(ShardLine { size: 7, .. }))));
        for wrong in [
            "{\"shard\":\"register\",\"size\": 7}",
            "{\"size\":7,\"shard\":\"register\"}",
            "{\"shard\":\"a\",\"size\":7,\"x\":1}",
        ] {
            assert!(Line::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn entries_come_back() {
        let text = entry("{\"a\":1}", &[7; 32]);
        assert_eq!(split_entry(text.trim_end().as_bytes()), Some((&b"{\"a\":1}"[..], Some([7; 32]))));
        assert_eq!(split_entry(b"{\"entry\":{}"), Some((&b"{}"[..], None)));
        assert_eq!(split_entry(b"{\"shard\":1}"), None);
    }
}
