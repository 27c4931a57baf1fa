//! Rotation of keys while the service goes on: data keys are wrapped again with the ring's current key, numbers are hashed again. What is sealed
//! stays as it is, and readers find their way with older keys until the last row is done; only then may an old key be retired
//! (`docs/KEYS.md` says for each kind of key what that means). Each batch notes the keys of its ring in the database first, so that a process
//! that has not read the new ring yet is refused rather than undoing the work, or taking somebody for unknown.

use crate::error::{Error, Result};
use crate::id::PersonId;
use crate::limits::rows;
use crate::tx::Tx;
use crate::{Code, Means, Table, meta, person};
use seal::keys::{Domain, HashUse, KeyId, Usage, Wrapped};
use serde::Serialize;
use sqlx::FromRow;

/// How much still depends on older keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stale {
    /// Data keys that an older key wrapped, by the name of their domain.
    pub wrapped: Vec<(&'static str, u64)>,
    /// Identity numbers that an older key hashed.
    pub numbers: u64,
}

impl Stale {
    /// True when older keys can be retired.
    pub fn is_none(&self) -> bool {
        self.numbers == 0 && self.wrapped.iter().all(|&(_, count)| count == 0)
    }
}

/// Where the data keys of a domain stand.
struct Place {
    table: Table,
    /// The first part of the context to which a key is bound; the row's id follows. None for biometric keys, which have a context of their own.
    context: Option<&'static [u8]>,
    count: &'static str,
    /// Counts the rows of one key.
    of_key: &'static str,
    stale: &'static str,
    update: &'static str,
}

/// A wrapped key with what its context needs.
#[derive(FromRow)]
struct Row {
    id: String,
    key_id: String,
    wrapped: Vec<u8>,
    subject: String,
    kind: String,
    purpose: String,
}

macro_rules! bio {
    ($kind:literal) => {
        Place {
            table: Table::BioKeys,
            context: None,
            count: concat!("SELECT COUNT(*) FROM bio_keys WHERE kind = '", $kind, "' AND key_id <> $1"),
            of_key: "SELECT COUNT(*) FROM bio_keys WHERE key_id = $1",
            stale: concat!(
                "SELECT id, key_id, wrapped, subject, kind, purpose FROM bio_keys WHERE kind = '",
                $kind,
                "' AND key_id <> $1 ORDER BY id LIMIT $2"
            ),
            update: "UPDATE bio_keys SET key_id = $1, wrapped = $2 WHERE id = $3 AND key_id = $4 AND wrapped = $5",
        }
    };
}

fn places(domain: Domain) -> Vec<Place> {
    vec![match domain {
        Domain::Identity => Place {
            table: Table::Persons,
            context: Some(b"person"),
            count: "SELECT COUNT(*) FROM persons WHERE state <> 'erased' AND key_id <> $1",
            of_key: "SELECT COUNT(*) FROM persons WHERE key_id = $1",
            stale: "SELECT id, key_id, wrapped, '' AS subject, '' AS kind, '' AS purpose FROM persons \
                    WHERE state <> 'erased' AND key_id <> $1 ORDER BY id LIMIT $2",
            update: "UPDATE persons SET key_id = $1, wrapped = $2 WHERE id = $3 AND key_id = $4 AND wrapped = $5",
        },
        Domain::Portrait => bio!("portrait"),
        Domain::Template => bio!("template"),
        Domain::Frame => bio!("frame"),
        Domain::Evidence => Place {
            table: Table::Evidences,
            context: Some(b"evidence"),
            count: "SELECT COUNT(*) FROM evidences WHERE key_id <> $1",
            of_key: "SELECT COUNT(*) FROM evidences WHERE key_id = $1",
            stale: "SELECT id, key_id, wrapped, '' AS subject, '' AS kind, '' AS purpose FROM evidences \
                    WHERE key_id <> $1 ORDER BY id LIMIT $2",
            update: "UPDATE evidences SET key_id = $1, wrapped = $2 WHERE id = $3 AND key_id = $4 AND wrapped = $5",
        },
        Domain::Operator => return vec![totp(), agency_secrets()],
        // Backups lie outside: each holds its own wrapped key and opens as long as the ring has the old key.
        Domain::Backup => return Vec::new(),
    }]
}

