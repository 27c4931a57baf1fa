//! Consent at the counter: the clerk asks, the station shows the exact text, and only the person's side answers.

use super::scene::{self, NOTHING, Note, Scene, not_found};
use super::view::{self, TextsView, VisitView};
use super::{Desk, by, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission::Permission;
use crate::service::Service;
use crate::text::Language;
use crate::visit::{Act, Actor, Outcome, PersonFacts, PersonState, Phase, State};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::consent::{self, Text};
use store::id::{ConsentId, PersonId, VisitId};
use store::ledger::{self, Kind};
use store::session::SignedIn;
use store::station::StationSeat;
use store::{Means, Tx, office, person};
use utoipa::ToSchema;

/// How long a station shows how a visit ended: long enough to read it and to photograph the receipt.
const END_SHOWN: SignedDuration = SignedDuration::from_secs(90);

/// Whom to ask, in which language.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The place, from 0.
    pub person: u32,
    /// The language of the text: `zh-Hant`, `zh-Hans` or `en`.
    pub language: String,
    /// For a child: the identity number of the guardian who answers.
    #[serde(default)]
    pub guardian_number: Option<String>,
}

impl std::fmt::Debug for Ask {
    /// Without the number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ask({}, {})", self.person, self.language)
    }
}

/// What the person answers.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The place, from 0.
    pub person: u32,
    /// The consent that was asked for.
    pub consent: ConsentId,
    /// The hash of the text that was shown; see [`NoticeView::hash`].
    pub notice_hash: String,
    /// True if the person agrees.
    pub agree: bool,
}

/// In which language the person would rather read.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reword {
    /// The place, from 0.
    pub person: u32,
    /// The language: `zh-Hant`, `zh-Hans` or `en`.
    pub language: String,
}

/// What follows from an answer.
#[derive(Clone, Serialize, ToSchema)]
pub struct Answered {
    /// True if the person agreed; if not, the other path follows and nothing is held against them.
    pub agreed: bool,
    /// The receipt: a signed token for a QR code, with the secret for the withdrawal. Given out this once.
    pub receipt: Option<String>,
    /// How it goes without a face: what to bring.
    pub bring: Option<TextsView>,
    /// How it goes without a face.
    pub steps: Option<TextsView>,
}

impl std::fmt::Debug for Answered {
    /// Without the receipt.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answered({})", self.agreed)
    }
}

/// What a station shows now.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = StationTask)]
pub struct StationView {
    /// The visit at this station, if there is one.
    pub visit: Option<VisitId>,
    /// What the service is called.
    pub title: Option<TextsView>,
    /// `idle`, `welcome`, `notice`, `camera`, `wait`, `other-path`; and at the end `done`, `not-enough` (another way follows) or `ended`.
    pub stage: String,
    /// Whose turn it is, from 0.
    pub person: Option<u32>,
    /// The role of whose turn it is, in words.
    pub role: Option<TextsView>,
    /// The language of the person who was asked last: everything is told in it, to the end of the visit. None before anybody was asked.
    pub language: Option<String>,
    /// The text to be shown at the stage `notice`.
    pub notice: Option<NoticeView>,
    /// What to bring on the way without a face, at the stages `other-path` and `not-enough`.
    pub bring: Option<TextsView>,
    /// How it goes there.
    pub steps: Option<TextsView>,
}

/// The text that is put before a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ConsentText)]
pub struct NoticeView {
    /// The consent that is asked for.
    pub consent: ConsentId,
    /// SHA-256 of service, version, language and the exact text, a line feed between each, in hexadecimal.
    pub hash: String,
    /// The language.
    pub language: String,
    /// The exact text.
    pub text: String,
    /// The same text in parts, for the page.
    pub sections: Vec<SectionView>,
}

/// One part of the text.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SectionView {
    /// Its heading.
    pub heading: String,
    /// Its paragraphs.
    pub lines: Vec<String>,
}

