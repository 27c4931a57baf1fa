//! Persons of the register: enrolled, found by number, changed by life events. Every look at who somebody is stands in the ledger, even one
//! that found nobody, so that fishing for numbers leaves a trace.

use super::admin::act;
use super::{Desk, by, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission::Permission;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::Tx;
use store::id::{OperatorId, PersonId};
use store::ledger::{self, Act, Kind, Shard};
use store::person::event::{self, Change, Event};
use store::person::{self as rows, PersonData};
use store::session::SignedIn;
use utoipa::ToSchema;

/// A person who is to be enrolled.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonNew {
    /// The identity number as it is printed.
    pub number: String,
    /// The name.
    pub name: String,
    /// The date of birth as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub birth_date: String,
    /// The address.
    #[serde(default)]
    pub address: Option<String>,
    /// The language in which the person wants to be spoken to, as a tag such as `zh-Hant`.
    #[serde(default)]
    pub language: Option<String>,
}

/// An identity number that somebody asks for.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonFind {
    /// The number.
    pub number: String,
}

/// New data of a person.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    /// Why: `renamed`, `corrected` or `moved`.
    pub why: String,
    /// The number, if that changes.
    #[serde(default)]
    pub number: Option<String>,
    /// The name.
    pub name: String,
    /// The date of birth.
    pub birth_date: String,
    /// The address.
    #[serde(default)]
    pub address: Option<String>,
    /// The language.
    #[serde(default)]
    pub language: Option<String>,
}

/// A life event that is to be noted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventNew {
    /// `locked`, `unlocked`, `moved`, `returned`, `deceased`, `portrait-exception` or `portrait-exception-ended`.
    pub kind: String,
    /// Why there is no usable portrait, as a code word; for `portrait-exception` only.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A person as an operator sees it. The number is masked: who needs it has it on paper.
#[derive(Clone, Serialize, ToSchema)]
pub struct PersonView {
    /// The id.
    pub id: PersonId,
    /// `active`, `locked`, `moved`, `deceased` or `erased`.
    pub state: String,
    /// The name.
    pub name: String,
    /// The number, its middle replaced by dots.
    pub number_masked: String,
    /// The date of birth.
    pub birth_date: String,
    /// The address.
    pub address: Option<String>,
    /// The language in which the person wants to be spoken to.
    pub language: Option<String>,
    /// Why there is no usable portrait, if that is so.
    pub portrait_exception: Option<String>,
    /// When anything of it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

/// A noted life event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventView {
    /// What it is.
    pub kind: String,
    /// Who noted it.
    pub operator: Option<OperatorId>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

macro_rules! nameless {
    ($($type:ident)+) => {$(
        impl std::fmt::Debug for $type {
            /// The name of the type only: whoever it is does not reach a log.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($type))
            }
        }
    )+};
}

nameless! { PersonNew PersonFind PersonChange PersonView }

impl From<event::LifeEvent> for EventView {
    fn from(row: event::LifeEvent) -> Self {
        Self { kind: row.kind.as_str().to_owned(), operator: row.operator, at: row.at }
    }
}

/// A number with its middle replaced by dots: enough to see that it is the one on the paper, too little to use it.
pub(super) fn masked(number: &str) -> String {
    let count = number.chars().count();
    let shown = if count > 6 { 3 } else { 1 };
    let dot = |(place, c): (usize, char)| if place == 0 || place + shown >= count { c } else { '•' };
    number.chars().enumerate().map(dot).collect()
}

pub(super) fn view(person: rows::Person, data: PersonData) -> PersonView {
    PersonView {
        id: person.id,
        state: person.state.as_str().to_owned(),
        number_masked: masked(&data.number),
        name: data.name,
        birth_date: data.birth_date,
        address: data.address,
        language: data.language,
        portrait_exception: person.portrait_exception,
        changed_at: person.changed_at,
    }
}

