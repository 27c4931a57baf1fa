//! An office that works: operators, stations and persons with portraits on a database, and whole visits through the procedures, with fake
//! models, so that a visit takes milliseconds.
//!
//! What another process needs to go on with the same office is in its [`Keys`].

pub mod examine;
pub mod fakes;
pub mod story;
pub mod witness;

use casework::desk::{Desk, Parts, Settings};
use casework::{Result, Services};
use face::Engine;
use jiff::{SignedDuration, Timestamp};
use seal::Random;
use seal::keys::KeyRing;
use seal::totp::Secret;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::id::{OfficeId, OperatorId, PersonId, StationId};
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::office::{Contact, ContactKind, NewOffice};
use store::operator::{NewOperator, credential, invitation};
use store::person::PersonData;
use store::portrait::NewPortrait;
use store::session::{self, Factor, SignedIn};
use store::station::{self, StationKind, StationSeat};
use store::{Db, Means, Tx, person, portrait};

/// The name of the ledger.
pub const ORIGIN: &str = "office.example/ledger";
/// The service of the visits.
pub const SERVICE: &str = "household.identity-card";
/// The password of the clerk.
pub const PASSWORD: &str = "copper lantern over seven rivers";
/// The login of the clerk.
pub const LOGIN: &str = "clerk";
/// The secret of the clerk's one-time codes.
pub const TOTP: [u8; 20] = *b"twenty bytes of code";
/// How long sessions and training last: longer than any run.
const LASTS: SignedDuration = SignedDuration::from_hours(12);

/// What another process needs to work in the same office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// The session of a clerk.
    pub clerk: String,
    /// The session of another clerk, who is a supervisor too.
    pub senior: String,
    /// The pairing of each station.
    pub stations: Vec<String>,
    /// How many persons there are; see [`number`].
    pub persons: u64,
}

/// An office at work.
pub struct Office {
    /// The procedures' ground.
    pub desk: Desk,
    /// The office.
    pub id: OfficeId,
    /// A clerk.
    pub clerk: SignedIn,
    /// Another clerk, who is a supervisor too.
    pub senior: SignedIn,
    /// The stations.
    pub seats: Vec<StationSeat>,
    /// How many persons there are; see [`number`].
    pub persons: u64,
}

impl std::fmt::Debug for Office {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Office({:?})", self.desk)
    }
}

/// The moment at which every scenario begins.
pub fn begin() -> Timestamp {
    crate::World::default().now
}

/// The identity number of a person.
pub fn number(person: u64) -> String {
    format!("A{person:09}")
}

/// What a [`Desk`] stands on, besides the database.
pub struct Ground {
    /// The keys.
    pub ring: Arc<dyn KeyRing>,
    /// The randomness; another seed for every process on the same database.
    pub random: Arc<dyn Random>,
    /// The engine.
    pub engine: Arc<Engine>,
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ground")
    }
}

impl Ground {
    /// The keys of all tests, randomness of a seed, and fake models.
    ///
    /// # Errors
    /// The codes of packs, when the fake one cannot be written.
    pub fn new(seed: u64) -> Result<Self> {
        let random = Arc::new(crate::SeededRandom::new(seed));
        Ok(Self { ring: Arc::new(crate::ring()), random, engine: Arc::new(fakes::engine()?) })
    }
}

/// A desk on a database.
///
/// # Errors
/// The codes of the service definitions.
pub fn desk(db: Db, ground: Ground) -> Result<Desk> {
    let Ground { ring, random, engine } = ground;
    let parts = Parts { db, ring, random, engine, services: Arc::new(Services::builtin()?) };
    let settings = Settings {
        public_url: "https://office.example".to_owned(),
        origin: ORIGIN.to_owned(),
        session_longest_min: 720,
        session_idle_min: 720,
        analyses_waiting_max: 64,
    };
    Ok(Desk::new(parts, settings))
}

