//! The keys of an installation, behind a trait that a file, a key management service or a hardware module implements.
//!
//! Every row has its own [`DataKey`]; the ring only wraps and unwraps those, so that a rotation changes the wrapping and not the data, and
//! shredding one small wrapped key makes all it sealed unreadable.

mod id;
mod ring;
mod text;

pub use id::KeyId;
pub use ring::{FileRing, Rotate};
pub use text::Usage;

use crate::error::Result;
use crate::random::{Random, array};
use crate::template::TemplateSecret;
use zeroize::Zeroizing;

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $type { $($(#[$variant_doc])* $variant,)+ }

        impl $type {
            /// All of them, in their order.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// The name in key rings, key names and pages.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

names! {
    /// What a data key seals. Each domain has key-encryption keys of its own, so that who gets those of one opens nothing of another.
    Domain {
        /// Names, numbers, addresses.
        Identity "identity",
        /// Stored portraits.
        Portrait "portrait",
        /// Templates.
        Template "template",
        /// Frames of a camera.
        Frame "frame",
        /// What a comparison showed.
        Evidence "evidence",
        /// An operator's second factor and contact; what notices to agencies are signed with.
        Operator "operator",
        /// Backups.
        Backup "backup",
    }
}

names! {
    /// What a keyed hash is for. Each use has a key of its own, so that hashes of one use cannot be looked up in another.
    HashUse {
        /// Finds a person by an identity number that is not stored.
        Number "number",
        /// Ties biometric rows to a person without naming them.
        Link "link",
        /// The digest of a protected row in the ledger.
        Row "row",
        /// Short codes that a person reads out or types.
        Token "token",
    }
}

names! {
    /// What a signature is for.
    SignUse {
        /// Checkpoints of the ledger.
        Ledger "ledger",
        /// Receipts and certificates that a person takes home.
        Receipt "receipt",
    }
}

/// The key of one record or one person's records: 32 random bytes, overwritten when dropped.
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// A new key.
    pub fn generate(random: &dyn Random) -> Self {
        Self(Zeroizing::new(array(random)))
    }

    /// A key from its bytes: for implementations of [`KeyRing`].
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The key's bytes: for implementations of [`KeyRing`].
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for DataKey {
    /// The name only: a key never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey")
    }
}

/// A data key as the database keeps it: encrypted by a key of the ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    /// The key-encryption key.
    pub key: KeyId,
    /// The encrypted data key.
    pub bytes: Vec<u8>,
}

/// An Ed25519 signature (RFC 8032) and the key that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The signing key.
    pub key: KeyId,
    /// The signature.
    pub bytes: [u8; 64],
}

/// What may be told of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Its name.
    pub id: KeyId,
    /// The day on which it was made, YYYY-MM-DD.
    pub created_day: String,
    /// True if it is used for what is done from now on; older keys are kept for what was done with them.
    pub is_current: bool,
    /// True if a new key can take its place.
    pub is_renewable: bool,
}

/// Whatever holds the keys: a file ([`FileRing`]), a key management service, a hardware module. Implementations answer quickly or keep what
/// they were told; those that ask a service give `key-service-failed` when it does not answer.
pub trait KeyRing: Send + Sync {
    /// The key with which data keys of `domain` are wrapped from now on.
    fn current(&self, domain: Domain) -> KeyId;

    /// Encrypts a data key with the current key of `domain`, bound to `context`.
    ///
    /// # Errors
    /// `key-service-failed`.
    fn wrap(&self, domain: Domain, key: &DataKey, context: &[&[u8]], random: &dyn Random) -> Result<Wrapped>;

    /// Decrypts a data key.
    ///
    /// # Errors
    /// `key-unknown` when the ring lacks the key that wrapped it; `record-damaged` when it was changed or belongs to another domain or
    /// context; `key-service-failed`.
    fn unwrap(&self, domain: Domain, wrapped: &Wrapped, context: &[&[u8]]) -> Result<DataKey>;

    /// The keyed hash of `parts` with the current key of its use.
    fn hash(&self, hash_use: HashUse, parts: &[&[u8]]) -> [u8; 32];

    /// The keyed hashes of `parts` with all keys of its use, the current one first: for look-ups while a rotation runs.
    fn hashes(&self, hash_use: HashUse, parts: &[&[u8]]) -> Vec<(KeyId, [u8; 32])>;

    /// The version with which templates of `purpose` are protected from now on, from 1.
    fn template_version(&self, purpose: &str) -> u32;

    /// The secret of one version of the templates of `purpose`.
    ///
    /// # Errors
    /// `key-unknown` when the ring lacks the version; `key-service-failed`.
    fn template_secret(&self, purpose: &str, version: u32) -> Result<TemplateSecret>;

    /// Signs `message` with the current key of its use.
    ///
    /// # Errors
    /// `key-service-failed`.
    fn sign(&self, sign_use: SignUse, message: &[u8]) -> Result<Signature>;

    /// The public keys of a use, the current one first.
    fn public_keys(&self, sign_use: SignUse) -> Vec<(KeyId, [u8; 32])>;

    /// A digest of public facts about all keys, so that a database can tell an old or a foreign ring from its own.
    fn fingerprint(&self) -> [u8; 32];

    /// The names of all keys.
    fn key_ids(&self) -> Vec<KeyId>;

    /// What may be told of all keys, in the order of their names' list.
    fn key_facts(&self) -> Vec<KeyFacts>;
}
