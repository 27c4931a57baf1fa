//! Suspected impersonation: one operator reports, another looks at the pictures, judges, and seconds or dismisses. Until then nothing is decided.
//! A report by face holds the live pictures for the second operator, for a day at most, even if the visit's time is over and the consent runs
//! out; a withdrawal ends that at once. A confirmed incident is followed up and closed, by somebody else than who reported it.

use super::judge::{self, EvidenceView};
use super::scene::{NOTHING, Note, Scene};
use super::view::{self, VisitView};
use super::visit::{waiting, waits_until};
use super::{Desk, by, decide, in_transaction, picture};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::REPORT_MINUTES_MAX;
use crate::permission::Permission;
use crate::reason::{Reason, Use};
use crate::visit::{Act, Judgement, Outcome, PersonFacts, PersonState, Phase};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::id::{IncidentId, OfficeId, OperatorId, VisitId};
use store::incident::{self, Incident, Verdict};
use store::ledger::Kind;
use store::session::SignedIn;
use store::{Tx, capture, judgement, notice};
use utoipa::ToSchema;

/// Who is told of a confirmed incident: those who answer for the office, looked up when the notice is sent.
pub const CONTACTS: &str = "office-contacts";

/// A suspicion.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Suspect {
    /// The place, from 0.
    pub person: u32,
    /// The reason code; one of `/api/v1/reasons` for `suspect-face` or `suspect-papers`.
    pub reason: String,
}

/// What the second operator sees in the pictures.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondJudge {
    /// `same`, `different` or `cannot-say`.
    #[schema(value_type = String)]
    pub answer: Judgement,
}

/// Why a report is dismissed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dismiss {
    /// The reason code; one of `/api/v1/reasons` for `dismiss`.
    pub reason: String,
}

/// What following an incident up has found.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// The reason code of the finding. Words belong into the office's own files: the ledger keeps what it says for good.
    pub finding: String,
}

/// Which page of the office's incidents.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The last incident of the page before.
    #[serde(default)]
    pub before: Option<IncidentId>,
    /// At most so many, up to 200; 200 if nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncidentView {
    /// Its id.
    pub id: IncidentId,
    /// The visit.
    pub visit: VisitId,
    /// The reason code.
    pub reason: String,
    /// The reason in words.
    pub meaning: Option<String>,
    /// `reported`, `confirmed`, `dismissed`, `lapsed` or `closed`.
    pub state: String,
    /// Who reported it.
    pub reported_by: OperatorId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub reported: Timestamp,
    /// Who confirmed or dismissed it.
    pub seconded_by: Option<OperatorId>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub seconded: Option<Timestamp>,
    /// Until when it waits to be confirmed or dismissed; after that it lapses.
    #[schema(value_type = String, format = DateTime)]
    pub waits_until: Timestamp,
    /// What following it up has found, as a reason code.
    pub finding: Option<String>,
    /// Who closed it.
    pub closed_by: Option<OperatorId>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed: Option<Timestamp>,
    /// True if it waits and whoever looks may second or dismiss it.
    pub waits_for_you: bool,
}

impl IncidentView {
    pub(super) fn new(incident: Incident, by: &SignedIn, now: Timestamp) -> Self {
        let waits_until = waits_until(&incident);
        let waits =
            incident.state == incident::State::Reported && incident.reported_by != *by.operator() && now < waits_until;
        Self {
            waits_until,
            finding: incident.finding,
            closed_by: incident.closed_by,
            closed: incident.closed,
            id: incident.id,
            visit: incident.visit,
            meaning: Reason::parse(&incident.reason).map(|reason| reason.meaning().to_owned()),
            reason: incident.reason,
            state: incident.state.as_str().to_owned(),
            reported_by: incident.reported_by,
            reported: incident.reported,
            seconded_by: incident.seconded_by,
            seconded: incident.seconded,
            waits_for_you: waits
                && by::roles(by).is_ok_and(|roles| crate::permission::allows(roles, Permission::ReportSecond)),
        }
    }
}

