//! Consent, as ISO/IEC TS 27560 records: what was shown, to whom, for what, and what became of it.
//!
//! A consent is asked for ([`request`]), then given or refused within an hour, and ends by withdrawal ([`withdraw`]) or time ([`expire`]).
//! Its row and its events stay until their term; what only it kept does not outlive it.

mod end;
mod grant;
mod record;
mod sight;

pub use end::{Affected, By, Deleted, Ended, expire, find, withdraw};
pub use grant::{Grant, require};
pub use record::{Event, Notice, Record, Withdrawal, of_person, record, withdrawals};
pub use sight::{Sight, of_report};

use crate::error::{Error, Result};
use crate::id::{ConsentId, PersonId, untimed};
use crate::ledger::Actor;
use crate::limits::{CONSENT_TEXT_BYTES_MAX, NAME_BYTES_MAX, NOTE_BYTES_MAX, bounded};
use crate::person::guardian::is_guardian;
use crate::tx::Tx;
use crate::word::words;
use crate::{Code, Means, Table};
use jiff::Timestamp;
use seal::keys::HashUse;
use seal::token::Token;
use sha2::{Digest as _, Sha256};
use sqlx::FromRow;
use std::fmt::Write as _;

/// How long a person has to answer, milliseconds: 1 hour.
pub const ANSWER_MS_MAX: i64 = 3_600_000;

words! {
    /// Where a consent stands; each of them is also an event.
    State "the state of a consent" {
        /// Asked for.
        Requested "requested",
        /// Given.
        Given "given",
        /// Refused; nothing follows from it.
        Refused "refused",
        /// Withdrawn by the person, or by a guardian.
        Withdrawn "withdrawn",
        /// Ended by time.
        Expired "expired",
    }
}

/// The text that a person is shown, in one language and version.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The service that it belongs to.
    pub service: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Its language, as a BCP 47 tag.
    pub language: &'a str,
    /// The exact text.
    pub text: &'a str,
}

