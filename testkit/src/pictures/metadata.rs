//! EXIF data and the three places where files keep it.

use super::png::chunk;

/// EXIF data with one entry, the orientation (1 to 8; other values are broken on purpose).
pub fn exif(orientation: u16, big_endian: bool) -> Vec<u8> {
    let mut out = if big_endian { b"MM\0*\0\0\0\x08".to_vec() } else { b"II*\0\x08\0\0\0".to_vec() };
    let mut short = |v: u16| out.extend_from_slice(&if big_endian { v.to_be_bytes() } else { v.to_le_bytes() });
    // One entry: tag 274, type short, count 1 (a long), the value in the first half of its field, no further directory.
    let count = if big_endian { [0, 1] } else { [1, 0] };
    for value in [1, 274, 3, count[0], count[1], orientation, 0, 0, 0] {
        short(value);
    }
    out
}

/// A JPEG file with `exif` right after its start.
pub fn jpeg(file: &[u8], exif: &[u8]) -> Vec<u8> {
    let length = (2 + 6 + exif.len()) as u16;
    let segment = [&[0xFF, 0xE1], &length.to_be_bytes()[..], b"Exif\0\0", exif].concat();
    [&file[..2], &segment, &file[2..]].concat()
}

/// A PNG file with `exif` after its header, or before its end if `late`.
pub fn png(file: &[u8], exif: &[u8], late: bool) -> Vec<u8> {
    let at = if late { file.len() - 12 } else { 33 };
    [&file[..at], &chunk(*b"eXIf", exif), &file[at..]].concat()
}

/// A simple WebP file (one chunk, no transparency) of this size as an extended one with `exif`.
pub fn webp(file: &[u8], width: u32, height: u32, exif: &[u8]) -> Vec<u8> {
    let (w, h) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
    let header = [b"VP8X\x0a\0\0\0\x08\0\0\0", &w[..3], &h[..3]].concat();
    let mut tail = [b"EXIF", &(exif.len() as u32).to_le_bytes()[..], exif].concat();
    tail.resize(tail.len().next_multiple_of(2), 0);
    let body = [b"WEBP", &header[..], &file[12..], &tail].concat();
    [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat()
}