/// Asks a person of the visit for consent: the station then shows the text.
///
/// # Errors
/// `permission-missing`; `station-missing`; `language-unknown`; `portrait-missing` when there is nothing to compare with, so that the face would
/// be asked for in vain; `guardian-answers`, `guardian-missing`; `person-locked`, `person-deceased`; `transition-refused`, `visit-decided`;
/// `not-found`; the codes of the database.
pub async fn ask(desk: &Desk, by: &SignedIn, now: Timestamp, visit: &VisitId, request: &Ask) -> Result<VisitView> {
    by::require(by, Permission::VisitRun, now)?;
    let office = by::office(by)?;
    let language = Language::require(&request.language)?;
    in_transaction!(desk, tx => async {
        let mut scene = Scene::lock(tx, desk, now, (office, visit)).await?;
        let act = Act::AskConsent { person: request.person as usize };
        // Before anything else, so that what is refused is refused for the right reason.
        scene.after(&act, &by::actor(by, now)?, &scene.nothing())?;
        let place = scene.person(request.person)?.clone();
        if scene.visit.station.is_none() {
            return Err(Error::new(Code::StationMissing, "the text has no place where it could be shown"));
        }
        person::usable(person::lock(tx, &place.person).await?.state)?;
        if view::usable(tx, desk, now, (&place.person, scene.service)).await?.is_empty() {
            return Err(Error::new(Code::PortraitMissing, "no portrait in use that is young enough"));
        }
        let given_by = answering(tx, &scene.means(), &place.person, request).await?;
        scene.step(tx, &act, &by::actor(by, now)?, &scene.nothing()).await?;
        let hash = requested(tx, &mut scene, by, (&place, &given_by, language)).await?;
        let note = Note::about(Kind::ConsentRequested, request.person)
            .fact("notice", hash)
            .fact("language", language.as_str())
            .fact("by_guardian", given_by != place.person);
        scene.note(tx, &by::ledger(by), note).await?;
        view::of(tx, desk, by, now, &scene.visit).await
    }.await)
}

/// Who answers: the person, or for a child the guardian who is named.
async fn answering(tx: &mut Tx, means: &Means<'_>, person: &PersonId, request: &Ask) -> Result<PersonId> {
    let guardians = person::guardian::guardians_of(tx, means, person).await?;
    let Some(number) = &request.guardian_number else {
        if guardians.is_empty() {
            return Ok(person.clone());
        }
        return Err(Error::new(Code::GuardianAnswers, "the person has a guardian, and none was named"));
    };
    // One answer for every wrong number, so that it does not tell who else is in the register.
    match person::find_by_number(tx, means, number).await? {
        Some(found) if guardians.iter().any(|one| one.guardian == found.id) => Ok(found.id),
        _ => Err(Error::new(Code::GuardianAnswers, "who is named is no guardian of this person at this time")),
    }
}

/// Notes that consent is asked for; gives the hash of the text.
async fn requested(
    tx: &mut Tx,
    scene: &mut Scene<'_>,
    by: &SignedIn,
    (place, given_by, language): (&store::visit::VisitPerson, &PersonId, Language),
) -> Result<String> {
    let means = scene.means();
    let service = scene.service;
    let definition = service.definition();
    let controller = office::get(tx, &scene.visit.office).await?.name;
    let recipients: Vec<String> = definition.recipients.iter().map(|recipient| recipient.id.clone()).collect();
    let (version, notice) = (service.version().to_string(), service.consent_notice(language).text());
    let text = Text { service: service.id().as_str(), version: &version, language: language.as_str(), text: &notice };
    let lasts = SignedDuration::from_mins(i64::from(definition.consent.validity_minutes));
    let request = consent::Request {
        person: &place.person,
        given_by,
        purpose: service.purpose(),
        controller: &controller,
        recipients: &recipients,
        text: &text,
        expires: means.now.saturating_add(lasts).unwrap_or(Timestamp::MAX),
    };
    let asked = consent::request(tx, &means, &by::ledger(by), &request).await?;
    store::visit::set_consent(tx, &mut scene.visit, &place.id, &asked.id).await?;
    Ok(text.id())
}

