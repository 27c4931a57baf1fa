//! The grant: what a live consent allows, as a value that only this file can make.

use super::Sight;
use crate::error::{Error, Result};
use crate::id::{ConsentId, PersonId};
use crate::limits::moment;
use crate::tx::Tx;
use crate::{Code, Means, person};
use jiff::Timestamp;
use sqlx::FromRow;

/// What a live consent allows: to take in, open and compare the biometric data of one person for one purpose.
///
/// Only [`require`] makes one. It cannot be copied, stored or sent; whoever takes one calls [`Grant::check`] first, so that a consent that
/// was withdrawn after the grant was made allows nothing more.
///
/// ```compile_fail,E0451
/// fn forge(consent: store::id::ConsentId, person: store::id::PersonId) -> store::consent::Grant {
///     store::consent::Grant { consent, person, purpose: String::new(), service: String::new(), expires: jiff::Timestamp::MAX }
/// }
/// ```
///
/// ```compile_fail,E0308
/// fn keep(grant: &store::consent::Grant) -> store::consent::Grant {
///     grant.clone()
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn store(grant: &store::consent::Grant) -> String {
///     serde_json::to_string(grant).unwrap()
/// }
/// ```
///
/// ```compile_fail,E0277
/// fn load(text: &str) -> store::consent::Grant {
///     serde_json::from_str(text).unwrap()
/// }
/// ```
///
/// What it says can be read:
///
/// ```
/// fn purpose(grant: &store::consent::Grant) -> &str {
///     grant.purpose()
/// }
/// ```
#[derive(Debug)]
pub struct Grant {
    consent: ConsentId,
    person: PersonId,
    purpose: String,
    service: String,
    expires: Timestamp,
}

#[derive(FromRow)]
pub(super) struct Row {
    pub(super) person_id: String,
    pub(super) given_by: String,
    purpose: String,
    service: String,
    pub(super) state: String,
    expires_at_ms: i64,
}

/// Locks the consent's row until the transaction ends, and reads it.
pub(super) async fn lock(tx: &mut Tx, consent: &ConsentId) -> Result<Option<Row>> {
    tx.maybe(
        sqlx::query(
            "UPDATE consents SET state = state WHERE id = $1 \
             RETURNING person_id, given_by, purpose, service, state, expires_at_ms",
        )
        .bind(consent.as_str()),
    )
    .await
}

/// The grant of a live consent of this person for this purpose. The rows of person and consent, in this order, stay locked until the
/// transaction ends, which must be one that writes: who is locked or reported deceased at the same moment is so before the grant or after its
/// use, never between.
///
/// # Errors
/// `person-locked`, `person-deceased`, `person-unknown` for whom nothing may be done, whatever they agreed to before; `consent-missing` when
/// there is no such consent or it was only asked for; `consent-ended` when it was refused, withdrawn or has expired; `grant-foreign` when it is
/// another person's or for another purpose; `guardian-missing` when whoever gave it is no guardian any more; `not-found` for an unknown
/// person; the codes of the database.
pub async fn require(
    tx: &mut Tx,
    means: &Means<'_>,
    consent: &ConsentId,
    person: &PersonId,
    purpose: &str,
) -> Result<Grant> {
    person::usable(person::lock(tx, person).await?.state)?;
    let Some(row) = lock(tx, consent).await? else {
        return Err(Error::new(Code::ConsentMissing, "there is no such consent"));
    };
    if row.person_id != person.as_str() || row.purpose != purpose {
        return Err(Error::new(Code::GrantForeign, "the consent is of another person or for another purpose"));
    }
    match row.state.as_str() {
        "given" => {}
        "requested" => return Err(Error::new(Code::ConsentMissing, "the consent was asked for, not given")),
        state => return Err(Error::new(Code::ConsentEnded, format!("the consent is {state}"))),
    }
    if row.expires_at_ms <= means.now_ms() {
        return Err(Error::new(Code::ConsentEnded, "the consent has expired"));
    }
    super::may_consent(tx, means, person, &row.given_by.parse()?).await?;
    Ok(Grant {
        consent: consent.clone(),
        person: person.clone(),
        purpose: row.purpose,
        service: row.service,
        expires: moment(row.expires_at_ms)?,
    })
}

impl Grant {
    /// The consent that it stands on.
    pub fn consent(&self) -> &ConsentId {
        &self.consent
    }

    /// Whose biometric data it opens.
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// For which purpose.
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// The service in which the consent was asked for.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// When it ends by itself.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// What of it allows to look at pictures.
    pub fn sight(&self) -> Sight<'_> {
        Sight::of_grant(self)
    }

    /// Reads the consent again and locks it until the transaction ends: it must still be live and the one that was granted. The person is
    /// read again too, not locked, because persons come before consents; [`require`] in the same transaction has locked them.
    ///
    /// # Errors
    /// `grant-expired`, `consent-ended`, `grant-foreign`; `person-locked`, `person-deceased`, `person-unknown`; the codes of the database.
    pub async fn check(&self, tx: &mut Tx, means: &Means<'_>) -> Result<()> {
        if self.expires <= means.now {
            return Err(Error::new(Code::GrantExpired, "the grant has expired"));
        }
        let Some(row) = lock(tx, &self.consent).await? else {
            return Err(Error::new(Code::ConsentEnded, "the consent is gone"));
        };
        if row.state != "given" {
            return Err(Error::new(Code::ConsentEnded, format!("the consent is {}", row.state)));
        }
        if row.expires_at_ms <= means.now_ms() {
            return Err(Error::new(Code::GrantExpired, "the consent has expired"));
        }
        if row.person_id != self.person.as_str() || row.purpose != self.purpose {
            return Err(Error::new(Code::GrantForeign, "the consent is of another person or for another purpose"));
        }
        person::usable(person::get(tx, &self.person).await?.state)
    }
}
