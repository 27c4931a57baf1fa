//! What the procedures of administration share: secrets that pass through, the tree an act belongs to, and a day's beginning.

use crate::error::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use store::id::OfficeId;
use store::ledger::{Act, Actor, Kind, Shard};
use store::session::SignedIn;
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// A secret on its way in or out: a password, a code, a token. It has no debug form and is overwritten when dropped.
#[derive(Clone, ToSchema)]
#[schema(value_type = String)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The secret of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    /// The name only: a secret never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// The tree of an operator's acts: that of the office, so that offices do not queue at one tree.
pub(super) fn home(office: Option<&OfficeId>) -> Shard {
    office.map_or(Shard::Register, |office| Shard::Office(office.clone()))
}

/// An act of who is signed in, in the tree of the operator's office.
pub(super) fn act<'a>(kind: Kind, by: &SignedIn, actor: &'a Actor) -> Act<'a> {
    Act::new(kind, home(by.office()), actor)
}

/// The moment at which a day begins (UTC).
pub(super) fn beginning(day: Date) -> Result<Timestamp> {
    let wrong = |_| store::Error::new(store::Code::RowInvalid, "the day is outside of the calendar");
    Ok(day.to_zoned(TimeZone::UTC).map_err(wrong)?.timestamp())
}

/// The day of a moment (UTC).
pub(super) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_no_debug_form() {
        let secret: Secret = serde_json::from_str("\"hunter2\"").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
        assert_eq!((secret.as_str(), serde_json::to_string(&secret).unwrap().as_str()), ("hunter2", "\"hunter2\""));
    }

    #[test]
    fn a_day_begins_at_midnight() {
        let at = beginning(jiff::civil::date(2026, 11, 21)).unwrap();
        assert_eq!(at.to_string(), "2026-11-21T00:00:00Z");
        assert_eq!(day(at), jiff::civil::date(2026, 11, 21));
    }
}
