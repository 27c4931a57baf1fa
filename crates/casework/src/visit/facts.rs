//! What an act is judged by, beside the state: who acts, what the evidence says, what else is known.

use super::state::Judgement;
use crate::closed::closed;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::OPERATOR_REF_BYTES_MAX;
use crate::permission::Roles;
use crate::service::{LivenessLevel, SecondFactor};
use crate::throttle::Gate;
use face::evidence::Band;

/// A reference to an operator: an id, never a name. Two operators are the same exactly if their references are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperatorRef(String);

impl OperatorRef {
    /// The reference with this text: 1 to 64 letters, digits and hyphens.
    ///
    /// # Errors
    /// `visit-state-invalid`.
    pub fn new(text: &str) -> Result<Self> {
        let letters = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if text.is_empty() || text.len() > OPERATOR_REF_BYTES_MAX || !letters {
            return Err(Error::new(Code::VisitStateInvalid, "a reference to an operator has a wrong form"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text of the reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An operator who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Who it is.
    pub id: OperatorRef,
    /// What they may do.
    pub roles: Roles,
    /// True if their training counts today (see [`crate::permission::trained`]).
    pub trained: bool,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who is signed in.
    Operator(Operator),
    /// The citizen, on the station, kiosk or phone of this visit, or with the consent's receipt.
    Person,
    /// The program itself: evidence is ready, a time ran out.
    System,
}

closed! {
    /// What is known about whether the live face was a live face; three different things.
    pub enum Liveness {
        Live "live" "The check found a live face.";
        Attack "attack" "The check found a mask, a picture or a screen.";
        NotChecked "not-checked" "Nothing was checked.";
    }
}

/// What the newest evidence of a person says, as far as a rule asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The band at the rate that the service demands.
    pub band: Band,
    /// The liveness outcome.
    pub liveness: Liveness,
}

/// What the service demands of a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How much the liveness outcome counts.
    pub liveness: LivenessLevel,
    /// What must be shown beside the face.
    pub second_factor: SecondFactor,
}

/// What is known of one person of the visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonFacts {
    /// True if the person who is being claimed already has the other place of this visit.
    pub claimed_twice: bool,
    /// True if there is a live consent of this person for this purpose (a grant could be had now).
    pub consent_live: bool,
    /// Whether the limits let the next attempt begin.
    pub attempts: Gate,
    /// True if the second factor was shown in this visit.
    pub factor_shown: bool,
    /// The evidence of the person's newest capture, if that capture yielded any; never that of an earlier one.
    pub finding: Option<Finding>,
}

/// Everything an act is judged by, beside the state; read in the same transaction in which the new state is written.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Who acts.
    pub actor: &'a Actor,
    /// What the service demands.
    pub rules: Rules,
    /// What is known of each person, in the order of the visit.
    pub persons: &'a [PersonFacts],
    /// True if the visit's time is over: the service's term, or [`crate::limits::REPORT_MINUTES_MAX`] once it is reported.
    pub deadline_passed: bool,
}

impl Facts<'_> {
    /// What is known of person `index`.
    pub(super) fn person(&self, index: usize) -> Result<&PersonFacts> {
        self.persons
            .get(index)
            .ok_or_else(|| Error::new(Code::VisitPersonUnknown, format!("nothing is known of person {index}")))
    }
}

/// True if the face alone may confirm: the evidence matches, the clerk's eye does not speak against it, and liveness is as demanded.
pub fn settles(judgement: Judgement, finding: Finding, rules: Rules) -> bool {
    let live = match finding.liveness {
        Liveness::Live => true,
        Liveness::Attack => false,
        Liveness::NotChecked => rules.liveness == LivenessLevel::Assist,
    };
    finding.band == Band::Match && judgement != Judgement::Different && live
}

/// True if opened evidence speaks against the person, so that a suspicion by face may be reported: the clerk saw two persons, more likely
/// two persons than one, or an attack on the camera. Inconclusive evidence alone speaks against nobody.
pub fn speaks_against(judgement: Judgement, finding: Finding) -> bool {
    judgement == Judgement::Different || finding.band == Band::NoMatch || finding.liveness == Liveness::Attack
}

#[cfg(test)]
mod tests {
    use super::*;

    const BANDS: [Band; 3] = [Band::Match, Band::Inconclusive, Band::NoMatch];

    fn all() -> impl Iterator<Item = (Judgement, Finding, Rules)> {
        Judgement::ALL.iter().flat_map(|&judgement| {
            BANDS.into_iter().flat_map(move |band| {
                Liveness::ALL.iter().flat_map(move |&liveness| {
                    LivenessLevel::ALL.iter().map(move |&level| {
                        let rules = Rules { liveness: level, second_factor: SecondFactor::Document };
                        (judgement, Finding { band, liveness }, rules)
                    })
                })
            })
        })
    }

    #[test]
    fn what_settles_never_speaks_against() {
        assert!(all().all(|(judgement, finding, rules)| {
            !(settles(judgement, finding, rules) && speaks_against(judgement, finding))
        }));
        assert_eq!(all().count(), 81);
    }

    #[test]
    fn a_face_alone_settles_in_eight_cases_of_eighty_one() {
        let settling: String = all().filter(|(judgement, finding, rules)| settles(*judgement, *finding, *rules)).fold(
            String::new(),
            |text, (judgement, finding, rules)| {
                format!("{text}{judgement} {:?} {} {}\n", finding.band, finding.liveness, rules.liveness)
            },
        );
        insta::assert_snapshot!(settling, @"
        same Match live assist
        same Match live attended
        same Match live unattended
        same Match not-checked assist
        cannot-say Match live assist
        cannot-say Match live attended
        cannot-say Match live unattended
        cannot-say Match not-checked assist
        ");
    }

    #[test]
    fn inconclusive_evidence_alone_speaks_against_nobody() {
        for liveness in [Liveness::Live, Liveness::NotChecked] {
            let finding = Finding { band: Band::Inconclusive, liveness };
            assert!(!speaks_against(Judgement::Same, finding) && !speaks_against(Judgement::CannotSay, finding));
        }
    }

    #[test]
    fn references_are_short_and_plain() {
        assert_eq!(OperatorRef::new("01J0ABC-x").unwrap().as_str(), "01J0ABC-x");
        for bad in ["", "a:b", "a|b", "a b", "甲", &"a".repeat(65)] {
            assert!(OperatorRef::new(bad).is_err(), "{bad}");
        }
    }
}
