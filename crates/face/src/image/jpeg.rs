//! JPEG: the segments that make pixels, checked and copied; then zune-jpeg in its strict mode.
//!
//! zune-jpeg fills missing data with zeros even in its strict mode, so the walk sees to it that a picture with missing parts is
//! refused: see [`walk`] and [`scans`].

mod scans;
mod tables;
mod walk;

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use self::walk::{Colours, Walked};
use super::{Format, Image, Source, corrupt, samples, truncated, turn, unsupported};
use crate::error::{Error, Result};
use crate::limits::IMAGE_SIDE_PX_MAX;

/// Reads a JPEG file.
pub(super) fn decode(bytes: &[u8]) -> Result<Image> {
    let walked = walk::walk(bytes)?;
    let pixels = pixels(&walked)?;
    let rgb = match walked.colours {
        Colours::Cmyk(inverted) => samples::inks_to_rgb(&pixels, inverted),
        _ => pixels,
    };
    let (rgb, width, height) = turn::upright(rgb, (walked.width, walked.height), walked.orientation);
    let source = Source {
        format: Some(Format::Jpeg),
        grey: walked.colours == Colours::Grey,
        bits: Some(8),
        jpeg_quality: walked.quality,
    };
    Ok(Image { width, height, rgb, source })
}

/// Decodes to RGB, or to inks for CMYK.
fn pixels(walked: &Walked) -> Result<Vec<u8>> {
    let colours = if matches!(walked.colours, Colours::Cmyk(_)) { ColorSpace::CMYK } else { ColorSpace::RGB };
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(IMAGE_SIDE_PX_MAX as usize)
        .set_max_height(IMAGE_SIDE_PX_MAX as usize)
        .jpeg_set_max_scans(walked.scans as usize + 1)
        .jpeg_set_out_colorspace(colours);
    // zune-jpeg multiplies coefficients and steps without care for overflow. Shipped builds wrap around and give odd pixels; builds
    // with overflow checks (tests, fuzzing, cautious packagers) panic there, and hostile files can reach it. The decoder and its
    // input are dropped either way.
    let decoded = std::panic::catch_unwind(|| {
        JpegDecoder::new_with_options(ZCursor::new(walked.clean.as_slice()), options).decode()
    });
    let pixels = decoded.map_err(|_| corrupt("coefficients out of range"))?.map_err(decoder_error)?;
    if pixels.len() != walked.width as usize * walked.height as usize * colours.num_components() {
        return Err(corrupt("two different sizes in one jpeg file"));
    }
    Ok(pixels)
}

/// What zune-jpeg reports, in our codes. Its messages of missing data and of bad codes are the same, so most are damage.
fn decoder_error(error: DecodeErrors) -> Error {
    match error {
        DecodeErrors::ExhaustedData => truncated("the data end early"),
        DecodeErrors::Unsupported(scheme) => unsupported(format!("{scheme:?}")),
        other => corrupt(format!("{other:?}")),
    }
}
