//! What the scans of a JPEG file must hold, so that a picture with missing parts is never taken for a whole one.

use super::super::{corrupt, truncated, unsupported};
use super::tables::{Bits, Huffman};
use crate::error::Result;

/// The mark of a coefficient that no scan has coded yet; otherwise the lowest bit coded so far (Al).
const UNSEEN: u8 = 255;

/// One colour channel of the frame header.
pub(super) struct Component {
    /// The channel's number in the file.
    pub(super) id: u8,
    /// Blocks across in one unit of an interleaved scan: 1, 2 or 4.
    pub(super) across: u32,
    /// Blocks down in one unit of an interleaved scan: 1 or 2.
    pub(super) down: u32,
    /// The slot of its quantisation table.
    pub(super) quantisation: usize,
    /// How far each coefficient is coded.
    seen: [u8; 64],
}

impl Component {
    pub(super) fn new(id: u8, across: u32, down: u32, quantisation: usize) -> Self {
        Self { id, across, down, quantisation, seen: [UNSEEN; 64] }
    }
}

/// The frame header.
pub(super) struct Frame {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) progressive: bool,
    pub(super) components: Vec<Component>,
}

/// One scan header: the component indices with their DC table slots, and what the scan codes.
pub(super) struct Scan {
    /// Indices into the frame's components, with the slots of their DC tables.
    pub(super) parts: Vec<(usize, usize)>,
    first: u8,
    last: u8,
    high: u8,
    low: u8,
}

impl Frame {
    fn most(&self, side: impl Fn(&Component) -> u32) -> u32 {
        self.components.iter().map(side).max().unwrap_or(1)
    }

    /// Interleaved units across and down.
    fn units(&self) -> (u32, u32) {
        (self.width.div_ceil(8 * self.most(|c| c.across)), self.height.div_ceil(8 * self.most(|c| c.down)))
    }

    /// Blocks of all components.
    pub(super) fn blocks(&self) -> u64 {
        let (x, y) = self.units();
        self.components.iter().map(|c| u64::from(x * y) * u64::from(c.across * c.down)).sum()
    }

    /// The steps of a scan: blocks of a single component, or units of several.
    pub(super) fn steps(&self, scan: &Scan) -> u64 {
        if let [(only, _)] = scan.parts[..] {
            let c = &self.components[only];
            let x = (self.width * c.across).div_ceil(8 * self.most(|c| c.across));
            let y = (self.height * c.down).div_ceil(8 * self.most(|c| c.down));
            u64::from(x) * u64::from(y)
        } else {
            let (x, y) = self.units();
            u64::from(x) * u64::from(y)
        }
    }

    /// Blocks in one step of a scan, component by component, with their DC table slots.
    fn step_blocks(&self, scan: &Scan) -> Vec<usize> {
        if let [(_, slot)] = scan.parts[..] {
            return vec![slot];
        }
        let blocks = |&(i, slot): &(usize, usize)| {
            std::iter::repeat_n(slot, (self.components[i].across * self.components[i].down) as usize)
        };
        scan.parts.iter().flat_map(blocks).collect()
    }

    /// Reads a scan header and checks that it follows from the scans before it.
    pub(super) fn begin_scan(&mut self, data: &[u8]) -> Result<Scan> {
        let wrong = || corrupt("an impossible scan header");
        let count = usize::from(*data.first().ok_or_else(wrong)?);
        let (Some(pairs), Some(&[first, last, approximation])) =
            (data.get(1..1 + 2 * count), data.get(1 + 2 * count..))
        else {
            return Err(wrong());
        };
        let mut parts: Vec<(usize, usize)> = Vec::new();
        for &[id, slots] in pairs.as_chunks::<2>().0 {
            let index = self.components.iter().position(|c| c.id == id).ok_or_else(wrong)?;
            if slots >> 4 > 3 || slots & 15 > 3 || parts.iter().any(|&(i, _)| i >= index) {
                return Err(wrong());
            }
            parts.push((index, usize::from(slots >> 4)));
        }
        let scan = Scan { parts, first, last, high: approximation >> 4, low: approximation & 15 };
        if scan.parts.is_empty() {
            return Err(wrong());
        }
        if self.progressive {
            self.progress(&scan)?;
        } else {
            self.sequential(&scan)?;
        }
        Ok(scan)
    }

