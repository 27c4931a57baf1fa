//! What tells one picture from every other.

use crate::image::Image;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Cells along each side of the small picture.
pub(crate) const SIDE: usize = 32;

/// A hash of all pixels, and the whole picture very small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imprint {
    /// FNV-1a over the pixels, eight bytes at a time: equal only for equal pictures. No camera takes the same picture twice.
    pub hash: u64,
    /// Mean brightness of 32×32 cells, 0 to 255, row by row, each cell a 32nd of the picture's width and height; of every second pixel
    /// of every second row in larger pictures.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    cells: Vec<u8>,
}

impl Default for Imprint {
    /// Of a black picture.
    fn default() -> Self {
        Self { hash: 0, cells: vec![0; SIDE * SIDE] }
    }
}

impl Imprint {
    /// The imprint of `image`.
    pub fn of(image: &Image) -> Self {
        let mut sums = vec![(0_u64, 0_u64); SIDE * SIDE];
        let (width, height) = (image.width() as usize, image.height() as usize);
        let step = if width.min(height) >= 4 * SIDE { 2 } else { 1 };
        for (y, row) in image.rgb().chunks_exact(width * 3).enumerate().step_by(step) {
            let line = &mut sums[y * SIDE / height * SIDE..];
            for (x, [r, g, b]) in row.as_chunks::<3>().0.iter().enumerate().step_by(step) {
                let (sum, n) = &mut line[x * SIDE / width];
                *sum += u64::from(*r) + 2 * u64::from(*g) + u64::from(*b);
                *n += 4;
            }
        }
        Self { hash: hash(image.rgb()), cells: sums.iter().map(|(sum, n)| (sum / (*n).max(1)) as u8).collect() }
    }

    /// The brightness of the cell in `column` and `row`.
    pub fn cell(&self, column: usize, row: usize) -> f64 {
        f64::from(self.cells.get(row * SIDE + column).copied().unwrap_or(0))
    }

    /// The brightness at (`x`, `y`) in shares of the picture's width and height, linear between the cells' middles; none outside them.
    pub fn at(&self, x: f64, y: f64) -> Option<f64> {
        let (x, y) = (x * SIDE as f64 - 0.5, y * SIDE as f64 - 0.5);
        let last = (SIDE - 1) as f64;
        if !(0.0..=last).contains(&x) || !(0.0..=last).contains(&y) {
            return None;
        }
        let (column, row) = ((x as usize).min(SIDE - 2), (y as usize).min(SIDE - 2));
        let (dx, dy) = (x - column as f64, y - row as f64);
        let across = |row| self.cell(column, row) * (1.0 - dx) + self.cell(column + 1, row) * dx;
        Some(across(row) * (1.0 - dy) + across(row + 1) * dy)
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(29);
    let hash = words.iter().fold(0xCBF2_9CE4_8422_2325, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte)))
}

fn write<S: Serializer>(cells: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD_NO_PAD.encode(cells))
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let cells = STANDARD_NO_PAD.decode(text).map_err(serde::de::Error::custom)?;
    let whole = cells.len() == SIDE * SIDE;
    whole.then_some(cells).ok_or_else(|| serde::de::Error::custom("an imprint has not 32×32 cells"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pixel_changes_the_hash_and_the_small_picture_follows_the_large() {
        let mut rgb = vec![0_u8; 96 * 64 * 3];
        for (i, pixel) in rgb.chunks_exact_mut(3).enumerate() {
            pixel.fill((i % 96 * 2) as u8);
        }
        let first = Imprint::of(&Image::from_rgb(96, 64, rgb.clone()).unwrap());
        assert!((first.at(0.5, 0.5).unwrap() - 95.0).abs() < 3.0);
        assert_eq!(first.at(1.2, 0.5), None);
        assert!(first.cell(31, 0) > first.cell(0, 31));
        rgb[4000] ^= 1;
        assert_ne!(first.hash, Imprint::of(&Image::from_rgb(96, 64, rgb).unwrap()).hash);
        let text = serde_json::to_string(&first).unwrap();
        assert_eq!(serde_json::from_str::<Imprint>(&text).unwrap(), first);
        assert!(serde_json::from_str::<Imprint>("{\"hash\":1,\"cells\":\"AAAA\"}").is_err());
    }
}