/// Reports a suspicion. Nothing is decided until a second operator has looked.
///
/// # Errors
/// `permission-missing`, `training-expired`; `reason-missing`, `reason-unknown`, `reason-unfit` when the evidence does not speak against the
/// person; `judgement-missing`, `evidence-missing`; `consent-ended`; `conflict`; `transition-refused`, `visit-decided`; `not-found`; the codes
/// of the database.
pub async fn report(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    visit: &VisitId,
    request: &Suspect,
) -> Result<VisitView> {
    by::require(by, Permission::ReportMake, now)?;
    let office = by::office(by)?;
    let person = request.person;
    let reason = Reason::require(Some(&request.reason), &[Use::SuspectFace, Use::SuspectPapers])?;
    in_transaction!(desk, tx => async {
        let mut scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        let by_face = reason.row().used_for == Use::SuspectFace;
        let facts = match scene.stands(person)? {
            PersonState::EvidenceOpen(_) if by_face => {
                scene.grant(tx, person).await?;
                let (_, record) = judge::opened(tx, &scene, person, by.operator()).await?;
                PersonFacts { consent_live: true, finding: Some(record.finding()?), ..NOTHING }
            }
            _ => NOTHING,
        };
        let act = Act::Report { person: person as usize, reason };
        let facts = scene.only(person, facts);
        scene.step(tx, &act, &by::actor(by, now)?, &facts).await?;
        let visit_person = &scene.person(person)?.id;
        let new = incident::Report { visit_person, reason: reason.as_str(), operator: by.operator() };
        incident::report(tx, &scene.means(), &scene.visit, &new).await?;
        let mut note = Note::about(Kind::IncidentReported, person).fact("reason", reason.as_str());
        if by_face {
            let until = now.saturating_add(SignedDuration::from_mins(i64::from(REPORT_MINUTES_MAX)));
            let until = until.unwrap_or(Timestamp::MAX);
            capture::hold(tx, visit_person, until).await?;
            note = note.fact("pictures_held_until", until.to_string());
        }
        scene.note(tx, &by::ledger(by), note).await?;
        view::of(tx, desk, by, now, &scene.visit).await
    }.await)
}

/// A page of the office's incidents, newest first.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn list(desk: &Desk, by: &SignedIn, now: Timestamp, request: &List) -> Result<Vec<IncidentView>> {
    by::require(by, Permission::IncidentSee, now)?;
    let limit = request.limit.unwrap_or(store::limits::PAGE_ROWS_MAX);
    let mut tx = desk.db.read().await?;
    let found = incident::list(&mut tx, by::office(by)?, request.before.as_ref(), limit).await?;
    Ok(found.into_iter().map(|incident| IncidentView::new(incident, by, now)).collect())
}

/// An incident of the office.
///
/// # Errors
/// `permission-missing`, `not-found`; the codes of the database.
pub async fn get(desk: &Desk, by: &SignedIn, now: Timestamp, id: &IncidentId) -> Result<IncidentView> {
    by::require(by, Permission::IncidentSee, now)?;
    let mut tx = desk.db.read().await?;
    Ok(IncidentView::new(incident::get(&mut tx, by::office(by)?, id).await?, by, now))
}

/// Locks the visit of a report that waits, and gives the report and the place that it concerns.
async fn reported<'d>(
    tx: &mut Tx,
    desk: &'d Desk,
    now: Timestamp,
    (office, id): (&OfficeId, &IncidentId),
) -> Result<(Scene<'d>, Incident, u32)> {
    let visit = incident::get(tx, office, id).await?.visit;
    let scene = Scene::lock(tx, desk, now, (office, &visit)).await?;
    let person = scene.reported()?;
    // Read again under the lock.
    let report = waiting(tx, &scene).await?;
    if report.id != *id {
        return Err(Error::new(Code::IncidentSettled, "another report of this visit waits"));
    }
    if waits_until(&report) <= now {
        return Err(Error::new(Code::IncidentSettled, "nobody gave a second opinion in time: the report lapses"));
    }
    Ok((scene, report, person))
}

