//! The text form of a key ring.

use super::{Domain, HashUse, KeyId, SignUse};
use crate::bytes::{hex, joined, mac};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::random::{Random, array};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// The form's number.
const FORMAT: u32 = 1;
/// Longest text in bytes: some thousand keys.
const TEXT_MAX: usize = 1 << 20;
/// More than the text of one key takes, with the longest purpose.
const KEY_TEXT_MAX: usize = 512;

/// What a key is for. `docs/KEYS.md` says for each what it is to renew it and what it is to retire it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Wraps the data keys of a domain.
    Seal(Domain),
    /// Makes keyed hashes.
    Hash(HashUse),
    /// Signs.
    Sign(SignUse),
    /// The master secret of a version of templates: of one purpose, or version 1 of all.
    Template {
        /// The purpose; none for version 1, which is one key for all.
        purpose: Option<String>,
        /// The version.
        version: u32,
    },
}

impl Usage {
    /// The name in the text, and the beginning of the names of its keys.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Seal(domain) => format!("seal-{}", domain.as_str()),
            Self::Hash(hash_use) => format!("hash-{}", hash_use.as_str()),
            Self::Sign(sign_use) => format!("sign-{}", sign_use.as_str()),
            Self::Template { .. } => "transform".to_owned(),
        }
    }

    /// What the names of its keys begin with.
    fn prefix(&self) -> &'static str {
        match self {
            Self::Seal(domain) => domain.as_str(),
            Self::Hash(hash_use) => hash_use.as_str(),
            Self::Sign(sign_use) => sign_use.as_str(),
            Self::Template { .. } => "transform",
        }
    }

    /// True if a ring may hold several keys of this use.
    pub(super) fn rotates(&self) -> bool {
        match self {
            Self::Seal(_) | Self::Sign(_) | Self::Hash(HashUse::Number) => true,
            Self::Hash(_) => false,
            Self::Template { purpose, .. } => purpose.is_some(),
        }
    }

    fn read(name: &str, purpose: Option<String>, version: Option<u32>) -> Option<Self> {
        let usage = match (name, purpose, version) {
            ("transform", purpose, Some(version)) => return Some(Self::Template { purpose, version }),
            (_, None, None) => name.split_once('-')?,
            _ => return None,
        };
        match usage {
            ("seal", name) => Domain::ALL.into_iter().find(|domain| domain.as_str() == name).map(Self::Seal),
            ("hash", name) => HashUse::ALL.into_iter().find(|hash_use| hash_use.as_str() == name).map(Self::Hash),
            ("sign", name) => SignUse::ALL.into_iter().find(|sign_use| sign_use.as_str() == name).map(Self::Sign),
            _ => None,
        }
    }
}

/// One key of a ring.
pub(super) struct Key {
    pub(super) id: KeyId,
    pub(super) usage: Usage,
    pub(super) created_day: String,
    pub(super) secret: Zeroizing<[u8; 32]>,
}

impl Key {
    pub(super) fn generate(usage: Usage, day: &str, random: &dyn Random) -> Self {
        let id = KeyId::new(usage.prefix(), array(random));
        Self { id, usage, created_day: day.to_owned(), secret: Zeroizing::new(array(random)) }
    }

    /// The version of templates that this key makes; 1 for keys of other uses.
    pub(super) fn version(&self) -> u32 {
        if let Usage::Template { version, .. } = self.usage { version } else { 1 }
    }

    /// A short keyed hash of all that is said of the key: it finds a damaged secret and a changed name, and tells nothing of the secret.
    pub(super) fn check_value(&self) -> String {
        let purpose = if let Usage::Template { purpose: Some(purpose), .. } = &self.usage { purpose } else { "" };
        let name = self.usage.name();
        let version = self.version().to_string();
        let said = [self.id.as_str(), &name, purpose, &version, &self.created_day].map(str::as_bytes);
        hex(&mac(&self.secret, &joined("countenance key check v1", &said))[..8])
    }
}

/// A secret in its text form, overwritten when dropped.
struct SecretText(Zeroizing<String>);

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RingText {
    format: u32,
    fingerprint: String,
    keys: Vec<KeyText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyText {
    id: KeyId,
    #[serde(rename = "use")]
    usage: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    created_day: String,
    check: String,
    secret: SecretText,
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::new(Code::KeyRingInvalid, detail)
}

/// The keys of a text, and the fingerprint that it states.
pub(super) fn read(text: &str) -> Result<(Vec<Key>, String)> {
    if text.len() > TEXT_MAX {
        return Err(invalid("the text is too long"));
    }
    // The parser's own words are not passed on: they may quote the text, and the text holds secrets.
    let place =
        |e: &serde_json::Error| invalid(format!("it is not a ring's text at line {}, column {}", e.line(), e.column()));
    let ring: RingText = serde_json::from_str(text).map_err(|e| place(&e))?;
    if ring.format != FORMAT {
        return Err(invalid(format!("its format is {}, not {FORMAT}", ring.format)));
    }
    Ok((ring.keys.into_iter().map(read_key).collect::<Result<_>>()?, ring.fingerprint))
}

fn read_key(text: KeyText) -> Result<Key> {
    let KeyText { id, usage, purpose, version, created_day, check, secret } = text;
    let usage = Usage::read(&usage, purpose, version)
        .ok_or_else(|| invalid(format!("the use of {id} is unknown, or its purpose or version does not fit")))?;
    let decoded = STANDARD.decode(&*secret.0).map(Zeroizing::new).unwrap_or_default();
    let mut secret = Zeroizing::new([0; 32]);
    match decoded.as_chunks::<32>() {
        ([bytes], []) => secret.copy_from_slice(bytes),
        _ => return Err(invalid(format!("the secret of {id} is not 32 bytes in base64"))),
    }
    let key = Key { id, usage, created_day, secret };
    if key.check_value() != check {
        return Err(invalid(format!("{} does not fit its check value: something of it was changed", key.id)));
    }
    Ok(key)
}

/// The text of `keys`.
pub(super) fn write<'a>(keys: impl Iterator<Item = &'a Key>, fingerprint: &str) -> Result<Zeroizing<String>> {
    let keys: Vec<KeyText> = keys.map(key_text).collect();
    // Room for all of it, so that no smaller buffer with secrets is left behind.
    let room = (keys.len() + 1) * KEY_TEXT_MAX;
    let ring = RingText { format: FORMAT, fingerprint: fingerprint.to_owned(), keys };
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    serde_json::to_writer_pretty(&mut *bytes, &ring).map_err(|_| invalid("the text cannot be made"))?;
    bytes.push(b'\n');
    let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|_| invalid("the text cannot be made"))?;
    Ok(Zeroizing::new(text))
}

fn key_text(key: &Key) -> KeyText {
    let (purpose, version) = match &key.usage {
        Usage::Template { purpose, version } => (purpose.clone(), Some(*version)),
        _ => (None, None),
    };
    KeyText {
        id: key.id.clone(),
        usage: key.usage.name(),
        purpose,
        version,
        created_day: key.created_day.clone(),
        check: key.check_value(),
        secret: SecretText(Zeroizing::new(STANDARD.encode(*key.secret))),
    }
}

/// True for a day of the form YYYY-MM-DD.
pub(super) fn is_day(text: &str) -> bool {
    let form = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let number = |range| text.get(range).and_then(|digits: &str| digits.parse::<u8>().ok()).unwrap_or(0);
    form && (1..=12).contains(&number(5..7)) && (1..=31).contains(&number(8..10))
}
