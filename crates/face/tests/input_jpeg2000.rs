//! JPEG 2000: what is read, what is refused, and damaged files.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which clippy does not know as such")]

use face::Code;
use face::image::{Format, Image, fuzz};
use proptest::prelude::*;
use testkit::pictures::{GREY_JP2, LOSSLESS_JP2, LOSSY_J2K, scene};

const ALL: [&[u8]; 3] = [LOSSLESS_JP2, LOSSY_J2K, GREY_JP2];

#[track_caller]
fn code(bytes: &[u8]) -> Code {
    Image::decode(bytes).unwrap_err().code
}

/// The file with the bytes at the first `find` replaced.
fn replaced(file: &[u8], find: &[u8], by: &[u8]) -> Vec<u8> {
    let at = file.windows(find.len()).position(|window| window == find).unwrap();
    [&file[..at], by, &file[at + find.len()..]].concat()
}

/// Where the first marker stands.
fn marker(file: &[u8], kind: u8) -> usize {
    file.windows(2).position(|window| window == [0xFF, kind]).unwrap()
}

#[test]
fn a_lossless_file_gives_every_pixel() {
    let image = Image::decode(LOSSLESS_JP2).unwrap();
    assert_eq!((image.width(), image.height()), (96, 64));
    assert!(image.rgb() == scene(96, 64).as_raw().as_slice());
    let source = image.source();
    assert_eq!((source.format, source.grey, source.bits), (Some(Format::Jpeg2000), false, Some(8)));
}

#[test]
fn a_lossy_codestream_with_tiles_and_a_grey_file_are_read() {
    let image = Image::decode(LOSSY_J2K).unwrap();
    let original = scene(96, 64);
    let error: u64 = image.rgb().iter().zip(original.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    assert!(error / (96 * 64 * 3) < 8, "{error}");
    let grey = Image::decode(GREY_JP2).unwrap();
    assert!(grey.source().grey && grey.rgb().chunks(3).all(|p| p[0] == p[1] && p[1] == p[2]));
}

#[test]
fn the_codestream_alone_is_the_same_picture() {
    let at = marker(LOSSLESS_JP2, 0x4F);
    let bare = Image::decode(&LOSSLESS_JP2[at..]).unwrap();
    assert!(bare.rgb() == Image::decode(LOSSLESS_JP2).unwrap().rgb());
}

#[test]
fn a_portrait_as_chips_hold_it_is_read() {
    let file = include_bytes!("../../../fixtures/obama-1.jp2");
    let image = Image::decode(file).unwrap();
    assert_eq!((image.width(), image.height()), (240, 300));
    for length in (0..file.len()).step_by(97) {
        assert!(Image::decode(&file[..length]).is_err(), "{length}");
    }
}

#[test]
fn the_limits_hold_before_anything_is_decoded() {
    let size = |width: u32, height: u32, tile: u32| {
        let at = marker(LOSSY_J2K, 0x51) + 6;
        let mut file = LOSSY_J2K.to_vec();
        file[at..at + 4].copy_from_slice(&width.to_be_bytes());
        file[at + 4..at + 8].copy_from_slice(&height.to_be_bytes());
        file[at + 16..at + 20].copy_from_slice(&tile.to_be_bytes());
        file[at + 20..at + 24].copy_from_slice(&tile.to_be_bytes());
        code(&file)
    };
    assert_eq!(size(20_000, 64, 64), Code::ImageTooManyPixels);
    assert_eq!(size(16_000, 16_000, 64), Code::ImageTooManyPixels);
    assert_eq!(size(96, 47, 64), Code::ImageTooSmall);
    assert_eq!(size(0, 64, 64), Code::ImageCorrupt);
    assert_eq!(size(96, 64, 0), Code::ImageCorrupt);
    assert_eq!(size(4000, 4000, 16), Code::ImageTooComplex);
    // Six megapixels in three channels need more memory than a portrait may.
    let mut large = LOSSLESS_JP2[marker(LOSSLESS_JP2, 0x4F)..].to_vec();
    for (at, side) in [(8, 3000_u32), (12, 2000), (24, 3000), (28, 2000)] {
        large[at..at + 4].copy_from_slice(&side.to_be_bytes());
    }
    assert_eq!(code(&large), Code::ImageTooComplex);
    // 65,535 layers.
    let at = marker(LOSSY_J2K, 0x52);
    let mut layers = LOSSY_J2K.to_vec();
    layers[at + 6..at + 8].copy_from_slice(&[0xFF, 0xFF]);
    assert_eq!(code(&layers), Code::ImageTooComplex);
}

#[test]
fn rare_forms_are_refused_as_such() {
    assert_eq!(code(&replaced(LOSSLESS_JP2, b"ihdr", b"pclr")), Code::ImageUnsupported);
    // sYCC.
    assert_eq!(code(&replaced(LOSSLESS_JP2, &[1, 0, 0, 0, 0, 0, 16], &[1, 0, 0, 0, 0, 0, 18])), Code::ImageUnsupported);
    // Chroma of half the width.
    let at = marker(LOSSY_J2K, 0x51) + 2 + 38;
    let mut chroma = LOSSY_J2K.to_vec();
    chroma[at + 4] = 2;
    assert_eq!(code(&chroma), Code::ImageUnsupported);
    // A region of interest in place of the comment.
    let mut region = LOSSY_J2K.to_vec();
    region[marker(LOSSY_J2K, 0x64) + 1] = 0x5E;
    assert_eq!(code(&region), Code::ImageUnsupported);
}

#[test]
fn cut_at_every_length() {
    for file in ALL {
        for length in 1..file.len() {
            let code = code(&file[..length]);
            assert!(matches!(code, Code::ImageTruncated | Code::ImageCorrupt), "{length} of {}: {code}", file.len());
        }
        let longer = Image::decode(&[file, b"trailer"].concat()).unwrap();
        assert!(longer.rgb() == Image::decode(file).unwrap().rgb());
    }
}

#[test]
fn changed_at_every_byte() {
    for file in ALL {
        let mut file = file.to_vec();
        for at in 0..file.len() {
            for change in [1 << (at % 8), 0xFF] {
                file[at] ^= change;
                fuzz::check(&file);
                file[at] ^= change;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(start in 0..2_usize, bytes in prop::collection::vec(any::<u8>(), 0..1000)) {
        let starts: [&[u8]; 2] = [b"\0\0\0\x0CjP  \r\n\x87\n", b"\xFF\x4F\xFF\x51"];
        fuzz::check(&[starts[start], &bytes].concat());
    }

    #[test]
    fn any_changes(which in 0..3_usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut file = ALL[which].to_vec();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        fuzz::check(&file);
    }
}
