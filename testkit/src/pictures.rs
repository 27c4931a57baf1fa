//! Made-up pictures for tests: every form of file that the engine must read or refuse, made in code and the same on every machine.
//!
//! A few small files that only other encoders can write are stored in `testkit/pictures`, with the script that made them.

pub mod jpeg;
pub mod metadata;
pub mod png;

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// The colours of the four quarters: top left, top right, bottom left, bottom right.
pub const QUARTERS: [[u8; 3]; 4] = [[200, 40, 40], [40, 170, 60], [50, 60, 190], [220, 200, 60]];

/// A progressive JPEG file (4:2:0, quality 85) of [`scene`] at 96×64, from libjpeg-turbo.
pub const PROGRESSIVE_JPEG: &[u8] = include_bytes!("../pictures/progressive.jpg");
/// A CMYK JPEG file of [`scene`] at 96×64 as Adobe stores it, from libjpeg-turbo.
pub const CMYK_JPEG: &[u8] = include_bytes!("../pictures/cmyk.jpg");
/// A lossy WebP file of [`scene`] at 96×64, from libwebp.
pub const LOSSY_WEBP: &[u8] = include_bytes!("../pictures/lossy.webp");
/// A lossy WebP file of [`scene`] at 96×64 whose right half has an alpha of 102 (40 %), from libwebp.
pub const LOSSY_ALPHA_WEBP: &[u8] = include_bytes!("../pictures/lossy_alpha.webp");
/// An animated WebP file of two frames, from libwebp.
pub const ANIMATED_WEBP: &[u8] = include_bytes!("../pictures/animated.webp");
/// A lossless JPEG 2000 file of [`scene`] at 96×64 in its container, from `OpenJPEG`.
pub const LOSSLESS_JP2: &[u8] = include_bytes!("../pictures/lossless.jp2");
/// A lossy JPEG 2000 codestream of [`scene`] at 96×64 in two tiles and two layers, from `OpenJPEG`.
pub const LOSSY_J2K: &[u8] = include_bytes!("../pictures/lossy.j2k");
/// A lossless grey JPEG 2000 file of [`scene`] at 96×64, from `OpenJPEG`.
pub const GREY_JP2: &[u8] = include_bytes!("../pictures/grey.jp2");

/// Four coloured quarters under a soft wave, so that a turn, a flip or swapped colours show, and every block has some detail.
pub fn scene(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let phase = ((x + 2 * y) % 24) as i32;
        let wave = phase.min(24 - phase) * 2 - 12;
        let quarter = usize::from(x >= width / 2) + 2 * usize::from(y >= height / 2);
        Rgb(QUARTERS[quarter].map(|v| (i32::from(v) + wave).clamp(0, 255) as u8))
    })
}

/// `picture` as a file of `format` with the `image` crate's encoder (JPEG at quality 75, WebP lossless).
///
/// # Panics
/// If the encoder does not write this kind of picture.
pub fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    assert!(picture.write_to(&mut out, format).is_ok(), "{format:?} cannot hold {:?}", picture.color());
    out.into_inner()
}

/// [`scene`] at 96×64 as a file of `format`.
pub fn small(format: ImageFormat) -> Vec<u8> {
    encode(&DynamicImage::ImageRgb8(scene(96, 64)), format)
}

/// The smallest files of all forms, for sweeps over every length and every bit.
pub fn all_small() -> Vec<(&'static str, Vec<u8>)> {
    let tiny = DynamicImage::ImageRgb8(scene(48, 48));
    vec![
        ("baseline jpeg", encode(&tiny, ImageFormat::Jpeg)),
        ("grey jpeg", encode(&DynamicImage::ImageLuma8(tiny.to_luma8()), ImageFormat::Jpeg)),
        ("progressive jpeg", PROGRESSIVE_JPEG.to_vec()),
        ("cmyk jpeg", CMYK_JPEG.to_vec()),
        ("jpeg with restarts", jpeg::Form { restart: 2, ..jpeg::Form::colour() }.write()),
        ("ycck jpeg", jpeg::Form::ycck().write()),
        ("rgb png", encode(&tiny, ImageFormat::Png)),
        ("16-bit rgba png", encode(&DynamicImage::ImageRgba16(tiny.to_rgba16()), ImageFormat::Png)),
        ("palette png", png::palette(48)),
        ("interlaced png", png::interlaced(&scene(48, 48))),
        ("lossless webp", encode(&tiny, ImageFormat::WebP)),
        ("lossy webp", LOSSY_WEBP.to_vec()),
        ("lossy webp with alpha", LOSSY_ALPHA_WEBP.to_vec()),
        ("animated webp", ANIMATED_WEBP.to_vec()),
        ("turned jpeg", metadata::jpeg(&encode(&tiny, ImageFormat::Jpeg), &metadata::exif(6, true))),
        ("turned webp", metadata::webp(LOSSY_WEBP, 96, 64, &metadata::exif(8, false))),
    ]
}
