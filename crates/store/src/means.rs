//! What an act needs besides the database: the time, randomness and the keys, each as a parameter.

use jiff::Timestamp;
use seal::Random;
use seal::keys::KeyRing;

/// Time, randomness and keys of one act.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// The moment of the act.
    pub now: Timestamp,
    /// The source of randomness.
    pub random: &'a dyn Random,
    /// The keys.
    pub ring: &'a dyn KeyRing,
}

impl Means<'_> {
    /// The moment in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.now.as_millisecond()
    }
}

impl std::fmt::Debug for Means<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Means({})", self.now)
    }
}
