//! Procedures of the counter, on SQLite and PostgreSQL, with the real engine and photographs.
#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

mod abuse;
mod attacks;
mod claims;
mod closing;
mod faults;
mod film;
mod happy;
mod impostor;
mod other_path;
mod second_opinion;
mod terms;
mod threads;
mod together;
mod withdrawal;
mod world;
