//! Failed sign-ins of an operator, and the last one-time code, so that none is used twice.
//!
//! The limit of NIST SP 800-63B-4 §3.2.2 is 100 failures in a row. Within it the steps are our own choice: the fifth failure in a row locks the
//! login for a minute, each further one for twice as long, up to an hour, so that a clerk who mistypes waits little and a guesser gets about 30
//! guesses a day. The hundredth failure locks it until an administrator resets it or a new invitation is accepted.
//!
//! A failure is counted before the password is looked at and taken back when it was right: so guesses sent at once do not pass the limit
//! together, and a killed process does not forget one.

use crate::error::{Error, Result};
use crate::field;
use crate::id::OperatorId;
use crate::limits::moment;
use crate::tx::Tx;
use crate::{Code, Means};
use jiff::{SignedDuration, Timestamp};
use sqlx::FromRow;

/// The failure in a row that locks the login.
pub const FAILURES_FREE: i64 = 5;
/// The failure in a row that locks it for good.
pub const FAILURES_MAX: i64 = 100;
/// The first lock.
pub const LOCK_FIRST: SignedDuration = SignedDuration::from_mins(1);
/// The longest lock.
pub const LOCK_MAX: SignedDuration = SignedDuration::from_hours(1);

/// What is known about an operator's failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Failures in a row.
    pub failures: i64,
    /// Until when the login is locked; the past when it is not, the end of the year 9999 when it is for good.
    pub locked_until: Timestamp,
    /// The time step of the last one-time code that was accepted.
    pub totp_step: Option<u64>,
}

#[derive(FromRow)]
struct Row {
    failures: i64,
    locked_until_ms: i64,
    totp_step: i64,
}

impl Row {
    fn throttle(&self) -> Result<Throttle> {
        Ok(Throttle {
            failures: self.failures,
            locked_until: moment(self.locked_until_ms)?,
            totp_step: u64::try_from(self.totp_step).ok().filter(|&step| step > 0),
        })
    }
}

/// Counts an attempt as failed, in advance. To be committed before the password is looked at.
///
/// # Errors
/// `login-locked`, with nothing counted; the codes of the database.
pub async fn begin(tx: &mut Tx, means: &Means<'_>, operator: &OperatorId) -> Result<Throttle> {
    let row: Row = tx
        .maybe(
            sqlx::query(
                "INSERT INTO operator_throttles (operator_id, failures, locked_until_ms, totp_step) VALUES ($1, 1, 0, 0) \
                 ON CONFLICT (operator_id) DO UPDATE SET failures = operator_throttles.failures + 1 \
                 WHERE operator_throttles.locked_until_ms <= $2 RETURNING failures, locked_until_ms, totp_step",
            )
            .bind(operator.as_str())
            .bind(means.now_ms()),
        )
        .await?
        .ok_or_else(|| Error::new(Code::LoginLocked, "too many failed sign-ins"))?;
    let mut throttle = row.throttle()?;
    if let Some(until_ms) = locked_until_ms(throttle.failures, means.now_ms()) {
        tx.run(
            sqlx::query("UPDATE operator_throttles SET locked_until_ms = $1 WHERE operator_id = $2")
                .bind(until_ms)
                .bind(operator.as_str()),
        )
        .await?;
        throttle.locked_until = moment(until_ms)?;
    }
    Ok(throttle)
}

/// Takes the count back after a right password and, if there was one, notes the one-time code's step. False when that step, or a later one, was
/// used meanwhile: then it is a failure after all.
///
/// # Errors
/// The codes of the database.
pub async fn succeed(tx: &mut Tx, operator: &OperatorId, totp_step: Option<u64>) -> Result<bool> {
    let step = totp_step.map_or(0, |step| i64::try_from(step).unwrap_or(i64::MAX));
    let changed = tx
        .run(
            sqlx::query(
                "UPDATE operator_throttles SET failures = 0, locked_until_ms = 0, \
                 totp_step = CASE WHEN $1 > totp_step THEN $1 ELSE totp_step END \
                 WHERE operator_id = $2 AND ($1 = 0 OR $1 > totp_step)",
            )
            .bind(step)
            .bind(operator.as_str()),
        )
        .await?;
    Ok(changed == 1)
}

/// Forgets an operator's failures; codes that were used stay used.
///
/// # Errors
/// The codes of the database.
pub async fn reset(tx: &mut Tx, operator: &OperatorId) -> Result<()> {
    tx.run(
        sqlx::query("UPDATE operator_throttles SET failures = 0, locked_until_ms = 0 WHERE operator_id = $1")
            .bind(operator.as_str()),
    )
    .await?;
    Ok(())
}

/// What is known about an operator's failures.
///
/// # Errors
/// The codes of the database.
pub async fn get(tx: &mut Tx, operator: &OperatorId) -> Result<Throttle> {
    let row: Option<Row> = tx
        .maybe(
            sqlx::query("SELECT failures, locked_until_ms, totp_step FROM operator_throttles WHERE operator_id = $1")
                .bind(operator.as_str()),
        )
        .await?;
    row.unwrap_or(Row { failures: 0, locked_until_ms: 0, totp_step: 0 }).throttle()
}

/// The end of the year 9999, to the second: the last that a time can be.
fn for_good_ms() -> i64 {
    Timestamp::MAX.as_second() * 1000
}

/// Until when the n-th failure in a row locks the login, if it does.
fn locked_until_ms(failures: i64, now_ms: i64) -> Option<i64> {
    if failures >= FAILURES_MAX {
        return Some(for_good_ms());
    }
    let doublings = u32::try_from(failures.checked_sub(FAILURES_FREE)?).ok()?;
    let lock_ms = 1_i64.checked_shl(doublings.min(30)).map(|times| times.saturating_mul(field::ms(LOCK_FIRST)))?;
    Some(now_ms + lock_ms.min(field::ms(LOCK_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_double_up_to_an_hour_and_end_at_a_hundred() {
        let minutes = |failures| locked_until_ms(failures, 7).map(|until| (until - 7) / 60_000);
        assert_eq!([1, 2, 3, 4].map(minutes), [None; 4]);
        assert_eq!([5, 6, 7, 10, 11, 12, 40, 99].map(minutes), [1, 2, 4, 32, 60, 60, 60, 60].map(Some));
        assert_eq!(locked_until_ms(100, 7), Some(for_good_ms()));
        assert_eq!(locked_until_ms(1000, 7), Some(for_good_ms()));
    }
}
