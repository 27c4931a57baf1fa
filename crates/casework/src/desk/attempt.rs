//! Failed comparisons of a person for a purpose, and how many more there may be (NIST SP 800-63B §3.2.3); and those at a station and from a network
//! address (§3.2.2). They close the face way for a while, never the service: the other path is open at once.

use super::admin::act;
use super::scene::Scene;
use super::{Desk, by, in_transaction};
use crate::error::Result;
use crate::permission::Permission;
use crate::reason::{Reason, Use};
use crate::throttle::{Attempts, Gate, Limits};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeSet;
use store::id::{PersonId, StationId};
use store::ledger::{self, Kind};
use store::session::SignedIn;
use store::source::{self, Source};
use store::station::StationSeat;
use store::{Means, Tx, attempts};
use utoipa::ToSchema;

/// Which count of failed attempts is reset, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttemptsReset {
    /// The purpose for which they were counted, as its service names it.
    pub purpose: String,
    /// The reason code.
    pub reason: String,
}

/// How often comparisons of a person for one purpose have failed.
#[derive(Clone, Debug)]
pub struct AttemptsView {
    /// The purpose, as its service names it.
    pub purpose: String,
    /// In all, since the last reset.
    pub total: u32,
    /// Until when no comparison is made.
    pub blocked_until: Option<Timestamp>,
}

/// No laboratory has tested the liveness check as §3.2.3 demands it of presentation attack detection, so the stricter limits hold.
const ATTACK_DETECTION: bool = false;

fn counted(stored: attempts::Attempts) -> Attempts {
    let attempts::Attempts { consecutive, total, blocked_until } = stored;
    Attempts { consecutive, total, blocked_until }
}

fn stored(counted: Attempts) -> attempts::Attempts {
    let Attempts { consecutive, total, blocked_until } = counted;
    attempts::Attempts { consecutive, total, blocked_until }
}

async fn put(tx: &mut Tx, scene: &Scene<'_>, person: &PersonId, attempts: Attempts) -> Result<()> {
    Ok(attempts::put(tx, person, scene.service.purpose(), &stored(attempts)).await?)
}

/// Begins an attempt, which counts as failed until something else is known; says what the gate was before.
///
/// # Errors
/// `attempts-wait`, `attempts-exhausted`; the codes of the database.
pub(super) async fn begin(tx: &mut Tx, scene: &Scene<'_>, person: &PersonId) -> Result<Gate> {
    let means = scene.means();
    let limits = Limits::new(ATTACK_DETECTION);
    let before = counted(attempts::lock(tx, &means, person, scene.service.purpose()).await?);
    put(tx, scene, person, before.begin(limits, means.now)?).await?;
    Ok(before.gate(limits, means.now))
}

/// Takes back an attempt that yielded no comparison.
pub(super) async fn void(tx: &mut Tx, scene: &Scene<'_>, person: &PersonId) -> Result<()> {
    let begun = counted(attempts::lock(tx, &scene.means(), person, scene.service.purpose()).await?);
    put(tx, scene, person, begun.void()).await
}

/// Ends an attempt that yielded a comparison, for the person, the station and the address, and says how many of the person's had failed before it.
pub(super) async fn settle(
    tx: &mut Tx,
    scene: &Scene<'_>,
    seat: &StationSeat,
    person: &PersonId,
    succeeded: bool,
) -> Result<Attempts> {
    let means = scene.means();
    let begun = counted(attempts::lock(tx, &means, person, scene.service.purpose()).await?);
    if succeeded {
        put(tx, scene, person, begun.succeeded()).await?;
    }
    let station = Source::station(&means, seat.station());
    let sources = [(Some(&station), Limits::STATION), (seat.address(), Limits::ADDRESS)];
    for (source, limits) in sources.into_iter().filter_map(|(source, limits)| Some((source?, limits))) {
        // Not counted in advance: many captures go on at one address side by side, and nearly all of them succeed.
        let before = source::lock(tx, &means, source).await?.attempts;
        let before = counted(before);
        let after = if succeeded { before.succeeded() } else { before.failed(limits, means.now) };
        source::put(tx, &means, source, &stored(after)).await?;
    }
    Ok(begun.void())
}

