//! Everything that can be done to a database behind the service's back, and what `db check` says to it.
#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod rows;
mod rules;
mod swaps;
mod tamper;
