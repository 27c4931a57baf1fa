//! Offices: where visits happen, and whom to tell when something is wrong there.

use crate::error::{Error, Result};
use crate::field;
use crate::id::OfficeId;
use crate::limits::{NAME_BYTES_MAX, Window, maybe_moment, moment, rows};
use crate::tx::Tx;
use crate::word::words;
use crate::{Code, Means, Table};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// Most contacts of an office.
pub const CONTACTS_MAX: usize = 20;

words! {
    /// How a contact is reached.
    ContactKind "the kind of contact" {
        /// An electronic mail address.
        Email "email",
        /// A telephone number.
        Phone "phone",
        /// The inbox of an agency's own system.
        AgencyInbox "agency-inbox",
        /// Where the office is, for everybody: it stands on receipts.
        PublicAddress "public-address",
        /// The telephone number for everybody: it stands on receipts.
        PublicPhone "public-phone",
    }
}

/// One way to reach those who answer for an office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// How.
    pub kind: ContactKind,
    /// The address or number, at most 200 bytes.
    pub value: String,
}

/// An office as it is to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewOffice<'a> {
    /// Its short name in lists and file names: lower-case letters, digits, inner dots and hyphens.
    pub code: &'a str,
    /// Its name, at most 200 bytes.
    pub name: &'a str,
    /// Whom to tell; at most [`CONTACTS_MAX`].
    pub contacts: &'a [Contact],
}

/// An office.
#[derive(Clone, Debug, Serialize)]
pub struct Office {
    /// Its id.
    pub id: OfficeId,
    /// Its short name.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whom to tell.
    pub contacts: Vec<Contact>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    code: String,
    name: String,
    contacts: String,
    created_at_ms: i64,
    closed_at_ms: Option<i64>,
}

impl Row {
    fn office(self) -> Result<Office> {
        Ok(Office {
            id: self.id.try_into()?,
            code: self.code,
            name: self.name,
            contacts: field::from_json(&self.contacts)?,
            created_at: moment(self.created_at_ms)?,
            closed_at: maybe_moment(self.closed_at_ms)?,
        })
    }
}

/// The contacts as the text of their column.
fn contacts_text(contacts: &[Contact]) -> Result<String> {
    if contacts.len() > CONTACTS_MAX {
        return Err(Error::new(Code::RowInvalid, format!("an office has at most {CONTACTS_MAX} contacts")));
    }
    for contact in contacts {
        field::text("a contact", &contact.value, NAME_BYTES_MAX)?;
    }
    field::to_json(&contacts)
}

/// Adds an office.
///
/// # Errors
/// `already-exists` when the code is taken; `row-invalid`, `text-too-long`; the codes of the database.
pub async fn add(tx: &mut Tx, means: &Means<'_>, new: &NewOffice<'_>) -> Result<OfficeId> {
    field::word("the code", new.code)?;
    field::text("the name", new.name, NAME_BYTES_MAX)?;
    let contacts = contacts_text(new.contacts)?;
    let id = OfficeId::new(means);
    tx.run(
        sqlx::query("INSERT INTO offices (id, code, name, contacts, created_at_ms) VALUES ($1, $2, $3, $4, $5)")
            .bind(id.as_str())
            .bind(new.code)
            .bind(new.name)
            .bind(contacts)
            .bind(means.now_ms()),
    )
    .await?;
    tx.touch(Table::Offices, id.as_str());
    Ok(id)
}

/// Changes an office's name and contacts.
///
/// # Errors
/// `not-found`, `row-invalid`, `text-too-long`; the codes of the database.
pub async fn change(tx: &mut Tx, id: &OfficeId, name: &str, contacts: &[Contact]) -> Result<()> {
    field::text("the name", name, NAME_BYTES_MAX)?;
    let contacts = contacts_text(contacts)?;
    let changed = tx
        .run(
            sqlx::query("UPDATE offices SET name = $1, contacts = $2 WHERE id = $3")
                .bind(name)
                .bind(contacts)
                .bind(id.as_str()),
        )
        .await?;
    found(changed)?;
    tx.touch(Table::Offices, id.as_str());
    Ok(())
}

/// Closes an office: it takes no new stations or operators, and its stations are not accepted any more. Its records stay.
///
/// # Errors
/// `not-found`; `conflict` when it is closed already; the codes of the database.
pub async fn close(tx: &mut Tx, means: &Means<'_>, id: &OfficeId) -> Result<()> {
    let office = get(tx, id).await?;
    let changed = tx
        .run(
            sqlx::query("UPDATE offices SET closed_at_ms = $1 WHERE id = $2 AND closed_at_ms IS NULL")
                .bind(means.now_ms())
                .bind(office.id.as_str()),
        )
        .await?;
    if changed == 0 {
        return Err(Error::new(Code::Conflict, "the office is closed already"));
    }
    tx.touch(Table::Offices, id.as_str());
    Ok(())
}

/// A page of all offices in the order of their codes, closed ones too.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, window: Window<'_, OfficeId>) -> Result<Vec<Office>> {
    let found: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT id, code, name, contacts, created_at_ms, closed_at_ms FROM offices \
                 WHERE $1 = '' OR code > (SELECT code FROM offices WHERE id = $1) ORDER BY code LIMIT $2",
            )
            .bind(window.after.map_or("", OfficeId::as_str))
            .bind(rows(window.limit)),
        )
        .await?;
    found.into_iter().map(Row::office).collect()
}

/// One office.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn get(tx: &mut Tx, id: &OfficeId) -> Result<Office> {
    let row: Row = tx
        .one(
            sqlx::query("SELECT id, code, name, contacts, created_at_ms, closed_at_ms FROM offices WHERE id = $1")
                .bind(id.as_str()),
        )
        .await?;
    row.office()
}

/// One office, if it is open.
///
/// # Errors
/// `not-found`, `office-closed`; the codes of the database.
pub async fn require_open(tx: &mut Tx, id: &OfficeId) -> Result<Office> {
    let office = get(tx, id).await?;
    if office.closed_at.is_some() {
        return Err(Error::new(Code::OfficeClosed, "the office is closed"));
    }
    Ok(office)
}

fn found(changed: u64) -> Result<()> {
    if changed == 0 { Err(Error::new(Code::NotFound, "there is no such office")) } else { Ok(()) }
}
