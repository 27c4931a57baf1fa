//! What can be done in a visit, and where the table of states lets it be done.

use super::state::{Judgement, PersonState, Phase, Referral, State};
use crate::closed::closed;
use crate::permission::Permission;
use crate::reason::Reason;

/// One act. `person` counts from 0, in the order of the service's roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// An operator names the person. Refused with `visit-person-twice` if the person has the other place.
    Claim {
        /// Which place.
        person: usize,
    },
    /// An operator puts the consent notice before the person.
    AskConsent {
        /// Whom.
        person: usize,
    },
    /// The person agrees; nobody can do it for them.
    GiveConsent {
        /// Who.
        person: usize,
    },
    /// The person would rather not, before or after the question; the other path follows.
    RefuseConsent {
        /// Who.
        person: usize,
    },
    /// The person takes the consent back, at any time before the outcome; the other path follows, and a report by their face falls.
    WithdrawConsent {
        /// Who.
        person: usize,
    },
    /// An operator starts the camera. Refused with `consent-first`, `attempts-wait`, `attempts-exhausted`.
    BeginCapture {
        /// Of whom.
        person: usize,
    },
    /// The capture ended without anything that can be compared.
    EndCapture {
        /// Of whom.
        person: usize,
    },
    /// The comparison is done and its evidence stored, closed. Refused with `consent-first`, `evidence-missing`.
    CloseEvidence {
        /// Of whom.
        person: usize,
    },
    /// The clerk judges by eye. Refused with `consent-first`.
    Judge {
        /// Whom.
        person: usize,
        /// What the clerk sees.
        judgement: Judgement,
    },
    /// The evidence opens. Refused with `judgement-first` before the judgement, `consent-first`.
    OpenEvidence {
        /// Of whom.
        person: usize,
    },
    /// The clerk or the person chooses the equal way without a face. Refused with `reason-unfit`.
    TakeOtherPath {
        /// Who goes it.
        person: usize,
        /// Why; a reason for [`crate::reason::Use::OtherPath`].
        reason: Reason,
    },
    /// On the other path: papers have settled who the person is. Refused with `reason-unfit`.
    CheckPapers {
        /// Whose.
        person: usize,
        /// By what; a reason for [`crate::reason::Use::Papers`].
        reason: Reason,
    },
    /// The visit's persons are who they claim to be. Refused with `not-settled`, `second-factor-missing`, and by face with `consent-first`,
    /// `evidence-missing`.
    Confirm,
    /// A human takes it further; always possible while the visit is open. Refused with `reason-unfit`.
    Refer {
        /// Where to.
        referral: Referral,
        /// Why; a reason for [`crate::reason::Use::Refer`].
        reason: Reason,
    },
    /// An operator reports a suspected impersonation. Refused with `reason-unfit`, and by face with `consent-first`,
    /// `evidence-missing`.
    Report {
        /// Of whom.
        person: usize,
        /// Why; a reason for [`crate::reason::Use::SuspectFace`] or [`crate::reason::Use::SuspectPapers`].
        reason: Reason,
    },
    /// Another operator sees it the same way. Refused with `second-person-same`.
    Second,
    /// Another operator does not. Refused with `second-person-same`, `reason-unfit`.
    Dismiss {
        /// Why; a reason for [`crate::reason::Use::Dismiss`].
        reason: Reason,
    },
    /// A person gives the visit up.
    GiveUp,
    /// A person has gone away.
    Abandon,
    /// The visit's time is over. Refused with `deadline-not-reached`.
    Expire,
}

