//! Guardianships: who may consent for a child, since when and until when.

use super::{lock, usable};
use crate::error::{Error, Result};
use crate::field;
use crate::id::{GuardianId, PersonId};
use crate::limits::{maybe_moment, moment};
use crate::tx::Tx;
use crate::{Code, Means, Table};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

/// A guardianship as it is to be noted.
#[derive(Clone, Copy, Debug)]
pub struct NewGuardian<'a> {
    /// For whom.
    pub child: &'a PersonId,
    /// Who.
    pub guardian: &'a PersonId,
    /// On which ground, as a code word: `parent`, `court-order`.
    pub ground: &'a str,
    /// From when it counts.
    pub since: Timestamp,
    /// Until when it counts, such as the day on which the child comes of age.
    pub until: Timestamp,
}

/// A guardianship.
#[derive(Clone, Debug, Serialize)]
pub struct Guardian {
    /// Its id.
    pub id: GuardianId,
    /// For whom.
    pub child: PersonId,
    /// Who.
    pub guardian: PersonId,
    /// On which ground.
    pub ground: String,
    /// From when it counts.
    pub since: Timestamp,
    /// Until when it counts.
    pub until: Timestamp,
    /// When it was ended before its time.
    pub ended_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    child_id: String,
    guardian_id: String,
    ground: String,
    since_ms: i64,
    until_ms: i64,
    ended_at_ms: Option<i64>,
}

impl Row {
    fn guardian(self) -> Result<Guardian> {
        Ok(Guardian {
            id: self.id.try_into()?,
            child: self.child_id.try_into()?,
            guardian: self.guardian_id.try_into()?,
            ground: self.ground,
            since: moment(self.since_ms)?,
            until: moment(self.until_ms)?,
            ended_at: maybe_moment(self.ended_at_ms)?,
        })
    }
}

/// Notes a guardianship.
///
/// # Errors
/// `already-exists` when the two have one that is not over; `row-invalid` when child and guardian are the same or it would end before it
/// begins; `not-found`, `person-locked`, `person-deceased`, `person-unknown`; the codes of the database.
pub async fn set(tx: &mut Tx, means: &Means<'_>, new: &NewGuardian<'_>) -> Result<GuardianId> {
    field::word("the ground", new.ground)?;
    if new.child == new.guardian || new.until <= new.since || new.until <= means.now {
        return Err(Error::new(
            Code::RowInvalid,
            "a guardianship is between two persons and ends after it begins and after now",
        ));
    }
    // In the order of their ids, so that two transactions never wait for each other.
    for person in [new.child.min(new.guardian), new.child.max(new.guardian)] {
        usable(lock(tx, person).await?.state)?;
    }
    let standing: Option<(String,)> = tx
        .maybe(
            sqlx::query(
                "SELECT id FROM guardians WHERE child_id = $1 AND guardian_id = $2 AND ended_at_ms IS NULL \
                 AND until_ms > $3 LIMIT 1",
            )
            .bind(new.child.as_str())
            .bind(new.guardian.as_str())
            .bind(means.now_ms()),
        )
        .await?;
    if standing.is_some() {
        return Err(Error::new(Code::AlreadyExists, "there is a guardianship between the two"));
    }
    let id = GuardianId::new(means);
    tx.run(
        sqlx::query(
            "INSERT INTO guardians (id, child_id, guardian_id, ground, since_ms, until_ms) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.as_str())
        .bind(new.child.as_str())
        .bind(new.guardian.as_str())
        .bind(new.ground)
        .bind(new.since.as_millisecond())
        .bind(new.until.as_millisecond()),
    )
    .await?;
    tx.touch(Table::Guardians, id.as_str());
    Ok(id)
}

/// Ends a guardianship now.
///
/// # Errors
/// `not-found` when there is none, or it was ended before; the codes of the database.
pub async fn end(tx: &mut Tx, means: &Means<'_>, id: &GuardianId) -> Result<()> {
    let changed = tx
        .run(
            sqlx::query("UPDATE guardians SET ended_at_ms = $1 WHERE id = $2 AND ended_at_ms IS NULL")
                .bind(means.now_ms())
                .bind(id.as_str()),
        )
        .await?;
    if changed == 0 {
        return Err(Error::new(Code::NotFound, "there is no such guardianship"));
    }
    tx.touch(Table::Guardians, id.as_str());
    Ok(())
}

/// The guardianships of a child that count at this moment and whose guardian is alive and not locked.
///
/// # Errors
/// The codes of the database.
pub async fn guardians_of(tx: &mut Tx, means: &Means<'_>, child: &PersonId) -> Result<Vec<Guardian>> {
    let rows: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT guardians.id, child_id, guardian_id, ground, since_ms, until_ms, ended_at_ms FROM guardians \
                 JOIN persons ON persons.id = guardian_id \
                 WHERE child_id = $1 AND since_ms <= $2 AND until_ms > $2 AND (ended_at_ms IS NULL OR ended_at_ms > $2) \
                 AND persons.state IN ('active', 'moved') ORDER BY guardians.id",
            )
            .bind(child.as_str())
            .bind(means.now_ms()),
        )
        .await?;
    rows.into_iter().map(Row::guardian).collect()
}

/// True if `guardian` may act for `child` at this moment.
///
/// # Errors
/// The codes of the database.
pub async fn is_guardian(tx: &mut Tx, means: &Means<'_>, child: &PersonId, guardian: &PersonId) -> Result<bool> {
    let all = guardians_of(tx, means, child).await?;
    Ok(all.iter().any(|one| one.guardian == *guardian))
}
