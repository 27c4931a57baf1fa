//! Random walks: a model with its own books follows the state machine, and checks at every step what must never happen.

use crate::model::Model;
use crate::support::{WORST, clerk, operator, outsider, supervisor};
use casework::reason::{Reason, Use};
use casework::service::{LivenessLevel, SecondFactor};
use casework::throttle::Gate;
use casework::visit::{
    Act, ActKind, Actor, Facts, Finding, Judgement, Liveness, Offer, Outcome, PersonFacts, PersonState, Phase,
    Referral, Rules, State, apply, offers, settles,
};
use casework::{Error, Role};
use face::evidence::Band;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;

/// One step of a walk: numbers from which an act, an actor and facts are taken.
#[derive(Clone, Debug)]
struct Choice {
    /// True for an act without regard to what the state offers.
    wild: bool,
    pick: usize,
    person: usize,
    judgement: Judgement,
    reason: usize,
    /// True for the actor who may, false for anybody.
    rightful: bool,
    actor: usize,
    known: PersonFacts,
    deadline_passed: bool,
}

fn known() -> impl Strategy<Value = PersonFacts> {
    let band = prop_oneof![4 => Just(Band::Match), 1 => Just(Band::Inconclusive), 2 => Just(Band::NoMatch)];
    let liveness = prop_oneof![
        3 => Just(Liveness::Live),
        2 => Just(Liveness::NotChecked),
        1 => Just(Liveness::Attack),
    ];
    let finding =
        proptest::option::weighted(0.9, (band, liveness).prop_map(|(band, liveness)| Finding { band, liveness }));
    let attempts = prop_oneof![8 => Just(Gate::Open), 1 => Just(Gate::Wait(Timestamp::MAX)), 1 => Just(Gate::Off)];
    (finding, attempts, proptest::bool::weighted(0.9), proptest::bool::weighted(0.8), proptest::bool::weighted(0.05))
        .prop_map(|(finding, attempts, consent_live, factor_shown, claimed_twice)| PersonFacts {
            claimed_twice,
            consent_live,
            attempts,
            factor_shown,
            finding,
        })
}