    /// A sequential file has one scan with everything. Separate scans for the channels are legal, but no camera writes them.
    fn sequential(&mut self, scan: &Scan) -> Result<()> {
        if (scan.first, scan.last, scan.high, scan.low) != (0, 63, 0, 0) {
            return Err(corrupt("an impossible scan header"));
        }
        if scan.parts.len() != self.components.len() {
            return Err(unsupported("a sequential jpeg file with one scan for each channel"));
        }
        if self.is_complete() {
            return Err(corrupt("a second scan in a sequential file"));
        }
        for c in &mut self.components {
            c.seen = [0; 64];
        }
        Ok(())
    }

    /// A progressive scan codes new coefficients or one more bit of coded ones (T.81, G.1.1.1); frequencies only after the mean.
    fn progress(&mut self, scan: &Scan) -> Result<()> {
        let Scan { first, last, high, low, .. } = *scan;
        let band = if first == 0 { last == 0 } else { first <= last && last < 64 && scan.parts.len() == 1 };
        if !band || low > 13 || (high > 0 && high != low + 1) {
            return Err(corrupt("an impossible progressive scan"));
        }
        let before = if high == 0 { UNSEEN } else { high };
        for &(index, _) in &scan.parts {
            let seen = &mut self.components[index].seen;
            if first > 0 && seen[0] == UNSEEN {
                return Err(corrupt("a progressive scan before the one that it refines"));
            }
            for state in &mut seen[usize::from(first)..=usize::from(last)] {
                if *state != before {
                    return Err(corrupt("a progressive scan that repeats or skips another"));
                }
                *state = low;
            }
        }
        Ok(())
    }

    /// True if every coefficient of every channel has been coded to its last bit.
    pub(super) fn is_complete(&self) -> bool {
        self.components.iter().all(|c| c.seen == [0; 64])
    }

    /// Checks that `stretches` (the entropy-coded data between restart markers) hold the means of all blocks, if `scan` codes
    /// means of a progressive file. Stretches of other scans are checked by the decoder, which is given ones after each.
    pub(super) fn check_means(
        &self,
        scan: &Scan,
        tables: &[Option<Huffman>; 4],
        stretches: &Stretches<'_>,
    ) -> Result<()> {
        if !self.progressive || scan.first > 0 {
            return Ok(());
        }
        let slots = self.step_blocks(scan);
        let mut left = self.steps(scan);
        for data in &stretches.data {
            let mut bits = Bits::new(data);
            let steps = if stretches.interval == 0 { left } else { left.min(stretches.interval) };
            for _ in 0..steps {
                for &slot in &slots {
                    if scan.high > 0 {
                        bits.take(1)?;
                        continue;
                    }
                    let table = tables[slot].as_ref().ok_or_else(|| corrupt("a huffman table is missing"))?;
                    let size = table.symbol(&mut bits)?;
                    bits.take(u32::from(size))?;
                }
            }
            left -= steps;
        }
        Ok(())
    }
}

impl Scan {
    /// True if the scan codes means only, as the first scans of a progressive file do.
    pub(super) fn is_means(&self) -> bool {
        self.first == 0 && self.last == 0
    }
}

/// The entropy-coded data of one scan, cut at its restart markers.
#[derive(Default)]
pub(super) struct Stretches<'a> {
    pub(super) data: Vec<&'a [u8]>,
    /// Steps between restart markers; 0 for none.
    pub(super) interval: u64,
}

impl Stretches<'_> {
    /// Checks that the number of restart markers is the one that `steps` call for.
    pub(super) fn check_count(&self, steps: u64) -> Result<()> {
        let expected = if self.interval == 0 { 1 } else { steps.div_ceil(self.interval) };
        match (self.data.len() as u64).cmp(&expected) {
            std::cmp::Ordering::Less => Err(truncated("a scan ends early")),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(corrupt("too many restart markers")),
        }
    }
}
