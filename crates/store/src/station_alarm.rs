//! Alarms about stations: several attacks on the liveness check at one of them. They speak of no person and no visit.

use crate::error::{Error, Result};
use crate::id::{OfficeId, OperatorId, StationAlarmId, StationId};
use crate::limits::{maybe_id, maybe_moment, moment, rows};
use crate::tx::Tx;
use crate::{Code, Means, Table, field};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

/// An alarm about a station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StationAlarm {
    /// Its id.
    pub id: StationAlarmId,
    /// The station.
    pub station: StationId,
    /// How many attacks had been found when it was raised.
    pub attacks: u32,
    /// When it was raised.
    pub raised: Timestamp,
    /// What looking into it has found, as a code word.
    pub finding: Option<String>,
    /// Who closed it.
    pub closed_by: Option<OperatorId>,
    /// When.
    pub closed: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    station_id: String,
    attacks: i64,
    raised_at_ms: i64,
    finding: Option<String>,
    closed_by: Option<String>,
    closed_at_ms: Option<i64>,
}

impl Row {
    fn view(self) -> Result<StationAlarm> {
        Ok(StationAlarm {
            id: self.id.parse()?,
            station: self.station_id.parse()?,
            attacks: u32::try_from(self.attacks.max(0)).unwrap_or(u32::MAX),
            raised: moment(self.raised_at_ms)?,
            finding: self.finding,
            closed_by: maybe_id(self.closed_by)?,
            closed: maybe_moment(self.closed_at_ms)?,
        })
    }
}

/// Raises an alarm about a station of the office unless there has been one since `since`; none then. Two that are raised at once are one.
///
/// # Errors
/// `not-found` when the station is not of the office; the codes of the database.
pub async fn raise(
    tx: &mut Tx,
    means: &Means<'_>,
    (office, station): (&OfficeId, &StationId),
    attacks: u32,
    since: Timestamp,
) -> Result<Option<StationAlarmId>> {
    // The station's row stays locked: whoever comes second sees the alarm of the first.
    let locked = sqlx::query("UPDATE stations SET name = name WHERE id = $1 AND office_id = $2")
        .bind(station.as_str())
        .bind(office.as_str());
    if tx.run(locked).await? == 0 {
        return Err(Error::new(Code::NotFound, "there is no such station in the office"));
    }
    let before = tx
        .maybe_row(
            sqlx::query("SELECT id FROM station_alarms WHERE station_id = $1 AND raised_at_ms > $2 LIMIT 1")
                .bind(station.as_str())
                .bind(since.as_millisecond()),
        )
        .await?;
    if before.is_some() {
        return Ok(None);
    }
    let id = StationAlarmId::new(means);
    tx.run(
        sqlx::query(
            "INSERT INTO station_alarms (id, office_id, station_id, attacks, raised_at_ms) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id.as_str())
        .bind(office.as_str())
        .bind(station.as_str())
        .bind(i64::from(attacks))
        .bind(means.now_ms()),
    )
    .await?;
    tx.touch(Table::StationAlarms, id.as_str());
    Ok(Some(id))
}

/// The office's alarms about stations, those that wait first, then newest first.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, office: &OfficeId, limit: u32) -> Result<Vec<StationAlarm>> {
    let found: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT id, station_id, attacks, raised_at_ms, finding, closed_by, closed_at_ms FROM station_alarms \
                 WHERE office_id = $1 ORDER BY CASE WHEN closed_at_ms IS NULL THEN 0 ELSE 1 END, id DESC LIMIT $2",
            )
            .bind(office.as_str())
            .bind(rows(limit)),
        )
        .await?;
    found.into_iter().map(Row::view).collect()
}

/// How many alarms about stations of the office wait.
///
/// # Errors
/// The codes of the database.
pub async fn waiting(tx: &mut Tx, office: &OfficeId) -> Result<u32> {
    let (count,): (i64,) = tx
        .one(
            sqlx::query("SELECT COUNT(*) FROM station_alarms WHERE office_id = $1 AND closed_at_ms IS NULL")
                .bind(office.as_str()),
        )
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Closes an alarm of the office, and gives the station.
///
/// # Errors
/// `not-found` when it is another office's or not there; `conflict` when it was closed before; `row-invalid` or `text-too-long` for the
/// finding; the codes of the database.
pub async fn close(
    tx: &mut Tx,
    means: &Means<'_>,
    office: &OfficeId,
    id: &StationAlarmId,
    (operator, finding): (&OperatorId, &str),
) -> Result<StationId> {
    field::word("the finding", finding)?;
    let (station, closed_at_ms): (String, Option<i64>) = tx
        .one(
            sqlx::query(
                "UPDATE station_alarms SET attacks = attacks WHERE id = $1 AND office_id = $2 RETURNING station_id, closed_at_ms",
            )
            .bind(id.as_str())
            .bind(office.as_str()),
        )
        .await?;
    if closed_at_ms.is_some() {
        return Err(Error::new(Code::Conflict, "the alarm was closed before"));
    }
    tx.run(
        sqlx::query("UPDATE station_alarms SET finding = $1, closed_by = $2, closed_at_ms = $3 WHERE id = $4")
            .bind(finding)
            .bind(operator.as_str())
            .bind(means.now_ms())
            .bind(id.as_str()),
    )
    .await?;
    tx.touch(Table::StationAlarms, id.as_str());
    station.parse()
}
