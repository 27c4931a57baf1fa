//! Notices to other agencies and to an office's contacts: queued in the transaction of the act, sent later by the background work.

use crate::error::{Error, Result};
use crate::id::{IncidentId, NoticeId, OfficeId, VisitId};
use crate::limits::{NAME_BYTES_MAX, NOTICE_BYTES_MAX, bounded, maybe_id, moment, rows};
use crate::tx::Tx;
use crate::word::words;
use crate::{Code, Means, Table, delivery};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sqlx::FromRow;

words! {
    /// Where a notice stands.
    State "the state of a notice" {
        /// It is to be sent.
        Waiting "waiting",
        /// It was sent.
        Sent "sent",
        /// The recipient has acknowledged it.
        Acknowledged "acknowledged",
        /// It could not be delivered.
        Failed "failed",
    }
}

impl State {
    /// True when a notice may go from here to `to`: out, back into the queue after a failure, never back from an acknowledgement.
    pub fn leads_to(self, to: Self) -> bool {
        match self {
            Self::Waiting => matches!(to, Self::Sent | Self::Failed),
            Self::Sent => matches!(to, Self::Acknowledged | Self::Failed),
            Self::Failed => matches!(to, Self::Waiting),
            Self::Acknowledged => false,
        }
    }
}

/// A notice to be queued.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// The office that tells.
    pub office: &'a OfficeId,
    /// The visit that it is about.
    pub visit: Option<&'a VisitId>,
    /// The incident that it is about.
    pub incident: Option<&'a IncidentId>,
    /// Who is told: the code of an agency, or `office-contacts`.
    pub recipient: &'a str,
    /// What kind of notice.
    pub kind: &'a str,
    /// What is told. Ids and codes; never a picture, a template, a score or an identity number.
    pub body: &'a Value,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// The office that tells.
    pub office: OfficeId,
    /// The visit that it is about.
    pub visit: Option<VisitId>,
    /// The incident that it is about.
    pub incident: Option<IncidentId>,
    /// Who is told.
    pub recipient: String,
    /// What kind of notice.
    pub kind: String,
    /// Where it stands.
    pub state: State,
    /// What is told.
    pub body: Value,
    /// When it was queued.
    pub created: Timestamp,
    /// When its state last changed.
    pub changed: Timestamp,
}

/// Queues a notice.
///
/// # Errors
/// `not-found` when the visit or the incident is not the office's; `row-invalid` or `text-too-long` for a text; the codes of the database.
pub async fn queue(tx: &mut Tx, means: &Means<'_>, new: &New<'_>) -> Result<NoticeId> {
    bounded(new.recipient, NAME_BYTES_MAX, "the recipient")?;
    bounded(new.kind, NAME_BYTES_MAX, "the kind of notice")?;
    let body = new.body.to_string();
    bounded(&body, NOTICE_BYTES_MAX, "the notice")?;
    if let Some(visit) = new.visit {
        crate::visit::get(tx, new.office, visit).await?;
    }
    if let Some(incident) = new.incident {
        crate::incident::get(tx, new.office, incident).await?;
    }
    let id = NoticeId::new(means);
    tx.run(
        sqlx::query(
            "INSERT INTO notices (id, office_id, visit_id, incident_id, recipient, kind, state, body, created_at_ms, \
             changed_at_ms) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8, $8)",
        )
        .bind(id.as_str())
        .bind(new.office.as_str())
        .bind(new.visit.map(VisitId::as_str))
        .bind(new.incident.map(IncidentId::as_str))
        .bind(new.recipient)
        .bind(new.kind)
        .bind(body)
        .bind(means.now_ms()),
    )
    .await?;
    tx.touch(Table::Notices, id.as_str());
    delivery::enter(tx, means, &id).await?;
    Ok(id)
}

