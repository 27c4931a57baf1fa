//! The record of a consent, with the fields of ISO/IEC TS 27560:2023 §6 in plain words.

use super::State;
use crate::error::Result;
use crate::id::{ConsentId, PersonId};
use crate::limits::{moment, rows};
use crate::tx::Tx;
use crate::{Code, Error};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

/// All that is known about a consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Its id.
    pub id: ConsentId,
    /// Whose biometric data it is about.
    pub person: PersonId,
    /// Who answered.
    pub given_by: PersonId,
    /// For which purpose.
    pub purpose: String,
    /// In which service.
    pub service: String,
    /// Who answers for the processing.
    pub controller: String,
    /// Who is told something.
    pub recipients: Vec<String>,
    /// What was shown.
    pub notice: Notice,
    /// Where it stands.
    pub state: State,
    /// When it was asked for.
    pub requested: Timestamp,
    /// When it ends by itself.
    pub expires: Timestamp,
    /// What happened to it, in order.
    pub events: Vec<Event>,
}

/// The text that was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Its hash; see [`super::Text::id`].
    pub hash: String,
    /// Its version.
    pub version: String,
    /// Its language.
    pub language: String,
    /// The exact text.
    pub text: String,
}

/// One event of a consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// What happened.
    pub kind: State,
    /// Who did it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    person_id: String,
    given_by: String,
    purpose: String,
    service: String,
    controller: String,
    recipients: String,
    state: String,
    requested_at_ms: i64,
    expires_at_ms: i64,
    text_id: String,
    version: String,
    language: String,
    text: String,
}

#[derive(FromRow)]
struct EventRow {
    kind: String,
    actor: String,
    at_ms: i64,
}

/// The record of a consent.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn record(tx: &mut Tx, id: &ConsentId) -> Result<Record> {
    let row: Row = tx
        .one(
            sqlx::query(
                "SELECT c.person_id, c.given_by, c.purpose, c.service, c.controller, c.recipients, c.state, \
                 c.requested_at_ms, c.expires_at_ms, c.text_id, t.version, t.language, t.text \
                 FROM consents c JOIN consent_texts t ON t.id = c.text_id WHERE c.id = $1",
            )
            .bind(id.as_str()),
        )
        .await?;
    let rows: Vec<EventRow> = tx
        .all(
            sqlx::query("SELECT kind, actor, at_ms FROM consent_events WHERE consent_id = $1 ORDER BY at_ms")
                .bind(id.as_str()),
        )
        .await?;
    let event = |row: EventRow| Ok(Event { kind: row.kind.parse()?, actor: row.actor, at: moment(row.at_ms)? });
    let mut events = rows.into_iter().map(event).collect::<Result<Vec<_>>>()?;
    // Events of the same millisecond stand in the order in which they can happen.
    events.sort_by_key(|event| (event.at, event.kind));
    let recipients = serde_json::from_str(&row.recipients)
        .map_err(|_| Error::new(Code::RowInvalid, "the recipients of a consent are not a list of texts"))?;
    Ok(Record {
        id: id.clone(),
        person: row.person_id.parse()?,
        given_by: row.given_by.parse()?,
        purpose: row.purpose,
        service: row.service,
        controller: row.controller,
        recipients,
        notice: Notice { hash: row.text_id, version: row.version, language: row.language, text: row.text },
        state: row.state.parse()?,
        requested: moment(row.requested_at_ms)?,
        expires: moment(row.expires_at_ms)?,
        events,
    })
}

/// The ids of all consents about a person, newest first: for the answer to a person's own question.
///
/// # Errors
/// The codes of the database.
pub async fn of_person(tx: &mut Tx, person: &PersonId) -> Result<Vec<ConsentId>> {
    let rows: Vec<(String,)> = tx
        .all(sqlx::query("SELECT id FROM consents WHERE person_id = $1 ORDER BY id DESC").bind(person.as_str()))
        .await?;
    rows.into_iter().map(|(id,)| id.parse()).collect()
}

/// A withdrawal, without whose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Withdrawal {
    /// The consent that was withdrawn.
    pub consent: ConsentId,
    /// In which service.
    pub service: String,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
}

/// The latest withdrawals on record, newest first.
///
/// # Errors
/// The codes of the database.
pub async fn withdrawals(tx: &mut Tx, limit: u32) -> Result<Vec<Withdrawal>> {
    const LATEST: &str = "SELECT c.id, c.service, e.at_ms, e.actor FROM consents c \
         JOIN consent_events e ON e.consent_id = c.id AND e.kind = 'withdrawn' \
         WHERE c.state = 'withdrawn' ORDER BY e.at_ms DESC, c.id DESC LIMIT $1";
    let found: Vec<(String, String, i64, String)> = tx.all(sqlx::query(LATEST).bind(rows(limit))).await?;
    let one = |(id, service, at_ms, actor): (String, String, i64, String)| {
        Ok(Withdrawal { consent: id.parse()?, service, at: moment(at_ms)?, actor })
    };
    found.into_iter().map(one).collect()
}
