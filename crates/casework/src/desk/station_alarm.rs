//! Alarms about stations: where several attacks were found within an hour, the office is asked to look at the place, not at the persons. An attack
//! counts when its evidence opens, or when the visit ends and nobody has opened it; never before: whoever judges must not learn it from an alarm.

use super::evidence::Record;
use super::scene::{Note, Scene};
use super::{Desk, by, in_transaction, incident};
use crate::error::Result;
use crate::limits::{STATION_ATTACKS, STATION_ATTACKS_MINUTES};
use crate::permission::Permission;
use crate::reason::{Reason, Use};
use crate::visit::Liveness;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::id::{StationAlarmId, StationId};
use store::ledger::search::{PAGE_MAX, Search, search};
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::session::SignedIn;
use store::station_alarm::{self as rows, StationAlarm};
use store::{Tx, evidence, notice, operator, station};
use utoipa::ToSchema;

/// Alarms of a list.
const LISTED_MAX: u32 = 50;

/// An alarm about a station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StationAlarmView {
    /// Its id.
    pub id: StationAlarmId,
    /// The station.
    pub station: StationId,
    /// What the station is called.
    pub name: String,
    /// How many attacks had been found within an hour when it was raised.
    pub attacks: u32,
    /// When it was raised.
    #[schema(value_type = String, format = DateTime)]
    pub raised: Timestamp,
    /// What looking into it has found, as a reason code; none while it waits.
    pub finding: Option<String>,
    /// The name of who closed it.
    pub closed_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed: Option<Timestamp>,
}

/// What looking at a station has found.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StationAlarmClose {
    /// The reason code; one of `/api/v1/reasons` for `station`.
    pub finding: String,
}

/// Notes an attack that an operator has just seen in evidence, and raises the alarm where it is one of several.
pub(super) async fn seen(tx: &mut Tx, scene: &Scene<'_>, by: &SignedIn, record: &Record) -> Result<()> {
    found(tx, scene, &by::ledger(by), record).await
}

/// Notes the attacks of a visit that has just ended whose evidence nobody has opened: who walks away from the camera is counted as well.
pub(super) async fn unseen(tx: &mut Tx, scene: &Scene<'_>) -> Result<()> {
    for place in &scene.visit.persons {
        for content in evidence::unseen(tx, &scene.means(), &place.id).await? {
            found(tx, scene, &Actor::System, &Record::from_bytes(&content)?).await?;
        }
    }
    Ok(())
}

async fn found(tx: &mut Tx, scene: &Scene<'_>, by: &Actor, record: &Record) -> Result<()> {
    let (Liveness::Attack, Some(station)) = (record.liveness.outcome, &scene.visit.station) else { return Ok(()) };
    // Of no person: what was found at the camera, and where.
    let species = record.liveness.species.clone().unwrap_or_default();
    let note = Note::of(Kind::AttackFound).fact("station", station.as_str()).fact("species", species);
    scene.note(tx, by, note).await?;
    let (means, office) = (scene.means(), &scene.visit.office);
    let since = means.now.saturating_sub(SignedDuration::from_mins(STATION_ATTACKS_MINUTES)).unwrap_or(Timestamp::MIN);
    let shard = Shard::Office(office.clone());
    let wanted = Search {
        kind: Some(Kind::AttackFound),
        shard: Some(&shard),
        from: Some(since),
        limit: PAGE_MAX,
        ..Search::default()
    };
    let at_station = |entry: &str| {
        serde_json::from_str(entry).is_ok_and(|entry: Value| entry["facts"]["station"] == station.as_str())
    };
    let found = search(tx, &wanted).await?;
    let visits: BTreeSet<_> = found.iter().filter(|one| at_station(&one.entry)).map(|one| &one.visit_id).collect();
    let attacks = visits.len() as u32;
    if attacks < STATION_ATTACKS {
        return Ok(());
    }
    let Some(alarm) = rows::raise(tx, &means, (office, station), attacks, since).await? else { return Ok(()) };
    let body = json!({
        "alarm": alarm,
        "station": station,
        "attacks": attacks,
        "minutes": STATION_ATTACKS_MINUTES,
        "raised_at": means.now.to_string(),
    });
    let kind = "station-attacks";
    let new = notice::New { office, visit: None, incident: None, recipient: incident::CONTACTS, kind, body: &body };
    notice::queue(tx, &means, &new).await?;
    let act = Act::new(Kind::StationAlarmed, shard, &Actor::System)
        .fact("station", station.as_str())
        .fact("attacks", i64::from(attacks))
        .fact("minutes", STATION_ATTACKS_MINUTES);
    ledger::append(tx, &means, &act).await?;
    Ok(())
}

/// The office's alarms about stations: those that wait first, then newest first.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn list(desk: &Desk, by: &SignedIn, now: Timestamp) -> Result<Vec<StationAlarmView>> {
    by::require(by, Permission::IncidentSee, now)?;
    let mut tx = desk.db.read().await?;
    let mut views = Vec::new();
    for alarm in rows::list(&mut tx, by::office(by)?, LISTED_MAX).await? {
        views.push(view(&mut tx, alarm).await?);
    }
    Ok(views)
}

async fn view(tx: &mut Tx, alarm: StationAlarm) -> Result<StationAlarmView> {
    let closed_by = match &alarm.closed_by {
        Some(id) => Some(operator::get(tx, id).await?.name),
        None => None,
    };
    let StationAlarm { id, station, attacks, raised, finding, closed, .. } = alarm;
    let name = station::get(tx, &station).await?.name;
    Ok(StationAlarmView { id, station, name, attacks, raised, finding, closed_by, closed })
}

/// Closes an alarm about a station, after somebody has looked.
///
/// # Errors
/// `permission-missing`; `reason-missing`, `reason-unknown`, `reason-unfit`; `conflict` when it was closed before; `not-found`; the codes of the
/// database.
pub async fn close(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    id: &StationAlarmId,
    request: &StationAlarmClose,
) -> Result<()> {
    by::require(by, Permission::IncidentClose, now)?;
    let office = by::office(by)?;
    let finding = Reason::require(Some(&request.finding), &[Use::Station])?;
    in_transaction!(desk, tx => async {
        let means = desk.means(now);
        let station = rows::close(tx, &means, office, id, (by.operator(), finding.as_str())).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::StationAlarmClosed, Shard::Office(office.clone()), &actor)
            .fact("station", station.as_str())
            .fact("finding", finding.as_str());
        ledger::append(tx, &means, &act).await?;
        Ok(())
    }.await)
}
