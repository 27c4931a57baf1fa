//! Sessions of signed-in operators.
//!
//! A session's token is made here at each sign-in and never taken from outside: there is no call that turns a token that a browser brought
//! along into a session, so that none can be planted beforehand (session fixation).

use crate::error::{Error, Result};
use crate::field;
use crate::id::{OfficeId, OperatorId, SessionId};
use crate::limits::{maybe_moment, moment};
use crate::tx::Tx;
use crate::word::words;
use crate::{Code, Means, Table};
use jiff::{SignedDuration, Timestamp};
use seal::keys::HashUse;
use seal::token::Token;
use serde::Serialize;
use sqlx::FromRow;

/// Longest session: NIST SP 800-63B-4 §2.2.3 wants a new sign-in at least every 24 hours at its second level.
pub const SESSION_MAX: SignedDuration = SignedDuration::from_hours(24);
/// How often the last use is written at most.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

words! {
    /// With what the operator signed in.
    Factor "the factor" {
        /// A passkey that verified its user.
        Passkey "passkey",
        /// A password and a one-time code.
        PasswordAndCode "password-and-code",
        /// An invitation link: good for setting credentials only.
        Invitation "invitation",
    }
}

/// A session that has just begun.
#[derive(Debug)]
pub struct NewSession {
    /// The session.
    pub id: SessionId,
    /// What the browser shows from now on; the database keeps its keyed hash.
    pub token: Token,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// Proof that a request comes from a signed-in operator; only [`require`] makes one.
#[derive(Clone, Debug)]
pub struct SignedIn {
    session: SessionId,
    operator: OperatorId,
    office: Option<OfficeId>,
    roles: Vec<String>,
    factor: Factor,
    trained_until: Option<Timestamp>,
    seen_at: Timestamp,
}

impl SignedIn {
    /// The session.
    pub fn session(&self) -> &SessionId {
        &self.session
    }

    /// Who it is.
    pub fn operator(&self) -> &OperatorId {
        &self.operator
    }

    /// Where the operator works; none for those who work for all offices.
    pub fn office(&self) -> Option<&OfficeId> {
        self.office.as_ref()
    }

    /// Names of roles, sorted.
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// With what the operator signed in.
    pub fn factor(&self) -> Factor {
        self.factor
    }

    /// Until when the training counts.
    pub fn trained_until(&self) -> Option<Timestamp> {
        self.trained_until
    }

    /// True when [`seen`] has something to write; it saves a write transaction at every request.
    pub fn seen_due(&self, now: Timestamp) -> bool {
        now.as_millisecond() - self.seen_at.as_millisecond() >= field::ms(SEEN_EVERY)
    }
}

/// A session in lists.
#[derive(Clone, Debug, Serialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// With what the operator signed in.
    pub factor: Factor,
    /// When.
    pub created_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: String,
    operator_id: String,
    office_id: Option<String>,
    roles: String,
    factor: String,
    trained_until_ms: Option<i64>,
    seen_at_ms: i64,
}

#[derive(FromRow)]
struct Listed {
    id: String,
    factor: String,
    created_at_ms: i64,
    expires_at_ms: i64,
    seen_at_ms: i64,
}

#[derive(FromRow)]
struct Id {
    id: String,
}

