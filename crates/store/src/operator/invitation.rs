//! Invitations: the one-time link with which an operator sets credentials, at first or after losing them.

use super::{NewOperator, credential, insert};
use crate::error::{Error, Result};
use crate::field;
use crate::id::{InvitationId, OperatorId};
use crate::limits::moment;
use crate::tx::Tx;
use crate::{Code, Means, Table, session};
use credential::NewCredentials;
use jiff::{SignedDuration, Timestamp};
use seal::keys::HashUse;
use seal::token::Token;
use sqlx::FromRow;

/// How long an invitation is good for: long enough for a weekend.
pub const INVITATION: SignedDuration = SignedDuration::from_hours(72);
/// How long the first administrator's link is good for: it is opened by who has just installed the program.
pub const FIRST_INVITATION: SignedDuration = SignedDuration::from_hours(1);
/// The role of the first operator.
pub const FIRST_ROLE: &str = "administrator";
/// The row that says that there was a first operator, so that two first ones at once exclude each other.
const FIRST_KEY: &str = "first-operator";

/// An invitation, to be handed over once.
#[derive(Debug)]
pub struct Invited {
    /// Who is invited.
    pub operator: OperatorId,
    /// The invitation.
    pub invitation: InvitationId,
    /// The secret part of the link; the database keeps its keyed hash.
    pub token: Token,
    /// Until when the link is good.
    pub expires_at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: String,
    operator_id: String,
}

#[derive(FromRow)]
struct Id {
    id: String,
}

/// Adds an operator and invites them.
///
/// # Errors
/// `already-exists` when the login is taken; `office-closed`, `row-invalid`, `text-too-long`; the codes of the database.
pub async fn invite(tx: &mut Tx, means: &Means<'_>, new: &NewOperator<'_>) -> Result<Invited> {
    let operator = insert(tx, means, new).await?;
    open(tx, means, operator, INVITATION).await
}

/// Adds the first operator, an administrator of no office, and invites them.
///
/// # Errors
/// `conflict` when there is, or ever was, an operator; `row-invalid`, `text-too-long`; the codes of the database.
pub async fn invite_first(tx: &mut Tx, means: &Means<'_>, login: &str, name: &str) -> Result<Invited> {
    let taken = || Error::new(Code::Conflict, "there is an operator already: an administrator invites further ones");
    if tx.maybe::<Id>(sqlx::query("SELECT id FROM operators LIMIT 1")).await?.is_some() {
        return Err(taken());
    }
    let roles = [FIRST_ROLE.to_owned()];
    let new = NewOperator { login, name, office: None, roles: &roles, trained_until: None };
    let operator = insert(tx, means, &new).await?;
    let noted = tx
        .run(
            sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(FIRST_KEY)
                .bind(operator.as_str()),
        )
        .await?;
    if noted == 0 {
        return Err(taken());
    }
    open(tx, means, operator, FIRST_INVITATION).await
}

/// Invites an operator again who lost the credentials or let the link expire; earlier links end.
///
/// # Errors
/// `not-found`, `operator-disabled`; the codes of the database.
pub async fn invite_again(tx: &mut Tx, means: &Means<'_>, operator: &OperatorId) -> Result<Invited> {
    if super::get(tx, operator).await?.disabled_at.is_some() {
        return Err(Error::new(Code::OperatorDisabled, "the operator is disabled"));
    }
    end_all(tx, means, operator).await?;
    open(tx, means, operator.clone(), INVITATION).await
}

/// Whose link this is, without using it up: for the page that the link opens.
///
/// # Errors
/// `invitation-ended`; the codes of the database.
pub async fn look(tx: &mut Tx, means: &Means<'_>, token: &str) -> Result<OperatorId> {
    let row: Option<Row> = tx
        .maybe(
            sqlx::query(
                "SELECT invitations.id, operator_id FROM invitations JOIN operators ON operators.id = operator_id \
                 WHERE token_hash = $1 AND used_at_ms IS NULL AND expires_at_ms > $2 AND disabled_at_ms IS NULL",
            )
            .bind(hash(means, token)?)
            .bind(means.now_ms()),
        )
        .await?;
    row.ok_or_else(ended)?.operator_id.try_into()
}

/// Uses a link up: for an operator who will sign in with a passkey only. Sessions of before end, and so does a lock-out.
///
/// # Errors
/// `invitation-ended`; the codes of the database.
pub async fn consume(tx: &mut Tx, means: &Means<'_>, token: &str) -> Result<OperatorId> {
    let row: Row = tx
        .maybe(
            sqlx::query(
                "UPDATE invitations SET used_at_ms = $1 WHERE token_hash = $2 AND used_at_ms IS NULL \
                 AND expires_at_ms > $1 AND operator_id IN (SELECT id FROM operators WHERE disabled_at_ms IS NULL) \
                 RETURNING id, operator_id",
            )
            .bind(means.now_ms())
            .bind(hash(means, token)?),
        )
        .await?
        .ok_or_else(ended)?;
    tx.touch(Table::Invitations, row.id);
    let operator: OperatorId = row.operator_id.try_into()?;
    session::revoke_all(tx, means, &operator).await?;
    super::throttle::reset(tx, &operator).await?;
    Ok(operator)
}

/// Uses a link up and sets password and one-time code.
///
/// # Errors
/// `invitation-ended`, `row-invalid`; the codes of the key ring and the database.
pub async fn accept(tx: &mut Tx, means: &Means<'_>, token: &str, new: &NewCredentials<'_>) -> Result<OperatorId> {
    let operator = consume(tx, means, token).await?;
    credential::set(tx, means, &operator, new).await?;
    Ok(operator)
}

/// Ends all open invitations of an operator.
pub(super) async fn end_all(tx: &mut Tx, means: &Means<'_>, operator: &OperatorId) -> Result<()> {
    let ended: Vec<Id> = tx
        .all(
            sqlx::query(
                "UPDATE invitations SET expires_at_ms = $1 WHERE operator_id = $2 AND used_at_ms IS NULL \
                 AND expires_at_ms > $1 RETURNING id",
            )
            .bind(means.now_ms())
            .bind(operator.as_str()),
        )
        .await?;
    for row in ended {
        tx.touch(Table::Invitations, row.id);
    }
    Ok(())
}

async fn open(tx: &mut Tx, means: &Means<'_>, operator: OperatorId, lasts: SignedDuration) -> Result<Invited> {
    let invitation = InvitationId::new(means);
    let token = Token::generate(means.random);
    let expires_at_ms = means.now_ms() + field::ms(lasts);
    tx.run(
        sqlx::query(
            "INSERT INTO invitations (id, operator_id, token_hash, created_at_ms, expires_at_ms) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(invitation.as_str())
        .bind(operator.as_str())
        .bind(hash(means, token.as_str())?)
        .bind(means.now_ms())
        .bind(expires_at_ms),
    )
    .await?;
    tx.touch(Table::Invitations, invitation.as_str());
    Ok(Invited { operator, invitation, token, expires_at: moment(expires_at_ms)? })
}

fn hash(means: &Means<'_>, token: &str) -> Result<Vec<u8>> {
    if Token::parse(token).is_err() {
        return Err(ended());
    }
    Ok(means.ring.hash(HashUse::Token, &[b"invitation", token.as_bytes()]).to_vec())
}

fn ended() -> Error {
    Error::new(Code::InvitationEnded, "no open invitation has this token")
}