impl Text<'_> {
    /// The text's id: SHA-256, in hexadecimal, of service, version, language and the exact text, each after the other with a line feed
    /// between, so that anyone can compute it from what was shown.
    pub fn id(&self) -> String {
        let bytes = [self.service, self.version, self.language, self.text].join("\n");
        Sha256::digest(bytes.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// What is asked of whom.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Whose biometric data it is about.
    pub person: &'a PersonId,
    /// Who answers: the same person, or a guardian of a child.
    pub given_by: &'a PersonId,
    /// For which purpose.
    pub purpose: &'a str,
    /// Who answers for the processing.
    pub controller: &'a str,
    /// Who is told something.
    pub recipients: &'a [String],
    /// What the person is shown; it names the service.
    pub text: &'a Text<'a>,
    /// When the consent ends by itself.
    pub expires: Timestamp,
}

/// A consent that was asked for.
#[derive(Debug)]
pub struct Requested {
    /// Its id.
    pub id: ConsentId,
    /// The secret with which it can be withdrawn without an account; it belongs on the receipt, and only its keyed hash is stored.
    pub withdrawal: Token,
}

/// Notes that consent is asked for.
///
/// # Errors
/// `guardian-missing` when the one who answers may not; `row-invalid` or `text-too-long` for a text, or when it would have ended already;
/// `not-found` for an unknown person; the codes of the database.
pub async fn request(tx: &mut Tx, means: &Means<'_>, actor: &Actor, request: &Request<'_>) -> Result<Requested> {
    bounded(request.purpose, NAME_BYTES_MAX, "the purpose")?;
    bounded(request.controller, NAME_BYTES_MAX, "the controller")?;
    if request.expires <= means.now {
        return Err(Error::new(Code::RowInvalid, "the consent would have ended already"));
    }
    let recipients = serde_json::Value::from(request.recipients).to_string();
    bounded(&recipients, NOTE_BYTES_MAX, "the list of recipients")?;
    may_consent(tx, means, request.person, request.given_by).await?;
    let text = put_text(tx, means, request.text).await?;
    let id = ConsentId::new(means);
    let withdrawal = Token::generate(means.random);
    tx.run(
        sqlx::query(
            "INSERT INTO consents (id, person_id, given_by, purpose, service, controller, recipients, text_id, state, \
             withdrawal_hash, requested_at_ms, expires_at_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'requested', $9, $10, $11)",
        )
        .bind(id.as_str())
        .bind(request.person.as_str())
        .bind(request.given_by.as_str())
        .bind(request.purpose)
        .bind(request.text.service)
        .bind(request.controller)
        .bind(recipients)
        .bind(text)
        .bind(withdrawal_hash(means, withdrawal.as_str()))
        .bind(means.now_ms())
        .bind(request.expires.as_millisecond()),
    )
    .await?;
    tx.touch(Table::Consents, id.as_str());
    event(tx, means, actor, (&id, State::Requested)).await?;
    Ok(Requested { id, withdrawal })
}

/// Puts the same request before the person in another text: one in another language. What was shown before stays in the ledger.
///
/// # Errors
/// `not-found`; `conflict` when it was answered already; `row-invalid` or `text-too-long` for a text, or when it belongs to another service;
/// the codes of the database.
pub async fn reword(tx: &mut Tx, means: &Means<'_>, id: &ConsentId, text: &Text<'_>) -> Result<()> {
    let text_id = put_text(tx, means, text).await?;
    let changed = tx
        .run(
            sqlx::query("UPDATE consents SET text_id = $1 WHERE id = $2 AND state = 'requested' AND service = $3")
                .bind(text_id)
                .bind(id.as_str())
                .bind(text.service),
        )
        .await?;
    if changed == 0 {
        record(tx, id).await?;
        return Err(Error::new(Code::Conflict, "the request was answered already, or is for another service"));
    }
    tx.touch(Table::Consents, id.as_str());
    Ok(())
}

/// Stores the text unless it is there.
async fn put_text(tx: &mut Tx, means: &Means<'_>, text: &Text<'_>) -> Result<String> {
    bounded(text.service, NAME_BYTES_MAX, "the service")?;
    bounded(text.version, NAME_BYTES_MAX, "the version of the text")?;
    bounded(text.language, NAME_BYTES_MAX, "the language of the text")?;
    bounded(text.text, CONSENT_TEXT_BYTES_MAX, "the text")?;
    // A line feed in a part would let another division into parts have the same id.
    if [text.service, text.version, text.language].iter().any(|part| part.contains('\n')) {
        return Err(Error::new(Code::RowInvalid, "a line feed stands in the service, version or language of the text"));
    }
    let id = text.id();
    let made = tx
        .run(
            sqlx::query(
                "INSERT INTO consent_texts (id, service, version, language, text, first_shown_at_ms) \
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
            )
            .bind(id.as_str())
            .bind(text.service)
            .bind(text.version)
            .bind(text.language)
            .bind(text.text)
            .bind(means.now_ms()),
        )
        .await?;
    if made == 1 {
        tx.touch(Table::ConsentTexts, id.as_str());
    }
    Ok(id)
}

/// Notes that the person agrees.
///
/// # Errors
/// `not-found`; `conflict` when it was answered already; `consent-ended` when it was withdrawn or asked for more than an hour ago;
/// `guardian-missing`; the codes of the database.
pub async fn give(tx: &mut Tx, means: &Means<'_>, actor: &Actor, id: &ConsentId) -> Result<()> {
    answer(tx, means, actor, (id, State::Given)).await
}

/// Notes that the person refuses. Nothing is held against them.
///
/// # Errors
/// As [`give`].
pub async fn refuse(tx: &mut Tx, means: &Means<'_>, actor: &Actor, id: &ConsentId) -> Result<()> {
    answer(tx, means, actor, (id, State::Refused)).await
}

#[derive(FromRow)]
struct Open {
    person_id: String,
    given_by: String,
    state: String,
    requested_at_ms: i64,
    expires_at_ms: i64,
}

async fn answer(tx: &mut Tx, means: &Means<'_>, actor: &Actor, (id, state): (&ConsentId, State)) -> Result<()> {
    let row: Open = tx
        .one(
            sqlx::query(
                "UPDATE consents SET state = state WHERE id = $1 \
                 RETURNING person_id, given_by, state, requested_at_ms, expires_at_ms",
            )
            .bind(id.as_str()),
        )
        .await?;
    match row.state.parse()? {
        State::Requested => {}
        State::Given | State::Refused => return Err(Error::new(Code::Conflict, "the request was answered already")),
        State::Withdrawn | State::Expired => {
            return Err(Error::new(Code::ConsentEnded, format!("the consent is {}", row.state)));
        }
    }
    if row.requested_at_ms + ANSWER_MS_MAX <= means.now_ms() || row.expires_at_ms <= means.now_ms() {
        return Err(Error::new(Code::ConsentEnded, "the request is too old to be answered"));
    }
    may_consent(tx, means, &row.person_id.parse()?, &row.given_by.parse()?).await?;
    set(tx, id, state).await?;
    event(tx, means, actor, (id, state)).await
}

/// Changes the state of a consent whose row is locked.
async fn set(tx: &mut Tx, id: &ConsentId, state: State) -> Result<()> {
    tx.run(sqlx::query("UPDATE consents SET state = $1 WHERE id = $2").bind(state.as_str()).bind(id.as_str())).await?;
    tx.touch(Table::Consents, id.as_str());
    Ok(())
}

/// Notes an event of a consent.
async fn event(tx: &mut Tx, means: &Means<'_>, actor: &Actor, (id, kind): (&ConsentId, State)) -> Result<()> {
    let event = untimed(means);
    tx.run(
        sqlx::query("INSERT INTO consent_events (id, consent_id, kind, actor, at_ms) VALUES ($1, $2, $3, $4, $5)")
            .bind(event.as_str())
            .bind(id.as_str())
            .bind(kind.as_str())
            .bind(actor.to_string())
            .bind(means.now_ms()),
    )
    .await?;
    tx.touch(Table::ConsentEvents, event);
    Ok(())
}

/// A new secret for the receipt of a consent; the one before withdraws nothing any more. It is made when the person agrees, so that it goes to
/// the person and to nobody who asked.
///
/// # Errors
/// `not-found` when there is no such consent or it is not given; the codes of the database.
pub async fn renew_withdrawal(tx: &mut Tx, means: &Means<'_>, id: &ConsentId) -> Result<Token> {
    let token = Token::generate(means.random);
    let changed = tx
        .run(
            sqlx::query("UPDATE consents SET withdrawal_hash = $1 WHERE id = $2 AND state = 'given'")
                .bind(withdrawal_hash(means, token.as_str()))
                .bind(id.as_str()),
        )
        .await?;
    if changed == 0 {
        return Err(Error::new(Code::NotFound, "there is no such consent that is given"));
    }
    tx.touch(Table::Consents, id.as_str());
    Ok(token)
}

/// Refuses a consent given by someone who is neither the person nor, at this moment, a guardian of the person.
async fn may_consent(tx: &mut Tx, means: &Means<'_>, person: &PersonId, given_by: &PersonId) -> Result<()> {
    if person == given_by || is_guardian(tx, means, person, given_by).await? {
        return Ok(());
    }
    Err(Error::new(Code::GuardianMissing, "there is no guardianship between the two at this time"))
}

/// What is stored of a withdrawal token.
fn withdrawal_hash(means: &Means<'_>, token: &str) -> Vec<u8> {
    means.ring.hash(HashUse::Token, &[b"withdrawal", token.as_bytes()]).to_vec()
}
