//! Which consents there are: those of the person who has a number, and the latest withdrawals. One record stands in [`super::record`].

use super::access::{AccessRequest, whose};
use super::admin::act;
use super::{Desk, by, in_transaction};
use crate::error::Result;
use crate::permission::Permission;
use jiff::Timestamp;
use store::consent::{self, Record, State, Withdrawal};
use store::id::ConsentId;
use store::ledger::{self, Kind};
use store::session::SignedIn;

/// A consent in a list.
#[derive(Clone, Debug)]
pub struct ConsentLine {
    /// Its id.
    pub id: ConsentId,
    /// In which service.
    pub service: String,
    /// `requested`, `given`, `refused`, `withdrawn` or `expired`.
    pub state: String,
    /// When it was asked for.
    pub requested: Timestamp,
    /// When it came to where it stands.
    pub since: Timestamp,
}

impl From<Record> for ConsentLine {
    fn from(record: Record) -> Self {
        let since = record.events.last().map_or(record.requested, |event| event.at);
        let state = record.state.as_str().to_owned();
        Self { id: record.id, service: record.service, state, requested: record.requested, since }
    }
}

/// The consents on record of the person who has a number, newest first. The look is an entry of the ledger.
///
/// # Errors
/// `permission-missing`; `person-unknown`, `number-invalid`; the codes of the database.
pub async fn of_number(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    request: &AccessRequest,
) -> Result<Vec<ConsentLine>> {
    by::require(by, Permission::ConsentSee, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let person = whose(tx, &means, request).await?;
        let mut lines = Vec::new();
        for id in consent::of_person(tx, &person.id).await? {
            lines.push(ConsentLine::from(consent::record(tx, &id).await?));
        }
        let actor = by::ledger(by);
        let mut act = act(Kind::ConsentRead, by, &actor).fact("consents", lines.len() as i64);
        act.person = Some(&person.pseudonym);
        ledger::append(tx, &means, &act).await?;
        Ok(lines)
    }.await)
}

/// The latest withdrawals on record, newest first; nobody is named in them.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn withdrawals(desk: &Desk, by: &SignedIn, now: Timestamp, limit: u32) -> Result<Vec<Withdrawal>> {
    by::require(by, Permission::ConsentSee, now)?;
    Ok(consent::withdrawals(&mut desk.db.read().await?, limit).await?)
}

/// True if a consent that stands like this can be withdrawn.
pub fn is_open(state: &str) -> bool {
    [State::Requested, State::Given].iter().any(|open| open.as_str() == state)
}
