//! Random choices of a rendered session, all from one seed.

use crate::random::SplitMix64;
use std::f64::consts::TAU;

/// A stream of choices.
#[derive(Clone, Debug)]
pub struct Chance(SplitMix64);

impl Chance {
    /// A stream that depends on every key and their order.
    pub fn new(keys: &[u64]) -> Self {
        Self(SplitMix64::new(keys))
    }

    /// A number from `low` to `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        let share = (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        low + (high - low) * share as f32
    }

    /// A number from `low` to `high` whose logarithm is uniform; both above 0.
    pub fn between_log(&mut self, low: f32, high: f32) -> f32 {
        self.between(low.ln(), high.ln()).exp()
    }

    /// True in `share` of the cases.
    pub fn yes(&mut self, share: f32) -> bool {
        self.between(0.0, 1.0) < share
    }

    /// 1 or −1.
    pub fn sign(&mut self) -> f32 {
        if self.yes(0.5) { 1.0 } else { -1.0 }
    }

    /// A whole number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound)
    }

    /// A standard normal number (Box and Muller 1958).
    pub fn normal(&mut self) -> f32 {
        let unit = |bits: u64| ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        let (u, v) = (unit(self.0.next_u64()), unit(self.0.next_u64()));
        ((-2.0 * u.ln()).sqrt() * (TAU * v).cos()) as f32
    }

    /// 32 bytes, as a challenge takes them.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for part in bytes.as_chunks_mut::<8>().0 {
            *part = self.0.next_u64().to_le_bytes();
        }
        bytes
    }

    /// A key for a stream of its own.
    pub fn key(&mut self) -> u64 {
        self.0.next_u64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_numbers_have_mean_and_spread() {
        let mut chance = Chance::new(&[5]);
        let values: Vec<f32> = (0..20_000).map(|_| chance.normal()).collect();
        let mean = values.iter().sum::<f32>() / 20_000.0;
        let spread = values.iter().map(|v| v * v).sum::<f32>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (spread - 1.0).abs() < 0.05, "{mean} {spread}");
    }

    #[test]
    fn the_same_keys_make_the_same_choices() {
        let (mut a, mut b) = (Chance::new(&[1, 2]), Chance::new(&[1, 2]));
        assert_eq!(a.bytes(), b.bytes());
        assert!((0..100).all(|_| (0.5..2.0).contains(&a.between_log(0.5, 2.0))));
        assert_ne!(Chance::new(&[2, 1]).key(), Chance::new(&[1, 2]).key());
    }
}
