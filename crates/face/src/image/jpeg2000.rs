//! JPEG 2000 (ISO/IEC 15444-1), in its container (JP2) or as a bare codestream: the picture in the chips of many travel documents.
//!
//! The codestream's headers are walked, every limit applied, and comments left out; then the `hayro-jpeg2000` decoder reads the copy. It
//! never sees the container. What portraits do not need (palettes, transparency, chroma of another size, regions of interest, changes of the
//! order within a picture) is refused.

mod stream;

use hayro_jpeg2000::{DecodeError, DecodeSettings, DecoderContext};

use super::{Format, Image, Source, check_memory, corrupt, samples, truncated, unsupported};
use crate::error::Result;
use stream::Stream;

/// How a bare codestream begins: SOC and SIZ.
pub(super) const CODESTREAM: &[u8] = &[0xFF, 0x4F, 0xFF, 0x51];
/// How a container begins: the signature box.
pub(super) const CONTAINER: &[u8] = b"\0\0\0\x0CjP  \r\n\x87\n";
/// Bytes that the decoder needs for each sample: coefficient, transformed and finished value, and the code-blocks' states.
const SAMPLE_BYTES: u64 = 16;

/// Reads a JPEG 2000 file.
pub(super) fn decode(bytes: &[u8]) -> Result<Image> {
    let (codestream, size) = if bytes.starts_with(CODESTREAM) { (bytes, None) } else { boxes(bytes)? };
    let stream = Stream::walk(codestream)?;
    if size.is_some_and(|size| size != (stream.width, stream.height)) {
        return Err(corrupt("two different sizes in one jpeg 2000 file"));
    }
    let channels = usize::from(stream.channels);
    let pixels = u64::from(stream.width) * u64::from(stream.height);
    check_memory(pixels * channels as u64 * SAMPLE_BYTES)?;
    let settings = DecodeSettings { resolve_palette_indices: false, strict: true, target_resolution: None };
    let image = hayro_jpeg2000::Image::new(&stream.clean, &settings).map_err(decoder_error)?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(decoder_error)?;
    let components = decoded.components();
    if components.len() != channels || components.iter().any(|c| c.samples().len() as u64 != pixels) {
        return Err(corrupt("the decoder gave another size"));
    }
    let rgb = samples::to_rgb(decoded.data_u8(), channels);
    let source =
        Source { format: Some(Format::Jpeg2000), grey: channels < 3, bits: Some(stream.bits), jpeg_quality: None };
    Ok(Image { width: stream.width, height: stream.height, rgb, source })
}

/// A codestream, and the side lengths that the boxes around it name.
type Boxed<'a> = (&'a [u8], Option<(u32, u32)>);

/// Walks the boxes of a container (Annex I): gives the codestream, and the size that the header says. Colour profiles are ignored as in the
/// other formats.
fn boxes(bytes: &[u8]) -> Result<Boxed<'_>> {
    let mut rest = bytes.get(CONTAINER.len()..).ok_or_else(|| truncated("no boxes"))?;
    let mut size = None;
    while !rest.is_empty() {
        let (kind, data, after) = next_box(rest)?;
        match &kind {
            b"jp2h" => size = Some(header(data)?),
            b"jp2c" if size.is_none() => return Err(corrupt("a picture before its header")),
            b"jp2c" => return Ok((data, size)),
            _ => {}
        }
        rest = after;
    }
    Err(truncated("no picture in a jpeg 2000 file"))
}

/// The next box: its kind, what it holds, and what follows it. A length of 0 reaches to the end, one of 1 stands in 8 bytes.
fn next_box(bytes: &[u8]) -> Result<([u8; 4], &[u8], &[u8])> {
    let cut = || truncated("the file ends within a box");
    let (head, _) = bytes.split_first_chunk::<8>().ok_or_else(cut)?;
    let kind = [head[4], head[5], head[6], head[7]];
    let (start, length) = match u32::from_be_bytes([head[0], head[1], head[2], head[3]]) {
        0 => (8, bytes.len() as u64),
        1 => (16, bytes.get(8..16).and_then(|l| l.first_chunk()).map(|l| u64::from_be_bytes(*l)).ok_or_else(cut)?),
        length => (8, u64::from(length)),
    };
    if length < start as u64 {
        return Err(corrupt("a box that is shorter than its header"));
    }
    let length = usize::try_from(length).ok().filter(|length| *length <= bytes.len()).ok_or_else(cut)?;
    Ok((kind, &bytes[start..length], &bytes[length..]))
}

/// The boxes of the header: gives the size, and refuses what would change how channels are read.
fn header(mut rest: &[u8]) -> Result<(u32, u32)> {
    let mut size = None;
    let mut colour = None;
    while !rest.is_empty() {
        let (kind, data, after) = next_box(rest)?;
        match (&kind, data) {
            (b"ihdr", &[h0, h1, h2, h3, w0, w1, w2, w3, ..]) if size.is_none() => {
                size = Some((u32::from_be_bytes([w0, w1, w2, w3]), u32::from_be_bytes([h0, h1, h2, h3])));
            }
            // The first colour counts: sRGB, grey, or a profile (method 2), which is ignored.
            (b"colr", &[1, _, _, c0, c1, c2, c3, ..]) if colour.is_none() => {
                colour = Some(u32::from_be_bytes([c0, c1, c2, c3]));
            }
            (b"colr", _) => colour = colour.or(Some(0)),
            (b"pclr" | b"cmap", _) => return Err(unsupported("a jpeg 2000 file with a palette")),
            (b"cdef", _) => return Err(unsupported("a jpeg 2000 file with transparency or channels in another order")),
            _ => {}
        }
        rest = after;
    }
    if colour.is_some_and(|colour| !matches!(colour, 0 | 16 | 17)) {
        return Err(unsupported("a jpeg 2000 file in a colour space other than srgb and grey"));
    }
    size.ok_or_else(|| corrupt("a jpeg 2000 file without a size"))
}

/// What the decoder reports, in our codes.
fn decoder_error(error: DecodeError) -> crate::error::Error {
    corrupt(error.to_string())
}
