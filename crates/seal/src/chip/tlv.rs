//! Tag, length, value: the form of every file of a chip (ISO/IEC 7816-4 §5.2.2), and of certificates and signatures (ITU-T X.690).
//!
//! One reader serves both. It gives out every object also as it stood, so that what is hashed or verified is never written again.
//! It does not call itself: how deep a file may nest is how deep the code that reads it goes.

use crate::code::Code;
use crate::error::{Error, Result};
use const_oid::ObjectIdentifier;

/// A true or false value.
pub(super) const BOOLEAN: u16 = 0x01;
/// A whole number.
pub(super) const INTEGER: u16 = 0x02;
/// Bits, with the count of those unused at the end first.
pub(super) const BIT_STRING: u16 = 0x03;
/// Bytes.
pub(super) const OCTET_STRING: u16 = 0x04;
/// An object identifier.
pub(super) const OID: u16 = 0x06;
/// A time with two digits of the year.
pub(super) const UTC_TIME: u16 = 0x17;
/// A time with four digits of the year.
pub(super) const GENERALIZED_TIME: u16 = 0x18;
/// Objects in an order.
pub(super) const SEQUENCE: u16 = 0x30;
/// Objects in no order.
pub(super) const SET: u16 = 0x31;

/// The context-specific, constructed tag `[n]`.
pub(super) const fn context(n: u16) -> u16 {
    0xA0 | n
}

/// One object.
#[derive(Clone, Copy)]
pub(super) struct Tlv<'a> {
    /// The tag's one or two bytes.
    pub(super) tag: u16,
    /// What it holds.
    pub(super) value: &'a [u8],
    /// Tag, length and value as they stood.
    pub(super) raw: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// Reads what this object holds.
    pub(super) fn reader(self) -> Reader<'a> {
        Reader { rest: self.value }
    }
}

/// Reads objects one after another.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// True when nothing is left.
    pub(super) fn is_empty(self) -> bool {
        self.rest.is_empty()
    }

    /// Ends: nothing may be left.
    pub(super) fn finish(self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(malformed("something stands after the end")) }
    }

    /// The tag of the next object, if there is one and it has a tag of one byte.
    fn peek(self) -> Option<u16> {
        self.rest.first().map(|tag| u16::from(*tag))
    }

    /// The next object. Its length is definite and of at most four bytes.
    pub(super) fn next(&mut self) -> Result<Tlv<'a>> {
        let whole = self.rest;
        let first = self.byte()?;
        // Five ones say that a second byte follows; Doc 9303 has no tags of three.
        let tag = match first & 0x1F {
            0x1F => u16::from_be_bytes([first, self.byte()?]),
            _ => u16::from(first),
        };
        if first & 0x1F == 0x1F && tag & 0x80 != 0 {
            return Err(malformed("a tag of more than two bytes"));
        }
        let length = match self.byte()? {
            short @ 0..=0x7F => usize::from(short),
            long @ 0x81..=0x84 => {
                let mut length = 0_usize;
                for _ in 0..long & 0x0F {
                    length = length << 8 | usize::from(self.byte()?);
                }
                length
            }
            _ => return Err(malformed("a length without end, or of more than four bytes")),
        };
        let (value, rest) = self.rest.split_at_checked(length).ok_or_else(|| malformed("it ends within an object"))?;
        self.rest = rest;
        Ok(Tlv { tag, value, raw: &whole[..whole.len() - rest.len()] })
    }

    /// The next object, which must have this tag.
    pub(super) fn expect(&mut self, tag: u16) -> Result<Tlv<'a>> {
        let found = self.next()?;
        if found.tag == tag { Ok(found) } else { Err(malformed(format!("tag {:X} in place of {tag:X}", found.tag))) }
    }

    /// The next object if it has this tag of one byte.
    pub(super) fn optional(&mut self, tag: u16) -> Result<Option<Tlv<'a>>> {
        if self.peek() == Some(tag) { self.next().map(Some) } else { Ok(None) }
    }

    /// A reader of what the next object holds, which must have this tag.
    pub(super) fn open(&mut self, tag: u16) -> Result<Self> {
        Ok(self.expect(tag)?.reader())
    }

    /// The next object as an object identifier.
    pub(super) fn oid(&mut self) -> Result<ObjectIdentifier> {
        let value = self.expect(OID)?.value;
        ObjectIdentifier::from_bytes(value).map_err(|_| malformed("an object identifier that is none"))
    }

    /// The next object as a whole number of 0 or above, without leading zeros.
    pub(super) fn unsigned(&mut self) -> Result<&'a [u8]> {
        let value = self.expect(INTEGER)?.value;
        if value.first().is_none_or(|first| first & 0x80 != 0) {
            return Err(malformed("a number that is missing or below 0"));
        }
        Ok(&value[value.iter().take_while(|byte| **byte == 0).count()..])
    }

    /// The next object as a small whole number.
    pub(super) fn small(&mut self) -> Result<u8> {
        match self.unsigned()? {
            [] => Ok(0),
            [number] => Ok(*number),
            _ => Err(malformed("a number above 255")),
        }
    }

    /// The next object as bits that fill their bytes.
    pub(super) fn bits(&mut self) -> Result<&'a [u8]> {
        match self.expect(BIT_STRING)?.value {
            [0, bytes @ ..] => Ok(bytes),
            _ => Err(malformed("bits that do not fill their bytes")),
        }
    }

    fn byte(&mut self) -> Result<u8> {
        let (first, rest) = self.rest.split_first().ok_or_else(|| malformed("it ends within an object"))?;
        self.rest = rest;
        Ok(*first)
    }
}

/// The only object of a file, which must have this tag.
pub(super) fn only(bytes: &[u8], tag: u16) -> Result<Reader<'_>> {
    let mut reader = Reader::new(bytes);
    let inner = reader.open(tag)?;
    reader.finish()?;
    Ok(inner)
}

/// A file that is not what Doc 9303 says.
pub(super) fn malformed(detail: impl Into<String>) -> Error {
    Error::new(Code::ChipFileMalformed, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_read_one_after_another_and_as_they_stood() {
        let bytes = [0x02, 1, 5, 0x5F, 0x1F, 0x81, 2, 7, 8, 0x04, 0];
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.small().unwrap(), 5);
        let two = reader.next().unwrap();
        assert_eq!((two.tag, two.value, two.raw), (0x5F1F, &[7, 8][..], &bytes[3..9]));
        assert!(reader.optional(SET).unwrap().is_none());
        assert!(reader.expect(OCTET_STRING).unwrap().value.is_empty());
        reader.finish().unwrap();
    }

    #[test]
    fn what_is_cut_endless_or_of_long_tags_is_refused() {
        for bytes in
            [&[][..], &[0x30], &[0x30, 1], &[0x30, 0x80, 0, 0], &[0x30, 0x85, 0, 0, 0, 0, 0], &[0x5F, 0x81, 1, 0]]
        {
            assert!(Reader::new(bytes).next().is_err(), "{bytes:?}");
        }
        assert!(Reader::new(&[0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]).next().is_err());
        assert!(only(&[0x30, 0, 0], SEQUENCE).is_err());
        assert!(Reader::new(&[2, 1, 0x80]).unsigned().is_err());
        assert!(Reader::new(&[2, 2, 1, 0]).small().is_err());
        assert!(Reader::new(&[3, 2, 1, 0x80]).bits().is_err());
    }
}
