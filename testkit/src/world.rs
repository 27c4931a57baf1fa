//! What an act needs besides a database, in tests: a clock that stands until it is moved, keys and randomness that repeat themselves.

use crate::random::SeededRandom;
use jiff::{SignedDuration, Timestamp};
use seal::keys::FileRing;
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::{Means, Tx};

/// The moment at which every world begins, 2026-11-21T09:00:00Z, in seconds.
const BEGIN_S: i64 = 1_795_251_600;

/// A clock, keys and randomness.
#[derive(Debug)]
pub struct World {
    /// The moment.
    pub now: Timestamp,
    /// The keys.
    pub ring: FileRing,
    /// The randomness.
    pub random: SeededRandom,
}

impl Default for World {
    fn default() -> Self {
        let now = Timestamp::from_second(BEGIN_S).unwrap_or(Timestamp::UNIX_EPOCH);
        Self { now, ring: crate::ring(), random: SeededRandom::new(1) }
    }
}

impl World {
    /// The means of an act at this moment.
    pub fn means(&self) -> Means<'_> {
        Means { now: self.now, random: &self.random, ring: &self.ring }
    }

    /// Moves the clock on.
    pub fn pass(&mut self, time: SignedDuration) {
        self.now += time;
    }

    /// Appends an entry that speaks for all that was touched, and commits.
    ///
    /// # Panics
    /// When either is refused.
    pub async fn commit(&self, mut tx: Tx) {
        let act = Act::new(Kind::PersonChanged, Shard::Register, &Actor::System);
        let appended = ledger::append(&mut tx, &self.means(), &act).await;
        assert!(appended.is_ok(), "no entry: {appended:?}");
        let committed = tx.commit().await;
        assert!(committed.is_ok(), "not committed: {committed:?}");
    }
}
