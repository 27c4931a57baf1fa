//! Sealed records: one field of one row, encrypted so that it opens only in its own place.
//!
//! Form: version (1), nonce (24 random bytes), ciphertext and tag of XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). The associated parts
//! (table, row, column, whatever binds the record to its place) are not stored; who opens must name them again.

use crate::bytes::joined;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::keys::DataKey;
use crate::random::{Random, array};
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

/// The form's version: the first byte of each record.
const VERSION: u8 = 1;
/// Bytes of a nonce: so long that random ones do not repeat under one key.
const NONCE: usize = 24;
/// Bytes of a tag.
const TAG: usize = 16;
/// By how many bytes a record is longer than what it seals.
pub const OVERHEAD: usize = 1 + NONCE + TAG;

/// Seals `plaintext` with `key`, bound to the `associated` parts. A plaintext of 256 GiB or more, which the cipher cannot take, gives an
/// empty record that does not open.
pub fn seal(key: &DataKey, associated: &[&[u8]], plaintext: &[u8], random: &dyn Random) -> Vec<u8> {
    seal_with(key.bytes(), &joined("countenance record v1", associated), plaintext, random)
}

/// Opens what [`seal`] made with the same key and the same associated parts.
///
/// # Errors
/// `record-damaged`: another key, other parts, or changed or missing bytes; which of them cannot be told.
pub fn open(key: &DataKey, associated: &[&[u8]], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    open_with(key.bytes(), &joined("countenance record v1", associated), sealed)
}

/// Seals with a raw key and associated bytes.
pub(crate) fn seal_with(key: &[u8; 32], associated: &[u8], plaintext: &[u8], random: &dyn Random) -> Vec<u8> {
    let nonce: [u8; NONCE] = array(random);
    // Room for all of it, so that the plaintext is encrypted where it stands and never left behind in a smaller buffer.
    let mut sealed = Vec::with_capacity(plaintext.len() + OVERHEAD);
    sealed.push(VERSION);
    sealed.extend(nonce);
    sealed.extend(plaintext);
    let cipher = XChaCha20Poly1305::new(key.into());
    let body = sealed.split_at_mut(1 + NONCE).1;
    match cipher.encrypt_inout_detached(&XNonce::from(nonce), associated, body.into()) {
        Ok(tag) => sealed.extend(tag),
        Err(_) => {
            zeroize::Zeroize::zeroize(&mut sealed);
        }
    }
    sealed
}

/// Opens with a raw key and associated bytes.
pub(crate) fn open_with(key: &[u8; 32], associated: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let damaged = || Error::new(Code::RecordDamaged, "it does not open with this key in this place");
    let (&version, rest) = sealed.split_first().ok_or_else(damaged)?;
    let (&nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or_else(damaged)?;
    let (body, &tag) = rest.split_last_chunk::<TAG>().ok_or_else(damaged)?;
    if version != VERSION {
        return Err(damaged());
    }
    let mut plaintext = Zeroizing::new(body.to_vec());
    XChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(&XNonce::from(nonce), associated, plaintext.as_mut_slice().into(), &tag.into())
        .map_err(|_| damaged())?;
    Ok(plaintext)
}
