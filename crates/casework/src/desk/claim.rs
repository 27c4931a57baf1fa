//! Naming the persons of a visit. A claim that is refused is a use of the register all the same: it stands in the ledger, without the number,
//! and whoever is refused too often waits.

use super::admin::home;
use super::scene::{NOTHING, Note, Scene};
use super::view::{self, VisitView};
use super::{Desk, by, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{CLAIMS_REFUSED_MAX, CLAIMS_REFUSED_MINUTES};
use crate::permission::Permission;
use crate::visit::{Act, PersonFacts};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use store::id::VisitId;
use store::ledger::{self, Kind, search};
use store::session::SignedIn;
use store::{Tx, person};
use utoipa::ToSchema;

/// Who a person of the visit claims to be.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The place, from 0, in the order of the service's roles.
    pub person: u32,
    /// The identity number.
    pub number: String,
}

impl std::fmt::Debug for Claim {
    /// Without the number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Claim({})", self.person)
    }
}

/// A claim that was carried out, or the refusal of one that stands in the ledger.
type Claimed = Result<VisitView>;

/// Names the person at a place of the visit. The entry of this act also speaks for the name and the masked number that the visit shows from now
/// on, until it is closed. A number that nobody has, a person who may not be claimed and another office's visit are refused with an entry.
///
/// # Errors
/// `permission-missing`; `person-unknown`, `person-locked`, `person-deceased`, `number-invalid`; `claims-wait` after too many refusals;
/// `visit-person-twice`, `visit-person-unknown`, `transition-refused`, `visit-decided`; `not-found`; the codes of the database.
pub async fn claim(desk: &Desk, by: &SignedIn, now: Timestamp, visit: &VisitId, request: &Claim) -> Result<VisitView> {
    by::require(by, Permission::VisitRun, now)?;
    let office = by::office(by)?;
    let claimed: Result<Claimed> = in_transaction!(desk, tx => async {
        not_too_many(tx, by, now).await?;
        match Scene::lock(tx, desk, now, (office, visit)).await {
            Err(error) if error.code() == store::Code::NotFound.as_str() => {
                elsewhere(tx, desk, by, now, (visit, error)).await
            }
            scene => claimed(tx, &mut scene?, by, now, request).await,
        }
    }.await);
    claimed?
}

/// Refuses an operator of whom too many claims were refused lately.
async fn not_too_many(tx: &mut Tx, by: &SignedIn, now: Timestamp) -> Result<()> {
    let from = now.saturating_sub(SignedDuration::from_mins(CLAIMS_REFUSED_MINUTES)).unwrap_or(Timestamp::MIN);
    let refused = search::count(tx, (&by::ledger(by), Kind::ClaimRefused), from, CLAIMS_REFUSED_MAX).await?;
    if refused < CLAIMS_REFUSED_MAX {
        return Ok(());
    }
    Err(Error::new(Code::ClaimsWait, format!("{refused} were refused within {CLAIMS_REFUSED_MINUTES} minutes")))
}

/// Refuses a claim in another office's visit. The number is not looked up. A visit that is nowhere leaves no entry: nobody was meant.
async fn elsewhere(
    tx: &mut Tx,
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    (visit, error): (&VisitId, Error),
) -> Result<Claimed> {
    let Some(owner) = store::visit::office_of(tx, visit).await? else { return Err(error) };
    let actor = by::ledger(by);
    let act = ledger::Act { visit: Some(visit), ..ledger::Act::new(Kind::ClaimRefused, home(by.office()), &actor) };
    let act = act.fact("code", error.code()).fact("office_of_visit", owner.as_str());
    ledger::append(tx, &desk.means(now), &act).await?;
    Ok(Err(error))
}

async fn claimed(
    tx: &mut Tx,
    scene: &mut Scene<'_>,
    by: &SignedIn,
    now: Timestamp,
    request: &Claim,
) -> Result<Claimed> {
    let (act, actor) = (Act::Claim { person: request.person as usize }, by::actor(by, now)?);
    // The state first, so that no number is looked up where nobody can be claimed.
    scene.after(&act, &actor, &scene.nothing())?;
    let means = scene.means();
    let Some(found) = person::find_by_number(tx, &means, &request.number).await? else {
        let unknown = store::Error::new(store::Code::PersonUnknown, "nobody in the register has this number");
        return refused(tx, scene, by, (None, unknown.into())).await;
    };
    let found = person::lock(tx, &found.id).await?;
    if let Err(error) = person::usable(found.state) {
        return refused(tx, scene, by, (Some(&found.pseudonym), error.into())).await;
    }
    let claimed_twice = scene.visit.persons.iter().any(|place| place.person == found.id);
    let facts = scene.only(request.person, PersonFacts { claimed_twice, ..NOTHING });
    let next = match scene.after(&act, &actor, &facts) {
        Ok(next) => next,
        Err(error) => return refused(tx, scene, by, (Some(&found.pseudonym), error)).await,
    };
    scene.join(tx, request.person, &found.id, next).await?;
    let desk = scene.desk();
    let comparable = !view::usable(tx, desk, now, (&found.id, scene.service)).await?.is_empty();
    let note = Note::about(Kind::VisitClaimed, request.person).fact("comparable", comparable);
    scene.note(tx, &by::ledger(by), note).await?;
    view::of(tx, desk, by, now, &scene.visit).await.map(Ok)
}

/// Writes the entry of a refusal: who tried, in which visit, whom it meant, and why not.
async fn refused(
    tx: &mut Tx,
    scene: &Scene<'_>,
    by: &SignedIn,
    (pseudonym, error): (Option<&str>, Error),
) -> Result<Claimed> {
    let actor = by::ledger(by);
    let act = ledger::Act {
        person: pseudonym,
        service: Some(&scene.visit.service),
        visit: Some(&scene.visit.id),
        ..ledger::Act::new(Kind::ClaimRefused, home(Some(&scene.visit.office)), &actor)
    };
    ledger::append(tx, &scene.means(), &act.fact("code", error.code())).await?;
    Ok(Err(error))
}
