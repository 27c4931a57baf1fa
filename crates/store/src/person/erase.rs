//! Erasure: what told who someone is, and all biometric data, go; the bare row stays, because consents, visits and the ledger point at it.
//!
//! The person's keys are deleted, so that copies of the sealed data elsewhere (a backup of the rows without the key ring's present state, a
//! replica that lags) do not open from this database any more. `Db::reclaim` then lets the old pages be overwritten.

use super::{State, lock};
use crate::error::{Error, Result};
use crate::id::PersonId;
use crate::tx::Tx;
use crate::{Code, Means, Table, bio};

/// What an erasure deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Erased {
    /// Keys that were shredded, the identity key among them.
    pub keys: u64,
    /// Portraits.
    pub portraits: u64,
    /// Templates: none, unless a consent ended without taking them along.
    pub templates: u64,
    /// Life events, guardianships and counts of attempts.
    pub notes: u64,
}

/// Erases a person. The pseudonym stays in the row, so that what the ledger says about it can still be checked.
///
/// # Errors
/// `conflict` while a consent is asked for or given, or a visit is open: end those first; `not-found`; `person-unknown` when the record was
/// erased before; the codes of the database.
pub async fn erase(tx: &mut Tx, means: &Means<'_>, id: &PersonId) -> Result<Erased> {
    if lock(tx, id).await?.state == State::Erased {
        return Err(Error::new(Code::PersonUnknown, "the record was erased"));
    }
    refuse_open(tx, id).await?;
    let subject = bio::subject(means, id);
    let notes = delete(tx, Table::LifeEvents, "DELETE FROM life_events WHERE person_id = $1 RETURNING id", id.as_str())
        .await?
        + delete(
            tx,
            Table::Guardians,
            "DELETE FROM guardians WHERE child_id = $1 OR guardian_id = $1 RETURNING id",
            id.as_str(),
        )
        .await?
        + delete(tx, Table::Attempts, "DELETE FROM attempts WHERE person_id = $1 RETURNING id", id.as_str()).await?;
    let erased = Erased {
        keys: 1 + delete(tx, Table::BioKeys, "DELETE FROM bio_keys WHERE subject = $1 RETURNING id", &subject).await?,
        templates: delete(
            tx,
            Table::BioTemplates,
            "DELETE FROM bio_templates WHERE subject = $1 RETURNING id",
            &subject,
        )
        .await?,
        portraits: delete(
            tx,
            Table::BioPortraits,
            "DELETE FROM bio_portraits WHERE subject = $1 RETURNING id",
            &subject,
        )
        .await?,
        notes,
    };
    // The hash column is unique and not empty: random bytes in it are nobody's number.
    let nobody: [u8; 32] = seal::random::array(means.random);
    tx.run(
        sqlx::query(
            "UPDATE persons SET state = $1, key_id = '', wrapped = $2, sealed = $2, number_key_id = '', \
             number_hash = $3, portrait_exception = NULL, changed_at_ms = $4 WHERE id = $5",
        )
        .bind(State::Erased.as_str())
        .bind(Vec::<u8>::new())
        .bind(nobody.to_vec())
        .bind(means.now_ms())
        .bind(id.as_str()),
    )
    .await?;
    tx.touch(Table::Persons, id.as_str());
    Ok(erased)
}

/// Refuses while something still goes on that needs the person.
async fn refuse_open(tx: &mut Tx, id: &PersonId) -> Result<()> {
    let consent = "SELECT id FROM consents WHERE person_id = $1 AND state IN ('requested', 'given') LIMIT 1";
    if tx.maybe_row(sqlx::query(consent).bind(id.as_str())).await?.is_some() {
        return Err(Error::new(Code::Conflict, "a consent is open: end it first"));
    }
    let visit = "SELECT visits.id FROM visits JOIN visit_persons ON visit_persons.visit_id = visits.id \
                 WHERE visit_persons.person_id = $1 AND visits.closed_at_ms IS NULL LIMIT 1";
    if tx.maybe_row(sqlx::query(visit).bind(id.as_str())).await?.is_some() {
        return Err(Error::new(Code::Conflict, "a visit is open: end it first"));
    }
    Ok(())
}

/// Deletes the rows of a statement and touches each.
async fn delete(tx: &mut Tx, table: Table, statement: &'static str, of: &str) -> Result<u64> {
    let gone: Vec<(String,)> = tx.all(sqlx::query(statement).bind(of)).await?;
    let count = gone.len() as u64;
    for (id,) in gone {
        tx.touch(table, id);
    }
    Ok(count)
}
