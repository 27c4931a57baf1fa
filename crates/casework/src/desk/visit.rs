//! Visits: opening one, choosing the station, taking the other path, and its end by time.

pub use super::claim::{Claim, claim};

use super::scene::{Note, Scene, not_found};
use super::view::{self, VisitLine, VisitView};
use super::{Desk, by, decide, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::REPORT_MINUTES_MAX;
use crate::permission::Permission;
use crate::reason::{Reason, Use};
use crate::service::Channel;
use crate::visit::{Act, Actor, Phase, State};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use store::id::{OfficeId, StationId, VisitId};
use store::ledger::{self, Kind, Shard};
use store::session::SignedIn;
use store::station::StationSeat;
use store::{Tx, incident};
use utoipa::ToSchema;

/// How far back the list of an office's visits reaches if nothing else is asked, hours.
const LIST_HOURS: i64 = 24;

/// A visit to be opened.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// The service.
    pub service: String,
    /// The variant of the service.
    pub variant: String,
    /// The channel: one of the service's, such as `counter`.
    pub channel: String,
    /// The station, if it is chosen already.
    #[serde(default)]
    pub station: Option<StationId>,
}

/// The station at which the visit's persons stand.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// The station.
    pub station: StationId,
}

/// Which visits of the office.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Opened from this moment on; the last 24 hours if nothing is said.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Only visits that are not closed.
    #[serde(default)]
    pub open_only: bool,
    /// The last visit of the page before.
    #[serde(default)]
    pub after: Option<VisitId>,
    /// At most so many, up to 200; 200 if nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Who takes the equal way without a face, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherPath {
    /// The place, from 0.
    pub person: u32,
    /// The reason code; one of `/api/v1/reasons` for `other-path`.
    pub reason: String,
}

/// Opens a visit.
///
/// # Errors
/// `permission-missing`; `service-unknown`, `variant-unknown`, `channel-not-offered`; `not-found` for a station of another office; the codes of
/// the database.
pub async fn open(desk: &Desk, by: &SignedIn, now: Timestamp, request: &Open) -> Result<VisitView> {
    by::require(by, Permission::VisitRun, now)?;
    let service = desk.services.get(&request.service)?;
    let variant = service.variant(&request.variant)?;
    let channel = Channel::parse(&request.channel);
    let channel = channel.ok_or_else(|| Error::new(Code::ChannelNotOffered, "there is no such channel"))?;
    service.require_channel(channel)?;
    let office = by::office(by)?;
    let lasts = SignedDuration::from_mins(i64::from(service.definition().visit_minutes_max));
    let version = service.version().to_string();
    let state = State::opened(service.persons())?.to_string();
    let new = store::visit::New {
        office,
        station: request.station.as_ref(),
        service: service.id().as_str(),
        service_version: &version,
        variant: &variant.id,
        channel: channel.as_str(),
        state: &state,
        opened_by: by.operator(),
        expires: now.saturating_add(lasts).unwrap_or(Timestamp::MAX),
    };
    in_transaction!(desk, tx => async {
        let means = desk.means(now);
        let id = store::visit::open(tx, &means, &new).await?;
        let actor = by::ledger(by);
        let act = ledger::Act {
            service: Some(new.service),
            visit: Some(&id),
            ..ledger::Act::new(Kind::VisitOpened, Shard::Office(office.clone()), &actor)
        };
        let act = act.fact("variant", new.variant).fact("channel", new.channel).fact("service_version", new.service_version);
        ledger::append(tx, &means, &act).await?;
        let visit = store::visit::get(tx, office, &id).await?;
        view::of(tx, desk, by, now, &visit).await
    }.await)
}

/// Chooses the station whose camera the visit uses.
///
/// # Errors
/// `permission-missing`; `not-found` for a station of another office; `visit-decided`; the codes of the database.
pub async fn assign(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    visit: &VisitId,
    request: &Assign,
) -> Result<VisitView> {
    by::require(by, Permission::VisitRun, now)?;
    let office = by::office(by)?;
    in_transaction!(desk, tx => async {
        let mut scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        if let Phase::Decided(outcome) = scene.state.phase() {
            return Err(Error::new(Code::VisitDecided, format!("the outcome is {}", outcome.as_str())));
        }
        store::visit::set_station(tx, &mut scene.visit, &request.station).await?;
        let note = Note::of(Kind::StationChosen).fact("station", request.station.as_str());
        scene.note(tx, &by::ledger(by), note).await?;
        view::of(tx, desk, by, now, &scene.visit).await
    }.await)
}

/// A visit of the office.
///
/// # Errors
/// `permission-missing`, `not-found`; the codes of the database.
pub async fn get(desk: &Desk, by: &SignedIn, now: Timestamp, visit: &VisitId) -> Result<VisitView> {
    by::require(by, Permission::VisitSee, now)?;
    let mut tx = desk.db.read().await?;
    let visit = store::visit::get(&mut tx, by::office(by)?, visit).await?;
    view::of(&mut tx, desk, by, now, &visit).await
}

