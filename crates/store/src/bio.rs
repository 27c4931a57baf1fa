//! Keys and names of biometric rows. Their tables never hold the id of a person, a consent or a capture, only keyed hashes of it, so that
//! who gets these tables without the key ring learns neither who someone is nor what belongs together with the register.

use crate::error::{Error, Result};
use crate::id::{CaptureId, ConsentId, PersonId, untimed};
use crate::limits::{NAME_BYTES_MAX, bounded};
use crate::tx::Tx;
use crate::{Code, Means, Table};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seal::keys::{DataKey, Domain, HashUse, Wrapped};
use sqlx::FromRow;

/// Length of a keyed name, bytes: 128 bits, so that two ids never share one.
const NAME_BYTES: usize = 16;

/// The name of a person's biometric rows.
pub fn subject(means: &Means<'_>, person: &PersonId) -> String {
    name(means, b"person", person.as_str())
}

/// The name by which a template says which consent keeps it.
pub fn consent_ref(means: &Means<'_>, consent: &ConsentId) -> String {
    name(means, b"consent", consent.as_str())
}

/// The name of the live pictures of a capture.
pub fn capture_ref(means: &Means<'_>, capture: &CaptureId) -> String {
    name(means, b"capture", capture.as_str())
}

fn name(means: &Means<'_>, what: &[u8], id: &str) -> String {
    let hash = means.ring.hash(HashUse::Link, &[what, id.as_bytes()]);
    URL_SAFE_NO_PAD.encode(&hash[..NAME_BYTES])
}

/// What a biometric key seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BioKind {
    /// Stored portraits of a person.
    Portrait,
    /// Templates of a person for one purpose.
    Template,
    /// Live pictures of one capture.
    Frame,
}

impl BioKind {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portrait => "portrait",
            Self::Template => "template",
            Self::Frame => "frame",
        }
    }

    /// The domain whose key-encryption keys wrap these keys.
    pub fn domain(self) -> Domain {
        match self {
            Self::Portrait => Domain::Portrait,
            Self::Template => Domain::Template,
            Self::Frame => Domain::Frame,
        }
    }
}

/// Which key.
#[derive(Clone, Copy, Debug)]
pub struct KeyOf<'a> {
    /// Whose: [`subject`], or [`capture_ref`] for live pictures.
    pub subject: &'a str,
    /// What it seals.
    pub kind: BioKind,
    /// For which purpose; empty where there is only one.
    pub purpose: &'a str,
}

impl KeyOf<'_> {
    /// What a wrapped key is bound to.
    fn context(&self) -> [&[u8]; 4] {
        [b"bio", self.subject.as_bytes(), self.kind.as_str().as_bytes(), self.purpose.as_bytes()]
    }
}

#[derive(FromRow)]
struct KeyRow {
    key_id: String,
    wrapped: Vec<u8>,
}

/// The key, made if there is none. Its row stays locked until the transaction ends, so that nobody shreds it while something is being
/// sealed with it.
///
/// # Errors
/// `key-unknown`, `record-damaged`, `text-too-long` for the purpose; the codes of the database.
pub async fn key(tx: &mut Tx, means: &Means<'_>, of: &KeyOf<'_>) -> Result<DataKey> {
    if !of.purpose.is_empty() {
        bounded(of.purpose, NAME_BYTES_MAX, "the purpose")?;
    }
    if let Some(key) = existing_key(tx, means, of).await? {
        return Ok(key);
    }
    let key = DataKey::generate(means.random);
    let wrapped = means.ring.wrap(of.kind.domain(), &key, &of.context(), means.random)?;
    let id = untimed(means);
    let made = tx
        .run(
            sqlx::query(
                "INSERT INTO bio_keys (id, subject, kind, purpose, key_id, wrapped) VALUES ($1, $2, $3, $4, $5, $6) \
                 ON CONFLICT (subject, kind, purpose) DO NOTHING",
            )
            .bind(id.as_str())
            .bind(of.subject)
            .bind(of.kind.as_str())
            .bind(of.purpose)
            .bind(String::from(wrapped.key))
            .bind(wrapped.bytes),
        )
        .await?;
    if made == 1 {
        tx.touch(Table::BioKeys, id);
        return Ok(key);
    }
    // Another transaction made one at the same time.
    let found = existing_key(tx, means, of).await?;
    found.ok_or_else(|| Error::new(Code::Conflict, "a key was made and shredded at the same time"))
}

/// The key, if there is one; its row stays locked until the transaction ends. In a transaction that only reads, use [`read_key`].
///
/// # Errors
/// `key-unknown`, `record-damaged`; the codes of the database.
pub async fn existing_key(tx: &mut Tx, means: &Means<'_>, of: &KeyOf<'_>) -> Result<Option<DataKey>> {
    let found = tx
        .maybe(
            sqlx::query(
                "UPDATE bio_keys SET purpose = purpose WHERE subject = $1 AND kind = $2 AND purpose = $3 \
                 RETURNING key_id, wrapped",
            )
            .bind(of.subject)
            .bind(of.kind.as_str())
            .bind(of.purpose),
        )
        .await?;
    found.map(|row| unwrap(means, of, row)).transpose()
}

/// The key, if there is one, without a lock.
///
/// # Errors
/// `key-unknown`, `record-damaged`; the codes of the database.
pub async fn read_key(tx: &mut Tx, means: &Means<'_>, of: &KeyOf<'_>) -> Result<Option<DataKey>> {
    let found = tx
        .maybe(
            sqlx::query("SELECT key_id, wrapped FROM bio_keys WHERE subject = $1 AND kind = $2 AND purpose = $3")
                .bind(of.subject)
                .bind(of.kind.as_str())
                .bind(of.purpose),
        )
        .await?;
    found.map(|row| unwrap(means, of, row)).transpose()
}

fn unwrap(means: &Means<'_>, of: &KeyOf<'_>, row: KeyRow) -> Result<DataKey> {
    let wrapped = Wrapped { key: row.key_id.parse()?, bytes: row.wrapped };
    Ok(means.ring.unwrap(of.kind.domain(), &wrapped, &of.context())?)
}

/// Deletes the key, so that nothing it sealed can be opened any more, wherever a copy may lie. Says whether there was one.
///
/// # Errors
/// The codes of the database.
pub async fn shred(tx: &mut Tx, of: &KeyOf<'_>) -> Result<bool> {
    let gone: Vec<(String,)> = tx
        .all(
            sqlx::query("DELETE FROM bio_keys WHERE subject = $1 AND kind = $2 AND purpose = $3 RETURNING id")
                .bind(of.subject)
                .bind(of.kind.as_str())
                .bind(of.purpose),
        )
        .await?;
    let any = !gone.is_empty();
    for (id,) in gone {
        tx.touch(Table::BioKeys, id);
    }
    Ok(any)
}

/// Locks the key's row, if there is one, until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, of: &KeyOf<'_>) -> Result<bool> {
    let locked = tx
        .run(
            sqlx::query("UPDATE bio_keys SET purpose = purpose WHERE subject = $1 AND kind = $2 AND purpose = $3")
                .bind(of.subject)
                .bind(of.kind.as_str())
                .bind(of.purpose),
        )
        .await?;
    Ok(locked > 0)
}
