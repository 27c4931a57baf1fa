//! Notices to agencies and to an office's contacts: what waits, what was sent, what came back.

use super::{Desk, by, in_transaction};
use crate::error::Result;
use crate::permission::Permission;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::id::{IncidentId, NoticeId, OfficeId, VisitId};
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::limits::Window;
use store::notice::{self as rows, Notice, State};
use store::session::SignedIn;
use utoipa::ToSchema;

/// Where a notice goes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeMark {
    /// `waiting`, `sent`, `acknowledged` or `failed`.
    pub state: String,
}

/// A notice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeView {
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
    /// `waiting`, `sent`, `acknowledged` or `failed`.
    pub state: String,
    /// What is told.
    #[schema(value_type = Object)]
    pub body: Value,
    /// When it was queued.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When its state last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

impl NoticeView {
    /// Where it can go from where it stands.
    pub fn ways(&self) -> Vec<&'static str> {
        let Ok(from) = self.state.parse::<State>() else { return Vec::new() };
        State::ALL.iter().filter(|to| from.leads_to(**to)).map(|to| to.as_str()).collect()
    }
}

impl From<Notice> for NoticeView {
    fn from(row: Notice) -> Self {
        let Notice { id, office, visit, incident, recipient, kind, state, body, created, changed } = row;
        Self {
            id,
            office,
            visit,
            incident,
            recipient,
            kind,
            state: state.as_str().to_owned(),
            body,
            created_at: created,
            changed_at: changed,
        }
    }
}

/// A page of the own office's notices, newest first.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn list(desk: &Desk, by: &SignedIn, now: Timestamp, window: Window<'_, NoticeId>) -> Result<Vec<NoticeView>> {
    by::require(by, Permission::NoticeHandle, now)?;
    let office = by::office(by)?;
    let page = rows::list(&mut desk.db.read().await?, office, window.after, window.limit).await?;
    Ok(page.into_iter().map(NoticeView::from).collect())
}

/// Notes by hand what became of a notice of the own office.
///
/// # Errors
/// `permission-missing`; `not-found`; `conflict` when it cannot go there from where it stands; `row-invalid`; the codes of the database.
pub async fn mark(desk: &Desk, by: &SignedIn, now: Timestamp, id: &NoticeId, request: &NoticeMark) -> Result<()> {
    by::require(by, Permission::NoticeHandle, now)?;
    let state: State = request.state.parse()?;
    moved(desk, now, &by::ledger(by), (by::office(by)?, id), state).await
}

async fn moved(
    desk: &Desk,
    now: Timestamp,
    actor: &Actor,
    (office, id): (&OfficeId, &NoticeId),
    state: State,
) -> Result<()> {
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        rows::set_state(tx, &means, office, id, state).await?;
        let act = Act::new(Kind::NoticeChanged, Shard::Office(office.clone()), actor)
            .fact("notice", id.as_str())
            .fact("state", state.as_str());
        ledger::append(tx, &means, &act).await?;
        Ok(())
    }.await)
}
