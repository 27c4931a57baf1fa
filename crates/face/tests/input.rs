//! Every form of picture file gives the right colours, upright.

use face::image::{Format, Image, Source};
use image::{DynamicImage, ImageFormat, RgbImage};
use testkit::pictures::{self, QUARTERS, metadata, png};

/// The middle of each quarter.
fn quarters(image: &Image) -> [[u8; 3]; 4] {
    let (w, h) = (i64::from(image.width()), i64::from(image.height()));
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| image.pixel(w * x / 4, h * y / 4))
}

#[track_caller]
fn assert_near(found: [[u8; 3]; 4], expected: [[u8; 3]; 4], tolerance: u8) {
    for (f, e) in found.as_flattened().iter().zip(expected.as_flattened()) {
        assert!(f.abs_diff(*e) <= tolerance, "{found:?} instead of {expected:?}");
    }
}

/// The mean absolute difference to a picture of the same size.
#[track_caller]
fn difference(image: &Image, expected: &RgbImage) -> f64 {
    assert_eq!((image.width(), image.height()), expected.dimensions());
    let sum: u64 = image.rgb().iter().zip(expected.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / expected.as_raw().len() as f64
}

fn scene() -> RgbImage {
    pictures::scene(96, 64)
}

#[test]
fn lossless_files_are_exact() {
    for (format, expected) in [(ImageFormat::Png, Format::Png), (ImageFormat::WebP, Format::WebP)] {
        let image = Image::decode(&pictures::small(format)).unwrap();
        assert_eq!(image.rgb(), scene().as_raw().as_slice());
        assert_eq!(image.source(), Source { format: Some(expected), grey: false, bits: Some(8), jpeg_quality: None });
    }
    let image = Image::decode(&png::interlaced(&scene())).unwrap();
    assert_eq!(image.rgb(), scene().as_raw().as_slice());
}

#[test]
fn lossy_files_are_near() {
    let baseline = pictures::small(ImageFormat::Jpeg);
    for (name, file, tolerance) in [
        ("baseline", baseline.as_slice(), 3.5),
        ("progressive", pictures::PROGRESSIVE_JPEG, 3.5),
        ("cmyk", pictures::CMYK_JPEG, 6.0),
        ("webp", pictures::LOSSY_WEBP, 3.5),
    ] {
        let found = difference(&Image::decode(file).unwrap(), &scene());
        assert!(found < tolerance, "{name}: {found}");
    }
}

#[test]
fn jpeg_quality_is_estimated() {
    let quality = |file: &[u8]| Image::decode(file).unwrap().source().jpeg_quality;
    assert_eq!(quality(pictures::PROGRESSIVE_JPEG), Some(85));
    assert_eq!(quality(pictures::CMYK_JPEG), Some(60));
    for wanted in [10, 35, 75, 95] {
        let mut file = Vec::new();
        scene().write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, wanted)).unwrap();
        assert_eq!(quality(&file), Some(wanted));
    }
}

#[test]
fn grey_files_say_so() {
    let grey = DynamicImage::ImageLuma8(image::imageops::grayscale(&scene()));
    for (format, tolerance) in [(ImageFormat::Png, 0.0), (ImageFormat::Jpeg, 3.0)] {
        let image = Image::decode(&pictures::encode(&grey, format)).unwrap();
        assert!(image.source().grey);
        assert!(difference(&image, &grey.to_rgb8()) <= tolerance);
    }
    let alpha = DynamicImage::ImageLumaA8(grey.to_luma_alpha8());
    let image = Image::decode(&pictures::encode(&alpha, ImageFormat::Png)).unwrap();
    assert!(image.source().grey);
    assert_eq!(image.rgb(), grey.to_rgb8().as_raw().as_slice());
}

#[test]
fn sixteen_bits_round_to_eight() {
    let rgb = DynamicImage::ImageRgb8(scene());
    let forms = [
        (DynamicImage::ImageLuma16(rgb.to_luma16()), 1.0),
        (DynamicImage::ImageLumaA16(rgb.to_luma_alpha16()), 1.0),
        (DynamicImage::ImageRgb16(rgb.to_rgb16()), 0.0),
        (DynamicImage::ImageRgba16(rgb.to_rgba16()), 0.0),
    ];
    for (form, tolerance) in forms {
        let image = Image::decode(&pictures::encode(&form, ImageFormat::Png)).unwrap();
        assert_eq!(image.source().bits, Some(16));
        assert!(difference(&image, &form.to_rgb8()) <= tolerance, "{:?}", form.color());
    }
}

