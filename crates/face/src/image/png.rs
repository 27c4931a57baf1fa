//! PNG: the chunks that make pixels, checked and copied; then the `png` decoder.

use std::io::Cursor;

use ::image::codecs::png::PngDecoder;
use ::image::metadata::Orientation;
use ::image::{ColorType, ImageDecoder, Limits};

use super::{
    Format, Image, Source, check_memory, check_size, corrupt, decoder_error, samples, truncated, turn, unsupported,
};
use crate::error::Result;
use crate::limits::{IMAGE_DECODE_BYTES_MAX, IMAGE_SIDE_PX_MAX};

/// The signature's length in bytes.
const SIGNATURE: usize = 8;

/// A PNG file reduced to its picture.
struct Walked {
    width: u32,
    height: u32,
    bits: u8,
    orientation: Orientation,
    /// Signature, IHDR, PLTE, tRNS, IDAT and IEND as they stood.
    clean: Vec<u8>,
}

/// Reads a PNG file.
pub(super) fn decode(bytes: &[u8]) -> Result<Image> {
    let walked = walk(bytes)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(IMAGE_SIDE_PX_MAX);
    limits.max_image_height = Some(IMAGE_SIDE_PX_MAX);
    limits.max_alloc = Some(IMAGE_DECODE_BYTES_MAX);
    let decoder = PngDecoder::with_limits(Cursor::new(&walked.clean), limits).map_err(decoder_error)?;
    let colour = decoder.color_type();
    let (channels, wide) = match colour {
        ColorType::L8 => (1, false),
        ColorType::La8 => (2, false),
        ColorType::Rgb8 => (3, false),
        ColorType::Rgba8 => (4, false),
        ColorType::L16 => (1, true),
        ColorType::La16 => (2, true),
        ColorType::Rgb16 => (3, true),
        ColorType::Rgba16 => (4, true),
        other => return Err(unsupported(format!("{other:?} samples in a png file"))),
    };
    check_memory(decoder.total_bytes())?;
    let mut stored = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut stored).map_err(decoder_error)?;
    if wide {
        stored = samples::to_8_bits(&stored);
    }
    let rgb = samples::to_rgb(stored, channels);
    let (rgb, width, height) = turn::upright(rgb, (walked.width, walked.height), walked.orientation);
    let source = Source { format: Some(Format::Png), grey: channels < 3, bits: Some(walked.bits), jpeg_quality: None };
    Ok(Image { width, height, rgb, source })
}

/// Walks the chunks: size limits from the header, the file must reach its end chunk, and only what makes pixels is kept.
fn walk(bytes: &[u8]) -> Result<Walked> {
    let mut walked = Walked {
        width: 0,
        height: 0,
        bits: 0,
        orientation: Orientation::NoTransforms,
        clean: bytes[..SIGNATURE].to_vec(),
    };
    let mut rest = &bytes[SIGNATURE..];
    loop {
        let (head, after) = rest.split_first_chunk::<8>().ok_or_else(|| truncated("no end chunk"))?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let kind = [head[4], head[5], head[6], head[7]];
        if walked.width == 0 && kind != *b"IHDR" {
            return Err(corrupt("the first chunk is not the header"));
        }
        // A chunk is its head, its data and a checksum of 4 bytes.
        let Some(data) = after.get(..length).filter(|_| after.len() >= length + 4) else {
            return Err(truncated(format!("the file ends within a chunk of {length} bytes")));
        };
        match &kind {
            b"IHDR" if walked.width == 0 => header(data, &mut walked)?,
            b"IHDR" => return Err(corrupt("two headers")),
            b"eXIf" => walked.orientation = turn::of_exif(data),
            _ => {}
        }
        if matches!(&kind, b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND") {
            walked.clean.extend_from_slice(&rest[..length + 12]);
        }
        if kind == *b"IEND" {
            return Ok(walked);
        }
        rest = &after[length + 4..];
    }
}

/// Takes size and depth from the 13 bytes of IHDR and applies the limits.
fn header(data: &[u8], walked: &mut Walked) -> Result<()> {
    let &[w0, w1, w2, w3, h0, h1, h2, h3, bits, ..] = data else {
        return Err(corrupt("a header that is too short"));
    };
    walked.width = u32::from_be_bytes([w0, w1, w2, w3]);
    walked.height = u32::from_be_bytes([h0, h1, h2, h3]);
    walked.bits = bits;
    check_size(walked.width, walked.height)
}
