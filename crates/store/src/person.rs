//! Persons in the register: who someone is, sealed under a key of their own; found by a keyed hash of the identity number.
//!
//! The row itself tells nothing about who someone is. Life events stand in [`event`], guardianships in [`guardian`], erasure in [`erase`].

pub mod erase;
pub mod event;
pub mod guardian;
mod number;

pub use event::{Change, Event, Kind, State};
pub use number::Number;

use crate::error::{Error, Result};
use crate::field;
use crate::id::{PersonId, untimed};
use crate::limits::{NAME_BYTES_MAX, NOTE_BYTES_MAX, moment};
use crate::tx::Tx;
use crate::{Code, Means, Table};
use jiff::Timestamp;
use seal::keys::{DataKey, Domain, Wrapped};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// Longest language tag, bytes (RFC 5646 §4.4.1 recommends room for 35).
const LANGUAGE_BYTES_MAX: usize = 35;

/// What tells who a person is. Sealed in the database; its debug form holds nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonData {
    /// The name, at most 200 bytes.
    pub name: String,
    /// The identity number as it is printed.
    pub number: String,
    /// The date of birth as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub birth_date: String,
    /// The address, at most 2,000 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The language in which the person wants to be spoken to, as a tag such as `zh-Hant`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl std::fmt::Debug for PersonData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonData")
    }
}

impl PersonData {
    /// Checks every field and gives the number in its normal form.
    ///
    /// # Errors
    /// `number-invalid`, `text-too-long`, `row-invalid`.
    pub fn check(&self) -> Result<Number> {
        field::text("the name", &self.name, NAME_BYTES_MAX)?;
        field::date("the date of birth", &self.birth_date)?;
        if let Some(address) = &self.address {
            field::text("the address", address, NOTE_BYTES_MAX)?;
        }
        if let Some(language) = &self.language {
            field::text("the language", language, LANGUAGE_BYTES_MAX)?;
            if !language.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                return Err(Error::new(Code::RowInvalid, "the language is not a tag"));
            }
        }
        self.number.parse()
    }
}

/// A person without what tells who it is.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// The id: never in the ledger.
    pub id: PersonId,
    /// The name in the ledger: 128 random bits.
    pub pseudonym: String,
    /// Where the person stands.
    pub state: State,
    /// Why there is no usable portrait, as a code word; none when there may be one.
    pub portrait_exception: Option<String>,
    /// When the person was added.
    pub created_at: Timestamp,
    /// When anything of the row was last changed.
    pub changed_at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: String,
    pseudonym: String,
    state: String,
    portrait_exception: Option<String>,
    created_at_ms: i64,
    changed_at_ms: i64,
}

#[derive(FromRow)]
struct Secret {
    state: String,
    key_id: String,
    wrapped: Vec<u8>,
    sealed: Vec<u8>,
}

impl Row {
    fn person(self) -> Result<Person> {
        Ok(Person {
            id: self.id.try_into()?,
            pseudonym: self.pseudonym,
            state: self.state.parse()?,
            portrait_exception: self.portrait_exception,
            created_at: moment(self.created_at_ms)?,
            changed_at: moment(self.changed_at_ms)?,
        })
    }
}

/// Adds a person.
///
/// # Errors
/// `already-exists` when the number is in the register; `number-invalid`, `text-too-long`, `row-invalid`; the codes of the key ring and the
/// database.
pub async fn add(tx: &mut Tx, means: &Means<'_>, data: &PersonData) -> Result<Person> {
    let number = data.check()?;
    refuse_known(tx, means, &number, None).await?;
    let id = PersonId::new(means);
    let pseudonym = untimed(means);
    let key = DataKey::generate(means.random);
    let wrapped = means.ring.wrap(Domain::Identity, &key, &[b"person", id.as_str().as_bytes()], means.random)?;
    let (number_key, number_hash) = number.current_hash(means)?;
    tx.run(
        sqlx::query(
            "INSERT INTO persons (id, pseudonym, state, key_id, wrapped, sealed, number_key_id, number_hash, \
             created_at_ms, changed_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        )
        .bind(id.as_str())
        .bind(pseudonym)
        .bind(State::Active.as_str())
        .bind(wrapped.key.to_string())
        .bind(wrapped.bytes)
        .bind(seal_data(means, &id, &key, data)?)
        .bind(number_key.to_string())
        .bind(number_hash)
        .bind(means.now_ms()),
    )
    .await?;
    tx.touch(Table::Persons, id.as_str());
    get(tx, &id).await
}

/// The person with this identity number; none when nobody has it. Numbers are found by their keyed hash, with older keys too while a rotation
/// runs.
///
/// # Errors
/// `number-invalid`; `key-ring-stale` when nobody is found and the number may be hashed with a key that this ring has not read yet; the
/// codes of the database.
pub async fn find_by_number(tx: &mut Tx, means: &Means<'_>, number: &str) -> Result<Option<Person>> {
    let number: Number = number.parse()?;
    for hash in number.hashes(means) {
        let row: Option<Row> = tx
            .maybe(
                sqlx::query(
                    "SELECT id, pseudonym, state, portrait_exception, created_at_ms, changed_at_ms FROM persons \
                     WHERE number_hash = $1",
                )
                .bind(hash),
            )
            .await?;
        if let Some(row) = row {
            return Ok(Some(row.person()?));
        }
    }
    // Nobody has it, unless somebody else hashes with a newer key already.
    crate::meta::refuse_stale(tx, means).await?;
    Ok(None)
}

/// One person.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn get(tx: &mut Tx, id: &PersonId) -> Result<Person> {
    let row: Row = tx
        .one(
            sqlx::query(
                "SELECT id, pseudonym, state, portrait_exception, created_at_ms, changed_at_ms FROM persons WHERE id = $1",
            )
            .bind(id.as_str()),
        )
        .await?;
    row.person()
}