closed! {
    /// The kind of an act, without its particulars.
    pub enum ActKind {
        Claim "claim" "Name the person.";
        AskConsent "ask-consent" "Ask for consent.";
        GiveConsent "give-consent" "The person agrees.";
        RefuseConsent "refuse-consent" "The person would rather not.";
        WithdrawConsent "withdraw-consent" "The person takes the consent back.";
        BeginCapture "begin-capture" "Start the camera.";
        EndCapture "end-capture" "The capture ends without a comparison.";
        CloseEvidence "close-evidence" "The evidence is ready and closed.";
        Judge "judge" "Judge by eye.";
        OpenEvidence "open-evidence" "Open the evidence.";
        TakeOtherPath "take-other-path" "Take the equal way without a face.";
        CheckPapers "check-papers" "The papers settle who the person is.";
        Confirm "confirm" "Confirm who came.";
        Refer "refer" "Refer the visit.";
        Report "report" "Report a suspected impersonation.";
        Second "second" "Second the report.";
        Dismiss "dismiss" "Dismiss the report.";
        GiveUp "give-up" "The person gives the visit up.";
        Abandon "abandon" "The person has gone away.";
        Expire "expire" "The visit's time is over.";
    }
}

/// Who may do an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doer {
    /// An operator with this permission.
    pub(super) operator: Option<Permission>,
    /// The person.
    pub(super) person: bool,
    /// The program.
    pub(super) system: bool,
}

impl ActKind {
    /// True if the act concerns one person of the visit.
    pub fn is_of_a_person(self) -> bool {
        use ActKind::{Abandon, Confirm, Dismiss, Expire, GiveUp, Refer, Second};
        !matches!(self, Confirm | Refer | Second | Dismiss | GiveUp | Abandon | Expire)
    }

    /// The permission with which an operator may do it; `None` if no operator may.
    pub fn permission(self) -> Option<Permission> {
        self.doer().operator
    }

    pub(super) fn doer(self) -> Doer {
        let operator = |permission| Doer { operator: Some(permission), person: false, system: false };
        let nobody = Doer { operator: None, person: false, system: false };
        match self {
            Self::Claim | Self::AskConsent | Self::BeginCapture | Self::Abandon => operator(Permission::VisitRun),
            Self::GiveConsent => Doer { person: true, ..nobody },
            Self::RefuseConsent | Self::TakeOtherPath | Self::GiveUp => {
                Doer { person: true, ..operator(Permission::VisitRun) }
            }
            Self::WithdrawConsent => Doer { person: true, ..operator(Permission::ConsentWithdraw) },
            Self::EndCapture => Doer { system: true, ..operator(Permission::VisitRun) },
            Self::CloseEvidence | Self::Expire => Doer { system: true, ..nobody },
            Self::Judge | Self::OpenEvidence => operator(Permission::EvidenceJudge),
            Self::CheckPapers | Self::Confirm | Self::Refer => operator(Permission::OutcomeDecide),
            Self::Report => operator(Permission::ReportMake),
            Self::Second | Self::Dismiss => operator(Permission::ReportSecond),
        }
    }
}

impl Act {
    /// The kind of the act.
    pub fn kind(&self) -> ActKind {
        match self {
            Self::Claim { .. } => ActKind::Claim,
            Self::AskConsent { .. } => ActKind::AskConsent,
            Self::GiveConsent { .. } => ActKind::GiveConsent,
            Self::RefuseConsent { .. } => ActKind::RefuseConsent,
            Self::WithdrawConsent { .. } => ActKind::WithdrawConsent,
            Self::BeginCapture { .. } => ActKind::BeginCapture,
            Self::EndCapture { .. } => ActKind::EndCapture,
            Self::CloseEvidence { .. } => ActKind::CloseEvidence,
            Self::Judge { .. } => ActKind::Judge,
            Self::OpenEvidence { .. } => ActKind::OpenEvidence,
            Self::TakeOtherPath { .. } => ActKind::TakeOtherPath,
            Self::CheckPapers { .. } => ActKind::CheckPapers,
            Self::Confirm => ActKind::Confirm,
            Self::Refer { .. } => ActKind::Refer,
            Self::Report { .. } => ActKind::Report,
            Self::Second => ActKind::Second,
            Self::Dismiss { .. } => ActKind::Dismiss,
            Self::GiveUp => ActKind::GiveUp,
            Self::Abandon => ActKind::Abandon,
            Self::Expire => ActKind::Expire,
        }
    }

