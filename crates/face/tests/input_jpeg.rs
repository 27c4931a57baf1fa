//! The forms that JPEG files take: samplings, scans, restarts, and the ways to store colours.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which clippy does not know as such")]

use face::image::Image;
use testkit::pictures::jpeg;

/// The colours of [`jpeg::Form::colour`].
const YCC: [[u8; 3]; 4] = [[50, 50, 50], [200, 200, 200], [254, 0, 0], [0, 0, 254]];

/// The middle of each quarter.
fn quarters(image: &Image) -> [[u8; 3]; 4] {
    let (w, h) = (i64::from(image.width()), i64::from(image.height()));
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| image.pixel(w * x / 4, h * y / 4))
}

#[track_caller]
fn assert_near(form: &jpeg::Form, expected: [[u8; 3]; 4], tolerance: u8) {
    let found = quarters(&Image::decode(&form.write()).unwrap());
    for (f, e) in found.as_flattened().iter().zip(expected.as_flattened()) {
        assert!(f.abs_diff(*e) <= tolerance, "{found:?} instead of {expected:?}");
    }
}

#[test]
fn samplings_scans_and_restarts() {
    for sampling in [(1, 1), (2, 1), (1, 2), (2, 2)] {
        for base in [jpeg::Form::colour(), jpeg::Form::progressive()] {
            // Sizes that fill neither blocks nor units, too.
            for (restart, size) in [(0, (64, 64)), (1, (64, 64)), (3, (64, 96)), (0, (61, 75)), (2, (91, 58))] {
                let mut form = jpeg::Form { restart, size, ..base.clone() };
                (form.channels[0].1, form.channels[0].2) = sampling;
                let image = Image::decode(&form.write()).unwrap();
                assert_eq!((image.width(), image.height()), size);
                assert_near(&form, YCC, 2);
            }
        }
    }
}

#[test]
fn means_in_separate_scans() {
    let mut form = jpeg::Form::progressive();
    let means = |channel| jpeg::Scan { channels: vec![channel], band: (0, 0), bits: (0, 0) };
    form.scans.retain(|scan| scan.band.0 > 0);
    form.scans.splice(0..0, [means(0), means(1), means(2)]);
    assert_near(&form, YCC, 2);
}

fn full(ids: &[u8]) -> Vec<(u8, u8, u8)> {
    ids.iter().map(|&id| (id, 1, 1)).collect()
}

#[test]
fn red_green_blue() {
    let quarters = [[200, 40, 30, 0], [10, 220, 30, 0], [10, 40, 230, 0], [255, 255, 255, 0]];
    let expected = quarters.map(|[r, g, b, _]| [r, g, b]);
    // By Adobe's segment, and by channel numbers.
    let rgb = jpeg::Form { quarters, channels: full(&[1, 2, 3]), adobe: Some(0), ..jpeg::Form::colour() };
    assert_near(&rgb, expected, 1);
    assert_near(&jpeg::Form { channels: full(b"RGB"), adobe: None, ..rgb }, expected, 1);
    // The same numbers mean nothing when Adobe's segment says otherwise.
    assert_near(&jpeg::Form { adobe: Some(1), channels: full(b"RGB"), ..jpeg::Form::colour() }, YCC, 2);
}

#[test]
fn inks() {
    // As Adobe stores them, where 255 is no ink; and as the standard has them.
    let quarters = [[200, 40, 30, 255], [10, 220, 30, 255], [10, 40, 230, 128], [255, 255, 255, 0]];
    let expected = [[200, 40, 30], [10, 220, 30], [5, 20, 115], [0, 0, 0]];
    let inks = jpeg::Form { quarters, channels: full(&[1, 2, 3, 4]), adobe: Some(0), ..jpeg::Form::colour() };
    assert_near(&inks, expected, 1);
    let plain = jpeg::Form { quarters: quarters.map(|v| v.map(|ink| 255 - ink)), adobe: None, ..inks };
    assert_near(&plain, expected, 1);
    // YCCK: brightness 0 is 255 of each stored ink, that is paper; half the black halves it.
    assert_near(&jpeg::Form::ycck(), [[255, 255, 255], [128, 128, 128], [254, 0, 0], [0, 0, 0]], 3);
}

#[test]
fn one_channel_is_grey_whatever_its_sampling() {
    for side in [1, 2] {
        let form = jpeg::Form { channels: vec![(1, side, side)], restart: 1, ..jpeg::Form::colour() };
        assert!(Image::decode(&form.write()).unwrap().source().grey);
        assert_near(&form, [[50; 3], [200; 3], [76; 3], [29; 3]], 1);
    }
}