/// Puts the same question before the person in another language, when the person asks the station for it.
///
/// # Errors
/// `language-unknown`; `station-foreign`; `conflict` when it was answered already; `transition-refused` when nothing is asked; the codes of the
/// database.
pub async fn reword(
    desk: &Desk,
    seat: &StationSeat,
    now: Timestamp,
    visit: &VisitId,
    request: &Reword,
) -> Result<StationView> {
    let language = Language::require(&request.language)?;
    in_transaction!(desk, tx => async {
        let scene = Scene::at_station(tx, desk, now, (seat, visit)).await?;
        let place = scene.person(request.person)?.clone();
        let asked = place.consent.as_ref().filter(|_| scene.stands(request.person) == Ok(PersonState::ConsentAsked));
        let asked = asked.ok_or_else(|| Error::new(Code::TransitionRefused, "nothing is asked of this person"))?;
        let (version, notice) = (scene.service.version().to_string(), scene.service.consent_notice(language).text());
        let service = scene.service.id().as_str();
        let text = Text { service, version: &version, language: language.as_str(), text: &notice };
        let actor = ledger::Actor::Station(seat.station().clone());
        consent::reword(tx, &scene.means(), asked, &text).await?;
        let note = Note::about(Kind::ConsentRequested, request.person);
        let note = note.fact("notice", text.id()).fact("language", language.as_str()).fact("again", true);
        scene.note(tx, &actor, note).await.map(|_| ())
    }.await)?;
    station(desk, seat, now).await
}

/// What a station shows now: the newest visit at it, and never who is in it.
///
/// # Errors
/// The codes of the database.
pub async fn station(desk: &Desk, seat: &StationSeat, now: Timestamp) -> Result<StationView> {
    let mut tx = desk.db.read().await?;
    let idle = StationView {
        visit: None,
        title: None,
        stage: "idle".to_owned(),
        person: None,
        role: None,
        language: None,
        notice: None,
        bring: None,
        steps: None,
    };
    let since = now - END_SHOWN;
    let mut shown = None;
    for id in store::visit::at_station(&mut tx, seat.office(), seat.station(), since).await? {
        let visit = store::visit::get(&mut tx, seat.office(), &id).await?;
        let (state, service) = scene::read(desk, &visit)?;
        let turn = turn(&state);
        // A visit that asks somebody comes first; one that only waits lets the end of a later one be seen.
        let over = visit.closed.is_none() && visit.expires <= now;
        if !over && (shown.is_none() || turn.is_some()) {
            shown = Some((id, visit, state, service, turn));
        }
    }
    let Some((id, visit, state, service, turn)) = shown else { return Ok(idle) };
    let (person, stage) = match (state.phase(), turn) {
        (Phase::Open, Some((index, stage))) => (Some(index as u32), stage),
        (Phase::Open, None) if state.persons().iter().all(|person| *person == PersonState::Unclaimed) => {
            (None, "welcome")
        }
        (Phase::Open, None) if state.persons().contains(&PersonState::OtherPath) => (None, "other-path"),
        (Phase::Decided(Outcome::Confirmed), _) => (None, "done"),
        (Phase::Decided(Outcome::Referred(_)), _) => (None, "not-enough"),
        (Phase::Decided(_), _) => (None, "ended"),
        _ => (None, "wait"),
    };
    let other = service.definition().other_path.as_ref().filter(|_| matches!(stage, "other-path" | "not-enough"));
    let role = person.and_then(|index| service.definition().persons.get(index as usize));
    let asked = match person {
        Some(index) => scene::at(&visit, service, index).and_then(|place| place.consent.as_ref()),
        None => visit.persons.iter().rev().find_map(|place| place.consent.as_ref()),
    };
    let record = match asked {
        Some(asked) => Some(consent::record(&mut tx, asked).await?),
        None => None,
    };
    let notice = match (stage, &record) {
        ("notice", Some(record)) => Some(notice(service, record)?),
        ("notice", None) => return Err(scene::damaged()),
        _ => None,
    };
    Ok(StationView {
        visit: Some(id),
        title: Some((&service.definition().title).into()),
        stage: stage.to_owned(),
        person,
        role: role.map(|role| (&role.title).into()),
        language: record.map(|record| record.notice.language),
        notice,
        bring: other.map(|other| (&other.bring).into()),
        steps: other.map(|other| (&other.steps).into()),
    })
}

