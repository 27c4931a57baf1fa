//! Who acts, as the records know them and as the rules ask for them.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission::{self, Permission, Role, Roles};
use crate::visit::{Actor, Operator, OperatorRef};
use jiff::Timestamp;
use store::id::OfficeId;
use store::ledger;
use store::session::{Factor, SignedIn};

/// The roles of who is signed in.
///
/// # Errors
/// `role-unknown`, `roles-conflict` when the record holds what no operator may hold.
pub fn roles(by: &SignedIn) -> Result<Roles> {
    let roles: Vec<Role> = by.roles().iter().map(|role| Role::require(role)).collect::<Result<_>>()?;
    Roles::of(&roles)
}

/// True if the training of who is signed in counts at `now`.
pub fn trained(by: &SignedIn, now: Timestamp) -> bool {
    by.trained_until().is_some_and(|until| now < until)
}

/// Refuses unless who is signed in may do this now. An invitation link opens nothing but the setting of credentials.
///
/// # Errors
/// `permission-missing`, `training-expired`.
pub fn require(by: &SignedIn, permission: Permission, now: Timestamp) -> Result<()> {
    if by.factor() == Factor::Invitation {
        return Err(Error::new(Code::PermissionMissing, "an invitation is good for setting credentials only"));
    }
    permission::require(roles(by)?, permission)?;
    if permission.needs_training() && !trained(by, now) {
        return Err(Error::new(Code::TrainingExpired, format!("{permission} needs training that counts today")));
    }
    Ok(())
}

/// The office in which who is signed in works; acts at the counter need one.
///
/// # Errors
/// `permission-missing` for an operator of no office.
pub fn office(by: &SignedIn) -> Result<&OfficeId> {
    by.office().ok_or_else(|| Error::new(Code::PermissionMissing, "the operator belongs to no office"))
}

/// Who is signed in, for the state machine.
pub(super) fn actor(by: &SignedIn, now: Timestamp) -> Result<Actor> {
    let id = OperatorRef::new(by.operator().as_str())?;
    Ok(Actor::Operator(Operator { id, roles: roles(by)?, trained: trained(by, now) }))
}

/// Who is signed in, for the ledger.
pub(super) fn ledger(by: &SignedIn) -> ledger::Actor {
    ledger::Actor::Operator(by.operator().clone())
}
