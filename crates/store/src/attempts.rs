//! Failed comparisons of one person for one purpose: what NIST SP 800-63B §3.2.3 limits. The limits themselves are casework's. Those of a
//! station and of a network address are in [`crate::source`].

use crate::error::Result;
use crate::id::{PersonId, untimed};
use crate::limits::{NAME_BYTES_MAX, bounded, maybe_moment};
use crate::tx::Tx;
use crate::{Means, Table};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

/// How often comparisons have failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Attempts {
    /// In a row, since the last success.
    pub consecutive: u32,
    /// In all, since the last reset.
    pub total: u32,
    /// Until when no comparison is made.
    pub blocked_until: Option<Timestamp>,
}

/// A count as it is stored.
#[derive(FromRow)]
pub(crate) struct Row {
    consecutive: i64,
    total: i64,
    blocked_until_ms: Option<i64>,
}

impl Row {
    pub(crate) fn view(&self) -> Result<Attempts> {
        let count = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
        Ok(Attempts {
            consecutive: count(self.consecutive),
            total: count(self.total),
            blocked_until: maybe_moment(self.blocked_until_ms)?,
        })
    }
}

/// How often comparisons of the person for the purpose have failed; zero when none was made.
///
/// # Errors
/// The codes of the database.
pub async fn get(tx: &mut Tx, person: &PersonId, purpose: &str) -> Result<Attempts> {
    let row: Option<Row> = tx
        .maybe(
            sqlx::query(
                "SELECT consecutive, total, blocked_until_ms FROM attempts WHERE person_id = $1 AND purpose = $2",
            )
            .bind(person.as_str())
            .bind(purpose),
        )
        .await?;
    row.map_or(Ok(Attempts::default()), |row| row.view())
}

/// The same, locked until the transaction ends, so that no two comparisons count as one. Makes the row when there is none, which needs an
/// entry in the ledger as every change does.
///
/// # Errors
/// `not-found` for an unknown person; `text-too-long` for the purpose; the codes of the database.
pub async fn lock(tx: &mut Tx, means: &Means<'_>, person: &PersonId, purpose: &str) -> Result<Attempts> {
    bounded(purpose, NAME_BYTES_MAX, "the purpose")?;
    let id = untimed(means);
    let made = tx
        .run(
            sqlx::query(
                "INSERT INTO attempts (id, person_id, purpose, consecutive, total) VALUES ($1, $2, $3, 0, 0) \
                 ON CONFLICT (person_id, purpose) DO NOTHING",
            )
            .bind(id.as_str())
            .bind(person.as_str())
            .bind(purpose),
        )
        .await?;
    if made == 1 {
        tx.touch(Table::Attempts, id);
        return Ok(Attempts::default());
    }
    let row: Row = tx
        .one(
            sqlx::query(
                "UPDATE attempts SET total = total WHERE person_id = $1 AND purpose = $2 \
                 RETURNING consecutive, total, blocked_until_ms",
            )
            .bind(person.as_str())
            .bind(purpose),
        )
        .await?;
    row.view()
}

/// Writes what [`lock`] returned, changed.
///
/// # Errors
/// `not-found` when it was never locked; the codes of the database.
pub async fn put(tx: &mut Tx, person: &PersonId, purpose: &str, attempts: &Attempts) -> Result<()> {
    let (id,): (String,) = tx
        .one(
            sqlx::query(
                "UPDATE attempts SET consecutive = $1, total = $2, blocked_until_ms = $3 \
                 WHERE person_id = $4 AND purpose = $5 RETURNING id",
            )
            .bind(i64::from(attempts.consecutive))
            .bind(i64::from(attempts.total))
            .bind(attempts.blocked_until.map(Timestamp::as_millisecond))
            .bind(person.as_str())
            .bind(purpose),
        )
        .await?;
    tx.touch(Table::Attempts, id);
    Ok(())
}

/// Sets everything to zero: an operator who may has looked at the case.
///
/// # Errors
/// `not-found` when no comparison was ever made; the codes of the database.
pub async fn reset(tx: &mut Tx, person: &PersonId, purpose: &str) -> Result<()> {
    put(tx, person, purpose, &Attempts::default()).await
}
