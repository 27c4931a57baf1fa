//! Limits on attempts, after NIST SP 800-63B §3.2.3: 5 failed in a row (10 with presentation attack detection), then at least 30 seconds
//! before each further one; 50 overall (100), then the face way is off until another factor or a human resets it. The delay doubles with each
//! failure, up to an hour, as §3.2.2 proposes. The same counting holds for a station and for a network address, with limits of their own.
//!
//! An attempt is counted as failed when it begins and taken back when it succeeds or yields no comparison. So attempts that run side by
//! side cannot pass a limit together, and one that was cut off by a power failure counts as failed.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{
    ADDRESS_IN_A_ROW, ATTEMPTS_DELAY_S, ATTEMPTS_DELAY_S_MAX, ATTEMPTS_IN_A_ROW, ATTEMPTS_IN_A_ROW_PAD,
    ATTEMPTS_OVERALL, ATTEMPTS_OVERALL_PAD, SOURCE_OVERALL, STATION_IN_A_ROW,
};
use jiff::{SignedDuration, Timestamp};

/// The limits that hold for an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Failed attempts in a row before the delay.
    pub in_a_row: u32,
    /// Failed attempts overall before the face way is off.
    pub overall: u32,
}

impl Limits {
    /// The limits of a station.
    pub const STATION: Self = Self { in_a_row: STATION_IN_A_ROW, overall: SOURCE_OVERALL };
    /// The limits of a network address.
    pub const ADDRESS: Self = Self { in_a_row: ADDRESS_IN_A_ROW, overall: SOURCE_OVERALL };

    /// The limits with or without presentation attack detection (liveness) in this attempt.
    pub fn new(attack_detection: bool) -> Self {
        if attack_detection {
            Self { in_a_row: ATTEMPTS_IN_A_ROW_PAD, overall: ATTEMPTS_OVERALL_PAD }
        } else {
            Self { in_a_row: ATTEMPTS_IN_A_ROW, overall: ATTEMPTS_OVERALL }
        }
    }

    /// How long the next attempt waits after so many failed in a row: twice as long with each that is beyond the limit.
    fn delay(self, consecutive: u32) -> SignedDuration {
        let doublings = consecutive.saturating_sub(self.in_a_row).min(30);
        SignedDuration::from_secs((ATTEMPTS_DELAY_S << doublings).min(ATTEMPTS_DELAY_S_MAX))
    }
}

/// Whether the next attempt may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may.
    Open,
    /// Not before this time.
    Wait(Timestamp),
    /// Not until another factor or a human resets the count.
    Off,
}

/// A person's failed attempts, as they are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Failed attempts since the last success.
    pub consecutive: u32,
    /// Failed attempts since the last reset.
    pub total: u32,
    /// The end of the delay after the latest attempt; set from the fifth in a row on, and binding where the limit in force is reached.
    pub blocked_until: Option<Timestamp>,
}

impl Attempts {
    /// Whether the next attempt may begin at `now`.
    pub fn gate(&self, limits: Limits, now: Timestamp) -> Gate {
        if self.total >= limits.overall {
            return Gate::Off;
        }
        match self.blocked_until {
            Some(until) if self.consecutive >= limits.in_a_row && now < until => Gate::Wait(until),
            _ => Gate::Open,
        }
    }

    /// The count after an attempt has begun at `now`; it counts as failed until [`Attempts::succeeded`] or [`Attempts::void`].
    ///
    /// # Errors
    /// `attempts-wait`, `attempts-exhausted`.
    pub fn begin(&self, limits: Limits, now: Timestamp) -> Result<Self> {
        self.gate(limits, now).require()?;
        Ok(self.failed(limits, now))
    }

    /// The count after a failure that nobody counted in advance.
    #[must_use]
    pub fn failed(&self, limits: Limits, now: Timestamp) -> Self {
        let consecutive = self.consecutive.saturating_add(1);
        let until = || now.saturating_add(limits.delay(consecutive)).unwrap_or(Timestamp::MAX);
        let blocked_until = (consecutive >= ATTEMPTS_IN_A_ROW).then(until);
        Self { consecutive, total: self.total.saturating_add(1), blocked_until }
    }

    /// The count after an attempt that began has succeeded: none in a row, and the attempt itself taken back. Where nothing was counted in advance,
    /// a success makes up for one failure.
    #[must_use]
    pub fn succeeded(&self) -> Self {
        Self { consecutive: 0, total: self.total.saturating_sub(1), blocked_until: None }
    }

