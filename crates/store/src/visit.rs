//! Visits: one run of a service by one or two persons. What the states mean is the business of casework; here they are words.
//!
//! Every read and every change names the office of whoever asks; a visit of another office is not found. A change needs a [`Locked`] visit,
//! so that two operators never change one at the same time.

mod list;

pub use list::{Line, Page, at_station, due, get, list, office_of};

use crate::error::{Error, Result};
use crate::id::{ConsentId, OfficeId, OperatorId, PersonId, StationId, VisitId, VisitPersonId};
use crate::limits::{NAME_BYTES_MAX, bounded};
use crate::tx::Tx;
use crate::{Code, Means, Table, capture};
use jiff::Timestamp;
use serde::Serialize;

/// Most persons of one visit.
pub const PERSONS_MAX: usize = 2;

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Visit {
    /// Its id.
    pub id: VisitId,
    /// The office.
    pub office: OfficeId,
    /// The station whose camera it uses, once one is chosen.
    pub station: Option<StationId>,
    /// The service.
    pub service: String,
    /// The version of the service's definition under which it was opened.
    pub service_version: String,
    /// The variant of the service.
    pub variant: String,
    /// The channel.
    pub channel: String,
    /// Where it stands.
    pub state: String,
    /// Who opened it.
    pub opened_by: OperatorId,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it ends by itself.
    pub expires: Timestamp,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// Counted up with every change.
    pub revision: i64,
    /// Its persons, in their order.
    pub persons: Vec<VisitPerson>,
}

/// One person of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VisitPerson {
    /// The id of the place in the visit.
    pub id: VisitPersonId,
    /// The part played, such as `applicant`.
    pub role: String,
    /// The person.
    pub person: PersonId,
    /// The consent on which the visit stands for this person.
    pub consent: Option<ConsentId>,
    /// Where it stands for this person.
    pub state: String,
}

/// A visit whose row is locked until the transaction ends. Only [`lock`] makes one.
#[derive(Debug)]
pub struct Locked(Visit);

impl std::ops::Deref for Locked {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.0
    }
}

impl Locked {
    /// The person of this visit with this id.
    ///
    /// # Errors
    /// `not-found`.
    pub fn person(&self, id: &VisitPersonId) -> Result<&VisitPerson> {
        let found = self.0.persons.iter().find(|person| person.id == *id);
        found.ok_or_else(|| Error::new(Code::NotFound, "there is no such person of this visit"))
    }

    /// Refuses a visit that is closed.
    pub(crate) fn must_be_open(&self) -> Result<()> {
        match self.0.closed {
            Some(_) => Err(Error::new(Code::Conflict, "the visit is closed")),
            None => Ok(()),
        }
    }

    fn person_mut(&mut self, id: &VisitPersonId) -> Result<&mut VisitPerson> {
        let found = self.0.persons.iter_mut().find(|person| person.id == *id);
        found.ok_or_else(|| Error::new(Code::NotFound, "there is no such person of this visit"))
    }
}

/// A visit to be opened.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// The office.
    pub office: &'a OfficeId,
    /// The station, if one is chosen already.
    pub station: Option<&'a StationId>,
    /// The service.
    pub service: &'a str,
    /// The version of its definition.
    pub service_version: &'a str,
    /// The variant of the service.
    pub variant: &'a str,
    /// The channel.
    pub channel: &'a str,
    /// The first state.
    pub state: &'a str,
    /// Who opens it.
    pub opened_by: &'a OperatorId,
    /// When it ends by itself.
    pub expires: Timestamp,
}

/// Opens a visit.
///
/// # Errors
/// `not-found` when the station is not one of the office; `row-invalid` or `text-too-long` for a text or when it would have ended already;
/// the codes of the database.
pub async fn open(tx: &mut Tx, means: &Means<'_>, new: &New<'_>) -> Result<VisitId> {
    let words = [
        (new.service, "the service"),
        (new.service_version, "the version of the service"),
        (new.variant, "the variant"),
        (new.channel, "the channel"),
        (new.state, "the state"),
    ];
    for (text, what) in words {
        bounded(text, NAME_BYTES_MAX, what)?;
    }
    if new.expires <= means.now {
        return Err(Error::new(Code::RowInvalid, "the visit would have ended already"));
    }
    if let Some(station) = new.station {
        station_of(tx, new.office, station).await?;
    }
    let id = VisitId::new(means);
    tx.run(
        sqlx::query(
            "INSERT INTO visits (id, office_id, station_id, service, service_version, variant, channel, state, opened_by, \
             opened_at_ms, expires_at_ms, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)",
        )
        .bind(id.as_str())
        .bind(new.office.as_str())
        .bind(new.station.map(StationId::as_str))
        .bind(new.service)
        .bind(new.service_version)
        .bind(new.variant)
        .bind(new.channel)
        .bind(new.state)
        .bind(new.opened_by.as_str())
        .bind(means.now_ms())
        .bind(new.expires.as_millisecond()),
    )
    .await?;
    tx.touch(Table::Visits, id.as_str());
    Ok(id)
}

