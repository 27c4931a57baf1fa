//! The API, called as its callers call it, on SQLite and on PostgreSQL. One file a noun, as the routes.

#![expect(clippy::unwrap_used, reason = "the helpers of a test stop it")]

mod event;
mod idempotency;
mod office;
mod openapi;
mod operator;
mod person;
mod refusals;
mod service;
mod session;
mod station;

/// A body in the test's words.
macro_rules! body {
    ($($json:tt)+) => { &serde_json::json!($($json)+) };
}

pub(crate) use body;
