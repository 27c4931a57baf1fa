//! What has happened in a visit, as a value.

use super::facts::OperatorRef;
use crate::closed::closed;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::VISIT_PERSONS_MAX;
use crate::reason::{Reason, Use};

closed! {
    /// The clerk's own judgement, before the evidence opens.
    pub enum Judgement {
        Same "same" "The clerk sees one person.";
        Different "different" "The clerk sees two persons.";
        CannotSay "cannot-say" "The clerk cannot say.";
    }
}

closed! {
    /// Where a visit is referred.
    pub enum Referral {
        OtherPath "other-path" "Another way of doing it.";
        MoreDocuments "more-documents" "More documents are needed.";
    }
}

/// How far one person of a visit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonState {
    /// Nobody has been named yet.
    Unclaimed,
    /// A person of the register is claimed; nothing has been asked.
    Claimed,
    /// The consent notice is before the person.
    ConsentAsked,
    /// The person agreed; there is no evidence.
    ConsentGiven,
    /// The camera is in use.
    Capturing,
    /// There is evidence, and nobody has seen it.
    EvidenceClosed,
    /// The clerk has judged; the evidence is still closed.
    Judged(Judgement),
    /// The evidence is open, after this judgement.
    EvidenceOpen(Judgement),
    /// The equal way without a face.
    OtherPath,
    /// The papers have settled who the person is.
    PapersChecked,
}

impl PersonState {
    /// All states of a person.
    pub const ALL: &[Self] = &[
        Self::Unclaimed,
        Self::Claimed,
        Self::ConsentAsked,
        Self::ConsentGiven,
        Self::Capturing,
        Self::EvidenceClosed,
        Self::Judged(Judgement::Same),
        Self::Judged(Judgement::Different),
        Self::Judged(Judgement::CannotSay),
        Self::EvidenceOpen(Judgement::Same),
        Self::EvidenceOpen(Judgement::Different),
        Self::EvidenceOpen(Judgement::CannotSay),
        Self::OtherPath,
        Self::PapersChecked,
    ];

    /// The stable text, for storage.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unclaimed => "unclaimed",
            Self::Claimed => "claimed",
            Self::ConsentAsked => "consent-asked",
            Self::ConsentGiven => "consent-given",
            Self::Capturing => "capturing",
            Self::EvidenceClosed => "evidence-closed",
            Self::Judged(Judgement::Same) => "judged-same",
            Self::Judged(Judgement::Different) => "judged-different",
            Self::Judged(Judgement::CannotSay) => "judged-cannot-say",
            Self::EvidenceOpen(Judgement::Same) => "evidence-open-same",
            Self::EvidenceOpen(Judgement::Different) => "evidence-open-different",
            Self::EvidenceOpen(Judgement::CannotSay) => "evidence-open-cannot-say",
            Self::OtherPath => "other-path",
            Self::PapersChecked => "papers-checked",
        }
    }

    /// The state with this stable text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == text)
    }

    /// The judgement that stands, if the clerk has judged the newest evidence.
    pub fn judgement(self) -> Option<Judgement> {
        match self {
            Self::Judged(judgement) | Self::EvidenceOpen(judgement) => Some(judgement),
            _ => None,
        }
    }
}

impl std::fmt::Display for PersonState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A suspicion that one operator has reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which person of the visit it concerns, from 0.
    pub person: usize,
    /// Why; a reason for suspicion by face or by papers.
    pub reason: Reason,
    /// Who reported.
    pub by: OperatorRef,
}

impl Report {
    /// True if the suspicion rests on the face.
    pub fn is_by_face(&self) -> bool {
        self.reason.row().used_for == Use::SuspectFace
    }
}

/// How a visit ended. Nothing moves after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every person is who they claim to be, by face or by papers.
    Confirmed,
    /// A human takes it further.
    Referred(Referral),
    /// Two operators suspect an impersonation; there is an incident.
    SuspectedImpersonation {
        /// What the first operator reported.
        report: Report,
        /// Who seconded it; never the reporter.
        second: OperatorRef,
    },
    /// A person gave the visit up.
    Withdrawn,
    /// A person went away.
    Abandoned,
    /// The visit's time ran out.
    Expired,
}

