//! The key ring as a file: which keys there are, how they are renewed and retired.

use super::text::{self, Key, Usage};
use super::{DataKey, Domain, HashUse, KeyFacts, KeyId, KeyRing, SignUse, Signature, Wrapped};
use crate::bytes::{hex, joined, mac, sha256};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::random::Random;
use crate::record;
use crate::template::TemplateSecret;
use ed25519_dalek::{Signer, SigningKey};
use hkdf::Hkdf;
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// Longest name of a purpose in bytes.
const PURPOSE_MAX: usize = 100;

/// What [`FileRing::rotate`] renews. `Link`, `Row` and `Token` hashes have no rotation: the rows that hold them do not hold what was hashed,
/// so that nothing could be hashed again. A link is made of random ids, a row's digest stands in a ledger that must not change, and what
/// `Token` hashes lives for minutes; a new ring is the only, and the right, answer to a stolen one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotate {
    /// New key-encryption keys of these domains.
    Domains(Vec<Domain>),
    /// A new version of the templates of one purpose.
    Template {
        /// The purpose.
        purpose: String,
    },
    /// A new signing key.
    Sign(SignUse),
    /// A new key for hashes of identity numbers; the sealed numbers are hashed again with it.
    Number,
}

/// The keys of one use, newest first.
struct Lineage {
    current: Key,
    older: Vec<Key>,
}

impl Lineage {
    fn newest_first(&self) -> impl DoubleEndedIterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.older)
    }

    fn renew(&mut self, key: Key) {
        self.older.insert(0, std::mem::replace(&mut self.current, key));
    }
}

/// A key ring that is kept as a text in one file (see [`FileRing::to_text`]); the program reads and writes the file.
pub struct FileRing {
    domains: [Lineage; Domain::ALL.len()],
    hashes: [Lineage; HashUse::ALL.len()],
    signs: [Lineage; SignUse::ALL.len()],
    /// Version 1 of every purpose's templates, so that a new service needs no new key.
    base: Key,
    /// Later versions of a purpose, oldest first.
    templates: BTreeMap<String, Vec<Key>>,
}

impl std::fmt::Debug for FileRing {
    /// The number of keys only: keys never reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileRing({} keys)", self.keys().count())
    }
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::new(Code::KeyRingInvalid, detail)
}

/// Takes the keys of each use out of `keys`; the last of a use is its current one.
fn lineages<const N: usize>(keys: &mut Vec<Key>, uses: [Usage; N]) -> Result<[Lineage; N]> {
    let mut found = Vec::with_capacity(N);
    for usage in uses {
        let mut line: Vec<Key> = keys.extract_if(.., |key| key.usage == usage).collect();
        let current = line.pop().ok_or_else(|| invalid(format!("there is no key for {}", usage.name())))?;
        line.reverse();
        if !line.is_empty() && !usage.rotates() {
            return Err(invalid(format!("there are several keys for {}", usage.name())));
        }
        found.push(Lineage { current, older: line });
    }
    found.try_into().map_err(|_| invalid("a use of keys is missing"))
}

impl FileRing {
    /// A new ring with one key for each use, made on `day` (YYYY-MM-DD).
    ///
    /// # Errors
    /// `key-ring-invalid` when the day is none or the random source repeats itself.
    pub fn generate(day: &str, random: &dyn Random) -> Result<Self> {
        let uses = Domain::ALL.map(Usage::Seal).into_iter();
        let uses = uses.chain(HashUse::ALL.map(Usage::Hash)).chain(SignUse::ALL.map(Usage::Sign));
        let base = Usage::Template { purpose: None, version: 1 };
        Self::from_keys(uses.chain([base]).map(|usage| Key::generate(usage, day, random)).collect())
    }

    /// Reads a ring from its text.
    ///
    /// # Errors
    /// `key-ring-invalid` for anything that [`FileRing::to_text`] would not write, up to white space.
    pub fn parse(text: &str) -> Result<Self> {
        let (keys, fingerprint) = text::read(text)?;
        let ring = Self::from_keys(keys)?;
        if hex(&ring.fingerprint()) != fingerprint {
            return Err(invalid("the fingerprint is that of another ring: a key was removed, added or moved by hand"));
        }
        Ok(ring)
    }

    /// The ring as text: JSON with the format's number, the fingerprint and each key with name, use, day, check value and secret. The file
    /// holds all secrets of an installation; only the service's own account may read it.
    ///
    /// # Errors
    /// `key-ring-invalid` when the text cannot be made, which memory alone can cause.
    pub fn to_text(&self) -> Result<Zeroizing<String>> {
        text::write(self.keys(), &hex(&self.fingerprint()))
    }

