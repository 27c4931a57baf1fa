//! Outcomes: how a visit ended. One for each visit, and an adverse one only with a second operator and a reason.

use crate::error::{Error, Result};
use crate::id::{OfficeId, OperatorId, OutcomeId, VisitId};
use crate::limits::{NAME_BYTES_MAX, bounded, maybe_id, moment};
use crate::tx::Tx;
use crate::visit::Locked;
use crate::{Code, Means, Table};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

/// The one adverse outcome. It needs an incident of the visit that a second operator confirmed.
pub const SUSPECTED_IMPERSONATION: &str = "suspected-impersonation";

/// An outcome to be noted.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// What it is; the words are casework's, but for [`SUSPECTED_IMPERSONATION`].
    pub kind: &'a str,
    /// The reason code.
    pub reason: Option<&'a str>,
    /// Who decided; nobody when time did.
    pub operator: Option<&'a OperatorId>,
    /// Who confirmed.
    pub second: Option<&'a OperatorId>,
}

/// An outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its id.
    pub id: OutcomeId,
    /// What it is.
    pub kind: String,
    /// The reason code.
    pub reason: Option<String>,
    /// Who decided.
    pub operator: Option<OperatorId>,
    /// Who confirmed.
    pub second: Option<OperatorId>,
    /// When.
    pub at: Timestamp,
}

/// Notes the outcome of a visit.
///
/// # Errors
/// `already-exists` when it has one; `conflict` when it is closed; for the adverse outcome `incident-missing` unless an incident of the
/// visit was reported by the first and confirmed by the second operator, `second-operator-same`, and `row-invalid` without a reason;
/// `text-too-long`; the codes of the database.
pub async fn put(tx: &mut Tx, means: &Means<'_>, visit: &Locked, new: &New<'_>) -> Result<OutcomeId> {
    visit.must_be_open()?;
    bounded(new.kind, NAME_BYTES_MAX, "the outcome")?;
    if let Some(reason) = new.reason {
        bounded(reason, NAME_BYTES_MAX, "the reason")?;
    }
    if new.kind == SUSPECTED_IMPERSONATION {
        adverse(tx, visit, new).await?;
    }
    let id = OutcomeId::new(means);
    let made = tx
        .run(
            sqlx::query(
                "INSERT INTO outcomes (id, visit_id, kind, reason, operator_id, second_operator_id, at_ms) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (visit_id) DO NOTHING",
            )
            .bind(id.as_str())
            .bind(visit.id.as_str())
            .bind(new.kind)
            .bind(new.reason)
            .bind(new.operator.map(OperatorId::as_str))
            .bind(new.second.map(OperatorId::as_str))
            .bind(means.now_ms()),
        )
        .await?;
    if made == 0 {
        return Err(Error::new(Code::AlreadyExists, "the visit has an outcome"));
    }
    tx.touch(Table::Outcomes, id.as_str());
    Ok(id)
}

/// Refuses an adverse outcome that not two operators stand for.
async fn adverse(tx: &mut Tx, visit: &Locked, new: &New<'_>) -> Result<()> {
    let (Some(first), Some(second)) = (new.operator, new.second) else {
        return Err(Error::new(Code::IncidentMissing, "two operators must stand for this outcome"));
    };
    if first == second {
        return Err(Error::new(Code::SecondOperatorSame, "the two operators are one"));
    }
    if new.reason.is_none() {
        return Err(Error::new(Code::RowInvalid, "this outcome needs a reason"));
    }
    let confirmed = tx
        .maybe_row(
            sqlx::query(
                "SELECT id FROM incidents WHERE visit_id = $1 AND state = 'confirmed' AND reported_by = $2 \
                 AND seconded_by = $3 LIMIT 1",
            )
            .bind(visit.id.as_str())
            .bind(first.as_str())
            .bind(second.as_str()),
        )
        .await?;
    match confirmed {
        Some(_) => Ok(()),
        None => {
            Err(Error::new(Code::IncidentMissing, "the two have not reported and confirmed an incident of this visit"))
        }
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    kind: String,
    reason: Option<String>,
    operator_id: Option<String>,
    second_operator_id: Option<String>,
    at_ms: i64,
}

/// The outcome of a visit of the office, if it has one.
///
/// # Errors
/// The codes of the database.
pub async fn get(tx: &mut Tx, office: &OfficeId, visit: &VisitId) -> Result<Option<Outcome>> {
    let row: Option<Row> = tx
        .maybe(
            sqlx::query(
                "SELECT o.id, o.kind, o.reason, o.operator_id, o.second_operator_id, o.at_ms FROM outcomes o \
                 JOIN visits v ON v.id = o.visit_id WHERE o.visit_id = $1 AND v.office_id = $2",
            )
            .bind(visit.as_str())
            .bind(office.as_str()),
        )
        .await?;
    let view = |row: Row| {
        Ok(Outcome {
            id: row.id.parse()?,
            kind: row.kind,
            reason: row.reason,
            operator: maybe_id(row.operator_id)?,
            second: maybe_id(row.second_operator_id)?,
            at: moment(row.at_ms)?,
        })
    };
    row.map(view).transpose()
}