fn totp() -> Place {
    Place {
        table: Table::Operators,
        context: Some(b"totp"),
        count: "SELECT COUNT(*) FROM operators WHERE totp_key_id IS NOT NULL AND totp_key_id <> $1",
        of_key: "SELECT COUNT(*) FROM operators WHERE totp_key_id = $1",
        stale: "SELECT id, totp_key_id AS key_id, totp_wrapped AS wrapped, '' AS subject, '' AS kind, '' AS purpose \
                FROM operators WHERE totp_key_id IS NOT NULL AND totp_key_id <> $1 ORDER BY id LIMIT $2",
        update: "UPDATE operators SET totp_key_id = $1, totp_wrapped = $2 \
                 WHERE id = $3 AND totp_key_id = $4 AND totp_wrapped = $5",
    }
}

fn agency_secrets() -> Place {
    Place {
        table: Table::AgencySecrets,
        context: Some(b"agency"),
        count: "SELECT COUNT(*) FROM agency_secrets WHERE key_id <> $1",
        of_key: "SELECT COUNT(*) FROM agency_secrets WHERE key_id = $1",
        stale: "SELECT id, key_id, wrapped, '' AS subject, '' AS kind, '' AS purpose FROM agency_secrets \
                WHERE key_id <> $1 ORDER BY id LIMIT $2",
        update: "UPDATE agency_secrets SET key_id = $1, wrapped = $2 WHERE id = $3 AND key_id = $4 AND wrapped = $5",
    }
}

/// Wraps up to `limit` data keys of a domain again, at most a page, and says how many; 0 when none is left.
///
/// # Errors
/// `key-ring-stale` when another process has a newer ring; `key-unknown` when the ring lacks the key that wrapped one; `record-damaged`; the
/// codes of the database.
pub async fn rewrap_batch(tx: &mut Tx, means: &Means<'_>, domain: Domain, limit: u32) -> Result<u64> {
    let current = means.ring.current(domain).to_string();
    let mut count = 0;
    for place in places(domain) {
        let left = limit.saturating_sub(count);
        if left == 0 {
            break;
        }
        let stale: Vec<Row> = tx.all(sqlx::query(place.stale).bind(current.as_str()).bind(rows(left))).await?;
        if !stale.is_empty() {
            meta::note_ring(tx, means).await?;
        }
        count += stale.len() as u32;
        for row in stale {
            let id = row.id.clone();
            if rewrap(tx, means, (domain, &place), row).await? {
                tx.touch(place.table, id);
            }
        }
    }
    Ok(u64::from(count))
}

/// Wraps one data key again. False when the row was changed or deleted meanwhile: then it has a newer key, or needs none.
async fn rewrap(tx: &mut Tx, means: &Means<'_>, (domain, place): (Domain, &Place), row: Row) -> Result<bool> {
    let context: Vec<&[u8]> = match place.context {
        Some(first) => vec![first, row.id.as_bytes()],
        None => vec![b"bio", row.subject.as_bytes(), row.kind.as_bytes(), row.purpose.as_bytes()],
    };
    let old = Wrapped { key: row.key_id.parse()?, bytes: row.wrapped };
    let key = means.ring.unwrap(domain, &old, &context)?;
    let new = means.ring.wrap(domain, &key, &context, means.random)?;
    let changed = tx
        .run(
            sqlx::query(place.update)
                .bind(new.key.to_string())
                .bind(new.bytes)
                .bind(row.id)
                .bind(row.key_id)
                .bind(old.bytes),
        )
        .await?;
    Ok(changed == 1)
}

