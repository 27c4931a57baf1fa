//! Travel documents of a made-up state: the genuine ones are read, every defect has its code, and no changed bit goes unseen.

use crate::sweep;
use proptest::prelude::*;
use seal::chip::{self, Birth, Chip, Files, Format, Group, Layout, Trust};
use seal::{Code, Error};
use std::collections::BTreeMap;
use testkit::authority::{Authority, Defect, Method, Order, Papers, passport, portraits};

/// 22 November 2026.
const NOW: i64 = 1_795_305_600;
const DAY_S: i64 = 86_400;

fn trusting(authorities: &[&Authority]) -> Trust {
    let mut trust = Trust::new();
    for authority in authorities {
        trust.add(authority.certificate()).unwrap();
    }
    trust
}

fn read_at(papers: &Papers, trust: &Trust, now: i64) -> Result<Chip, Error> {
    let groups: Vec<Group<'_>> = papers.groups.iter().map(|(number, bytes)| Group { number: *number, bytes }).collect();
    chip::read(&Files { com: Some(&papers.com), sod: &papers.sod, groups: &groups }, trust, now)
}

fn read(papers: &Papers, trust: &Trust) -> Result<Chip, Error> {
    read_at(papers, trust, NOW)
}

#[track_caller]
fn code(result: Result<Chip, Error>) -> &'static str {
    result.err().unwrap().code.as_str()
}

/// A document with a picture of a few bytes, for sweeps.
fn small(method: Method) -> Order {
    Order { portraits: vec![b"\xFF\xD8\xFF\xE0 not much of a face".to_vec()], method, ..Order::default() }
}

#[test]
fn a_genuine_document_is_read_and_says_what_was_proven() {
    let utopia = Authority::new("UT", NOW);
    let chip = read(&utopia.document(&Order::default()), &trusting(&[&utopia])).unwrap();
    let (holder, document) = (chip.holder(), chip.document());
    assert_eq!((holder.surname.as_str(), holder.given_names.as_str()), ("ERIKSSON", "ANNA MARIA"));
    assert_eq!((holder.nationality.as_str(), holder.sex), ("UTO", Some('F')));
    assert_eq!(holder.birth, Birth { year: Some(1974), month: Some(8), day: Some(12) });
    assert_eq!((document.layout, document.code.as_str(), document.number.as_str()), (Layout::Td3, "P", "L898902C3"));
    assert_eq!(document.expires.to_string(), "2031-04-15");
    assert_eq!(chip.portrait().format, Format::Jpeg);
    assert_eq!(chip.portrait().bytes, Order::default().portraits[0]);
    assert!(face::Image::decode(&chip.portrait().bytes).is_ok());
    assert_eq!((chip.signer().name.as_str(), chip.signer().country.as_str()), ("Document Signer UT", "UT"));
    assert_eq!(chip.authority().name, "CSCA UT");
    assert!(chip.authority().expires_unix_s > NOW && chip.signer().fingerprint != chip.authority().fingerprint);
    assert_eq!(format!("{chip:?}"), "Chip(signed by UT)");
}

#[test]
fn every_defect_has_its_code() {
    let utopia = Authority::new("UT", NOW);
    let trust = trusting(&[&utopia]);
    for (defect, expected) in [
        (Defect::ChangedGroup(1), "chip-group-changed"),
        (Defect::ChangedGroup(2), "chip-group-changed"),
        (Defect::WrongDigest(1), "chip-group-changed"),
        (Defect::WrongDigest(2), "chip-group-changed"),
        (Defect::WrongContent, "chip-signature-invalid"),
        (Defect::WrongSignature, "chip-signature-invalid"),
        (Defect::ForeignSigner, "chip-authority-unknown"),
        (Defect::NamesakeSigner, "chip-authority-unknown"),
        (Defect::ExpiredSigner, "chip-signer-expired"),
        (Defect::UnfitSigner, "chip-signer-unfit"),
        (Defect::AuthoritySigns, "chip-signer-unfit"),
        (Defect::MissingSigner, "chip-signer-missing"),
        (Defect::ExpiredDocument, "chip-document-expired"),
        (Defect::OtherState, "chip-country-differs"),
        (Defect::NoPortrait, "chip-group-missing"),
        (Defect::UnsignedGroup, "chip-group-unsigned"),
        (Defect::Sha1, "chip-algorithm-weak"),
    ] {
        let papers = utopia.document(&Order { defect: Some(defect), ..Order::default() });
        assert_eq!(code(read(&papers, &trust)), expected, "{defect:?}");
    }
}

