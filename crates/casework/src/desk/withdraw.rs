//! Withdrawal of a consent: from the receipt without an account, or declared at the counter. In one transaction the consent ends, what only it
//! kept is deleted, open visits take the other path, and the ledger speaks of it; a signed certificate comes back.

use super::admin::act;
use super::receipt::{Shown, of_receipt};
use super::scene::Scene;
use super::visit::waiting;
use super::{Desk, by, in_transaction, visit};
use crate::error::Result;
use crate::permission::Permission;
use crate::visit::{Act, Actor, Phase};
use jiff::Timestamp;
use seal::jws;
use seal::keys::SignUse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::consent::{self, By, Deleted, Ended, Record, State};
use store::id::{ConsentId, VisitId};
use store::ledger::search::{PAGE_MAX, Recorded, Search, search};
use store::ledger::{self, Kind, Position, Shard};
use store::session::SignedIn;
use store::{Tx, incident, person};
use utoipa::ToSchema;

/// The type of a deletion certificate.
pub const CERTIFICATE_TYPE: &str = "deletion-certificate+jwt";

/// A withdrawal that was carried out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Withdrawn {
    /// The signed certificate: a token that anybody can check with the installation's public keys.
    pub certificate: String,
    /// What it says.
    pub claims: Certificate,
}

/// What a deletion certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Who issued it: the public address of the installation.
    pub iss: String,
    /// The consent that was withdrawn.
    pub jti: ConsentId,
    /// Whose: the person's pseudonym in the ledger.
    pub sub: String,
    /// When it was issued, seconds since 1970.
    pub iat: i64,
    /// When the consent was withdrawn, seconds since 1970.
    pub withdrawn_at: i64,
    /// What was deleted. Nothing more when the consent had been withdrawn before; the first certificate has the numbers.
    pub deleted: DeletedView,
    /// Where the ledger speaks of it; none when the consent had been withdrawn before.
    pub ledger: Option<PositionView>,
}

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeletedView {
    /// Templates.
    pub templates: u64,
    /// Live pictures.
    pub frames: u64,
    /// Keys; what they sealed cannot be opened any more, wherever a copy may lie.
    pub keys: u64,
    /// Pieces of evidence that nobody had opened.
    pub evidences: u64,
}

/// A place in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionView {
    /// The tree: an office's id, or `register`.
    pub shard: String,
    /// The place in it, from 0.
    pub seq: i64,
}

/// A consent that a person withdraws at the counter, or with the protection officer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// The consent.
    pub consent: ConsentId,
}

/// Withdraws the consent of a receipt. Repeated, it says so again and changes nothing.
///
/// # Errors
/// `token-invalid` for what is no receipt of this installation; `consent-ended` when it was refused or has expired; `not-found` when its record's
/// term is over; the codes of the database. When signing fails the withdrawal stands; ask again for the certificate.
pub async fn by_receipt(desk: &Desk, now: Timestamp, shown: &Shown) -> Result<Withdrawn> {
    let receipt = desk.read_receipt(&shown.receipt)?;
    let (id, position, ended) = in_transaction!(desk, tx => async {
        let id = of_receipt(tx, desk, now, &receipt).await?;
        let (told, actor) = (ledger::Actor::Citizen, Actor::Person);
        let done = withdraw(tx, desk, now, &id, (&told, &actor)).await;
        let done = unless_done(tx, &id, done).await?;
        let (position, ended) = done.map_or((None, None), |(position, ended)| (Some(position), Some(ended)));
        Ok((id, position, ended))
    }.await, kept if |(_, position, _): &(ConsentId, Option<Position>, Option<Ended>)| position.is_some())?;
    certificate(desk, now, &id, (position, ended)).await
}