/// A page of the office's visits, in the order in which they were opened.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn list(desk: &Desk, by: &SignedIn, now: Timestamp, request: &List) -> Result<Vec<VisitLine>> {
    by::require(by, Permission::VisitSee, now)?;
    let yesterday = now.saturating_sub(SignedDuration::from_hours(LIST_HOURS)).unwrap_or(Timestamp::MIN);
    let page = store::visit::Page {
        since: request.since.unwrap_or(yesterday),
        open_only: request.open_only,
        after: request.after.as_ref(),
        limit: request.limit.unwrap_or(store::limits::PAGE_ROWS_MAX),
    };
    let mut tx = desk.db.read().await?;
    let lines = store::visit::list(&mut tx, by::office(by)?, &page).await?;
    lines.into_iter().map(VisitLine::new).collect()
}

/// Takes the equal way without a face for a person; nothing is held against anybody. Open captures end, and their pictures are deleted.
///
/// # Errors
/// `permission-missing`; `reason-missing`, `reason-unknown`, `reason-unfit`; `transition-refused`, `visit-decided`; `not-found`; the codes of
/// the database.
pub async fn other_path(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    visit: &VisitId,
    request: &OtherPath,
) -> Result<VisitView> {
    by::require(by, Permission::VisitRun, now)?;
    let office = by::office(by)?;
    let reason = Reason::require(Some(&request.reason), &[Use::OtherPath])?;
    in_transaction!(desk, tx => async {
        let mut scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        let who = (&by::actor(by, now)?, &by::ledger(by));
        leave_face(tx, &mut scene, who, (request.person, reason)).await?;
        view::of(tx, desk, by, now, &scene.visit).await
    }.await)
}

/// The same, chosen by the person at the station.
///
/// # Errors
/// `station-foreign`; `transition-refused`, `visit-decided`; `not-found`; the codes of the database.
pub async fn prefer_other_path(
    desk: &Desk,
    seat: &StationSeat,
    now: Timestamp,
    visit: &VisitId,
    person: u32,
) -> Result<()> {
    in_transaction!(desk, tx => async {
        let mut scene = Scene::at_station(tx, desk, now, (seat, visit)).await?;
        let who = (&Actor::Person, &ledger::Actor::Station(seat.station().clone()));
        leave_face(tx, &mut scene, who, (person, Reason::PersonPrefers)).await
    }.await)
}

async fn leave_face(
    tx: &mut Tx,
    scene: &mut Scene<'_>,
    (actor, told): (&Actor, &ledger::Actor),
    (index, reason): (u32, Reason),
) -> Result<()> {
    let act = Act::TakeOtherPath { person: index as usize, reason };
    scene.step(tx, &act, actor, &scene.nothing()).await?;
    scene.note(tx, told, Note::about(Kind::VisitPath, index).fact("reason", reason.as_str())).await?;
    Ok(())
}

/// Ends a visit whose time is over. A report that nobody seconded within a day ends without an adverse outcome.
///
/// # Errors
/// `deadline-not-reached`, `visit-decided`, `not-found`; the codes of the database.
pub async fn expire(desk: &Desk, now: Timestamp, office: &OfficeId, visit: &VisitId) -> Result<()> {
    in_transaction!(desk, tx => async {
        let mut scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        let waiting = match scene.state.phase() {
            Phase::Reported(_) => Some(waiting(tx, &scene).await?),
            _ => None,
        };
        if let Some(report) = &waiting {
            scene.deadline = waits_until(report);
        }
        let next = scene.after(&Act::Expire, &Actor::System, &scene.nothing())?;
        if let Some(report) = &waiting {
            incident::lapse(tx, &scene.visit, &report.id).await?;
            lapsed(tx, &scene, &ledger::Actor::System, (scene.reported()?, "deadline")).await?;
        }
        decide::finish(tx, &mut scene, &ledger::Actor::System, (next, decide::Stand::default())).await
    }.await)
}

/// Until when a report waits for another operator.
pub(super) fn waits_until(report: &incident::Incident) -> Timestamp {
    let wait = SignedDuration::from_mins(i64::from(REPORT_MINUTES_MAX));
    report.reported.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// Says in the ledger that a report has lapsed, and why.
pub(super) async fn lapsed(
    tx: &mut Tx,
    scene: &Scene<'_>,
    told: &ledger::Actor,
    (person, why): (u32, &'static str),
) -> Result<()> {
    scene.note(tx, told, Note::about(Kind::IncidentLapsed, person).fact("why", why)).await?;
    Ok(())
}

/// The report of the visit that waits for another operator.
pub(super) async fn waiting(tx: &mut Tx, scene: &Scene<'_>) -> Result<incident::Incident> {
    let all = incident::of_visit(tx, &scene.visit.office, &scene.visit.id).await?;
    all.into_iter().find(|incident| incident.state == incident::State::Reported).ok_or_else(not_found)
}

/// Ends up to `limit` visits whose time is over, and says how many: for the background work.
///
/// # Errors
/// The codes of the database.
pub async fn expire_due(desk: &Desk, now: Timestamp, limit: u32) -> Result<u32> {
    let mut tx = desk.db.read().await?;
    let report_waits = SignedDuration::from_mins(i64::from(REPORT_MINUTES_MAX));
    let due = store::visit::due(&mut tx, &desk.means(now), report_waits, limit).await?;
    drop(tx);
    let mut done = 0;
    for (office, visit) in due {
        match expire(desk, now, &office, &visit).await {
            Ok(()) => done += 1,
            // Somebody reported or decided in this moment.
            Err(error) if ["deadline-not-reached", "visit-decided", "database-busy"].contains(&error.code()) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
