//! Signed notes: a text, an empty line, and lines of signatures (C2SP signed-note), with Ed25519 only.

use crate::bytes::{hex, sha256};
use crate::code::Code;
use crate::error::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};

/// Longest note in bytes.
const NOTE_MAX: usize = 1 << 16;
/// Most signatures of a note; the specification asks for at least 16.
const SIGNATURES_MAX: usize = 64;
/// Longest name of a key in bytes.
const NAME_MAX: usize = 200;
/// The type of an Ed25519 signature.
const ED25519: u8 = 1;

fn invalid(detail: &str) -> Error {
    Error::new(Code::CheckpointInvalid, detail)
}

/// True for what may be the name of a key: no spaces, no `+`, no control characters.
pub(super) fn is_name(text: &str) -> bool {
    let allowed = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
    (1..=NAME_MAX).contains(&text.len()) && text.chars().all(allowed)
}

/// A name and a public key that are known to belong together. As text: name, key's hash and key with `+` between them ("vkey").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    public: [u8; 32],
}

impl Verifier {
    /// The verifier of a name and an Ed25519 public key.
    ///
    /// # Errors
    /// `checkpoint-invalid` when `name` is empty, too long, or has spaces or `+`.
    pub fn new(name: &str, public: [u8; 32]) -> Result<Self> {
        if is_name(name) {
            Ok(Self { name: name.to_owned(), public })
        } else {
            Err(invalid("it is not the name of a key"))
        }
    }

    /// The name: for a log, its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The Ed25519 public key.
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// The short hash by which a signature names its key: the beginning of SHA-256(name ‖ LF ‖ 0x01 ‖ key).
    fn key_hash(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = sha256(&[self.name.as_bytes(), &[b'\n', ED25519], &self.public].concat());
        [a, b, c, d]
    }

    fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        let key = VerifyingKey::from_bytes(&self.public);
        let signature = Signature::from_slice(signature);
        key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify_strict(text.as_bytes(), &signature).is_ok()))
    }
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = STANDARD.encode([&[ED25519][..], &self.public].concat());
        write!(f, "{}+{}+{key}", self.name, hex(&self.key_hash()))
    }
}

impl std::str::FromStr for Verifier {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.splitn(3, '+').collect();
        let [name, hash, key] = parts[..] else { return Err(invalid("it is not name, hash and key")) };
        let key = STANDARD.decode(key).ok().and_then(|bytes| <[u8; 33]>::try_from(bytes).ok());
        let Some([ED25519, public @ ..]) = key else { return Err(invalid("it is not an Ed25519 key")) };
        let verifier = Self::new(name, public)?;
        if hex(&verifier.key_hash()) == hash { Ok(verifier) } else { Err(invalid("the key's hash is not its own")) }
    }
}

/// `text`, which ends with a newline, with its signature.
pub(super) fn signed(text: &str, verifier: &Verifier, signature: &[u8; 64]) -> String {
    let signature = STANDARD.encode([&verifier.key_hash()[..], signature].concat());
    format!("{text}\n\u{2014} {} {signature}\n", verifier.name)
}

/// The text of a note, and those of `verifiers` who signed it: at least one.
pub(super) fn open<'a, 'v>(note: &'a str, verifiers: &'v [Verifier]) -> Result<(&'a str, Vec<&'v Verifier>)> {
    if note.len() > NOTE_MAX || note.chars().any(|c| c.is_ascii_control() && c != '\n') {
        return Err(invalid("it is too long or has control characters"));
    }
    let border = note.rfind("\n\n").ok_or_else(|| invalid("it has no signatures"))?;
    let (text, lines) = (&note[..=border], &note[border + 2..]);
    let lines = lines.strip_suffix('\n').ok_or_else(|| invalid("the last line is not ended"))?;
    let mut signers = Vec::new();
    for (count, line) in lines.split('\n').enumerate() {
        let parts = line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' '));
        let (name, encoded) = parts.ok_or_else(|| invalid("a signature's line is malformed"))?;
        let bytes = STANDARD.decode(encoded).map_err(|_| invalid("a signature is not base64"))?;
        let split = bytes.split_first_chunk::<4>().filter(|(_, signature)| !signature.is_empty());
        let (hash, signature) = split.ok_or_else(|| invalid("a signature is too short"))?;
        if !is_name(name) || count >= SIGNATURES_MAX {
            return Err(invalid("a signature has no proper name, or there are too many"));
        }
        let known = verifiers.iter().find(|verifier| verifier.name == name && verifier.key_hash() == *hash);
        match known {
            Some(verifier) if verifier.verifies(text, signature) => signers.push(verifier),
            Some(_) => return Err(invalid("a signature of a known key is wrong")),
            None => {}
        }
    }
    if signers.is_empty() { Err(invalid("no known key has signed it")) } else { Ok((text, signers)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Go package golang.org/x/mod/sumdb/note, which the specification describes.
    const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const SIGNATURE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn the_example_verifies() {
        let verifier: Verifier = VKEY.parse().unwrap();
        assert_eq!(verifier.to_string(), VKEY);
        let note = format!("{TEXT}\n{SIGNATURE}");
        let known = [verifier];
        let (text, signers) = open(&note, &known).unwrap();
        assert_eq!((text, signers.len()), (TEXT, 1));
    }

    #[test]
    fn unknown_signatures_are_passed_over_and_wrong_ones_refused() {
        let known: [Verifier; 1] = [VKEY.parse().unwrap()];
        let witness = "\u{2014} witness.example BQIDBAUGBwg=\n";
        assert!(open(&format!("{TEXT}\n{witness}{SIGNATURE}"), &known).is_ok());
        assert!(open(&format!("{TEXT}\n{witness}"), &known).is_err());
        let changed = TEXT.replace("answer", "Answer");
        assert!(open(&format!("{changed}\n{SIGNATURE}"), &known).is_err());
        // The same name with a key's hash that is not known is another key.
        let other = SIGNATURE.replace("x08go", "y08go");
        assert!(open(&format!("{TEXT}\n{SIGNATURE}{other}"), &known).is_ok());
        // A known key with a wrong signature spoils the note, even beside a right one.
        let wrong = SIGNATURE.replace("ZJkuB", "ZJkuC");
        assert!(open(&format!("{TEXT}\n{SIGNATURE}{wrong}"), &known).is_err());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_of_the_example_is_refused() {
        let known: [Verifier; 1] = [VKEY.parse().unwrap()];
        let note = format!("{TEXT}\n{SIGNATURE}");
        for at in 0..note.len() {
            for bit in 0..8 {
                let mut bytes = note.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                assert!(
                    String::from_utf8(bytes).is_ok_and(|note| open(&note, &known).is_err()) || !is_text(&note, at, bit)
                );
            }
            assert!(note.get(..at).is_none_or(|cut| open(cut, &known).is_err()), "{at}");
        }
    }

    /// True if the note is still text with that bit flipped.
    fn is_text(note: &str, at: usize, bit: u8) -> bool {
        let mut bytes = note.as_bytes().to_vec();
        bytes[at] ^= 1 << bit;
        String::from_utf8(bytes).is_ok()
    }
}
