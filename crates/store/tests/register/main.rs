//! Offices, stations, persons, portraits and what the program remembers for itself, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a step of a test that fails is the test's failure")]

mod apart;
mod guardians;
mod imports;
mod offices;
mod persons;
mod portraits;
mod requests;

use store::person::PersonData;
use store::{Code, Result};

/// A text that breaks any statement that is put together from texts.
const NASTY: &str = "Robert'); DROP TABLE persons;-- \"$1\" \\ %_ /* */ ` 王小明 \u{1f642}";

/// Made-up data of a person.
fn data(number: &str) -> PersonData {
    PersonData {
        name: NASTY.to_owned(),
        number: number.to_owned(),
        birth_date: "1946-02".to_owned(),
        address: Some(NASTY.to_owned()),
        language: Some("zh-Hant".to_owned()),
    }
}

/// The code of a refusal.
fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().and_then(|error| error.code())
}
