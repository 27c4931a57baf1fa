//! The visit as a state machine: what has happened, what may happen next, and who may do it.
//!
//! ```text
//! of each person   unclaimed ─► claimed ─► consent-asked ─► consent-given ─► capturing ─► evidence-closed ─► judged ─► evidence-open
//!                                 │            │ refused        │ withdrawn at any point, or the clerk or the person chooses
//!                                 └────────────┴────────────────┴──► other-path ─► papers-checked
//! of the visit     open ─► confirmed · referred · withdrawn · abandoned · expired
//!                  open ─► reported ─► suspected-impersonation (another operator seconds) · open (dismissed, or the consent withdrawn)
//! ```
//!
//! Rules that are not in the picture:
//!
//! * **A refusal leaves no trace in the state.** A person who refused, who withdrew, and whom the clerk sent the other way are in the same
//!   state, so that nothing can be held against anybody. (The consent's own record knows.)
//! * **A face alone confirms only what speaks for the person**: band `match`, a judgement that is not `different`, liveness as the service
//!   demands, and the second factor. Everything else (no match, inconclusive, the clerk's eye against the machine) ends no benefit: the clerk
//!   takes the other path, checks papers with a reason code, and confirms.
//! * **Suspicion by face needs opened evidence that speaks against the person**; suspicion by papers needs no face, and a refusal is none.
//! * **An adverse outcome needs two.** A report waits until another operator seconds it. Dismissed, it ends the face way of that person, so
//!   that it cannot be repeated on the same ground. A report that nobody seconds in time expires without an adverse outcome.
//! * **The state holds no result**: no band, no score. What is stored about a visit cannot tell a clerk what the closed evidence says.

mod act;
mod facts;
mod state;
mod step;
mod text;

pub use act::{Act, ActKind, Offer};
pub use facts::{Actor, Facts, Finding, Liveness, Operator, OperatorRef, PersonFacts, Rules, settles, speaks_against};
pub use state::{Judgement, Outcome, PersonState, Phase, Referral, Report, State};

use crate::error::Result;

/// The state after `act`, if the rules allow it with these `facts`. Nothing else makes a new state from an old one.
///
/// # Errors
/// `visit-decided` after an outcome; `actor-unfit`, `consent-of-person-only`, `permission-missing`, `training-expired` for who acts;
/// `transition-refused`, `consent-first`, `judgement-first` for when; and what [`Act`] names for each act.
pub fn apply(state: &State, act: &Act, facts: &Facts<'_>) -> Result<State> {
    step::apply(state, act, facts)
}

/// The acts that the state itself allows, for pages; facts (a consent that ran out, a role, a delay) may still refuse them.
pub fn offers(state: &State) -> Vec<Offer> {
    act::offers(state)
}