/// Changes where a notice of the office stands.
///
/// # Errors
/// `not-found` when it is another office's or not there; `conflict` when it cannot go there from where it stands; the codes of the database.
pub async fn set_state(tx: &mut Tx, means: &Means<'_>, office: &OfficeId, id: &NoticeId, state: State) -> Result<()> {
    let (from,): (String,) = tx
        .one(
            sqlx::query("UPDATE notices SET state = state WHERE id = $1 AND office_id = $2 RETURNING state")
                .bind(id.as_str())
                .bind(office.as_str()),
        )
        .await?;
    if !from.parse::<State>()?.leads_to(state) {
        return Err(Error::new(Code::Conflict, format!("the notice is {from}")));
    }
    tx.run(
        sqlx::query("UPDATE notices SET state = $1, changed_at_ms = $2 WHERE id = $3")
            .bind(state.as_str())
            .bind(means.now_ms())
            .bind(id.as_str()),
    )
    .await?;
    tx.touch(Table::Notices, id.as_str());
    match state {
        State::Waiting => delivery::enter(tx, means, id).await,
        _ => delivery::leave(tx, id).await,
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    office_id: String,
    visit_id: Option<String>,
    incident_id: Option<String>,
    recipient: String,
    kind: String,
    state: String,
    body: String,
    created_at_ms: i64,
    changed_at_ms: i64,
}

impl Row {
    fn view(self) -> Result<Notice> {
        let body = serde_json::from_str(&self.body)
            .map_err(|_| Error::new(Code::RowInvalid, "the body of a notice is not JSON"))?;
        Ok(Notice {
            id: self.id.parse()?,
            office: self.office_id.parse()?,
            visit: maybe_id(self.visit_id)?,
            incident: maybe_id(self.incident_id)?,
            recipient: self.recipient,
            kind: self.kind,
            state: self.state.parse()?,
            body,
            created: moment(self.created_at_ms)?,
            changed: moment(self.changed_at_ms)?,
        })
    }
}

/// A page of the office's notices, newest first; `before` is the last one of the page before.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, office: &OfficeId, before: Option<&NoticeId>, limit: u32) -> Result<Vec<Notice>> {
    let found: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT id, office_id, visit_id, incident_id, recipient, kind, state, body, created_at_ms, changed_at_ms \
                 FROM notices WHERE office_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            )
            .bind(office.as_str())
            // Later than every id, which begins with a digit up to 7; letters and signs sort otherwise in some languages.
            .bind(before.map_or("8", NoticeId::as_str))
            .bind(rows(limit)),
        )
        .await?;
    found.into_iter().map(Row::view).collect()
}

/// One notice, of whichever office.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn get(tx: &mut Tx, id: &NoticeId) -> Result<Notice> {
    let row: Row = tx
        .one(
            sqlx::query(
                "SELECT id, office_id, visit_id, incident_id, recipient, kind, state, body, created_at_ms, changed_at_ms \
                 FROM notices WHERE id = $1",
            )
            .bind(id.as_str()),
        )
        .await?;
    row.view()
}

/// Where a notice stands, whichever office's it is; nobody else changes it until the transaction ends. None when it is there no more.
///
/// # Errors
/// The codes of the database.
pub async fn lock(tx: &mut Tx, id: &NoticeId) -> Result<Option<State>> {
    let found: Option<(String,)> = tx
        .maybe(sqlx::query("UPDATE notices SET state = state WHERE id = $1 RETURNING state").bind(id.as_str()))
        .await?;
    found.map(|(state,)| state.parse()).transpose()
}

/// Notices of all offices that wait to be sent, oldest first: for the background work.
///
/// # Errors
/// The codes of the database.
pub async fn waiting(tx: &mut Tx, limit: u32) -> Result<Vec<Notice>> {
    let found: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT id, office_id, visit_id, incident_id, recipient, kind, state, body, created_at_ms, changed_at_ms \
                 FROM notices WHERE state = 'waiting' ORDER BY created_at_ms, id LIMIT $1",
            )
            .bind(rows(limit)),
        )
        .await?;
    found.into_iter().map(Row::view).collect()
}
