//! Every limit bites before anything large is allocated or computed, and the largest that is allowed stays bearable.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which clippy does not know as such")]

use std::time::Instant;

use face::image::{Image, fuzz};
use face::limits::{IMAGE_BYTES_MAX, IMAGE_DECODE_WORK_MAX, IMAGE_SIDE_PX_MAX, IMAGE_SIDE_PX_MIN};
use face::{Code, Error};
use testkit::pictures::{self, jpeg, metadata, png};

fn refusal(bytes: &[u8]) -> Error {
    let start = Instant::now();
    let error = Image::decode(bytes).unwrap_err();
    // Generous for a busy machine; a decoded bomb would take many seconds.
    assert!(start.elapsed().as_secs() < 3, "{error} took {:?}", start.elapsed());
    error
}

#[test]
fn bytes() {
    let mut file = pictures::small(image::ImageFormat::Png);
    file.resize(IMAGE_BYTES_MAX, 0);
    assert!(Image::decode(&file).is_ok());
    file.push(0);
    assert_eq!(refusal(&file).code, Code::ImageTooLarge);
}

/// Files of each format that announce a size in their header.
fn announced(width: u32, height: u32) -> Vec<Vec<u8>> {
    let mut jpeg = jpeg::Form::colour().write();
    let frame = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 7].copy_from_slice(&(height as u16).to_be_bytes());
    jpeg[frame + 7..frame + 9].copy_from_slice(&(width as u16).to_be_bytes());
    let mut lossy = pictures::LOSSY_WEBP.to_vec();
    lossy[26..28].copy_from_slice(&(width as u16).to_le_bytes());
    lossy[28..30].copy_from_slice(&(height as u16).to_le_bytes());
    vec![jpeg, png::announced(width, height), lossy]
}

#[test]
fn pixels_and_sides() {
    for (width, height) in [(16_383, 16_383), (10_000, 5_001)] {
        for file in announced(width, height) {
            assert_eq!(refusal(&file).code, Code::ImageTooManyPixels);
        }
    }
    let wide = [IMAGE_SIDE_PX_MAX + 1, 65_535];
    for side in wide {
        assert_eq!(refusal(&announced(side, 64)[0]).code, Code::ImageTooManyPixels);
        assert_eq!(refusal(&announced(64, side)[1]).code, Code::ImageTooManyPixels);
    }
    for side in [1 << 30, u32::MAX] {
        assert_eq!(refusal(&png::announced(side, side)).code, Code::ImageTooManyPixels);
    }
    // An extended WebP file announces its canvas in 24 bits a side.
    let canvas = metadata::webp(pictures::LOSSY_WEBP, 1 << 24, 1 << 24, &[]);
    assert_eq!(refusal(&canvas).code, Code::ImageTooManyPixels);
    // Announced but not there: nothing large may be built on trust, and the size itself is no reason to refuse.
    for file in announced(9_000, 5_000) {
        assert!(matches!(refusal(&file).code, Code::ImageTruncated | Code::ImageCorrupt));
    }
}

#[test]
fn small_pictures() {
    for file in announced(IMAGE_SIDE_PX_MIN - 1, 400) {
        assert_eq!(refusal(&file).code, Code::ImageTooSmall);
    }
    for file in announced(0, 400) {
        assert_eq!(refusal(&file).code, Code::ImageCorrupt);
    }
    assert!(Image::decode(&png::palette(IMAGE_SIDE_PX_MIN)).is_ok());
}

#[test]
fn pixels_from_memory() {
    assert_eq!(Image::from_rgb(64, 64, vec![0; 64 * 64 * 3 - 1]).unwrap_err().code, Code::ImageCorrupt);
    assert_eq!(Image::from_rgb(40, 64, vec![0; 40 * 64 * 3]).unwrap_err().code, Code::ImageTooSmall);
    assert_eq!(Image::from_rgb(u32::MAX, u32::MAX, Vec::new()).unwrap_err().code, Code::ImageCorrupt);
    assert_eq!(Image::from_rgb(64, 48, vec![7; 64 * 48 * 3]).unwrap().pixel(-5, 900), [7; 3]);
}

#[test]
fn memory_of_rare_forms() {
    // 16 bits of red, green, blue and alpha: 8 bytes a pixel.
    let wide = png::file((8_000, 6_000), (16, 6, false), &[], &png::zlib_stored(&[0; 16]));
    assert_eq!(refusal(&wide).code, Code::ImageTooComplex);
    // A progressive file keeps 2 bytes for each sample, here 4 full channels.
    let channels = (1..=4).map(|id| (id, 1, 1)).collect();
    let inks = jpeg::Form { channels, size: (64, 64), ..jpeg::Form::progressive() };
    let mut file = inks.write();
    let frame = file.windows(2).position(|w| w == [0xFF, 0xC2]).unwrap();
    file[frame + 5..frame + 9].copy_from_slice(&[0x13, 0x88, 0x27, 0x10]);
    assert_eq!(refusal(&file).code, Code::ImageTooComplex);
}

