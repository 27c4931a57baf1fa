//! Procedures of the counter, on SQLite and PostgreSQL, with the real engine and photographs.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

mod abuse;
mod happy;
mod impostor;
mod other_path;
mod terms;
mod together;
mod withdrawal;
mod world;