    /// The count after an attempt that began has yielded no comparison: no face, too poor a picture, a capture that ran out of time.
    #[must_use]
    pub fn void(&self) -> Self {
        let consecutive = self.consecutive.saturating_sub(1);
        let blocked_until = self.blocked_until.filter(|_| consecutive >= ATTEMPTS_IN_A_ROW);
        Self { consecutive, total: self.total.saturating_sub(1), blocked_until }
    }

    /// The count after another factor or a human has settled who the person is.
    #[must_use]
    pub fn reset(&self) -> Self {
        Self::default()
    }
}

impl Gate {
    /// Refuses unless the gate is open.
    ///
    /// # Errors
    /// `attempts-wait`, `attempts-exhausted`.
    pub fn require(self) -> Result<()> {
        match self {
            Self::Open => Ok(()),
            Self::Wait(until) => Err(Error::new(Code::AttemptsWait, format!("the next attempt may begin at {until}"))),
            Self::Off => Err(Error::new(Code::AttemptsExhausted, "too many failed attempts since the last reset")),
        }
    }

    /// The one of two gates that stays closed longer.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Off, _) | (_, Self::Off) => Self::Off,
            (Self::Wait(one), Self::Wait(two)) => Self::Wait(one.max(two)),
            (Self::Open, gate) | (gate, Self::Open) => gate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn limits_are_the_standards() {
        assert_eq!(Limits::new(false), Limits { in_a_row: 5, overall: 50 });
        assert_eq!(Limits::new(true), Limits { in_a_row: 10, overall: 100 });
    }

    #[test]
    fn five_in_a_row_wait_thirty_seconds() {
        for (pad, in_a_row) in [(false, 5), (true, 10)] {
            let limits = Limits::new(pad);
            let mut attempts = Attempts::default();
            for _ in 0..in_a_row {
                attempts = attempts.begin(limits, at(0)).unwrap();
            }
            assert_eq!(attempts.gate(limits, at(29)), Gate::Wait(at(30)));
            assert_eq!(attempts.begin(limits, at(29)).unwrap_err().code(), "attempts-wait");
            attempts = attempts.begin(limits, at(30)).unwrap();
            assert_eq!(attempts.gate(limits, at(59)), Gate::Wait(at(90)), "twice as long");
            assert_eq!(attempts.succeeded().gate(limits, at(31)), Gate::Open);
        }
    }

    #[test]
    fn a_laxer_limit_before_does_not_spare_the_delay_of_a_stricter_one_after() {
        let mut attempts = Attempts::default();
        for _ in 0..7 {
            attempts = attempts.begin(Limits::new(true), at(0)).unwrap();
        }
        assert_eq!(attempts.gate(Limits::new(true), at(1)), Gate::Open);
        assert_eq!(attempts.gate(Limits::new(false), at(1)), Gate::Wait(at(30)));
    }

    #[test]
    fn fifty_overall_are_the_end_until_a_reset() {
        for (pad, overall) in [(false, 50), (true, 100)] {
            let limits = Limits::new(pad);
            let mut attempts = Attempts::default();
            for n in 0..overall {
                attempts = attempts.begin(limits, at(n * 3_600)).unwrap();
            }
            let years = at(400_000_000);
            assert_eq!(attempts.gate(limits, years), Gate::Off);
            assert_eq!(attempts.begin(limits, years).unwrap_err().code(), "attempts-exhausted");
            assert_eq!(attempts.reset().gate(limits, at(0)), Gate::Open);
        }
    }

    #[test]
    fn the_end_of_time_is_no_way_out() {
        let late = Attempts { consecutive: 9, total: 9, blocked_until: None };
        let after = late.begin(Limits::new(false), Timestamp::MAX).unwrap();
        assert_eq!(after.blocked_until, Some(Timestamp::MAX));
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Fail,
        Succeed,
        Void,
        Reset,
        Pass(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            12 => Just(Step::Fail),
            1 => Just(Step::Succeed),
            3 => Just(Step::Void),
            1 => Just(Step::Reset),
            4 => (0_i64..40).prop_map(Step::Pass),
            1 => (0_i64..4_000).prop_map(Step::Pass),
        ]
    }