/// Whether the next camera may be opened at a station, by what failed there and at the address from which it came last, or comes now.
pub(super) async fn at_station(
    tx: &mut Tx,
    means: &Means<'_>,
    (station, address): (&StationId, Option<&Source>),
) -> Result<Gate> {
    let station = source::get(tx, means, &Source::station(means, station)).await?;
    let gate = waits(&station, Limits::STATION, means.now);
    let Some(address) = address.or(station.via.as_ref()) else { return Ok(gate) };
    let address = source::get(tx, means, address).await?;
    Ok(gate.and(waits(&address, Limits::ADDRESS, means.now)))
}

/// Notes from where a station opens its camera.
pub(super) async fn came(tx: &mut Tx, means: &Means<'_>, seat: &StationSeat) -> Result<()> {
    let Some(address) = seat.address() else { return Ok(()) };
    Ok(source::came(tx, means, &Source::station(means, seat.station()), address).await?)
}

/// A station and an address are never off for good: at the worst until what is known of them is forgotten.
fn waits(known: &source::Known, limits: Limits, now: Timestamp) -> Gate {
    match (counted(known.attempts).gate(limits, now), known.forgotten) {
        (Gate::Off, Some(until)) => Gate::Wait(until),
        (gate, _) => gate,
    }
}

/// Whether the person's next attempt may begin.
pub(super) async fn of_person(tx: &mut Tx, person: &PersonId, purpose: &str, now: Timestamp) -> Result<Gate> {
    Ok(counted(attempts::get(tx, person, purpose).await?).gate(Limits::new(ATTACK_DETECTION), now))
}

/// For which purposes comparisons of a person have failed, and how often.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn list(desk: &Desk, by: &SignedIn, now: Timestamp, id: &PersonId) -> Result<Vec<AttemptsView>> {
    by::require(by, Permission::AttemptsReset, now)?;
    let means = desk.means(now);
    let purposes: BTreeSet<&str> = desk.services.all().iter().map(crate::Service::purpose).collect();
    in_transaction!(desk, tx => async {
        let pseudonym = store::person::get(tx, id).await?.pseudonym;
        let mut counted = Vec::new();
        for purpose in &purposes {
            let attempts::Attempts { total, blocked_until, .. } = attempts::get(tx, id, purpose).await?;
            if total > 0 {
                counted.push(AttemptsView { purpose: (*purpose).to_owned(), total, blocked_until });
            }
        }
        let actor = by::ledger(by);
        let mut act = act(Kind::PersonRead, by, &actor).fact("what", "attempts");
        act.person = Some(&pseudonym);
        ledger::append(tx, &means, &act).await?;
        Ok(counted)
    }.await)
}

/// Sets a person's count of failed comparisons for a purpose back to none, after another factor or a human has settled who the person is.
///
/// # Errors
/// `permission-missing`; `reason-missing`, `reason-unknown`, `reason-unfit`; `not-found` when nothing was counted; the codes of the database.
pub async fn reset(desk: &Desk, by: &SignedIn, now: Timestamp, id: &PersonId, request: &AttemptsReset) -> Result<()> {
    by::require(by, Permission::AttemptsReset, now)?;
    let AttemptsReset { purpose, reason } = request;
    let reason = Reason::require(Some(reason), &[Use::Reset])?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let pseudonym = store::person::get(tx, id).await?.pseudonym;
        attempts::reset(tx, id, purpose).await?;
        let actor = by::ledger(by);
        let mut act = act(Kind::AttemptsReset, by, &actor).fact("purpose", purpose.as_str()).fact("reason", reason.as_str());
        act.person = Some(&pseudonym);
        ledger::append(tx, &means, &act).await?;
        Ok(())
    }.await)
}
