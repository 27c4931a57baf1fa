//! Operators, as administrators keep them. Nobody changes their own record, so that nobody gives themselves a role; and as long as nobody
//! can, an administrator is always left.

use super::admin::{beginning, day};
use super::office::seen;
use super::{Desk, Secret, by, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::TRAINING_DAYS_MAX;
use crate::permission::{Permission, Role, Roles, training_ends};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::Tx;
use store::id::{OfficeId, OperatorId};
use store::ledger::{self, Act, Kind, Shard};
use store::limits::Window;
use store::operator::{self as rows, Changes, NewOperator, invitation, throttle};
use store::session::SignedIn;
use utoipa::ToSchema;

/// What an operator may do, where, and since when trained.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// Where the operator works; needed for clerks and supervisors.
    #[serde(default)]
    pub office: Option<OfficeId>,
    /// Names of roles: `clerk`, `supervisor`, or one alone of `auditor`, `administrator`, `protection-officer`.
    pub roles: Vec<String>,
    /// The day on which the training in comparing faces was last assessed; it counts for a year.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub trained_on: Option<Date>,
}

/// An operator who is to be invited.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OperatorNew {
    /// The login: letters, digits, and `. _ @ -`.
    pub login: String,
    /// The name.
    pub name: String,
    /// What the operator may do.
    pub standing: Standing,
}

/// A one-time link's secret part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Invitation {
    /// Who is invited.
    pub operator: OperatorId,
    /// The secret part of the link; told this once.
    pub token: Secret,
    /// Until when the link is good.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// An operator.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OperatorView {
    /// The id.
    pub id: OperatorId,
    /// The login.
    pub login: String,
    /// The name.
    pub name: String,
    /// Where the operator works.
    pub office: Option<OfficeId>,
    /// Names of roles.
    pub roles: Vec<String>,
    /// Until when the training counts.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub trained_until: Option<Timestamp>,
    /// When the operator was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the operator was disabled.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// Until when too many failed sign-ins lock the login, if they do.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub locked_until: Option<Timestamp>,
}

async fn view(tx: &mut Tx, now: Timestamp, row: rows::Operator) -> Result<OperatorView> {
    let locked_until = throttle::get(tx, &row.id).await?.locked_until;
    Ok(OperatorView {
        id: row.id,
        login: row.login,
        name: row.name,
        office: row.office,
        roles: row.roles,
        trained_until: row.trained_until,
        created_at: row.created_at,
        disabled_at: row.disabled_at,
        locked_until: Some(locked_until).filter(|until| *until > now),
    })
}

/// A standing that was looked through.
struct Checked {
    roles: Vec<String>,
    named: String,
    trained_until: Option<Timestamp>,
}

impl Standing {
    fn check(&self, now: Timestamp) -> Result<Checked> {
        let roles = self.roles.iter().map(|role| Role::require(role)).collect::<Result<Vec<_>>>()?;
        let roles = Roles::of(&roles)?;
        if roles.iter().next().is_none() {
            return Err(Error::new(Code::RoleUnknown, "an operator has at least one role"));
        }
        if self.office.is_none() && !roles.iter().any(Role::stands_alone) {
            return Err(Error::new(Code::OfficeMissing, "clerks and supervisors work in an office"));
        }
        let until = |assessed: Date| {
            // A day ahead of ours may be today elsewhere.
            if assessed > day(now).tomorrow().unwrap_or(Date::MAX) {
                return Err(Error::new(Code::TrainingAhead, "the day of the assessment lies ahead"));
            }
            beginning(training_ends(assessed).tomorrow().unwrap_or(Date::MAX))
        };
        let trained_until = self.trained_on.map(until).transpose()?;
        Ok(Checked {
            roles: roles.iter().map(|role| role.as_str().to_owned()).collect(),
            named: roles.to_string(),
            trained_until,
        })
    }
}

fn invitation(invited: &invitation::Invited) -> Invitation {
    Invitation {
        operator: invited.operator.clone(),
        token: Secret::new(invited.token.as_str()),
        expires_at: invited.expires_at,
    }
}

/// Refuses that somebody changes their own record.
fn refuse_own(by: &SignedIn, id: &OperatorId) -> Result<()> {
    if by.operator() == id { Err(Error::new(Code::OwnRecord, "it is the own record")) } else { Ok(()) }
}

/// Refuses a change after which nobody could administer. To be called after the entry was appended: appending makes administrators wait for
/// each other, so that two who disable each other at once do not both succeed.
async fn require_administrator(tx: &mut Tx) -> Result<()> {
    let administers = |operator: &rows::Operator| {
        operator.disabled_at.is_none() && operator.roles.iter().any(|role| role == Role::Administrator.as_str())
    };
    if rows::list(tx, None).await?.iter().any(administers) {
        return Ok(());
    }
    Err(Error::new(Code::LastAdministrator, "no administrator would be left"))
}

