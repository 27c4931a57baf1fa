//! Passkeys (WebAuthn) of operators, and open challenges. What the states hold is the matter of the library that checks signatures: here they
//! are bytes. What never changes and what changes at every use stand apart, so that the ledger speaks only for the former.

use crate::error::{Error, Result};
use crate::field;
use crate::id::{OperatorId, PasskeyId};
use crate::limits::{NAME_BYTES_MAX, moment};
use crate::tx::Tx;
use crate::{Code, Means, Table, id};
use jiff::{SignedDuration, Timestamp};
use sqlx::FromRow;

/// How long a challenge is open.
pub const CHALLENGE: SignedDuration = SignedDuration::from_mins(5);
/// Most passkeys of an operator.
pub const PASSKEYS_MAX: usize = 10;
/// Lengths of a credential's id, bytes (WebAuthn Level 3 §4: at most 1023).
const CREDENTIAL_BYTES: std::ops::RangeInclusive<usize> = 1..=1023;
/// Lengths of a state, bytes.
const STATE_BYTES: std::ops::RangeInclusive<usize> = 1..=16 * 1024;

/// A passkey as it is to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewPasskey<'a> {
    /// Whose it is.
    pub operator: &'a OperatorId,
    /// The authenticator's name for it.
    pub credential_id: &'a [u8],
    /// The operator's name for it, at most 200 bytes.
    pub name: &'a str,
    /// What never changes: the public key.
    pub static_state: &'a [u8],
    /// What changes at every use: the signature counter.
    pub dynamic_state: &'a [u8],
}

/// A passkey.
#[derive(Clone, Debug)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub operator: OperatorId,
    /// The authenticator's name for it.
    pub credential_id: Vec<u8>,
    /// The operator's name for it.
    pub name: String,
    /// What never changes.
    pub static_state: Vec<u8>,
    /// What changes at every use.
    pub dynamic_state: Vec<u8>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used, or added.
    pub used_at: Timestamp,
}

/// An open challenge, taken out.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// For whom it was, if that was known.
    pub operator: Option<OperatorId>,
    /// What the library wanted to remember.
    pub state: Vec<u8>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    operator_id: String,
    credential_id: Vec<u8>,
    name: String,
    static_state: Vec<u8>,
    dynamic_state: Vec<u8>,
    created_at_ms: i64,
    used_at_ms: i64,
}

#[derive(FromRow)]
struct ChallengeRow {
    operator_id: Option<String>,
    state: Vec<u8>,
    expires_at_ms: i64,
}

impl Row {
    fn passkey(self) -> Result<Passkey> {
        Ok(Passkey {
            id: self.id.try_into()?,
            operator: self.operator_id.try_into()?,
            credential_id: self.credential_id,
            name: self.name,
            static_state: self.static_state,
            dynamic_state: self.dynamic_state,
            created_at: moment(self.created_at_ms)?,
            used_at: moment(self.used_at_ms)?,
        })
    }
}

/// Adds a passkey.
///
/// # Errors
/// `already-exists` when this credential is known; `not-found`, `row-invalid`, `text-too-long`; the codes of the database.
pub async fn add(tx: &mut Tx, means: &Means<'_>, new: &NewPasskey<'_>) -> Result<PasskeyId> {
    field::bytes("the credential's id", new.credential_id, CREDENTIAL_BYTES)?;
    field::text("the name", new.name, NAME_BYTES_MAX)?;
    field::bytes("the static state", new.static_state, STATE_BYTES)?;
    field::bytes("the dynamic state", new.dynamic_state, STATE_BYTES)?;
    if of_operator(tx, new.operator).await?.len() >= PASSKEYS_MAX {
        return Err(Error::new(Code::RowInvalid, format!("an operator has at most {PASSKEYS_MAX} passkeys")));
    }
    let id = PasskeyId::new(means);
    tx.run(
        sqlx::query(
            "INSERT INTO passkeys (id, operator_id, credential_id, name, static_state, created_at_ms) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.as_str())
        .bind(new.operator.as_str())
        .bind(new.credential_id.to_vec())
        .bind(new.name)
        .bind(new.static_state.to_vec())
        .bind(means.now_ms()),
    )
    .await?;
    tx.touch(Table::Passkeys, id.as_str());
    tx.run(
        sqlx::query("INSERT INTO passkey_states (passkey_id, dynamic_state, used_at_ms) VALUES ($1, $2, $3)")
            .bind(id.as_str())
            .bind(new.dynamic_state.to_vec())
            .bind(means.now_ms()),
    )
    .await?;
    Ok(id)
}

/// The passkeys of an operator that are not revoked, oldest first.
///
/// # Errors
/// The codes of the database.
pub async fn of_operator(tx: &mut Tx, operator: &OperatorId) -> Result<Vec<Passkey>> {
    let rows: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT id, operator_id, credential_id, name, static_state, dynamic_state, created_at_ms, used_at_ms \
                 FROM passkeys JOIN passkey_states ON passkey_states.passkey_id = passkeys.id \
                 WHERE operator_id = $1 AND revoked_at_ms IS NULL ORDER BY id",
            )
            .bind(operator.as_str()),
        )
        .await?;
    rows.into_iter().map(Row::passkey).collect()
}