/// Whose turn it is at the station, and at which stage.
fn turn(state: &State) -> Option<(usize, &'static str)> {
    let asked = |person: &PersonState| match person {
        PersonState::ConsentAsked => Some("notice"),
        PersonState::Capturing => Some("camera"),
        _ => None,
    };
    if !matches!(state.phase(), Phase::Open) {
        return None;
    }
    state.persons().iter().enumerate().find_map(|(index, person)| Some((index, asked(person)?)))
}

/// The text of a consent, in parts; the parts are those of the text whose hash is on record, or it is not shown.
fn notice(service: &Service, record: &consent::Record) -> Result<NoticeView> {
    let composed = service.consent_notice(Language::require(&record.notice.language)?);
    if composed.text() != record.notice.text {
        return Err(Error::new(Code::NoticeOther, "the definition's text is another one than that on record"));
    }
    let sections = composed.sections.into_iter();
    Ok(NoticeView {
        consent: record.id.clone(),
        hash: record.notice.hash.clone(),
        language: record.notice.language.clone(),
        text: record.notice.text.clone(),
        sections: sections.map(|section| SectionView { heading: section.heading, lines: section.lines }).collect(),
    })
}

/// Takes the person's answer from the station of the visit; no operator can give it.
///
/// # Errors
/// `station-foreign`; `notice-other` when another text was shown than the one that was asked; `consent-ended` when it was asked more than an hour
/// ago; `conflict`, `guardian-missing`; `transition-refused`, `visit-decided`; `not-found` for a consent that is not this visit's;
/// `receipt-too-long`; the codes of the database.
pub async fn answer(
    desk: &Desk,
    seat: &StationSeat,
    now: Timestamp,
    visit: &VisitId,
    request: &Answer,
) -> Result<Answered> {
    in_transaction!(desk, tx => async {
        let mut scene = Scene::at_station(tx, desk, now, (seat, visit)).await?;
        let place = scene.person(request.person)?.clone();
        let index = request.person as usize;
        let agree = request.agree;
        let act = if agree { Act::GiveConsent { person: index } } else { Act::RefuseConsent { person: index } };
        let facts = scene.only(request.person, PersonFacts { ..NOTHING });
        scene.after(&act, &Actor::Person, &facts)?;
        if place.consent.as_ref() != Some(&request.consent) {
            return Err(not_found());
        }
        if consent::record(tx, &request.consent).await?.notice.hash != request.notice_hash {
            return Err(Error::new(Code::NoticeOther, "the hash of the text is not the one on record"));
        }
        // Persons are locked before consents.
        person::usable(person::lock(tx, &place.person).await?.state)?;
        scene.step(tx, &act, &Actor::Person, &facts).await?;
        let actor = ledger::Actor::Station(seat.station().clone());
        let means = scene.means();
        if !agree {
            consent::refuse(tx, &means, &actor, &request.consent).await?;
            scene.note(tx, &actor, Note::about(Kind::ConsentRefused, request.person)).await?;
            let other = scene.service.definition().other_path.as_ref();
            let (bring, steps) = (other.map(|path| (&path.bring).into()), other.map(|path| (&path.steps).into()));
            return Ok(Answered { agreed: false, receipt: None, bring, steps });
        }
        consent::give(tx, &means, &actor, &request.consent).await?;
        let withdrawal = consent::renew_withdrawal(tx, &means, &request.consent).await?;
        scene.note(tx, &actor, Note::about(Kind::ConsentGiven, request.person)).await?;
        let record = consent::record(tx, &request.consent).await?;
        let pseudonym = person::get(tx, &place.person).await?.pseudonym;
        let receipt = desk.receipt(&record, &pseudonym, &withdrawal)?;
        Ok(Answered { agreed: true, receipt: Some(receipt), bring: None, steps: None })
    }.await)
}
