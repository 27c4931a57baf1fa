//! The end of a visit: papers checked, confirmed, referred, given up. With every outcome the live pictures are deleted, in the same transaction.

use super::judge;
use super::scene::{NOTHING, Note, Scene, damaged};
use super::view::{self, VisitView};
use super::{Desk, by, in_transaction, station_alarm};
use crate::error::Result;
use crate::permission::Permission;
use crate::reason::{Reason, Use};
use crate::service::{Disclosure, Event, Field, Ground};
use crate::visit::{Act, Outcome, PersonFacts, PersonState, Phase, Referral, State};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use store::id::{OperatorId, VisitId};
use store::ledger::{self, Kind};
use store::session::SignedIn;
use store::{Tx, notice, outcome};
use utoipa::ToSchema;

/// Papers that settle who a person is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckPapers {
    /// The place, from 0.
    pub person: u32,
    /// The reason code: by what; one of `/api/v1/reasons` for `papers`.
    pub reason: String,
}

/// A visit to be confirmed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// The places, from 0, whose second factor the clerk has seen; where the service demands one beside the face.
    #[serde(default)]
    pub factors_shown: Vec<u32>,
    /// The recipients whom the person asks to be told, by their ids in the service's definition. Those whom a law names are told all the same,
    /// and nobody else is.
    #[serde(default)]
    pub tell: Vec<String>,
}

/// A visit to be referred.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refer {
    /// Where to: `other-path` or `more-documents`.
    #[schema(value_type = String)]
    pub to: Referral,
    /// The reason code; one of `/api/v1/reasons` for `refer`.
    pub reason: String,
}

/// How a visit ends without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The person gives it up.
    GivenUp,
    /// The person has gone away.
    Abandoned,
}

/// A visit to be ended without an answer.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// How.
    pub how: End,
}

/// Who stands for an outcome, and why.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stand<'a> {
    pub(super) operator: Option<&'a OperatorId>,
    pub(super) second: Option<&'a OperatorId>,
    pub(super) reason: Option<Reason>,
    /// Whom the person asks to be told.
    pub(super) tell: &'a [String],
}

/// On the other path: papers have settled who the person is.
///
/// # Errors
/// `permission-missing`; `reason-missing`, `reason-unknown`, `reason-unfit`; `transition-refused`, `visit-decided`; `not-found`; the codes of
/// the database.
pub async fn check_papers(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    visit: &VisitId,
    request: &CheckPapers,
) -> Result<VisitView> {
    by::require(by, Permission::OutcomeDecide, now)?;
    let office = by::office(by)?;
    let reason = Reason::require(Some(&request.reason), &[Use::Papers])?;
    in_transaction!(desk, tx => async {
        let mut scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        let act = Act::CheckPapers { person: request.person as usize, reason };
        let facts = scene.nothing();
        scene.step(tx, &act, &by::actor(by, now)?, &facts).await?;
        let note = Note::about(Kind::PapersChecked, request.person).fact("reason", reason.as_str());
        scene.note(tx, &by::ledger(by), note).await?;
        view::of(tx, desk, by, now, &scene.visit).await
    }.await)
}

/// Confirms that the visit's persons are who they claim to be.
///
/// # Errors
/// `permission-missing`; `not-settled`, `second-factor-missing`, `judgement-first`; `judgement-missing` when another operator judged: whoever
/// judged decides; `consent-ended`; `visit-decided`; `not-found`; the codes of the database.
pub async fn confirm(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    visit: &VisitId,
    request: &Confirm,
) -> Result<VisitView> {
    by::require(by, Permission::OutcomeDecide, now)?;
    let office = by::office(by)?;
    in_transaction!(desk, tx => async {
        let mut scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        scene.service.require_on_request(&scene.visit.variant, &request.tell)?;
        let facts = settled(tx, &scene, by, request).await?;
        let next = scene.after(&Act::Confirm, &by::actor(by, now)?, &facts)?;
        let stand = Stand { operator: Some(by.operator()), tell: &request.tell, ..Stand::default() };
        finish(tx, &mut scene, &by::ledger(by), (next, stand)).await?;
        view::of(tx, desk, by, now, &scene.visit).await
    }.await)
}

/// What is known of each person whose evidence is open.
async fn settled(tx: &mut Tx, scene: &Scene<'_>, by: &SignedIn, request: &Confirm) -> Result<Vec<PersonFacts>> {
    let mut facts = scene.nothing();
    if *scene.state.phase() != Phase::Open {
        // It is too late for any of them, and the state machine says so.
        return Ok(facts);
    }
    for (index, known) in facts.iter_mut().enumerate() {
        let person = index as u32;
        if !matches!(scene.stands(person)?, PersonState::EvidenceOpen(_)) {
            continue;
        }
        scene.grant(tx, person).await?;
        let (_, record) = judge::opened(tx, scene, person, by.operator()).await?;
        *known = PersonFacts {
            consent_live: true,
            factor_shown: request.factors_shown.contains(&person),
            finding: Some(record.finding()?),
            ..NOTHING
        };
    }
    Ok(facts)
}

