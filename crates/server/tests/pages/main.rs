//! The pages, as a browser without script sees them.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod administration;
mod register;
mod sign_in;
mod words;