/// Refuses a station that is another office's or revoked.
async fn station_of(tx: &mut Tx, office: &OfficeId, station: &StationId) -> Result<()> {
    let found = tx
        .maybe_row(
            sqlx::query("SELECT id FROM stations WHERE id = $1 AND office_id = $2 AND revoked_at_ms IS NULL")
                .bind(station.as_str())
                .bind(office.as_str()),
        )
        .await?;
    match found {
        Some(_) => Ok(()),
        None => Err(Error::new(Code::NotFound, "there is no such station in this office")),
    }
}

/// Locks a visit of the office until the transaction ends and counts its revision up. `expected` is the revision that the caller has seen,
/// where that matters.
///
/// # Errors
/// `not-found` when it is another office's or not there; `conflict` when somebody changed it since; the codes of the database.
pub async fn lock(tx: &mut Tx, office: &OfficeId, id: &VisitId, expected: Option<i64>) -> Result<Locked> {
    let (revision,): (i64,) = tx
        .one(
            sqlx::query(
                "UPDATE visits SET revision = revision + 1 WHERE id = $1 AND office_id = $2 RETURNING revision",
            )
            .bind(id.as_str())
            .bind(office.as_str()),
        )
        .await?;
    tx.touch(Table::Visits, id.as_str());
    if expected.is_some_and(|seen| seen != revision - 1) {
        return Err(Error::new(Code::Conflict, "somebody changed the visit in between"));
    }
    Ok(Locked(get(tx, office, id).await?))
}

/// A person who joins a visit.
#[derive(Clone, Copy, Debug)]
pub struct NewPerson<'a> {
    /// The part played, such as `applicant`.
    pub role: &'a str,
    /// The person.
    pub person: &'a PersonId,
    /// The first state.
    pub state: &'a str,
}

