//! Facts about the installation: its id, the name under which its ledger signs, and which key ring belongs to it.

use crate::error::{Error, Result};
use crate::{Code, Means, Tx, id};
use seal::keys::KeyId;
use std::collections::BTreeSet;

/// Longest name of an installation in bytes: with a shard behind it, it still is the name of a log.
const ORIGIN_BYTES_MAX: usize = 100;

/// An installation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Installation {
    /// Its id: 26 characters, made when it was installed.
    pub id: String,
    /// The name under which its ledger signs, such as `households.example.gov`.
    pub origin: String,
}

/// Notes what belongs to a new installation, or finds that it is there already.
///
/// # Errors
/// `row-invalid` for an origin that cannot be the name of a log; `conflict` when the installation has another origin; `key-ring-stale`.
pub async fn install(tx: &mut Tx, means: &Means<'_>, origin: &str) -> Result<Installation> {
    if !is_origin(origin) {
        return Err(Error::new(
            Code::RowInvalid,
            "the origin is not 1 to 100 lower-case letters, digits, dots, hyphens and slashes",
        ));
    }
    match installation(tx).await? {
        Some(found) if found.origin == origin => {}
        Some(_) => return Err(Error::new(Code::Conflict, "the ledger signs under another origin already")),
        None => {
            put(tx, "installation", &id::untimed(means)).await?;
            put(tx, "origin", origin).await?;
        }
    }
    open_check(tx, means).await
}

/// To be called when a server starts: refuses a key ring that is older than the database or another's, and notes new keys.
///
/// # Errors
/// `not-found` when nothing was installed; `key-ring-stale`.
pub async fn open_check(tx: &mut Tx, means: &Means<'_>) -> Result<Installation> {
    let found = installed(tx).await?;
    note_ring(tx, means).await?;
    Ok(found)
}

/// Refuses a key ring that is older than the database or another's, and notes new keys.
pub(crate) async fn note_ring(tx: &mut Tx, means: &Means<'_>) -> Result<()> {
    refuse_stale(tx, means).await?;
    put_keys(tx, &key_ids(means)).await?;
    put(tx, "ring", &hex(&means.ring.fingerprint())).await
}

/// Refuses a key ring that lacks a key which the database noted: what was hashed with that key cannot be found.
pub(crate) async fn refuse_stale(tx: &mut Tx, means: &Means<'_>) -> Result<()> {
    match ring_stale(tx, means).await? {
        Some(detail) => Err(Error::new(Code::KeyRingStale, detail)),
        None => Ok(()),
    }
}

/// Forgets keys that are to be retired from the ring, so that a ring without them is not taken for an old one. To be called in the
/// transaction after which nothing is sealed with them any more; the next [`open_check`] notes the ring as it is then.
///
/// # Errors
/// The codes of the database.
pub async fn forget_keys(tx: &mut Tx, keys: &[KeyId]) -> Result<()> {
    let mut noted = noted_keys(tx).await?;
    noted.retain(|noted| keys.iter().all(|key| key.as_str() != noted));
    put_keys(tx, &noted).await?;
    // The fingerprint of the ring without them is not known yet.
    tx.run(sqlx::query("DELETE FROM meta WHERE key = 'ring'")).await?;
    Ok(())
}

/// The installation, if there is one.
///
/// # Errors
/// The codes of the database.
pub async fn installation(tx: &mut Tx) -> Result<Option<Installation>> {
    let (id, origin) = (get(tx, "installation").await?, get(tx, "origin").await?);
    Ok(id.zip(origin).map(|(id, origin)| Installation { id, origin }))
}

/// The installation.
pub(crate) async fn installed(tx: &mut Tx) -> Result<Installation> {
    let found = installation(tx).await?;
    found.ok_or_else(|| Error::new(Code::NotFound, "nothing was installed in this database"))
}

/// Why the ring is not the one that the database noted, if it is not.
pub(crate) async fn ring_stale(tx: &mut Tx, means: &Means<'_>) -> Result<Option<String>> {
    let noted = noted_keys(tx).await?;
    Ok(stale(means, &noted, get(tx, "ring").await?.as_deref()))
}

fn stale(means: &Means<'_>, noted: &BTreeSet<String>, fingerprint: Option<&str>) -> Option<String> {
    let held = key_ids(means);
    let missing: Vec<&str> = noted.difference(&held).map(String::as_str).collect();
    if !missing.is_empty() {
        return Some(format!("the ring lacks {}", missing.join(", ")));
    }
    // New keys change the fingerprint; the same keys must not.
    let changed = fingerprint.is_some_and(|noted| noted != hex(&means.ring.fingerprint()));
    (changed && held == *noted).then(|| "the ring names the same keys but is another".to_owned())
}

fn key_ids(means: &Means<'_>) -> BTreeSet<String> {
    means.ring.key_ids().iter().map(|id| id.as_str().to_owned()).collect()
}

async fn noted_keys(tx: &mut Tx) -> Result<BTreeSet<String>> {
    let noted = get(tx, "ring-keys").await?.unwrap_or_default();
    Ok(noted.split_ascii_whitespace().map(str::to_owned).collect())
}

async fn put_keys(tx: &mut Tx, keys: &BTreeSet<String>) -> Result<()> {
    let text: Vec<&str> = keys.iter().map(String::as_str).collect();
    put(tx, "ring-keys", &text.join(" ")).await
}

async fn get(tx: &mut Tx, key: &'static str) -> Result<Option<String>> {
    let found: Option<(String,)> = tx.maybe(sqlx::query("SELECT value FROM meta WHERE key = $1").bind(key)).await?;
    Ok(found.map(|(value,)| value))
}

async fn put(tx: &mut Tx, key: &'static str, value: &str) -> Result<()> {
    let statement =
        "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    tx.run(sqlx::query(statement).bind(key).bind(value.to_owned())).await?;
    Ok(())
}

/// True for what can stand before `/SHARD` as the name of a log.
fn is_origin(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-/".contains(&b);
    (1..=ORIGIN_BYTES_MAX).contains(&text.len())
        && text.bytes().all(allowed)
        && text.split('/').all(|part| part.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::is_origin;

    #[test]
    fn origins_are_names_of_logs() {
        for right in ["households.example.gov", "a", "city/registration-2"] {
            assert!(is_origin(right), "{right}");
        }
        for wrong in ["", "A", "a b", "a+b", "/a", "a/", "a//b", "-a", "a\n", &"a".repeat(101)] {
            assert!(!is_origin(wrong), "{wrong}");
        }
    }
}
