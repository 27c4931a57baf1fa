//! Templates in binary form: what is written is read, and nothing else is.

use face::{Code, PackId, Template};
use proptest::prelude::*;

fn template(values: &[f32], quality: u8) -> Template {
    let norm = values.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-3);
    let unit = |extra: f32| {
        let mut v: Vec<f32> = values.iter().map(|v| v / norm).collect();
        v.push(extra);
        let norm = v.iter().map(|v| v * v).sum::<f32>().sqrt();
        v.iter().map(|v| v / norm).collect::<Vec<f32>>()
    };
    Template { pack: PackId("0123456789abcdef".repeat(4)), experts: vec![unit(0.5), unit(2.0)], quality }
}

proptest! {
    #[test]
    fn written_and_read(values in prop::collection::vec(-1.0_f32..1.0, 1..64), quality in 0_u8..=100) {
        let made = template(&values, quality);
        prop_assert_eq!(Template::from_bytes(&made.to_bytes()).unwrap(), made);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Template::from_bytes(&bytes);
    }
}

#[test]
fn every_truncation_and_appendix_is_refused() {
    let bytes = template(&[0.3, -0.4, 0.1], 55).to_bytes();
    for length in 0..bytes.len() {
        assert_eq!(Template::from_bytes(&bytes[..length]).unwrap_err().code, Code::TemplateCorrupt, "{length}");
    }
    let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    assert_eq!(Template::from_bytes(&longer).unwrap_err().code, Code::TemplateCorrupt);
}

#[test]
fn flipped_bits_never_panic_and_never_change_the_pack_unnoticed() {
    let made = template(&[0.3, -0.4, 0.1], 55);
    let bytes = made.to_bytes();
    for at in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[at / 8] ^= 1 << (at % 8);
        if let Ok(read) = Template::from_bytes(&changed) {
            assert_ne!(read, made, "bit {at}");
        }
    }
}

#[test]
fn a_template_of_another_pack_is_refused() {
    let made = template(&[1.0], 1);
    assert!(made.same_pack(&PackId("0123456789abcdef".repeat(4))).is_ok());
    assert_eq!(made.same_pack(&PackId("f".repeat(64))).unwrap_err().code, Code::TemplatePackMismatch);
}

#[test]
fn debug_output_holds_no_value() {
    let text = format!("{:?}", template(&[0.25, 0.75], 9));
    assert_eq!(text, "Template(2 experts)");
}
