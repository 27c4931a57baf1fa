//! A JPEG writer for flat blocks: it knows only the mean of each block, and with that every sampling, colour form, restart interval
//! and order of progressive scans.

/// One scan of a progressive file.
#[derive(Clone, Debug)]
pub struct Scan {
    /// Channels in it, by index.
    pub channels: Vec<usize>,
    /// First and last coefficient.
    pub band: (u8, u8),
    /// Bit positions before and after (Ah, Al).
    pub bits: (u8, u8),
}

/// What to write.
#[derive(Clone, Debug)]
pub struct Form {
    /// Size in pixels; the quarters of the picture get one colour each.
    pub size: (u32, u32),
    /// For each channel: its number in the file and its blocks across and down.
    pub channels: Vec<(u8, u8, u8)>,
    /// Channel values of the four quarters, as stored.
    pub quarters: [[u8; 4]; 4],
    /// The colour transform in Adobe's segment, if there shall be one.
    pub adobe: Option<u8>,
    /// Units between restart markers; 0 for none.
    pub restart: u16,
    /// The quantisation step of all coefficients; with 8 the colours are right.
    pub step: u16,
    /// The scans of a progressive file; none for a baseline file of one scan.
    pub scans: Vec<Scan>,
}

impl Form {
    /// A baseline file of 4:2:0: a dark, a bright, a red and a blue quarter in `YCbCr`.
    pub fn colour() -> Self {
        Self {
            size: (64, 64),
            channels: vec![(1, 2, 2), (2, 1, 1), (3, 1, 1)],
            quarters: [[50, 128, 128, 0], [200, 128, 128, 0], [76, 85, 255, 0], [29, 255, 107, 0]],
            adobe: None,
            restart: 0,
            step: 8,
            scans: Vec::new(),
        }
    }

    /// A baseline file of stored `YCCK` as Adobe writes it; see the colours in the tests.
    pub fn ycck() -> Self {
        Self {
            channels: vec![(1, 2, 2), (2, 1, 1), (3, 1, 1), (4, 2, 2)],
            quarters: [[0, 128, 128, 255], [0, 128, 128, 128], [179, 171, 1, 255], [255, 128, 128, 255]],
            adobe: Some(2),
            ..Self::colour()
        }
    }

    /// The usual progressive scans: means of all channels, then frequencies channel by channel, each in two steps of precision.
    pub fn progressive() -> Self {
        let all: Vec<usize> = vec![0, 1, 2];
        let mut scans = vec![Scan { channels: all.clone(), band: (0, 0), bits: (0, 1) }];
        for channel in 0..3 {
            scans.push(Scan { channels: vec![channel], band: (1, 63), bits: (0, 1) });
        }
        scans.push(Scan { channels: all, band: (0, 0), bits: (1, 0) });
        for channel in 0..3 {
            scans.push(Scan { channels: vec![channel], band: (1, 63), bits: (1, 0) });
        }
        Self { scans, ..Self::colour() }
    }

    /// A progressive file with a scan for each frequency, channel and bit: the most scans that the format allows.
    pub fn many_scans(size: (u32, u32)) -> Self {
        let mut scans = vec![Scan { channels: vec![0, 1, 2], band: (0, 0), bits: (0, 0) }];
        for low in (0..=13).rev() {
            let high = if low == 13 { 0 } else { low + 1 };
            for frequency in 1..64 {
                for channel in 0..3 {
                    scans.push(Scan { channels: vec![channel], band: (frequency, frequency), bits: (high, low) });
                }
            }
        }
        Self { size, scans, ..Self::colour() }
    }

    /// The file.
    pub fn write(&self) -> Vec<u8> {
        let mut out = vec![0xFF, 0xD8];
        if let Some(transform) = self.adobe {
            segment(&mut out, 0xEE, &[b"Adobe\0\x64\0\0\0\0", &[transform][..]].concat());
        }
        // With steps of 8 the stored mean of a block is its value − 128.
        segment(&mut out, 0xDB, &[&[0x10][..], &self.step.to_be_bytes().repeat(64)].concat());
        let mut frame = vec![8];
        frame.extend_from_slice(&(self.size.1 as u16).to_be_bytes());
        frame.extend_from_slice(&(self.size.0 as u16).to_be_bytes());
        frame.push(self.channels.len() as u8);
        for &(id, across, down) in &self.channels {
            frame.extend_from_slice(&[id, across << 4 | down, 0]);
        }
        segment(&mut out, if self.scans.is_empty() { 0xC0 } else { 0xC2 }, &frame);
        // Means: sizes 0 to 11, each a code of 4 bits. Frequencies: ends of runs of blocks, each a code of 5 bits.
        let counts = |length: usize, count: u8| (1..=16).map(move |l| if l == length { count } else { 0 });
        segment(&mut out, 0xC4, &[0].into_iter().chain(counts(4, 12)).chain(0..12).collect::<Vec<u8>>());
        segment(
            &mut out,
            0xC4,
            &[0x10].into_iter().chain(counts(5, 15)).chain((0..15).map(|r| r << 4)).collect::<Vec<u8>>(),
        );
        if self.restart > 0 {
            segment(&mut out, 0xDD, &self.restart.to_be_bytes());
        }
        if self.scans.is_empty() {
            let channels = (0..self.channels.len()).collect();
            self.scan(&mut out, &Scan { channels, band: (0, 63), bits: (0, 0) });
        }
        for scan in &self.scans {
            self.scan(&mut out, scan);
        }
        out.extend_from_slice(&[0xFF, 0xD9]);
        out
    }

