//! Signatures of a page: what a browser signed with a key that it made for one capture (Web Cryptography, ECDSA with P-256 and SHA-256).
//!
//! The key proves that all pictures of a capture come from the page that opened it; it proves nothing about who wrote that page.

use crate::code::Code;
use crate::error::{Error, Result};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};

/// Length of a public key as `exportKey("raw")` gives it: a point, uncompressed (SEC 1, 2.3.3).
pub const PUBLIC_KEY_BYTES: usize = 65;
/// Length of a signature as Web Cryptography gives it: r and s (IEEE P1363).
pub const SIGNATURE_BYTES: usize = 64;

/// The public key of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageKey(VerifyingKey);

impl PageKey {
    /// Reads a key of [`PUBLIC_KEY_BYTES`].
    ///
    /// # Errors
    /// `token-invalid` when the bytes are no point of the curve in this form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let refused = || Error::new(Code::TokenInvalid, "the page's key is not an uncompressed point of P-256");
        if bytes.len() != PUBLIC_KEY_BYTES {
            return Err(refused());
        }
        VerifyingKey::from_sec1_bytes(bytes).map(Self).map_err(|_| refused())
    }

    /// Checks `signature` over the parts one after the other, each preceded by its length in 8 bytes, so that no two lists of parts are
    /// the same message.
    ///
    /// # Errors
    /// `token-invalid` for anything else.
    pub fn verify(&self, parts: &[&[u8]], signature: &[u8]) -> Result<()> {
        let refused = || Error::new(Code::TokenInvalid, "the page's signature does not fit what it sent");
        let signature = Signature::from_slice(signature).map_err(|_| refused())?;
        self.0.verify(&message(parts), &signature).map_err(|_| refused())
    }
}

fn message(parts: &[&[u8]]) -> Vec<u8> {
    let mut all = Vec::new();
    for part in parts {
        all.extend_from_slice(&(part.len() as u64).to_be_bytes());
        all.extend_from_slice(part);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer as _;
    use proptest::prelude::*;

    fn signed(parts: &[&[u8]]) -> (PageKey, Vec<u8>) {
        let key = SigningKey::from_slice(&[7; 32]).expect("a scalar");
        let signature: Signature = key.sign(&message(parts));
        let public = key.verifying_key().to_encoded_point(false);
        (PageKey::from_bytes(public.as_bytes()).expect("a point"), signature.to_bytes().to_vec())
    }

    #[test]
    fn what_the_page_signed_is_accepted_and_nothing_else() {
        let (key, signature) = signed(&[b"nonce", b"head"]);
        key.verify(&[b"nonce", b"head"], &signature).expect("its own");
        assert!(key.verify(&[b"nonceh", b"ead"], &signature).is_err(), "parts moved");
        assert!(key.verify(&[b"nonce", b"heat"], &signature).is_err(), "another head");
        assert!(key.verify(&[b"nonce", b"head"], &signature[..63]).is_err(), "cut");
        for bit in 0..signature.len() * 8 {
            let mut changed = signature.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(key.verify(&[b"nonce", b"head"], &changed).is_err(), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_taken_for_a_key_by_accident(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(key) = PageKey::from_bytes(&bytes) {
                prop_assert_eq!(bytes.len(), PUBLIC_KEY_BYTES);
                prop_assert!(key.verify(&[b"x"], &[1; SIGNATURE_BYTES]).is_err());
            }
        }
    }
}
