//! What tells one picture from every other.

use crate::image::Image;
use serde::{Deserialize, Serialize};

/// Cells across the small picture.
const COLUMNS: usize = 8;
/// Cells down the small picture.
const ROWS: usize = 8;

/// A hash of all pixels, and the picture very small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imprint {
    /// FNV-1a over the pixels, eight bytes at a time: equal only for equal pictures. No camera takes the same picture twice.
    pub hash: u64,
    /// Mean brightness of 8×8 cells, 0 to 255, row by row; each cell looks at every fourth pixel of every fourth row.
    pub cells: [[u8; COLUMNS]; ROWS],
}

impl Imprint {
    /// The imprint of `image`.
    pub fn of(image: &Image) -> Self {
        let mut sums = [[(0_u64, 0_u64); COLUMNS]; ROWS];
        let (width, height) = (image.width() as usize, image.height() as usize);
        for (y, row) in image.rgb().chunks_exact(width * 3).enumerate().step_by(4) {
            let line = &mut sums[(y * ROWS / height).min(ROWS - 1)];
            for (x, [r, g, b]) in row.as_chunks::<3>().0.iter().enumerate().step_by(4) {
                let (sum, n) = &mut line[x * COLUMNS / width];
                *sum += u64::from(*r) + 2 * u64::from(*g) + u64::from(*b);
                *n += 4;
            }
        }
        Self { hash: hash(image.rgb()), cells: sums.map(|line| line.map(|(sum, n)| (sum / n.max(1)) as u8)) }
    }

    /// Mean difference of the cells, in steps of brightness.
    pub fn distance(&self, other: &Self) -> f64 {
        let cells = self.cells.iter().flatten().zip(other.cells.iter().flatten());
        let sum: u32 = cells.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        f64::from(sum) / (COLUMNS * ROWS) as f64
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(29);
    let hash = words.iter().fold(0xCBF2_9CE4_8422_2325, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte)))
}