/// Records a withdrawal that a person declares to a clerk, for a person of a visit of the office, or to the protection officer.
///
/// # Errors
/// `permission-missing`; `not-found` when a clerk names a consent that is not of this visit; `consent-ended`; the codes of the database.
pub async fn declared(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    visit: Option<&VisitId>,
    request: &Declared,
) -> Result<Withdrawn> {
    by::require(by, Permission::ConsentWithdraw, now)?;
    let is_officer = by::require(by, Permission::ConsentSee, now).is_ok();
    let (position, ended) = in_transaction!(desk, tx => async {
        if !is_officer {
            let visit = visit.ok_or_else(super::scene::not_found)?;
            let visit = store::visit::get(tx, by::office(by)?, visit).await?;
            if !visit.persons.iter().any(|person| person.consent.as_ref() == Some(&request.consent)) {
                return Err(super::scene::not_found());
            }
        }
        withdraw(tx, desk, now, &request.consent, (&by::ledger(by), &by::actor(by, now)?)).await
    }.await)?;
    certificate(desk, now, &request.consent, (Some(position), Some(ended))).await
}

/// The certificate of a withdrawal on record, issued again for the protection officer: what was deleted is what the ledger says of it. The look
/// is an entry.
///
/// # Errors
/// `permission-missing`; `not-found` when there is no such consent or it was not withdrawn; the codes of keys and database.
pub async fn certified(desk: &Desk, by: &SignedIn, now: Timestamp, id: &ConsentId) -> Result<Withdrawn> {
    by::require(by, Permission::ConsentSee, now)?;
    let (record, sub, (place, deleted)) = in_transaction!(desk, tx => async {
        let record = consent::record(tx, id).await?;
        if record.state != State::Withdrawn {
            return Err(super::scene::not_found());
        }
        let sub = person::get(tx, &record.person).await?.pseudonym;
        let told = told(tx, &sub, id).await?;
        let actor = by::ledger(by);
        let entry = ledger::Act {
            person: Some(&sub),
            service: Some(&record.service),
            consent: Some(id),
            ..act(Kind::ConsentRead, by, &actor)
        };
        ledger::append(tx, &desk.means(now), &entry.fact("certificate", true)).await?;
        Ok((record, sub, told))
    }.await)?;
    signed(desk, now, (&record, sub), (place, deleted))
}

/// What the ledger says of a withdrawal: where, and what was deleted.
async fn told(tx: &mut Tx, pseudonym: &str, id: &ConsentId) -> Result<(Option<PositionView>, DeletedView)> {
    let (kind, mut after) = (Some(Kind::ConsentWithdrawn), None);
    loop {
        let page = Search { person: Some(pseudonym), kind, after, limit: PAGE_MAX, ..Search::default() };
        let found = search(tx, &page).await?;
        for recorded in &found {
            let entry: Value = serde_json::from_str(&recorded.entry).unwrap_or_default();
            if entry["consent"] != id.as_str() {
                continue;
            }
            let count = |name: &str| entry["facts"][name].as_u64().unwrap_or_default();
            let deleted = DeletedView {
                templates: count("templates"),
                frames: count("frames"),
                keys: count("keys"),
                evidences: count("evidences"),
            };
            return Ok((Some(PositionView { shard: recorded.shard.clone(), seq: recorded.seq }), deleted));
        }
        if found.is_empty() {
            return Ok((None, DeletedView::default()));
        }
        after = found.last().map(Recorded::cursor);
    }
}

/// Takes a consent that was withdrawn before for done.
async fn unless_done(
    tx: &mut Tx,
    id: &ConsentId,
    done: Result<(Position, Ended)>,
) -> Result<Option<(Position, Ended)>> {
    match done {
        Err(error) if error.code() == store::Code::ConsentEnded.as_str() => {
            let is_withdrawn = consent::record(tx, id).await?.state == State::Withdrawn;
            if is_withdrawn { Ok(None) } else { Err(error) }
        }
        done => done.map(Some),
    }
}