#[test]
fn elliptic_signers_and_both_versions_are_read() {
    let utopia = Authority::new("UT", NOW);
    let trust = trusting(&[&utopia]);
    for method in [Method::P256, Method::P256Explicit, Method::P384] {
        for version in [0, 1] {
            assert!(
                read(&utopia.document(&Order { version, ..small(method) }), &trust).is_ok(),
                "{method:?} {version}"
            );
        }
    }
    for (method, expected) in [(Method::Sha1, "chip-algorithm-weak"), (Method::Brainpool, "chip-algorithm-unsupported")]
    {
        assert_eq!(code(read(&utopia.document(&small(method)), &trust)), expected);
    }
}

#[test]
fn rsa_signers_are_read_with_both_paddings() {
    let utopia = Authority::new("UT", NOW);
    let trust = trusting(&[&utopia]);
    for method in [Method::Rsa, Method::RsaPss] {
        let papers = utopia.document(&small(method));
        assert!(read(&papers, &trust).is_ok(), "{method:?}");
        let wrong = utopia.document(&Order { defect: Some(Defect::WrongSignature), ..small(method) });
        assert_eq!(code(read(&wrong, &trust)), "chip-signature-invalid", "{method:?}");
    }
    assert_eq!(code(read(&utopia.document(&small(Method::RsaShort)), &trust)), "chip-algorithm-weak");
}

#[test]
fn an_rsa_authority_certifies_and_a_weak_one_does_not() {
    let utopia = Authority::with("UT", Method::Rsa, 1, NOW);
    assert!(read(&utopia.document(&small(Method::P256)), &trusting(&[&utopia])).is_ok());
    let old = Authority::with("UT", Method::Sha1, 1, NOW);
    assert_eq!(code(read(&old.document(&small(Method::P256)), &trusting(&[&old]))), "chip-algorithm-weak");
}

#[test]
fn validity_is_that_of_the_time_of_reading() {
    let utopia = Authority::new("UT", NOW);
    let (papers, trust) = (utopia.document(&small(Method::P256)), trusting(&[&utopia]));
    assert_eq!(code(read_at(&papers, &trust, NOW - 366 * DAY_S)), "chip-signer-expired");
    assert_eq!(code(read_at(&papers, &trust, NOW + 11 * 366 * DAY_S)), "chip-signer-expired");
    // The last day counts to its end.
    let expires = chip::Date::new(2031, 4, 15).unwrap().unix_s();
    assert!(read_at(&papers, &trust, expires + DAY_S - 1).is_ok());
    assert_eq!(code(read_at(&papers, &trust, expires + DAY_S)), "chip-document-expired");
    // The authority ran out before its signer.
    let old = Authority::new("UT", NOW - 15 * 365 * DAY_S);
    let young = Authority::new("UT", NOW);
    assert_eq!(code(read(&young.document(&small(Method::P256)), &trusting(&[&old]))), "chip-authority-expired");
}

#[test]
fn the_right_one_of_several_authorities_of_one_name_is_found() {
    let utopia = Authority::new("UT", NOW);
    let (namesake, other) = (Authority::with("UT", Method::P384, 77, NOW), Authority::with("FR", Method::P384, 9, NOW));
    let papers = utopia.document(&small(Method::P256));
    assert!(read(&papers, &trusting(&[&namesake, &other, &utopia])).is_ok());
    assert_eq!(code(read(&papers, &trusting(&[&namesake, &other]))), "chip-authority-unknown");
    assert_eq!(code(read(&papers, &Trust::new())), "chip-authority-unknown");
}

#[test]
fn a_trusted_authority_of_another_state_cannot_make_our_documents() {
    let (utopia, france) = (Authority::new("UT", NOW), Authority::with("FR", Method::P384, 9, NOW));
    let forged = france.document(&small(Method::P256));
    assert_eq!(code(read(&forged, &trusting(&[&utopia, &france]))), "chip-country-differs");
}

