//! Passwords: how they are kept, and which are refused.
//!
//! Kept as Argon2id in PHC form with the second recommended parameters of RFC 9106 §4: 64 MiB, 3 passes, 4 lanes. Refused by NIST SP 800-63B-4
//! §3.1.1: length and guessability, never composition rules or forced changes. Before anything else a password is brought into the normal form
//! NFKC (NIST SP 800-63B §5.1.1.2, UAX #15): the same letters typed on another keyboard or system are the same password.

mod common;
mod words;

use crate::code::Code;
use crate::error::{Error, Result};
use crate::random::{Random, array};
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// Fewest characters of a password that is the only factor.
pub const LENGTH_MIN: usize = 15;
/// Fewest characters of a password beside a second factor.
pub const LENGTH_MIN_WITH_SECOND_FACTOR: usize = 8;
/// Longest password in bytes, as typed.
pub const BYTES_MAX: usize = 256;

/// Memory in KiB.
const MEMORY: u32 = 64 * 1024;
/// Passes over the memory.
const PASSES: u32 = 3;
/// Lanes.
const LANES: u32 = 4;
/// Bytes of a salt.
const SALT: usize = 16;

/// A hash of the common form that no password is known for. When a login is unknown, [`verify`] against this, so that the answer takes as
/// long as for a known one.
pub const DUMMY: &str =
    "$argon2id$v=19$m=65536,t=3,p=4$ekh1BkKVzOh5Xg8cwZmLcA$fgw0fD4+BfJfSys50fSXZtc4hNbSTqFZGT/klbAYLms";

/// A password in its normal form, overwritten when dropped.
fn normal(password: &str) -> Zeroizing<String> {
    // Room for all of it, so that no smaller buffer with a part of it is left behind: a letter becomes at most 18 (UAX #15 §14).
    let mut text = Zeroizing::new(String::with_capacity(password.len() * 18));
    text.extend(password.nfkc());
    text
}

/// The hash of `password` in PHC form.
///
/// # Errors
/// `password-too-weak` beyond [`BYTES_MAX`]; `password-unhashable`.
pub fn hash(password: &str, random: &dyn Random) -> Result<String> {
    if password.len() > BYTES_MAX {
        return Err(Error::new(Code::PasswordTooWeak, format!("it is longer than {BYTES_MAX} bytes")));
    }
    let unhashable = |detail: String| Error::new(Code::PasswordUnhashable, detail);
    let params = Params::new(MEMORY, PASSES, LANES, None).map_err(|e| unhashable(e.to_string()))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let salt: [u8; SALT] = array(random);
    let hash =
        argon2.hash_password_with_salt(normal(password).as_bytes(), &salt).map_err(|e| unhashable(e.to_string()))?;
    Ok(hash.to_string())
}

/// True if `phc` is a hash of `password`. A hash of another algorithm, or one that would take far more memory or time than ours, is of none.
pub fn verify(password: &str, phc: &str) -> bool {
    let Ok(hash) = PasswordHash::new(phc) else { return false };
    let ours = hash.algorithm.as_str() == "argon2id" && hash.version == Some(Version::V0x13.into());
    let Ok(params) = Params::try_from(&hash) else { return false };
    let bounded = params.m_cost() <= MEMORY * 4 && params.t_cost() <= PASSES * 4 && params.p_cost() <= LANES * 4;
    let whole = hash.salt.is_some() && hash.hash.is_some();
    ours && bounded
        && whole
        && password.len() <= BYTES_MAX
        && Argon2::default().verify_password(normal(password).as_bytes(), &hash).is_ok()
}

/// Refuses a password that is too short, too long or easily guessed: one or two common words or `names` with digits and signs between them or
/// for some letters, a few letters repeated, a run along the alphabet or the keyboard, or a number. `names` are those that stand around whose
/// password it is: the login, the office, the installation.
///
/// # Errors
/// `password-too-weak`.
pub fn check_strength(password: &str, names: &[&str], second_factor: bool) -> Result<()> {
    let weak = |detail: String| Err(Error::new(Code::PasswordTooWeak, detail));
    let least = if second_factor { LENGTH_MIN_WITH_SECOND_FACTOR } else { LENGTH_MIN };
    if password.len() > BYTES_MAX {
        return weak(format!("it is longer than {BYTES_MAX} bytes"));
    }
    let text = normal(password);
    // One typed letter may stand for several, and several for one: the smaller number counts.
    if password.chars().count().min(text.chars().count()) < least {
        return weak(format!("it has fewer than {least} characters"));
    }
    if common::is_common(&text, names) {
        return weak("it is among the first that anyone would try".to_owned());
    }
    Ok(())
}