/// One person, whose row nobody else changes until the transaction ends.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn lock(tx: &mut Tx, id: &PersonId) -> Result<Person> {
    let row: Row = tx
        .one(
            sqlx::query(
                "UPDATE persons SET state = state WHERE id = $1 \
                 RETURNING id, pseudonym, state, portrait_exception, created_at_ms, changed_at_ms",
            )
            .bind(id.as_str()),
        )
        .await?;
    row.person()
}

/// Refuses a person for whom nothing may be done at the moment.
///
/// # Errors
/// `person-locked`, `person-deceased`; `person-unknown` when the record was erased.
pub fn usable(state: State) -> Result<()> {
    match state {
        State::Active | State::Moved => Ok(()),
        State::Locked => Err(Error::new(Code::PersonLocked, "the record is locked")),
        State::Deceased => Err(Error::new(Code::PersonDeceased, "the person is recorded as deceased")),
        State::Erased => Err(Error::new(Code::PersonUnknown, "the record was erased")),
    }
}

/// Opens what tells who a person is. Whoever calls this says so in the ledger (`person.read`).
///
/// # Errors
/// `not-found`; `person-unknown` when the record was erased; the codes of the key ring and the database.
pub async fn read(tx: &mut Tx, means: &Means<'_>, id: &PersonId) -> Result<PersonData> {
    Ok(open(tx, means, id).await?.1)
}

/// The data key and the data of a person.
pub(crate) async fn open(tx: &mut Tx, means: &Means<'_>, id: &PersonId) -> Result<(DataKey, PersonData)> {
    let row: Secret = tx
        .one(sqlx::query("SELECT state, key_id, wrapped, sealed FROM persons WHERE id = $1").bind(id.as_str()))
        .await?;
    if row.state == State::Erased.as_str() {
        return Err(Error::new(Code::PersonUnknown, "the record was erased"));
    }
    let wrapped = Wrapped { key: row.key_id.parse()?, bytes: row.wrapped };
    let key = means.ring.unwrap(Domain::Identity, &wrapped, &[b"person", id.as_str().as_bytes()])?;
    let opened = seal::record::open(&key, &[b"persons", id.as_str().as_bytes()], &row.sealed)?;
    let data = serde_json::from_slice(&opened);
    // The parser's own words may quote the value.
    let data = data.map_err(|_| Error::new(Code::RowInvalid, "the sealed data of a person are in an unknown form"))?;
    Ok((key, data))
}

/// Seals the data of a person under the person's key.
fn seal_data(means: &Means<'_>, id: &PersonId, key: &DataKey, data: &PersonData) -> Result<Vec<u8>> {
    let text = zeroize::Zeroizing::new(field::to_json(data)?);
    Ok(seal::record::seal(key, &[b"persons", id.as_str().as_bytes()], text.as_bytes(), means.random))
}

/// Refuses a number that another person has. The unique column alone does not, while a rotation has hashed only some numbers again.
async fn refuse_known(tx: &mut Tx, means: &Means<'_>, number: &Number, but: Option<&PersonId>) -> Result<()> {
    match find_by_number(tx, means, number.as_str()).await? {
        Some(person) if Some(&person.id) != but => {
            Err(Error::new(Code::AlreadyExists, "a person with this number is in the register"))
        }
        _ => Ok(()),
    }
}
