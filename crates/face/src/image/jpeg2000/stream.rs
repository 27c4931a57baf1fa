//! The codestream of a JPEG 2000 file (Annex A): limits from the main header, and every tile-part must be there.

use super::super::{check_size, corrupt, truncated, unsupported};
use super::CODESTREAM;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{IMAGE_PACKETS_MAX, IMAGE_TILES_MAX};

/// The markers that are known here.
mod marker {
    pub(super) const COD: u16 = 0xFF52;
    pub(super) const TLM: u16 = 0xFF55;
    pub(super) const PLM: u16 = 0xFF57;
    pub(super) const PLT: u16 = 0xFF58;
    pub(super) const QCD: u16 = 0xFF5C;
    pub(super) const QCC: u16 = 0xFF5D;
    pub(super) const CRG: u16 = 0xFF63;
    pub(super) const COM: u16 = 0xFF64;
    pub(super) const SOT: u16 = 0xFF90;
    pub(super) const SOD: u16 = 0xFF93;
    pub(super) const EOC: [u8; 2] = [0xFF, 0xD9];
}

/// A codestream within the limits.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) width: u32,
    pub(super) height: u32,
    /// 1 (grey) or 3 (red, green, blue).
    pub(super) channels: u16,
    /// Bits of a sample.
    pub(super) bits: u8,
    /// The codestream without what makes no pixels.
    pub(super) clean: Vec<u8>,
    tile: (u32, u32),
    tiles: u32,
    coded: bool,
}

impl Stream {
    /// Walks a codestream from SOC to EOC.
    pub(super) fn walk(bytes: &[u8]) -> Result<Self> {
        let mut rest = bytes
            .strip_prefix(&CODESTREAM[..2])
            .filter(|rest| rest.starts_with(&CODESTREAM[2..]))
            .ok_or_else(|| corrupt("a codestream that does not begin as one"))?;
        let (first, after) = segment(rest)?;
        let mut stream = size(first)?;
        stream.keep(&bytes[..2]);
        stream.keep(&rest[..rest.len() - after.len()]);
        rest = after;
        loop {
            let kind = u16_be(rest, 0).ok_or_else(|| truncated("no picture in a codestream"))?;
            if kind == marker::SOT {
                break;
            }
            let (data, after) = segment(rest)?;
            match kind {
                marker::COD => stream.coding(data)?,
                marker::QCD | marker::QCC => {}
                marker::TLM | marker::PLM | marker::CRG | marker::COM => {
                    rest = after;
                    continue;
                }
                other => return Err(unsupported(format!("marker {other:04X} in a codestream"))),
            }
            stream.keep(&rest[..rest.len() - after.len()]);
            rest = after;
        }
        if !stream.coded {
            return Err(corrupt("a codestream that does not say how it is coded"));
        }
        stream.parts(rest)?;
        Ok(stream)
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.clean.extend_from_slice(bytes);
    }

    /// Takes COD: flags, order, layers, transform of colours, levels, code-blocks, style, wavelet, precincts (table A.12).
    ///
    /// What is read for each packet grows with their number, so it is bounded: layers × channels × tiles × precincts of all levels.
    fn coding(&mut self, data: &[u8]) -> Result<()> {
        let &[flags, _, l0, l1, colours, levels, _, _, _, _, ref precincts @ ..] = data else {
            return Err(corrupt("a coding style that is too short"));
        };
        if self.coded {
            return Err(corrupt("two coding styles"));
        }
        if levels > 32 || colours > 1 || (colours == 1 && self.channels != 3) {
            return Err(corrupt("a coding style that cannot be"));
        }
        let mut packets = 0_u64;
        for level in 0..=levels {
            let exponents = match flags & 1 {
                0 => 0xFF,
                _ => *precincts.get(usize::from(level)).ok_or_else(|| corrupt("precincts are missing"))?,
            };
            let across = |side: u32, exponent: u8| ((u64::from(side) >> (levels - level)) >> exponent) + 2;
            packets += across(self.tile.0, exponents & 15) * across(self.tile.1, exponents >> 4);
        }
        let layers = u64::from(u16::from_be_bytes([l0, l1]));
        packets = packets.saturating_mul(layers * u64::from(self.channels) * u64::from(self.tiles));
        if packets > IMAGE_PACKETS_MAX {
            return Err(Error::new(Code::ImageTooComplex, format!("{packets} packets in a codestream")));
        }
        self.coded = true;
        Ok(())
    }

