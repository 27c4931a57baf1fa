//! The data groups of a made-up document.

use super::der::{tlv, unsigned};

/// A passport's zone of two lines of 44, joined, with its check digits. Dates are six digits; names are as in the zone.
pub fn passport(issuer: &str, name: &str, number: &str, birth: &str, expiry: &str) -> String {
    let fill = |text: &str, length: usize| format!("{text:<<length$}");
    let digit = |field: &str| {
        let value = |c: u8| match c {
            b'0'..=b'9' => u32::from(c - b'0'),
            b'A'..=b'Z' => u32::from(c - b'A') + 10,
            _ => 0,
        };
        let sum: u32 = field.bytes().zip([7, 3, 1].into_iter().cycle()).map(|(c, weight)| value(c) * weight).sum();
        sum % 10
    };
    let number = fill(number, 9);
    let number = format!("{number}{}", digit(&number));
    let birth = format!("{birth}{}", digit(birth));
    let expiry = format!("{expiry}{}", digit(expiry));
    let personal = fill("", 14);
    let personal = format!("{personal}{}", digit(&personal));
    let all = digit(&format!("{number}{birth}{expiry}{personal}"));
    format!("P<{}{}{number}{}{birth}F{expiry}{personal}{all}", fill(issuer, 3), fill(name, 39), fill(issuer, 3))
}

/// EF.DG1.
pub(super) fn zone(zone: &str) -> Vec<u8> {
    tlv(0x61, &[&tlv(0x5F1F, &[zone.as_bytes()])])
}

/// EF.DG2 with one template a portrait (ISO/IEC 19794-5:2005).
pub fn portraits(pictures: &[&[u8]]) -> Vec<u8> {
    let templates: Vec<u8> = pictures.iter().flat_map(|picture| template(picture)).collect();
    tlv(0x75, &[&tlv(0x7F61, &[&tlv(2, &[&[pictures.len() as u8]]), &templates])])
}

fn template(picture: &[u8]) -> Vec<u8> {
    // One feature point, so that what stands between header and picture is passed over.
    let mut face = (20 + 8 + 12 + picture.len() as u32).to_be_bytes().to_vec();
    face.extend([0, 1]);
    face.extend([0; 14]);
    face.extend([1, 0x31, 0, 0, 0, 0, 0, 0]);
    // Full frontal; the kind that the record claims is not asked.
    face.extend([1, 0, 1, 0x9D, 2, 4, 1, 0, 0, 0, 0, 0]);
    face.extend_from_slice(picture);
    let mut record = b"FAC\x00010\x00".to_vec();
    record.extend((14 + face.len() as u32).to_be_bytes());
    record.extend([0, 1]);
    record.extend(face);
    let header = tlv(0xA1, &[&tlv(0x80, &[&[1, 1]]), &tlv(0x87, &[&[1, 1]]), &tlv(0x88, &[&[0, 8]])]);
    tlv(0x7F60, &[&header, &tlv(0x5F2E, &[&record])])
}

/// EF.COM, listing these tags.
pub(super) fn list(tags: &[u8]) -> Vec<u8> {
    tlv(0x60, &[&tlv(0x5F01, &[b"0107"]), &tlv(0x5F36, &[b"040000"]), &tlv(0x5C, &[tags])])
}

/// The number of a data group as the security object has it.
pub(super) fn number(number: u8) -> Vec<u8> {
    unsigned(&[number])
}
