//! Operators: clerks, supervisors, auditors, administrators, protection officers. Who they are and what they may; how they prove it stands in
//! [`credential`], [`invitation`] and [`throttle`].

pub mod credential;
pub mod invitation;
pub mod throttle;

use crate::error::{Error, Result};
use crate::field;
use crate::id::{OfficeId, OperatorId};
use crate::limits::{NAME_BYTES_MAX, Window, maybe_moment, moment, rows};
use crate::tx::Tx;
use crate::{Code, Means, Table, office, session};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;
use std::collections::BTreeSet;

/// Most roles of an operator.
const ROLES_MAX: usize = 8;
/// Shortest and longest login, bytes.
const LOGIN_BYTES: std::ops::RangeInclusive<usize> = 2..=64;

/// An operator as it is to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewOperator<'a> {
    /// The login: letters, digits, and `. _ @ -`; upper case counts as lower case.
    pub login: &'a str,
    /// The name, at most 200 bytes.
    pub name: &'a str,
    /// Where the operator works; none for those who work for all offices.
    pub office: Option<&'a OfficeId>,
    /// Names of roles; what they allow is not the store's matter.
    pub roles: &'a [String],
    /// Until when the training counts.
    pub trained_until: Option<Timestamp>,
}

/// What may be changed about an operator.
#[derive(Clone, Copy, Debug)]
pub struct Changes<'a> {
    /// Where the operator works.
    pub office: Option<&'a OfficeId>,
    /// Names of roles.
    pub roles: &'a [String],
    /// Until when the training counts.
    pub trained_until: Option<Timestamp>,
}

/// An operator.
#[derive(Clone, Debug, Serialize)]
pub struct Operator {
    /// The id.
    pub id: OperatorId,
    /// The login, in lower case.
    pub login: String,
    /// The name.
    pub name: String,
    /// Where the operator works.
    pub office: Option<OfficeId>,
    /// Names of roles, sorted.
    pub roles: Vec<String>,
    /// Until when the training counts.
    pub trained_until: Option<Timestamp>,
    /// When the operator was added.
    pub created_at: Timestamp,
    /// When the operator was disabled.
    pub disabled_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    login: String,
    name: String,
    office_id: Option<String>,
    roles: String,
    trained_until_ms: Option<i64>,
    created_at_ms: i64,
    disabled_at_ms: Option<i64>,
}

impl Row {
    fn operator(self) -> Result<Operator> {
        Ok(Operator {
            id: self.id.try_into()?,
            login: self.login,
            name: self.name,
            office: self.office_id.map(OfficeId::try_from).transpose()?,
            roles: field::from_json(&self.roles)?,
            trained_until: maybe_moment(self.trained_until_ms)?,
            created_at: moment(self.created_at_ms)?,
            disabled_at: maybe_moment(self.disabled_at_ms)?,
        })
    }
}

/// Adds an operator without credentials; [`invitation`] lets them be set.
pub(crate) async fn insert(tx: &mut Tx, means: &Means<'_>, new: &NewOperator<'_>) -> Result<OperatorId> {
    let login = normal_login(new.login)?;
    field::text("the name", new.name, NAME_BYTES_MAX)?;
    let roles = roles_text(new.roles)?;
    if let Some(office) = new.office {
        office::require_open(tx, office).await?;
    }
    let id = OperatorId::new(means);
    tx.run(
        sqlx::query(
            "INSERT INTO operators (id, login, name, office_id, roles, trained_until_ms, created_at_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id.as_str())
        .bind(login)
        .bind(new.name)
        .bind(new.office.map(OfficeId::as_str))
        .bind(roles)
        .bind(new.trained_until.map(Timestamp::as_millisecond))
        .bind(means.now_ms()),
    )
    .await?;
    tx.touch(Table::Operators, id.as_str());
    Ok(id)
}

/// Changes an operator's office, roles and training date. Open sessions follow at once, since they read them at each request.
///
/// # Errors
/// `not-found`, `office-closed`, `row-invalid`; the codes of the database.
pub async fn change(tx: &mut Tx, id: &OperatorId, changes: &Changes<'_>) -> Result<()> {
    let roles = roles_text(changes.roles)?;
    if let Some(office) = changes.office {
        office::require_open(tx, office).await?;
    }
    let changed = tx
        .run(
            sqlx::query("UPDATE operators SET office_id = $1, roles = $2, trained_until_ms = $3 WHERE id = $4")
                .bind(changes.office.map(OfficeId::as_str))
                .bind(roles)
                .bind(changes.trained_until.map(Timestamp::as_millisecond))
                .bind(id.as_str()),
        )
        .await?;
    found(changed)?;
    tx.touch(Table::Operators, id.as_str());
    Ok(())
}

/// Disables an operator: all sessions are revoked and open invitations end.
///
/// # Errors
/// `not-found`; `conflict` when the operator is disabled already; the codes of the database.
pub async fn disable(tx: &mut Tx, means: &Means<'_>, id: &OperatorId) -> Result<()> {
    set_disabled(tx, id, Some(means.now_ms())).await?;
    session::revoke_all(tx, means, id).await?;
    invitation::end_all(tx, means, id).await
}

/// Lets a disabled operator work again, with the credentials of before. Sessions stay revoked.
///
/// # Errors
/// `not-found`; `conflict` when the operator is not disabled; the codes of the database.
pub async fn enable(tx: &mut Tx, id: &OperatorId) -> Result<()> {
    set_disabled(tx, id, None).await
}

async fn set_disabled(tx: &mut Tx, id: &OperatorId, disabled_at_ms: Option<i64>) -> Result<()> {
    let before = get(tx, id).await?;
    if before.disabled_at.is_some() == disabled_at_ms.is_some() {
        return Err(Error::new(Code::Conflict, "the operator is so already"));
    }
    tx.run(
        sqlx::query("UPDATE operators SET disabled_at_ms = $1 WHERE id = $2").bind(disabled_at_ms).bind(id.as_str()),
    )
    .await?;
    tx.touch(Table::Operators, id.as_str());
    Ok(())
}

/// One operator.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn get(tx: &mut Tx, id: &OperatorId) -> Result<Operator> {
    let row: Row = tx
        .one(
            sqlx::query(
                "SELECT id, login, name, office_id, roles, trained_until_ms, created_at_ms, disabled_at_ms \
                 FROM operators WHERE id = $1",
            )
            .bind(id.as_str()),
        )
        .await?;
    row.operator()
}

