//! Bearer tokens: sessions, one-time links, withdrawal codes. The holder keeps the text, the database its digest.

use crate::bytes::{joined, sha256};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::random::{Random, array};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// A secret text of 256 random bits, as 43 characters of base64url (RFC 4648 §5).
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// A new token.
    pub fn generate(random: &dyn Random) -> Self {
        let bytes = Zeroizing::new(array::<32>(random));
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes)))
    }

    /// Takes a text that claims to be a token.
    ///
    /// # Errors
    /// `token-invalid` when it does not have the form of one.
    pub fn parse(text: &str) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map(Zeroizing::new);
        if bytes.is_ok_and(|bytes| bytes.len() == 32) {
            return Ok(Self(Zeroizing::new(text.to_owned())));
        }
        Err(Error::new(Code::TokenInvalid, "it does not have the form of a token"))
    }

    /// The secret text, for the one who shall hold it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digest of this token; see [`digest`].
    pub fn digest(&self) -> [u8; 32] {
        digest(self.as_str())
    }
}

impl std::fmt::Debug for Token {
    /// The name only: a token never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// What the database keeps of a token and finds it by. A plain hash is enough, because 256 random bits cannot be guessed, and a look-up by
/// digest tells a clock nothing about the token.
pub fn digest(token: &str) -> [u8; 32] {
    sha256(&joined("countenance token v1", &[token.as_bytes()]))
}
