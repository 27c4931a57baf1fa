//! Idempotency keys: a request that is sent twice is carried out once, and answered twice the same.
//!
//! An answer may hold what is shown only once (a pairing code, a token). So it is kept sealed, under a key made from the client's own
//! idempotency key and the key ring: neither the database nor the ring alone opens it.

use crate::error::{Error, Result};
use crate::tx::Tx;
use crate::{Code, Means, field};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use seal::keys::{DataKey, HashUse};
use sqlx::FromRow;
use zeroize::Zeroizing;

/// How long an answer is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long a request may be on its way. One that was begun longer ago was cut off by a machine that stopped, and may be sent again.
pub const RUNNING_MAX: SignedDuration = SignedDuration::from_mins(2);
/// Longest key, bytes.
pub const KEY_BYTES_MAX: usize = 200;
/// Longest answer, bytes.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// The key of a request.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    /// Who asks for what: operator or station, method and path. The same key elsewhere is another one.
    pub scope: &'a str,
    /// What the client chose.
    pub key: &'a str,
}

impl std::fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// What is to be done with a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    /// Carry it out.
    New,
    /// It was carried out before: answer this.
    Replay {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: Zeroizing<String>,
    },
    /// The key was used for another request: refuse.
    Mismatch,
    /// It is being carried out.
    InProgress,
}

#[derive(FromRow)]
struct Row {
    request_hash: Vec<u8>,
    status: Option<i64>,
    sealed: Option<Vec<u8>>,
}

/// Begins a request. In the transaction of the act a failed or killed one leaves no key behind, and a second request with the key waits for
/// the first one's end; in a transaction of its own the key is taken until [`finish`], [`forget`] or [`RUNNING_MAX`].
///
/// # Errors
/// `row-invalid`, `text-too-long` for the key; the codes of the database.
pub async fn begin(tx: &mut Tx, means: &Means<'_>, key: &Key<'_>, request: &[u8]) -> Result<Begun> {
    field::text("the idempotency key", key.key, KEY_BYTES_MAX)?;
    let id = id(means, key);
    let request_hash = means.ring.hash(HashUse::Token, &[b"request", request]).to_vec();
    let oldest_ms = means.now_ms() - field::ms(KEPT);
    let cut_off_ms = means.now_ms() - field::ms(RUNNING_MAX);
    tx.run(
        sqlx::query("DELETE FROM idempotency WHERE id = $1 AND (at_ms <= $2 OR (status IS NULL AND at_ms <= $3))")
            .bind(id.as_str())
            .bind(oldest_ms)
            .bind(cut_off_ms),
    )
    .await?;
    let made = tx
        .run(
            sqlx::query("INSERT INTO idempotency (id, request_hash, at_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
                .bind(id.as_str())
                .bind(request_hash.clone())
                .bind(means.now_ms()),
        )
        .await?;
    if made == 1 {
        return Ok(Begun::New);
    }
    let row: Row = tx
        .one(sqlx::query("SELECT request_hash, status, sealed FROM idempotency WHERE id = $1").bind(id.as_str()))
        .await?;
    if row.request_hash != request_hash {
        return Ok(Begun::Mismatch);
    }
    let (Some(status), Some(sealed)) = (row.status, row.sealed) else { return Ok(Begun::InProgress) };
    let opened = seal::record::open(&body_key(means, key), &[b"idempotency", id.as_bytes()], &sealed)?;
    let damaged = || Error::new(Code::RowInvalid, "the answer that was kept is none");
    let body = String::from_utf8(opened.to_vec()).map(Zeroizing::new).map_err(|_| damaged())?;
    let status = u16::try_from(status).map_err(|_| damaged())?;
    Ok(Begun::Replay { status, body })
}

/// Keeps the answer of a request that was begun.
///
/// # Errors
/// `conflict` when it was not begun, or answered before; `text-too-long` for the answer; the codes of the database.
pub async fn finish(tx: &mut Tx, means: &Means<'_>, key: &Key<'_>, status: u16, body: &str) -> Result<()> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Error::new(Code::TextTooLong, "the answer is too long to be kept"));
    }
    let id = id(means, key);
    let sealed =
        seal::record::seal(&body_key(means, key), &[b"idempotency", id.as_bytes()], body.as_bytes(), means.random);
    let changed = tx
        .run(
            sqlx::query("UPDATE idempotency SET status = $1, sealed = $2 WHERE id = $3 AND status IS NULL")
                .bind(i64::from(status))
                .bind(sealed)
                .bind(id),
        )
        .await?;
    if changed == 0 {
        return Err(Error::new(Code::Conflict, "the request was not begun, or answered before"));
    }
    Ok(())
}

/// Gives the key of a request back that was refused, and so changed nothing.
///
/// # Errors
/// The codes of the database.
pub async fn forget(tx: &mut Tx, means: &Means<'_>, key: &Key<'_>) -> Result<()> {
    tx.run(sqlx::query("DELETE FROM idempotency WHERE id = $1 AND status IS NULL").bind(id(means, key))).await?;
    Ok(())
}

/// Deletes answers that are older than a day and says how many.
///
/// # Errors
/// The codes of the database.
pub async fn purge(tx: &mut Tx, means: &Means<'_>) -> Result<u64> {
    let oldest_ms = means.now_ms() - field::ms(KEPT);
    tx.run(sqlx::query("DELETE FROM idempotency WHERE at_ms <= $1").bind(oldest_ms)).await
}

/// The name of a key in the table.
fn id(means: &Means<'_>, key: &Key<'_>) -> String {
    let hash = means.ring.hash(HashUse::Token, &[b"idempotency", key.scope.as_bytes(), key.key.as_bytes()]);
    URL_SAFE_NO_PAD.encode(hash)
}

/// What seals the answer: a keyed hash under another name, which who knows only the table cannot compute.
fn body_key(means: &Means<'_>, key: &Key<'_>) -> DataKey {
    let parts: [&[u8]; 3] = [b"idempotency-body", key.scope.as_bytes(), key.key.as_bytes()];
    DataKey::from_bytes(Zeroizing::new(means.ring.hash(HashUse::Token, &parts)))
}
