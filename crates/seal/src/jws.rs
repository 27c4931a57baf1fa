//! Signed statements in compact form (RFC 7515) with Ed25519 (RFC 8037): receipts, certificates of deletion.
//!
//! A token cannot choose how it is verified: the algorithm belongs to the key, and the header must be, letter for letter, the one that this
//! module writes for a key that the verifier knows and the type that it expects.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::keys::{KeyId, KeyRing, SignUse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest token in bytes; what fits a QR code is shorter still.
pub const TOKEN_MAX: usize = 8192;

fn invalid(detail: &str) -> Error {
    Error::new(Code::TokenInvalid, detail)
}

/// Signs `claims` as a token of type `typ` (such as `receipt+jwt`: lower-case letters, digits, `+`, `-` and `.`).
///
/// # Errors
/// `token-invalid` when the type is malformed, the claims cannot be written as JSON, or the token would be longer than [`TOKEN_MAX`];
/// `key-service-failed`; `key-unknown` when the ring rotated in the same moment: try again.
pub fn sign(ring: &dyn KeyRing, sign_use: SignUse, typ: &str, claims: &impl Serialize) -> Result<String> {
    let public = ring.public_keys(sign_use);
    let (key, _) = public.first().ok_or_else(|| Error::new(Code::KeyUnknown, "the ring shows no key"))?;
    let claims = serde_json::to_vec(claims).map_err(|_| invalid("the claims cannot be written"))?;
    let input = format!("{}.{}", header(key, typ)?, URL_SAFE_NO_PAD.encode(claims));
    let signature = ring.sign(sign_use, input.as_bytes())?;
    if signature.key != *key {
        return Err(Error::new(Code::KeyUnknown, "the ring signs with another key than its current one"));
    }
    let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.bytes));
    if token.len() <= TOKEN_MAX { Ok(token) } else { Err(invalid("the claims are too long")) }
}

/// The claims of a token of type `typ` that one of `keys` signed.
///
/// # Errors
/// `token-invalid`.
pub fn verify<T: DeserializeOwned>(keys: &[(KeyId, [u8; 32])], typ: &str, token: &str) -> Result<T> {
    if token.len() > TOKEN_MAX {
        return Err(invalid("it is too long"));
    }
    let (input, signature) = token.rsplit_once('.').ok_or_else(|| invalid("it has no signature"))?;
    let (head, claims) = input.split_once('.').ok_or_else(|| invalid("it has no claims"))?;
    for (key, public) in keys {
        if header(key, typ)? == head {
            check(public, input, signature)?;
            let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| invalid("the claims are not base64url"))?;
            // The parser's own words are not passed on: they may quote the claims.
            return serde_json::from_slice(&claims).map_err(|_| invalid("the claims are not those of its type"));
        }
    }
    Err(invalid("it is of another type, or of a key that is not known"))
}

/// Refuses a token before its time and from its end on; all in seconds since 1970 (`nbf` and `exp` of RFC 7519 §4.1).
///
/// # Errors
/// `token-expired`.
pub fn check_time(now_s: i64, not_before_s: Option<i64>, expires_s: Option<i64>) -> Result<()> {
    if not_before_s.is_some_and(|begin| now_s < begin) {
        return Err(Error::new(Code::TokenExpired, "it is not yet valid"));
    }
    if expires_s.is_some_and(|end| now_s >= end) {
        return Err(Error::new(Code::TokenExpired, "it is no longer valid"));
    }
    Ok(())
}

/// The one header of a key and a type, encoded.
fn header(key: &KeyId, typ: &str) -> Result<String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
    if typ.is_empty() || typ.len() > 64 || !typ.bytes().all(allowed) {
        return Err(invalid("its type is malformed"));
    }
    // Neither a key's name nor a type holds a letter that JSON would escape.
    Ok(URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"EdDSA","kid":"{key}","typ":"{typ}"}}"#)))
}

/// Checks an encoded signature of `input`.
fn check(public: &[u8; 32], input: &str, signature: &str) -> Result<()> {
    let bytes = URL_SAFE_NO_PAD.decode(signature).map_err(|_| invalid("the signature is not base64url"))?;
    let wrong = |_| invalid("the signature is wrong");
    let signature = Signature::from_slice(&bytes).map_err(wrong)?;
    VerifyingKey::from_bytes(public).and_then(|key| key.verify_strict(input.as_bytes(), &signature)).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    /// RFC 8037 appendix A.4.
    #[test]
    fn the_example_of_the_standard_verifies() {
        let decode = |text: &str| <[u8; 32]>::try_from(URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
        let secret = decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        let public = decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        check(&public, input, signature).unwrap();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(&secret).sign(input.as_bytes()).to_bytes()),
            signature
        );
        assert_eq!(check(&public, &input.replace("RXhh", "SXhh"), signature).unwrap_err().code, Code::TokenInvalid);
        // Padding, another alphabet and loose last bits are not strict base64url.
        for loose in [format!("{signature}=="), signature.replace('_', "/"), signature.replace("KAg", "KAh")] {
            assert_eq!(check(&public, input, &loose).unwrap_err().detail, "the signature is not base64url", "{loose}");
        }
    }
}
