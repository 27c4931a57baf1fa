//! The pages, as a browser without script sees them.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod audit;
#[expect(dead_code, reason = "the visits of the API's tests, of which pages need some steps")]
#[path = "../api/flow.rs"]
mod flow;
mod protection;
mod sign_in;
mod words;

/// A body in the test's words.
macro_rules! body {
    ($($json:tt)+) => { &serde_json::json!($($json)+) };
}

pub(crate) use body;
