//! Ids as types of their own: a ULID (time-ordered) for records, 128 random bits for biometric rows.

use crate::error::{Error, Result};
use crate::{Code, Means};
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        #[schema(value_type = String, min_length = 26, max_length = 26, pattern = "^[0-7][0-9a-hjkmnp-tv-z]{25}$")]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// A new id; ids made later sort later.
            pub fn new(means: &Means<'_>) -> Self {
                Self(timed(means))
            }

            /// The id as text, 26 characters of Crockford's base 32.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self> {
                if is_id(&text) { Ok(Self(text)) } else { Err(Error::new(Code::NotFound, "the id has a wrong form")) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                Self::try_from(text.to_owned())
            }
        }
    )+};
}

ids! {
    /// An office.
    OfficeId;
    /// A station: a camera at a counter, a kiosk or a gate.
    StationId;
    /// An operator.
    OperatorId;
    /// A passkey of an operator.
    PasskeyId;
    /// A one-time invitation link.
    InvitationId;
    /// A signed-in session.
    SessionId;
    /// A person in the register.
    PersonId;
    /// An event of a person's life that the register notes.
    LifeEventId;
    /// A guardianship.
    GuardianId;
    /// A consent.
    ConsentId;
    /// A visit.
    VisitId;
    /// One person of a visit.
    VisitPersonId;
    /// A capture.
    CaptureId;
    /// A piece of evidence.
    EvidenceId;
    /// A judgement.
    JudgementId;
    /// An outcome.
    OutcomeId;
    /// An incident.
    IncidentId;
    /// An alarm about a station.
    StationAlarmId;
    /// A notice to an agency.
    NoticeId;
    /// One try to deliver a notice.
    AttemptId;
    /// An agency.
    AgencyId;
    /// A secret with which notices to an agency are signed.
    AgencySecretId;
    /// An import.
    ImportId;
}

/// A ULID of the moment, in lower case.
fn timed(means: &Means<'_>) -> String {
    let random = u128::from_be_bytes(seal::random::array(means.random));
    ulid::Ulid::from_parts(means.now.as_millisecond().max(0).unsigned_abs(), random).to_string().to_lowercase()
}

/// 128 random bits in the same form, for rows that must not tell when they were made.
pub(crate) fn untimed(means: &Means<'_>) -> String {
    ulid::Ulid(u128::from_be_bytes(seal::random::array(means.random))).to_string().to_lowercase()
}

/// True for 26 characters of Crockford's base 32 in lower case that fit 128 bits.
pub(crate) fn is_id(text: &str) -> bool {
    let digit = |b: u8| b.is_ascii_digit() || (b.is_ascii_lowercase() && !b"ilou".contains(&b));
    text.len() == 26 && text.bytes().all(digit) && text.as_bytes()[0] <= b'7'
}
