//! Signed statements.

use crate::sweep::damaged_text;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use seal::Code;
use seal::jws::{TOKEN_MAX, check_time, sign, verify};
use seal::keys::{KeyRing, Rotate, SignUse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use testkit::{SeededRandom, ring};

const TYP: &str = "consent-receipt+jwt";

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    sub: String,
    exp: i64,
}

/// What another type of token would claim.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only its form matters")]
struct Other {
    name: String,
}

fn claims() -> Claims {
    Claims { sub: "consent 7".to_owned(), exp: 1_795_219_200 }
}

fn refused<T: serde::de::DeserializeOwned>(keys: &[(seal::keys::KeyId, [u8; 32])], typ: &str, token: &str) -> bool {
    verify::<T>(keys, typ, token).is_err_and(|e| e.code == Code::TokenInvalid)
}

#[test]
fn a_token_gives_its_claims_before_and_after_a_rotation() {
    let mut ring = ring();
    let token = sign(&ring, SignUse::Receipt, TYP, &claims()).unwrap();
    assert_eq!(verify::<Claims>(&ring.public_keys(SignUse::Receipt), TYP, &token).unwrap(), claims());
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let kid = ring.public_keys(SignUse::Receipt)[0].0.clone();
    assert_eq!(serde_json::from_slice::<Value>(&header).unwrap(), json!({"alg": "EdDSA", "kid": kid, "typ": TYP}));
    ring.rotate(&Rotate::Sign(SignUse::Receipt), "2026-12-01", &SeededRandom::new(1)).unwrap();
    assert!(verify::<Claims>(&ring.public_keys(SignUse::Receipt), TYP, &token).is_ok());
    assert!(refused::<Claims>(&ring.public_keys(SignUse::Receipt)[..1], TYP, &token));
}

#[test]
fn every_flip_and_cut_is_refused() {
    let ring = ring();
    let (token, keys) = (sign(&ring, SignUse::Receipt, TYP, &claims()).unwrap(), ring.public_keys(SignUse::Receipt));
    damaged_text(&token, |token| refused::<Value>(&keys, TYP, token));
}

#[test]
fn other_types_uses_and_claims_are_refused() {
    let ring = ring();
    let keys = ring.public_keys(SignUse::Receipt);
    let token = sign(&ring, SignUse::Receipt, TYP, &claims()).unwrap();
    assert!(refused::<Claims>(&keys, "deletion-certificate+jwt", &token));
    assert!(refused::<Claims>(&ring.public_keys(SignUse::Ledger), TYP, &token));
    assert!(refused::<Claims>(&[], TYP, &token));
    let error = verify::<Other>(&keys, TYP, &token).unwrap_err();
    assert!(error.code == Code::TokenInvalid && !error.detail.contains("consent"), "{error}");
}

/// A token must not choose its algorithm: RFC 8725 §2.1, §3.1.
#[test]
fn forged_headers_are_refused() {
    let ring = ring();
    let keys = ring.public_keys(SignUse::Receipt);
    let token = sign(&ring, SignUse::Receipt, TYP, &claims()).unwrap();
    let [_, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        unreachable!("a token has three parts")
    };
    let kid = &keys[0].0;
    for header in [
        json!({"alg": "none", "kid": kid, "typ": TYP}).to_string(),
        json!({"alg": "HS256", "kid": kid, "typ": TYP}).to_string(),
        json!({"alg": "Ed25519", "kid": kid, "typ": TYP}).to_string(),
        json!({"alg": "EdDSA", "typ": TYP}).to_string(),
        json!({"alg": "EdDSA", "kid": kid}).to_string(),
        json!({"alg": "EdDSA", "kid": kid, "typ": TYP, "crit": ["x"]}).to_string(),
        json!({"alg": "EdDSA", "kid": kid, "typ": TYP, "jwk": {}}).to_string(),
        format!("{{\"alg\": \"EdDSA\",\"kid\":\"{kid}\",\"typ\":\"{TYP}\"}}"),
    ] {
        let header = URL_SAFE_NO_PAD.encode(header);
        // Signed rightly over the forged header, and with no or the old signature.
        let input = format!("{header}.{payload}");
        let right = URL_SAFE_NO_PAD.encode(ring.sign(SignUse::Receipt, input.as_bytes()).unwrap().bytes);
        for signature in [right.as_str(), "", signature] {
            assert!(refused::<Value>(&keys, TYP, &format!("{input}.{signature}")), "{header}");
        }
    }
    for token in
        [format!("{token}="), format!("{token}."), format!(".{token}"), token.replace('.', ""), format!(" {token}")]
    {
        assert!(refused::<Value>(&keys, TYP, &token), "{token}");
    }
}

#[test]
fn types_and_lengths_have_limits() {
    let ring = ring();
    for typ in ["", "a b", "JWT", "a\"", &"a".repeat(65)] {
        assert_eq!(sign(&ring, SignUse::Receipt, typ, &claims()).unwrap_err().code, Code::TokenInvalid, "{typ}");
    }
    let long = json!({ "text": "x".repeat(TOKEN_MAX) });
    assert_eq!(sign(&ring, SignUse::Receipt, TYP, &long).unwrap_err().code, Code::TokenInvalid);
    assert!(refused::<Value>(&ring.public_keys(SignUse::Receipt), TYP, &"a.".repeat(TOKEN_MAX)));
}

#[test]
fn times_are_half_open() {
    let code = |now, begin, end| check_time(now, begin, end).map_err(|e| e.code);
    assert_eq!(code(10, None, None), Ok(()));
    assert_eq!(code(10, Some(10), Some(11)), Ok(()));
    assert_eq!(code(9, Some(10), None), Err(Code::TokenExpired));
    assert_eq!(code(11, None, Some(11)), Err(Code::TokenExpired));
}

proptest! {
    #[test]
    fn any_claims_come_back(text in any::<String>(), number: i64) {
        let ring = ring();
        let claims = json!({ "text": text, "number": number });
        let token = sign(&ring, SignUse::Ledger, TYP, &claims).unwrap();
        prop_assert_eq!(verify::<Value>(&ring.public_keys(SignUse::Ledger), TYP, &token).unwrap(), claims);
    }

    #[test]
    fn no_token_stops_the_reader(token in "[A-Za-z0-9_=.-]{0,200}|\\PC{0,40}") {
        prop_assert!(refused::<Value>(&ring().public_keys(SignUse::Receipt), TYP, &token));
    }
}
