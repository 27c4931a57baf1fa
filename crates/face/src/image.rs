//! Pictures: bytes to upright 8-bit RGB within the limits.
//!
//! Each format is read in two steps. First a small reader of ours walks the file's segments: it takes the size, the orientation and
//! what else it needs, applies every limit, makes sure that the file is whole, and copies only those segments that make pixels into a
//! new file in memory. Then a decoder (zune-jpeg, png, image-webp, hayro-jpeg2000) reads that copy, so comments, colour profiles, thumbnails and
//! animations never reach it. No limit depends on what a decoder allocates.
//!
//! Colour profiles (ICC, gAMA, cHRM) are ignored: values are taken as sRGB, which is what cameras and phones send. Transparent pixels
//! lie on white. Of an animated PNG the default picture is read; an animated WebP is refused.

pub mod fuzz;
mod jpeg;
mod jpeg2000;
mod png;
mod resize;
mod samples;
mod turn;
mod webp;

use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{IMAGE_BYTES_MAX, IMAGE_DECODE_BYTES_MAX, IMAGE_PIXELS_MAX, IMAGE_SIDE_PX_MAX, IMAGE_SIDE_PX_MIN};

/// What the file said about itself; quality measures use it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The file format, if the picture came from a file.
    pub format: Option<Format>,
    /// True if the file held one grey channel.
    pub grey: bool,
    /// Bits of a channel (of an index, if the file has a palette) in the file: 1, 2, 4, 8 or 16; none if the picture came from no file.
    pub bits: Option<u8>,
    /// The quality setting, 1 to 100, whose brightness table in Annex K of ITU-T T.81, scaled as libjpeg does, is nearest to the
    /// file's; none for other formats.
    pub jpeg_quality: Option<u8>,
}

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JPEG, baseline or progressive.
    Jpeg,
    /// PNG.
    Png,
    /// WebP, lossy or lossless.
    WebP,
    /// JPEG 2000, in its container or as a bare codestream: what many travel documents hold.
    Jpeg2000,
}

impl Format {
    /// The format that the first bytes of a file announce; names and content types are never asked.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else if bytes.starts_with(jpeg2000::CONTAINER) || bytes.starts_with(jpeg2000::CODESTREAM) {
            Some(Self::Jpeg2000)
        } else {
            None
        }
    }
}

/// An upright picture: 8-bit sRGB, three bytes a pixel, rows from the top, no padding.
#[derive(Clone)]
pub struct Image {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
    source: Source,
}

impl Image {
    /// Reads a JPEG, PNG, WebP or JPEG 2000 file, turned upright as its metadata says. The format is known by the first bytes.
    ///
    /// # Errors
    /// An `image-…` code when the bytes are not a whole, reasonable picture. Orientation metadata that cannot be read is ignored.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            return Err(Error::new(Code::ImageEmpty, "no bytes"));
        }
        if bytes.len() > IMAGE_BYTES_MAX {
            return Err(Error::new(Code::ImageTooLarge, format!("{} bytes", bytes.len())));
        }
        match Format::of(bytes) {
            Some(Format::Jpeg) => jpeg::decode(bytes),
            Some(Format::Png) => png::decode(bytes),
            Some(Format::WebP) => webp::decode(bytes),
            Some(Format::Jpeg2000) => jpeg2000::decode(bytes),
            None => Err(unknown(bytes)),
        }
    }

    /// Takes pixels that are already decoded: `width` × `height` × 3 bytes.
    ///
    /// # Errors
    /// `image-corrupt` when the byte count does not fit, and the size limits as for files.
    pub fn from_rgb(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self> {
        if rgb.len() as u128 != u128::from(width) * u128::from(height) * 3 {
            return Err(Error::new(Code::ImageCorrupt, "pixel count does not fit the size"));
        }
        check_size(width, height)?;
        Ok(Self { width, height, rgb, source: Source::default() })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels, three bytes each, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// What the file said about itself.
    pub fn source(&self) -> Source {
        self.source
    }

    /// The pixel at `x`, `y`; the nearest edge pixel when outside.
    pub fn pixel(&self, x: i64, y: i64) -> [u8; 3] {
        let x = x.clamp(0, i64::from(self.width) - 1) as usize;
        let y = y.clamp(0, i64::from(self.height) - 1) as usize;
        let at = (y * self.width as usize + x) * 3;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// The picture at another size, each axis on its own: the mean of the covered area where it shrinks, linear between pixel
    /// centres where it grows. A size of 0 counts as 1, one above the longest side as that side. What the file said stays.
    #[must_use]
    pub fn resized(&self, width: u32, height: u32) -> Self {
        let width = width.clamp(1, IMAGE_SIDE_PX_MAX);
        let height = height.clamp(1, IMAGE_SIDE_PX_MAX);
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let rgb = resize::resize(&self.rgb, (self.width, self.height), (width, height));
        Self { width, height, rgb, source: self.source }
    }
}

impl std::fmt::Debug for Image {
    /// The size only: pixels never reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Image({}×{})", self.width, self.height)
    }
}

/// A file that starts like a picture but stops within its first bytes is truncated; anything else is not ours.
fn unknown(bytes: &[u8]) -> Error {
    let starts: [&[u8]; 5] =
        [&[0xFF, 0xD8, 0xFF], b"\x89PNG\r\n\x1a\n", b"RIFF", jpeg2000::CONTAINER, jpeg2000::CODESTREAM];
    let riff_cut = bytes.starts_with(b"RIFF") && bytes.len() < 12;
    if riff_cut || starts.iter().any(|start| start.starts_with(bytes)) {
        return truncated("the file ends within its first bytes");
    }
    Error::new(Code::ImageUnsupported, "the first bytes are not those of a JPEG, PNG, WebP or JPEG 2000 file")
}

/// Checks a picture's size before anything is allocated for it.
fn check_size(width: u32, height: u32) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(corrupt("a side of 0 pixels"));
    }
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > IMAGE_SIDE_PX_MAX || pixels > IMAGE_PIXELS_MAX {
        return Err(Error::new(Code::ImageTooManyPixels, format!("{width}×{height} pixels")));
    }
    if width.min(height) < IMAGE_SIDE_PX_MIN {
        return Err(Error::new(Code::ImageTooSmall, format!("{width}×{height} pixels")));
    }
    Ok(())
}

/// Checks what a decoder needs in memory: `bytes` in all.
fn check_memory(bytes: u64) -> Result<()> {
    if bytes > IMAGE_DECODE_BYTES_MAX {
        let detail = format!("decoding needs {} MiB of memory", bytes >> 20);
        return Err(Error::new(Code::ImageTooComplex, detail));
    }
    Ok(())
}

fn truncated(detail: impl Into<String>) -> Error {
    Error::new(Code::ImageTruncated, detail)
}

fn corrupt(detail: impl Into<String>) -> Error {
    Error::new(Code::ImageCorrupt, detail)
}

fn unsupported(detail: impl Into<String>) -> Error {
    Error::new(Code::ImageUnsupported, detail)
}

/// What the decoders of the `image` crate report, in our codes.
fn decoder_error(error: ::image::ImageError) -> Error {
    use ::image::ImageError;
    match error {
        ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => truncated(e.to_string()),
        ImageError::Limits(e) => Error::new(Code::ImageTooComplex, e.to_string()),
        ImageError::Unsupported(e) => unsupported(e.to_string()),
        other => corrupt(other.to_string()),
    }
}
