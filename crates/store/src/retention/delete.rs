//! Deleting visits and records of consents with all that belongs to them.

use super::Batch;
use crate::error::Result;
use crate::tx::Tx;
use crate::{Means, Table, capture};
use std::collections::BTreeSet;

/// The services of which there are records, whether they have a definition or not. Each is found by stepping over the one before, so that an
/// index answers without reading every row.
pub(super) async fn services(tx: &mut Tx) -> Result<Vec<String>> {
    const NEXT: [&str; 2] =
        ["SELECT MIN(service) FROM visits WHERE service > $1", "SELECT MIN(service) FROM consents WHERE service > $1"];
    let mut all = BTreeSet::new();
    for statement in NEXT {
        let mut last = String::new();
        while let Some((Some(next),)) =
            tx.maybe::<(Option<String>,)>(sqlx::query(statement).bind(last.as_str())).await?
        {
            last.clone_from(&next);
            all.insert(next);
        }
    }
    Ok(all.into_iter().collect())
}

/// Visits past their term, without an incident that is open or was closed within the term, and without a notice that waits.
pub(super) async fn old_visits(tx: &mut Tx, batch: &Batch<'_>) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for service in &batch.services {
        let found: Vec<(String,)> = tx
            .all(
                sqlx::query(
                    "SELECT v.id FROM visits v WHERE v.service = $1 AND v.closed_at_ms <= $2 \
                     AND NOT EXISTS (SELECT 1 FROM incidents i WHERE i.visit_id = v.id \
                     AND (i.state IN ('reported', 'confirmed') OR i.closed_at_ms > $2)) \
                     AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.visit_id = v.id AND n.state = 'waiting') \
                     ORDER BY v.closed_at_ms, v.id LIMIT $3",
                )
                .bind(service.as_str())
                .bind(batch.past(batch.of(service).visit_days))
                .bind(batch.limit),
            )
            .await?;
        all.extend(found.into_iter().map(|(id,)| id));
    }
    Ok(all)
}

/// Records of ended consents past their term, on which no visit stands any more.
pub(super) async fn old_consents(tx: &mut Tx, batch: &Batch<'_>) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for service in &batch.services {
        let found: Vec<(String,)> = tx
            .all(
                sqlx::query(
                    "SELECT c.id FROM consents c JOIN consent_events e ON e.consent_id = c.id AND e.kind = c.state \
                     WHERE c.state IN ('refused', 'withdrawn', 'expired') AND c.service = $1 AND e.at_ms <= $2 \
                     AND NOT EXISTS (SELECT 1 FROM visit_persons p WHERE p.consent_id = c.id) \
                     AND NOT EXISTS (SELECT 1 FROM captures k WHERE k.consent_id = c.id) ORDER BY e.at_ms, c.id LIMIT $3",
                )
                .bind(service.as_str())
                .bind(batch.past(batch.of(service).consent_days))
                .bind(batch.limit),
            )
            .await?;
        all.extend(found.into_iter().map(|(id,)| id));
    }
    Ok(all)
}

/// What hangs on the notices of a visit and its incidents, outside of the ledger.
const BESIDE_NOTICES: [&str; 2] = [
    "DELETE FROM notice_deliveries WHERE id IN (SELECT id FROM notices WHERE visit_id = $1 \
     OR incident_id IN (SELECT id FROM incidents WHERE visit_id = $1))",
    "DELETE FROM notice_attempts WHERE notice_id IN (SELECT id FROM notices WHERE visit_id = $1 \
     OR incident_id IN (SELECT id FROM incidents WHERE visit_id = $1))",
];

/// What hangs on a visit, in the order in which it can go: each table with the statement that empties it.
const OF_VISIT: [(Table, &str); 9] = [
    (Table::Notices, "DELETE FROM notices WHERE visit_id = $1 RETURNING id"),
    (
        Table::Notices,
        "DELETE FROM notices WHERE incident_id IN (SELECT id FROM incidents WHERE visit_id = $1) RETURNING id",
    ),
    (Table::Incidents, "DELETE FROM incidents WHERE visit_id = $1 RETURNING id"),
    (Table::Outcomes, "DELETE FROM outcomes WHERE visit_id = $1 RETURNING id"),
    (
        Table::Judgements,
        "DELETE FROM judgements WHERE visit_person_id IN (SELECT id FROM visit_persons WHERE visit_id = $1) RETURNING id",
    ),
    (
        Table::Evidences,
        "DELETE FROM evidences WHERE visit_person_id IN (SELECT id FROM visit_persons WHERE visit_id = $1) RETURNING id",
    ),
    (
        Table::Captures,
        "DELETE FROM captures WHERE visit_person_id IN (SELECT id FROM visit_persons WHERE visit_id = $1) RETURNING id",
    ),
    (Table::VisitPersons, "DELETE FROM visit_persons WHERE visit_id = $1 RETURNING id"),
    (Table::Visits, "DELETE FROM visits WHERE id = $1 RETURNING id"),
];

/// Deletes a visit with all that hangs on it, live pictures of captures that nobody ended first.
pub(super) async fn visit(tx: &mut Tx, means: &Means<'_>, id: &str) -> Result<capture::Ended> {
    tx.run(sqlx::query("UPDATE visits SET revision = revision WHERE id = $1").bind(id)).await?;
    let persons: Vec<(String,)> =
        tx.all(sqlx::query("SELECT id FROM visit_persons WHERE visit_id = $1").bind(id)).await?;
    let mut ended = capture::Ended::default();
    for (person,) in persons {
        ended += capture::end_of(tx, means, &person.parse()?).await?;
    }
    for statement in BESIDE_NOTICES {
        tx.run(sqlx::query(statement).bind(id)).await?;
    }
    for (table, statement) in OF_VISIT {
        rows_of(tx, table, (statement, id)).await?;
    }
    Ok(ended)
}

/// Deletes the record of a consent and its events.
pub(super) async fn consent(tx: &mut Tx, id: &str) -> Result<()> {
    let events = "DELETE FROM consent_events WHERE consent_id = $1 RETURNING id";
    rows_of(tx, Table::ConsentEvents, (events, id)).await?;
    rows_of(tx, Table::Consents, ("DELETE FROM consents WHERE id = $1 RETURNING id", id)).await?;
    Ok(())
}

/// Deletes the rows of a statement and touches each.
async fn rows_of(tx: &mut Tx, table: Table, (statement, of): (&'static str, &str)) -> Result<()> {
    let gone: Vec<(String,)> = tx.all(sqlx::query(statement).bind(of)).await?;
    for (id,) in gone {
        tx.touch(table, id);
    }
    Ok(())
}