/// Enrols one person.
///
/// # Errors
/// `permission-missing`; `already-exists`, `number-invalid`, `text-too-long`, `row-invalid`; the codes of keys and database.
pub async fn enrol(desk: &Desk, by: &SignedIn, now: Timestamp, request: &PersonNew) -> Result<PersonView> {
    by::require(by, Permission::RegisterWrite, now)?;
    let means = desk.means(now);
    let PersonNew { number, name, birth_date, address, language } = request.clone();
    let data = PersonData { name, number, birth_date, address, language };
    in_transaction!(desk, tx => async {
        let person = rows::add(tx, &means, &data).await?;
        let actor = by::ledger(by);
        let mut act = Act::new(Kind::PersonEnrolled, Shard::Register, &actor).fact("persons", 1);
        act.person = Some(&person.pseudonym);
        ledger::append(tx, &means, &act).await?;
        Ok(view(person.clone(), data.clone()))
    }.await)
}

/// Finds a person by the identity number.
///
/// # Errors
/// `permission-missing`; `person-unknown`; `number-invalid`; the codes of keys and database.
pub async fn find(desk: &Desk, by: &SignedIn, now: Timestamp, request: &PersonFind) -> Result<PersonView> {
    by::require(by, Permission::PersonFind, now)?;
    let means = desk.means(now);
    let found: Result<Option<PersonView>> = in_transaction!(desk, tx => async {
        let found = rows::find_by_number(tx, &means, &request.number).await?;
        if let Some(person) = found {
            return looked_at(desk, tx, by, now, person).await.map(Some);
        }
        let actor = by::ledger(by);
        ledger::append(tx, &means, &act(Kind::PersonRead, by, &actor).fact("found", false)).await?;
        Ok(None)
    }.await);
    found?.ok_or_else(|| store::Error::new(store::Code::PersonUnknown, "nobody in the register has this number").into())
}

/// One person, by the id.
///
/// # Errors
/// `permission-missing`; `not-found`, `person-unknown`; the codes of keys and database.
pub async fn read(desk: &Desk, by: &SignedIn, now: Timestamp, id: &PersonId) -> Result<PersonView> {
    by::require(by, Permission::PersonFind, now)?;
    in_transaction!(desk, tx => async {
        let person = rows::get(tx, id).await?;
        looked_at(desk, tx, by, now, person).await
    }.await)
}

/// Opens the data of a person and says so in the ledger.
async fn looked_at(
    desk: &Desk,
    tx: &mut Tx,
    by: &SignedIn,
    now: Timestamp,
    person: rows::Person,
) -> Result<PersonView> {
    let means = desk.means(now);
    let data = rows::read(tx, &means, &person.id).await?;
    let actor = by::ledger(by);
    let mut act = act(Kind::PersonRead, by, &actor);
    act.person = Some(&person.pseudonym);
    ledger::append(tx, &means, &act).await?;
    Ok(view(person, data))
}

/// Replaces the data of a person after a change of name, a correction or a move.
///
/// # Errors
/// `permission-missing`; `already-exists`, `conflict`, `not-found`, `person-unknown`, `number-invalid`, `text-too-long`, `row-invalid`; the
/// codes of keys and database.
pub async fn change(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    id: &PersonId,
    request: &PersonChange,
) -> Result<PersonView> {
    by::require(by, Permission::RegisterWrite, now)?;
    let means = desk.means(now);
    let kind: event::Kind = request.why.parse()?;
    in_transaction!(desk, tx => async {
        let present = rows::read(tx, &means, id).await?;
        let data = PersonData {
            name: request.name.clone(),
            number: request.number.clone().unwrap_or(present.number),
            birth_date: request.birth_date.clone(),
            address: request.address.clone(),
            language: request.language.clone(),
        };
        let change = Change { person: id, kind, data: &data, operator: Some(by.operator()) };
        let person = event::change(tx, &means, &change).await?;
        changed(desk, tx, by, now, (&person, kind.as_str())).await?;
        Ok(view(person, data))
    }.await)
}

