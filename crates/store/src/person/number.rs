//! Identity numbers: one normal form, so that a number is found however it was typed.

use crate::error::{Error, Result};
use crate::{Code, Means};
use seal::keys::{HashUse, KeyId};

/// Shortest and longest number in its normal form.
const LENGTH: std::ops::RangeInclusive<usize> = 4..=32;
/// Longest number as typed, bytes.
const TYPED_BYTES_MAX: usize = 100;

/// An identity number in its normal form: upper-case ASCII letters and digits, without spaces and hyphens. Its debug form does not hold it.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The keyed hash with the current key, and that key's name.
    pub(crate) fn current_hash(&self, means: &Means<'_>) -> Result<(KeyId, Vec<u8>)> {
        let all = means.ring.hashes(HashUse::Number, &[b"number", self.0.as_bytes()]);
        let current = all.into_iter().next().map(|(key, hash)| (key, hash.to_vec()));
        current.ok_or_else(|| Error::new(Code::KeyRingStale, "the key ring has no key for numbers"))
    }

    /// The keyed hashes with all keys, the current one first.
    pub(crate) fn hashes(&self, means: &Means<'_>) -> impl Iterator<Item = Vec<u8>> + use<> {
        let all = means.ring.hashes(HashUse::Number, &[b"number", self.0.as_bytes()]);
        all.into_iter().map(|(_, hash)| hash.to_vec())
    }
}

impl std::fmt::Debug for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Number")
    }
}

impl std::str::FromStr for Number {
    type Err = Error;

    fn from_str(typed: &str) -> Result<Self> {
        let invalid = || Error::new(Code::NumberInvalid, "it is not 4 to 32 letters and digits");
        if typed.len() > TYPED_BYTES_MAX {
            return Err(invalid());
        }
        let kept = typed.trim().chars().filter(|c| !matches!(c, ' ' | '-'));
        let number: String = kept.map(|c| c.to_ascii_uppercase()).collect();
        if LENGTH.contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Ok(Self(number));
        }
        Err(invalid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_number_has_one_form() {
        for typed in ["A123456789", " a-123 456 789 ", "a123456789"] {
            assert_eq!(typed.parse::<Number>().unwrap().as_str(), "A123456789");
        }
        let long = "1".repeat(33);
        for wrong in ["", "123", "1-2-3", &long, "Ａ123456789", "A12345678'", "A123\0", "1234\u{200b}5"] {
            assert_eq!(wrong.parse::<Number>().unwrap_err().code(), Some(Code::NumberInvalid), "{wrong:?}");
        }
        assert_eq!(format!("{:?}", "A123456789".parse::<Number>().unwrap()), "Number");
    }

    proptest! {
        #[test]
        fn the_normal_form_is_its_own(typed in "[a-zA-Z0-9 -]{0,40}") {
            if let Ok(number) = typed.parse::<Number>() {
                prop_assert_eq!(&number.as_str().parse::<Number>().unwrap(), &number);
                prop_assert!(number.as_str().len() <= typed.len());
            }
        }

        #[test]
        fn anything_is_a_number_or_refused(typed in ".{0,120}") {
            let _ = typed.parse::<Number>();
        }
    }
}
