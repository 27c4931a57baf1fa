//! The pages, as a browser without script sees them.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod administration;
mod agency;
mod alarm;
mod attacks;
mod audit;
mod demo;
mod enrolment;
mod film;
#[path = "../api/flow.rs"]
mod flow;
mod hostile;
mod notice;
mod protection;
mod receipt;
mod register;
mod sign_in;
mod visit;
mod words;

/// A body in the test's words.
macro_rules! body {
    ($($json:tt)+) => { &serde_json::json!($($json)+) };
}

pub(crate) use body;
