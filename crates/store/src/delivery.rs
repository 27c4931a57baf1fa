//! The delivery of notices: which is to be sent next, who is sending it, and what became of each try.
//!
//! A notice that waits has one row in `notice_deliveries`. Whoever sends it claims the row for a while; a process that dies leaves a claim
//! that lapses, and the notice is sent again with the same id.

use crate::error::{Error, Result};
use crate::field;
use crate::id::{AttemptId, NoticeId, OfficeId, untimed};
use crate::limits::{NAME_BYTES_MAX, moment, rows};
use crate::notice::{self, Notice};
use crate::tx::Tx;
use crate::{Code, Means};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::FromRow;

/// A notice that somebody is sending.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The notice.
    pub notice: Notice,
    /// What shows that the claim is one's own.
    pub claim: String,
    /// Which try of this run it is, from 1. A run begins with the notice, with an agency that is active again, or with a resending by hand.
    pub tries: u32,
    /// When the first try of this run began.
    pub begun: Timestamp,
}

/// How a try ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// The status of the answer.
    pub status: Option<u16>,
    /// A code word that says why there was no answer, or why it does not count.
    pub failure: Option<String>,
    /// SHA-256 of the body that was sent, in hexadecimal; none when nothing could be sent.
    pub sent_sha256: Option<String>,
    /// SHA-256 of the body of the answer, if all of it could be read, in hexadecimal.
    pub answer_sha256: Option<String>,
}

#[derive(FromRow)]
struct Row {
    at_ms: i64,
    took_ms: i64,
    status: Option<i64>,
    failure: Option<String>,
    sent_sha256: Option<String>,
    answer_sha256: Option<String>,
}

/// How a notice stands with its delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stand {
    /// Tries of this run.
    pub tries: u32,
    /// When it is tried next.
    pub next: Timestamp,
}

/// Puts a notice into the queue, to be sent at once.
pub(crate) async fn enter(tx: &mut Tx, means: &Means<'_>, id: &NoticeId) -> Result<()> {
    tx.run(
        sqlx::query(
            "INSERT INTO notice_deliveries (id, recipient, tries, next_at_ms) \
             SELECT id, recipient, 0, $1 FROM notices WHERE id = $2",
        )
        .bind(means.now_ms())
        .bind(id.as_str()),
    )
    .await?;
    Ok(())
}

/// Takes a notice out of the queue.
pub(crate) async fn leave(tx: &mut Tx, id: &NoticeId) -> Result<()> {
    tx.run(sqlx::query("DELETE FROM notice_deliveries WHERE id = $1").bind(id.as_str())).await?;
    Ok(())
}

/// Lets what waits for a recipient begin anew, at once.
pub(crate) async fn anew(tx: &mut Tx, means: &Means<'_>, recipient: &str) -> Result<()> {
    tx.run(
        sqlx::query("UPDATE notice_deliveries SET tries = 0, begun_at_ms = NULL, next_at_ms = $1 WHERE recipient = $2")
            .bind(means.now_ms())
            .bind(recipient),
    )
    .await?;
    Ok(())
}

/// Claims up to `limit` notices to a recipient that are due, for a while. What another process has claimed, or is claiming, is passed over.
///
/// # Errors
/// `row-invalid`; the codes of the database.
pub async fn claim(
    tx: &mut Tx,
    means: &Means<'_>,
    recipient: &str,
    (limit, lasts): (u32, SignedDuration),
) -> Result<Vec<Claimed>> {
    // The same statement for both, but that several write at once on PostgreSQL only, and SQLite does not know the words.
    let due = if tx.is_shared() {
        "SELECT id FROM notice_deliveries WHERE recipient = $1 AND next_at_ms <= $2 \
         AND (claimed_until_ms IS NULL OR claimed_until_ms <= $2) ORDER BY next_at_ms, id LIMIT $3 FOR UPDATE SKIP LOCKED"
    } else {
        "SELECT id FROM notice_deliveries WHERE recipient = $1 AND next_at_ms <= $2 \
         AND (claimed_until_ms IS NULL OR claimed_until_ms <= $2) ORDER BY next_at_ms, id LIMIT $3"
    };
    let due: Vec<(String,)> = tx.all(sqlx::query(due).bind(recipient).bind(means.now_ms()).bind(rows(limit))).await?;
    let mut claimed = Vec::with_capacity(due.len());
    for (id,) in due {
        let claim = untimed(means);
        let (tries, begun): (i64, i64) = tx
            .one(
                sqlx::query(
                    "UPDATE notice_deliveries SET claim = $1, claimed_until_ms = $2, tries = tries + 1, \
                     begun_at_ms = COALESCE(begun_at_ms, $3) WHERE id = $4 RETURNING tries, begun_at_ms",
                )
                .bind(claim.as_str())
                .bind(means.now_ms().saturating_add(field::ms(lasts)))
                .bind(means.now_ms())
                .bind(id.as_str()),
            )
            .await?;
        let notice = notice::get(tx, &id.parse()?).await?;
        claimed.push(Claimed { notice, claim, tries: u32::try_from(tries).unwrap_or(u32::MAX), begun: moment(begun)? });
    }
    Ok(claimed)
}

