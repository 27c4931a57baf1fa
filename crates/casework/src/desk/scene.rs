//! A visit as a procedure finds it: its locked row, its persons, the state and the service in the version in which it was opened.

use super::{Desk, attempt};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::service::Service;
use crate::throttle::Gate;
use crate::visit::{self, Act, Actor, Facts, PersonFacts, PersonState, Phase, State};
use jiff::Timestamp;
use serde_json::Value;
use store::consent::{self, Grant, Sight};
use store::id::{OfficeId, VisitId, VisitPersonId};
use store::ledger::{self, Kind, Position, Shard};
use store::station::StationSeat;
use store::visit::{Locked, NewPerson, Visit, VisitPerson};
use store::{Means, Tx, person};

/// What is known of a person before anything was asked: nothing that would allow anything.
pub(super) const NOTHING: PersonFacts =
    PersonFacts { claimed_twice: false, consent_live: false, attempts: Gate::Off, factor_shown: false, finding: None };

/// A visit, locked until the transaction ends.
pub(super) struct Scene<'d> {
    desk: &'d Desk,
    now: Timestamp,
    pub(super) visit: Locked,
    pub(super) state: State,
    pub(super) service: &'d Service,
    /// When the visit's time is over.
    pub(super) deadline: Timestamp,
}

/// What an entry of the ledger says beside who, where, in which visit and service.
pub(super) struct Note {
    kind: Kind,
    person: Option<u32>,
    facts: Vec<(&'static str, Value)>,
}

impl Note {
    /// About the visit as a whole.
    pub(super) fn of(kind: Kind) -> Self {
        Self { kind, person: None, facts: Vec::new() }
    }

    /// About one person of it.
    pub(super) fn about(kind: Kind, person: u32) -> Self {
        Self { kind, person: Some(person), facts: Vec::new() }
    }

    /// With one fact more.
    pub(super) fn fact(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.facts.push((name, value.into()));
        self
    }

    /// With these facts more.
    pub(super) fn facts(mut self, facts: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        self.facts.extend(facts);
        self
    }
}

/// The state of a visit and the service in the version in which it was opened.
pub(super) fn read<'d>(desk: &'d Desk, visit: &Visit) -> Result<(State, &'d Service)> {
    let version = visit.service_version.parse().map_err(|_| damaged())?;
    Ok((State::parse(&visit.state)?, desk.services.version(&visit.service, version)?))
}

/// The claimed person who plays the role at a place of the service, if somebody is claimed there.
pub(super) fn at<'v>(visit: &'v Visit, service: &Service, index: u32) -> Option<&'v VisitPerson> {
    let role = service.definition().persons.get(index as usize)?;
    visit.persons.iter().find(|person| person.role == role.role)
}

impl<'d> Scene<'d> {
    /// The visit of an office, locked.
    pub(super) async fn lock(
        tx: &mut Tx,
        desk: &'d Desk,
        now: Timestamp,
        (office, id): (&OfficeId, &VisitId),
    ) -> Result<Self> {
        let visit = store::visit::lock(tx, office, id, None).await?;
        let (state, service) = read(desk, &visit)?;
        let deadline = visit.expires;
        Ok(Self { desk, now, visit, state, service, deadline })
    }

    /// The visit at a station, locked.
    pub(super) async fn at_station(
        tx: &mut Tx,
        desk: &'d Desk,
        now: Timestamp,
        (seat, id): (&StationSeat, &VisitId),
    ) -> Result<Self> {
        let scene = Self::lock(tx, desk, now, (seat.office(), id)).await?;
        if scene.visit.station.as_ref() == Some(seat.station()) {
            return Ok(scene);
        }
        Err(Error::new(Code::StationForeign, "the visit is not at this station"))
    }

