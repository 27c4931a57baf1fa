//! WebP: the chunks that make pixels, checked and copied; then the `image-webp` decoder.

use std::io::Cursor;

use ::image::ImageDecoder;
use ::image::codecs::webp::WebPDecoder;
use ::image::metadata::Orientation;

use super::{Format, Image, Source, check_size, corrupt, decoder_error, samples, truncated, turn, unsupported};
use crate::error::Result;

/// The flag for transparency in a VP8X chunk.
const ALPHA: u8 = 0x10;
/// The flag for animation in a VP8X chunk.
const ANIMATION: u8 = 0x02;

/// The chunks of a WebP file that matter.
#[derive(Default)]
struct Chunks<'a> {
    lossy: Option<&'a [u8]>,
    lossless: Option<&'a [u8]>,
    alpha: Option<&'a [u8]>,
    canvas: Option<(u32, u32)>,
    exif: Option<&'a [u8]>,
}

/// Reads a WebP file.
pub(super) fn decode(bytes: &[u8]) -> Result<Image> {
    let chunks = walk(bytes)?;
    let (width, height) = match (chunks.lossy, chunks.lossless) {
        (Some(frame), None) => lossy_size(frame)?,
        (None, Some(frame)) => lossless_size(frame)?,
        (None, None) => return Err(corrupt("no picture in a webp file")),
        (Some(_), Some(_)) => return Err(corrupt("two pictures in a webp file")),
    };
    if chunks.canvas.is_some_and(|canvas| canvas != (width, height)) {
        return Err(corrupt("the picture does not fill the canvas"));
    }
    check_size(width, height)?;
    // The decoder needs at most 4 bytes a pixel beside the picture (colour planes and transparency, or a word a pixel), so the limit
    // on pixels bounds its memory too.
    let clean = rebuild(&chunks, width, height);
    let decoder = WebPDecoder::new(Cursor::new(clean)).map_err(decoder_error)?;
    let channels = usize::from(decoder.color_type().channel_count());
    if decoder.dimensions() != (width, height) {
        return Err(corrupt("two different sizes in one webp file"));
    }
    let mut stored = vec![0; width as usize * height as usize * channels];
    decoder.read_image(&mut stored).map_err(decoder_error)?;
    let rgb = samples::to_rgb(stored, channels);
    let orientation = chunks.exif.map_or(Orientation::NoTransforms, turn::of_exif);
    let (rgb, width, height) = turn::upright(rgb, (width, height), orientation);
    let source = Source { format: Some(Format::WebP), grey: false, bits: Some(8), jpeg_quality: None };
    Ok(Image { width, height, rgb, source })
}

/// Walks the chunks of the RIFF container. The first of each kind counts.
fn walk(bytes: &[u8]) -> Result<Chunks<'_>> {
    let size = u32_le(bytes, 4).ok_or_else(|| truncated("no container size"))? as usize;
    let body = bytes.get(12..8 + size).ok_or_else(|| {
        if size < 4 {
            corrupt("a container size below 4")
        } else {
            truncated(format!("{} of {} bytes", bytes.len(), size + 8))
        }
    })?;
    let mut chunks = Chunks::default();
    let mut rest = body;
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let data = after.get(..length).ok_or_else(|| truncated("the container ends within a chunk"))?;
        match &head[..4] {
            b"VP8X" => {
                chunks.canvas = Some(canvas(data)?);
            }
            b"VP8 " => chunks.lossy = chunks.lossy.or(Some(data)),
            b"VP8L" => chunks.lossless = chunks.lossless.or(Some(data)),
            b"ALPH" => chunks.alpha = chunks.alpha.or(Some(data)),
            b"EXIF" => chunks.exif = chunks.exif.or(Some(data)),
            b"ANIM" | b"ANMF" => return Err(unsupported("an animated webp file")),
            _ => {}
        }
        // Chunks start at even places; the fill byte of the last one may be missing.
        rest = after.get(length + (length & 1)..).unwrap_or_default();
    }
    Ok(chunks)
}

/// The canvas size of a VP8X chunk: flags, 3 bytes kept free, width − 1 and height − 1 in 3 bytes each.
fn canvas(data: &[u8]) -> Result<(u32, u32)> {
    let &[flags, _, _, _, w0, w1, w2, h0, h1, h2, ..] = data else {
        return Err(corrupt("a webp header that is too short"));
    };
    if flags & ANIMATION != 0 {
        return Err(unsupported("an animated webp file"));
    }
    let size = (u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1);
    check_size(size.0, size.1)?;
    Ok(size)
}

/// The size in a VP8 key frame (RFC 6386 §9.1): frame tag, start code, then 14 bits for each side.
fn lossy_size(frame: &[u8]) -> Result<(u32, u32)> {
    let &[t0, t1, t2, 0x9D, 0x01, 0x2A, w0, w1, h0, h1, ..] = frame else {
        return Err(corrupt("not a key frame"));
    };
    let first_partition = (u32::from_le_bytes([t0, t1, t2, 0]) >> 5) as usize;
    if t0 & 1 != 0 {
        return Err(corrupt("not a key frame"));
    }
    if first_partition > frame.len() - 10 {
        return Err(truncated("the first partition is cut"));
    }
    Ok((u32::from(u16::from_le_bytes([w0, w1]) & 0x3FFF), u32::from(u16::from_le_bytes([h0, h1]) & 0x3FFF)))
}

/// The size in a VP8L frame: a signature byte, then 14 bits for each side − 1.
fn lossless_size(frame: &[u8]) -> Result<(u32, u32)> {
    let Some((0x2F, bits)) = frame.first().copied().zip(u32_le(frame, 1)) else {
        return Err(corrupt("not a lossless frame"));
    };
    Ok(((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1))
}

fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

/// A WebP file with the picture and its transparency only.
fn rebuild(chunks: &Chunks<'_>, width: u32, height: u32) -> Vec<u8> {
    let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
    let mut push = |kind: &[u8; 4], data: &[u8]| {
        out.extend_from_slice(kind);
        out.extend_from_slice(&(data.len() as u32).to_le_bytes());
        out.extend_from_slice(data);
        out.resize(out.len().next_multiple_of(2), 0);
    };
    match (chunks.lossless, chunks.lossy, chunks.alpha) {
        (Some(frame), _, _) => push(b"VP8L", frame),
        (None, Some(frame), Some(alpha)) => {
            let (w, h) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
            push(b"VP8X", &[ALPHA, 0, 0, 0, w[0], w[1], w[2], h[0], h[1], h[2]]);
            push(b"ALPH", alpha);
            push(b"VP8 ", frame);
        }
        (None, frame, None) => push(b"VP8 ", frame.unwrap_or_default()),
        (None, None, Some(_)) => {}
    }
    let size = (out.len() - 8) as u32;
    out[4..8].copy_from_slice(&size.to_le_bytes());
    out
}