/// Notes who the person of a visit claims to be.
///
/// # Errors
/// `conflict` when the visit is closed or full; `already-exists` when the person is part of it; `not-found` for an unknown person;
/// `row-invalid` or `text-too-long` for a text; the codes of the database.
pub async fn add_person(
    tx: &mut Tx,
    means: &Means<'_>,
    visit: &mut Locked,
    new: &NewPerson<'_>,
) -> Result<VisitPersonId> {
    visit.must_be_open()?;
    bounded(new.role, NAME_BYTES_MAX, "the role")?;
    bounded(new.state, NAME_BYTES_MAX, "the state")?;
    if visit.persons.iter().any(|person| person.person == *new.person) {
        return Err(Error::new(Code::AlreadyExists, "the person is part of this visit"));
    }
    if visit.persons.len() >= PERSONS_MAX {
        return Err(Error::new(Code::Conflict, format!("a visit has at most {PERSONS_MAX} persons")));
    }
    let id = VisitPersonId::new(means);
    tx.run(
        sqlx::query(
            "INSERT INTO visit_persons (id, visit_id, position, role, person_id, state) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.as_str())
        .bind(visit.id.as_str())
        .bind(visit.persons.len() as i64)
        .bind(new.role)
        .bind(new.person.as_str())
        .bind(new.state),
    )
    .await?;
    tx.touch(Table::VisitPersons, id.as_str());
    visit.0.persons.push(VisitPerson {
        id: id.clone(),
        role: new.role.to_owned(),
        person: new.person.clone(),
        consent: None,
        state: new.state.to_owned(),
    });
    Ok(id)
}

/// Changes where the visit stands for one person.
///
/// # Errors
/// `not-found` when it is no person of the visit; `conflict` when the visit is closed; `row-invalid` or `text-too-long`; the codes of the
/// database.
pub async fn set_person_state(tx: &mut Tx, visit: &mut Locked, id: &VisitPersonId, state: &str) -> Result<()> {
    visit.must_be_open()?;
    bounded(state, NAME_BYTES_MAX, "the state")?;
    state.clone_into(&mut visit.person_mut(id)?.state);
    tx.run(sqlx::query("UPDATE visit_persons SET state = $1 WHERE id = $2").bind(state).bind(id.as_str())).await?;
    tx.touch(Table::VisitPersons, id.as_str());
    Ok(())
}

/// Says on which consent the visit stands for one person. The consent's row stays locked until the transaction ends.
///
/// # Errors
/// `not-found` when it is no person of the visit or there is no such consent; `grant-foreign` when the consent is another person's;
/// `consent-ended` when it was refused, withdrawn or has expired; `conflict` when the visit is closed; the codes of the database.
pub async fn set_consent(tx: &mut Tx, visit: &mut Locked, id: &VisitPersonId, consent: &ConsentId) -> Result<()> {
    visit.must_be_open()?;
    let (person, state): (String, String) = tx
        .one(
            sqlx::query("UPDATE consents SET state = state WHERE id = $1 RETURNING person_id, state")
                .bind(consent.as_str()),
        )
        .await?;
    if visit.person(id)?.person.as_str() != person {
        return Err(Error::new(Code::GrantForeign, "the consent is another person's"));
    }
    if state != "requested" && state != "given" {
        return Err(Error::new(Code::ConsentEnded, format!("the consent is {state}")));
    }
    tx.run(
        sqlx::query("UPDATE visit_persons SET consent_id = $1 WHERE id = $2").bind(consent.as_str()).bind(id.as_str()),
    )
    .await?;
    tx.touch(Table::VisitPersons, id.as_str());
    visit.person_mut(id)?.consent = Some(consent.clone());
    Ok(())
}

/// Changes where the visit stands.
///
/// # Errors
/// `conflict` when it is closed; `row-invalid` or `text-too-long`; the codes of the database.
pub async fn set_state(tx: &mut Tx, visit: &mut Locked, state: &str) -> Result<()> {
    visit.must_be_open()?;
    bounded(state, NAME_BYTES_MAX, "the state")?;
    tx.run(sqlx::query("UPDATE visits SET state = $1 WHERE id = $2").bind(state).bind(visit.id.as_str())).await?;
    // Again, because an entry may have been appended since the visit was locked.
    tx.touch(Table::Visits, visit.id.as_str());
    state.clone_into(&mut visit.0.state);
    // An entry between locking and this change has spoken for the row as it was.
    tx.touch(Table::Visits, visit.id.as_str());
    Ok(())
}

/// Chooses the station whose camera the visit uses.
///
/// # Errors
/// `not-found` when it is not one of the office; `conflict` when the visit is closed; the codes of the database.
pub async fn set_station(tx: &mut Tx, visit: &mut Locked, station: &StationId) -> Result<()> {
    visit.must_be_open()?;
    station_of(tx, &visit.office, station).await?;
    tx.run(
        sqlx::query("UPDATE visits SET station_id = $1 WHERE id = $2").bind(station.as_str()).bind(visit.id.as_str()),
    )
    .await?;
    tx.touch(Table::Visits, visit.id.as_str());
    visit.0.station = Some(station.clone());
    Ok(())
}

/// Closes a visit in its last state and ends its captures: live pictures die with the decision.
///
/// # Errors
/// `conflict` when it is closed; `row-invalid` or `text-too-long`; the codes of the database.
pub async fn close(tx: &mut Tx, means: &Means<'_>, visit: &mut Locked, state: &str) -> Result<capture::Ended> {
    set_state(tx, visit, state).await?;
    tx.run(
        sqlx::query("UPDATE visits SET closed_at_ms = $1 WHERE id = $2").bind(means.now_ms()).bind(visit.id.as_str()),
    )
    .await?;
    tx.touch(Table::Visits, visit.id.as_str());
    visit.0.closed = Some(means.now);
    let mut ended = capture::Ended::default();
    for person in &visit.0.persons {
        ended += capture::end_of(tx, means, &person.id).await?;
    }
    Ok(ended)
}

/// Closes a visit whose time has passed; see [`due`].
///
/// # Errors
/// `conflict` when its time has not passed or it is closed; otherwise as [`close`].
pub async fn expire(tx: &mut Tx, means: &Means<'_>, visit: &mut Locked, state: &str) -> Result<capture::Ended> {
    if visit.expires > means.now {
        return Err(Error::new(Code::Conflict, "the visit has time left"));
    }
    close(tx, means, visit, state).await
}
