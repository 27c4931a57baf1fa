//! Suspected impersonation: one operator reports, another looks at the pictures, judges, and seconds or dismisses. Until then nothing is decided
//! and the live pictures stay, at most as long as the visit and the consent last.

use super::judge::{self, EvidenceView};
use super::scene::{NOTHING, Note, Scene};
use super::view::{self, VisitView};
use super::visit::waiting;
use super::{Desk, by, decide, in_transaction, picture};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission::Permission;
use crate::reason::{Reason, Use};
use crate::visit::{Act, Judgement, Outcome, PersonFacts, PersonState, Phase};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::id::{IncidentId, OfficeId, OperatorId, VisitId};
use store::incident::{self, Incident, Verdict};
use store::ledger::Kind;
use store::session::SignedIn;
use store::{Tx, judgement, notice};
use utoipa::ToSchema;

/// Who is told of a confirmed incident: those who answer for the office, looked up when the notice is sent.
pub const CONTACTS: &str = "office-contacts";

/// A suspicion.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Suspect {
    /// The place, from 0.
    pub person: u32,
    /// The reason code.
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
    /// The reason code.
    pub reason: String,
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
    /// `reported`, `confirmed`, `dismissed` or `closed`.
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
    /// True if it waits and whoever looks may second or dismiss it.
    pub waits_for_you: bool,
}

impl IncidentView {
    fn new(incident: Incident, by: &SignedIn) -> Self {
        let waits = incident.state == incident::State::Reported && incident.reported_by != *by.operator();
        Self {
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
        let note = Note::about(Kind::IncidentReported, person).fact("reason", reason.as_str());
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
    Ok(found.into_iter().map(|incident| IncidentView::new(incident, by)).collect())
}

/// An incident of the office.
///
/// # Errors
/// `permission-missing`, `not-found`; the codes of the database.
pub async fn get(desk: &Desk, by: &SignedIn, now: Timestamp, id: &IncidentId) -> Result<IncidentView> {
    by::require(by, Permission::IncidentSee, now)?;
    let mut tx = desk.db.read().await?;
    Ok(IncidentView::new(incident::get(&mut tx, by::office(by)?, id).await?, by))
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
    if report.id == *id {
        return Ok((scene, report, person));
    }
    Err(Error::new(Code::IncidentSettled, "another report of this visit waits"))
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
        let grant = scene.grant(tx, person).await?;
        picture::live(tx, &scene, &grant, person).await?;
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
        let stand = decide::Stand { operator: Some(&report.reported_by), second: Some(by.operator()), reason };
        tell_contacts(tx, &scene, &report).await?;
        scene.note(tx, &told, Note::of(Kind::NoticeQueued).fact("recipient", CONTACTS)).await?;
        decide::finish(tx, &mut scene, &told, (next, stand)).await?;
        Ok(IncidentView::new(incident::get(tx, office, id).await?, by))
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
        Ok(IncidentView::new(incident::get(tx, office, id).await?, by))
    }.await)
}
