//! A model of the visit that keeps its own books.

use casework::Role;
use casework::reason::{Reason, Use};
use casework::visit::{Act, Actor, Judgement, Outcome, PersonState, State};

/// What the model writes down of one person, from the acts alone.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "books, not a state machine: that is what they check")]
struct Books {
    agreed: bool,
    evidence: bool,
    judged: Option<Judgement>,
    opened: bool,
    papers: bool,
}

/// The model: it sees the acts that were allowed, and the state only to compare.
#[derive(Debug)]
pub(crate) struct Model {
    books: Vec<Books>,
    pub(crate) reporter: Option<(Actor, Reason, usize)>,
    seconded: Option<Actor>,
}

impl Model {
    pub(crate) fn new(persons: usize) -> Self {
        Self { books: vec![Books::default(); persons], reporter: None, seconded: None }
    }

    pub(crate) fn write(&mut self, act: &Act, actor: &Actor) {
        match (act.person(), *act) {
            (Some(person), Act::Report { reason, .. }) => self.reporter = Some((actor.clone(), reason, person)),
            (Some(person), _) => self.write_person(act, person),
            (None, Act::Second) => self.seconded = Some(actor.clone()),
            (None, Act::Dismiss { .. }) => self.reporter = None,
            _ => {}
        }
    }

    fn write_person(&mut self, act: &Act, person: usize) {
        let books = &mut self.books[person];
        match *act {
            Act::GiveConsent { .. } => books.agreed = true,
            Act::RefuseConsent { .. } | Act::WithdrawConsent { .. } | Act::TakeOtherPath { .. } => {
                *books = Books { papers: books.papers, ..Books::default() };
            }
            Act::BeginCapture { .. } | Act::EndCapture { .. } => {
                *books = Books { agreed: books.agreed, ..Books::default() };
            }
            Act::CloseEvidence { .. } => books.evidence = true,
            Act::Judge { judgement, .. } => books.judged = Some(judgement),
            Act::OpenEvidence { .. } => books.opened = true,
            Act::CheckPapers { .. } => books.papers = true,
            _ => {}
        }
    }

    /// What must hold of every state, by the model's own books.
    pub(crate) fn check(&self, state: &State) {
        for (person, books) in state.persons().iter().zip(&self.books) {
            match person {
                PersonState::EvidenceOpen(judgement) => {
                    assert!(books.agreed && books.evidence && books.judged == Some(*judgement), "{state}");
                }
                PersonState::Judged(_) | PersonState::EvidenceClosed => {
                    assert!(books.agreed && books.evidence && !books.opened);
                }
                PersonState::Capturing => assert!(books.agreed, "a camera without consent: {state}"),
                PersonState::PapersChecked => assert!(books.papers),
                PersonState::Unclaimed | PersonState::Claimed | PersonState::ConsentAsked => assert!(!books.agreed),
                PersonState::ConsentGiven | PersonState::OtherPath => {}
            }
        }
        if let Some(Outcome::SuspectedImpersonation { report, second }) = state.outcome() {
            let (Some((Actor::Operator(first), reason, person)), Some(Actor::Operator(other))) =
                (&self.reporter, &self.seconded)
            else {
                panic!("an adverse outcome without two operators: {state}")
            };
            assert!(first.id != other.id && report.by == first.id && *second == other.id);
            assert!(first.roles.has(Role::Clerk) && other.roles.has(Role::Supervisor));
            assert!(report.reason == *reason && report.person == *person);
            assert!(matches!(reason.row().used_for, Use::SuspectFace | Use::SuspectPapers));
        }
    }
}