fn choice() -> impl Strategy<Value = Choice> {
    let numbers = (0_usize..1000, 0_usize..3, 0_usize..Reason::ALL.len(), 0_usize..ACTORS);
    let judgement = proptest::sample::select(Judgement::ALL);
    let flags = (proptest::bool::weighted(0.2), proptest::bool::weighted(0.85), proptest::bool::weighted(0.3));
    (numbers, judgement, flags, known()).prop_map(|((pick, person, reason, actor), judgement, flags, known)| {
        let (wild, rightful, deadline_passed) = flags;
        Choice { wild, pick, person, judgement, reason, rightful, actor, known, deadline_passed }
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    (proptest::sample::select(LivenessLevel::ALL), proptest::sample::select(SecondFactor::ALL))
        .prop_map(|(liveness, second_factor)| Rules { liveness, second_factor })
}

fn walk() -> impl Strategy<Value = (usize, Rules, Vec<Choice>)> {
    (1_usize..=2, rules(), proptest::collection::vec(choice(), 1..60))
}

const ACTORS: usize = 7;

/// Somebody of a small office; two of them hold both roles.
fn somebody(number: usize) -> Actor {
    let both = [Role::Clerk, Role::Supervisor];
    match number {
        0 => Actor::Person,
        1 => Actor::System,
        2 => clerk("op-1"),
        3 => supervisor("op-2"),
        4 => operator("op-3", &both),
        5 => operator("op-4", &both),
        _ => outsider("op-5"),
    }
}

/// An actor who may do acts of this kind.
fn rightful(kind: ActKind, number: usize) -> Actor {
    match kind {
        ActKind::GiveConsent => Actor::Person,
        ActKind::CloseEvidence | ActKind::Expire => Actor::System,
        ActKind::Second | ActKind::Dismiss => somebody(3 + number % 3),
        _ => somebody([2, 4, 5][number % 3]),
    }
}

/// A reason of these uses, mostly; sometimes any.
fn reason(choice: &Choice, uses: &[Use]) -> Reason {
    let fitting: Vec<Reason> = uses.iter().flat_map(|used_for| Reason::all_for(*used_for)).collect();
    if choice.wild { Reason::ALL[choice.reason] } else { fitting[choice.reason % fitting.len()] }
}

fn act(choice: &Choice, offer: Offer) -> Act {
    let person = offer.person.unwrap_or(choice.person);
    match offer.kind {
        ActKind::Claim => Act::Claim { person },
        ActKind::AskConsent => Act::AskConsent { person },
        ActKind::GiveConsent => Act::GiveConsent { person },
        ActKind::RefuseConsent => Act::RefuseConsent { person },
        ActKind::WithdrawConsent => Act::WithdrawConsent { person },
        ActKind::BeginCapture => Act::BeginCapture { person },
        ActKind::EndCapture => Act::EndCapture { person },
        ActKind::CloseEvidence => Act::CloseEvidence { person },
        ActKind::Judge => Act::Judge { person, judgement: choice.judgement },
        ActKind::OpenEvidence => Act::OpenEvidence { person },
        ActKind::TakeOtherPath => Act::TakeOtherPath { person, reason: reason(choice, &[Use::OtherPath]) },
        ActKind::CheckPapers => Act::CheckPapers { person, reason: reason(choice, &[Use::Papers]) },
        ActKind::Confirm => Act::Confirm,
        ActKind::Refer => {
            let referral = Referral::ALL[choice.pick % Referral::ALL.len()];
            Act::Refer { referral, reason: reason(choice, &[Use::Refer]) }
        }
        ActKind::Report => Act::Report { person, reason: reason(choice, &[Use::SuspectFace, Use::SuspectPapers]) },
        ActKind::Second => Act::Second,
        ActKind::Dismiss => Act::Dismiss { reason: reason(choice, &[Use::Dismiss]) },
        ActKind::GiveUp => Act::GiveUp,
        ActKind::Abandon => Act::Abandon,
        ActKind::Expire => Act::Expire,
    }
}

/// The act and the actor of a choice. What leads off the long way is taken seldom, so that walks go far.
fn taken(state: &State, choice: &Choice) -> (Act, Actor) {
    let ends = |kind: ActKind| {
        use ActKind::{
            Abandon, EndCapture, Expire, GiveUp, Refer, RefuseConsent, Report, TakeOtherPath, WithdrawConsent,
        };
        let of_the_visit = matches!(kind, Refer | GiveUp | Abandon | Expire | Report);
        of_the_visit || matches!(kind, EndCapture | RefuseConsent | TakeOtherPath | WithdrawConsent)
    };
    let offered: Vec<Offer> =
        offers(state).into_iter().filter(|offer| !ends(offer.kind) || choice.pick.is_multiple_of(10)).collect();
    let offer = if choice.wild || offered.is_empty() {
        let kind = ActKind::ALL[choice.pick % ActKind::ALL.len()];
        Offer { kind, person: kind.is_of_a_person().then_some(choice.person) }
    } else {
        offered[choice.pick / 10 % offered.len()]
    };
    let actor = if choice.rightful { rightful(offer.kind, choice.actor) } else { somebody(choice.actor) };
    (act(choice, offer), actor)
}

/// What must hold of an act that was allowed, by its facts.
fn check_act(before: &State, after: &State, act: &Act, facts: &Facts<'_>) {
    assert!(before.outcome().is_none());
    let offer = Offer { kind: act.kind(), person: act.person() };
    assert!(offers(before).contains(&offer), "{act:?} was not offered by {before}");
    match *act {
        Act::BeginCapture { person } => {
            assert!(facts.persons[person].consent_live && facts.persons[person].attempts == Gate::Open);
        }
        Act::OpenEvidence { person } | Act::CloseEvidence { person } => assert!(facts.persons[person].consent_live),
        Act::GiveConsent { .. } => assert_eq!(*facts.actor, Actor::Person),
        Act::Confirm => {
            for (person, known) in after.persons().iter().zip(facts.persons) {
                let face = |judgement| settles(judgement, known.finding.unwrap(), facts.rules);
                let factor = facts.rules.second_factor == SecondFactor::None || known.factor_shown;
                match person {
                    PersonState::PapersChecked => {}
                    PersonState::EvidenceOpen(judgement) => {
                        assert!(face(*judgement) && factor && known.consent_live);
                    }
                    other => panic!("confirmed with a person at {other}"),
                }
            }
        }
        _ => {}
    }
    // Nobody else is moved by an act on one person.
    if let Some(person) = act.person() {
        let others = |state: &State| -> Vec<PersonState> {
            state.persons().iter().enumerate().filter(|(index, _)| *index != person).map(|(_, p)| *p).collect()
        };
        assert_eq!(others(before), others(after));
    }
}

fn step(state: &State, act: &Act, actor: &Actor) -> Result<State, Error> {
    let persons = vec![WORST; state.persons().len()];
    let rules = Rules { liveness: LivenessLevel::Unattended, second_factor: SecondFactor::Document };
    apply(state, act, &Facts { actor, rules, persons: &persons, deadline_passed: true })
}

/// Without any face and with every fact against one, a visit that is not decided can still be referred and confirmed.
fn check_way_out(state: &State) {
    let (one, two) = (clerk("op-8"), supervisor("op-9"));
    let mut state = state.clone();
    if matches!(state.phase(), Phase::Reported(_)) {
        let expired = step(&state, &Act::Expire, &Actor::System).unwrap();
        assert_eq!(expired.outcome(), Some(&Outcome::Expired));
        state = step(&state, &Act::Dismiss { reason: Reason::NotEnoughGround }, &two).unwrap();
    }
    let referral = Act::Refer { referral: Referral::OtherPath, reason: Reason::OtherWayChosen };
    assert!(step(&state, &referral, &one).is_ok());
    for person in 0..state.persons().len() {
        if state.persons()[person] == PersonState::Unclaimed {
            state = step(&state, &Act::Claim { person }, &one).unwrap();
        }
        if !matches!(state.persons()[person], PersonState::OtherPath | PersonState::PapersChecked) {
            state = step(&state, &Act::TakeOtherPath { person, reason: Reason::PersonPrefers }, &one).unwrap();
        }
        if state.persons()[person] == PersonState::OtherPath {
            state = step(&state, &Act::CheckPapers { person, reason: Reason::PapersAgree }, &one).unwrap();
        }
    }
    assert_eq!(step(&state, &Act::Confirm, &one).unwrap().outcome(), Some(&Outcome::Confirmed));
}

/// Follows a walk to its end; returns the last state and the codes of its refusals.
fn follow(persons: usize, rules: Rules, choices: &[Choice]) -> (State, BTreeSet<&'static str>) {
    let mut state = State::opened(persons).unwrap();
    let (mut model, mut codes) = (Model::new(persons), BTreeSet::new());
    for choice in choices {
        let (act, actor) = taken(&state, choice);
        let known = vec![choice.known; persons];
        let facts = Facts { actor: &actor, rules, persons: &known, deadline_passed: choice.deadline_passed };
        match apply(&state, &act, &facts) {
            Ok(next) => {
                check_act(&state, &next, &act, &facts);
                if matches!(act, Act::WithdrawConsent { .. }) && matches!(next.phase(), Phase::Open) {
                    model.reporter = None;
                }
                model.write(&act, &actor);
                state = next;
            }
            Err(error) => {
                assert!(state.outcome().is_none() || error.code() == "visit-decided", "{error}");
                codes.insert(error.code());
            }
        }
        model.check(&state);
        assert_eq!(State::parse(&state.to_string()).unwrap(), state);
        if state.outcome().is_none() {
            check_way_out(&state);
        } else {
            assert!(offers(&state).is_empty());
        }
    }
    (state, codes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn no_walk_breaks_a_rule((persons, rules, choices) in walk()) {
        follow(persons, rules, &choices);
    }

    #[test]
    fn no_text_stops_the_reader(text in "[a-z0-9:|,-]{0,80}") {
        if let Ok(state) = State::parse(&text) {
            prop_assert_eq!(state.to_string(), text);
        }
    }
}

/// The walks are worth something only if they go everywhere: every outcome and every refusal comes up.
#[test]
fn walks_reach_every_outcome_and_every_refusal() {
    let mut runner = TestRunner::deterministic();
    let (mut outcomes, mut codes) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..4_000 {
        let (persons, rules, choices) = walk().new_tree(&mut runner).unwrap().current();
        let (state, refused) = follow(persons, rules, &choices);
        let by_face = match state.phase() {
            Phase::Decided(Outcome::Confirmed) => state.persons().iter().all(|person| person.judgement().is_some()),
            Phase::Decided(Outcome::SuspectedImpersonation { report, .. }) => report.is_by_face(),
            _ => false,
        };
        outcomes.insert(format!("{}{}", state.phase().as_str(), if by_face { " by face" } else { "" }));
        codes.extend(refused);
    }
    insta::assert_snapshot!(outcomes.into_iter().collect::<Vec<_>>().join("\n"), @"
    abandoned
    confirmed
    confirmed by face
    expired
    open
    referred-more-documents
    referred-other-path
    reported
    suspected-impersonation
    suspected-impersonation by face
    withdrawn
    ");
    insta::assert_snapshot!(codes.into_iter().collect::<Vec<_>>().join("\n"), @"
    actor-unfit
    attempts-exhausted
    attempts-wait
    consent-first
    consent-of-person-only
    deadline-not-reached
    evidence-missing
    judgement-first
    not-settled
    permission-missing
    reason-unfit
    second-factor-missing
    second-person-same
    transition-refused
    visit-decided
    visit-person-twice
    visit-person-unknown
    ");
}