/// Notes how a try ended.
///
/// # Errors
/// `row-invalid`, `text-too-long`; `not-found` when the notice is past its term; the codes of the database.
pub async fn note(tx: &mut Tx, means: &Means<'_>, id: &NoticeId, tried: &Tried) -> Result<()> {
    for text in [&tried.failure, &tried.sent_sha256, &tried.answer_sha256].into_iter().flatten() {
        field::text("what became of a try", text, NAME_BYTES_MAX)?;
    }
    tx.run(
        sqlx::query(
            "INSERT INTO notice_attempts (id, notice_id, at_ms, took_ms, status, failure, sent_sha256, answer_sha256) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(AttemptId::new(means).as_str())
        .bind(id.as_str())
        .bind(tried.at.as_millisecond())
        .bind(i64::from(tried.took_ms))
        .bind(tried.status.map(i64::from))
        .bind(tried.failure.as_deref())
        .bind(tried.sent_sha256.as_deref())
        .bind(tried.answer_sha256.as_deref()),
    )
    .await?;
    Ok(())
}

/// Gives a claim back and says when the notice is tried next. False when the claim has lapsed and somebody else has the notice, or it does not
/// wait any more.
///
/// # Errors
/// The codes of the database.
pub async fn put_off(tx: &mut Tx, claimed: &Claimed, next: Timestamp) -> Result<bool> {
    let changed = tx
        .run(
            sqlx::query(
                "UPDATE notice_deliveries SET claim = NULL, claimed_until_ms = NULL, next_at_ms = $1 \
                 WHERE id = $2 AND claim = $3",
            )
            .bind(next.as_millisecond())
            .bind(claimed.notice.id.as_str())
            .bind(claimed.claim.as_str()),
        )
        .await?;
    Ok(changed == 1)
}

/// True while the claim is still one's own.
///
/// # Errors
/// The codes of the database.
pub async fn is_own(tx: &mut Tx, claimed: &Claimed) -> Result<bool> {
    let found: Option<(String,)> = tx
        .maybe(
            sqlx::query("SELECT id FROM notice_deliveries WHERE id = $1 AND claim = $2")
                .bind(claimed.notice.id.as_str())
                .bind(claimed.claim.as_str()),
        )
        .await?;
    Ok(found.is_some())
}

/// How a notice stands with its delivery; none when it does not wait.
///
/// # Errors
/// The codes of the database.
pub async fn stand(tx: &mut Tx, id: &NoticeId) -> Result<Option<Stand>> {
    let found: Option<(i64, i64)> = tx
        .maybe(sqlx::query("SELECT tries, next_at_ms FROM notice_deliveries WHERE id = $1").bind(id.as_str()))
        .await?;
    let told = |(tries, next)| Ok(Stand { tries: u32::try_from(tries).unwrap_or(u32::MAX), next: moment(next)? });
    found.map(told).transpose()
}

/// The last tries of a notice of the office, the newest first.
///
/// # Errors
/// `not-found` when it is another office's or not there; the codes of the database.
pub async fn tried(tx: &mut Tx, office: &OfficeId, id: &NoticeId, limit: u32) -> Result<Vec<Tried>> {
    if notice::get(tx, id).await?.office != *office {
        return Err(Error::new(Code::NotFound, "there is no such notice in this office"));
    }
    let found: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT at_ms, took_ms, status, failure, sent_sha256, answer_sha256 FROM notice_attempts \
                 WHERE notice_id = $1 ORDER BY at_ms DESC, id DESC LIMIT $2",
            )
            .bind(id.as_str())
            .bind(rows(limit)),
        )
        .await?;
    let told = |row: Row| {
        Ok(Tried {
            at: moment(row.at_ms)?,
            took_ms: u32::try_from(row.took_ms).unwrap_or(u32::MAX),
            status: row.status.and_then(|status| u16::try_from(status).ok()),
            failure: row.failure,
            sent_sha256: row.sent_sha256,
            answer_sha256: row.answer_sha256,
        })
    };
    found.into_iter().map(told).collect()
}