impl Outcome {
    /// The stable name of the outcome, without its particulars.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Referred(Referral::OtherPath) => "referred-other-path",
            Self::Referred(Referral::MoreDocuments) => "referred-more-documents",
            Self::SuspectedImpersonation { .. } => "suspected-impersonation",
            Self::Withdrawn => "withdrawn",
            Self::Abandoned => "abandoned",
            Self::Expired => "expired",
        }
    }
}

/// How far the visit has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is going on.
    Open,
    /// A suspicion was reported and waits for another operator.
    Reported(Report),
    /// It has its outcome.
    Decided(Outcome),
}

impl Phase {
    /// The stable name of the phase or outcome, without its particulars.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reported(_) => "reported",
            Self::Decided(outcome) => outcome.as_str(),
        }
    }
}

/// The state of a visit. Made by [`State::opened`], moved by [`super::apply`], read from storage by [`State::parse`]; nothing else makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    phase: Phase,
    persons: Vec<PersonState>,
}

impl State {
    /// A visit that has just been opened for `persons` persons.
    ///
    /// # Errors
    /// `visit-person-unknown` unless there are one or two.
    pub fn opened(persons: usize) -> Result<Self> {
        if !(1..=VISIT_PERSONS_MAX).contains(&persons) {
            return Err(Error::new(Code::VisitPersonUnknown, format!("{persons} persons, 1 or 2 are possible")));
        }
        Ok(Self { phase: Phase::Open, persons: vec![PersonState::Unclaimed; persons] })
    }

    /// How far the visit has come.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// How far each person has come, in the order of the service's roles.
    pub fn persons(&self) -> &[PersonState] {
        &self.persons
    }

    /// How far person `index` has come.
    ///
    /// # Errors
    /// `visit-person-unknown`.
    pub fn person(&self, index: usize) -> Result<PersonState> {
        self.persons.get(index).copied().ok_or_else(|| {
            Error::new(Code::VisitPersonUnknown, format!("person {index} of {}, counted from 0", self.persons.len()))
        })
    }

    /// The outcome, once there is one.
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.phase {
            Phase::Decided(outcome) => Some(outcome),
            Phase::Open | Phase::Reported(_) => None,
        }
    }

    /// The state of these parts, if a visit could have come to it.
    pub(super) fn of(phase: Phase, persons: Vec<PersonState>) -> Option<Self> {
        let state = Self { phase, persons };
        state.is_possible().then_some(state)
    }

    /// The same state with another phase.
    pub(super) fn with_phase(&self, phase: Phase) -> Self {
        Self { phase, persons: self.persons.clone() }
    }

    /// The same state with person `index` moved.
    pub(super) fn with_person(&self, index: usize, person: PersonState) -> Self {
        let mut moved = self.clone();
        if let Some(place) = moved.persons.get_mut(index) {
            *place = person;
        }
        moved
    }

    fn is_possible(&self) -> bool {
        let report_is = |report: &Report| {
            let by_face = report.is_by_face();
            let suspicion = by_face || report.reason.row().used_for == Use::SuspectPapers;
            suspicion
                && self.persons.get(report.person).is_some_and(|person| match person {
                    PersonState::Unclaimed => false,
                    PersonState::EvidenceOpen(_) => true,
                    _ => !by_face,
                })
        };
        let counted = (1..=VISIT_PERSONS_MAX).contains(&self.persons.len());
        counted
            && match &self.phase {
                Phase::Reported(report) => report_is(report),
                Phase::Decided(Outcome::SuspectedImpersonation { report, second }) => {
                    report_is(report) && report.by != *second
                }
                Phase::Decided(Outcome::Confirmed) => self.persons.iter().all(|person| match person {
                    PersonState::PapersChecked => true,
                    PersonState::EvidenceOpen(judgement) => *judgement != Judgement::Different,
                    _ => false,
                }),
                Phase::Open | Phase::Decided(_) => true,
            }
    }
}