    fn scan(&self, out: &mut Vec<u8>, scan: &Scan) {
        let mut header = vec![scan.channels.len() as u8];
        for &channel in &scan.channels {
            header.extend_from_slice(&[self.channels[channel].0, 0]);
        }
        header.extend_from_slice(&[scan.band.0, scan.band.1, scan.bits.0 << 4 | scan.bits.1]);
        segment(out, 0xDA, &header);
        let (across, down) = self.grid(scan);
        let total = (across * down) as usize;
        let units = if scan.band.0 == 0 { self.units(scan) } else { Vec::new() };
        let interval = if self.restart == 0 { total } else { usize::from(self.restart) };
        for (i, start) in (0..total).step_by(interval).enumerate() {
            let end = total.min(start + interval);
            if i > 0 {
                out.extend_from_slice(&[0xFF, 0xD0 + ((i - 1) % 8) as u8]);
            }
            let mut bits = Bits { out, word: 0, used: 0 };
            if scan.band.0 == 0 {
                bits.means(&units[start..end], scan);
            } else {
                bits.end_runs(end - start);
            }
            bits.finish();
        }
    }

    /// The finest sampling of all channels.
    fn finest(&self) -> (u32, u32) {
        let most = |side: fn(&(u8, u8, u8)) -> u8| self.channels.iter().map(side).max().map_or(1, u32::from);
        (most(|c| c.1), most(|c| c.2))
    }

    /// Units of a scan across and down: blocks of a single channel, or groups of blocks of several.
    fn grid(&self, scan: &Scan) -> (u32, u32) {
        let ((across, down), (width, height)) = (self.finest(), self.size);
        let (_, h, v) = if scan.channels.len() == 1 { self.channels[scan.channels[0]] } else { (0, 1, 1) };
        ((width * u32::from(h)).div_ceil(8 * across), (height * u32::from(v)).div_ceil(8 * down))
    }

    /// For each unit of a scan its blocks: channel and mean.
    fn units(&self, scan: &Scan) -> Vec<Vec<(usize, i32)>> {
        let ((across, down), (width, height)) = (self.finest(), self.size);
        let single = scan.channels.len() == 1;
        let (units_x, units_y) = self.grid(scan);
        let mut units = Vec::new();
        for (y, x) in (0..units_y).flat_map(|y| (0..units_x).map(move |x| (y, x))) {
            let mut blocks = Vec::new();
            for &channel in &scan.channels {
                let (_, h, v) = self.channels[channel];
                let (h, v) = if single { (1, 1) } else { (u32::from(h), u32::from(v)) };
                for (j, i) in (0..v).flat_map(|j| (0..h).map(move |i| (j, i))) {
                    let right = (x * h + i) * 2 * 8 * across / u32::from(self.channels[channel].1) >= width;
                    let below = (y * v + j) * 2 * 8 * down / u32::from(self.channels[channel].2) >= height;
                    let value = self.quarters[usize::from(right) + 2 * usize::from(below)][channel];
                    blocks.push((channel, i32::from(value) - 128));
                }
            }
            units.push(blocks);
        }
        units
    }
}

fn segment(out: &mut Vec<u8>, marker: u8, data: &[u8]) {
    out.extend_from_slice(&[0xFF, marker]);
    out.extend_from_slice(&(data.len() as u16 + 2).to_be_bytes());
    out.extend_from_slice(data);
}

struct Bits<'a> {
    out: &'a mut Vec<u8>,
    word: u32,
    used: u32,
}

impl Bits<'_> {
    fn put(&mut self, bits: u32, count: u32) {
        self.word = self.word << count | (bits & ((1 << count) - 1));
        self.used += count;
        while self.used >= 8 {
            self.used -= 8;
            let byte = (self.word >> self.used) as u8;
            self.out.push(byte);
            if byte == 0xFF {
                self.out.push(0);
            }
        }
    }

    /// Fills the last byte with ones.
    fn finish(&mut self) {
        if self.used > 0 {
            self.put(0xFF, 8 - self.used);
        }
    }

    fn means(&mut self, units: &[Vec<(usize, i32)>], scan: &Scan) {
        let (high, low) = scan.bits;
        let mut before = [0; 4];
        for &(channel, mean) in units.iter().flatten() {
            if high > 0 {
                self.put((mean >> low) as u32, 1);
                continue;
            }
            let mean = mean >> low;
            let difference = mean - before[channel];
            before[channel] = mean;
            let size = 32 - difference.unsigned_abs().leading_zeros();
            self.put(size, 4);
            self.put(if difference < 0 { difference - 1 } else { difference } as u32, size);
            if scan.band.1 > 0 {
                self.put(0, 5);
            }
        }
    }

    /// Says that `blocks` blocks have no further coefficients.
    fn end_runs(&mut self, mut blocks: usize) {
        while blocks > 0 {
            let power = blocks.ilog2().min(14);
            let run = blocks.min((2 << power) - 1);
            self.put(power, 5);
            self.put(run as u32 - (1 << power), power);
            blocks -= run;
        }
    }
}