    /// Adds new current keys and returns their names. Old keys stay, so that what they sealed opens and what they signed verifies.
    ///
    /// # Errors
    /// `key-ring-invalid` when the day or the purpose is none or the random source repeats itself; the ring is unchanged then.
    pub fn rotate(&mut self, which: &Rotate, day: &str, random: &dyn Random) -> Result<Vec<KeyId>> {
        let uses = match which {
            Rotate::Domains(domains) => {
                domains.iter().collect::<BTreeSet<_>>().into_iter().map(|&domain| Usage::Seal(domain)).collect()
            }
            Rotate::Sign(sign_use) => vec![Usage::Sign(*sign_use)],
            Rotate::Number => vec![Usage::Hash(HashUse::Number)],
            Rotate::Template { purpose } => {
                vec![Usage::Template { purpose: Some(purpose.clone()), version: self.template_version(purpose) + 1 }]
            }
        };
        let new: Vec<Key> = uses.into_iter().map(|usage| Key::generate(usage, day, random)).collect();
        check(self.keys().chain(&new))?;
        let names = new.iter().map(|key| key.id.clone()).collect();
        for key in new {
            match key.usage.clone() {
                Usage::Seal(domain) => self.domains[domain as usize].renew(key),
                Usage::Hash(hash_use) => self.hashes[hash_use as usize].renew(key),
                Usage::Sign(sign_use) => self.signs[sign_use as usize].renew(key),
                Usage::Template { purpose, .. } => {
                    self.templates.entry(purpose.unwrap_or_default()).or_default().push(key);
                }
            }
        }
        Ok(names)
    }

    /// What a key of the ring is for.
    pub fn usage(&self, id: &KeyId) -> Option<&Usage> {
        self.keys().find(|key| key.id == *id).map(|key| &key.usage)
    }

    /// Removes an old key for good: what it sealed cannot be opened any more, what it hashed cannot be found. Whether anything is left that
    /// needs it, only the records know. A key that signed stays, because what it signed is verified with it; version 1 of the templates is one
    /// key for all purposes and stays as well.
    ///
    /// # Errors
    /// `key-current` for a key that is in use; `key-verifies` for an old one that signed; `key-unknown`.
    pub fn retire(&mut self, id: &KeyId) -> Result<()> {
        if self.is_current(id) {
            return Err(Error::new(Code::KeyCurrent, id.to_string()));
        }
        if matches!(self.usage(id), Some(Usage::Sign(_))) {
            return Err(Error::new(Code::KeyVerifies, id.to_string()));
        }
        let before = self.keys().count();
        let lineages = self.domains.iter_mut().chain(&mut self.hashes);
        let lists = lineages.map(|line| &mut line.older).chain(self.templates.values_mut());
        lists.for_each(|keys| keys.retain(|key| key.id != *id));
        if self.keys().count() == before {
            return Err(Error::new(Code::KeyUnknown, id.to_string()));
        }
        Ok(())
    }

    /// True if the key is used for what is done from now on.
    fn is_current(&self, id: &KeyId) -> bool {
        let current = |key: &Key| key.id == *id;
        let mut lineages = self.domains.iter().chain(&self.hashes).chain(&self.signs);
        current(&self.base)
            || lineages.any(|line| current(&line.current))
            || self.templates.values().any(|versions| versions.last().is_some_and(current))
    }

    /// All keys in the order of the text: the oldest of each use first.
    fn keys(&self) -> impl Iterator<Item = &Key> {
        let lineages = self.domains.iter().chain(&self.hashes).chain(&self.signs);
        let lines = lineages.flat_map(|line| line.newest_first().rev());
        lines.chain([&self.base]).chain(self.templates.values().flatten())
    }

    fn from_keys(mut keys: Vec<Key>) -> Result<Self> {
        check(keys.iter())?;
        let domains = lineages(&mut keys, Domain::ALL.map(Usage::Seal))?;
        let hashes = lineages(&mut keys, HashUse::ALL.map(Usage::Hash))?;
        let signs = lineages(&mut keys, SignUse::ALL.map(Usage::Sign))?;
        let [Lineage { current: base, .. }] = lineages(&mut keys, [Usage::Template { purpose: None, version: 1 }])?;
        let mut templates: BTreeMap<String, Vec<Key>> = BTreeMap::new();
        for key in keys {
            let Usage::Template { purpose: Some(purpose), version } = &key.usage else {
                return Err(invalid(format!("{} has a purpose or version that does not fit its use", key.id)));
            };
            let versions = templates.entry(purpose.clone()).or_default();
            if *version <= versions.last().map_or(1, Key::version) {
                return Err(invalid(format!("{} is not later than the version before it", key.id)));
            }
            versions.push(key);
        }
        Ok(Self { domains, hashes, signs, base, templates })
    }
}

/// Refuses names and secrets that stand twice, days that are none, and purposes that are not one short printable word.
fn check<'a>(keys: impl Iterator<Item = &'a Key>) -> Result<()> {
    let (mut names, mut secrets) = (BTreeSet::new(), BTreeSet::new());
    for key in keys {
        if !text::is_day(&key.created_day) {
            return Err(invalid(format!("the day of {} is not of the form YYYY-MM-DD", key.id)));
        }
        if let Usage::Template { purpose: Some(purpose), .. } = &key.usage
            && (purpose.is_empty() || purpose.len() > PURPOSE_MAX || !purpose.bytes().all(|b| b.is_ascii_graphic()))
        {
            return Err(invalid(format!("the purpose of {} is not a short word", key.id)));
        }
        if !names.insert(&key.id) {
            return Err(invalid(format!("{} stands twice", key.id)));
        }
        if !secrets.insert(mac(&key.secret, b"countenance key repeated v1")) {
            return Err(invalid(format!("{} has the secret of another key", key.id)));
        }
    }
    Ok(())
}

