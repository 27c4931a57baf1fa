//! What a person came for, from the moment it is settled who they are: the steps of the service after that, one after another, to an ending.
//!
//! ```text
//! at a step ─► done ─► at the next step … ─► ended: confirmed
//!    │  late, as the step's term says ─► ended: referred, expired · at the next step
//!    │  review: something is missing ─► ended: come back with it
//!    │  review: one clerk would decline ─► declining ─► another agrees ─► ended: declined
//!    │                                        └─ another does not, or nobody in time ─► at the review again
//!    └─ given up · referred by a clerk, at any step
//! ```
//!
//! Where a result leads is said in one place, [`crate::service::step::Step::results`], which `countenance service simulate` walks as well: what a
//! definition promises on paper is what happens. Nobody is refused by a clock, and nobody by one clerk alone.

mod state;

pub use state::{Phase, State};

use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission::{self, Permission};
use crate::reason::{Reason, Use};
use crate::service::step::{Doing, PayBy, Step};
use crate::service::walk::{Came, Ending, Leads};
use crate::visit::{Actor, Operator, OperatorRef};

/// One act in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The step is done: filled in, brought, answered, approved, agreed with, paid, made, handed over, told, waited for.
    Do,
    /// At a review: something is missing. Refused with `reason-unfit`.
    Lack {
        /// Why; a reason for [`Use::Refer`].
        reason: Reason,
    },
    /// At a review: one clerk would decline. Refused with `reason-unfit`.
    ProposeDecline {
        /// Why; a reason for [`Use::Decline`].
        reason: Reason,
    },
    /// Another clerk declines as well. Refused with `second-person-same`.
    Decline,
    /// Another clerk does not, or a second person does not agree with a review. Refused with `second-person-same`.
    Disagree,
    /// The step's time is over, or it cannot be done. Refused with `deadline-not-reached`.
    Elapse,
    /// A human takes it further. Refused with `reason-unfit`.
    Refer {
        /// Why; a reason for [`Use::Refer`].
        reason: Reason,
    },
    /// The person gives it up.
    GiveUp,
}

/// What an act is judged by, beside the state and the definition.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Who acts.
    pub actor: &'a Actor,
    /// Who did the step before, if an operator did: a second person is another one.
    pub before: Option<&'a OperatorRef>,
    /// True if the step's term is over, or what it waits for has failed for good.
    pub elapsed: bool,
}

/// The state after `act`, if the definition's steps and the rules allow it. Nothing else makes a new state from an old one.
///
/// # Errors
/// `case-ended`; `actor-unfit`, `permission-missing` for who acts; `step-unfit` when the step is not of a kind that the act
/// belongs to; and what [`Act`] names for each act.
pub fn apply(steps: &[Step], state: &State, act: Act, facts: &Facts<'_>) -> Result<State> {
    let (step, declining) = match state.phase() {
        Phase::Ended(ending) => return Err(Error::new(Code::CaseEnded, format!("it ended as {ending}"))),
        Phase::At { step } => (*step, None),
        Phase::Declining { step, by, .. } => (*step, Some(by)),
    };
    let doing = &steps.get(step).ok_or_else(|| Error::new(Code::CaseStateInvalid, "no such step"))?.doing;
    check_actor(doing, act, facts)?;
    match (act, declining) {
        (Act::Do, None) => {
            if matches!(doing, Doing::SecondPerson { .. }) {
                another(facts.before, facts.actor)?;
            }
            after(steps, step, first(&steps[step]))
        }
        (Act::Lack { reason }, None) => {
            reason.fits(&[Use::Refer])?;
            after(steps, step, came(&steps[step], Came::MoreNeeded)?)
        }
        (Act::ProposeDecline { reason }, None) => {
            reason.fits(&[Use::Decline])?;
            came(&steps[step], Came::Declined)?;
            State::of(Phase::Declining { step, reason, by: operator(facts.actor)?.id.clone() }, steps.len())
        }
        (Act::Decline, Some(by)) => {
            another(Some(by), facts.actor)?;
            after(steps, step, came(&steps[step], Came::Declined)?)
        }
        (Act::Disagree, Some(by)) => {
            another(Some(by), facts.actor)?;
            State::of(Phase::At { step }, steps.len())
        }
        (Act::Disagree, None) => {
            let leads = came(&steps[step], Came::Disagrees)?;
            another(facts.before, facts.actor)?;
            after(steps, step, leads)
        }
        (Act::Elapse, _) if !facts.elapsed => Err(Error::new(Code::DeadlineNotReached, "the step's time is not over")),
        // A proposal that nobody shares in time falls; the review's own term goes on from there.
        (Act::Elapse, Some(_)) => State::of(Phase::At { step }, steps.len()),
        (Act::Elapse, None) if matches!(doing, Doing::Wait { .. }) => after(steps, step, first(&steps[step])),
        (Act::Elapse, None) => after(steps, step, came(&steps[step], Came::Late)?),
        (Act::Refer { reason }, _) => {
            reason.fits(&[Use::Refer])?;
            State::of(Phase::Ended(Ending::Referred), steps.len())
        }
        (Act::GiveUp, _) => State::of(Phase::Ended(Ending::Withdrawn), steps.len()),
        (Act::Do | Act::Lack { .. } | Act::ProposeDecline { .. }, Some(_)) | (Act::Decline, None) => {
            Err(Error::new(Code::StepUnfit, "a proposal to decline waits for another clerk, or there is none"))
        }
    }
}