/// Hashes up to `limit` identity numbers again with the current key, at most a page, and says how many; 0 when none is left. Identity data are
/// opened for it: whoever calls this says so in the ledger.
///
/// # Errors
/// `key-ring-stale`, `key-unknown`, `record-damaged`; the codes of the database.
pub async fn renumber_batch(tx: &mut Tx, means: &Means<'_>, limit: u32) -> Result<u64> {
    let current = number_key(means)?;
    let stale: Vec<(String,)> = tx
        .all(
            sqlx::query("SELECT id FROM persons WHERE state <> 'erased' AND number_key_id <> $1 ORDER BY id LIMIT $2")
                .bind(current)
                .bind(rows(limit)),
        )
        .await?;
    let count = stale.len() as u64;
    if count > 0 {
        meta::note_ring(tx, means).await?;
    }
    for (id,) in stale {
        let id = PersonId::try_from(id)?;
        // Locked first, so that the number that is read is still the number when the hash is written.
        if person::lock(tx, &id).await?.state == person::State::Erased {
            continue;
        }
        let number: person::Number = person::read(tx, means, &id).await?.number.parse()?;
        let (key, hash) = number.current_hash(means)?;
        tx.run(
            sqlx::query("UPDATE persons SET number_key_id = $1, number_hash = $2 WHERE id = $3")
                .bind(key.to_string())
                .bind(hash)
                .bind(id.as_str()),
        )
        .await?;
        tx.touch(Table::Persons, id.as_str());
    }
    Ok(count)
}

/// How much still depends on older keys. Templates of an older version are not counted: they are made anew under a consent, not wrapped again.
///
/// # Errors
/// The codes of the database.
pub async fn stale(tx: &mut Tx, means: &Means<'_>) -> Result<Stale> {
    let mut wrapped = Vec::new();
    for domain in Domain::ALL {
        let current = means.ring.current(domain).to_string();
        let (places, mut total) = (places(domain), 0);
        for place in &places {
            let (count,): (i64,) = tx.one(sqlx::query(place.count).bind(current.as_str())).await?;
            total += count.unsigned_abs();
        }
        if !places.is_empty() {
            wrapped.push((domain.as_str(), total));
        }
    }
    let (numbers,): (i64,) = tx
        .one(
            sqlx::query("SELECT COUNT(*) FROM persons WHERE state <> 'erased' AND number_key_id <> $1")
                .bind(number_key(means)?),
        )
        .await?;
    Ok(Stale { wrapped, numbers: numbers.unsigned_abs() })
}

/// Makes the database forget a key that is to be retired from the ring, if nothing in it needs the key any more. To be called in the
/// transaction whose entry tells of it, and before the ring without the key is written. Backups lie outside; whoever retires their key
/// answers for them.
///
/// # Errors
/// `key-needed`; the codes of the database.
pub async fn retire(tx: &mut Tx, (key, usage): (&KeyId, &Usage)) -> Result<()> {
    let (records, of) = needed_by(tx, key, usage).await?;
    if records > 0 {
        return Err(Error::new(Code::KeyNeeded, format!("{records} records of {of} need {key}")));
    }
    meta::forget_keys(tx, std::slice::from_ref(key)).await
}

/// How many records need a key, and of which table they are.
async fn needed_by(tx: &mut Tx, key: &KeyId, usage: &Usage) -> Result<(u64, &'static str)> {
    const NUMBERS: &str = "SELECT COUNT(*) FROM persons WHERE number_key_id = $1";
    const TEMPLATES: &str = "SELECT COUNT(*) FROM bio_templates WHERE purpose = $1 AND version = $2";
    let (query, table) = match usage {
        Usage::Seal(domain) => {
            for place in places(*domain) {
                let (count,): (i64,) = tx.one(sqlx::query(place.of_key).bind(key.to_string())).await?;
                if count > 0 {
                    return Ok((count.unsigned_abs(), place.table.name()));
                }
            }
            return Ok((0, "backups"));
        }
        Usage::Hash(HashUse::Number) => (sqlx::query(NUMBERS).bind(key.to_string()), Table::Persons.name()),
        Usage::Template { purpose: Some(purpose), version } => {
            (sqlx::query(TEMPLATES).bind(purpose.clone()).bind(i64::from(*version)), Table::BioTemplates.name())
        }
        // None of these is ever an old one that a ring would let go.
        Usage::Hash(_) | Usage::Sign(_) | Usage::Template { purpose: None, .. } => {
            return Err(Error::new(Code::KeyNeeded, format!("{key} cannot be replaced")));
        }
    };
    let (count,): (i64,) = tx.one(query).await?;
    Ok((count.unsigned_abs(), table))
}

/// The name of the key with which numbers are hashed now.
fn number_key(means: &Means<'_>) -> Result<String> {
    let all = means.ring.hashes(HashUse::Number, &[]);
    let first = all.first().map(|(key, _)| key.to_string());
    first.ok_or_else(|| Error::new(Code::KeyRingStale, "the key ring has no key for numbers"))
}