/// The passkey with this credential id, unless it is revoked or its operator disabled.
///
/// # Errors
/// The codes of the database.
pub async fn find(tx: &mut Tx, credential_id: &[u8]) -> Result<Option<Passkey>> {
    let row: Option<Row> = tx
        .maybe(
            sqlx::query(
                "SELECT passkeys.id, operator_id, credential_id, passkeys.name, static_state, dynamic_state, \
                 passkeys.created_at_ms, used_at_ms FROM passkeys \
                 JOIN passkey_states ON passkey_states.passkey_id = passkeys.id \
                 JOIN operators ON operators.id = operator_id \
                 WHERE credential_id = $1 AND revoked_at_ms IS NULL AND disabled_at_ms IS NULL",
            )
            .bind(credential_id.to_vec()),
        )
        .await?;
    row.map(Row::passkey).transpose()
}

/// Notes a use: the state that the library gave back.
///
/// # Errors
/// `not-found`, `row-invalid`; the codes of the database.
pub async fn used(tx: &mut Tx, means: &Means<'_>, id: &PasskeyId, dynamic_state: &[u8]) -> Result<()> {
    field::bytes("the dynamic state", dynamic_state, STATE_BYTES)?;
    let changed = tx
        .run(
            sqlx::query("UPDATE passkey_states SET dynamic_state = $1, used_at_ms = $2 WHERE passkey_id = $3")
                .bind(dynamic_state.to_vec())
                .bind(means.now_ms())
                .bind(id.as_str()),
        )
        .await?;
    found(changed)
}

/// Revokes a passkey of an operator.
///
/// # Errors
/// `not-found` when the operator has no such passkey, or not any more; the codes of the database.
pub async fn revoke(tx: &mut Tx, means: &Means<'_>, operator: &OperatorId, id: &PasskeyId) -> Result<()> {
    let changed = tx
        .run(
            sqlx::query(
                "UPDATE passkeys SET revoked_at_ms = $1 WHERE id = $2 AND operator_id = $3 AND revoked_at_ms IS NULL",
            )
            .bind(means.now_ms())
            .bind(id.as_str())
            .bind(operator.as_str()),
        )
        .await?;
    found(changed)?;
    tx.touch(Table::Passkeys, id.as_str());
    Ok(())
}

/// Remembers a challenge for 5 minutes and gives the random name under which [`take_challenge`] finds it. Challenges that ran out are deleted
/// along the way.
///
/// # Errors
/// `not-found`, `row-invalid`; the codes of the database.
pub async fn open_challenge(
    tx: &mut Tx,
    means: &Means<'_>,
    operator: Option<&OperatorId>,
    state: &[u8],
) -> Result<String> {
    field::bytes("the state of the challenge", state, STATE_BYTES)?;
    tx.run(sqlx::query("DELETE FROM passkey_challenges WHERE expires_at_ms <= $1").bind(means.now_ms())).await?;
    let id = id::untimed(means);
    tx.run(
        sqlx::query("INSERT INTO passkey_challenges (id, operator_id, state, expires_at_ms) VALUES ($1, $2, $3, $4)")
            .bind(id.as_str())
            .bind(operator.map(OperatorId::as_str))
            .bind(state.to_vec())
            .bind(means.now_ms() + field::ms(CHALLENGE)),
    )
    .await?;
    Ok(id)
}

/// Takes a challenge out; it cannot be taken twice.
///
/// # Errors
/// `not-found` when there is none, or its 5 minutes are over; the codes of the database.
pub async fn take_challenge(tx: &mut Tx, means: &Means<'_>, id: &str) -> Result<Challenge> {
    let missing = || Error::new(Code::NotFound, "there is no such challenge");
    if !id::is_id(id) {
        return Err(missing());
    }
    let row: ChallengeRow = tx
        .maybe(
            sqlx::query("DELETE FROM passkey_challenges WHERE id = $1 RETURNING operator_id, state, expires_at_ms")
                .bind(id),
        )
        .await?
        .ok_or_else(missing)?;
    if row.expires_at_ms <= means.now_ms() {
        return Err(missing());
    }
    Ok(Challenge { operator: row.operator_id.map(OperatorId::try_from).transpose()?, state: row.state })
}

fn found(changed: u64) -> Result<()> {
    if changed == 0 { Err(Error::new(Code::NotFound, "there is no such passkey")) } else { Ok(()) }
}
