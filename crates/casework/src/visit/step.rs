//! One step of the state machine: who, when, and what the facts say.

use super::act::{Act, ActKind, Offer, permits};
use super::facts::{Actor, Facts, Finding, Operator, PersonFacts, settles, speaks_against};
use super::state::{Outcome, PersonState, Phase, Report, State};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission;
use crate::reason::{Reason, Use};
use crate::service::SecondFactor;

pub(super) fn apply(state: &State, act: &Act, facts: &Facts<'_>) -> Result<State> {
    if let Phase::Decided(outcome) = state.phase() {
        return Err(Error::new(Code::VisitDecided, format!("the outcome is {}", outcome.as_str())));
    }
    check_actor(act.kind(), facts.actor)?;
    if let Some(person) = act.person() {
        state.person(person)?;
    }
    check_table(state, act)?;
    match act.person() {
        Some(person) => of_a_person(state, act, person, facts),
        None => of_the_visit(state, act, facts),
    }
}

/// Who: the person, an operator with the permission and the training, or the program.
fn check_actor(kind: ActKind, actor: &Actor) -> Result<()> {
    let doer = kind.doer();
    match actor {
        Actor::Person if doer.person => Ok(()),
        Actor::System if doer.system => Ok(()),
        Actor::Operator(operator) => match doer.operator {
            Some(permission) => check_operator(operator, permission),
            None if kind == ActKind::GiveConsent => {
                Err(Error::new(Code::ConsentOfPersonOnly, "an operator cannot agree for a person"))
            }
            None => Err(Error::new(Code::ActorUnfit, format!("{kind} is no act of an operator"))),
        },
        Actor::Person | Actor::System => Err(Error::new(Code::ActorUnfit, format!("{kind} belongs to somebody else"))),
    }
}

fn check_operator(operator: &Operator, permission: permission::Permission) -> Result<()> {
    permission::require(operator.roles, permission)?;
    if permission.needs_training() && !operator.trained {
        return Err(Error::new(Code::TrainingExpired, format!("{permission} needs training that counts today")));
    }
    Ok(())
}

/// When: what the table of states says, with the code that helps most.
fn check_table(state: &State, act: &Act) -> Result<()> {
    let offer = Offer { kind: act.kind(), person: act.person() };
    if permits(state, offer) {
        return Ok(());
    }
    let person = act.person().and_then(|index| state.persons().get(index)).copied();
    let code = match (state.phase(), offer.kind, person) {
        (Phase::Open, ActKind::OpenEvidence, Some(PersonState::EvidenceClosed)) => Code::JudgementFirst,
        (Phase::Open, ActKind::BeginCapture, Some(PersonState::Claimed | PersonState::ConsentAsked)) => {
            Code::ConsentFirst
        }
        (Phase::Open, ActKind::Confirm, _) if state.persons().iter().any(|person| is_closed(*person)) => {
            Code::JudgementFirst
        }
        (Phase::Open, ActKind::Confirm, _) => Code::NotSettled,
        _ => Code::TransitionRefused,
    };
    let place = person.map_or_else(|| state.phase().as_str(), PersonState::as_str);
    Err(Error::new(code, format!("{} at {place}", offer.kind)))
}

fn is_closed(person: PersonState) -> bool {
    matches!(person, PersonState::EvidenceClosed | PersonState::Judged(_))
}

/// Acts that concern one person. The table has already allowed them.
fn of_a_person(state: &State, act: &Act, person: usize, facts: &Facts<'_>) -> Result<State> {
    let known = facts.person(person)?;
    let to = match *act {
        Act::Claim { .. } if known.claimed_twice => {
            return Err(Error::new(Code::VisitPersonTwice, "the person has the other place of this visit"));
        }
        Act::Claim { .. } => PersonState::Claimed,
        Act::AskConsent { .. } => PersonState::ConsentAsked,
        Act::WithdrawConsent { .. } => return Ok(withdraw(state, person)),
        Act::BeginCapture { .. } => {
            consent_live(known)?;
            known.attempts.require()?;
            PersonState::Capturing
        }
        Act::GiveConsent { .. } | Act::EndCapture { .. } => PersonState::ConsentGiven,
        Act::CloseEvidence { .. } => {
            live_finding(known)?;
            PersonState::EvidenceClosed
        }
        Act::Judge { judgement, .. } => {
            consent_live(known)?;
            PersonState::Judged(judgement)
        }
        Act::OpenEvidence { .. } => {
            consent_live(known)?;
            let PersonState::Judged(judgement) = state.person(person)? else { return Err(misplaced(act)) };
            PersonState::EvidenceOpen(judgement)
        }
        Act::RefuseConsent { .. } => PersonState::OtherPath,
        Act::TakeOtherPath { reason, .. } => {
            reason.fits(&[Use::OtherPath])?;
            PersonState::OtherPath
        }
        Act::CheckPapers { reason, .. } => {
            reason.fits(&[Use::Papers])?;
            PersonState::PapersChecked
        }
        Act::Report { reason, .. } => return report(state, person, reason, facts),
        Act::Confirm
        | Act::Refer { .. }
        | Act::Second
        | Act::Dismiss { .. }
        | Act::GiveUp
        | Act::Abandon
        | Act::Expire => return Err(misplaced(act)),
    };
    Ok(state.with_person(person, to))
}

