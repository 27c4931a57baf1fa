//! Incidents: suspected impersonation, reported by one operator and confirmed or dismissed by another.

use crate::error::{Error, Result};
use crate::id::{IncidentId, OfficeId, OperatorId, VisitId, VisitPersonId};
use crate::limits::{NAME_BYTES_MAX, bounded, maybe_id, maybe_moment, moment, rows};
use crate::tx::Tx;
use crate::visit::Locked;
use crate::word::words;
use crate::{Code, Means, Table, field};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

words! {
    /// Where an incident stands.
    State "the state of an incident" {
        /// One operator reported it.
        Reported "reported",
        /// Another operator confirmed it.
        Confirmed "confirmed",
        /// Another operator dismissed it.
        Dismissed "dismissed",
        /// Nobody seconded it in time, or the ground under it was withdrawn; nothing comes of it.
        Lapsed "lapsed",
        /// It was followed up and needs nothing more.
        Closed "closed",
    }
}

/// A suspicion to be reported.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Which person of the visit.
    pub visit_person: &'a VisitPersonId,
    /// The reason code.
    pub reason: &'a str,
    /// Who reports.
    pub operator: &'a OperatorId,
}

/// What the second operator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The suspicion is shared.
    Confirm,
    /// It is not.
    Dismiss,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// The visit.
    pub visit: VisitId,
    /// The person of the visit.
    pub visit_person: VisitPersonId,
    /// The reason code.
    pub reason: String,
    /// Where it stands.
    pub state: State,
    /// Who reported it.
    pub reported_by: OperatorId,
    /// When.
    pub reported: Timestamp,
    /// Who confirmed or dismissed it.
    pub seconded_by: Option<OperatorId>,
    /// When.
    pub seconded: Option<Timestamp>,
    /// What following it up found, as a code word.
    pub finding: Option<String>,
    /// Who closed it.
    pub closed_by: Option<OperatorId>,
    /// When.
    pub closed: Option<Timestamp>,
}

/// Reports a suspicion. It decides nothing until a second operator has looked.
///
/// # Errors
/// `not-found` when it is no person of the visit; `conflict` when the visit is closed or a report of this person waits or was confirmed;
/// `row-invalid` or `text-too-long` for the reason; the codes of the database.
pub async fn report(tx: &mut Tx, means: &Means<'_>, visit: &Locked, report: &Report<'_>) -> Result<IncidentId> {
    visit.must_be_open()?;
    visit.person(report.visit_person)?;
    bounded(report.reason, NAME_BYTES_MAX, "the reason")?;
    let standing = tx
        .maybe_row(
            sqlx::query(
                "SELECT id FROM incidents WHERE visit_person_id = $1 AND state IN ('reported', 'confirmed', 'closed') LIMIT 1",
            )
            .bind(report.visit_person.as_str()),
        )
        .await?;
    if standing.is_some() {
        return Err(Error::new(Code::Conflict, "there is a report of this person of the visit"));
    }
    let id = IncidentId::new(means);
    tx.run(
        sqlx::query(
            "INSERT INTO incidents (id, visit_id, visit_person_id, office_id, reason, state, reported_by, reported_at_ms) \
             VALUES ($1, $2, $3, $4, $5, 'reported', $6, $7)",
        )
        .bind(id.as_str())
        .bind(visit.id.as_str())
        .bind(report.visit_person.as_str())
        .bind(visit.office.as_str())
        .bind(report.reason)
        .bind(report.operator.as_str())
        .bind(means.now_ms()),
    )
    .await?;
    tx.touch(Table::Incidents, id.as_str());
    Ok(id)
}

/// Notes what the second operator says of a report.
///
/// # Errors
/// `second-operator-same` when the same operator reported it; `not-found` when it is not of this visit; `conflict` when it was confirmed or
/// dismissed before; the codes of the database.
pub async fn second(
    tx: &mut Tx,
    means: &Means<'_>,
    visit: &Locked,
    id: &IncidentId,
    (operator, verdict): (&OperatorId, Verdict),
) -> Result<()> {
    visit.must_be_open()?;
    let (reported_by, state): (String, String) = tx
        .one(
            sqlx::query("SELECT reported_by, state FROM incidents WHERE id = $1 AND visit_id = $2")
                .bind(id.as_str())
                .bind(visit.id.as_str()),
        )
        .await?;
    if reported_by == operator.as_str() {
        return Err(Error::new(Code::SecondOperatorSame, "the operator reported it"));
    }
    if state != State::Reported.as_str() {
        return Err(Error::new(Code::Conflict, format!("the incident is {state}")));
    }
    let state = match verdict {
        Verdict::Confirm => State::Confirmed,
        Verdict::Dismiss => State::Dismissed,
    };
    tx.run(
        sqlx::query("UPDATE incidents SET state = $1, seconded_by = $2, seconded_at_ms = $3 WHERE id = $4")
            .bind(state.as_str())
            .bind(operator.as_str())
            .bind(means.now_ms())
            .bind(id.as_str()),
    )
    .await?;
    tx.touch(Table::Incidents, id.as_str());
    Ok(())
}

