//! Huffman and quantisation tables of a JPEG file, as far as the checks need them (ITU-T T.81, Annexes B, C and K).

use super::super::{corrupt, truncated};
use crate::error::Result;

/// Brightness quantisation of Annex K, table K.1, in zigzag order as files store it.
const ANNEX_K_LUMA: [u16; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61,
    60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113,
    121, 112, 100, 120, 92, 101, 103, 99,
];

/// A Huffman table for decoding code by code (T.81, figure F.15).
#[derive(Clone)]
pub(super) struct Huffman {
    /// For each code length: the first code, the number of codes, and where their values start.
    lengths: [(u32, u32, usize); 16],
    values: Vec<u8>,
}

impl Huffman {
    /// Reads the tables of a DHT segment; calls `keep` with the class (0 for DC, 1 for AC), the slot and the table.
    pub(super) fn read_all(mut data: &[u8], mut keep: impl FnMut(u8, usize, Self)) -> Result<()> {
        while let Some((head, after)) = data.split_first_chunk::<17>() {
            let (class, slot) = (head[0] >> 4, usize::from(head[0] & 15));
            let count = head[1..].iter().map(|&n| usize::from(n)).sum::<usize>();
            let values = after.get(..count).ok_or_else(|| corrupt("a huffman table is cut"))?;
            if class > 1 || slot > 3 || count > 256 {
                return Err(corrupt("an impossible huffman table"));
            }
            let mut lengths = [(0, 0, 0); 16];
            let (mut code, mut at) = (0_u32, 0_usize);
            for (length, &n) in head[1..].iter().enumerate() {
                lengths[length] = (code, u32::from(n), at);
                code += u32::from(n);
                at += usize::from(n);
                // The code of all ones is never given away (T.81, C.2): the check for missing data relies on it.
                if n > 0 && code >= 1 << (length + 1) {
                    return Err(corrupt("a huffman table with too many codes"));
                }
                code <<= 1;
            }
            // Differences of means have at most 11 bits (T.81, table F.1).
            if class == 0 && values.iter().any(|&size| size > 11) {
                return Err(corrupt("an impossible huffman table"));
            }
            keep(class, slot, Self { lengths, values: values.to_vec() });
            data = &after[count..];
        }
        if data.is_empty() { Ok(()) } else { Err(corrupt("a huffman table is cut")) }
    }

    /// Reads one symbol.
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u8> {
        let mut code = 0;
        for &(first, count, values) in &self.lengths {
            code = (code << 1) | bits.take(1)?;
            if code < first + count {
                return Ok(self.values[values + (code - first) as usize]);
            }
        }
        Err(corrupt("a huffman code that no table has"))
    }
}

/// The bits of one stretch of entropy-coded data.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    word: u32,
    left: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, word: 0, left: 0 }
    }

    /// Takes `n` bits, at most 16. Every FF in the data is followed by a 00 that is dropped.
    pub(super) fn take(&mut self, n: u32) -> Result<u32> {
        while self.left < n {
            let (&byte, rest) = self.data.split_first().ok_or_else(|| truncated("a scan ends early"))?;
            self.data = if byte == 0xFF { rest.get(1..).unwrap_or_default() } else { rest };
            self.word = (self.word << 8) | u32::from(byte);
            self.left += 8;
        }
        self.left -= n;
        Ok((self.word >> self.left) & ((1 << n) - 1))
    }
}

/// Reads the tables of a DQT segment into their slots, in zigzag order.
pub(super) fn read_quantisation(mut data: &[u8], slots: &mut [Option<[u16; 64]>; 4]) -> Result<()> {
    while let Some((&head, after)) = data.split_first() {
        let (wide, slot) = (head >> 4, usize::from(head & 15));
        let length = if wide == 0 { 64 } else { 128 };
        let (Some(values), Some(table), true) = (after.get(..length), slots.get_mut(slot), wide < 2) else {
            return Err(corrupt("an impossible quantisation table"));
        };
        let mut read = [0; 64];
        for (i, out) in read.iter_mut().enumerate() {
            *out =
                if wide == 0 { u16::from(values[i]) } else { u16::from_be_bytes([values[2 * i], values[2 * i + 1]]) };
        }
        if read.contains(&0) {
            return Err(corrupt("a quantisation step of 0"));
        }
        *table = Some(read);
        data = &after[length..];
    }
    Ok(())
}

/// The quality setting whose table is nearest to this one, by the sum of absolute differences; the lowest of equals.
pub(super) fn quality(table: &[u16; 64]) -> u8 {
    let distance = |quality: u16| -> u32 {
        let scale = if quality < 50 { 5000 / u32::from(quality) } else { 200 - 2 * u32::from(quality) };
        let scaled = ANNEX_K_LUMA.iter().map(|&k| ((u32::from(k) * scale + 50) / 100).clamp(1, 255));
        scaled.zip(table).map(|(a, &b)| a.abs_diff(u32::from(b))).sum()
    };
    (1..=100).min_by_key(|&quality| distance(quality)).map_or(1, |quality| quality as u8)
}
