//! Damaged files: cut at every length, changed at every byte, put together at random. Never a panic, never half a picture.

use face::Code;
use face::image::{Image, fuzz};
use proptest::prelude::*;
use testkit::pictures::{self, jpeg, png};

/// Asserts that a cut file is refused as such.
#[track_caller]
fn assert_refused(name: &str, bytes: &[u8]) {
    let code = Image::decode(bytes).err().map(|error| error.code);
    let expected = [Code::ImageTruncated, Code::ImageCorrupt, Code::ImageEmpty, Code::ImageUnsupported];
    assert!(code.is_some_and(|code| expected.contains(&code)), "{name}, {} bytes: {code:?}", bytes.len());
}

#[test]
fn cut_at_every_length() {
    for (name, file) in pictures::all_small() {
        let animated = name.starts_with("animated");
        assert_eq!(Image::decode(&file).is_ok(), !animated, "{name}");
        for length in 0..file.len() {
            assert_refused(name, &file[..length]);
        }
    }
    assert_eq!(Image::decode(&[]).unwrap_err().code, Code::ImageEmpty);
    assert_eq!(Image::decode(b"\xFF").unwrap_err().code, Code::ImageTruncated);
    assert_eq!(Image::decode(b"RIFF\x10\0\0").unwrap_err().code, Code::ImageTruncated);
    assert_eq!(Image::decode(b"GIF89a\x40\0\x40\0").unwrap_err().code, Code::ImageUnsupported);
}

#[test]
fn cut_upload_is_called_truncated() {
    for (name, file) in pictures::all_small() {
        if !name.starts_with("animated") {
            let error = Image::decode(&file[..file.len() * 3 / 4]).unwrap_err();
            assert_eq!(error.code, Code::ImageTruncated, "{name}: {error}");
        }
    }
}

/// The lengths to which a JPEG file can be cut without touching its last 2 bytes of data.
fn data_lengths(file: &[u8]) -> std::ops::Range<usize> {
    let scan = file.windows(2).position(|w| w == [0xFF, 0xDA]);
    scan.map_or(0, |at| at + 14)..file.len() - 4
}

#[test]
fn jpeg_cut_and_closed_again() {
    let mut files: Vec<_> = pictures::all_small().into_iter().filter(|(name, _)| name.contains("jpeg")).collect();
    files.push(("flat progressive jpeg", jpeg::Form::progressive().write()));
    files.push(("flat progressive jpeg with restarts", jpeg::Form { restart: 3, ..jpeg::Form::progressive() }.write()));
    for (name, file) in files {
        for length in data_lengths(&file) {
            let closed = [&file[..length], &[0xFF, 0xD9]].concat();
            assert!(Image::decode(&closed).is_err(), "{name} cut at {length} of {}", file.len());
        }
    }
}

/// Later scans are whole, so only the count of what the scan itself holds can tell.
#[test]
fn progressive_jpeg_with_a_short_scan() {
    let separate = |channel| jpeg::Scan { channels: vec![channel], band: (0, 0), bits: (0, 0) };
    let mut single = jpeg::Form::progressive();
    single.scans.retain(|scan| scan.band.0 > 0);
    single.scans.splice(0..0, [separate(0), separate(1), separate(2)]);
    for file in [jpeg::Form::progressive().write(), single.write(), pictures::PROGRESSIVE_JPEG.to_vec()] {
        let scans: Vec<_> = (0..file.len() - 1).filter(|&at| file[at..at + 2] == [0xFF, 0xDA]).collect();
        for scan in scans {
            let data = scan + 2 + usize::from(file[scan + 3]);
            let length = file[data..].windows(2).position(|w| w[0] == 0xFF && w[1] != 0).unwrap();
            let means = file[data - 3] == 0;
            // Ends of runs of blocks fill the last byte of a scan of frequencies; every byte of the means counts.
            for kept in 0..if means { length } else { length.saturating_sub(2) } {
                let short = [&file[..data + kept], &file[data + length..]].concat();
                assert!(Image::decode(&short).is_err(), "{kept} of {length} bytes of the scan at {scan}");
            }
        }
    }
}

#[test]
fn png_with_fewer_rows_than_announced() {
    let rows = |count: usize| png::zlib_stored(&vec![0; count * (1 + 64 * 3)]);
    let file = |count| png::file((64, 64), (8, 2, false), &[], &rows(count));
    assert!(Image::decode(&file(64)).is_ok());
    for count in [0, 1, 32, 63] {
        assert_refused("png without its last rows", &file(count));
    }
    let mut unfinished = rows(64);
    unfinished.truncate(unfinished.len() / 2);
    assert_refused("png with half its data", &png::file((64, 64), (8, 2, false), &[], &unfinished));
}

#[test]
fn webp_cut_with_corrected_lengths() {
    for file in [pictures::LOSSY_WEBP, &pictures::small(image::ImageFormat::WebP)] {
        let (kind, data) = (&file[12..16], &file[20..]);
        for length in (0..data.len() - 8).step_by(2) {
            let size = |n: usize| (n as u32).to_le_bytes();
            let cut = [b"RIFF", &size(length + 12)[..], b"WEBP", kind, &size(length), &data[..length]].concat();
            assert_refused("webp with corrected lengths", &cut);
        }
    }
}

#[test]
fn changed_at_every_byte() {
    for (_, mut file) in pictures::all_small() {
        for at in 0..file.len() {
            for change in [1 << (at % 8), 0xFF] {
                file[at] ^= change;
                fuzz::check(&file);
                file[at] ^= change;
            }
        }
    }
}

#[test]
fn two_files_joined() {
    let files = pictures::all_small();
    for (_, first) in &files {
        for (_, second) in &files {
            fuzz::check(&[&first[..first.len() / 2], &second[second.len() / 2..]].concat());
        }
    }
}

#[test]
fn bytes_after_the_end_are_ignored() {
    for (name, file) in pictures::all_small() {
        if let Ok(image) = Image::decode(&file) {
            let longer = Image::decode(&[&file, &b"\xFF\xD8\xFFtrailer"[..]].concat()).expect(name);
            assert!(image.rgb() == longer.rgb(), "{name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(start in 0..4_usize, bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let starts: [&[u8]; 4] = [b"", b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1a\n", b"RIFF\xF0\x01\0\0WEBP"];
        fuzz::check(&[starts[start], &bytes].concat());
    }

    #[test]
    fn any_changes(which in 0..16_usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let (_, mut file) = pictures::all_small().swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        fuzz::check(&file);
    }
}
