//! Writes tags, lengths and values: just enough for certificates and the files of a chip.

use const_oid::ObjectIdentifier;

/// A tag of one or two bytes around `parts`, with the shortest length.
pub(super) fn tlv(tag: u16, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out: Vec<u8> = tag.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    match length.to_be_bytes() {
        [.., short @ 0..=0x7F] if length < 0x80 => out.push(short),
        bytes => {
            let bytes: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | bytes.len() as u8);
            out.extend(bytes);
        }
    }
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// A sequence.
pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

/// A set; the caller cares for the order.
pub(super) fn set(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x31, parts)
}

/// A number of 0 or above from its bytes, the highest first.
pub(super) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let high = bytes.get(first).is_none_or(|byte| byte & 0x80 != 0);
    tlv(2, &[if high { &[0] } else { &[] }, &bytes[first..]])
}

/// Bytes.
pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(4, &[bytes])
}

/// Bits that fill their bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(3, &[&[0], bytes])
}

/// An object identifier.
pub(super) fn oid(text: &str) -> Vec<u8> {
    let oid = ObjectIdentifier::new(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    tlv(6, &[oid.as_bytes()])
}

/// An algorithm with these parameters.
pub(super) fn algorithm(name: &str, parameters: &[u8]) -> Vec<u8> {
    sequence(&[&oid(name), parameters])
}