    /// The person that the act concerns, if it concerns one.
    pub fn person(&self) -> Option<usize> {
        match *self {
            Self::Claim { person }
            | Self::AskConsent { person }
            | Self::GiveConsent { person }
            | Self::RefuseConsent { person }
            | Self::WithdrawConsent { person }
            | Self::BeginCapture { person }
            | Self::EndCapture { person }
            | Self::CloseEvidence { person }
            | Self::Judge { person, .. }
            | Self::OpenEvidence { person }
            | Self::TakeOtherPath { person, .. }
            | Self::CheckPapers { person, .. }
            | Self::Report { person, .. } => Some(person),
            Self::Confirm
            | Self::Refer { .. }
            | Self::Second
            | Self::Dismiss { .. }
            | Self::GiveUp
            | Self::Abandon
            | Self::Expire => None,
        }
    }
}

/// An act that the state allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The kind of the act.
    pub kind: ActKind,
    /// The person that it concerns, if it concerns one.
    pub person: Option<usize>,
}

/// The acts that the state allows, persons first.
pub(super) fn offers(state: &State) -> Vec<Offer> {
    let of_a_person = (0..state.persons().len()).flat_map(|person| {
        ActKind::ALL.iter().filter(|kind| kind.is_of_a_person()).map(move |&kind| Offer { kind, person: Some(person) })
    });
    let of_the_visit =
        ActKind::ALL.iter().filter(|kind| !kind.is_of_a_person()).map(|&kind| Offer { kind, person: None });
    of_a_person.chain(of_the_visit).filter(|offer| permits(state, *offer)).collect()
}

/// The table: whether a state allows an act, facts aside.
pub(super) fn permits(state: &State, offer: Offer) -> bool {
    let person = offer.person.and_then(|index| state.persons().get(index)).copied();
    match (state.phase(), person) {
        (Phase::Decided(_), _) => false,
        (Phase::Reported(_), Some(_)) => offer.kind == ActKind::WithdrawConsent && permits_person(offer.kind, person),
        (Phase::Reported(_), None) => matches!(offer.kind, ActKind::Second | ActKind::Dismiss | ActKind::Expire),
        (Phase::Open, Some(_)) => permits_person(offer.kind, person),
        (Phase::Open, None) => match offer.kind {
            ActKind::Confirm => state.persons().iter().all(|person| may_be_settled(*person)),
            ActKind::Refer | ActKind::GiveUp | ActKind::Abandon | ActKind::Expire => true,
            _ => false,
        },
    }
}

/// True if a person in this state may be settled, by face or by papers; what the evidence says is a fact.
fn may_be_settled(person: PersonState) -> bool {
    match person {
        PersonState::PapersChecked => true,
        PersonState::EvidenceOpen(judgement) => judgement != Judgement::Different,
        _ => false,
    }
}

fn permits_person(kind: ActKind, person: Option<PersonState>) -> bool {
    use PersonState as P;
    let Some(person) = person else { return false };
    match kind {
        ActKind::Claim => person == P::Unclaimed,
        ActKind::AskConsent => person == P::Claimed,
        ActKind::GiveConsent => person == P::ConsentAsked,
        ActKind::RefuseConsent => matches!(person, P::Claimed | P::ConsentAsked),
        ActKind::WithdrawConsent | ActKind::Report => person != P::Unclaimed,
        // After `different` the pictures are not taken again: the clerk now knows what the evidence says, and papers settle it.
        ActKind::BeginCapture => match person {
            P::ConsentGiven | P::EvidenceClosed => true,
            P::EvidenceOpen(judgement) => judgement != Judgement::Different,
            _ => false,
        },
        ActKind::EndCapture | ActKind::CloseEvidence => person == P::Capturing,
        ActKind::Judge => person == P::EvidenceClosed,
        ActKind::OpenEvidence => matches!(person, P::Judged(_)),
        ActKind::TakeOtherPath => !matches!(person, P::Unclaimed | P::OtherPath | P::PapersChecked),
        ActKind::CheckPapers => person == P::OtherPath,
        _ => false,
    }
}
