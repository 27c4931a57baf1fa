//! The stored form of a state: `phase|person` or `phase|person,person`, and what a phase says more behind colons.
//!
//! ```text
//! open|evidence-open-same,other-path
//! reported:0:face-differs:01J0…|evidence-open-different
//! suspected-impersonation:0:face-differs:01J0…:01J1…|evidence-open-different
//! ```

use super::facts::OperatorRef;
use super::state::{Outcome, PersonState, Phase, Referral, Report, State};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::reason::Reason;
use std::fmt;

impl State {
    /// The state with this stored text.
    ///
    /// # Errors
    /// `visit-state-invalid` for any text that [`State`] does not write, and for states that no visit can come to.
    pub fn parse(text: &str) -> Result<Self> {
        parse(text)
            .filter(|state| state.to_string() == text)
            .ok_or_else(|| Error::new(Code::VisitStateInvalid, "the stored state cannot be read"))
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let persons: Vec<&str> = self.persons().iter().map(|person| person.as_str()).collect();
        f.write_str(self.phase().as_str())?;
        match self.phase() {
            Phase::Reported(report) => write_report(f, report)?,
            Phase::Decided(Outcome::SuspectedImpersonation { report, second }) => {
                write_report(f, report)?;
                write!(f, ":{}", second.as_str())?;
            }
            Phase::Open | Phase::Decided(_) => {}
        }
        write!(f, "|{}", persons.join(","))
    }
}

fn write_report(f: &mut fmt::Formatter<'_>, report: &Report) -> fmt::Result {
    write!(f, ":{}:{}:{}", report.person, report.reason, report.by.as_str())
}

fn parse(text: &str) -> Option<State> {
    let (phase, persons) = text.split_once('|')?;
    let persons: Vec<PersonState> = persons.split(',').map(PersonState::parse).collect::<Option<_>>()?;
    let parts: Vec<&str> = phase.split(':').collect();
    let phase = match *parts.as_slice() {
        ["open"] => Phase::Open,
        ["reported", person, reason, by] => Phase::Reported(parse_report(person, reason, by)?),
        ["suspected-impersonation", person, reason, by, second] => Phase::Decided(Outcome::SuspectedImpersonation {
            report: parse_report(person, reason, by)?,
            second: OperatorRef::new(second).ok()?,
        }),
        ["confirmed"] => Phase::Decided(Outcome::Confirmed),
        ["referred-other-path"] => Phase::Decided(Outcome::Referred(Referral::OtherPath)),
        ["referred-more-documents"] => Phase::Decided(Outcome::Referred(Referral::MoreDocuments)),
        ["withdrawn"] => Phase::Decided(Outcome::Withdrawn),
        ["abandoned"] => Phase::Decided(Outcome::Abandoned),
        ["expired"] => Phase::Decided(Outcome::Expired),
        _ => return None,
    };
    State::of(phase, persons)
}

fn parse_report(person: &str, reason: &str, by: &str) -> Option<Report> {
    Some(Report { person: person.parse().ok()?, reason: Reason::parse(reason)?, by: OperatorRef::new(by).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_written_plainly_and_read_back() {
        for text in [
            "open|unclaimed",
            "open|evidence-open-same,other-path",
            "reported:0:face-differs:op-1|evidence-open-different",
            "reported:1:papers-forged:op-1|claimed,other-path",
            "suspected-impersonation:0:face-differs:op-1:op-2|evidence-open-cannot-say",
            "confirmed|papers-checked,evidence-open-same",
            "referred-other-path|other-path",
            "referred-more-documents|unclaimed",
            "withdrawn|capturing",
            "abandoned|judged-same",
            "expired|consent-asked",
        ] {
            assert_eq!(State::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn damaged_and_impossible_states_are_refused() {
        for text in [
            "",
            "|",
            "open",
            "open|",
            "open|claimed,",
            "open|claimed,claimed,claimed",
            "open |claimed",
            "Open|claimed",
            "open|evidence-open",
            "open:0|claimed",
            "confirmed|claimed",
            "confirmed|papers-checked,other-path",
            "confirmed|evidence-open-different",
            "reported|evidence-open-different",
            "reported:1:face-differs:op-1|evidence-open-different",
            "reported:00:face-differs:op-1|evidence-open-different",
            "reported:0:face-differs:op-1|judged-different",
            "reported:0:face-differs:op-1|other-path",
            "reported:0:papers-forged:op-1|unclaimed",
            "reported:0:papers-agree:op-1|claimed",
            "reported:0:face-differs:|evidence-open-different",
            "suspected-impersonation:0:face-differs:op-1|evidence-open-different",
            "suspected-impersonation:0:face-differs:op-1:op-1|evidence-open-different",
            "suspected-impersonation:0:person-prefers:op-1:op-2|evidence-open-different",
        ] {
            assert_eq!(State::parse(text).unwrap_err().code(), "visit-state-invalid", "{text}");
        }
    }
}
