//! A small documented random source, so that every choice can be repeated from its seed on any machine and in any version.

/// The generator `SplitMix64` (Steele, Lea, Flood 2014; the constants of Vigna's public-domain `splitmix64.c`). Not for secrets.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// A stream that depends on every part of `keys` and on their order.
    pub fn new(keys: &[u64]) -> Self {
        let mut stream = Self(0);
        for &key in keys {
            stream.0 = stream.next_u64() ^ key;
        }
        stream
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A whole number below `bound` (0 when `bound` is 0), by multiplication; its bias is below `bound` / 2⁶⁴.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }

    /// Moves a random choice of `count` items to the front of `items`, without replacement (the first steps of a Fisher-Yates shuffle).
    pub fn choose<T>(&mut self, items: &mut [T], count: usize) {
        for at in 0..count.min(items.len()) {
            let other = at + self.below(items.len() - at);
            items.swap(at, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_sequence_for_seed_zero() {
        let mut stream = SplitMix64(0);
        assert_eq!(stream.next_u64(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(stream.next_u64(), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn choice_is_without_replacement_and_fair() {
        let mut counts = [0_u32; 5];
        for seed in 0..20_000 {
            let mut items = [0, 1, 2, 3, 4];
            SplitMix64::new(&[seed, 7]).choose(&mut items, 2);
            counts[items[0]] += 1;
            counts[items[1]] += 1;
            assert_ne!(items[0], items[1]);
        }
        assert!(counts.iter().all(|&c| (7_700..8_300).contains(&c)), "{counts:?}");
    }

    #[test]
    fn below_zero_is_zero() {
        assert_eq!(SplitMix64::new(&[1]).below(0), 0);
    }
}