/// Notes a life event.
///
/// # Errors
/// `permission-missing`; `conflict` when it does not fit the person's state; `not-found`, `person-unknown`, `row-invalid`; the codes of keys
/// and database.
pub async fn note(desk: &Desk, by: &SignedIn, now: Timestamp, id: &PersonId, request: &EventNew) -> Result<PersonView> {
    by::require(by, Permission::RegisterWrite, now)?;
    let means = desk.means(now);
    let event = request.event()?;
    in_transaction!(desk, tx => async {
        let person = event::note(tx, &means, id, event, Some(by.operator())).await?;
        changed(desk, tx, by, now, (&person, &request.kind)).await?;
        let data = rows::read(tx, &means, id).await?;
        Ok(view(person, data))
    }.await)
}

impl EventNew {
    fn event(&self) -> Result<Event<'_>> {
        let kind: event::Kind = self.kind.parse()?;
        let event = match (kind, self.reason.as_deref()) {
            (event::Kind::PortraitException, Some(reason)) => return Ok(Event::PortraitException(reason)),
            (event::Kind::PortraitException, None) => {
                return Err(Error::new(Code::ReasonMissing, "a portrait exception needs its reason"));
            }
            (_, Some(_)) => return Err(Error::new(Code::ReasonUnfit, "only a portrait exception has a reason")),
            (event::Kind::Locked, None) => Event::Locked,
            (event::Kind::Unlocked, None) => Event::Unlocked,
            (event::Kind::Moved, None) => Event::Moved,
            (event::Kind::Returned, None) => Event::Returned,
            (event::Kind::Deceased, None) => Event::Deceased,
            (event::Kind::PortraitExceptionEnded, None) => Event::PortraitExceptionEnded,
            (event::Kind::Renamed | event::Kind::Corrected, None) => {
                let detail = "a new name and a correction come with the new data";
                return Err(store::Error::new(store::Code::RowInvalid, detail).into());
            }
        };
        Ok(event)
    }
}

/// Says in the ledger that a person's record was changed.
async fn changed(
    desk: &Desk,
    tx: &mut Tx,
    by: &SignedIn,
    now: Timestamp,
    (person, event): (&rows::Person, &str),
) -> Result<()> {
    let actor = by::ledger(by);
    let mut act = Act::new(Kind::PersonChanged, Shard::Register, &actor).fact("event", event);
    act.person = Some(&person.pseudonym);
    ledger::append(tx, &desk.means(now), &act).await?;
    Ok(())
}

/// The life events of a person, oldest first.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn events(desk: &Desk, by: &SignedIn, now: Timestamp, id: &PersonId) -> Result<Vec<EventView>> {
    by::require(by, Permission::RegisterWrite, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let pseudonym = rows::get(tx, id).await?.pseudonym;
        let listed = event::list(tx, id).await?;
        let actor = by::ledger(by);
        let mut act = act(Kind::PersonRead, by, &actor).fact("what", "life-events");
        act.person = Some(&pseudonym);
        ledger::append(tx, &means, &act).await?;
        Ok(listed.into_iter().map(EventView::from).collect())
    }.await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked() {
        assert_eq!(masked("A123456789"), "A••••••789");
        assert_eq!(masked("1234"), "1••4");
        assert_eq!(masked(""), "");
    }

    #[test]
    fn an_event_has_a_reason_only_where_it_needs_one() {
        let event =
            |kind: &str, reason: Option<&str>| EventNew { kind: kind.to_owned(), reason: reason.map(str::to_owned) };
        assert!(event("portrait-exception", Some("burns")).event().is_ok());
        assert_eq!(event("portrait-exception", None).event().unwrap_err().code(), "reason-missing");
        assert_eq!(event("moved", Some("x")).event().unwrap_err().code(), "reason-unfit");
        assert_eq!(event("renamed", None).event().unwrap_err().code(), "row-invalid");
        assert_eq!(event("' OR 1=1", None).event().unwrap_err().code(), "row-invalid");
    }
}
