//! The public names of keys.

use crate::bytes::hex;
use crate::code::Code;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Longest name in bytes.
const LENGTH_MAX: usize = 48;

/// The public name of a key, such as `identity-3f9a1c02`: 3 to 48 lower-case letters, digits and inner hyphens, beginning with a letter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

impl KeyId {
    /// A new name: what it is for, and 32 random bits.
    pub(super) fn new(prefix: &str, random: [u8; 4]) -> Self {
        Self(format!("{prefix}-{}", hex(&random)))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for KeyId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        if (3..=LENGTH_MAX).contains(&text.len()) && begins && !text.ends_with('-') && text.bytes().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Code::KeyIdInvalid, "it is not 3 to 48 lower-case letters, digits and inner hyphens"))
    }
}

impl TryFrom<String> for KeyId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.0
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
