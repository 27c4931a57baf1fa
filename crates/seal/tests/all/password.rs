//! Passwords.

use proptest::prelude::*;
use seal::Code;
use seal::password::{BYTES_MAX, DUMMY, check_strength, hash, verify};
use testkit::SeededRandom;

/// The names around whoever chooses a password.
const NAMES: &[&str] = &["lin.mei", "Lin Mei", "North Office", "north", "households.example.gov"];

#[test]
fn the_same_letters_are_the_same_password_however_they_were_typed() {
    let random = SeededRandom::new(5);
    // Composed and decomposed, full and half width, a ligature, an ideographic space: NFKC (UAX #15) makes one of each pair.
    let pairs = [
        ("caf\u{e9} au lait 9", "cafe\u{301} au lait 9"),
        ("ｑｕｉｅｔ　ｍｏｒｎｉｎｇ　０７", "quiet morning 07"),
        ("e\u{fb03}cient ﬁsh", "efficient fish"),
        ("ｶﾞｷﾞｸﾞ no machi", "ガギグ no machi"),
        ("\u{1100}\u{1161}\u{11a8} seoul nights", "각 seoul nights"),
    ];
    for (typed, other) in pairs {
        assert_ne!(typed, other);
        let phc = hash(typed, &random).unwrap();
        assert!(verify(other, &phc) && verify(typed, &phc), "{typed} and {other}");
        assert!(!verify(&other.replacen(' ', "", 1), &phc), "{typed}");
    }
}

#[test]
fn what_one_key_makes_is_one_character() {
    // One letter that the normal form writes with eighteen, and eighteen typed signs that become nine letters.
    let code = |password: &str| check_strength(password, &[], true).map_err(|e| e.code);
    assert_eq!(code("\u{fdfa}"), Err(Code::PasswordTooWeak));
    assert_eq!(code("e\u{301}o\u{301}u\u{301}a\u{301}"), Err(Code::PasswordTooWeak));
    let long = "\u{fdfa}".repeat(BYTES_MAX / 3);
    assert!(verify(&long, &hash(&long, &SeededRandom::new(6)).unwrap()));
}

#[test]
fn a_hash_is_of_its_password_only() {
    let random = SeededRandom::new(1);
    let (one, two) = (hash("a quiet morning 07", &random).unwrap(), hash("a quiet morning 07", &random).unwrap());
    assert!(one.starts_with("$argon2id$v=19$m=65536,t=3,p=4$") && one != two, "{one}");
    assert!(verify("a quiet morning 07", &one) && verify("a quiet morning 07", &two));
    assert!(!verify("a quiet morning 08", &one) && !verify("", &one) && !verify("A quiet morning 07", &one));
}

#[test]
fn the_dummy_is_of_the_same_form_and_of_no_password() {
    let real = hash("a quiet morning 07", &SeededRandom::new(2)).unwrap();
    let form = |phc: &str| {
        phc.split('$')
            .map(|part| if part.contains('=') { part.to_owned() } else { part.len().to_string() })
            .collect::<Vec<_>>()
    };
    assert_eq!(form(DUMMY), form(&real));
    assert!(!verify("", DUMMY) && !verify("a quiet morning 07", DUMMY));
}

/// A made-up hash must neither pass nor cost more than ours; the test would take minutes otherwise.
#[test]
fn foreign_and_costly_hashes_are_of_no_password() {
    let real = hash("a quiet morning 07", &SeededRandom::new(3)).unwrap();
    let salted = real.rsplit_once('$').unwrap().0.to_owned();
    for phc in [
        String::new(),
        "x".to_owned(),
        "$argon2id$".to_owned(),
        salted.clone(),
        format!("{salted}$"),
        real.replace("argon2id", "argon2d"),
        real.replace("argon2id", "argon2i"),
        real.replace("v=19", "v=16"),
        real.replace("m=65536", "m=4194304"),
        real.replace("t=3", "t=1000000"),
        real.replace("p=4", "p=1000"),
        real.replace("t=3", "t=2"),
        "$2b$12$abcdefghijklmnopqrstuuN8nVJh1dkZ1mJ0M0oQxw9m8nq6o9K7G".to_owned(),
    ] {
        assert!(!verify("a quiet morning 07", &phc), "{phc}");
    }
}

