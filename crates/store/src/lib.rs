//! Everything remembered, and its rules. All SQL is here, one text for SQLite and PostgreSQL.
//!
//! A write happens in a [`Tx`]. It remembers each protected row that it touched; [`ledger::append`] puts a keyed digest of those rows into
//! the entry of the act, and [`Tx::commit`] refuses a change that no entry speaks of. So the ledger is the change log of the records, and
//! `check` can replay it.

pub mod agency;
pub mod attempts;
pub mod bio;
pub mod capture;
pub mod check;
pub mod code;
pub mod consent;
pub mod db;
pub mod delivery;
pub mod dump;
pub mod error;
pub mod evidence;
mod field;
pub mod figures;
pub mod film;
pub mod finding;
pub mod hold;
pub mod id;
pub mod idempotency;
pub mod import;
pub mod incident;
pub mod judgement;
pub mod lease;
pub mod ledger;
pub mod limits;
mod means;
pub mod meta;
pub mod notice;
pub mod office;
pub mod operator;
pub mod outcome;
pub mod passkey;
pub mod person;
pub mod portrait;
pub mod progress;
pub mod retention;
pub mod rotation;
mod row;
pub mod session;
pub mod source;
pub mod station;
pub mod station_alarm;
pub mod table;
pub mod template;
pub mod tx;
pub mod visit;
mod word;

pub use code::Code;
pub use db::Db;
pub use error::{Error, Result};
pub use means::Means;
pub use table::Table;
pub use tx::Tx;
