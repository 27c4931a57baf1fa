//! What has happened in a case, as a value, and its stored form: `at:4`, `declining:4:conditions-unmet:01J0…`, `ended:confirmed`.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::STEPS_MAX;
use crate::reason::{Reason, Use};
use crate::service::walk::Ending;
use crate::visit::OperatorRef;
use std::fmt;

/// How far a case has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// A step waits to be done.
    At {
        /// Which, counted from 0 in the definition.
        step: usize,
    },
    /// One clerk would decline at a review, and another has to agree.
    Declining {
        /// At which step.
        step: usize,
        /// Why.
        reason: Reason,
        /// Who.
        by: OperatorRef,
    },
    /// It has ended. Nothing moves after it.
    Ended(Ending),
}

/// The state of a case. Made by [`State::opened`], moved by [`super::apply`], read from storage by [`State::parse`]; nothing else makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State(Phase);

impl State {
    /// A case that begins with step `first` of `steps`.
    ///
    /// # Errors
    /// `case-state-invalid` when there is no such step.
    pub fn opened(first: usize, steps: usize) -> Result<Self> {
        Self::of(Phase::At { step: first }, steps)
    }

    /// How far the case has come.
    pub fn phase(&self) -> &Phase {
        &self.0
    }

    /// The step that waits, if one does.
    pub fn step(&self) -> Option<usize> {
        match self.0 {
            Phase::At { step } | Phase::Declining { step, .. } => Some(step),
            Phase::Ended(_) => None,
        }
    }

    pub(super) fn of(phase: Phase, steps: usize) -> Result<Self> {
        let fits = match &phase {
            Phase::At { step } => *step < steps,
            Phase::Declining { step, reason, .. } => *step < steps && reason.row().used_for == Use::Decline,
            Phase::Ended(_) => true,
        };
        if fits { Ok(Self(phase)) } else { Err(damaged()) }
    }

    /// The state with this stored text.
    ///
    /// # Errors
    /// `case-state-invalid` for any text that [`State`] does not write, and for states that no case can come to.
    pub fn parse(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let phase = match *parts.as_slice() {
            ["at", step] => Phase::At { step: number(step)? },
            ["declining", step, reason, by] => Phase::Declining {
                step: number(step)?,
                reason: Reason::parse(reason).ok_or_else(damaged)?,
                by: OperatorRef::new(by).map_err(|_| damaged())?,
            },
            ["ended", ending] => Phase::Ended(Ending::parse(ending).ok_or_else(damaged)?),
            _ => return Err(damaged()),
        };
        let state = Self::of(phase, STEPS_MAX)?;
        if state.to_string() == text { Ok(state) } else { Err(damaged()) }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Phase::At { step } => write!(f, "at:{step}"),
            Phase::Declining { step, reason, by } => write!(f, "declining:{step}:{reason}:{}", by.as_str()),
            Phase::Ended(ending) => write!(f, "ended:{ending}"),
        }
    }
}

fn number(text: &str) -> Result<usize> {
    text.parse().map_err(|_| damaged())
}

fn damaged() -> Error {
    Error::new(Code::CaseStateInvalid, "the stored state cannot be read")
}
