//! Incidents as the office's pages show them: with service, station, place in the visit and the names of who acted. What others saw in the
//! pictures is told only to who has judged.

use super::casefile::JudgementPart;
use super::incident::{IncidentView, List};
use super::view::TextsView;
use super::{Desk, by, scene};
use crate::error::{Error, Result};
use crate::limits::REPORT_MINUTES_MAX;
use crate::permission::{Permission, allows};
use crate::reason::{Reason, Use};
use crate::service::Service;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;
use store::id::{IncidentId, OfficeId, OperatorId, StationId};
use store::incident::{self, Incident, State};
use store::judgement::{self, Judged};
use store::ledger::search::{Search, search};
use store::limits::Window;
use store::session::SignedIn;
use store::visit::Visit;
use store::{Tx, evidence, ledger, operator, station};

/// An incident in the list of the office.
#[derive(Clone, Debug)]
pub struct Line {
    /// The incident.
    pub incident: IncidentView,
    /// What the service is called.
    pub service: TextsView,
    /// The name of the station, if the visit had one.
    pub station: Option<String>,
    /// True if the report rests on the face, so that the pictures are judged first.
    pub by_face: bool,
    /// True if whoever looks reported it.
    pub by_you: bool,
    /// True if it waits for another operator, whoever that is.
    pub waits: bool,
}

/// A page of the office's incidents.
#[derive(Clone, Debug)]
pub struct Alarms {
    /// The incidents, newest first.
    pub lines: Vec<Line>,
    /// The names of who acted.
    pub names: Names,
}

/// One incident.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// As in the list.
    pub line: Line,
    /// Which place of the visit it concerns, from 0.
    pub person: u32,
    /// The role at that place.
    pub role: TextsView,
    /// What whoever looks saw in the pictures; none before.
    pub own: Option<String>,
    /// Why it was dismissed, as a reason code; nothing for one that was not.
    pub dismissal: Option<String>,
    /// What everybody saw in them, oldest first; nothing before the own judgement.
    pub judgements: Vec<JudgementPart>,
    /// The names of who acted, and of the office's stations.
    pub names: Names,
    /// True if whoever looks may second or dismiss it now, apart from the judgement that comes first.
    pub may_second: bool,
    /// True if whoever looks may close it now.
    pub may_close: bool,
}

/// What operators and stations are called, by id.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// The operator's name; the id of one who is not named here.
    pub fn of<'n>(&'n self, id: &'n OperatorId) -> &'n str {
        self.of_id(id.as_str()).unwrap_or(id.as_str())
    }

    /// The name of an operator or station that is named here.
    pub fn of_id(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    async fn learn(&mut self, tx: &mut Tx, ids: &[&OperatorId]) -> Result<()> {
        for id in ids.iter().copied() {
            if !self.0.contains_key(id.as_str()) {
                self.0.insert(id.to_string(), operator::get(tx, id).await?.name);
            }
        }
        Ok(())
    }

    /// Who had a part in an incident.
    async fn learn_all(&mut self, tx: &mut Tx, incident: &IncidentView) -> Result<()> {
        let IncidentView { reported_by, seconded_by, closed_by, .. } = incident;
        let all = [Some(reported_by), seconded_by.as_ref(), closed_by.as_ref()];
        self.learn(tx, &all.into_iter().flatten().collect::<Vec<_>>()).await
    }
}

/// What each station of an office is called.
type Stations = BTreeMap<StationId, String>;

async fn stations(tx: &mut Tx, office: &OfficeId) -> Result<Stations> {
    let listed = station::list(tx, Some(office), Window::default()).await?;
    Ok(listed.into_iter().map(|station| (station.id, station.name)).collect())
}

/// What the service of a visit is called; its short name if there is no such service any more.
fn title(desk: &Desk, visit: &Visit) -> TextsView {
    let name = || visit.service.clone();
    let known = desk.services.get(&visit.service).map(|service| TextsView::from(&service.definition().title));
    known.unwrap_or_else(|_| TextsView { zh_hant: name(), zh_hans: name(), en: name() })
}

/// A page of the office's incidents, newest first.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn list(desk: &Desk, by: &SignedIn, now: Timestamp, request: &List) -> Result<Alarms> {
    by::require(by, Permission::IncidentSee, now)?;
    let office = by::office(by)?;
    let limit = request.limit.unwrap_or(store::limits::PAGE_ROWS_MAX);
    let mut tx = desk.db.read().await?;
    let found = incident::list(&mut tx, office, request.before.as_ref(), limit).await?;
    let stations = stations(&mut tx, office).await?;
    let (mut lines, mut names) = (Vec::with_capacity(found.len()), Names::default());
    for incident in found {
        let visit = store::visit::get(&mut tx, office, &incident.visit).await?;
        let line = Line::new(incident, (&visit, title(desk, &visit), &stations), by, now);
        names.learn_all(&mut tx, &line.incident).await?;
        lines.push(line);
    }
    Ok(Alarms { lines, names })
}

