//! Certificates of a test authority (RFC 5280, Doc 9303 part 12 §7).

use super::der::{bits, octets, oid, sequence, set, tlv, unsigned};
use super::key::Key;
use sha2::{Digest, Sha256};

/// What a certificate says.
pub(super) struct Plan<'a> {
    pub(super) subject: Vec<u8>,
    pub(super) issuer: &'a [u8],
    pub(super) serial: u8,
    /// First and last second.
    pub(super) valid: (i64, i64),
    pub(super) usage: Usage,
}

/// What the certified key is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    Authority,
    Document,
    MasterList,
    /// Neither: keys are encrypted with it.
    Nothing,
}

/// A name: country and common name.
pub(super) fn name(country: &str, common: &str) -> Vec<u8> {
    let part = |kind: &str, tag: u16, text: &str| set(&[&sequence(&[&oid(kind), &tlv(tag, &[text.as_bytes()])])]);
    sequence(&[&part("2.5.4.6", 0x13, country), &part("2.5.4.3", 0x0C, common)])
}

/// The certificate of `key`, signed by `by`.
pub(super) fn issue(plan: &Plan<'_>, key: &Key, by: &Key) -> Vec<u8> {
    let public = key.public();
    let extension = |kind: &str, critical: bool, value: &[u8]| {
        let critical = if critical { vec![1, 1, 0xFF] } else { Vec::new() };
        sequence(&[&oid(kind), &critical, &octets(value)])
    };
    let key_id = |public: &[u8]| Sha256::digest(public)[..20].to_vec();
    let (unused, usage) = match plan.usage {
        Usage::Authority => (1, 0x06),
        Usage::Document | Usage::MasterList => (7, 0x80),
        Usage::Nothing => (5, 0x20),
    };
    let mut extensions = vec![
        extension("2.5.29.15", true, &[3, 2, unused, usage]),
        extension("2.5.29.14", false, &octets(&key_id(&public))),
        extension("2.5.29.35", false, &sequence(&[&tlv(0x80, &[&key_id(&by.public())])])),
    ];
    match plan.usage {
        Usage::Authority => {
            extensions.push(extension("2.5.29.19", true, &sequence(&[&[1, 1, 0xFF], &unsigned(&[0])])));
        }
        Usage::MasterList => {
            extensions.push(extension("2.5.29.37", true, &sequence(&[&oid("2.23.136.1.1.3")])));
        }
        Usage::Document | Usage::Nothing => {}
    }
    let algorithm = by.algorithm();
    let signed = sequence(&[
        &tlv(0xA0, &[&unsigned(&[2])]),
        &unsigned(&[plan.serial]),
        &algorithm,
        plan.issuer,
        &sequence(&[&time(plan.valid.0), &time(plan.valid.1)]),
        &plan.subject,
        &public,
        &tlv(0xA3, &[&sequence(&[&extensions.concat()])]),
    ]);
    sequence(&[&signed, &algorithm, &bits(&by.sign(&signed))])
}

/// A time: with two digits of the year before 2050, with four from then on.
fn time(unix_s: i64) -> Vec<u8> {
    let date = seal::chip::Date::at(unix_s);
    let second = unix_s.rem_euclid(86_400);
    let (day, time) = (
        format!("{:02}{:02}", date.month(), date.day()),
        format!("{:02}{:02}{:02}Z", second / 3600, second / 60 % 60, second % 60),
    );
    if date.year() < 2050 {
        tlv(0x17, &[format!("{:02}{day}{time}", date.year() % 100).as_bytes()])
    } else {
        tlv(0x18, &[format!("{:04}{day}{time}", date.year()).as_bytes()])
    }
}
