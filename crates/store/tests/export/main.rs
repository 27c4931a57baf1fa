//! The export of a ledger, and everything that can be done to it.
#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod damage;
mod forged;
mod sample;