fn unknown(name: impl std::fmt::Display) -> Error {
    Error::new(Code::KeyUnknown, format!("the ring lacks {name}"))
}

fn wrapping(domain: Domain, id: &KeyId, context: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let named = [domain.as_str().as_bytes(), id.as_str().as_bytes()];
    joined("countenance wrap v1", &named.iter().chain(context).copied().collect::<Vec<_>>())
}

impl KeyRing for FileRing {
    fn current(&self, domain: Domain) -> KeyId {
        self.domains[domain as usize].current.id.clone()
    }

    fn wrap(&self, domain: Domain, key: &DataKey, context: &[&[u8]], random: &dyn Random) -> Result<Wrapped> {
        let Key { id, secret, .. } = &self.domains[domain as usize].current;
        let bytes = record::seal_with(secret, &wrapping(domain, id, context), key.bytes(), random);
        Ok(Wrapped { key: id.clone(), bytes })
    }

    fn unwrap(&self, domain: Domain, wrapped: &Wrapped, context: &[&[u8]]) -> Result<DataKey> {
        let mut keys = self.domains[domain as usize].newest_first();
        let Key { id, secret, .. } = keys.find(|key| key.id == wrapped.key).ok_or_else(|| unknown(&wrapped.key))?;
        let bytes = record::open_with(secret, &wrapping(domain, id, context), &wrapped.bytes)?;
        let mut key = Zeroizing::new([0; 32]);
        match bytes.as_chunks::<32>() {
            ([bytes], []) => key.copy_from_slice(bytes),
            _ => return Err(Error::new(Code::RecordDamaged, "it is not a wrapped data key")),
        }
        Ok(DataKey::from_bytes(key))
    }

    fn hash(&self, hash_use: HashUse, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.hashes[hash_use as usize].current.secret, &joined(hash_use.as_str(), parts))
    }

    fn hashes(&self, hash_use: HashUse, parts: &[&[u8]]) -> Vec<(KeyId, [u8; 32])> {
        let message = joined(hash_use.as_str(), parts);
        let keys = self.hashes[hash_use as usize].newest_first();
        keys.map(|key| (key.id.clone(), mac(&key.secret, &message))).collect()
    }

    fn template_version(&self, purpose: &str) -> u32 {
        self.templates.get(purpose).and_then(|versions| versions.last()).map_or(1, Key::version)
    }

    fn template_secret(&self, purpose: &str, version: u32) -> Result<TemplateSecret> {
        let later = || self.templates.get(purpose)?.iter().find(|key| key.version() == version);
        let key = if version == 1 { Some(&self.base) } else { later() };
        let key = key.ok_or_else(|| unknown(format!("version {version} of the templates of {purpose}")))?;
        let info = joined("countenance template v1", &[purpose.as_bytes(), &version.to_le_bytes()]);
        let mut bytes = Zeroizing::new([0; 32]);
        // RFC 5869 §2.3 allows 8,160 bytes, so that 32 cannot be refused.
        let derived = Hkdf::<Sha256>::new(None, &*key.secret).expand(&info, &mut *bytes);
        derived.map_err(|_| invalid("no template secret can be derived"))?;
        Ok(TemplateSecret::from_bytes(bytes))
    }

    fn sign(&self, sign_use: SignUse, message: &[u8]) -> Result<Signature> {
        let Key { id, secret, .. } = &self.signs[sign_use as usize].current;
        Ok(Signature { key: id.clone(), bytes: SigningKey::from_bytes(secret).sign(message).to_bytes() })
    }

    fn public_keys(&self, sign_use: SignUse) -> Vec<(KeyId, [u8; 32])> {
        let public = |key: &Key| SigningKey::from_bytes(&key.secret).verifying_key().to_bytes();
        self.signs[sign_use as usize].newest_first().map(|key| (key.id.clone(), public(key))).collect()
    }

    fn fingerprint(&self) -> [u8; 32] {
        let lines: Vec<String> = self.keys().map(|key| format!("{} {}", key.id, key.check_value())).collect();
        sha256(&joined("countenance key ring v1", &lines.iter().map(String::as_bytes).collect::<Vec<_>>()))
    }

    fn key_ids(&self) -> Vec<KeyId> {
        self.keys().map(|key| key.id.clone()).collect()
    }

    fn key_facts(&self) -> Vec<KeyFacts> {
        let facts = |key: &Key| KeyFacts {
            id: key.id.clone(),
            created_day: key.created_day.clone(),
            is_current: self.is_current(&key.id),
            is_renewable: key.usage.rotates(),
        };
        self.keys().map(facts).collect()
    }
}
