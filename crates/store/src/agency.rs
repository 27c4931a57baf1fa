//! Agencies that are told something: where their notices go, which fields they may receive, and what the notices are signed with.

mod secret;

pub use secret::{SecretFacts, end_secrets, renew_secret, secret_facts, secrets};

use crate::error::{Error, Result};
use crate::field;
use crate::id::AgencyId;
use crate::limits::{NAME_BYTES_MAX, NOTE_BYTES_MAX, Window, maybe_moment, moment, rows};
use crate::tx::Tx;
use crate::word::words;
use crate::{Code, Means, Table};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

/// Longest address of an endpoint, bytes.
pub const ENDPOINT_BYTES_MAX: usize = 500;
/// Most fields of an agency's record.
pub const FIELDS_MAX: usize = 20;

words! {
    /// Why nothing is sent to an agency.
    Why "why an agency is paused" {
        /// An administrator wanted it.
        ByHand "by-hand",
        /// The agency answered that its endpoint is gone (410).
        Gone "gone",
    }
}

/// What may be changed about an agency.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Its name, at most 200 bytes.
    pub name: &'a str,
    /// Where its notices go; at most [`ENDPOINT_BYTES_MAX`] bytes. What an address may be is the business of casework.
    pub endpoint: &'a str,
    /// What it is told for, at most 2,000 bytes.
    pub purpose: &'a str,
    /// The fields that it may receive, as code words; at most [`FIELDS_MAX`].
    pub fields: &'a [String],
}

/// An agency.
#[derive(Clone, Debug, Serialize)]
pub struct Agency {
    /// Its id.
    pub id: AgencyId,
    /// Its short name: the recipient in service definitions.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Where its notices go.
    pub endpoint: String,
    /// What it is told for.
    pub purpose: String,
    /// The fields that it may receive.
    pub fields: Vec<String>,
    /// Since when and why nothing is sent; none while it is active.
    pub paused: Option<(Timestamp, Why)>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When anything of the row was last changed.
    pub changed_at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: String,
    code: String,
    name: String,
    endpoint: String,
    purpose: String,
    fields: String,
    paused_why: Option<String>,
    paused_at_ms: Option<i64>,
    created_at_ms: i64,
    changed_at_ms: i64,
}

impl Row {
    fn agency(self) -> Result<Agency> {
        let why = self.paused_why.map(|why| why.parse()).transpose()?;
        Ok(Agency {
            id: self.id.parse()?,
            code: self.code,
            name: self.name,
            endpoint: self.endpoint,
            purpose: self.purpose,
            fields: field::from_json(&self.fields)?,
            paused: maybe_moment(self.paused_at_ms)?.zip(why),
            created_at: moment(self.created_at_ms)?,
            changed_at: moment(self.changed_at_ms)?,
        })
    }
}

/// The fields as the text of their column, once each.
fn checked(facts: &Facts<'_>) -> Result<String> {
    field::text("the name", facts.name, NAME_BYTES_MAX)?;
    field::text("the endpoint", facts.endpoint, ENDPOINT_BYTES_MAX)?;
    field::text("the purpose", facts.purpose, NOTE_BYTES_MAX)?;
    if facts.fields.len() > FIELDS_MAX {
        return Err(Error::new(Code::RowInvalid, format!("an agency receives at most {FIELDS_MAX} fields")));
    }
    for (at, word) in facts.fields.iter().enumerate() {
        field::word("a field", word)?;
        if facts.fields[..at].contains(word) {
            return Err(Error::new(Code::RowInvalid, "a field stands twice"));
        }
    }
    field::to_json(&facts.fields)
}

