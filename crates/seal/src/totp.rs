//! One-time codes of an authenticator app (RFC 6238): HMAC-SHA-1, 6 digits, 30 seconds, which is what every app can do.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::random::{Random, array};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use std::fmt::Write as _;
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

/// Seconds of one step.
pub const STEP_S: u64 = 30;
/// Steps by which the app's clock may be slow or fast.
const WINDOW: u64 = 1;
/// Digits of a code.
const DIGITS: usize = 6;
/// Letters of base32 (RFC 4648 §6).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What the service and the app share: 160 bits (RFC 4226 §4 R6), overwritten when dropped.
pub struct Secret(Zeroizing<[u8; 20]>);

impl Secret {
    /// A new secret.
    pub fn generate(random: &dyn Random) -> Self {
        Self(Zeroizing::new(array(random)))
    }

    /// A secret from its 20 bytes.
    ///
    /// # Errors
    /// `secret-invalid` for another length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.try_into().map_err(|_| Error::new(Code::SecretInvalid, "it is not of 20 bytes"))?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// A secret from the letters of [`Secret::to_base32`], as they are typed into an app.
    ///
    /// # Errors
    /// `secret-invalid` for other letters or another length.
    pub fn from_base32(text: &str) -> Result<Self> {
        let invalid = || Error::new(Code::SecretInvalid, "it is not of 32 letters of base32");
        let place = |letter: &u8| BASE32.iter().position(|known| known == letter).ok_or_else(invalid);
        let mut bytes = Zeroizing::new(Vec::with_capacity(20));
        for group in text.as_bytes().chunks(8) {
            let mut bits = 0_u64;
            for letter in group {
                bits = bits << 5 | place(letter)? as u64;
            }
            bytes.extend_from_slice(&bits.to_be_bytes()[3..]);
        }
        if text.len() == 32 { Self::from_bytes(&bytes) } else { Err(invalid()) }
    }

    /// Its bytes, for sealing.
    pub fn bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The 32 letters that can be typed into an app.
    pub fn to_base32(&self) -> Zeroizing<String> {
        let letter = |index: u64| char::from(BASE32[(index & 31) as usize]);
        let mut text = Zeroizing::new(String::with_capacity(32));
        for group in self.0.as_chunks::<5>().0 {
            let bits = group.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            text.extend((0..8).rev().map(|place| letter(bits >> (5 * place))));
        }
        text
    }
}

impl std::fmt::Debug for Secret {
    /// The name only: a secret never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Checks a code at a time in seconds since 1970. Gives the step that it belongs to: keep it, and hand it in as `last_step` the next time, so
/// that no code, and no older one, is taken twice (RFC 6238 §5.2).
pub fn verify(secret: &Secret, code: &str, unix_s: i64, last_step: Option<u64>) -> Option<u64> {
    let now = u64::try_from(unix_s).ok()? / STEP_S;
    if code.len() != DIGITS || !code.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let given: u32 = code.parse().ok()?;
    let mut found = 0;
    // All steps are tried, so that the time taken tells nothing. Step 0, in 1970, stands for none.
    for step in now.saturating_sub(WINDOW)..=now + WINDOW {
        let fresh = last_step.is_none_or(|last| step > last);
        let right = at(secret, step).ct_eq(&given) & subtle::Choice::from(u8::from(fresh));
        found = u64::conditional_select(&found, &step, right);
    }
    (found > 0).then_some(found)
}

/// The code that an app shows at a time in seconds since 1970; before 1970 that of the first step.
pub fn code(secret: &Secret, unix_s: i64) -> Zeroizing<String> {
    let step = u64::try_from(unix_s).unwrap_or(0) / STEP_S;
    Zeroizing::new(format!("{:06}", at(secret, step)))
}

/// The code of a step: HOTP (RFC 4226 §5.3) of its number.
fn at(secret: &Secret, step: u64) -> u32 {
    let mut block = Zeroizing::new([0; 64]);
    block[..20].copy_from_slice(&*secret.0);
    let mut hmac = Hmac::<Sha1>::new((&*block).into());
    hmac.update(&step.to_be_bytes());
    let hash: [u8; 20] = hmac.finalize().into_bytes().into();
    let offset = usize::from(hash[19] & 15);
    let word = hash[offset..offset + 4].iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    (word & 0x7fff_ffff) % 1_000_000
}

/// The address that an app reads from a QR code. It holds the secret.
pub fn uri(issuer: &str, login: &str, secret: &Secret) -> Zeroizing<String> {
    let (issuer, login) = (percent(issuer), percent(login));
    let mut text = Zeroizing::new(String::with_capacity(issuer.len() * 2 + login.len() + 128));
    text.push_str("otpauth://totp/");
    text.extend([&issuer, ":", &login, "?secret=", &secret.to_base32(), "&issuer=", &issuer]);
    text.push_str("&algorithm=SHA1&digits=6&period=30");
    text
}

/// Everything but unreserved characters as `%` and two digits (RFC 3986 §2.1).
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, the last six of its eight digits.
    #[test]
    fn the_vectors_of_the_standard() {
        let secret = Secret::from_bytes(b"12345678901234567890").unwrap();
        let vectors = [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ];
        for (time, code) in vectors {
            assert_eq!(at(&secret, time / STEP_S), code, "{time}");
            let text = format!("{code:06}");
            assert_eq!(verify(&secret, &text, time as i64, None), Some(time / STEP_S), "{time}");
        }
    }
}