fn another(report: &Incident, by: &SignedIn) -> Result<()> {
    if report.reported_by == *by.operator() {
        return Err(Error::new(Code::SecondPersonSame, "the operator made this report"));
    }
    Ok(())
}

/// Takes the second operator's own judgement from the pictures and opens the evidence.
///
/// # Errors
/// `permission-missing`, `training-expired`; `second-person-same`; `incident-settled`; `pictures-closed` when they are gone, or there were none;
/// `consent-first`, `consent-ended`; `already-exists` when this operator has judged; `not-found`; the codes of the database.
pub async fn judge(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    id: &IncidentId,
    request: SecondJudge,
) -> Result<EvidenceView> {
    by::require(by, Permission::ReportSecond, now)?;
    let office = by::office(by)?;
    in_transaction!(desk, tx => async {
        let (scene, report, person) = reported(tx, desk, now, (office, id)).await?;
        another(&report, by)?;
        let grant;
        let sight = if let Some(held) = scene.held(tx, person).await? {
            held
        } else {
            grant = scene.grant(tx, person).await?;
            grant.sight()
        };
        picture::live(tx, &scene, &sight, person).await?;
        let evidence = judge::newest(tx, &scene, person).await?;
        judge::said(tx, &scene, by.operator(), (person, &evidence, request.answer)).await?;
        let note = Note::about(Kind::Judged, person).fact("answer", request.answer.as_str()).fact("second", true);
        scene.note(tx, &by::ledger(by), note).await?;
        judge::shown(tx, &scene, by, person).await
    }.await)
}

/// Refuses a verdict on a report by face before the second operator's own judgement.
async fn judged_first(tx: &mut Tx, scene: &Scene<'_>, by: &SignedIn, person: u32) -> Result<()> {
    let Phase::Reported(report) = scene.state.phase() else { return Ok(()) };
    if !report.is_by_face() {
        return Ok(());
    }
    let evidence = judge::newest(tx, scene, person).await?;
    judgement::require(tx, &evidence, by.operator()).await?;
    Ok(())
}

/// Seconds a report: the visit ends as suspected impersonation, the incident is confirmed, and the office's contacts are told.
///
/// # Errors
/// `permission-missing`, `training-expired`; `second-person-same`; `judgement-missing` before the second operator's own judgement;
/// `incident-settled`; `not-found`; the codes of the database.
pub async fn second(desk: &Desk, by: &SignedIn, now: Timestamp, id: &IncidentId) -> Result<IncidentView> {
    by::require(by, Permission::ReportSecond, now)?;
    let office = by::office(by)?;
    in_transaction!(desk, tx => async {
        let (mut scene, report, person) = reported(tx, desk, now, (office, id)).await?;
        let next = scene.after(&Act::Second, &by::actor(by, now)?, &scene.nothing())?;
        judged_first(tx, &scene, by, person).await?;
        incident::second(tx, &scene.means(), &scene.visit, id, (by.operator(), Verdict::Confirm)).await?;
        let told = by::ledger(by);
        let note = Note::about(Kind::IncidentSeconded, person).fact("verdict", "confirmed").fact("reason", report.reason.as_str());
        scene.note(tx, &told, note).await?;
        let reason = match next.outcome() {
            Some(Outcome::SuspectedImpersonation { report, .. }) => Some(report.reason),
            _ => None,
        };
        let stand = decide::Stand { operator: Some(&report.reported_by), second: Some(by.operator()), reason, ..decide::Stand::default() };
        tell_contacts(tx, &scene, &report).await?;
        scene.note(tx, &told, Note::of(Kind::NoticeQueued).fact("recipient", CONTACTS)).await?;
        decide::finish(tx, &mut scene, &told, (next, stand)).await?;
        Ok(IncidentView::new(incident::get(tx, office, id).await?, by, now))
    }.await)
}

