//! Who acts and what is known, for the tests of the visit.

use casework::throttle::Gate;
use casework::visit::{Actor, Finding, Liveness, Operator, OperatorRef, PersonFacts};
use casework::{Role, Roles};
use face::evidence::Band;

/// Evidence that speaks for the person.
pub(crate) const FOR: Finding = Finding { band: Band::Match, liveness: Liveness::Live };
/// Evidence that speaks against the person.
pub(crate) const AGAINST: Finding = Finding { band: Band::NoMatch, liveness: Liveness::Live };

/// A trained operator with these roles.
pub(crate) fn operator(id: &str, roles: &[Role]) -> Actor {
    Actor::Operator(Operator { id: OperatorRef::new(id).unwrap(), roles: Roles::of(roles).unwrap(), trained: true })
}

/// A trained clerk.
pub(crate) fn clerk(id: &str) -> Actor {
    operator(id, &[Role::Clerk])
}

/// A trained supervisor.
pub(crate) fn supervisor(id: &str) -> Actor {
    operator(id, &[Role::Supervisor])
}

/// Somebody who takes no part in the casework.
pub(crate) fn outsider(id: &str) -> Actor {
    operator(id, &[Role::Administrator])
}

/// Everything in favour of the act.
pub(crate) fn favourable(finding: Finding) -> PersonFacts {
    PersonFacts {
        claimed_twice: false,
        consent_live: true,
        attempts: Gate::Open,
        factor_shown: true,
        finding: Some(finding),
    }
}

/// Nothing in favour of a face: no consent, no attempts left, no evidence, no second factor.
pub(crate) const WORST: PersonFacts =
    PersonFacts { claimed_twice: false, consent_live: false, attempts: Gate::Off, factor_shown: false, finding: None };
