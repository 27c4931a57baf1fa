//! Sealed records and bearer tokens.

use crate::sweep::damaged;
use proptest::collection::vec;
use proptest::prelude::*;
use seal::Code;
use seal::keys::DataKey;
use seal::record::{OVERHEAD, open, seal};
use seal::token::{Token, digest};
use testkit::SeededRandom;
use zeroize::Zeroizing;

#[test]
fn every_flip_and_cut_of_a_record_is_refused() {
    let random = SeededRandom::new(1);
    let key = DataKey::generate(&random);
    let parts: [&[u8]; 2] = [b"portraits.image", b"01J"];
    for plaintext in [&b""[..], b"x", b"a portrait's bytes, some of them"] {
        let sealed = seal(&key, &parts, plaintext, &random);
        assert_eq!(*open(&key, &parts, &sealed).unwrap(), plaintext);
        damaged(&sealed, |bytes| open(&key, &parts, bytes).is_err_and(|e| e.code == Code::RecordDamaged));
    }
}

#[test]
fn a_record_opens_with_its_key_only_and_never_looks_the_same() {
    let random = SeededRandom::new(2);
    let (key, other) = (DataKey::generate(&random), DataKey::generate(&random));
    let (one, two) = (seal(&key, &[], b"same", &random), seal(&key, &[], b"same", &random));
    assert!(one != two && one[25..] != two[25..]);
    assert!(open(&other, &[], &one).is_err());
}

/// draft-irtf-cfrg-xchacha-03 appendix A.3.1, with its nonce as the random one; the associated data are ours, so only the ciphertext is
/// compared, which they do not change.
#[test]
fn the_cipher_is_xchacha20() {
    struct Nonce;
    impl seal::Random for Nonce {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.iter_mut().zip(0x40..).for_each(|(byte, value)| *byte = value);
        }
    }
    let key = DataKey::from_bytes(Zeroizing::new(std::array::from_fn(|i| 0x80 + i as u8)));
    let text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    let sealed = seal(&key, &[], text, &Nonce);
    assert_eq!(sealed.len(), text.len() + OVERHEAD);
    assert_eq!(sealed[..3], [1, 0x40, 0x41]);
    let first = [0xbd, 0x6d, 0x17, 0x9d, 0x3e, 0x83, 0xd4, 0x3b, 0x95, 0x76, 0x57, 0x94, 0x93, 0xc0, 0xe9, 0x39];
    assert_eq!(sealed[25..41], first);
}

proptest! {
    #[test]
    fn what_is_sealed_opens_in_its_place_only(
        plaintext in vec(any::<u8>(), 0..300),
        parts in vec(vec(any::<u8>(), 0..5), 0..4),
        others in vec(vec(any::<u8>(), 0..5), 0..4),
        seed: u64,
    ) {
        let random = SeededRandom::new(seed);
        let key = DataKey::generate(&random);
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let others: Vec<&[u8]> = others.iter().map(Vec::as_slice).collect();
        let sealed = seal(&key, &parts, &plaintext, &random);
        prop_assert_eq!(&*open(&key, &parts, &sealed).unwrap(), &plaintext);
        prop_assert_eq!(open(&key, &others, &sealed).is_ok(), parts == others);
    }

    #[test]
    fn no_bytes_stop_the_opener(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(open(&DataKey::generate(&SeededRandom::new(3)), &[], &bytes).is_err());
    }
}

#[test]
fn tokens_are_long_random_and_found_by_digest() {
    let random = SeededRandom::new(4);
    let (one, two) = (Token::generate(&random), Token::generate(&random));
    assert_eq!((one.as_str().len(), one.digest()), (43, digest(one.as_str())));
    assert!(one.as_str() != two.as_str() && one.digest() != two.digest());
    assert_eq!(format!("{one:?}"), "Token");
    assert_eq!(Token::parse(one.as_str()).unwrap().digest(), one.digest());
}

#[test]
fn a_changed_token_is_another_or_none() {
    let token = Token::generate(&SeededRandom::new(5));
    let known = token.digest();
    crate::sweep::damaged_text(token.as_str(), |text| Token::parse(text).map_or(true, |other| other.digest() != known));
    for text in
        ["", "a", &"a".repeat(42), &"a".repeat(44), &"=".repeat(43), &format!("{}=", "a".repeat(42)), &"+".repeat(43)]
    {
        assert_eq!(Token::parse(text).unwrap_err().code, Code::TokenInvalid, "{text}");
    }
    // The last letter holds two bits that belong to no byte; only one of the four forms is the token's.
    let forms = ('a'..='z').chain('A'..='Z').filter(|last| Token::parse(&format!("{}{last}", "a".repeat(42))).is_ok());
    assert!(forms.count() < 16);
}
