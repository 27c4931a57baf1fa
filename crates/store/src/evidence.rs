//! Evidence: what a comparison showed, sealed under a key of its own, closed until the operator who asks has judged.

use crate::consent::Grant;
use crate::error::{Error, Result};
use crate::id::{CaptureId, EvidenceId, VisitPersonId};
use crate::judgement::Judged;
use crate::limits::{EVIDENCE_BYTES_MAX, maybe_moment, moment, sized};
use crate::tx::Tx;
use crate::{Code, Means, Table};
use jiff::Timestamp;
use seal::keys::{DataKey, Domain, Wrapped};
use serde::Serialize;
use sqlx::FromRow;
use zeroize::Zeroizing;

/// A piece of evidence to be sealed.
#[derive(Clone, Copy)]
pub struct New<'a> {
    /// The person of the visit.
    pub visit_person: &'a VisitPersonId,
    /// The capture whose pictures were compared.
    pub capture: &'a CaptureId,
    /// What the comparison showed, as JSON.
    pub json: &'a [u8],
}

impl std::fmt::Debug for New<'_> {
    /// Without the content.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "New({} bytes)", self.json.len())
    }
}

/// That there is a piece of evidence, and nothing of what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sealed {
    /// Its id.
    pub id: EvidenceId,
    /// The capture whose pictures were compared.
    pub capture: CaptureId,
    /// When it was made.
    pub made: Timestamp,
    /// When it was first opened.
    pub opened: Option<Timestamp>,
}

/// What sealed evidence is bound to.
fn place<'a>(id: &'a str, visit_person: &'a str, capture: &'a str) -> [&'a [u8]; 4] {
    [b"evidences", id.as_bytes(), visit_person.as_bytes(), capture.as_bytes()]
}