/// The operator with this login; none when nobody has it.
///
/// # Errors
/// The codes of the database.
pub async fn by_login(tx: &mut Tx, login: &str) -> Result<Option<Operator>> {
    let Ok(login) = normal_login(login) else { return Ok(None) };
    let row: Option<Row> = tx
        .maybe(
            sqlx::query(
                "SELECT id, login, name, office_id, roles, trained_until_ms, created_at_ms, disabled_at_ms \
                 FROM operators WHERE login = $1",
            )
            .bind(login),
        )
        .await?;
    row.map(Row::operator).transpose()
}

/// All operators, or those of one office, in the order of their logins; disabled ones too.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, office: Option<&OfficeId>) -> Result<Vec<Operator>> {
    let rows: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT id, login, name, office_id, roles, trained_until_ms, created_at_ms, disabled_at_ms \
                 FROM operators WHERE $1 = '' OR office_id = $1 ORDER BY login",
            )
            .bind(office.map_or("", OfficeId::as_str)),
        )
        .await?;
    rows.into_iter().map(Row::operator).collect()
}

/// A page of the same.
///
/// # Errors
/// The codes of the database.
pub async fn page(tx: &mut Tx, office: Option<&OfficeId>, window: Window<'_, OperatorId>) -> Result<Vec<Operator>> {
    let found: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT id, login, name, office_id, roles, trained_until_ms, created_at_ms, disabled_at_ms \
                 FROM operators WHERE ($1 = '' OR office_id = $1) \
                 AND ($2 = '' OR login > (SELECT login FROM operators WHERE id = $2)) ORDER BY login LIMIT $3",
            )
            .bind(office.map_or("", OfficeId::as_str))
            .bind(window.after.map_or("", OperatorId::as_str))
            .bind(rows(window.limit)),
        )
        .await?;
    found.into_iter().map(Row::operator).collect()
}

/// A login as it is stored and looked up.
pub(crate) fn normal_login(login: &str) -> Result<String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._@-".contains(&b);
    let login = login.trim();
    if LOGIN_BYTES.contains(&login.len()) && login.bytes().all(allowed) {
        return Ok(login.to_ascii_lowercase());
    }
    Err(Error::new(Code::RowInvalid, "a login is 2 to 64 letters, digits, dots, underscores, hyphens or @"))
}

/// The roles as the text of their column: sorted, each once.
fn roles_text(roles: &[String]) -> Result<String> {
    for role in roles {
        field::word("a role", role)?;
    }
    let roles: BTreeSet<&String> = roles.iter().collect();
    if roles.is_empty() || roles.len() > ROLES_MAX {
        return Err(Error::new(Code::RowInvalid, format!("an operator has 1 to {ROLES_MAX} roles")));
    }
    field::to_json(&roles)
}

fn found(changed: u64) -> Result<()> {
    if changed == 0 { Err(Error::new(Code::NotFound, "there is no such operator")) } else { Ok(()) }
}