    /// How long the standard's "30 seconds up to an hour" is after so many in a row.
    fn waits(limits: Limits, in_a_row: usize) -> i64 {
        let beyond = (in_a_row as u32).saturating_sub(limits.in_a_row);
        (0..beyond).fold(30, |delay: i64, _| (delay * 2).min(3_600))
    }

    #[test]
    fn delays_grow_from_half_a_minute_to_an_hour() {
        for limits in [Limits::new(false), Limits::STATION, Limits::ADDRESS] {
            let delay = |more: u32| limits.delay(limits.in_a_row + more).as_secs();
            assert_eq!(
                [0, 1, 2, 3, 6, 7, 40, u32::MAX - 20].map(delay),
                [30, 60, 120, 240, 1_920, 3_600, 3_600, 3_600]
            );
        }
    }

    #[test]
    fn the_gate_that_stays_closed_longer_counts() {
        let (soon, late) = (Gate::Wait(at(1)), Gate::Wait(at(2)));
        for (one, two, both) in [
            (Gate::Open, Gate::Open, Gate::Open),
            (Gate::Open, soon, soon),
            (late, soon, late),
            (soon, Gate::Off, Gate::Off),
        ] {
            assert_eq!((one.and(two), two.and(one)), (both, both));
        }
    }

    /// What an office with many visits sees: whoever fails is between many who do not.
    #[test]
    fn honest_failures_never_close_a_busy_station() {
        for limits in [Limits::STATION, Limits::ADDRESS] {
            let mut attempts = Attempts::default();
            for n in 0..10_000 {
                attempts = if n % 3 == 0 { attempts.failed(limits, at(2 * n)) } else { attempts.succeeded() };
                assert_eq!(attempts.gate(limits, at(2 * n)), Gate::Open);
            }
        }
    }

    proptest! {
        /// The model keeps the times of all failed attempts and judges the standard's words from them.
        #[test]
        fn no_sequence_passes_a_limit(pad: bool, steps in proptest::collection::vec(step(), 0..400)) {
            let limits = Limits::new(pad);
            let (mut attempts, mut second) = (Attempts::default(), 0);
            let (mut in_a_row, mut overall): (Vec<(i64, i64)>, u32) = (Vec::new(), 0);
            for step in steps {
                let begun = attempts.begin(limits, at(second));
                match step {
                    Step::Pass(seconds) => second += seconds,
                    Step::Reset => {
                        attempts = attempts.reset();
                        in_a_row.clear();
                        overall = 0;
                    }
                    Step::Fail | Step::Succeed | Step::Void => {
                        let delayed = in_a_row.len() >= limits.in_a_row as usize
                            && in_a_row.last().is_some_and(|(last, delay)| second < last + delay);
                        prop_assert_eq!(begun.is_err(), delayed || overall >= limits.overall);
                        let Ok(begun) = begun else { continue };
                        match step {
                            Step::Fail => {
                                attempts = begun;
                                in_a_row.push((second, waits(limits, in_a_row.len() + 1)));
                                overall += 1;
                            }
                            Step::Succeed => {
                                attempts = begun.succeeded();
                                in_a_row.clear();
                            }
                            // A void attempt leaves the count as it was; the delay may begin anew, never end sooner.
                            _ => {
                                let after = begun.void();
                                prop_assert_eq!((after.consecutive, after.total), (attempts.consecutive, attempts.total));
                                prop_assert!(after.blocked_until >= attempts.blocked_until);
                                attempts = after;
                                let count = in_a_row.len() + 1;
                                if let Some(last) = in_a_row.last_mut().filter(|_| after.blocked_until.is_some()) {
                                    *last = (second, waits(limits, count));
                                }
                            }
                        }
                    }
                }
                prop_assert!(attempts.consecutive as usize == in_a_row.len() && attempts.total == overall);
                prop_assert!(overall <= limits.overall);
            }
        }

        /// Attempts that begin side by side are all counted before any of them ends.
        #[test]
        fn attempts_side_by_side_share_one_limit(pad: bool, wanted in 1_u32..40) {
            let limits = Limits::new(pad);
            let mut attempts = Attempts::default();
            let begun = (0..wanted).filter(|_| match attempts.begin(limits, at(0)) {
                Ok(next) => { attempts = next; true }
                Err(_) => false,
            }).count();
            prop_assert_eq!(begun as u32, wanted.min(limits.in_a_row));
        }
    }
}