/// Closes a confirmed incident of the office: it was followed up. From now on the terms of retention run.
///
/// # Errors
/// `second-operator-same` when the same operator reported it; `not-found` when it is another office's or not there; `conflict` when it is not
/// confirmed; `row-invalid` or `text-too-long` for the finding; the codes of the database.
pub async fn close(
    tx: &mut Tx,
    means: &Means<'_>,
    office: &OfficeId,
    id: &IncidentId,
    (operator, finding): (&OperatorId, &str),
) -> Result<()> {
    field::word("the finding", finding)?;
    let (reported_by, state): (String, String) = tx
        .one(
            sqlx::query(
                "UPDATE incidents SET state = state WHERE id = $1 AND office_id = $2 RETURNING reported_by, state",
            )
            .bind(id.as_str())
            .bind(office.as_str()),
        )
        .await?;
    if reported_by == operator.as_str() {
        return Err(Error::new(Code::SecondOperatorSame, "the operator reported it"));
    }
    if state != State::Confirmed.as_str() {
        return Err(Error::new(Code::Conflict, format!("the incident is {state}")));
    }
    tx.run(
        sqlx::query(
            "UPDATE incidents SET state = 'closed', finding = $1, closed_by = $2, closed_at_ms = $3 WHERE id = $4",
        )
        .bind(finding)
        .bind(operator.as_str())
        .bind(means.now_ms())
        .bind(id.as_str()),
    )
    .await?;
    tx.touch(Table::Incidents, id.as_str());
    Ok(())
}

/// Ends a report of the visit that nobody seconded, because its time is over or the ground under it was withdrawn. It stays on record, and
/// nothing adverse comes of it.
///
/// # Errors
/// `not-found` when it is not of this visit or does not wait; the codes of the database.
pub async fn lapse(tx: &mut Tx, visit: &Locked, id: &IncidentId) -> Result<()> {
    let changed = tx
        .run(
            sqlx::query("UPDATE incidents SET state = 'lapsed' WHERE id = $1 AND visit_id = $2 AND state = 'reported'")
                .bind(id.as_str())
                .bind(visit.id.as_str()),
        )
        .await?;
    if changed == 0 {
        return Err(Error::new(Code::NotFound, "there is no such report that waits"));
    }
    tx.touch(Table::Incidents, id.as_str());
    Ok(())
}

macro_rules! select {
    ($which:literal) => {
        concat!(
            "SELECT id, visit_id, visit_person_id, reason, state, reported_by, reported_at_ms, seconded_by, seconded_at_ms, \
             finding, closed_by, closed_at_ms FROM incidents ",
            $which
        )
    };
}

/// The incidents of a visit of the office, oldest first.
///
/// # Errors
/// The codes of the database.
pub async fn of_visit(tx: &mut Tx, office: &OfficeId, visit: &VisitId) -> Result<Vec<Incident>> {
    let found: Vec<Row> = tx
        .all(
            sqlx::query(select!("WHERE visit_id = $1 AND office_id = $2 ORDER BY id"))
                .bind(visit.as_str())
                .bind(office.as_str()),
        )
        .await?;
    found.into_iter().map(Row::view).collect()
}

#[derive(FromRow)]
struct Row {
    id: String,
    visit_id: String,
    visit_person_id: String,
    reason: String,
    state: String,
    reported_by: String,
    reported_at_ms: i64,
    seconded_by: Option<String>,
    seconded_at_ms: Option<i64>,
    finding: Option<String>,
    closed_by: Option<String>,
    closed_at_ms: Option<i64>,
}

impl Row {
    fn view(self) -> Result<Incident> {
        Ok(Incident {
            id: self.id.parse()?,
            visit: self.visit_id.parse()?,
            visit_person: self.visit_person_id.parse()?,
            reason: self.reason,
            state: self.state.parse()?,
            reported_by: self.reported_by.parse()?,
            reported: moment(self.reported_at_ms)?,
            seconded_by: maybe_id(self.seconded_by)?,
            seconded: maybe_moment(self.seconded_at_ms)?,
            finding: self.finding,
            closed_by: maybe_id(self.closed_by)?,
            closed: maybe_moment(self.closed_at_ms)?,
        })
    }
}

/// An incident of the office.
///
/// # Errors
/// `not-found` when it is another office's or not there; the codes of the database.
pub async fn get(tx: &mut Tx, office: &OfficeId, id: &IncidentId) -> Result<Incident> {
    let row: Row = tx
        .one(sqlx::query(select!("WHERE id = $1 AND office_id = $2")).bind(id.as_str()).bind(office.as_str()))
        .await?;
    row.view()
}

/// How many reports of the office, made after `since`, wait for another operator than this one.
///
/// # Errors
/// The codes of the database.
pub async fn waiting(tx: &mut Tx, office: &OfficeId, operator: &OperatorId, since: Timestamp) -> Result<u32> {
    let (count,): (i64,) = tx
        .one(
            sqlx::query(
                "SELECT COUNT(*) FROM incidents WHERE office_id = $1 AND reported_at_ms > $2 AND state = 'reported' \
                 AND reported_by <> $3",
            )
            .bind(office.as_str())
            .bind(since.as_millisecond())
            .bind(operator.as_str()),
        )
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A page of the office's incidents, newest first; `before` is the last one of the page before.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, office: &OfficeId, before: Option<&IncidentId>, limit: u32) -> Result<Vec<Incident>> {
    let found: Vec<Row> = tx
        .all(
            sqlx::query(select!("WHERE office_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"))
                .bind(office.as_str())
                // Later than every id, which begins with a digit up to 7; letters and signs sort otherwise in some languages.
                .bind(before.map_or("8", IncidentId::as_str))
                .bind(rows(limit)),
        )
        .await?;
    found.into_iter().map(Row::view).collect()
}