/// Begins a session with a token of its own.
///
/// # Errors
/// `operator-disabled`, `not-found`; `row-invalid` when it shall last longer than [`SESSION_MAX`] or not at all; the codes of the database.
pub async fn create(
    tx: &mut Tx,
    means: &Means<'_>,
    operator: &OperatorId,
    factor: Factor,
    lasts: SignedDuration,
) -> Result<NewSession> {
    if !lasts.is_positive() || lasts > SESSION_MAX {
        return Err(Error::new(Code::RowInvalid, "a session lasts up to 24 hours"));
    }
    if crate::operator::get(tx, operator).await?.disabled_at.is_some() {
        return Err(Error::new(Code::OperatorDisabled, "the operator is disabled"));
    }
    let id = SessionId::new(means);
    let token = Token::generate(means.random);
    let expires_at_ms = means.now_ms() + field::ms(lasts);
    tx.run(
        sqlx::query(
            "INSERT INTO sessions (id, operator_id, token_hash, factor, created_at_ms, expires_at_ms) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.as_str())
        .bind(operator.as_str())
        .bind(hash(means, token.as_str()))
        .bind(factor.as_str())
        .bind(means.now_ms())
        .bind(expires_at_ms),
    )
    .await?;
    tx.touch(Table::Sessions, id.as_str());
    tx.run(
        sqlx::query("INSERT INTO session_activity (session_id, seen_at_ms) VALUES ($1, $2)")
            .bind(id.as_str())
            .bind(means.now_ms()),
    )
    .await?;
    Ok(NewSession { id, token, expires_at: moment(expires_at_ms)? })
}

/// The operator whose session this token opens, as office, roles and training stand now.
///
/// # Errors
/// `session-ended` when there is none, it was revoked, is past its end or was not used for longer than `idle_max`, or the operator is
/// disabled; the codes of the database.
pub async fn require(tx: &mut Tx, means: &Means<'_>, token: &str, idle_max: SignedDuration) -> Result<SignedIn> {
    let ended = || Error::new(Code::SessionEnded, "no live session has this token");
    if Token::parse(token).is_err() {
        return Err(ended());
    }
    let row: Row = tx
        .maybe(
            sqlx::query(
                "SELECT sessions.id, operator_id, office_id, roles, factor, trained_until_ms, seen_at_ms FROM sessions \
                 JOIN operators ON operators.id = operator_id \
                 JOIN session_activity ON session_activity.session_id = sessions.id \
                 WHERE token_hash = $1 AND revoked_at_ms IS NULL AND expires_at_ms > $2 AND disabled_at_ms IS NULL \
                 AND seen_at_ms >= $3",
            )
            .bind(hash(means, token))
            .bind(means.now_ms())
            .bind(means.now_ms().saturating_sub(field::ms(idle_max))),
        )
        .await?
        .ok_or_else(ended)?;
    Ok(SignedIn {
        session: row.id.try_into()?,
        operator: row.operator_id.try_into()?,
        office: row.office_id.map(OfficeId::try_from).transpose()?,
        roles: field::from_json(&row.roles)?,
        factor: row.factor.parse()?,
        trained_until: maybe_moment(row.trained_until_ms)?,
        seen_at: moment(row.seen_at_ms)?,
    })
}

/// Notes that a session was used, at most once a minute. Needs no entry in the ledger.
///
/// # Errors
/// The codes of the database.
pub async fn seen(tx: &mut Tx, means: &Means<'_>, session: &SessionId) -> Result<()> {
    tx.run(
        sqlx::query("UPDATE session_activity SET seen_at_ms = $1 WHERE session_id = $2 AND seen_at_ms <= $3")
            .bind(means.now_ms())
            .bind(session.as_str())
            .bind(means.now_ms() - field::ms(SEEN_EVERY)),
    )
    .await?;
    Ok(())
}

/// Ends one session. True if it was still open.
///
/// # Errors
/// The codes of the database.
pub async fn revoke(tx: &mut Tx, means: &Means<'_>, session: &SessionId) -> Result<bool> {
    let changed = tx
        .run(
            sqlx::query("UPDATE sessions SET revoked_at_ms = $1 WHERE id = $2 AND revoked_at_ms IS NULL")
                .bind(means.now_ms())
                .bind(session.as_str()),
        )
        .await?;
    if changed == 1 {
        tx.touch(Table::Sessions, session.as_str());
    }
    Ok(changed == 1)
}

/// Ends all sessions of an operator and says how many were open.
///
/// # Errors
/// The codes of the database.
pub async fn revoke_all(tx: &mut Tx, means: &Means<'_>, operator: &OperatorId) -> Result<u64> {
    let ended: Vec<Id> = tx
        .all(
            sqlx::query(
                "UPDATE sessions SET revoked_at_ms = $1 WHERE operator_id = $2 AND revoked_at_ms IS NULL \
                 AND expires_at_ms > $1 RETURNING id",
            )
            .bind(means.now_ms())
            .bind(operator.as_str()),
        )
        .await?;
    let count = ended.len() as u64;
    for row in ended {
        tx.touch(Table::Sessions, row.id);
    }
    Ok(count)
}

/// The sessions of an operator that are neither revoked nor past their end, newest first.
///
/// # Errors
/// The codes of the database.
pub async fn of_operator(tx: &mut Tx, means: &Means<'_>, operator: &OperatorId) -> Result<Vec<Session>> {
    let rows: Vec<Listed> = tx
        .all(
            sqlx::query(
                "SELECT id, factor, created_at_ms, expires_at_ms, seen_at_ms FROM sessions \
                 JOIN session_activity ON session_activity.session_id = sessions.id \
                 WHERE operator_id = $1 AND revoked_at_ms IS NULL AND expires_at_ms > $2 ORDER BY id DESC",
            )
            .bind(operator.as_str())
            .bind(means.now_ms()),
        )
        .await?;
    rows.into_iter().map(Listed::session).collect()
}

impl Listed {
    fn session(self) -> Result<Session> {
        Ok(Session {
            id: self.id.try_into()?,
            factor: self.factor.parse()?,
            created_at: moment(self.created_at_ms)?,
            expires_at: moment(self.expires_at_ms)?,
            seen_at: moment(self.seen_at_ms)?,
        })
    }
}

fn hash(means: &Means<'_>, token: &str) -> Vec<u8> {
    means.ring.hash(HashUse::Token, &[b"session", token.as_bytes()]).to_vec()
}