/// Where doing the step leads.
fn first(step: &Step) -> Leads {
    step.results().first().map_or(Leads::On, |(_, leads)| *leads)
}

/// Where a result of the step leads, if the step can have it.
fn came(step: &Step, wanted: Came) -> Result<Leads> {
    let found = step.results().into_iter().find(|(came, _)| *came == wanted);
    let unfit = || Error::new(Code::StepUnfit, format!("{wanted} cannot come of {}", step.doing.kind()));
    found.map(|(_, leads)| leads).ok_or_else(unfit)
}

fn after(steps: &[Step], step: usize, leads: Leads) -> Result<State> {
    let phase = match leads {
        Leads::Ends(ending) => Phase::Ended(ending),
        // Only the steps of who the person is lead there, and none of them is in a case.
        Leads::OtherPath => return Err(Error::new(Code::StepUnfit, "the step is not of a case")),
        Leads::On if step + 1 < steps.len() => Phase::At { step: step + 1 },
        Leads::On => Phase::Ended(Ending::Confirmed),
    };
    State::of(phase, steps.len())
}

fn operator(actor: &Actor) -> Result<&Operator> {
    match actor {
        Actor::Operator(operator) => Ok(operator),
        _ => Err(Error::new(Code::ActorUnfit, "this belongs to an operator")),
    }
}

/// Refuses unless an operator acts who is another one than `first`.
fn another(first: Option<&OperatorRef>, actor: &Actor) -> Result<()> {
    if first == Some(&operator(actor)?.id) {
        return Err(Error::new(Code::SecondPersonSame, "the operator did this themself"));
    }
    Ok(())
}

/// No operator may.
const NOBODY: &[Permission] = &[];

/// Who may do what at which step: the person, an operator with a permission, the program.
fn check_actor(doing: &Doing, act: Act, facts: &Facts<'_>) -> Result<()> {
    const RUN: &[Permission] = &[Permission::VisitRun];
    const DECIDE: &[Permission] = &[Permission::OutcomeDecide];
    // In a small office the second clerk is the supervisor.
    const SECOND: &[Permission] = &[Permission::OutcomeDecide, Permission::ReportSecond];
    let (person, system, permissions) = match act {
        Act::Do => match doing {
            Doing::Form { .. } | Doing::Upload { .. } | Doing::Appointment { .. } => (true, false, RUN),
            Doing::Request { .. } | Doing::Notice { .. } => (false, true, NOBODY),
            // A wait is over when its time is, and only then.
            Doing::Wait { .. } => (false, false, NOBODY),
            Doing::Review { .. } => (false, false, DECIDE),
            Doing::SecondPerson { .. } => (false, false, SECOND),
            // The cashier's confirmation is a clerk's, that of a provider the program's.
            Doing::Fee { by, .. } => {
                let cashier = if by.contains(&PayBy::Cashier) { RUN } else { NOBODY };
                (false, by.iter().any(|by| *by != PayBy::Cashier), cashier)
            }
            Doing::Issue { .. } => (false, true, RUN),
            Doing::Identify { .. } | Doing::Consent {} | Doing::Face { .. } | Doing::SecondFactor { .. } => {
                return Err(Error::new(Code::StepUnfit, "the step is not of a case"));
            }
        },
        Act::Lack { .. } | Act::ProposeDecline { .. } | Act::Refer { .. } => (false, false, DECIDE),
        Act::Decline | Act::Disagree => (false, false, SECOND),
        Act::Elapse => (false, true, NOBODY),
        Act::GiveUp => (true, false, RUN),
    };
    match facts.actor {
        Actor::Person if person => Ok(()),
        Actor::System if system => Ok(()),
        Actor::Operator(operator) if !permissions.is_empty() => {
            // The first one that is lacking is named.
            let all: Vec<_> = permissions.iter().map(|one| permission::require(operator.roles, *one)).collect();
            if all.iter().any(Result::is_ok) { Ok(()) } else { all.into_iter().collect() }
        }
        _ => Err(Error::new(Code::ActorUnfit, "this belongs to somebody else")),
    }
}