/// Furnishes an empty database: an office with two operators, `counters` stations and `persons` persons with a portrait each.
///
/// # Errors
/// The codes of the store.
pub async fn furnish(desk: &Desk, counters: usize, persons: u64) -> Result<Keys> {
    let means = desk.means(begin());
    let mut tx = desk.db.write().await?;
    store::meta::install(&mut tx, &means, ORIGIN).await?;
    let contacts = [Contact { kind: ContactKind::Email, value: "duty@office.example".to_owned() }];
    let new = NewOffice { code: "north", name: "North Office", contacts: &contacts };
    let office = store::office::add(&mut tx, &means, &new).await?;
    let mut stations = Vec::new();
    for counter in 0..counters {
        stations.push(paired(&mut tx, &means, (&office, counter)).await?.1);
    }
    let (by, clerk) = operator(&mut tx, &means, (LOGIN, &office, &["clerk"])).await?;
    let (_, senior) = operator(&mut tx, &means, ("senior", &office, &["clerk", "supervisor"])).await?;
    let password_hash = seal::password::hash(PASSWORD, means.random)?;
    let new = credential::NewCredentials { password_hash: &password_hash, totp_secret: &Secret::from_bytes(&TOTP)? };
    credential::set(&mut tx, &means, &by, &new).await?;
    for number in 0..persons {
        enrol(&mut tx, &means, number, &fakes::picture(number, 0)).await?;
    }
    keep(tx, &means).await?;
    Ok(Keys { clerk, senior, stations, persons })
}

/// Appends an entry for what was touched, and commits.
///
/// # Errors
/// The codes of the store.
pub async fn keep(mut tx: Tx, means: &Means<'_>) -> Result<()> {
    let act = Act::new(Kind::PersonEnrolled, Shard::Register, &Actor::System);
    ledger::append(&mut tx, means, &act).await?;
    Ok(tx.commit().await?)
}

/// Adds a person with a portrait. The caller writes the entry.
///
/// # Errors
/// The codes of the store.
pub async fn enrol(tx: &mut Tx, means: &Means<'_>, person: u64, image: &[u8]) -> Result<PersonId> {
    let data = PersonData {
        name: format!("Person {person}"),
        number: number(person),
        birth_date: "1961-08".to_owned(),
        address: Some("1 Long Road".to_owned()),
        language: Some("en".to_owned()),
    };
    let id = person::add(tx, means, &data).await?.id;
    let new = NewPortrait { person: &id, image, taken_on: Some("2016-05"), source: "identity-card", quality: 80 };
    portrait::add(tx, means, &new).await?;
    Ok(id)
}

async fn paired(tx: &mut Tx, means: &Means<'_>, (office, counter): (&OfficeId, usize)) -> Result<(StationId, String)> {
    let (id, code) = station::add(tx, means, office, &format!("{counter}"), StationKind::Counter).await?;
    let token = station::pair(tx, means, code.as_str()).await?.token;
    Ok((id, token.as_str().to_owned()))
}

async fn operator(
    tx: &mut Tx,
    means: &Means<'_>,
    (login, office, roles): (&str, &OfficeId, &[&str]),
) -> Result<(OperatorId, String)> {
    let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
    let trained_until = Some(means.now + SignedDuration::from_hours(24 * 90));
    let new = NewOperator { login, name: login, office: Some(office), roles: &roles, trained_until };
    let operator = invitation::invite(tx, means, &new).await?.operator;
    let token = session::create(tx, means, &operator, Factor::PasswordAndCode, LASTS).await?.token;
    Ok((operator, token.as_str().to_owned()))
}

impl Office {
    /// Goes to work in an office that [`furnish`] furnished.
    ///
    /// # Errors
    /// The codes of the store.
    pub async fn enter(desk: Desk, keys: &Keys, now: Timestamp) -> Result<Self> {
        let means = desk.means(now);
        let mut tx = desk.db.read().await?;
        let clerk = session::require(&mut tx, &means, &keys.clerk, LASTS).await?;
        let senior = session::require(&mut tx, &means, &keys.senior, LASTS).await?;
        let mut seats = Vec::new();
        for token in &keys.stations {
            seats.push(station::require(&mut tx, &means, token).await?);
        }
        drop(tx);
        let id = casework::desk::by::office(&clerk)?.clone();
        Ok(Self { id, clerk, senior, seats, persons: keys.persons, desk })
    }
}