    /// Time, randomness and keys.
    pub(super) fn means(&self) -> Means<'d> {
        self.desk.means(self.now)
    }

    /// What the procedure stands on.
    pub(super) fn desk(&self) -> &'d Desk {
        self.desk
    }

    /// The claimed person at a place of the visit.
    pub(super) fn person(&self, index: u32) -> Result<&VisitPerson> {
        self.state.person(index as usize)?;
        let found = at(&self.visit, self.service, index);
        found.ok_or_else(|| Error::new(Code::TransitionRefused, format!("nobody is claimed at place {index}")))
    }

    /// How far the person at a place has come.
    pub(super) fn stands(&self, index: u32) -> Result<PersonState> {
        self.state.person(index as usize)
    }

    /// The place of a claimed person.
    pub(super) fn place_of(&self, id: &VisitPersonId) -> Result<u32> {
        let claimed = self.visit.persons.iter().find(|person| person.id == *id).ok_or_else(damaged)?;
        let place = self.service.definition().persons.iter().position(|role| role.role == claimed.role);
        place.map(|place| place as u32).ok_or_else(damaged)
    }

    /// The grant of the person's consent in this visit, for the service's purpose.
    ///
    /// # Errors
    /// `consent-first` when no consent was asked; the codes of [`consent::require`].
    pub(super) async fn grant(&self, tx: &mut Tx, index: u32) -> Result<Grant> {
        let place = self.person(index)?;
        let consent = place.consent.as_ref();
        let consent = consent.ok_or_else(|| Error::new(Code::ConsentFirst, "no consent was asked of this person"))?;
        Ok(consent::require(tx, &self.means(), consent, &place.person, self.service.purpose()).await?)
    }

    /// What the report by face about the person allows a second operator to look at, whatever time the consent has left; none when there is no
    /// such report, so that only a grant allows it.
    ///
    /// # Errors
    /// `pictures-closed` when its time is over; the codes of [`consent::of_report`].
    pub(super) async fn held(&self, tx: &mut Tx, index: u32) -> Result<Option<Sight<'static>>> {
        match self.state.phase() {
            Phase::Reported(report) if report.person == index as usize && report.is_by_face() => {}
            _ => return Ok(None),
        }
        let report = super::visit::waiting(tx, self).await?;
        let sight = consent::of_report(tx, &self.means(), &report.id).await?;
        let over = || Error::new(Code::PicturesClosed, "the time of the report is over, or it holds no pictures");
        sight.ok_or_else(over).map(Some)
    }

    /// What the state machine is told when only one person matters.
    pub(super) fn only(&self, index: u32, facts: PersonFacts) -> Vec<PersonFacts> {
        let mut all = self.nothing();
        if let Some(place) = all.get_mut(index as usize) {
            *place = facts;
        }
        all
    }

    /// What the state machine is told when no person matters.
    pub(super) fn nothing(&self) -> Vec<PersonFacts> {
        vec![NOTHING; self.state.persons().len()]
    }

    /// What the state machine makes of an act; nothing is stored yet.
    pub(super) fn after(&self, act: &Act, actor: &Actor, persons: &[PersonFacts]) -> Result<State> {
        let deadline_passed = self.deadline <= self.now;
        visit::apply(&self.state, act, &Facts { actor, rules: self.service.rules(), persons, deadline_passed })
    }

    /// Does an act that does not end the visit: the state machine decides, the new state is stored.
    pub(super) async fn step(&mut self, tx: &mut Tx, act: &Act, actor: &Actor, persons: &[PersonFacts]) -> Result<()> {
        let next = self.after(act, actor, persons)?;
        store::visit::set_state(tx, &mut self.visit, &next.to_string()).await?;
        self.take_over(tx, next).await
    }

    /// Notes who the person at a place claims to be, in the state that the state machine gave.
    pub(super) async fn join(
        &mut self,
        tx: &mut Tx,
        index: u32,
        person: &store::id::PersonId,
        next: State,
    ) -> Result<()> {
        let means = self.means();
        let state = next.person(index as usize)?;
        let definition = self.service.definition();
        let role = &definition.persons.get(index as usize).ok_or_else(damaged)?.role;
        let new = NewPerson { role, person, state: state.as_str() };
        store::visit::add_person(tx, &means, &mut self.visit, &new).await?;
        store::visit::set_state(tx, &mut self.visit, &next.to_string()).await?;
        self.state = next;
        Ok(())
    }

    /// Stores the states of the persons after a step. Whose capture yields no evidence any more has not failed: the attempt is taken back.
    async fn take_over(&mut self, tx: &mut Tx, next: State) -> Result<()> {
        let is_over = matches!(next.phase(), Phase::Decided(_));
        for (index, state) in next.persons().iter().enumerate() {
            let Some(place) = at(&self.visit, self.service, index as u32).cloned() else { continue };
            let was = self.state.person(index)?;
            if was == PersonState::Capturing
                && (is_over || !matches!(state, PersonState::Capturing | PersonState::EvidenceClosed))
            {
                attempt::void(tx, self, &place.person).await?;
            }
            if place.state == state.as_str() {
                continue;
            }
            store::visit::set_person_state(tx, &mut self.visit, &place.id, state.as_str()).await?;
            if matches!(state, PersonState::ConsentGiven | PersonState::OtherPath) {
                store::capture::end_of(tx, &self.means(), &place.id).await?;
            }
        }
        self.state = next;
        Ok(())
    }

    /// Ends the visit in a decided state: the states are stored, its captures end and their pictures are deleted. Says how many.
    pub(super) async fn close(&mut self, tx: &mut Tx, next: State) -> Result<u64> {
        let means = self.means();
        let text = next.to_string();
        self.take_over(tx, next).await?;
        Ok(store::visit::close(tx, &means, &mut self.visit, &text).await?.frames)
    }

    /// Refuses unless the visit waits for another operator; gives the place of the person whom the report concerns.
    pub(super) fn reported(&self) -> Result<u32> {
        match self.state.phase() {
            Phase::Reported(report) => Ok(report.person as u32),
            phase => Err(Error::new(Code::IncidentSettled, format!("the visit is {}", phase.as_str()))),
        }
    }

    /// Writes the entry of an act into the office's ledger.
    pub(super) async fn note(&self, tx: &mut Tx, actor: &ledger::Actor, note: Note) -> Result<Position> {
        let place = note.person.map(|index| self.person(index)).transpose()?;
        let pseudonym = match place {
            Some(place) => Some(person::get(tx, &place.person).await?.pseudonym),
            None => None,
        };
        let act = ledger::Act {
            person: pseudonym.as_deref(),
            service: Some(&self.visit.service),
            visit: Some(&self.visit.id),
            consent: place.and_then(|place| place.consent.as_ref()),
            facts: note.facts,
            ..ledger::Act::new(note.kind, Shard::Office(self.visit.office.clone()), actor)
        };
        Ok(ledger::append(tx, &self.means(), &act).await?)
    }

    /// Writes an entry for each claimed person, or one about nobody when none is claimed, so that every citizen finds their part.
    pub(super) async fn note_each(&self, tx: &mut Tx, actor: &ledger::Actor, note: Note) -> Result<()> {
        let Note { kind, facts, .. } = note;
        for place in &self.visit.persons {
            let person = Some(self.place_of(&place.id)?);
            self.note(tx, actor, Note { kind, person, facts: facts.clone() }).await?;
        }
        if self.visit.persons.is_empty() {
            self.note(tx, actor, Note { kind, person: None, facts }).await?;
        }
        Ok(())
    }
}

/// What is not there, or not yours to see.
pub(super) fn not_found() -> Error {
    store::Error::new(store::Code::NotFound, "there is no such record").into()
}

pub(super) fn damaged() -> Error {
    Error::new(Code::VisitStateInvalid, "the visit's row does not fit its state")
}