/// How many reports of the office wait for whoever looks, and alarms about its stations for anybody.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn waiting(desk: &Desk, by: &SignedIn, now: Timestamp) -> Result<u32> {
    by::require(by, Permission::IncidentSee, now)?;
    let wait = SignedDuration::from_mins(i64::from(REPORT_MINUTES_MAX));
    let since = now.saturating_sub(wait).unwrap_or(Timestamp::MIN);
    let (mut tx, office) = (desk.db.read().await?, by::office(by)?);
    let reports = incident::waiting(&mut tx, office, by.operator(), since).await?;
    Ok(reports + store::station_alarm::waiting(&mut tx, office).await?)
}

/// An incident of the office.
///
/// # Errors
/// `permission-missing`, `not-found`; the codes of the database.
pub async fn get(desk: &Desk, by: &SignedIn, now: Timestamp, id: &IncidentId) -> Result<Alarm> {
    by::require(by, Permission::IncidentSee, now)?;
    let office = by::office(by)?;
    let mut tx = desk.db.read().await?;
    let incident = incident::get(&mut tx, office, id).await?;
    let visit = store::visit::get(&mut tx, office, &incident.visit).await?;
    let (_, service) = scene::read(desk, &visit)?;
    let stations = stations(&mut tx, office).await?;
    let (person, role) = place(&visit, service, &incident)?;
    let judged = judged(&mut tx, &incident, by).await?;
    let mut judgements = Vec::new();
    if let Some(judged) = &judged {
        let listed = judgement::list(&mut tx, judged).await?.into_iter();
        judgements.extend(listed.map(JudgementPart::from));
    }
    let dismissal = dismissal(&mut tx, &incident).await?;
    let line = Line::new(incident, (&visit, title(desk, &visit), &stations), by, now);
    let mut names = Names(stations.into_iter().map(|(id, name)| (id.to_string(), name)).collect());
    names.learn_all(&mut tx, &line.incident).await?;
    let mut judges: Vec<&OperatorId> = judgements.iter().map(|one| &one.operator).collect();
    judges.push(by.operator());
    names.learn(&mut tx, &judges).await?;
    let roles = by::roles(by)?;
    let is_confirmed = line.incident.state == State::Confirmed.as_str();
    Ok(Alarm {
        may_second: line.incident.waits_for_you && by::trained(by, now),
        may_close: is_confirmed && !line.by_you && allows(roles, Permission::IncidentClose),
        own: judged.map(|judged| judged.answer().as_str().to_owned()),
        dismissal,
        line,
        person,
        role,
        judgements,
        names,
    })
}

impl Line {
    fn new(
        incident: Incident,
        (visit, service, stations): (&Visit, TextsView, &Stations),
        by: &SignedIn,
        now: Timestamp,
    ) -> Self {
        let by_face = Reason::parse(&incident.reason).is_some_and(|reason| reason.row().used_for == Use::SuspectFace);
        let is_open = incident.state == State::Reported;
        let incident = IncidentView::new(incident, by, now);
        Self {
            service,
            station: visit.station.as_ref().and_then(|id| stations.get(id)).cloned(),
            by_face,
            by_you: incident.reported_by == *by.operator(),
            waits: is_open && now < incident.waits_until,
            incident,
        }
    }
}

/// Why an incident was dismissed. Its row says by whom and when; the reason stands in the ledger, in the entry of that act.
async fn dismissal(tx: &mut Tx, incident: &Incident) -> Result<Option<String>> {
    let (State::Dismissed, Some(by), Some(at)) = (incident.state, &incident.seconded_by, incident.seconded) else {
        return Ok(None);
    };
    let actor = ledger::Actor::Operator(by.clone()).to_string();
    let wanted = Search {
        visit: Some(&incident.visit),
        actor: Some(&actor),
        kind: Some(ledger::Kind::IncidentSeconded),
        from: Some(at),
        limit: 1,
        ..Search::default()
    };
    let found = search(tx, &wanted).await?.pop().filter(|entry| entry.at_ms == at.as_millisecond());
    let entry: Option<Value> = found.and_then(|found| serde_json::from_str(&found.entry).ok());
    Ok(entry.and_then(|entry| entry["facts"]["reason"].as_str().map(str::to_owned)))
}

/// Which place of the visit an incident concerns, and the role there.
fn place(visit: &Visit, service: &Service, incident: &Incident) -> Result<(u32, TextsView)> {
    let claimed = visit.persons.iter().find(|person| person.id == incident.visit_person);
    let claimed = claimed.ok_or_else(scene::damaged)?;
    let mut roles = service.definition().persons.iter().zip(0_u32..);
    let found = roles.find(|(role, _)| role.role == claimed.role);
    found.map(|(role, place)| (place, (&role.title).into())).ok_or_else(scene::damaged)
}

/// The own judgement of the newest evidence, if there is evidence and it was judged.
async fn judged(tx: &mut Tx, incident: &Incident, by: &SignedIn) -> Result<Option<Judged>> {
    let Some(newest) = evidence::list(tx, &incident.visit_person).await?.pop() else { return Ok(None) };
    match judgement::require(tx, &newest.id, by.operator()).await {
        Ok(judged) => Ok(Some(judged)),
        Err(error) if error.code() == Some(store::Code::JudgementMissing) => Ok(None),
        Err(error) => Err(Error::from(error)),
    }
}
