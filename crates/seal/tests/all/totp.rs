//! One-time codes; the vectors of RFC 6238 stand beside the code.

use proptest::prelude::*;
use seal::Code;
use seal::totp::{STEP_S, Secret, uri, verify};
use testkit::SeededRandom;

fn secret() -> Secret {
    Secret::from_bytes(b"12345678901234567890").unwrap()
}

/// RFC 6238 appendix B: the code of the 30 seconds from 1,111,111,110 on.
const CODE: &str = "050471";
const STEP: u64 = 1_111_111_110 / STEP_S;

#[test]
fn a_code_holds_one_step_before_and_after_and_no_longer() {
    let begin = (STEP * STEP_S) as i64;
    for (second, expected) in
        [(-31, None), (-30, Some(STEP)), (0, Some(STEP)), (29, Some(STEP)), (59, Some(STEP)), (60, None)]
    {
        assert_eq!(verify(&secret(), CODE, begin + second, None), expected, "{second}");
    }
    assert_eq!(verify(&Secret::generate(&SeededRandom::new(1)), CODE, begin, None), None);
}

#[test]
fn no_code_is_taken_twice_nor_an_older_one() {
    let now = (STEP * STEP_S) as i64;
    assert_eq!(verify(&secret(), CODE, now, Some(STEP - 1)), Some(STEP));
    assert_eq!(verify(&secret(), CODE, now, Some(STEP)), None);
    assert_eq!(verify(&secret(), CODE, now + 30, Some(STEP)), None);
    assert_eq!(verify(&secret(), CODE, now, Some(STEP + 1)), None);
}

#[test]
fn only_six_digits_are_a_code() {
    for code in ["", "05047", "0504711", " 50471", "+50471", "-50471", "05047a", "０５０４７１", "050 471", "050471\n"]
    {
        assert_eq!(verify(&secret(), code, (STEP * STEP_S) as i64, None), None, "{code:?}");
    }
    assert_eq!(verify(&secret(), CODE, -1, None), None);
    assert_eq!(verify(&secret(), CODE, i64::MAX, None), None);
}

/// RFC 4648 §10 has no vector of 20 bytes; this is the base32 of RFC 6238's secret that every authenticator's documentation shows.
#[test]
fn secrets_have_their_text_and_address() {
    assert_eq!(secret().to_base32().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    let expected = "otpauth://totp/Office%207:lin%40example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Office%207\
                    &algorithm=SHA1&digits=6&period=30";
    assert_eq!(uri("Office 7", "lin@example", &secret()).as_str(), expected);
    assert_eq!(format!("{:?}", secret()), "Secret");
    assert_eq!(Secret::from_bytes(&[0; 19]).unwrap_err().code, Code::SecretInvalid);
    let random = Secret::generate(&SeededRandom::new(2));
    assert_eq!(Secret::from_bytes(random.bytes()).unwrap().to_base32(), random.to_base32());
}

proptest! {
    #[test]
    fn no_code_stops_the_check(code in "[0-9]{6}|\\PC{0,8}", unix_s: i64, last in any::<Option<u64>>()) {
        if let Some(step) = verify(&secret(), &code, unix_s, last) {
            prop_assert!(step.abs_diff(unix_s as u64 / STEP_S) <= 1 && last.is_none_or(|last| step > last));
        }
    }
}
