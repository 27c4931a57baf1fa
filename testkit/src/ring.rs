//! A key ring for tests.

use crate::random::SeededRandom;
use seal::keys::FileRing;

/// The key ring of a fixed seed: the same keys in every test.
///
/// # Panics
/// When the fixed seed gives no ring, which a test of `seal` would find first.
#[expect(clippy::expect_used, reason = "a fixed seed gives a ring always or never")]
pub fn ring() -> FileRing {
    FileRing::generate("2026-11-21", &SeededRandom::new(0x5ea1)).expect("a fixed seed gives a ring")
}