/// Seals a piece of evidence; one for each capture.
///
/// # Errors
/// `grant-expired`, `consent-ended`, `grant-foreign` when the capture is not of the grant and this person of the visit; `capture-ended` when
/// its pictures were not taken in or are gone; `row-invalid` for the size; `already-exists`; the codes of keys and of the database.
pub async fn put(tx: &mut Tx, means: &Means<'_>, grant: &Grant, new: &New<'_>) -> Result<EvidenceId> {
    grant.check(tx, means).await?;
    sized(new.json, EVIDENCE_BYTES_MAX, "the evidence")?;
    let capture = crate::capture::of_grant(tx, grant.consent(), new.capture).await?;
    if capture.visit_person != *new.visit_person {
        return Err(Error::new(Code::GrantForeign, "the capture is of another person of the visit"));
    }
    if !capture.holds_frames {
        return Err(Error::new(Code::CaptureEnded, "the capture has no pictures to compare"));
    }
    let id = EvidenceId::new(means);
    let key = DataKey::generate(means.random);
    let wrapped = means.ring.wrap(Domain::Evidence, &key, &[b"evidence", id.as_str().as_bytes()], means.random)?;
    let place = place(id.as_str(), new.visit_person.as_str(), new.capture.as_str());
    tx.run(
        sqlx::query(
            "INSERT INTO evidences (id, visit_person_id, capture_id, key_id, wrapped, sealed, made_at_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id.as_str())
        .bind(new.visit_person.as_str())
        .bind(new.capture.as_str())
        .bind(String::from(wrapped.key))
        .bind(wrapped.bytes)
        .bind(seal::record::seal(&key, &place, new.json, means.random))
        .bind(means.now_ms()),
    )
    .await?;
    tx.touch(Table::Evidences, id.as_str());
    Ok(id)
}

#[derive(FromRow)]
struct Row {
    visit_person_id: String,
    capture_id: String,
    key_id: String,
    wrapped: Vec<u8>,
    sealed: Vec<u8>,
}

/// Opens the evidence for the operator who has judged it; for people there is no other way to read it. The transaction then demands an entry
/// in the ledger each time, not only the first.
///
/// # Errors
/// `not-found` when it was deleted meanwhile; `key-unknown`, `record-damaged`; the codes of the database.
pub async fn open(tx: &mut Tx, means: &Means<'_>, judged: &Judged) -> Result<Zeroizing<Vec<u8>>> {
    let id = judged.evidence().as_str();
    let row: Row = tx
        .one(
            sqlx::query(
                "UPDATE evidences SET opened_at_ms = COALESCE(opened_at_ms, $1) WHERE id = $2 \
                 RETURNING visit_person_id, capture_id, key_id, wrapped, sealed",
            )
            .bind(means.now_ms())
            .bind(id),
        )
        .await?;
    tx.touch(Table::Evidences, id);
    row.content(means, id)
}

/// The evidence of a person of a closed visit that nobody has opened, for the program alone: to count what was found at a camera. It stays
/// closed. While the visit is open there is none, because whoever judges might learn of it.
///
/// # Errors
/// `key-unknown`, `record-damaged`; the codes of the database.
pub async fn unseen(tx: &mut Tx, means: &Means<'_>, visit_person: &VisitPersonId) -> Result<Vec<Zeroizing<Vec<u8>>>> {
    let rows: Vec<UnseenRow> = tx
        .all(
            sqlx::query(
                "SELECT e.id, e.visit_person_id, e.capture_id, e.key_id, e.wrapped, e.sealed FROM evidences e \
                 JOIN visit_persons p ON p.id = e.visit_person_id JOIN visits v ON v.id = p.visit_id \
                 WHERE e.visit_person_id = $1 AND e.opened_at_ms IS NULL AND v.closed_at_ms IS NOT NULL ORDER BY e.id",
            )
            .bind(visit_person.as_str()),
        )
        .await?;
    rows.into_iter().map(|UnseenRow { id, row }| row.content(means, &id)).collect()
}

#[derive(FromRow)]
struct UnseenRow {
    id: String,
    #[sqlx(flatten)]
    row: Row,
}

impl Row {
    fn content(self, means: &Means<'_>, id: &str) -> Result<Zeroizing<Vec<u8>>> {
        let wrapped = Wrapped { key: self.key_id.parse()?, bytes: self.wrapped };
        let key = means.ring.unwrap(Domain::Evidence, &wrapped, &[b"evidence", id.as_bytes()])?;
        Ok(seal::record::open(&key, &place(id, &self.visit_person_id, &self.capture_id), &self.sealed)?)
    }
}

#[derive(FromRow)]
struct SealedRow {
    id: String,
    capture_id: String,
    made_at_ms: i64,
    opened_at_ms: Option<i64>,
}

/// What evidence there is of a person of a visit, oldest first, and nothing of what it says.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, visit_person: &VisitPersonId) -> Result<Vec<Sealed>> {
    let rows: Vec<SealedRow> = tx
        .all(
            sqlx::query(
                "SELECT id, capture_id, made_at_ms, opened_at_ms FROM evidences WHERE visit_person_id = $1 ORDER BY id",
            )
            .bind(visit_person.as_str()),
        )
        .await?;
    let view = |row: SealedRow| {
        Ok(Sealed {
            id: row.id.parse()?,
            capture: row.capture_id.parse()?,
            made: moment(row.made_at_ms)?,
            opened: maybe_moment(row.opened_at_ms)?,
        })
    };
    rows.into_iter().map(view).collect()
}

/// Deletes evidence that nobody has opened, with its judgements; says whether it did.
pub(crate) async fn drop_closed(tx: &mut Tx, id: &EvidenceId) -> Result<bool> {
    // Locks the row, so that nobody opens it in between.
    let closed = tx
        .run(
            sqlx::query("UPDATE evidences SET made_at_ms = made_at_ms WHERE id = $1 AND opened_at_ms IS NULL")
                .bind(id.as_str()),
        )
        .await?;
    if closed == 0 {
        return Ok(false);
    }
    delete(tx, id).await?;
    Ok(true)
}

/// Deletes evidence with its key and its judgements.
pub(crate) async fn delete(tx: &mut Tx, id: &EvidenceId) -> Result<()> {
    let judgements: Vec<(String,)> =
        tx.all(sqlx::query("DELETE FROM judgements WHERE evidence_id = $1 RETURNING id").bind(id.as_str())).await?;
    for (judgement,) in judgements {
        tx.touch(Table::Judgements, judgement);
    }
    tx.run(sqlx::query("DELETE FROM evidences WHERE id = $1").bind(id.as_str())).await?;
    tx.touch(Table::Evidences, id.as_str());
    Ok(())
}
