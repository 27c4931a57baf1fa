//! The portraits in EF.DG2: Doc 9303 part 10 §4.7.2, with records after ISO/IEC 19794-5:2005.

use super::PORTRAITS_MAX;
use super::tlv::{INTEGER, malformed, only};
use crate::code::Code;
use crate::error::{Error, Result};

/// A picture as it stood in the chip.
#[derive(Clone, PartialEq, Eq)]
pub struct Portrait {
    /// What the first bytes say that it is.
    pub format: Format,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The two formats that Doc 9303 allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JPEG (ISO/IEC 10918-1).
    Jpeg,
    /// JPEG 2000 (ISO/IEC 15444-1), in its container or as a bare codestream.
    Jpeg2000,
}

/// Reads EF.DG2: tag 75 around 7F61, the number of templates, and that many templates 7F60, each with a header A1 and the record.
pub(super) fn group(bytes: &[u8]) -> Result<Vec<Portrait>> {
    let mut outer = only(bytes, 0x75)?;
    let mut templates = outer.open(0x7F61)?;
    outer.finish()?;
    let [count] = *templates.expect(INTEGER)?.value else {
        return Err(malformed("the number of portraits"));
    };
    let mut portraits = Vec::new();
    for _ in 0..count {
        let mut template = templates.open(0x7F60)?;
        template.expect(0xA1)?;
        let record = template.next()?;
        if !matches!(record.tag, 0x5F2E | 0x7F2E) {
            return Err(malformed("a portrait without a record"));
        }
        template.finish()?;
        faces(record.value, &mut portraits)?;
    }
    templates.finish()?;
    if portraits.is_empty() {
        return Err(unsupported("no portrait"));
    }
    Ok(portraits)
}

/// Reads a facial record (ISO/IEC 19794-5:2005 §5.4 to §5.7): 14 bytes of header, then for each face 20 bytes, 8 for each feature point, 12
/// about the picture, and the picture.
fn faces(record: &[u8], portraits: &mut Vec<Portrait>) -> Result<()> {
    let Some((b"FAC\x00010\x00", rest)) = record.split_first_chunk::<8>() else {
        return Err(unsupported("a record that is not of ISO/IEC 19794-5:2005"));
    };
    let Some((&[l0, l1, l2, l3, n0, n1], mut rest)) = rest.split_first_chunk::<6>() else {
        return Err(malformed("a facial record that ends within its header"));
    };
    if u32::from_be_bytes([l0, l1, l2, l3]) as usize != record.len() {
        return Err(malformed("a facial record of another length than it says"));
    }
    for _ in 0..u16::from_be_bytes([n0, n1]) {
        let Some(&[l0, l1, l2, l3, p0, p1]) = rest.first_chunk::<6>() else {
            return Err(malformed("a facial record that ends before its last face"));
        };
        let length = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
        let header = 20 + 8 * usize::from(u16::from_be_bytes([p0, p1])) + 12;
        let (block, after) = rest.split_at_checked(length).ok_or_else(|| malformed("a face that is cut"))?;
        let picture = block.get(header..).ok_or_else(|| malformed("a face that is shorter than its header"))?;
        if portraits.len() == PORTRAITS_MAX {
            return Err(Error::new(Code::ChipFileTooLarge, format!("more than {PORTRAITS_MAX} portraits")));
        }
        portraits.push(Portrait { format: format(picture)?, bytes: picture.to_vec() });
        rest = after;
    }
    if rest.is_empty() { Ok(()) } else { Err(malformed("something after the last face")) }
}

/// What a picture's first bytes say; what the record says about it is not asked, because it is often wrong.
fn format(picture: &[u8]) -> Result<Format> {
    if picture.starts_with(&[0xFF, 0xD8, 0xFF]) {
        Ok(Format::Jpeg)
    } else if picture.starts_with(b"\0\0\0\x0CjP  \r\n\x87\n") || picture.starts_with(&[0xFF, 0x4F, 0xFF, 0x51]) {
        Ok(Format::Jpeg2000)
    } else {
        Err(unsupported("a picture that is neither JPEG nor JPEG 2000"))
    }
}

fn unsupported(detail: impl Into<String>) -> Error {
    Error::new(Code::ChipPortraitUnsupported, detail)
}
