//! Randomness as an argument: the program hands in the operating system's generator, a test one that repeats itself.

/// A source of random bytes that nobody can foretell.
pub trait Random: Send + Sync {
    /// Overwrites `bytes` with random ones. A source that cannot deliver must end the program rather than return: keys are made of it.
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` random bytes.
pub fn array<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}
