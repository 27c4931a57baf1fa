//! One line of `doctor`.

use crate::exit::Failure;
use serde::Serialize;
use std::time::Instant;

/// How a check came out; the order is from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// As it should be.
    Ok,
    /// It works, but somebody should look.
    Warn,
    /// It must not be used.
    Problem,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) state: State,
    pub(super) detail: String,
    /// What to do; none where all is well.
    pub(super) action: Option<&'static str>,
}

impl Check {
    /// All is well.
    pub(super) fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, state: State::Ok, detail: detail.into(), action: None }
    }

    /// Somebody should look.
    pub(super) fn warn(name: &'static str, detail: impl Into<String>, action: &'static str) -> Self {
        Self { name, state: State::Warn, detail: detail.into(), action: Some(action) }
    }

    /// Must not be used.
    pub(super) fn problem(name: &'static str, detail: impl Into<String>, action: &'static str) -> Self {
        Self { name, state: State::Problem, detail: detail.into(), action: Some(action) }
    }

    /// A check that could not come to its end.
    pub(super) fn stopped(name: &'static str, failure: &Failure) -> Self {
        let meaning = failure.row.meaning.trim_end_matches('.');
        Self::problem(name, format!("{meaning} ({})", failure.message()), failure.row.action)
    }
}

/// Milliseconds since `start`.
pub(super) fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}
