//! What notices to an agency are signed with: sealed at rest; while a new secret takes over, the old one signs as well.

use crate::error::Result;
use crate::field;
use crate::id::{AgencyId, AgencySecretId};
use crate::limits::{maybe_moment, moment};
use crate::tx::Tx;
use crate::{Means, Table};
use jiff::{SignedDuration, Timestamp};
use seal::keys::{DataKey, Domain, Wrapped};
use seal::webhook::Secret;
use serde::Serialize;
use sqlx::FromRow;

/// What may be told of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SecretFacts {
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs no more; none for the newest.
    pub ends_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    key_id: String,
    wrapped: Vec<u8>,
    sealed: Vec<u8>,
}

/// Makes a new secret of an agency. The one before signs beside it for `overlap`; older ones are deleted, so that never more than two sign.
///
/// # Errors
/// `not-found`; the codes of the key ring and the database.
pub async fn renew_secret(
    tx: &mut Tx,
    means: &Means<'_>,
    agency: &AgencyId,
    overlap: SignedDuration,
) -> Result<Secret> {
    // Locks the agency, so that two who renew at once do it one after the other.
    tx.one::<(String,)>(
        sqlx::query("UPDATE agencies SET changed_at_ms = $1 WHERE id = $2 RETURNING id")
            .bind(means.now_ms())
            .bind(agency.as_str()),
    )
    .await?;
    tx.touch(Table::Agencies, agency.as_str());
    let ends = means.now_ms().saturating_add(field::ms(overlap).max(0));
    delete(
        tx,
        sqlx::query("DELETE FROM agency_secrets WHERE agency_id = $1 AND ends_at_ms IS NOT NULL RETURNING id")
            .bind(agency.as_str()),
    )
    .await?;
    let left: Vec<(String,)> = tx
        .all(
            sqlx::query("UPDATE agency_secrets SET ends_at_ms = $1 WHERE agency_id = $2 RETURNING id")
                .bind(ends)
                .bind(agency.as_str()),
        )
        .await?;
    for (id,) in left {
        tx.touch(Table::AgencySecrets, id);
    }
    let secret = Secret::generate(means.random);
    let id = AgencySecretId::new(means);
    let key = DataKey::generate(means.random);
    let name = id.as_str().as_bytes();
    let wrapped = means.ring.wrap(Domain::Operator, &key, &[b"agency", name], means.random)?;
    tx.run(
        sqlx::query(
            "INSERT INTO agency_secrets (id, agency_id, key_id, wrapped, sealed, created_at_ms) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.as_str())
        .bind(agency.as_str())
        .bind(wrapped.key.to_string())
        .bind(wrapped.bytes)
        .bind(seal::record::seal(&key, &[b"agency_secrets", name], secret.bytes(), means.random))
        .bind(means.now_ms()),
    )
    .await?;
    tx.touch(Table::AgencySecrets, id.as_str());
    Ok(secret)
}

/// The secrets that sign for an agency at the moment, the newest first.
///
/// # Errors
/// The codes of the key ring and the database.
pub async fn secrets(tx: &mut Tx, means: &Means<'_>, agency: &AgencyId) -> Result<Vec<Secret>> {
    let found: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT id, key_id, wrapped, sealed FROM agency_secrets \
                 WHERE agency_id = $1 AND (ends_at_ms IS NULL OR ends_at_ms > $2) ORDER BY created_at_ms DESC, id DESC",
            )
            .bind(agency.as_str())
            .bind(means.now_ms()),
        )
        .await?;
    let open = |row: Row| {
        let name = row.id.as_bytes();
        let wrapped = Wrapped { key: row.key_id.parse()?, bytes: row.wrapped };
        let key = means.ring.unwrap(Domain::Operator, &wrapped, &[b"agency", name])?;
        let opened = seal::record::open(&key, &[b"agency_secrets", name], &row.sealed)?;
        Ok(Secret::from_bytes(&opened)?)
    };
    found.into_iter().map(open).collect()
}

/// What may be told of the secrets of an agency, the newest first.
///
/// # Errors
/// The codes of the database.
pub async fn secret_facts(tx: &mut Tx, agency: &AgencyId) -> Result<Vec<SecretFacts>> {
    let found: Vec<(i64, Option<i64>)> = tx
        .all(
            sqlx::query(
                "SELECT created_at_ms, ends_at_ms FROM agency_secrets WHERE agency_id = $1 \
                 ORDER BY created_at_ms DESC, id DESC",
            )
            .bind(agency.as_str()),
        )
        .await?;
    let told = |(created, ends)| Ok(SecretFacts { created_at: moment(created)?, ends_at: maybe_moment(ends)? });
    found.into_iter().map(told).collect()
}

/// Deletes secrets that sign no more, and says how many there were.
///
/// # Errors
/// The codes of the database.
pub async fn end_secrets(tx: &mut Tx, means: &Means<'_>) -> Result<u64> {
    delete(tx, sqlx::query("DELETE FROM agency_secrets WHERE ends_at_ms <= $1 RETURNING id").bind(means.now_ms())).await
}

async fn delete(tx: &mut Tx, statement: crate::tx::Statement<'_>) -> Result<u64> {
    let gone: Vec<(String,)> = tx.all(statement).await?;
    let count = gone.len() as u64;
    for (id,) in gone {
        tx.touch(Table::AgencySecrets, id);
    }
    Ok(count)
}
