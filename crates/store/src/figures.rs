//! Figures: how often what happened, for pages and impact assessments. Nobody is named in them.

use crate::error::Result;
use crate::id::VisitId;
use crate::limits::{maybe_moment, moment};
use crate::tx::Tx;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

/// How often something happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct Figure {
    /// In which service; none for what belongs to none.
    pub service: Option<String>,
    /// What.
    pub what: String,
    /// How often.
    pub count: i64,
}

/// A visit as a person who took part is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VisitSeen {
    /// Its id.
    pub id: VisitId,
    /// The service.
    pub service: String,
    /// Where.
    pub office: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// What came of it.
    pub outcome: Option<String>,
}

#[derive(FromRow)]
struct Row {
    service: String,
    office: String,
    opened_at_ms: i64,
    closed_at_ms: Option<i64>,
    outcome: Option<String>,
}

/// Visits by service and outcome.
///
/// # Errors
/// The codes of the database.
pub async fn outcomes(tx: &mut Tx) -> Result<Vec<Figure>> {
    let statement = "SELECT visits.service AS service, outcomes.kind AS what, COUNT(*) AS count FROM outcomes \
                     JOIN visits ON visits.id = outcomes.visit_id GROUP BY visits.service, outcomes.kind ORDER BY 1, 2";
    tx.all(sqlx::query(statement)).await
}

/// Visits that are not closed, by service and state.
///
/// # Errors
/// The codes of the database.
pub async fn open_visits(tx: &mut Tx) -> Result<Vec<Figure>> {
    let statement = "SELECT service, state AS what, COUNT(*) AS count FROM visits WHERE closed_at_ms IS NULL \
                     GROUP BY service, state ORDER BY 1, 2";
    tx.all(sqlx::query(statement)).await
}

/// Consents by service and state.
///
/// # Errors
/// The codes of the database.
pub async fn consents(tx: &mut Tx) -> Result<Vec<Figure>> {
    let statement =
        "SELECT service, state AS what, COUNT(*) AS count FROM consents GROUP BY service, state ORDER BY 1, 2";
    tx.all(sqlx::query(statement)).await
}

/// Incidents by state.
///
/// # Errors
/// The codes of the database.
pub async fn incidents(tx: &mut Tx) -> Result<Vec<Figure>> {
    let statement = "SELECT visits.service AS service, incidents.state AS what, COUNT(*) AS count FROM incidents \
                     JOIN visits ON visits.id = incidents.visit_id GROUP BY visits.service, incidents.state ORDER BY 1, 2";
    tx.all(sqlx::query(statement)).await
}

/// Persons in the register by state.
///
/// # Errors
/// The codes of the database.
pub async fn persons(tx: &mut Tx) -> Result<Vec<Figure>> {
    let statement = "SELECT NULL AS service, state AS what, COUNT(*) AS count FROM persons GROUP BY state ORDER BY 2";
    tx.all(sqlx::query(statement)).await
}

/// Work that waits or goes on: `imports`, `notices` that are to be sent, open `visits`.
///
/// # Errors
/// The codes of the database.
pub async fn work(tx: &mut Tx) -> Result<Vec<Figure>> {
    let statement = "SELECT NULL AS service, 'imports' AS what, COUNT(*) AS count FROM imports WHERE state = 'running' \
                     UNION ALL SELECT NULL, 'notices', COUNT(*) FROM notices WHERE state = 'waiting' \
                     UNION ALL SELECT NULL, 'visits', COUNT(*) FROM visits WHERE closed_at_ms IS NULL ORDER BY 2";
    tx.all(sqlx::query(statement)).await
}

/// What operators judged by eye before they saw a result, by service; judgements past their term are left out.
///
/// # Errors
/// The codes of the database.
pub async fn judgements(tx: &mut Tx) -> Result<Vec<Figure>> {
    let statement = "SELECT visits.service AS service, judgements.answer AS what, COUNT(*) AS count FROM judgements \
                     JOIN visit_persons ON visit_persons.id = judgements.visit_person_id \
                     JOIN visits ON visits.id = visit_persons.visit_id \
                     GROUP BY visits.service, judgements.answer ORDER BY 1, 2";
    tx.all(sqlx::query(statement)).await
}

/// Entries of the ledger by service and kind: they outlive the records, so these figures reach back to the beginning.
///
/// # Errors
/// The codes of the database.
pub async fn entries(tx: &mut Tx) -> Result<Vec<Figure>> {
    let statement =
        "SELECT service, kind AS what, COUNT(*) AS count FROM ledger_entries GROUP BY service, kind ORDER BY 1, 2";
    tx.all(sqlx::query(statement)).await
}

/// Visits whose evidence was opened, by service and what it said; one that was looked at twice counts once. An entry is canonical JSON, so that
/// this fact has one form.
///
/// # Errors
/// The codes of the database.
pub async fn bands(tx: &mut Tx) -> Result<Vec<Figure>> {
    let statement = "SELECT service, CASE WHEN entry LIKE '%\"band\":\"match\"%' THEN 'match' \
                     WHEN entry LIKE '%\"band\":\"no-match\"%' THEN 'no-match' ELSE 'inconclusive' END AS what, \
                     COUNT(DISTINCT visit_id) AS count FROM ledger_entries WHERE kind = 'evidence.opened' GROUP BY 1, 2 ORDER BY 1, 2";
    tx.all(sqlx::query(statement)).await
}

/// The visits with these ids, as their persons are told of them; those past their term are left out.
///
/// # Errors
/// The codes of the database.
pub async fn visits(tx: &mut Tx, ids: &[VisitId]) -> Result<Vec<VisitSeen>> {
    let mut seen = Vec::with_capacity(ids.len());
    for id in ids {
        let found: Option<Row> = tx
            .maybe(
                sqlx::query(
                    "SELECT visits.service, offices.name AS office, opened_at_ms, visits.closed_at_ms, \
                     outcomes.kind AS outcome FROM visits JOIN offices ON offices.id = visits.office_id \
                     LEFT JOIN outcomes ON outcomes.visit_id = visits.id WHERE visits.id = $1",
                )
                .bind(id.as_str()),
            )
            .await?;
        if let Some(row) = found {
            seen.push(VisitSeen {
                id: id.clone(),
                service: row.service,
                office: row.office,
                opened_at: moment(row.opened_at_ms)?,
                closed_at: maybe_moment(row.closed_at_ms)?,
                outcome: row.outcome,
            });
        }
    }
    Ok(seen)
}