/// Adds an agency; it is active, and has no secret yet.
///
/// # Errors
/// `already-exists` when the code is taken; `row-invalid`, `text-too-long`; the codes of the database.
pub async fn add(tx: &mut Tx, means: &Means<'_>, code: &str, facts: &Facts<'_>) -> Result<AgencyId> {
    field::word("the code", code)?;
    let fields = checked(facts)?;
    let id = AgencyId::new(means);
    tx.run(
        sqlx::query(
            "INSERT INTO agencies (id, code, name, endpoint, purpose, fields, created_at_ms, changed_at_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        )
        .bind(id.as_str())
        .bind(code)
        .bind(facts.name)
        .bind(facts.endpoint)
        .bind(facts.purpose)
        .bind(fields)
        .bind(means.now_ms()),
    )
    .await?;
    tx.touch(Table::Agencies, id.as_str());
    Ok(id)
}

/// Changes everything that may be changed about an agency.
///
/// # Errors
/// `not-found`, `row-invalid`, `text-too-long`; the codes of the database.
pub async fn change(tx: &mut Tx, means: &Means<'_>, id: &AgencyId, facts: &Facts<'_>) -> Result<()> {
    let fields = checked(facts)?;
    let changed = tx
        .run(
            sqlx::query(
                "UPDATE agencies SET name = $1, endpoint = $2, purpose = $3, fields = $4, changed_at_ms = $5 WHERE id = $6",
            )
            .bind(facts.name)
            .bind(facts.endpoint)
            .bind(facts.purpose)
            .bind(fields)
            .bind(means.now_ms())
            .bind(id.as_str()),
        )
        .await?;
    if changed == 0 {
        return Err(Error::new(Code::NotFound, "there is no such agency"));
    }
    tx.touch(Table::Agencies, id.as_str());
    Ok(())
}

/// Stops sending to an agency. False when nothing is sent to it already.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn pause(tx: &mut Tx, means: &Means<'_>, id: &AgencyId, why: Why) -> Result<bool> {
    get(tx, id).await?;
    let changed = tx
        .run(
            sqlx::query(
                "UPDATE agencies SET paused_why = $1, paused_at_ms = $2, changed_at_ms = $2 \
                 WHERE id = $3 AND paused_at_ms IS NULL",
            )
            .bind(why.as_str())
            .bind(means.now_ms())
            .bind(id.as_str()),
        )
        .await?;
    if changed == 1 {
        tx.touch(Table::Agencies, id.as_str());
    }
    Ok(changed == 1)
}

/// Sends to an agency again: what waits for it begins anew. False when it was not paused.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn resume(tx: &mut Tx, means: &Means<'_>, id: &AgencyId) -> Result<bool> {
    let agency = get(tx, id).await?;
    let changed = tx
        .run(
            sqlx::query(
                "UPDATE agencies SET paused_why = NULL, paused_at_ms = NULL, changed_at_ms = $1 \
                 WHERE id = $2 AND paused_at_ms IS NOT NULL",
            )
            .bind(means.now_ms())
            .bind(id.as_str()),
        )
        .await?;
    if changed == 1 {
        tx.touch(Table::Agencies, id.as_str());
        crate::delivery::anew(tx, means, &agency.code).await?;
    }
    Ok(changed == 1)
}

/// A page of all agencies in the order of their codes.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, window: Window<'_, AgencyId>) -> Result<Vec<Agency>> {
    let found: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT id, code, name, endpoint, purpose, fields, paused_why, paused_at_ms, created_at_ms, changed_at_ms \
                 FROM agencies WHERE $1 = '' OR code > (SELECT code FROM agencies WHERE id = $1) ORDER BY code LIMIT $2",
            )
            .bind(window.after.map_or("", AgencyId::as_str))
            .bind(rows(window.limit)),
        )
        .await?;
    found.into_iter().map(Row::agency).collect()
}

/// One agency.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn get(tx: &mut Tx, id: &AgencyId) -> Result<Agency> {
    let row: Row = tx
        .one(
            sqlx::query(
                "SELECT id, code, name, endpoint, purpose, fields, paused_why, paused_at_ms, created_at_ms, changed_at_ms \
                 FROM agencies WHERE id = $1",
            )
            .bind(id.as_str()),
        )
        .await?;
    row.agency()
}

/// The agencies for which a notice is due, none of them paused, in the order of their codes.
///
/// # Errors
/// The codes of the database.
pub async fn due(tx: &mut Tx, means: &Means<'_>) -> Result<Vec<AgencyId>> {
    let found: Vec<(String,)> = tx
        .all(
            sqlx::query(
                "SELECT id FROM agencies a WHERE paused_at_ms IS NULL AND EXISTS (SELECT 1 FROM notice_deliveries d \
                 WHERE d.recipient = a.code AND d.next_at_ms <= $1 \
                 AND (d.claimed_until_ms IS NULL OR d.claimed_until_ms <= $1)) ORDER BY code",
            )
            .bind(means.now_ms()),
        )
        .await?;
    found.into_iter().map(|(id,)| id.parse()).collect()
}
