//! A furnished register for tests: two offices with stations and operators, persons with portraits, a child with a guardian, a clock that
//! stands still until it is moved, and the steps of a visit that many tests begin with.

use crate::SeededRandom;
use jiff::{SignedDuration, Timestamp};
use seal::keys::FileRing;
use seal::token::Token;
use store::consent::{self, Grant, Request, Text};
use store::id::{CaptureId, ConsentId, EvidenceId, OfficeId, OperatorId, PersonId, StationId, VisitId, VisitPersonId};
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::office::NewOffice;
use store::operator::NewOperator;
use store::person::PersonData;
use store::person::guardian::NewGuardian;
use store::portrait::NewPortrait;
use store::station::StationKind;
use store::{Db, Means, Result, Tx, capture, evidence, judgement, visit};

/// The purpose of the tests' service.
pub const PURPOSE: &str = "identity-check";
/// The tests' service.
pub const SERVICE: &str = "household.identity-card";
/// The text that persons are shown.
pub const TEXT: Text<'static> =
    Text { service: SERVICE, version: "1", language: "en", text: "May we compare your face with your portrait?" };
/// How long a consent of the tests lasts.
pub const CONSENT: SignedDuration = SignedDuration::from_hours(24);
/// How long a visit of the tests lasts.
pub const VISIT: SignedDuration = SignedDuration::from_hours(2);
/// Enough of a JPEG to be stored.
const PICTURE: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4];

/// A person with a portrait.
#[derive(Clone, Debug)]
pub struct Somebody {
    /// The person.
    pub id: PersonId,
    /// The portrait.
    pub portrait: String,
}

/// Two offices and those who come and work there.
pub struct Desk {
    /// The keys.
    pub ring: FileRing,
    /// The randomness.
    pub random: SeededRandom,
    /// The clock.
    pub now: Timestamp,
    /// The office.
    pub office: OfficeId,
    /// Its station.
    pub station: StationId,
    /// Its clerk.
    pub clerk: OperatorId,
    /// Another operator of it.
    pub second: OperatorId,
    /// Another office.
    pub other_office: OfficeId,
    /// Its station.
    pub other_station: StationId,
    /// An adult.
    pub person: Somebody,
    /// Another adult, guardian of the child.
    pub guardian: Somebody,
    /// A child.
    pub child: Somebody,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Desk({})", self.now)
    }
}

/// A person in a visit.
#[derive(Clone, Debug)]
pub struct Seat {
    /// The visit.
    pub visit: VisitId,
    /// The person's place in it.
    pub visit_person: VisitPersonId,
    /// The person.
    pub person: PersonId,
    /// The consent.
    pub consent: ConsentId,
}

