//! The API, called as its callers call it, on SQLite and on PostgreSQL. One file a noun, as the routes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test stop it")]

mod agency;
mod event;
mod fits;
mod flow;
mod hostile;
mod idempotency;
mod import;
mod incident;
mod ledger;
mod office;
mod openapi;
mod operator;
mod person;
mod receipt;
mod refusals;
mod rotation;
mod service;
mod session;
mod station;
mod system;
mod visit;

/// A body in the test's words.
macro_rules! body {
    ($($json:tt)+) => { &serde_json::json!($($json)+) };
}

pub(crate) use body;
