//! Reading visits: one, a page of an office's, and those whose time has passed.

use super::{Visit, VisitPerson};
use crate::error::Result;
use crate::id::{OfficeId, StationId, VisitId};
use crate::limits::{maybe_id, maybe_moment, moment, rows};
use crate::tx::Tx;
use crate::{Means, field};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::FromRow;

#[derive(FromRow)]
struct Row {
    id: String,
    office_id: String,
    station_id: Option<String>,
    service: String,
    service_version: String,
    variant: String,
    channel: String,
    state: String,
    opened_by: String,
    opened_at_ms: i64,
    expires_at_ms: i64,
    closed_at_ms: Option<i64>,
    revision: i64,
}

#[derive(FromRow)]
struct PersonRow {
    id: String,
    role: String,
    person_id: String,
    consent_id: Option<String>,
    state: String,
}

/// A visit of the office, with its persons.
///
/// # Errors
/// `not-found` when it is another office's or not there; the codes of the database.
pub async fn get(tx: &mut Tx, office: &OfficeId, id: &VisitId) -> Result<Visit> {
    let row: Row = tx
        .one(
            sqlx::query(
                "SELECT id, office_id, station_id, service, service_version, variant, channel, state, opened_by, \
                 opened_at_ms, expires_at_ms, closed_at_ms, revision FROM visits WHERE id = $1 AND office_id = $2",
            )
            .bind(id.as_str())
            .bind(office.as_str()),
        )
        .await?;
    let persons: Vec<PersonRow> = tx
        .all(
            sqlx::query(
                "SELECT id, role, person_id, consent_id, state FROM visit_persons WHERE visit_id = $1 ORDER BY position",
            )
            .bind(id.as_str()),
        )
        .await?;
    let view = |row: PersonRow| {
        Ok(VisitPerson {
            id: row.id.parse()?,
            role: row.role,
            person: row.person_id.parse()?,
            consent: maybe_id(row.consent_id)?,
            state: row.state,
        })
    };
    Ok(Visit {
        id: row.id.parse()?,
        office: row.office_id.parse()?,
        station: maybe_id(row.station_id)?,
        service: row.service,
        service_version: row.service_version,
        variant: row.variant,
        channel: row.channel,
        state: row.state,
        opened_by: row.opened_by.parse()?,
        opened: moment(row.opened_at_ms)?,
        expires: moment(row.expires_at_ms)?,
        closed: maybe_moment(row.closed_at_ms)?,
        revision: row.revision,
        persons: persons.into_iter().map(view).collect::<Result<_>>()?,
    })
}

/// The office of a visit, whoever asks; none when there is no such visit. What the visit is about is not told.
///
/// # Errors
/// The codes of the database.
pub async fn office_of(tx: &mut Tx, id: &VisitId) -> Result<Option<OfficeId>> {
    let found: Option<(String,)> =
        tx.maybe(sqlx::query("SELECT office_id FROM visits WHERE id = $1").bind(id.as_str())).await?;
    found.map(|(office,)| office.parse()).transpose()
}

/// One line of an office's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The visit.
    pub id: VisitId,
    /// The station, once one is chosen.
    pub station: Option<StationId>,
    /// The service.
    pub service: String,
    /// The variant of the service.
    pub variant: String,
    /// The channel.
    pub channel: String,
    /// Where it stands.
    pub state: String,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// Counted up with every change.
    pub revision: i64,
}

/// Which page of an office's list.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Visits opened from this moment on, such as the beginning of the day.
    pub since: Timestamp,
    /// Only visits that are not closed.
    pub open_only: bool,
    /// The last visit of the page before.
    pub after: Option<&'a VisitId>,
    /// At most so many visits; see [`crate::limits::PAGE_ROWS_MAX`].
    pub limit: u32,
}

#[derive(FromRow)]
struct LineRow {
    id: String,
    station_id: Option<String>,
    service: String,
    variant: String,
    channel: String,
    state: String,
    opened_at_ms: i64,
    closed_at_ms: Option<i64>,
    revision: i64,
}

/// A page of the office's visits, in the order in which they were opened.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, office: &OfficeId, page: &Page<'_>) -> Result<Vec<Line>> {
    // Ids sort by time, so the id alone says where the next page begins.
    let rows: Vec<LineRow> = tx
        .all(
            sqlx::query(
                "SELECT id, station_id, service, variant, channel, state, opened_at_ms, closed_at_ms, revision FROM visits \
                 WHERE office_id = $1 AND opened_at_ms >= $2 AND id > $3 AND ($4 = 0 OR closed_at_ms IS NULL) \
                 ORDER BY id LIMIT $5",
            )
            .bind(office.as_str())
            .bind(page.since.as_millisecond())
            .bind(page.after.map_or("", VisitId::as_str))
            .bind(i64::from(page.open_only))
            .bind(rows(page.limit)),
        )
        .await?;
    let view = |row: LineRow| {
        Ok(Line {
            id: row.id.parse()?,
            station: maybe_id(row.station_id)?,
            service: row.service,
            variant: row.variant,
            channel: row.channel,
            state: row.state,
            opened: moment(row.opened_at_ms)?,
            closed: maybe_moment(row.closed_at_ms)?,
            revision: row.revision,
        })
    };
    rows.into_iter().map(view).collect()
}

/// The visits at a station that may be shown there, the one opened last first: of those that are not closed the one opened last, and the one
/// closed last, if that was after `since`.
///
/// # Errors
/// The codes of the database.
pub async fn at_station(tx: &mut Tx, office: &OfficeId, station: &StationId, since: Timestamp) -> Result<Vec<VisitId>> {
    let open = sqlx::query(
        "SELECT id FROM visits WHERE office_id = $1 AND station_id = $2 AND closed_at_ms IS NULL ORDER BY id DESC LIMIT 1",
    );
    let open: Option<(String,)> = tx.maybe(open.bind(office.as_str()).bind(station.as_str())).await?;
    let closed = sqlx::query(
        "SELECT id FROM visits WHERE office_id = $1 AND station_id = $2 AND closed_at_ms > $3 \
         ORDER BY closed_at_ms DESC, id DESC LIMIT 1",
    );
    let closed = closed.bind(office.as_str()).bind(station.as_str()).bind(since.as_millisecond());
    let closed: Option<(String,)> = tx.maybe(closed).await?;
    let mut found: Vec<String> = open.into_iter().chain(closed).map(|(id,)| id).collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.into_iter().map(|id| id.parse()).collect()
}

/// Open visits whose time has passed, longest first, but those with a report that has not waited as long as it may: for the background work,
/// which closes each.
///
/// # Errors
/// The codes of the database.
pub async fn due(
    tx: &mut Tx,
    means: &Means<'_>,
    report_waits: SignedDuration,
    limit: u32,
) -> Result<Vec<(OfficeId, VisitId)>> {
    let found: Vec<(String, String)> = tx
        .all(
            sqlx::query(
                "SELECT v.office_id, v.id FROM visits v WHERE v.closed_at_ms IS NULL AND v.expires_at_ms <= $1 \
                 AND NOT EXISTS (SELECT 1 FROM incidents i WHERE i.visit_id = v.id AND i.state = 'reported' \
                 AND i.reported_at_ms > $2) ORDER BY v.expires_at_ms LIMIT $3",
            )
            .bind(means.now_ms())
            .bind(means.now_ms().saturating_sub(field::ms(report_waits)))
            .bind(rows(limit)),
        )
        .await?;
    found.into_iter().map(|(office, visit)| Ok((office.parse()?, visit.parse()?))).collect()
}