    /// Walks the tile-parts: each is as long as it says, all tiles come, and the end is marked.
    fn parts(&mut self, mut rest: &[u8]) -> Result<()> {
        let mut seen = vec![false; self.tiles as usize];
        while !rest.starts_with(&marker::EOC) {
            let Some(&[m0, m1, 0, 10, t0, t1, p0, p1, p2, p3, _, _]) = rest.first_chunk::<12>() else {
                return Err(if rest.len() < 12 { truncated("no end mark") } else { corrupt("not a tile-part") });
            };
            if u16::from_be_bytes([m0, m1]) != marker::SOT {
                return Err(corrupt("not a tile-part"));
            }
            let tile = seen.get_mut(usize::from(u16::from_be_bytes([t0, t1])));
            *tile.ok_or_else(|| corrupt("a tile that is not of this picture"))? = true;
            // A length of 0 reaches to the end mark; only the last may have it.
            let length = match u32::from_be_bytes([p0, p1, p2, p3]) as usize {
                0 if rest.ends_with(&marker::EOC) => rest.len() - 2,
                0 => return Err(truncated("no end mark")),
                length => length,
            };
            let part = rest.get(..length).ok_or_else(|| truncated("the file ends within a tile"))?;
            check_part(part)?;
            self.keep(part);
            rest = &rest[length..];
        }
        if seen.contains(&false) {
            return Err(truncated("a tile is missing"));
        }
        self.keep(&marker::EOC);
        Ok(())
    }
}

/// Takes SIZ (table A.9): the picture begins at 0, 0, and all channels are unsigned and of one size and depth.
fn size(data: &[u8]) -> Result<Stream> {
    let field = |at: usize| u32_be(data, 2 + 4 * at).ok_or_else(|| corrupt("a size that is too short"));
    let (width, height) = (field(0)?, field(1)?);
    let offsets = [field(2)?, field(3)?, field(6)?, field(7)?];
    let (tile_width, tile_height) = (field(4)?, field(5)?);
    let channels = u16_be(data, 34).ok_or_else(|| corrupt("a size that is too short"))?;
    check_size(width, height)?;
    if offsets != [0; 4] {
        return Err(unsupported("a codestream whose picture does not begin at its corner"));
    }
    if tile_width == 0 || tile_height == 0 {
        return Err(corrupt("a tile of no size"));
    }
    if !matches!(channels, 1 | 3) {
        return Err(unsupported(format!("{channels} channels in a codestream")));
    }
    let depth = data.get(36).copied().unwrap_or(0);
    let wanted = [depth, 1, 1].repeat(usize::from(channels));
    if data[36..] != wanted || depth > 15 {
        return Err(unsupported("a codestream whose channels differ, are signed, or have more than 16 bits"));
    }
    let tile = (tile_width.min(width), tile_height.min(height));
    let tiles = u64::from(width.div_ceil(tile.0)) * u64::from(height.div_ceil(tile.1));
    if tiles > IMAGE_TILES_MAX {
        return Err(Error::new(Code::ImageTooComplex, format!("{tiles} tiles")));
    }
    Ok(Stream { width, height, channels, bits: depth + 1, clean: Vec::new(), tile, tiles: tiles as u32, coded: false })
}

/// A tile-part's own header may say how long its packets are and nothing that changes how they are read.
fn check_part(part: &[u8]) -> Result<()> {
    let mut rest = part.get(12..).ok_or_else(|| corrupt("a tile-part that is shorter than its header"))?;
    loop {
        match u16_be(rest, 0) {
            Some(marker::SOD) => return Ok(()),
            Some(marker::PLT | marker::COM) => rest = segment(rest)?.1,
            Some(other) => return Err(unsupported(format!("marker {other:04X} in a tile-part"))),
            None => return Err(corrupt("a tile-part without data")),
        }
    }
}

/// A marker segment: what it holds, and what follows it. Its length counts itself.
fn segment(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    let cut = || truncated("the file ends within a header");
    let length = usize::from(u16_be(bytes, 2).ok_or_else(cut)?);
    if length < 2 {
        return Err(corrupt("a header that is shorter than its length"));
    }
    let data = bytes.get(4..2 + length).ok_or_else(cut)?;
    Ok((data, &bytes[2 + length..]))
}

fn u16_be(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.first_chunk().map(|b| u16::from_be_bytes(*b))
}

fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.first_chunk().map(|b| u32::from_be_bytes(*b))
}
