//! The clerk judges by eye; then, and only then, the evidence opens.

use super::evidence::Record;
use super::scene::{NOTHING, Note, Scene};
use super::{Desk, by, in_transaction, picture, station_alarm};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission::Permission;
use crate::visit::{Act, Judgement, PersonFacts, settles};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::id::{EvidenceId, OperatorId, VisitId};
use store::judgement::{self, Answer, Judged};
use store::ledger::Kind;
use store::session::SignedIn;
use store::{Tx, evidence};
use utoipa::ToSchema;

/// What an operator sees in the pictures.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// The place, from 0.
    pub person: u32,
    /// `same`, `different` or `cannot-say`.
    #[schema(value_type = String)]
    pub answer: Judgement,
}

/// Open evidence, with what is needed to weigh it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct EvidenceView {
    /// What the comparison showed.
    pub evidence: Record,
    /// What the operator who looks had said before.
    pub judgement: String,
    /// How rare impostors are.
    pub base_rate: BaseRate,
    /// The way that the evidence suggests: `confirm` or `other-path`. Never a suspicion.
    pub suggestion: String,
}

/// How many impostors were found at a capital's counters: nearly every alarm concerns a genuine person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BaseRate {
    /// Impostors.
    pub impostors: u32,
    /// Among so many comparisons.
    pub comparisons: u32,
    /// Where it was reported.
    pub source: String,
}

impl BaseRate {
    /// The counts as they were reported.
    pub fn reported() -> Self {
        Self {
            impostors: 5,
            comparisons: 57_883,
            source: "Taipei, March to November 2019; CTS News, 24 December 2019".to_owned(),
        }
    }
}

/// Takes the clerk's own judgement and opens the evidence, in one act with two entries.
///
/// # Errors
/// `permission-missing`, `training-expired`; `consent-first`, `consent-ended`; `pictures-closed` when the pictures are gone; `already-exists`
/// when this operator has judged; `transition-refused`, `visit-decided`; `not-found`; the codes of the database.
pub async fn judge(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    visit: &VisitId,
    request: Judge,
) -> Result<EvidenceView> {
    by::require(by, Permission::EvidenceJudge, now)?;
    let office = by::office(by)?;
    let Judge { person, answer } = request;
    let index = person as usize;
    in_transaction!(desk, tx => async {
        let mut scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        let actor = by::actor(by, now)?;
        let live = scene.only(person, PersonFacts { consent_live: true, ..NOTHING });
        let judged = Act::Judge { person: index, judgement: answer };
        // The state first, so that what is refused is refused for the right reason.
        scene.after(&judged, &actor, &live)?;
        let grant = scene.grant(tx, person).await?;
        picture::live(tx, &scene, &grant.sight(), person).await?;
        scene.step(tx, &judged, &actor, &live).await?;
        let evidence = newest(tx, &scene, person).await?;
        said(tx, &scene, by.operator(), (person, &evidence, answer)).await?;
        let told = by::ledger(by);
        scene.note(tx, &told, Note::about(Kind::Judged, person).fact("answer", answer.as_str())).await?;
        scene.step(tx, &Act::OpenEvidence { person: index }, &actor, &live).await?;
        let opened = shown(tx, &scene, by, person).await?;
        station_alarm::seen(tx, &scene, by, &opened.evidence).await?;
        Ok(opened)
    }.await)
}

/// Shows open evidence again to an operator who has judged it. Each time is an entry.
///
/// # Errors
/// `permission-missing`, `training-expired`; `judgement-missing` for an operator who has not judged it; `evidence-missing`; `not-found`; the
/// codes of the database.
pub async fn evidence(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    visit: &VisitId,
    person: u32,
) -> Result<EvidenceView> {
    by::require(by, Permission::EvidenceJudge, now).or_else(|_| by::require(by, Permission::ReportSecond, now))?;
    let office = by::office(by)?;
    in_transaction!(desk, tx => async {
        let scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        shown(tx, &scene, by, person).await
    }.await)
}

/// The newest evidence of a person of the visit.
pub(super) async fn newest(tx: &mut Tx, scene: &Scene<'_>, person: u32) -> Result<EvidenceId> {
    let newest = evidence::list(tx, &scene.person(person)?.id).await?.pop();
    Ok(newest.ok_or_else(|| Error::new(Code::EvidenceMissing, "there is no evidence of this person"))?.id)
}

/// Notes a judgement.
pub(super) async fn said(
    tx: &mut Tx,
    scene: &Scene<'_>,
    operator: &OperatorId,
    (person, evidence, answer): (u32, &EvidenceId, Judgement),
) -> Result<()> {
    let answer = match answer {
        Judgement::Same => Answer::Same,
        Judgement::Different => Answer::Different,
        Judgement::CannotSay => Answer::CannotSay,
    };
    let visit_person = &scene.person(person)?.id;
    judgement::put(tx, &scene.means(), &judgement::New { visit_person, evidence, operator, answer }).await?;
    Ok(())
}

/// Opens the newest evidence of a person for an operator who has judged it.
pub(super) async fn opened(
    tx: &mut Tx,
    scene: &Scene<'_>,
    person: u32,
    operator: &OperatorId,
) -> Result<(Judged, Record)> {
    let newest = newest(tx, scene, person).await?;
    let judged = judgement::require(tx, &newest, operator).await?;
    let record = Record::from_bytes(&evidence::open(tx, &scene.means(), &judged).await?)?;
    Ok((judged, record))
}

/// Opens the evidence for an operator and says so in the ledger, with score, threshold, rate and pack.
pub(super) async fn shown(tx: &mut Tx, scene: &Scene<'_>, by: &SignedIn, person: u32) -> Result<EvidenceView> {
    let (judged, record) = opened(tx, scene, person, by.operator()).await?;
    scene.note(tx, &by::ledger(by), Note::about(Kind::EvidenceOpened, person).facts(record.facts())).await?;
    let judgement = match judged.answer() {
        Answer::Same => Judgement::Same,
        Answer::Different => Judgement::Different,
        Answer::CannotSay => Judgement::CannotSay,
    };
    let is_settled = settles(judgement, record.finding()?, scene.service.rules());
    Ok(EvidenceView {
        evidence: record,
        judgement: judgement.as_str().to_owned(),
        base_rate: BaseRate::reported(),
        suggestion: if is_settled { "confirm" } else { "other-path" }.to_owned(),
    })
}
