//! Pictures: bytes to upright 8-bit RGB within the limits.

use crate::code::Code;
use crate::error::{Error, Result};

/// What the file said about itself; quality measures use it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The file format, if the picture came from a file.
    pub format: Option<Format>,
    /// True if the file held one grey channel.
    pub grey: bool,
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
    /// Reads a JPEG, PNG or WebP file, turned upright as its metadata says.
    ///
    /// # Errors
    /// An `image-…` code when the bytes are not a whole, reasonable picture.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let picture = image::load_from_memory(bytes).map_err(|e| Error::new(Code::ImageCorrupt, e.to_string()))?.to_rgb8();
        Self::from_rgb(picture.width(), picture.height(), picture.into_raw())
    }

    /// Takes pixels that are already decoded: `width` × `height` × 3 bytes.
    ///
    /// # Errors
    /// `image-corrupt` when the byte count does not fit, and the size limits as for files.
    pub fn from_rgb(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self> {
        if rgb.len() as u64 != u64::from(width) * u64::from(height) * 3 {
            return Err(Error::new(Code::ImageCorrupt, "pixel count does not fit the size"));
        }
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

    /// The picture at another size.
    #[must_use]
    pub fn resized(&self, width: u32, height: u32) -> Self {
        let Some(buffer) = image::RgbImage::from_raw(self.width, self.height, self.rgb.clone()) else { return self.clone() };
        let small = image::imageops::thumbnail(&buffer, width, height);
        Self { width, height, rgb: small.into_raw(), source: self.source }
    }

    /// The pixel at `x`, `y`; the nearest edge pixel when outside.
    pub fn pixel(&self, x: i64, y: i64) -> [u8; 3] {
        let x = x.clamp(0, i64::from(self.width) - 1) as usize;
        let y = y.clamp(0, i64::from(self.height) - 1) as usize;
        let at = (y * self.width as usize + x) * 3;
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }
}

impl std::fmt::Debug for Image {
    /// The size only: pixels never reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Image({}×{})", self.width, self.height)
    }
}