/// Refers the visit: a human takes it further.
///
/// # Errors
/// `permission-missing`; `reason-missing`, `reason-unknown`, `reason-unfit`; `visit-decided`, `transition-refused`; `not-found`; the codes of
/// the database.
pub async fn refer(desk: &Desk, by: &SignedIn, now: Timestamp, visit: &VisitId, request: &Refer) -> Result<VisitView> {
    by::require(by, Permission::OutcomeDecide, now)?;
    let reason = Reason::require(Some(&request.reason), &[Use::Refer])?;
    let act = Act::Refer { referral: request.to, reason };
    ended(desk, by, now, (visit, act, Some(reason))).await
}

/// Ends a visit that the person gives up or has gone away from.
///
/// # Errors
/// `permission-missing`; `visit-decided`, `transition-refused`; `not-found`; the codes of the database.
pub async fn leave(desk: &Desk, by: &SignedIn, now: Timestamp, visit: &VisitId, request: Leave) -> Result<VisitView> {
    by::require(by, Permission::VisitRun, now)?;
    let act = match request.how {
        End::GivenUp => Act::GiveUp,
        End::Abandoned => Act::Abandon,
    };
    ended(desk, by, now, (visit, act, None)).await
}

async fn ended(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    (visit, act, reason): (&VisitId, Act, Option<Reason>),
) -> Result<VisitView> {
    let office = by::office(by)?;
    in_transaction!(desk, tx => async {
        let mut scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        let next = scene.after(&act, &by::actor(by, now)?, &scene.nothing())?;
        let stand = Stand { operator: Some(by.operator()), reason, ..Stand::default() };
        finish(tx, &mut scene, &by::ledger(by), (next, stand)).await?;
        view::of(tx, desk, by, now, &scene.visit).await
    }.await)
}

/// Gives the visit its outcome: it is noted, the visit closes, live pictures are deleted, notices to agencies are queued, and the ledger speaks of
/// it to each person.
pub(super) async fn finish(
    tx: &mut Tx,
    scene: &mut Scene<'_>,
    told: &ledger::Actor,
    (next, stand): (State, Stand<'_>),
) -> Result<()> {
    let kind = next.outcome().ok_or_else(damaged)?.as_str();
    let event = match next.outcome() {
        Some(Outcome::Confirmed) => Some(Event::Confirmed),
        Some(Outcome::Referred(_)) => Some(Event::Referred),
        _ => None,
    };
    let Stand { operator, second, reason, tell: asked } = stand;
    let new = outcome::New { kind, reason: reason.map(Reason::as_str), operator, second };
    outcome::put(tx, &scene.means(), &scene.visit, &new).await?;
    if let Some(event) = event {
        tell(tx, scene, (event, asked)).await?;
    }
    let frames = scene.close(tx, next).await?;
    station_alarm::unseen(tx, scene).await?;
    let mut note = Note::of(Kind::Decided).fact("outcome", kind).fact("frames_deleted", frames as i64);
    if let Some(reason) = reason {
        note = note.fact("reason", reason.as_str());
    }
    if !asked.is_empty() {
        note = note.fact("tell", asked.join(", "));
    }
    if let Some(second) = second {
        note = note.fact("second", second.as_str());
    }
    scene.note_each(tx, told, note).await
}

/// Queues the notices to other agencies that the service's definition demands: what a law asks for, and what the person asks for.
async fn tell(tx: &mut Tx, scene: &Scene<'_>, (event, asked): (Event, &[String])) -> Result<()> {
    let definition = scene.service.definition();
    let demanded: Vec<&str> =
        scene.service.notices(&scene.visit.variant, event).map(|notice| notice.recipient.as_str()).collect();
    for recipient in demanded {
        let is_asked = asked.iter().any(|one| one == recipient);
        let told = |disclosure: &&Disclosure| {
            disclosure.recipient == recipient && (disclosure.ground == Ground::Law || is_asked)
        };
        let fields: Vec<&str> = definition
            .disclosures
            .iter()
            .filter(told)
            .flat_map(|disclosure| disclosure.fields.iter().map(|field: &Field| field.as_str()))
            .collect();
        if fields.is_empty() {
            continue;
        }
        let body = json!({
            "service": scene.visit.service,
            "variant": scene.visit.variant,
            "event": event.as_str(),
            "visit": scene.visit.id,
            "fields": fields,
        });
        let new = notice::New {
            office: &scene.visit.office,
            visit: Some(&scene.visit.id),
            incident: None,
            recipient,
            kind: event.as_str(),
            body: &body,
        };
        notice::queue(tx, &scene.means(), &new).await?;
    }
    Ok(())
}