/// Withdraws, moves the open visits that stood on the consent, and writes the entry.
async fn withdraw(
    tx: &mut Tx,
    desk: &Desk,
    now: Timestamp,
    id: &ConsentId,
    (told, actor): (&ledger::Actor, &Actor),
) -> Result<(Position, Ended)> {
    let means = desk.means(now);
    let ended = consent::withdraw(tx, &means, told, By::Consent(id)).await?;
    let lapsed = leave_visits(tx, desk, now, (&ended, actor)).await?;
    let shard = ended.affected.first().map_or(Shard::Register, |first| Shard::Office(first.office.clone()));
    let pseudonym = person::get(tx, &ended.person).await?.pseudonym;
    let Deleted { templates, frames, keys, evidences } = ended.deleted;
    let act = ledger::Act {
        person: Some(&pseudonym),
        service: Some(&ended.service),
        visit: ended.affected.first().map(|first| &first.visit),
        consent: Some(id),
        ..ledger::Act::new(Kind::ConsentWithdrawn, shard, told)
    };
    let act = act
        .fact("templates", templates as i64)
        .fact("frames", frames as i64)
        .fact("keys", keys as i64)
        .fact("evidences", evidences as i64);
    let position = ledger::append(tx, &means, &act).await?;
    tell_lapsed(tx, told, &lapsed).await?;
    Ok((position, ended))
}

/// Sends the persons of open visits whose consent has ended the other way; a report by their face falls. The caller writes the entry, and then
/// those of the reports that fell, which are given with the visits and places that they were about. When time
/// ended the consent, the actor is the person too: nobody else may end the face way on this ground.
///
/// # Errors
/// The codes of the state machine and of the database.
pub(super) async fn leave_visits<'d>(
    tx: &mut Tx,
    desk: &'d Desk,
    now: Timestamp,
    (ended, actor): (&Ended, &Actor),
) -> Result<Vec<(Scene<'d>, u32)>> {
    let mut lapsed = Vec::new();
    for affected in &ended.affected {
        let mut scene = Scene::lock(tx, desk, now, (&affected.office, &affected.visit)).await?;
        let person = scene.place_of(&affected.visit_person)?;
        let report = match scene.state.phase() {
            Phase::Reported(_) => Some(waiting(tx, &scene).await?),
            _ => None,
        };
        let facts = scene.nothing();
        scene.step(tx, &Act::WithdrawConsent { person: person as usize }, actor, &facts).await?;
        if let (Some(report), Phase::Open) = (report, scene.state.phase()) {
            incident::lapse(tx, &scene.visit, &report.id).await?;
            lapsed.push((scene, person));
        }
    }
    Ok(lapsed)
}

/// Says in the ledger which reports fell with the consent.
pub(super) async fn tell_lapsed(tx: &mut Tx, told: &ledger::Actor, lapsed: &[(Scene<'_>, u32)]) -> Result<()> {
    for (scene, person) in lapsed {
        visit::lapsed(tx, scene, told, (*person, "consent-ended")).await?;
    }
    Ok(())
}

/// The certificate of a withdrawal. It is signed after the commit, so that a key that cannot be had hinders no withdrawal.
async fn certificate(
    desk: &Desk,
    now: Timestamp,
    id: &ConsentId,
    (position, ended): (Option<Position>, Option<Ended>),
) -> Result<Withdrawn> {
    let mut tx = desk.db.read().await?;
    let record = consent::record(&mut tx, id).await?;
    let sub = person::get(&mut tx, &record.person).await?.pseudonym;
    drop(tx);
    let deleted = ended.map_or_else(DeletedView::default, |ended| {
        let Deleted { templates, frames, keys, evidences } = ended.deleted;
        DeletedView { templates, frames, keys, evidences }
    });
    let place = position.map(|Position { shard, seq }| PositionView { shard: shard.to_string(), seq });
    signed(desk, now, (&record, sub), (place, deleted))
}

fn signed(
    desk: &Desk,
    now: Timestamp,
    (record, sub): (&Record, String),
    (ledger, deleted): (Option<PositionView>, DeletedView),
) -> Result<Withdrawn> {
    let withdrawn = record.events.iter().find(|event| event.kind == State::Withdrawn).map_or(now, |event| event.at);
    let claims = Certificate {
        iss: desk.settings.public_url.clone(),
        jti: record.id.clone(),
        sub,
        iat: now.as_second(),
        withdrawn_at: withdrawn.as_second(),
        deleted,
        ledger,
    };
    let certificate = jws::sign(desk.ring.as_ref(), SignUse::Receipt, CERTIFICATE_TYPE, &claims)?;
    Ok(Withdrawn { certificate, claims })
}
