//! What tells where a picture comes from, whoever it shows: its encoder, and whether a sensor's noise is in it.

use face::Image;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Places along each side of a picture.
const SIDE: usize = 12;
/// A place in which green differs by less from pixel to pixel is not looked at: what is black or white for the camera is the same in every picture.
const RANGE_MIN: u8 = 10;
/// Fewest places of a picture that are looked at.
const PLACES_MIN: usize = 24;

/// The print of one picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::desk) struct Print {
    /// See [`codec`].
    pub(super) codec: u64,
    /// 16 bits of a hash of the pixels of each of 12×12 places, row by row; 0 where a place is not looked at.
    places: Vec<u16>,
}

impl Print {
    /// The print of the file `picture`, which was decoded to `image`.
    pub(super) fn of(picture: &[u8], image: &Image) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let mut places = vec![Place::default(); SIDE * SIDE];
        for (y, row) in image.rgb().chunks_exact(width.max(1) * 3).enumerate() {
            let line = y * SIDE / height.max(1) * SIDE;
            for (x, pixel) in row.as_chunks::<3>().0.iter().enumerate() {
                places[line + x * SIDE / width].add(*pixel);
            }
        }
        Self { codec: codec(picture), places: places.iter().map(Place::print).collect() }
    }
}

/// A place while its pixels are read: FNV-1a, 64 bits.
#[derive(Clone)]
struct Place {
    hash: u64,
    least: u8,
    most: u8,
}

impl Default for Place {
    fn default() -> Self {
        Self { hash: BASIS, least: u8::MAX, most: 0 }
    }
}

impl Place {
    fn add(&mut self, [red, green, blue]: [u8; 3]) {
        let pixel = u64::from(u32::from_be_bytes([0, red, green, blue]));
        self.hash = (self.hash ^ pixel).wrapping_mul(PRIME);
        (self.least, self.most) = (self.least.min(green), self.most.max(green));
    }

    fn print(&self) -> u16 {
        let looked_at = self.most.saturating_sub(self.least) >= RANGE_MIN;
        if looked_at { ((self.hash >> 48) as u16).max(1) } else { 0 }
    }
}

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// The share of a picture's places that were exactly so in an earlier picture, in the middle of all pictures but the first; 0 where too
/// little can be looked at. No camera sees a place twice alike: the light and the sensor have their own noise.
pub(super) fn returned(prints: &[&Print]) -> f64 {
    let mut known: Vec<HashSet<u16>> = vec![HashSet::new(); SIDE * SIDE];
    let mut shares = Vec::new();
    for (number, print) in prints.iter().enumerate() {
        let (mut seen, mut again) = (0, 0);
        for (place, known) in print.places.iter().zip(&mut known).filter(|(place, _)| **place != 0) {
            seen += 1;
            again += usize::from(!known.insert(*place));
        }
        if number > 0 && seen >= PLACES_MIN {
            shares.push(again as f64 / seen as f64);
        }
    }
    shares.sort_by(f64::total_cmp);
    shares.get(shares.len() / 2).copied().unwrap_or(0.0)
}

/// What tells one encoder and its settings from another: a hash of the picture's kind and, for JPEG, of its quantisation tables and of how it
/// samples colour (ITU-T T.81, B.2). FNV-1a, 64 bits.
fn codec(picture: &[u8]) -> u64 {
    let mut hash = BASIS;
    let mut add = |bytes: &[u8]| bytes.iter().for_each(|b| hash = (hash ^ u64::from(*b)).wrapping_mul(PRIME));
    if !picture.starts_with(&[0xff, 0xd8]) {
        add(picture.get(..12).unwrap_or(picture));
        return hash;
    }
    let mut rest = &picture[2..];
    while let [0xff, marker, high, low, ..] = *rest {
        let length = usize::from(u16::from_be_bytes([high, low]));
        let Some(segment) = rest.get(4..(2 + length).max(4)) else { break };
        match marker {
            0xdb => add(segment),
            // The frame: not its height and width, which are compared elsewhere.
            0xc0..=0xc2 => add(segment.get(5..).unwrap_or_default()),
            0xda => break,
            _ => {}
        }
        rest = rest.get(2 + length.max(2)..).unwrap_or_default();
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A picture with something in it, and noise of this strength that differs with `number`.
    fn picture(number: u64, noise: u64) -> Image {
        let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut value = |base: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (base as u64 + (state >> 40) % (noise + 1)) as u8
        };
        let rgb = (0..120 * 160 * 3).map(|i| value(40 + i / 3 % 120 * 3 / 2)).collect();
        Image::from_rgb(120, 160, rgb).unwrap()
    }

    fn share(noises: impl Iterator<Item = (u64, u64)>) -> f64 {
        let prints: Vec<Print> = noises.map(|(number, noise)| Print::of(b"", &picture(number, noise))).collect();
        returned(&prints.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_camera_never_sees_a_place_twice_and_a_still_is_always_the_same() {
        assert!(share((0..30).map(|n| (n, 3))) < 0.02);
        assert!(share((0..30).map(|n| (n, 0))) > 0.99);
        assert!(share((0..30).map(|n| (n % 4, 3))) > 0.99, "the same noise comes back");
        assert!(share(std::iter::once((1, 3))) < 1e-9);
    }

    proptest! {
        #[test]
        fn any_file_has_a_print(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0_usize..300) {
            let mut jpeg = vec![0xff, 0xd8];
            jpeg.extend(&bytes);
            let image = picture(1, 1);
            prop_assert_eq!(Print::of(&jpeg, &image).places.len(), SIDE * SIDE);
            Print::of(jpeg.get(..cut).unwrap_or(&jpeg), &image);
        }
    }
}
