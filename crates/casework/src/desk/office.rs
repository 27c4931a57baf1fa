//! Offices, as administrators keep them and supervisors see their own.

use super::{Desk, by, in_transaction};
use crate::error::Result;
use crate::permission::{Permission, Role};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::id::OfficeId;
use store::ledger::{self, Act, Kind, Shard};
use store::limits::Window;
use store::office::{self as rows, Contact, ContactKind, NewOffice};
use store::session::SignedIn;
use store::station::StationSeat;
use store::{Code, Error};
use utoipa::ToSchema;

/// One way to reach those who answer for an office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactView {
    /// Whom to tell when something is wrong: `email`, `phone` or `agency-inbox`. What everybody may know, and receipts say: `public-address`,
    /// `public-phone`.
    #[schema(value_type = String)]
    pub kind: ContactKind,
    /// The address or number.
    pub value: String,
}

/// An office that is to be added.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeNew {
    /// Its short name in lists and file names: lower-case letters, digits, inner dots and hyphens.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whom to tell when something is wrong there, and what receipts say of where it is.
    #[serde(default)]
    pub contacts: Vec<ContactView>,
}

/// What changes about an office.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeChange {
    /// Its name.
    pub name: String,
    /// Whom to tell when something is wrong there, and what receipts say of where it is.
    pub contacts: Vec<ContactView>,
}

/// An office.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OfficeView {
    /// Its id.
    pub id: OfficeId,
    /// Its short name.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whom to tell, and what receipts say of where it is.
    pub contacts: Vec<ContactView>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
}

impl From<rows::Office> for OfficeView {
    fn from(row: rows::Office) -> Self {
        let contacts = row.contacts.into_iter().map(|Contact { kind, value }| ContactView { kind, value });
        Self {
            id: row.id,
            code: row.code,
            name: row.name,
            contacts: contacts.collect(),
            created_at: row.created_at,
            closed_at: row.closed_at,
        }
    }
}

/// What everybody may know of an office: the notices promise it on the receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OfficePublic {
    /// Its name.
    pub name: String,
    /// Where it is; none while nobody entered it.
    pub addresses: Vec<String>,
    /// Its telephone numbers; none while nobody entered one.
    pub phones: Vec<String>,
}

impl From<rows::Office> for OfficePublic {
    fn from(row: rows::Office) -> Self {
        let of = |kind: ContactKind| {
            let known = row.contacts.iter().filter(|contact| contact.kind == kind);
            known.map(|contact| contact.value.clone()).collect()
        };
        Self { addresses: of(ContactKind::PublicAddress), phones: of(ContactKind::PublicPhone), name: row.name }
    }
}

fn contacts(views: &[ContactView]) -> Vec<Contact> {
    views.iter().map(|view| Contact { kind: view.kind, value: view.value.clone() }).collect()
}

/// Which offices who is signed in sees: all for an administrator, the own one for others who may.
pub(super) fn seen(by: &SignedIn, now: Timestamp) -> Result<Option<&OfficeId>> {
    by::require(by, Permission::OfficeSee, now)?;
    if by::roles(by)?.has(Role::Administrator) { Ok(None) } else { by::office(by).map(Some) }
}

/// Refuses an office that who is signed in does not see: it does not exist for them.
pub(super) fn require_seen(by: &SignedIn, now: Timestamp, id: &OfficeId) -> Result<()> {
    match seen(by, now)? {
        Some(own) if own != id => Err(Error::new(Code::NotFound, "there is no such office").into()),
        _ => Ok(()),
    }
}

/// Adds an office.
///
/// # Errors
/// `permission-missing`; `already-exists`, `row-invalid`, `text-too-long`; the codes of the database.
pub async fn add(desk: &Desk, by: &SignedIn, now: Timestamp, request: &OfficeNew) -> Result<OfficeView> {
    by::require(by, Permission::OfficeManage, now)?;
    let (means, contacts) = (desk.means(now), contacts(&request.contacts));
    in_transaction!(desk, tx => async {
        let id = rows::add(tx, &means, &NewOffice { code: &request.code, name: &request.name, contacts: &contacts }).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::OfficeOpened, Shard::Register, &actor).fact("office", id.as_str());
        ledger::append(tx, &means, &act).await?;
        Ok(rows::get(tx, &id).await?.into())
    }.await)
}

/// Changes an office's name and contacts.
///
/// # Errors
/// `permission-missing`; `not-found`, `row-invalid`, `text-too-long`; the codes of the database.
pub async fn change(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    id: &OfficeId,
    request: &OfficeChange,
) -> Result<OfficeView> {
    by::require(by, Permission::OfficeManage, now)?;
    let (means, contacts) = (desk.means(now), contacts(&request.contacts));
    in_transaction!(desk, tx => async {
        rows::change(tx, id, &request.name, &contacts).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::OfficeChanged, Shard::Register, &actor).fact("office", id.as_str());
        ledger::append(tx, &means, &act).await?;
        Ok(rows::get(tx, id).await?.into())
    }.await)
}

/// Closes an office: its stations and operators work no more, its records stay.
///
/// # Errors
/// `permission-missing`; `not-found`; `conflict` when it is closed; the codes of the database.
pub async fn close(desk: &Desk, by: &SignedIn, now: Timestamp, id: &OfficeId) -> Result<OfficeView> {
    by::require(by, Permission::OfficeManage, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        rows::close(tx, &means, id).await?;
        let actor = by::ledger(by);
        let act = Act::new(Kind::OfficeClosed, Shard::Register, &actor).fact("office", id.as_str());
        ledger::append(tx, &means, &act).await?;
        Ok(rows::get(tx, id).await?.into())
    }.await)
}

/// A page of all offices for an administrator, in the order of their codes; the own one for a supervisor.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn list(desk: &Desk, by: &SignedIn, now: Timestamp, window: Window<'_, OfficeId>) -> Result<Vec<OfficeView>> {
    let seen = seen(by, now)?;
    let mut tx = desk.db.read().await?;
    let offices = match seen {
        None => rows::list(&mut tx, window).await?,
        Some(own) if window.after == Some(own) => Vec::new(),
        Some(own) => vec![rows::get(&mut tx, own).await?],
    };
    Ok(offices.into_iter().map(OfficeView::from).collect())
}

/// What everybody may know of the office where a station stands.
///
/// # Errors
/// The codes of the database.
pub async fn of_station(desk: &Desk, seat: &StationSeat) -> Result<OfficePublic> {
    Ok(rows::get(&mut desk.db.read().await?, seat.office()).await?.into())
}

/// One office: any for an administrator, the own one for a supervisor.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn get(desk: &Desk, by: &SignedIn, now: Timestamp, id: &OfficeId) -> Result<OfficeView> {
    require_seen(by, now, id)?;
    Ok(rows::get(&mut desk.db.read().await?, id).await?.into())
}
