//! Signatures of webhooks after the Standard Webhooks specification (<https://www.standardwebhooks.com>, symmetric scheme `v1`): HMAC-SHA-256
//! over `id.timestamp.body`, with a secret that both sides hold.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::random::{Random, array};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes that a secret may have: the specification's bounds.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// What sender and receiver share; overwritten when dropped.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// A new secret of 256 bits.
    pub fn generate(random: &dyn Random) -> Self {
        Self(Zeroizing::new(array::<32>(random).to_vec()))
    }

    /// A secret from its bytes.
    ///
    /// # Errors
    /// `secret-invalid` unless there are 24 to 64 of them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if LENGTHS.contains(&bytes.len()) {
            return Ok(Self(Zeroizing::new(bytes.to_vec())));
        }
        Err(Error::new(Code::SecretInvalid, "it is not of 24 to 64 bytes"))
    }

    /// A secret from the text of [`Secret::to_text`].
    ///
    /// # Errors
    /// `secret-invalid` for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = || Error::new(Code::SecretInvalid, "it is not whsec_ and base64");
        let coded = text.strip_prefix(PREFIX).ok_or_else(invalid)?;
        Self::from_bytes(&STANDARD.decode(coded).map(Zeroizing::new).map_err(|_| invalid())?)
    }

    /// Its bytes, for sealing.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// `whsec_` and base64 (RFC 4648 §4), for the one who shall hold it.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(&*self.0)))
    }

    /// One signature as it stands in the header `webhook-signature`: `v1,` and base64. `timestamp_s` is in seconds since 1970.
    ///
    /// # Errors
    /// `secret-invalid` when the cipher does not take the secret; none of the bounded length is refused.
    pub fn sign(&self, id: &str, timestamp_s: i64, body: &[u8]) -> Result<String> {
        let mut hmac = Hmac::<Sha256>::new_from_slice(&self.0)
            .map_err(|_| Error::new(Code::SecretInvalid, "it cannot be a key"))?;
        hmac.update(format!("{id}.{timestamp_s}.").as_bytes());
        hmac.update(body);
        Ok(format!("v1,{}", STANDARD.encode(hmac.finalize().into_bytes())))
    }
}

impl std::fmt::Debug for Secret {
    /// The name only: a secret never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_libraries_is_signed_as_they_sign_it() {
        // The vector that the reference libraries of the specification test themselves with.
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_part_counts() {
        let secret = Secret::from_bytes(&[7; 32]).unwrap();
        let first = secret.sign("a", 1, b"x").unwrap();
        for other in [secret.sign("b", 1, b"x"), secret.sign("a", 2, b"x"), secret.sign("a", 1, b"y")] {
            assert_ne!(other.unwrap(), first);
        }
        assert_ne!(Secret::from_bytes(&[8; 32]).unwrap().sign("a", 1, b"x").unwrap(), first);
    }

    #[test]
    fn secrets_go_both_ways_and_have_no_debug_form() {
        let secret = Secret::from_bytes(&[9; 32]).unwrap();
        assert_eq!(Secret::parse(&secret.to_text()).unwrap().bytes(), [9; 32]);
        assert_eq!(format!("{secret:?}"), "Secret");
        for wrong in ["", "whsec_", "whsec_AAAA", "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!!"] {
            assert!(Secret::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Secret::from_bytes(&[1; 23]).is_err() && Secret::from_bytes(&[1; 65]).is_err());
    }
}