/// Queues the notice to those who answer for the office: ids and codes, never who the person is.
async fn tell_contacts(tx: &mut Tx, scene: &Scene<'_>, report: &Incident) -> Result<()> {
    let body = json!({
        "incident": report.id,
        "visit": report.visit,
        "service": scene.visit.service,
        "reason": report.reason,
        "reported_at": report.reported.to_string(),
        "seconded_at": scene.means().now.to_string(),
    });
    let new = notice::New {
        office: &scene.visit.office,
        visit: Some(&scene.visit.id),
        incident: Some(&report.id),
        recipient: CONTACTS,
        kind: "suspected-impersonation",
        body: &body,
    };
    notice::queue(tx, &scene.means(), &new).await?;
    Ok(())
}

/// Dismisses a report: the visit goes on. After a report by face the face way of that person is over.
///
/// # Errors
/// `permission-missing`, `training-expired`; `second-person-same`; `judgement-missing`; `reason-missing`, `reason-unknown`, `reason-unfit`;
/// `incident-settled`; `not-found`; the codes of the database.
pub async fn dismiss(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    id: &IncidentId,
    request: &Dismiss,
) -> Result<IncidentView> {
    by::require(by, Permission::ReportSecond, now)?;
    let office = by::office(by)?;
    let reason = Reason::require(Some(&request.reason), &[Use::Dismiss])?;
    in_transaction!(desk, tx => async {
        let (mut scene, _, person) = reported(tx, desk, now, (office, id)).await?;
        let act = Act::Dismiss { reason };
        let actor = by::actor(by, now)?;
        scene.after(&act, &actor, &scene.nothing())?;
        judged_first(tx, &scene, by, person).await?;
        incident::second(tx, &scene.means(), &scene.visit, id, (by.operator(), Verdict::Dismiss)).await?;
        let nothing = scene.nothing();
        scene.step(tx, &act, &actor, &nothing).await?;
        let note = Note::about(Kind::IncidentSeconded, person).fact("verdict", "dismissed").fact("reason", reason.as_str());
        scene.note(tx, &by::ledger(by), note).await?;
        Ok(IncidentView::new(incident::get(tx, office, id).await?, by, now))
    }.await)
}

/// Closes a confirmed incident that was followed up. From now on the terms run at whose end the visit and its incident are deleted.
///
/// # Errors
/// `permission-missing`; `second-person-same` for who reported it; `reason-missing`, `reason-unknown`, `reason-unfit`; `incident-settled` when it
/// is not confirmed, or closed; `not-found`; the codes of the database.
pub async fn close(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    id: &IncidentId,
    request: &Close,
) -> Result<IncidentView> {
    by::require(by, Permission::IncidentClose, now)?;
    let office = by::office(by)?;
    let finding = Reason::require(Some(&request.finding), &[Use::Close])?;
    in_transaction!(desk, tx => async {
        let incident = incident::get(tx, office, id).await?;
        another(&incident, by)?;
        let scene = Scene::lock(tx, desk, now, (office, &incident.visit)).await?;
        let state = incident::get(tx, office, id).await?.state;
        if state != incident::State::Confirmed {
            return Err(Error::new(Code::IncidentSettled, format!("the incident is {}", state.as_str())));
        }
        incident::close(tx, &scene.means(), office, id, (by.operator(), finding.as_str())).await?;
        let person = scene.place_of(&incident.visit_person)?;
        let note = Note::about(Kind::IncidentClosed, person).fact("finding", finding.as_str());
        scene.note(tx, &by::ledger(by), note).await?;
        Ok(IncidentView::new(incident::get(tx, office, id).await?, by, now))
    }.await)
}
