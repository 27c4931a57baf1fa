//! Every way through a service, from the first step to an outcome.
//!
//! A definition has no loops and no scripts, so its ways can be counted: each step has a few results, each result leads to the next step, to
//! the equal way without a face, or to an outcome.

use super::definition::Definition;
use super::step::{Doing, Late, Step};
use crate::closed::closed;

closed! {
    /// What came of a step.
    pub enum Came {
        Found "found" "The person is claimed.";
        NotFound "not-found" "Nobody of this number or paper is known.";
        Agrees "agrees" "The person agrees.";
        Refuses "refuses" "The person would rather not.";
        Settles "settles" "The face settles who it is.";
        DoesNotSettle "does-not-settle" "The face does not settle it, or could not be checked.";
        Shown "shown" "It was shown.";
        NotShown "not-shown" "It was not shown.";
        PapersAgree "papers-agree" "Papers settle who it is.";
        PapersLacking "papers-lacking" "The papers do not suffice today.";
        Suspected "suspected" "Two clerks suspect an impersonation.";
        Done "done" "It is done.";
        Late "late" "It took too long, or could not be done.";
        MoreNeeded "more-needed" "Something is missing.";
        Declined "declined" "Two clerks decline it, with a reason.";
        Disagrees "disagrees" "The second clerk does not agree.";
    }
}

closed! {
    /// How a visit ends.
    pub enum Ending {
        Confirmed "confirmed" "The service was carried to its end.";
        Referred "referred-other-path" "A human takes it further.";
        MoreDocuments "referred-more-documents" "The person comes back with what is missing.";
        Declined "declined" "It is declined, with a reason and a way to appeal.";
        Suspected "suspected-impersonation" "There is an incident.";
        Expired "expired" "The time ran out; the person can begin again.";
        Withdrawn "withdrawn" "The person gave it up.";
    }
}

/// Where a result leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leads {
    /// To the next step, or to the end if there is none.
    On,
    /// To the equal way without a face.
    OtherPath,
    /// To an outcome.
    Ends(Ending),
}

/// One way: the steps by their ids with what came of each, and how it ends. The equal way without a face is called `other-path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way<'a> {
    /// The steps.
    pub steps: Vec<(&'a str, Came)>,
    /// How it ends.
    pub ending: Ending,
}

/// The name of the equal way without a face, beside the ids of steps.
pub const OTHER_PATH: &str = "other-path";

impl Step {
    /// What can come of the step, and where each leads; what leads on comes first.
    pub fn results(&self) -> Vec<(Came, Leads)> {
        let late = || match self.doing.term().map(|term| term.late) {
            Some(Late::Refer) => Some((Came::Late, Leads::Ends(Ending::Referred))),
            Some(Late::End) => Some((Came::Late, Leads::Ends(Ending::Expired))),
            Some(Late::GoOn) => Some((Came::Late, Leads::On)),
            None => None,
        };
        let mut results = match &self.doing {
            Doing::Identify { .. } => {
                vec![(Came::Found, Leads::On), (Came::NotFound, Leads::Ends(Ending::Referred))]
            }
            Doing::Consent {} => vec![(Came::Agrees, Leads::On), (Came::Refuses, Leads::OtherPath)],
            Doing::Face { .. } => vec![
                (Came::Settles, Leads::On),
                (Came::DoesNotSettle, Leads::OtherPath),
                (Came::Suspected, Leads::Ends(Ending::Suspected)),
            ],
            Doing::SecondFactor { .. } => vec![(Came::Shown, Leads::On), (Came::NotShown, Leads::OtherPath)],
            Doing::Review { .. } => vec![
                (Came::Done, Leads::On),
                (Came::MoreNeeded, Leads::Ends(Ending::MoreDocuments)),
                (Came::Declined, Leads::Ends(Ending::Declined)),
            ],
            Doing::SecondPerson { .. } => {
                vec![(Came::Done, Leads::On), (Came::Disagrees, Leads::Ends(Ending::Referred))]
            }
            Doing::Form { .. }
            | Doing::Upload { .. }
            | Doing::Request { .. }
            | Doing::Fee { .. }
            | Doing::Appointment { .. }
            | Doing::Issue { .. }
            | Doing::Notice { .. }
            | Doing::Wait { .. } => vec![(Came::Done, Leads::On)],
        };
        results.extend(late());
        results
    }
}

/// What can come of the equal way without a face, and where each leads.
pub const PAPERS: [(Came, Leads); 3] = [
    (Came::PapersAgree, Leads::On),
    (Came::PapersLacking, Leads::Ends(Ending::MoreDocuments)),
    (Came::Suspected, Leads::Ends(Ending::Suspected)),
];

/// Every way through the steps of a checked definition, the shortest to the right outcome first. At any step the person may also give up or go
/// away, or take back the consent; these ends are the same everywhere and not repeated.
pub fn ways(definition: &Definition) -> Vec<Way<'_>> {
    let mut found = Vec::new();
    onward(&definition.steps, 0, &mut Vec::new(), &mut found);
    found
}

fn onward<'a>(steps: &'a [Step], at: usize, gone: &mut Vec<(&'a str, Came)>, found: &mut Vec<Way<'a>>) {
    let Some(step) = steps.get(at) else {
        found.push(Way { steps: gone.clone(), ending: Ending::Confirmed });
        return;
    };
    // The papers settle who it is, and what the person came for follows as with the face.
    let service = steps.iter().position(|step| !step.doing.settles_who()).unwrap_or(steps.len());
    for (came, leads) in step.results() {
        gone.push((&step.id, came));
        match leads {
            Leads::On => onward(steps, at + 1, gone, found),
            Leads::Ends(ending) => found.push(Way { steps: gone.clone(), ending }),
            Leads::OtherPath => {
                for (came, leads) in PAPERS {
                    gone.push((OTHER_PATH, came));
                    match leads {
                        Leads::Ends(ending) => found.push(Way { steps: gone.clone(), ending }),
                        _ => onward(steps, service, gone, found),
                    }
                    gone.pop();
                }
            }
        }
        gone.pop();
    }
}
