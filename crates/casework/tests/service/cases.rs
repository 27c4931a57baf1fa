//! What a person came for, carried through the steps of the guide's example: what leads where, who may, and that it always ends.

use super::steps::HOUSING;
use casework::case::{Act, Facts, Phase, State, apply};
use casework::reason::{Reason, Use};
use casework::service::walk::Ending;
use casework::visit::{Actor, Operator, OperatorRef};
use casework::{Role, Roles, Service};
use proptest::prelude::*;

fn operator(id: &str, role: Role) -> Actor {
    let roles = Roles::of(&[role]).unwrap();
    Actor::Operator(Operator { id: OperatorRef::new(id).unwrap(), roles, trained: false })
}

struct Housing {
    service: Service,
    clerk: Actor,
    colleague: Actor,
    supervisor: Actor,
}

impl Housing {
    fn new() -> Self {
        let service = Service::parse(HOUSING).unwrap();
        let (clerk, colleague) = (operator("op-1", Role::Clerk), operator("op-2", Role::Clerk));
        Self { service, clerk, colleague, supervisor: operator("op-3", Role::Supervisor) }
    }

    fn count(&self) -> usize {
        self.service.definition().steps.len()
    }

    fn at(&self, id: &str) -> State {
        let step = self.service.definition().steps.iter().position(|step| step.id == id).unwrap();
        State::opened(step, self.count()).unwrap()
    }

    /// The text of the state after the act, or the code; op-1 did the step before.
    fn after(&self, state: &State, act: Act, actor: &Actor) -> String {
        let before = OperatorRef::new("op-1").unwrap();
        let facts = Facts { actor, before: Some(&before), elapsed: false };
        apply(&self.service.definition().steps, state, act, &facts)
            .map_or_else(|error| error.code().to_owned(), |state| state.to_string())
    }

    fn elapsed(&self, state: &State, actor: &Actor) -> String {
        let facts = Facts { actor, before: None, elapsed: true };
        apply(&self.service.definition().steps, state, Act::Elapse, &facts)
            .map_or_else(|error| error.code().to_owned(), |state| state.to_string())
    }
}

#[test]
fn the_withdrawal_goes_from_the_bank_to_the_paper() {
    let housing = Housing::new();
    let mut state = housing.at("loan");
    let Housing { clerk, colleague, .. } = &housing;
    for (actor, reached) in [
        (&Actor::System, "at:5"),
        (&Actor::Person, "at:6"),
        (clerk, "at:7"),
        (colleague, "at:8"),
        (clerk, "ended:confirmed"),
    ] {
        let text = housing.after(&state, Act::Do, actor);
        assert_eq!(text, reached);
        state = State::parse(&text).unwrap();
    }
    assert_eq!(*state.phase(), Phase::Ended(Ending::Confirmed));
    for act in [Act::Do, Act::GiveUp, Act::Elapse] {
        assert_eq!(housing.after(&state, act, clerk), "case-ended");
    }
}

#[test]
fn who_may_do_what_at_which_step() {
    let housing = Housing::new();
    let Housing { clerk, colleague, supervisor, .. } = &housing;
    let auditor = operator("op-4", Role::Auditor);
    for (id, act, actor, expected) in [
        ("loan", Act::Do, clerk, "actor-unfit"),
        ("loan", Act::Do, &Actor::Person, "actor-unfit"),
        ("amount", Act::Do, &Actor::System, "actor-unfit"),
        ("amount", Act::Do, clerk, "at:6"),
        ("look", Act::Do, &Actor::Person, "actor-unfit"),
        ("look", Act::Do, &Actor::System, "actor-unfit"),
        ("look", Act::Do, supervisor, "permission-missing"),
        ("look", Act::Do, &auditor, "permission-missing"),
        // A second person is another one, and may be the supervisor.
        ("second", Act::Do, clerk, "second-person-same"),
        ("second", Act::Disagree, clerk, "second-person-same"),
        ("second", Act::Do, colleague, "at:8"),
        ("second", Act::Do, supervisor, "at:8"),
        ("second", Act::Disagree, supervisor, "ended:referred-other-path"),
        ("second", Act::Do, &auditor, "permission-missing"),
        ("paper", Act::Do, &Actor::System, "ended:confirmed"),
        ("paper", Act::Do, &Actor::Person, "actor-unfit"),
        ("loan", Act::GiveUp, &Actor::Person, "ended:withdrawn"),
        ("look", Act::GiveUp, clerk, "ended:withdrawn"),
        ("look", Act::GiveUp, &Actor::System, "actor-unfit"),
        ("loan", Act::Refer { reason: Reason::OtherOffice }, clerk, "ended:referred-other-path"),
        ("loan", Act::Refer { reason: Reason::FaceDiffers }, clerk, "reason-unfit"),
        ("loan", Act::Refer { reason: Reason::OtherOffice }, &Actor::Person, "actor-unfit"),
        ("amount", Act::Disagree, clerk, "step-unfit"),
        ("amount", Act::Decline, clerk, "step-unfit"),
        ("amount", Act::Lack { reason: Reason::PapersMissing }, clerk, "step-unfit"),
        ("look", Act::Lack { reason: Reason::PapersMissing }, clerk, "ended:referred-more-documents"),
        ("face", Act::Do, clerk, "step-unfit"),
    ] {
        assert_eq!(housing.after(&housing.at(id), act, actor), expected, "{id} {act:?} {actor:?}");
    }
}