#[test]
fn length_is_bounded_on_both_sides() {
    let code = |password: &str, second| check_strength(password, &["lin.mei"], second).map_err(|e| e.code);
    assert_eq!(code("plain gr3y cat", false), Err(Code::PasswordTooWeak));
    assert_eq!(code("plain gr3y cats", false), Ok(()));
    assert_eq!(code("gr3y cat", true), Ok(()));
    assert_eq!(code("gr3y ca", true), Err(Code::PasswordTooWeak));
    // Characters count, not bytes.
    assert_eq!(code("山高水長花好月圓", true), Ok(()));
    assert_eq!(code("山高水長", true), Err(Code::PasswordTooWeak));
    let long = |bytes: usize| "gray cats sleep ".chars().cycle().take(bytes - 1).chain(['!']).collect::<String>();
    assert_eq!(code(&long(BYTES_MAX), false), Ok(()));
    assert_eq!(code(&long(BYTES_MAX + 1), false), Err(Code::PasswordTooWeak));
    assert_eq!(hash(&long(BYTES_MAX + 1), &SeededRandom::new(4)).unwrap_err().code, Code::PasswordTooWeak);
    assert!(!verify(&"x".repeat(BYTES_MAX + 1), DUMMY));
}

#[test]
fn what_anyone_would_try_first_is_refused() {
    for password in [
        "password",
        "Password",
        "PASSWORD123",
        "password2026!",
        "!!password!!",
        "passwordpassword",
        "PasswordPassword1",
        "aaaaaaaaaaaaaaaaaaa",
        "abababababababab",
        "abcabcabcabcabcabc",
        "12341234123412341234",
        "1234567890123456",
        "12345678",
        "87654321",
        "abcdefghijklmnop",
        "qwertyuiop12345",
        "qwertyuiop[]",
        "1qaz2wsx3edc4rfv",
        "zxcvbnm,./",
        "lin.mei.2026",
        "Lin.MeiLin.Mei",
        "countenance2026",
        "correcthorsebatterystaple",
        "woaini1314520",
        "1111222233331111",
        "iloveyou!!!",
        "administrator",
        "letmein12345",
        "P@ssw0rd2026",
        "pa55word!!",
        "Welcome-2-Taipei",
        "admin&password",
        "household registration",
        "Sunshine2Dragon",
        "1990-01-02",
        "0912345678",
        "19900102 0912",
        "戶政事務所2026",
        "我愛台灣我愛台灣",
        "North-Office-7",
        "northoffice2026",
        "lin-mei-1990",
        "Lin Mei taipei",
        "Ｐａｓｓｗｏｒｄ１２３",
    ] {
        let refused = check_strength(password, NAMES, true).is_err_and(|e| e.code == Code::PasswordTooWeak);
        assert!(refused, "{password}");
    }
    for password in [
        "gray cats sleep",
        "correct pony battery",
        "Tr0ub4dor&3x",
        "8 Xun Lu, 3rd floor",
        "xkqvzmwplfgh",
        "我家門前有小河後面有山坡",
    ] {
        assert!(check_strength(password, NAMES, true).is_ok(), "{password}");
    }
}

#[test]
fn no_reason_quotes_the_password() {
    let error = check_strength("passwordpassword", NAMES, false).unwrap_err().to_string();
    assert!(!error.contains("passwordp") && !error.contains("lin"), "{error}");
}

proptest! {
    #[test]
    fn no_password_stops_the_check(password in any::<String>(), login in any::<String>(), second: bool) {
        let _ = check_strength(&password, &[&login], second);
    }

    #[test]
    fn no_hash_stops_the_verifier(phc in "\\$argon2(id|i|d)\\$v=[0-9]{1,3}\\$m=[0-9]{1,2},t=[0-9],p=[0-9]\\$[A-Za-z0-9+/]{0,30}\\$?[A-Za-z0-9+/]{0,50}|\\PC{0,60}") {
        prop_assert!(!verify("a quiet morning 07", &phc));
    }
}