impl Desk {
    /// Furnishes an empty database.
    ///
    /// # Errors
    /// The codes of the store.
    pub async fn new(db: &Db) -> Result<Self> {
        let ring = crate::ring();
        let random = SeededRandom::new(7);
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 50);
        let means = Means { now, random: &random, ring: &ring };
        let mut tx = db.write().await?;
        let (office, station) = place(&mut tx, &means, "north").await?;
        let (other_office, other_station) = place(&mut tx, &means, "south").await?;
        let clerk = operator(&mut tx, &means, &office, "clerk").await?;
        let second = operator(&mut tx, &means, &office, "second").await?;
        let person = somebody(&mut tx, &means, "A100000001").await?;
        let guardian = somebody(&mut tx, &means, "A100000002").await?;
        let child = somebody(&mut tx, &means, "A100000003").await?;
        let until = now + SignedDuration::from_hours(24 * 365);
        let bond = NewGuardian { child: &child.id, guardian: &guardian.id, ground: "parent", since: now, until };
        store::person::guardian::set(&mut tx, &means, &bond).await?;
        ledger::append(&mut tx, &means, &Act::new(Kind::PersonEnrolled, Shard::Register, &Actor::System)).await?;
        tx.commit().await?;
        Ok(Self {
            ring,
            random,
            now,
            office,
            station,
            clerk,
            second,
            other_office,
            other_station,
            person,
            guardian,
            child,
        })
    }

    /// Time, randomness and keys of an act.
    pub fn means(&self) -> Means<'_> {
        Means { now: self.now, random: &self.random, ring: &self.ring }
    }

    /// Moves the clock.
    pub fn wait(&mut self, time: SignedDuration) {
        self.now += time;
    }

    /// Adds a person with a portrait.
    ///
    /// # Errors
    /// The codes of the store.
    pub async fn somebody(&self, db: &Db, number: &str) -> Result<Somebody> {
        let mut tx = db.write().await?;
        let somebody = somebody(&mut tx, &self.means(), number).await?;
        self.keep(tx).await?;
        Ok(somebody)
    }

    /// Appends an entry for what was done and commits.
    ///
    /// # Errors
    /// The codes of the store.
    pub async fn keep(&self, mut tx: Tx) -> Result<()> {
        let act = Act::new(Kind::VisitOpened, Shard::Office(self.office.clone()), &Actor::System);
        ledger::append(&mut tx, &self.means(), &act).await?;
        tx.commit().await
    }

    /// Asks a person for consent to the tests' purpose.
    ///
    /// # Errors
    /// The codes of the store.
    pub async fn ask(&self, db: &Db, person: &PersonId, purpose: &str) -> Result<(ConsentId, Token)> {
        let mut tx = db.write().await?;
        let request = Request {
            person,
            given_by: person,
            purpose,
            controller: "City of Examples",
            recipients: &["north".to_owned()],
            text: &TEXT,
            expires: self.now + CONSENT,
        };
        let asked = consent::request(&mut tx, &self.means(), &Actor::Operator(self.clerk.clone()), &request).await?;
        self.keep(tx).await?;
        Ok((asked.id, asked.withdrawal))
    }

    /// Asks a person, who agrees.
    ///
    /// # Errors
    /// The codes of the store.
    pub async fn agreed(&self, db: &Db, person: &PersonId, purpose: &str) -> Result<(ConsentId, Token)> {
        let (id, token) = self.ask(db, person, purpose).await?;
        let mut tx = db.write().await?;
        consent::give(&mut tx, &self.means(), &Actor::Station(self.station.clone()), &id).await?;
        self.keep(tx).await?;
        Ok((id, token))
    }

    /// The grant of a consent to the tests' purpose.
    ///
    /// # Errors
    /// The codes of the store.
    pub async fn grant(&self, tx: &mut Tx, seat: &Seat) -> Result<Grant> {
        consent::require(tx, &self.means(), &seat.consent, &seat.person, PURPOSE).await
    }

    /// Opens a visit of a person who has agreed.
    ///
    /// # Errors
    /// The codes of the store.
    pub async fn visit(&self, db: &Db, person: &PersonId, consent: &ConsentId) -> Result<Seat> {
        let mut tx = db.write().await?;
        let id = visit::open(&mut tx, &self.means(), &self.new_visit()).await?;
        let mut locked = visit::lock(&mut tx, &self.office, &id, None).await?;
        let new = visit::NewPerson { role: "applicant", person, state: "claimed" };
        let visit_person = visit::add_person(&mut tx, &self.means(), &mut locked, &new).await?;
        visit::set_consent(&mut tx, &mut locked, &visit_person, consent).await?;
        self.keep(tx).await?;
        Ok(Seat { visit: id, visit_person, person: person.clone(), consent: consent.clone() })
    }

    /// A visit of the tests' service, to be opened.
    pub fn new_visit(&self) -> visit::New<'_> {
        visit::New {
            office: &self.office,
            station: Some(&self.station),
            service: SERVICE,
            service_version: "1",
            variant: "collect",
            channel: "counter",
            state: "opened",
            opened_by: &self.clerk,
            expires: self.now + VISIT,
        }
    }

    /// Takes in one live picture.
    ///
    /// # Errors
    /// The codes of the store.
    pub async fn captured(&self, db: &Db, seat: &Seat) -> Result<CaptureId> {
        let mut tx = db.write().await?;
        let means = self.means();
        let grant = self.grant(&mut tx, seat).await?;
        let opened = capture::open(&mut tx, &means, &grant, &seat.visit_person, &self.station).await?;
        let taken = capture::take(&mut tx, &means, &grant, opened.nonce.as_str(), &self.station).await?;
        let frame = capture::Frame { capture: &taken, position: 0, bytes: PICTURE };
        capture::put_frame(&mut tx, &means, &grant, &frame).await?;
        self.keep(tx).await?;
        Ok(taken)
    }

    /// Seals evidence of a capture.
    ///
    /// # Errors
    /// The codes of the store.
    pub async fn evidence(&self, db: &Db, seat: &Seat, capture: &CaptureId) -> Result<EvidenceId> {
        let mut tx = db.write().await?;
        let grant = self.grant(&mut tx, seat).await?;
        let new = evidence::New { visit_person: &seat.visit_person, capture, json: br#"{"similarity":92}"# };
        let id = evidence::put(&mut tx, &self.means(), &grant, &new).await?;
        self.keep(tx).await?;
        Ok(id)
    }

    /// Notes that an operator sees the same person.
    ///
    /// # Errors
    /// The codes of the store.
    pub async fn judged(&self, db: &Db, seat: &Seat, evidence: &EvidenceId, operator: &OperatorId) -> Result<()> {
        let mut tx = db.write().await?;
        let answer = judgement::Answer::Same;
        let new = judgement::New { visit_person: &seat.visit_person, evidence, operator, answer };
        judgement::put(&mut tx, &self.means(), &new).await?;
        self.keep(tx).await
    }
}

async fn place(tx: &mut Tx, means: &Means<'_>, code: &str) -> Result<(OfficeId, StationId)> {
    let office = store::office::add(tx, means, &NewOffice { code, name: code, contacts: &[] }).await?;
    let (station, _) = store::station::add(tx, means, &office, "one", StationKind::Counter).await?;
    Ok((office, station))
}

async fn operator(tx: &mut Tx, means: &Means<'_>, office: &OfficeId, login: &str) -> Result<OperatorId> {
    let roles = ["clerk".to_owned()];
    let new = NewOperator { login, name: login, office: Some(office), roles: &roles, trained_until: None };
    Ok(store::operator::invitation::invite(tx, means, &new).await?.operator)
}

async fn somebody(tx: &mut Tx, means: &Means<'_>, number: &str) -> Result<Somebody> {
    let data = PersonData {
        name: "Somebody".to_owned(),
        number: number.to_owned(),
        birth_date: "1980".to_owned(),
        address: None,
        language: None,
    };
    let id = store::person::add(tx, means, &data).await?.id;
    let new =
        NewPortrait { person: &id, image: PICTURE, taken_on: Some("2010-05"), source: "identity-card", quality: 70 };
    let portrait = store::portrait::add(tx, means, &new).await?;
    Ok(Somebody { id, portrait })
}
