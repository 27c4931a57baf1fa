//! Bytes that go into ciphers and hashes: parts put together so that no two lists of parts give the same bytes, keyed hashes, and text forms.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// `label` and `parts` as one string of bytes: the number of parts, then each with its length before it (64-bit, little-endian), so that
/// neither a moved border nor a left-out part gives the same bytes. The label is what keeps one use of a key apart from another.
pub(crate) fn joined(label: &str, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length = parts.iter().map(|part| part.len() + 8).sum::<usize>() + label.len() + 16;
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    bytes.extend((parts.len() as u64).to_le_bytes());
    for part in std::iter::once(&label.as_bytes()).chain(parts) {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(*part);
    }
    bytes
}

/// HMAC-SHA-256 (RFC 2104) of `message`.
pub(crate) fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // A key shorter than the hash's block is filled up with zeros (RFC 2104 §2), so that its length cannot be wrong.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    let mut hmac = Hmac::<Sha256>::new((&*block).into());
    hmac.update(message);
    hmac.finalize().into_bytes().into()
}

/// SHA-256 of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Hexadecimal digits of `bytes`, lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_counts_and_labels_matter() {
        let all = [
            joined("x", &[]),
            joined("x", &[b""]),
            joined("x", &[b"", b""]),
            joined("x", &[b"ab", b"c"]),
            joined("x", &[b"a", b"bc"]),
            joined("x", &[b"abc"]),
            joined("xa", &[b"bc"]),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(all.iter().skip(i + 1).all(|other| other != one), "{i}");
        }
    }

    /// RFC 4231 §4.2 with the key filled to 32 bytes, as RFC 2104 fills it, and §4.3's message under that rule.
    #[test]
    fn mac_is_hmac_sha256() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(hex(&mac(&key, b"Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(&mac(&key, b"what do ya want for nothing?")), expected);
    }
}