/// Invites a new operator.
///
/// # Errors
/// `permission-missing`; `role-unknown`, `roles-conflict`, `office-missing`, `training-ahead`; `already-exists`, `office-closed`, `not-found`,
/// `row-invalid`, `text-too-long`; the codes of the database.
pub async fn invite(desk: &Desk, by: &SignedIn, now: Timestamp, request: &OperatorNew) -> Result<Invitation> {
    by::require(by, Permission::OperatorManage, now)?;
    let (means, checked) = (desk.means(now), request.standing.check(now)?);
    in_transaction!(desk, tx => async {
        let new = NewOperator {
            login: &request.login,
            name: &request.name,
            office: request.standing.office.as_ref(),
            roles: &checked.roles,
            trained_until: checked.trained_until,
        };
        let invited = invitation::invite(tx, &means, &new).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::OperatorAdded, Shard::Register, &actor).fact("operator", invited.operator.as_str());
        ledger::append(tx, &means, &act.fact("roles", checked.named.as_str())).await?;
        Ok(invitation(&invited))
    }.await)
}

/// Invites an operator again who lost the credentials.
///
/// # Errors
/// `permission-missing`; `own-record`; `not-found`, `operator-disabled`; the codes of the database.
pub async fn invite_again(desk: &Desk, by: &SignedIn, now: Timestamp, id: &OperatorId) -> Result<Invitation> {
    by::require(by, Permission::OperatorManage, now)?;
    refuse_own(by, id)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let invited = invitation::invite_again(tx, &means, id).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::OperatorAdded, Shard::Register, &actor).fact("operator", id.as_str()).fact("again", true);
        ledger::append(tx, &means, &act).await?;
        Ok(invitation(&invited))
    }.await)
}

/// Changes an operator's office, roles and training.
///
/// # Errors
/// `permission-missing`; `own-record`; `last-administrator`; those of [`invite`].
pub async fn change(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    id: &OperatorId,
    request: &Standing,
) -> Result<OperatorView> {
    by::require(by, Permission::OperatorManage, now)?;
    refuse_own(by, id)?;
    let (means, checked) = (desk.means(now), request.check(now)?);
    in_transaction!(desk, tx => async {
        let changes = Changes {
            office: request.office.as_ref(),
            roles: &checked.roles,
            trained_until: checked.trained_until,
        };
        rows::change(tx, id, &changes).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::OperatorChanged, Shard::Register, &actor).fact("operator", id.as_str());
        ledger::append(tx, &means, &act.fact("roles", checked.named.as_str())).await?;
        require_administrator(tx).await?;
        let row = rows::get(tx, id).await?;
        view(tx, now, row).await
    }.await)
}

/// Disables an operator: all sessions and invitations end.
///
/// # Errors
/// `permission-missing`; `own-record`; `last-administrator`; `not-found`; `conflict` when disabled already; the codes of the database.
pub async fn disable(desk: &Desk, by: &SignedIn, now: Timestamp, id: &OperatorId) -> Result<OperatorView> {
    by::require(by, Permission::OperatorManage, now)?;
    refuse_own(by, id)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        rows::disable(tx, &means, id).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::OperatorDisabled, Shard::Register, &actor).fact("operator", id.as_str());
        ledger::append(tx, &means, &act).await?;
        require_administrator(tx).await?;
        let row = rows::get(tx, id).await?;
        view(tx, now, row).await
    }.await)
}

/// Lets a disabled operator work again, with the credentials of before.
///
/// # Errors
/// `permission-missing`; `own-record`; `not-found`; `conflict` when not disabled; the codes of the database.
pub async fn enable(desk: &Desk, by: &SignedIn, now: Timestamp, id: &OperatorId) -> Result<OperatorView> {
    by::require(by, Permission::OperatorManage, now)?;
    refuse_own(by, id)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        rows::enable(tx, id).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::OperatorChanged, Shard::Register, &actor).fact("operator", id.as_str());
        ledger::append(tx, &means, &act.fact("enabled", true)).await?;
        let row = rows::get(tx, id).await?;
        view(tx, now, row).await
    }.await)
}

/// A page of all operators for an administrator, of those of the own office for a supervisor, in the order of their logins.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn list(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    window: Window<'_, OperatorId>,
) -> Result<Vec<OperatorView>> {
    let seen = seen(by, now)?;
    let mut tx = desk.db.read().await?;
    let mut views = Vec::new();
    for row in rows::page(&mut tx, seen, window).await? {
        views.push(view(&mut tx, now, row).await?);
    }
    Ok(views)
}

/// One operator.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn get(desk: &Desk, by: &SignedIn, now: Timestamp, id: &OperatorId) -> Result<OperatorView> {
    by::require(by, Permission::OperatorManage, now)?;
    let mut tx = desk.db.read().await?;
    let row = rows::get(&mut tx, id).await?;
    view(&mut tx, now, row).await
}

/// The day on which a training was assessed that counts until this moment, and the last day on which it counts.
pub fn training_days(until: Timestamp) -> (Date, Date) {
    let end = day(until);
    let assessed = end.saturating_sub(jiff::Span::new().days(TRAINING_DAYS_MAX));
    (assessed, training_ends(assessed))
}

/// Who is signed in, as a page shows it.
///
/// # Errors
/// The codes of the database.
pub async fn own(desk: &Desk, by: &SignedIn, now: Timestamp) -> Result<OperatorView> {
    let mut tx = desk.db.read().await?;
    let row = rows::get(&mut tx, by.operator()).await?;
    view(&mut tx, now, row).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_days_of_a_training_are_found_again() {
        for assessed in [date(2026, 11, 21), date(2028, 2, 29), date(2027, 3, 1)] {
            let until = beginning(training_ends(assessed).tomorrow().unwrap()).unwrap();
            assert_eq!(training_days(until), (assessed, training_ends(assessed)));
        }
    }
}
