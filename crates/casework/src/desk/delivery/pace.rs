//! When a notice is tried again: soon at first, then ever more seldom, and after three days no more.

use jiff::{SignedDuration, Timestamp};
use store::Means;
use store::delivery::Claimed;

/// Seconds between the first try and the second.
pub const FIRST_S: u32 = 5;
/// Most seconds between two tries: six hours.
pub const LAST_S: u32 = 6 * 3_600;
/// From the first try to the last.
pub const TOTAL: SignedDuration = SignedDuration::from_hours(3 * 24);
/// By how much each pause is longer than the one before.
const FACTOR: u32 = 3;

/// The pause after a try, in milliseconds: three times as long as the one before, a fifth more or less, so that many that failed together do
/// not come back together.
fn pause_ms(tries: u32, chance: u32) -> u64 {
    let whole = FACTOR.checked_pow(tries.saturating_sub(1)).and_then(|times| FIRST_S.checked_mul(times));
    let ms = u64::from(whole.unwrap_or(LAST_S).min(LAST_S)) * 1000;
    ms * 4 / 5 + ms * 2 / 5 * u64::from(chance) / u64::from(u32::MAX)
}

/// When a notice whose try has just failed is tried next; nothing when that was the last one.
pub(super) fn next(means: &Means<'_>, claimed: &Claimed, retry_after_s: Option<u32>) -> Option<Timestamp> {
    let end = claimed.begun.saturating_add(TOTAL).unwrap_or(Timestamp::MAX);
    if means.now >= end {
        return None;
    }
    let chance = u32::from_be_bytes(seal::random::array(means.random));
    let asked_ms = u64::from(retry_after_s.unwrap_or(0).min(LAST_S)) * 1000;
    let pause = pause_ms(claimed.tries, chance).max(asked_ms);
    let pause = SignedDuration::from_millis(i64::try_from(pause).unwrap_or(i64::MAX));
    // The last try is at the end of the three days, not before.
    Some(means.now.saturating_add(pause).unwrap_or(end).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_five_seconds_to_six_hours() {
        let middle: Vec<u64> = (1..=10).map(|tries| pause_ms(tries, u32::MAX / 2).div_ceil(1000)).collect();
        assert_eq!(middle, [5, 15, 45, 135, 405, 1215, 3645, 10_935, 21_600, 21_600]);
        assert_eq!((pause_ms(1, 0), pause_ms(1, u32::MAX)), (4_000, 6_000));
        assert_eq!(pause_ms(u32::MAX, u32::MAX), 21_600_000 * 6 / 5);
    }
}