#[test]
fn several_portraits_are_read_and_too_many_refused() {
    let utopia = Authority::new("UT", NOW);
    let trust = trusting(&[&utopia]);
    let picture = |count: usize| Order { portraits: vec![b"\xFF\x4F\xFF\x51 j2k".to_vec(); count], ..Order::default() };
    let chip = read(&utopia.document(&picture(3)), &trust).unwrap();
    assert_eq!((chip.portraits().len(), chip.portrait().format), (3, Format::Jpeg2000));
    assert_eq!(code(read(&utopia.document(&picture(0)), &trust)), "chip-portrait-unsupported");
    assert_eq!(code(read(&utopia.document(&picture(17)), &trust)), "chip-file-too-large");
    let other = Order { portraits: vec![b"GIF89a".to_vec()], ..Order::default() };
    assert_eq!(code(read(&utopia.document(&other), &trust)), "chip-portrait-unsupported");
}

#[test]
fn a_wrong_zone_is_refused_though_it_is_signed() {
    let utopia = Authority::new("UT", NOW);
    let zone = passport("UTO", "ERIKSSON<<ANNA", "L898902C3", "740812", "310415").replace("L898902C3", "L898902C4");
    let papers = utopia.document(&Order { zone, ..small(Method::P256) });
    assert_eq!(code(read(&papers, &trusting(&[&utopia]))), "chip-mrz-invalid");
}

#[test]
fn the_limits_hold() {
    let utopia = Authority::new("UT", NOW);
    let trust = trusting(&[&utopia]);
    let genuine = utopia.document(&small(Method::P256));
    let with = |change: &dyn Fn(&mut Papers)| {
        let mut papers = genuine.clone();
        change(&mut papers);
        code(read(&papers, &trust))
    };
    assert_eq!(with(&|p| p.sod.resize(chip::SOD_BYTES_MAX + 1, 0)), "chip-file-too-large");
    assert_eq!(with(&|p| p.com.resize(chip::COM_BYTES_MAX + 1, 0)), "chip-file-too-large");
    assert_eq!(with(&|p| p.groups[1].1.resize(chip::GROUP_BYTES_MAX + 1, 0)), "chip-file-too-large");
    assert_eq!(with(&|p| p.groups.push((17, Vec::new()))), "chip-file-malformed");
    assert_eq!(with(&|p| p.groups.push((1, Vec::new()))), "chip-file-malformed");
    assert_eq!(with(&|p| p.groups.push((11, vec![0x6B, 0]))), "chip-group-unsigned");
    let mut trust = Trust::new();
    assert_eq!(trust.add(&vec![0; chip::TRUST_BYTES_MAX + 1]).unwrap_err().code, Code::ChipTrustInvalid);
}