#[test]
fn data_that_inflate_without_end() {
    // 40 MB from 250 kB; the picture needs 12 kB of them.
    let file = png::inflating(40_000_000);
    assert!(file.len() < 260_000);
    let start = Instant::now();
    fuzz::check(&file);
    assert!(start.elapsed().as_secs() < 3);
}

#[test]
fn too_many_scans() {
    let file = jpeg::Form::many_scans((1024, 768)).write();
    let error = refusal(&file);
    assert_eq!(error.code, Code::ImageTooComplex);
    assert!(error.detail.contains("636 scans"), "{error}");
    // The same scans of a small picture are within the limit, and 2,647 is all that the format has: repeats are refused.
    let mut form = jpeg::Form::many_scans((64, 64));
    assert!(Image::decode(&form.write()).is_ok());
    form.scans.push(form.scans[1].clone());
    assert_eq!(refusal(&form.write()).code, Code::ImageCorrupt);
}

#[test]
fn most_scans_that_are_allowed() {
    let (width, height) = (432, 432);
    let form = jpeg::Form::many_scans((width, height));
    let work = u64::from(width) * u64::from(height) * form.scans.len() as u64;
    assert!(work <= IMAGE_DECODE_WORK_MAX && work * 100 >= IMAGE_DECODE_WORK_MAX * 98, "{work}");
    let file = form.write();
    let start = Instant::now();
    assert!(Image::decode(&file).is_ok());
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn missing_scans_are_truncation() {
    let whole = jpeg::Form::progressive();
    for count in 1..whole.scans.len() {
        let form = jpeg::Form { scans: whole.scans[..count].to_vec(), ..whole.clone() };
        assert_eq!(refusal(&form.write()).code, Code::ImageTruncated, "{count} scans");
    }
}

/// `pattern` (zeros and ones) `count` times as entropy-coded data, filled with ones.
fn entropy(pattern: &str, count: usize) -> Vec<u8> {
    let mut bits: Vec<u8> = pattern.bytes().map(|b| b - b'0').collect::<Vec<_>>().repeat(count);
    bits.resize(bits.len().next_multiple_of(8), 1);
    let bytes = bits.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit));
    bytes.flat_map(|byte| if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] }).collect()
}

#[test]
fn coefficients_beyond_the_decoders_arithmetic() {
    // Each block's mean is 2047 (11 bits) above the one before, times the largest step: past 32 bits after 17 blocks.
    let grey = jpeg::Form { step: u16::MAX, size: (512, 512), channels: vec![(1, 1, 1)], ..jpeg::Form::colour() };
    let scans = vec![
        jpeg::Scan { channels: vec![0], band: (0, 0), bits: (0, 0) },
        jpeg::Scan { channels: vec![0], band: (1, 63), bits: (0, 0) },
    ];
    let progressive = jpeg::Form { scans, ..grey.clone() };
    // The writer's codes: size 11 is 1011, the end of a block is 00000.
    for (form, pattern) in [(grey, "10111111111111100000"), (progressive, "101111111111111")] {
        let file = form.write();
        let start = file.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap() + 10;
        let length = file[start..].windows(2).position(|w| w[0] == 0xFF && w[1] != 0).unwrap();
        let hostile = [&file[..start], &entropy(pattern, 64 * 64), &file[start + length..]].concat();
        fuzz::check(&hostile);
        // Steps that fit give a picture, however odd: the file is formally right.
        let step = hostile.windows(2).position(|w| w == [0xFF, 0xDB]).unwrap() + 5;
        let mut mild = hostile;
        mild[step..step + 128].copy_from_slice(&[0, 1].repeat(64));
        assert!(Image::decode(&mild).is_ok());
    }
}

#[test]
fn rare_forms_are_named() {
    let with_frame = |marker: u8, bits: u8| {
        let mut file = jpeg::Form::colour().write();
        let frame = file.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
        (file[frame + 1], file[frame + 4]) = (marker, bits);
        file
    };
    for marker in [0xC3, 0xC5, 0xC9, 0xCA, 0xCF] {
        assert_eq!(refusal(&with_frame(marker, 8)).code, Code::ImageUnsupported, "{marker:x}");
    }
    assert_eq!(refusal(&with_frame(0xC1, 12)).code, Code::ImageUnsupported);
    assert!(Image::decode(&with_frame(0xC1, 8)).is_ok());
    for channels in
        [vec![(1, 4, 1), (2, 1, 1), (3, 1, 1)], vec![(1, 2, 2), (2, 2, 1), (3, 1, 1)], vec![(1, 1, 1), (2, 1, 1)]]
    {
        let file = jpeg::Form { channels, ..jpeg::Form::colour() }.write();
        assert_eq!(refusal(&file).code, Code::ImageUnsupported);
    }
    assert_eq!(refusal(pictures::ANIMATED_WEBP).code, Code::ImageUnsupported);
}
