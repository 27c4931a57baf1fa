//! Randomness that repeats itself: the same seed gives the same bytes, so that a test fails the same way twice.

use seal::Random;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};

/// SHA-256 over a seed and a counter. Never for anything but tests: whoever knows the seed knows every key.
#[derive(Debug)]
pub struct SeededRandom {
    seed: u64,
    blocks: AtomicU64,
}

impl SeededRandom {
    /// The bytes of `seed`, from their beginning.
    pub fn new(seed: u64) -> Self {
        Self { seed, blocks: AtomicU64::new(0) }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(32) {
            let block = self.blocks.fetch_add(1, Ordering::Relaxed);
            let hash = Sha256::new_with_prefix(self.seed.to_le_bytes()).chain_update(block.to_le_bytes()).finalize();
            part.copy_from_slice(&hash[..part.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_calls_differ() {
        let draw = |seed| {
            let random = SeededRandom::new(seed);
            [seal::random::array::<40>(&random), seal::random::array::<40>(&random)]
        };
        assert_eq!(draw(1), draw(1));
        let ([a, b], [c, _]) = (draw(1), draw(2));
        assert!(a != b && a != c && a[..8] != a[32..]);
    }
}