#[test]
fn nobody_is_declined_by_one_clerk_alone() {
    let housing = Housing::new();
    let Housing { clerk, colleague, supervisor, .. } = &housing;
    let propose = Act::ProposeDecline { reason: Reason::ConditionsUnmet };
    let wrong = Act::ProposeDecline { reason: Reason::PapersMissing };
    assert_eq!(housing.after(&housing.at("look"), wrong, clerk), "reason-unfit");
    assert_eq!(housing.after(&housing.at("amount"), propose, clerk), "step-unfit");
    let text = housing.after(&housing.at("look"), propose, clerk);
    assert_eq!(text, "declining:6:conditions-unmet:op-1");
    let proposed = State::parse(&text).unwrap();
    assert_eq!(proposed.step(), Some(6));
    for act in [Act::Decline, Act::Disagree] {
        assert_eq!(housing.after(&proposed, act, clerk), "second-person-same");
        assert_eq!(housing.after(&proposed, act, &Actor::System), "actor-unfit");
    }
    assert_eq!(housing.after(&proposed, Act::Do, colleague), "step-unfit");
    assert_eq!(housing.after(&proposed, Act::Decline, colleague), "ended:declined");
    assert_eq!(housing.after(&proposed, Act::Decline, supervisor), "ended:declined");
    assert_eq!(housing.after(&proposed, Act::Disagree, colleague), "at:6", "the review goes on");
    assert_eq!(housing.elapsed(&proposed, &Actor::System), "at:6", "nobody is declined by a clock");
    assert_eq!(housing.after(&proposed, Act::GiveUp, &Actor::Person), "ended:withdrawn");
}

#[test]
fn what_is_late_goes_where_the_definition_says() {
    let housing = Housing::new();
    assert_eq!(housing.after(&housing.at("loan"), Act::Elapse, &Actor::System), "deadline-not-reached");
    assert_eq!(housing.elapsed(&housing.at("loan"), &housing.clerk), "actor-unfit");
    assert_eq!(housing.elapsed(&housing.at("loan"), &Actor::System), "ended:referred-other-path");
    assert_eq!(housing.elapsed(&housing.at("amount"), &Actor::System), "ended:expired");
}

#[test]
fn damaged_and_impossible_states_are_refused() {
    for text in [
        "",
        "at",
        "at:",
        "at:-1",
        "at:04",
        "at:24",
        "at:4:",
        "ended",
        "ended:",
        "ended:refused",
        "declining:6",
        "declining:6:conditions-unmet:",
        "declining:6:papers-missing:op-1",
        "declining:99:conditions-unmet:op-1",
    ] {
        assert_eq!(State::parse(text).unwrap_err().code(), "case-state-invalid", "{text}");
    }
    assert_eq!(State::opened(9, 9).unwrap_err().code(), "case-state-invalid");
    assert!(Reason::all_for(Use::Decline).count() >= 3);
}

proptest! {
    #[test]
    fn whatever_is_done_a_case_never_moves_backwards_and_every_state_is_read_back(
        acts in proptest::collection::vec((0usize..9, 0usize..5, any::<bool>()), 1..60),
    ) {
        let housing = Housing::new();
        let actors = [&Actor::Person, &Actor::System, &housing.clerk, &housing.colleague, &housing.supervisor];
        let mut state = housing.at("loan");
        let mut before: Option<OperatorRef> = None;
        for (act, actor, elapsed) in acts {
            let act = [
                Act::Do,
                Act::Do,
                Act::Lack { reason: Reason::PapersMissing },
                Act::ProposeDecline { reason: Reason::AlreadyReceived },
                Act::Decline,
                Act::Disagree,
                Act::Elapse,
                Act::Refer { reason: Reason::OtherOffice },
                Act::GiveUp,
            ][act];
            let facts = Facts { actor: actors[actor], before: before.as_ref(), elapsed };
            let Ok(next) = apply(&housing.service.definition().steps, &state, act, &facts) else { continue };
            prop_assert_eq!(&State::parse(&next.to_string()).unwrap(), &next);
            prop_assert!(state.step().is_some(), "nothing moves after the end");
            if let (Some(from), Some(to)) = (state.step(), next.step()) {
                prop_assert!(to == from || to == from + 1);
            }
            if next.phase() == &Phase::Ended(Ending::Declined) {
                prop_assert!(matches!(state.phase(), Phase::Declining { .. }), "two decline");
            }
            before = match actors[actor] {
                Actor::Operator(operator) => Some(operator.id.clone()),
                _ => None,
            };
            state = next;
        }
    }
}
