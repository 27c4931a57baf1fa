//! Guardianships: who answers for a child.

use super::admin::{act, beginning};
use super::person::{GuardianNew, GuardianView};
use super::{Desk, by, in_transaction};
use crate::error::Result;
use crate::permission::Permission;
use jiff::Timestamp;
use store::Tx;
use store::id::{GuardianId, PersonId};
use store::ledger::{self, Act, Kind, Shard};
use store::person;
use store::person::guardian::{self as rows, NewGuardian};
use store::session::SignedIn;

/// Notes a guardianship for a child.
///
/// # Errors
/// `permission-missing`; `already-exists`, `not-found`, `person-locked`, `person-deceased`, `person-unknown`, `row-invalid`; the codes of the
/// database.
pub async fn set(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    child: &PersonId,
    request: &GuardianNew,
) -> Result<GuardianView> {
    by::require(by, Permission::RegisterWrite, now)?;
    let means = desk.means(now);
    let (since, until) = (beginning(request.since)?, beginning(request.until)?);
    let new = NewGuardian { child, guardian: &request.guardian, ground: &request.ground, since, until };
    in_transaction!(desk, tx => async {
        let id = rows::set(tx, &means, &new).await?;
        said(desk, tx, by, now, (child, "set")).await?;
        Ok(GuardianView {
            id,
            child: child.clone(),
            guardian: request.guardian.clone(),
            ground: request.ground.clone(),
            since,
            until,
            ended_at: None,
        })
    }.await)
}

/// Ends a guardianship of a child that counts now.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn end(desk: &Desk, by: &SignedIn, now: Timestamp, child: &PersonId, id: &GuardianId) -> Result<()> {
    by::require(by, Permission::RegisterWrite, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let standing = rows::guardians_of(tx, &means, child).await?;
        if !standing.iter().any(|guardian| guardian.id == *id) {
            return Err(store::Error::new(store::Code::NotFound, "the child has no such guardian").into());
        }
        rows::end(tx, &means, id).await?;
        said(desk, tx, by, now, (child, "ended")).await
    }.await)
}

/// The guardians of a child who count now.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn list(desk: &Desk, by: &SignedIn, now: Timestamp, child: &PersonId) -> Result<Vec<GuardianView>> {
    by::require(by, Permission::PersonFind, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let pseudonym = person::get(tx, child).await?.pseudonym;
        let listed = rows::guardians_of(tx, &means, child).await?;
        let actor = by::ledger(by);
        let mut act = act(Kind::PersonRead, by, &actor).fact("what", "guardians");
        act.person = Some(&pseudonym);
        ledger::append(tx, &means, &act).await?;
        Ok(listed.into_iter().map(GuardianView::from).collect())
    }.await)
}

async fn said(
    desk: &Desk,
    tx: &mut Tx,
    by: &SignedIn,
    now: Timestamp,
    (child, event): (&PersonId, &'static str),
) -> Result<()> {
    let pseudonym = person::get(tx, child).await?.pseudonym;
    let actor = by::ledger(by);
    let mut act = Act::new(Kind::GuardianSet, Shard::Register, &actor).fact("event", event);
    act.person = Some(&pseudonym);
    ledger::append(tx, &desk.means(now), &act).await?;
    Ok(())
}
