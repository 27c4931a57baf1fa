//! How often one address may call. In memory of one process: it protects the machine, not the accounts, whose limits are records.

use crate::limits::{REQUESTS_BURST, REQUESTS_PER_S, SECRETS_PER_MINUTE};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;

/// The two limits of an address.
pub(crate) struct Rates {
    all: DefaultKeyedRateLimiter<IpAddr>,
    secrets: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl Default for Rates {
    fn default() -> Self {
        let count = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            all: RateLimiter::keyed(Quota::per_second(count(REQUESTS_PER_S)).allow_burst(count(REQUESTS_BURST))),
            secrets: RateLimiter::keyed(Quota::per_minute(count(SECRETS_PER_MINUTE))),
            clock: DefaultClock::default(),
        }
    }
}

impl Rates {
    /// Counts a request; the seconds to wait if it is one too many.
    pub(crate) fn request(&self, from: IpAddr) -> Result<(), u64> {
        self.count(&self.all, from)
    }

    /// Counts an attempt to use a secret: sign in, pair, open a receipt.
    pub(crate) fn secret(&self, from: IpAddr) -> Result<(), u64> {
        self.count(&self.secrets, from)
    }

    fn count(&self, limiter: &DefaultKeyedRateLimiter<IpAddr>, from: IpAddr) -> Result<(), u64> {
        // An IPv6 subscriber has a whole /64.
        let key = match from {
            IpAddr::V6(address) => IpAddr::from((u128::from(address) & !u128::from(u64::MAX)).to_be_bytes()),
            v4 @ IpAddr::V4(_) => v4,
        };
        limiter.check_key(&key).map_err(|not_until| not_until.wait_time_from(self.clock.now()).as_secs() + 1)
    }

    /// Forgets addresses that have not called for a while.
    pub(crate) fn tidy(&self) {
        self.all.retain_recent();
        self.secrets.retain_recent();
    }
}
