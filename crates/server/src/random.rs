//! The operating system's randomness.

/// Randomness of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl seal::Random for OsRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // There is no safe way to go on without randomness; on Linux this cannot fail once the kernel has started.
        if getrandom::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}
