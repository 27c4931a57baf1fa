//! Idempotency keys: a request that is sent twice is carried out once, and answered twice the same.
//!
//! An answer may hold what is shown only once (a pairing code, a token). So it is kept sealed, under a key made from the client's own
//! idempotency key and the key ring: neither the database nor the ring alone opens it.
//!
//! The answer is kept in the transaction of the act ([`crate::hold`]): a request that failed, or was cut off when the machine stopped, left no
//! key behind, and one that was carried out left its answer.

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
pub enum Looked {
    /// Carry it out.
    New,
    /// It was carried out before: answer this.
    Replay(Answer),
    /// The key was used for another request: refuse.
    Mismatch,
}

/// An answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Zeroizing<String>,
}

impl std::fmt::Debug for Answer {
    /// Without the body: it may hold what is shown only once.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({})", self.status)
    }
}

#[derive(FromRow)]
struct Row {
    request_hash: Vec<u8>,
    status: i64,
    sealed: Vec<u8>,
}

/// Looks whether a request was carried out before.
///
/// # Errors
/// `row-invalid`, `text-too-long` for the key; the codes of the database.
pub async fn look(tx: &mut Tx, means: &Means<'_>, key: &Key<'_>, request: &[u8]) -> Result<Looked> {
    field::text("the idempotency key", key.key, KEY_BYTES_MAX)?;
    let id = id(means, key);
    let found: Option<Row> = tx
        .maybe(
            sqlx::query("SELECT request_hash, status, sealed FROM idempotency WHERE id = $1 AND at_ms > $2")
                .bind(id.as_str())
                .bind(oldest_ms(means)),
        )
        .await?;
    let Some(row) = found else { return Ok(Looked::New) };
    if row.request_hash != request_hash(means, request) {
        return Ok(Looked::Mismatch);
    }
    let opened = seal::record::open(&body_key(means, key), &[b"idempotency", id.as_bytes()], &row.sealed)?;
    let damaged = || Error::new(Code::RowInvalid, "the answer that was kept is none");
    let body = String::from_utf8(opened.to_vec()).map(Zeroizing::new).map_err(|_| damaged())?;
    let status = u16::try_from(row.status).map_err(|_| damaged())?;
    Ok(Looked::Replay(Answer { status, body }))
}

/// Keeps the answer to a request, in the transaction of its act. False when an answer is kept already: somebody else was quicker with the
/// same key, and this act must not be kept.
///
/// # Errors
/// `text-too-long` for the answer; the codes of the database.
pub async fn keep(tx: &mut Tx, means: &Means<'_>, key: &Key<'_>, request: &[u8], answer: &Answer) -> Result<bool> {
    if answer.body.len() > BODY_BYTES_MAX {
        return Err(Error::new(Code::TextTooLong, "the answer is too long to be kept"));
    }
    let id = id(means, key);
    let old = sqlx::query("DELETE FROM idempotency WHERE id = $1 AND at_ms <= $2");
    tx.run(old.bind(id.as_str()).bind(oldest_ms(means))).await?;
    let bound = [b"idempotency", id.as_bytes()];
    let sealed = seal::record::seal(&body_key(means, key), &bound, answer.body.as_bytes(), means.random);
    let made = tx
        .run(
            sqlx::query(
                "INSERT INTO idempotency (id, request_hash, at_ms, status, sealed) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT DO NOTHING",
            )
            .bind(id.as_str())
            .bind(request_hash(means, request))
            .bind(means.now_ms())
            .bind(i64::from(answer.status))
            .bind(sealed),
        )
        .await?;
    Ok(made == 1)
}

/// Answers up to this moment are not kept any more.
fn oldest_ms(means: &Means<'_>) -> i64 {
    means.now_ms() - field::ms(KEPT)
}

fn request_hash(means: &Means<'_>, request: &[u8]) -> Vec<u8> {
    means.ring.hash(HashUse::Token, &[b"request", request]).to_vec()
}

/// Deletes answers that are older than a day and says how many.
///
/// # Errors
/// The codes of the database.
pub async fn purge(tx: &mut Tx, means: &Means<'_>) -> Result<u64> {
    tx.run(sqlx::query("DELETE FROM idempotency WHERE at_ms <= $1").bind(oldest_ms(means))).await
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
