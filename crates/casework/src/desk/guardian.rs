//! Guardianships: who answers for a child.

use super::admin::{act, beginning};
use super::{Desk, by, in_transaction};
use crate::error::Result;
use crate::permission::Permission;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::Tx;
use store::id::{GuardianId, PersonId};
use store::ledger::{self, Act, Kind, Shard};
use store::person;
use store::person::guardian::{self as rows, NewGuardian};
use store::session::SignedIn;
use utoipa::ToSchema;

/// A guardianship that is to be noted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardianNew {
    /// Who.
    pub guardian: PersonId,
    /// On which ground, as a code word: `parent`, `court-order`.
    pub ground: String,
    /// The first day on which it counts.
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    /// The first day on which it counts no more, such as the one on which the child comes of age.
    #[schema(value_type = String, format = Date)]
    pub until: Date,
}

/// A guardianship.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GuardianView {
    /// Its id.
    pub id: GuardianId,
    /// For whom.
    pub child: PersonId,
    /// Who.
    pub guardian: PersonId,
    /// On which ground.
    pub ground: String,
    /// From when it counts.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// Until when it counts.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// When it was ended before its time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
}

impl From<rows::Guardian> for GuardianView {
    fn from(row: rows::Guardian) -> Self {
        let rows::Guardian { id, child, guardian, ground, since, until, ended_at } = row;
        Self { id, child, guardian, ground, since, until, ended_at }
    }
}

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
