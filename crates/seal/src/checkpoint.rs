//! Checkpoints: a signed statement of a log's size and root hash that anyone can keep and compare (C2SP tlog-checkpoint).
//!
//! The key's name in the signature is the log's origin, so that a checkpoint of one office cannot pass for that of another.

mod note;

pub use note::Verifier;

use crate::code::Code;
use crate::error::{Error, Result};
use crate::keys::{KeyId, KeyRing, SignUse};
use crate::tree::{Hash, Head, SIZE_MAX};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Most extension lines.
const EXTENSIONS_MAX: usize = 16;

/// What a log states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: a text like `countenance.example/office-7`, without spaces and `+`.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root hash over them.
    pub root: Hash,
    /// Further lines, not empty; what they say is signed, but no proof covers it.
    pub extensions: Vec<String>,
}

fn invalid(detail: &str) -> Error {
    Error::new(Code::CheckpointInvalid, detail)
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    pub fn new(origin: impl Into<String>, head: Head) -> Self {
        Self { origin: origin.into(), size: head.size, root: head.root, extensions: Vec::new() }
    }

    /// The size and root hash.
    pub fn head(&self) -> Head {
        Head { size: self.size, root: self.root }
    }

    /// The text that is signed.
    ///
    /// # Errors
    /// `checkpoint-invalid` when the origin is not a name or an extension is not one line.
    pub fn body(&self) -> Result<String> {
        let line = |text: &String| !text.is_empty() && !text.chars().any(|c| c.is_ascii_control());
        if !note::is_name(&self.origin) || !self.extensions.iter().all(line) || self.extensions.len() > EXTENSIONS_MAX {
            return Err(invalid("the origin is not a name, or an extension is not one line"));
        }
        let mut body = format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root));
        for extension in &self.extensions {
            body.push_str(extension);
            body.push('\n');
        }
        Ok(body)
    }

    /// Reads what [`Checkpoint::body`] writes. Nothing is verified; see [`Checkpoint::verify`].
    ///
    /// # Errors
    /// `checkpoint-invalid`.
    pub fn parse_body(body: &str) -> Result<Self> {
        let lines = body.strip_suffix('\n').ok_or_else(|| invalid("the last line is not ended"))?;
        let mut lines = lines.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(invalid("it has fewer than three lines"));
        };
        let number = size.parse().ok().filter(|number: &u64| number.to_string() == size && *number <= SIZE_MAX);
        let root = STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok());
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: number.ok_or_else(|| invalid("the size is not a number"))?,
            root: root.ok_or_else(|| invalid("the root is not a hash"))?,
            extensions: lines.map(str::to_owned).collect(),
        };
        checkpoint.body().map(|_| checkpoint)
    }

    /// The checkpoint as a signed note, with the ring's current ledger key.
    ///
    /// # Errors
    /// `checkpoint-invalid` as [`Checkpoint::body`]; `key-service-failed`; `key-unknown` when the ring signs with a key that it does not
    /// show.
    pub fn sign(&self, ring: &dyn KeyRing) -> Result<String> {
        let body = self.body()?;
        let signature = ring.sign(SignUse::Ledger, body.as_bytes())?;
        let keys = ring.public_keys(SignUse::Ledger);
        let key = keys.iter().find(|(id, _)| *id == signature.key);
        let (_, public) = key.ok_or_else(|| Error::new(Code::KeyUnknown, signature.key.to_string()))?;
        Ok(note::signed(&body, &Verifier::new(&self.origin, *public)?, &signature.bytes))
    }

    /// Reads a signed note and checks that the log itself signed it: at least one of `verifiers` whose name is the origin did, and none
    /// of `verifiers` has a signature in it that is not its own. Signatures of unknown keys, such as witnesses', do not count.
    ///
    /// # Errors
    /// `checkpoint-invalid`.
    pub fn verify(note: &str, verifiers: &[Verifier]) -> Result<Self> {
        let (body, signers) = note::open(note, verifiers)?;
        let checkpoint = Self::parse_body(body)?;
        if signers.iter().any(|signer| signer.name() == checkpoint.origin) {
            return Ok(checkpoint);
        }
        Err(invalid("it is not signed by the log that it speaks of"))
    }
}

/// The verifiers of the log `origin` for the public keys of its ring.
///
/// # Errors
/// `checkpoint-invalid` when the origin is not a name.
pub fn verifiers(origin: &str, keys: &[(KeyId, [u8; 32])]) -> Result<Vec<Verifier>> {
    keys.iter().map(|(_, public)| Verifier::new(origin, *public)).collect()
}