/// An act on a person where one on the visit belongs, or the other way round; [`Act::person`] keeps them apart.
fn misplaced(act: &Act) -> Error {
    Error::new(Code::TransitionRefused, format!("{} is out of place", act.kind()))
}

fn consent_live(known: &PersonFacts) -> Result<()> {
    if known.consent_live {
        return Ok(());
    }
    Err(Error::new(Code::ConsentFirst, "the consent is not live"))
}

/// The finding of the newest capture, under a live consent: evidence of a consent that ended counts for nothing and against nobody.
fn live_finding(known: &PersonFacts) -> Result<Finding> {
    consent_live(known)?;
    known.finding.ok_or_else(|| Error::new(Code::EvidenceMissing, "no evidence is stored for this capture"))
}

/// The face way of the person ends; a report that rests on their face falls, one that rests on papers stays. Papers that were checked stay so.
fn withdraw(state: &State, person: usize) -> State {
    let falls = matches!(state.phase(), Phase::Reported(report) if report.person == person && report.is_by_face());
    let reopened = if falls { state.with_phase(Phase::Open) } else { state.clone() };
    match state.persons().get(person) {
        Some(PersonState::PapersChecked) => reopened,
        _ => reopened.with_person(person, PersonState::OtherPath),
    }
}

fn report(state: &State, person: usize, reason: Reason, facts: &Facts<'_>) -> Result<State> {
    reason.fits(&[Use::SuspectFace, Use::SuspectPapers])?;
    let Actor::Operator(operator) = facts.actor else {
        return Err(Error::new(Code::ActorUnfit, "report belongs to an operator"));
    };
    let report = Report { person, reason, by: operator.id.clone() };
    if report.is_by_face() {
        let PersonState::EvidenceOpen(judgement) = state.person(person)? else {
            return Err(Error::new(Code::ReasonUnfit, format!("{reason} needs opened evidence")));
        };
        let finding = live_finding(facts.person(person)?)?;
        if !speaks_against(judgement, finding) {
            return Err(Error::new(Code::ReasonUnfit, format!("{reason} needs evidence that speaks against")));
        }
    }
    Ok(state.with_phase(Phase::Reported(report)))
}

/// Acts that concern the visit. The table has already allowed them.
fn of_the_visit(state: &State, act: &Act, facts: &Facts<'_>) -> Result<State> {
    let outcome = match *act {
        Act::Confirm => {
            (0..state.persons().len()).try_for_each(|person| settled(state, person, facts))?;
            Outcome::Confirmed
        }
        Act::Refer { referral, reason } => {
            reason.fits(&[Use::Refer])?;
            Outcome::Referred(referral)
        }
        Act::Second => {
            let (report, second) = another(state, facts)?;
            Outcome::SuspectedImpersonation { report: report.clone(), second: second.id.clone() }
        }
        Act::Dismiss { reason } => {
            reason.fits(&[Use::Dismiss])?;
            let (report, _) = another(state, facts)?;
            return Ok(dismissed(state, report));
        }
        Act::GiveUp => Outcome::Withdrawn,
        Act::Abandon => Outcome::Abandoned,
        Act::Expire if !facts.deadline_passed => {
            return Err(Error::new(Code::DeadlineNotReached, "the visit's time is not over"));
        }
        Act::Expire => Outcome::Expired,
        _ => return Err(misplaced(act)),
    };
    Ok(state.with_phase(Phase::Decided(outcome)))
}

/// The report that waits and the operator who acts, if that is another one than the reporter.
fn another<'a>(state: &'a State, facts: &Facts<'a>) -> Result<(&'a Report, &'a Operator)> {
    let Phase::Reported(report) = state.phase() else {
        return Err(Error::new(Code::TransitionRefused, "there is no report"));
    };
    let Actor::Operator(operator) = facts.actor else {
        return Err(Error::new(Code::ActorUnfit, "a report is seconded or dismissed by an operator"));
    };
    if operator.id == report.by {
        return Err(Error::new(Code::SecondPersonSame, "the operator made this report"));
    }
    Ok((report, operator))
}

/// The visit goes on. After a report by face the face way of that person is over, so that it is not repeated on the same ground.
fn dismissed(state: &State, report: &Report) -> State {
    let open = state.with_phase(Phase::Open);
    if report.is_by_face() { open.with_person(report.person, PersonState::OtherPath) } else { open }
}

/// Refuses unless the person is settled by papers, or by a face that settles together with the second factor.
fn settled(state: &State, person: usize, facts: &Facts<'_>) -> Result<()> {
    match state.person(person)? {
        PersonState::PapersChecked => Ok(()),
        PersonState::EvidenceOpen(judgement) => {
            let known = facts.person(person)?;
            let finding = live_finding(known)?;
            if !settles(judgement, finding, facts.rules) {
                return Err(Error::new(Code::NotSettled, format!("the evidence does not settle person {person}")));
            }
            if facts.rules.second_factor != SecondFactor::None && !known.factor_shown {
                let factor = facts.rules.second_factor;
                return Err(Error::new(Code::SecondFactorMissing, format!("{factor} of person {person}")));
            }
            Ok(())
        }
        other => Err(Error::new(Code::NotSettled, format!("person {person} is at {other}"))),
    }
}