#[test]
fn a_list_of_authorities_is_der_or_pem_and_of_authorities_only() {
    let (utopia, france) = (Authority::new("UT", NOW), Authority::with("FR", Method::P256, 9, NOW));
    let mut trust = Trust::new();
    let text = format!("Utopia:\n{}\nFrance:\n{}", utopia.pem(), france.pem());
    assert_eq!(trust.add(text.as_bytes()).unwrap(), 2);
    assert_eq!(trust.add(utopia.certificate()).unwrap(), 0);
    assert_eq!((trust.len(), trust.is_empty()), (2, false));
    assert!(read(&utopia.document(&small(Method::P256)), &trust).is_ok());
    for wrong in
        [&b""[..], b"-----BEGIN CERTIFICATE-----\nMIIB", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"]
    {
        assert_eq!(trust.add(wrong).unwrap_err().code, Code::ChipTrustInvalid);
    }
    let signer = utopia.signer_certificate();
    assert_eq!(trust.add(&signer).unwrap_err().code, Code::ChipTrustInvalid);
    assert_eq!(trust.len(), 2);
}

#[test]
fn a_master_list_is_taken_from_a_trusted_signer_only() {
    let (utopia, france) = (Authority::new("UT", NOW), Authority::with("FR", Method::P384, 9, NOW));
    let list = utopia.master_list(&[utopia.certificate(), france.certificate()]);
    let mut trust = trusting(&[&utopia]);
    assert_eq!(trust.add_master_list(&list, NOW).unwrap(), 1);
    assert_eq!(trust.len(), 2);
    let mut nobody = Trust::new();
    assert_eq!(nobody.add_master_list(&list, NOW).unwrap_err().code, Code::ChipAuthorityUnknown);
    assert!(nobody.is_empty());
    // A master list is not a document, and a document's signer signs no list.
    let papers = utopia.document(&small(Method::P256));
    assert_eq!(trust.add_master_list(&papers.sod[4..], NOW).unwrap_err().code, Code::ChipFileMalformed);
    let stranger = Authority::with("UT", Method::P384, 8, NOW).master_list(&[france.certificate()]);
    assert_eq!(trust.add_master_list(&stranger, NOW).unwrap_err().code, Code::ChipAuthorityUnknown);
}

#[test]
fn no_changed_bit_of_a_data_group_goes_unseen() {
    let utopia = Authority::new("UT", NOW);
    let (genuine, trust) = (utopia.document(&small(Method::P256)), trusting(&[&utopia]));
    for which in 0..2 {
        let tried = sweep::damaged(&genuine.groups[which].1, |bytes| {
            let mut papers = genuine.clone();
            papers.groups[which].1 = bytes.to_vec();
            read(&papers, &trust).is_err_and(|error| error.code == Code::ChipGroupChanged)
        });
        assert!(tried > 800);
    }
}

/// Only what nothing is proven from may be changed: two versions and a list that repeats the digests' names.
#[test]
fn no_changed_bit_of_what_is_signed_goes_unseen() {
    let utopia = Authority::new("UT", NOW);
    let (genuine, trust) = (utopia.document(&small(Method::P256)), trusting(&[&utopia]));
    let sod = &genuine.sod;
    let find = |part: &[u8]| sod.windows(part.len()).position(|window| window == part).unwrap();
    let signer = utopia.signer_certificate();
    let attributes = find(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x03]);
    let object = find(&[0x67, 0x81, 0x08, 0x01, 0x01, 0x01]);
    let certificate = find(&signer);
    let signed = [object..certificate, certificate..certificate + signer.len(), attributes..sod.len()];
    let mut unseen = BTreeMap::new();
    for at in 0..sod.len() {
        for bit in 0..8 {
            let mut papers = genuine.clone();
            papers.sod[at] ^= 1 << bit;
            if read(&papers, &trust).is_ok() {
                unseen.insert((at, bit), sod[at]);
                assert!(!signed.iter().any(|range| range.contains(&at)), "bit {bit} of byte {at} of {}", sod.len());
            }
        }
        let mut papers = genuine.clone();
        papers.sod.truncate(at);
        assert!(read(&papers, &trust).is_err());
    }
    // Two version numbers, and the list of digests in front of what is signed: 1, 1 and 13 bytes.
    assert!(unseen.len() <= 15 * 8, "{} bits: {unseen:?}", unseen.len());
}

#[test]
fn no_damaged_certificate_of_an_authority_panics() {
    let utopia = Authority::new("UT", NOW);
    let papers = utopia.document(&small(Method::P256));
    sweep::damaged(utopia.certificate(), |bytes| {
        let mut trust = Trust::new();
        // A changed certificate may still be one: the operator answers for the list.
        let _ = trust.add(bytes).map(|_| read(&papers, &trust));
        true
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_refused_without_a_panic(
        com in prop::option::of(prop::collection::vec(any::<u8>(), 0..64)),
        sod in prop::collection::vec(any::<u8>(), 0..512),
        groups in prop::collection::vec((0..20_u8, prop::collection::vec(any::<u8>(), 0..256)), 0..6),
    ) {
        let groups: Vec<Group<'_>> = groups.iter().map(|(number, bytes)| Group { number: *number, bytes }).collect();
        let files = Files { com: com.as_deref(), sod: &sod, groups: &groups };
        prop_assert!(chip::read(&files, &Trust::new(), NOW).is_err());
        let mut trust = Trust::new();
        prop_assert!(trust.add(&sod).is_err());
        prop_assert!(trust.add_master_list(&sod, NOW).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is signed is read without a panic, too: a state may sign anything.
    #[test]
    fn any_signed_groups_are_read_or_refused(
        zone in "[A-Z0-9<]{88}",
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        now in any::<i64>(),
    ) {
        let utopia = Authority::new("UT", NOW);
        let trust = trusting(&[&utopia]);
        let mut group = portraits(&[b"\xFF\xD8\xFF\xE0 picture"]);
        for (at, byte) in changes {
            let at = at.index(group.len());
            group[at] = byte;
        }
        let papers = utopia.signed_groups(&zone, &group);
        let _ = read(&papers, &trust);
        let _ = read_at(&papers, &trust, now);
    }
}
