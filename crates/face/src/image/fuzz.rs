//! What must hold for any bytes: the body that the property tests, the sweeps and the fuzz target share.

use super::Image;
use crate::limits::{IMAGE_PIXELS_MAX, IMAGE_SIDE_PX_MAX, IMAGE_SIDE_PX_MIN};

/// Decodes `bytes`: the result is a picture within the limits or a refusal with an `image-…` code and a detail.
///
/// # Panics
/// If that does not hold; a decoder that panics is such a case.
pub fn check(bytes: &[u8]) {
    match Image::decode(bytes) {
        Ok(image) => {
            let (width, height) = (image.width(), image.height());
            assert!(width.min(height) >= IMAGE_SIDE_PX_MIN && width.max(height) <= IMAGE_SIDE_PX_MAX);
            let pixels = u64::from(width) * u64::from(height);
            assert!(pixels <= IMAGE_PIXELS_MAX);
            assert_eq!(image.rgb().len() as u64, pixels * 3);
            assert!(image.source().format.is_some() && image.source().bits.is_some());
        }
        Err(error) => {
            assert!(error.code.as_str().starts_with("image-"), "{error}");
            assert!(!error.detail.is_empty() && error.faces.is_empty(), "{error}");
        }
    }
}