#[test]
fn transparent_pixels_lie_on_white() {
    let mut rgba = DynamicImage::ImageRgb8(scene()).to_rgba8();
    for (x, y, pixel) in rgba.enumerate_pixels_mut() {
        pixel.0[3] = if x < 48 {
            255
        } else if y < 32 {
            0
        } else {
            102
        };
    }
    let whiter = |c: [u8; 3]| c.map(|v| ((u32::from(v) * 102 + 255 * 153) / 255) as u8);
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let image = Image::decode(&pictures::encode(&DynamicImage::ImageRgba8(rgba.clone()), format)).unwrap();
        let expected = [QUARTERS[0], [255; 3], QUARTERS[2], whiter(QUARTERS[3])];
        assert_near(quarters(&image), expected, 13);
        assert_eq!(image.pixel(90, 3), [255; 3]);
    }
    let lossy = Image::decode(pictures::LOSSY_ALPHA_WEBP).unwrap();
    assert_near(quarters(&lossy), [QUARTERS[0], whiter(QUARTERS[1]), QUARTERS[2], whiter(QUARTERS[3])], 16);
}

#[test]
fn palettes_and_their_transparency() {
    let image = Image::decode(&png::palette(50)).unwrap();
    let column = [5, 20, 30, 45].map(|y| image.pixel(25, y));
    assert_eq!(column, [[200, 0, 0], [0, 200, 0], [0, 0, 200], [255, 255, 255]]);
    assert_eq!(image.source().bits, Some(2));
}

/// Rows of `picture` as the file stores them when its upright form is stored with EXIF orientation `value` (TIFF 6.0, tag 274).
fn stored(picture: &RgbImage, value: u16) -> RgbImage {
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};
    match value {
        2 => flip_horizontal(picture),
        3 => rotate180(picture),
        4 => flip_vertical(picture),
        5 => rotate270(&flip_horizontal(picture)),
        6 => rotate270(picture),
        7 => rotate90(&flip_horizontal(picture)),
        8 => rotate90(picture),
        _ => picture.clone(),
    }
}

#[test]
fn orientation_of_every_format() {
    for value in 0..=9 {
        let picture = stored(&scene(), value);
        let (w, h) = picture.dimensions();
        let form = DynamicImage::ImageRgb8(picture);
        for big_endian in [false, true] {
            let exif = metadata::exif(value, big_endian);
            let plain = pictures::encode(&form, ImageFormat::Png);
            for late in [false, true] {
                let image = Image::decode(&metadata::png(&plain, &exif, late)).unwrap();
                assert!(difference(&image, &scene()) == 0.0, "png {value}");
            }
            let plain = pictures::encode(&form, ImageFormat::WebP);
            for exif in [exif.clone(), [b"Exif\0\0", &exif[..]].concat()] {
                let image = Image::decode(&metadata::webp(&plain, w, h, &exif)).unwrap();
                assert!(difference(&image, &scene()) == 0.0, "webp {value}");
            }
            let file = metadata::jpeg(&pictures::encode(&form, ImageFormat::Jpeg), &exif);
            assert!(difference(&Image::decode(&file).unwrap(), &scene()) < 3.5, "jpeg {value}");
        }
    }
}

#[test]
fn broken_orientation_is_ignored() {
    let good = metadata::exif(6, true);
    let mut far = good.clone();
    far[4..8].copy_from_slice(&[0xFF; 4]);
    let mut many = good.clone();
    many[8..10].copy_from_slice(&[0xFF; 2]);
    many[10] = 0;
    for exif in [&good[..12], &[], b"MM", &far, &many, &[0xFF; 64]] {
        let file = metadata::jpeg(&pictures::small(ImageFormat::Jpeg), exif);
        assert!(difference(&Image::decode(&file).unwrap(), &scene()) < 3.5);
        let file = metadata::png(&pictures::small(ImageFormat::Png), exif, false);
        assert!(difference(&Image::decode(&file).unwrap(), &scene()) == 0.0);
        let file = metadata::webp(&pictures::small(ImageFormat::WebP), 96, 64, exif);
        assert!(difference(&Image::decode(&file).unwrap(), &scene()) == 0.0);
    }
}

#[test]
fn resizing_keeps_colours_and_places() {
    let image = Image::decode(&pictures::small(ImageFormat::Png)).unwrap();
    for (width, height) in [(48, 32), (13, 7), (300, 200), (96, 20), (200, 64), (4, 4)] {
        let resized = image.resized(width, height);
        assert_eq!((resized.width(), resized.height(), resized.source()), (width, height, image.source()));
        assert_near(quarters(&resized), QUARTERS, 14);
    }
    // Shrinking by whole numbers is the mean of the squares.
    let half = image.resized(48, 32);
    for (x, y) in [(0, 0), (20, 11), (47, 31)] {
        let square = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(i, j)| image.pixel(2 * x + i, 2 * y + j));
        for channel in 0..3 {
            let mean = square.iter().map(|p| f64::from(p[channel])).sum::<f64>() / 4.0;
            assert!((f64::from(half.pixel(x, y)[channel]) - mean).abs() <= 0.51);
        }
    }
    // Growing is linear between the centres, and the edges stay.
    let double = image.resized(192, 128);
    assert_eq!(double.pixel(0, 0), image.pixel(0, 0));
    let (a, b) = (f64::from(image.pixel(10, 0)[0]), f64::from(image.pixel(11, 0)[0]));
    assert!((f64::from(double.pixel(21, 0)[0]) - (0.75 * a + 0.25 * b)).abs() <= 0.51);
}
