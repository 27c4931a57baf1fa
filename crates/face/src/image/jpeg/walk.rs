//! The segments of a JPEG file: what they say, whether all are there, and a copy of those that make pixels.

use ::image::metadata::Orientation;

use super::super::{check_memory, check_size, corrupt, truncated, turn, unsupported};
use super::scans::{Component, Frame, Scan, Stretches};
use super::tables::{self, Huffman};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::IMAGE_DECODE_WORK_MAX;

/// What the decoder finds where a stretch of entropy-coded data ends: ones, of which no code consists. A picture that lacks data
/// runs into them and is refused; one that is whole ends before them. Long enough that the decoder's read-ahead of 8 bytes never
/// meets the marker behind, after which it would make up zeros.
const ONES: [u8; 32] = [
    0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF,
    0, 0xFF, 0, 0xFF, 0, 0xFF, 0,
];

/// How the channels make colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    /// One channel of brightness.
    Grey,
    /// Brightness and two colour differences.
    YCbCr,
    /// Red, green, blue.
    Rgb,
    /// Inks; true if stored inverted as Adobe does.
    Cmyk(bool),
    /// Inks as brightness, colour differences and black, inverted as Adobe does.
    Ycck,
}

/// A JPEG file reduced to its picture.
pub(super) struct Walked {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) colours: Colours,
    pub(super) orientation: Orientation,
    pub(super) quality: Option<u8>,
    pub(super) scans: u64,
    /// The file without metadata, with channels renamed so that no decoder guesses at colours.
    pub(super) clean: Vec<u8>,
}

/// The state of the walk.
struct Walk<'a> {
    rest: &'a [u8],
    clean: Vec<u8>,
    frame: Option<Frame>,
    colours: Colours,
    /// The colour transform of Adobe's segment.
    adobe: Option<u8>,
    jfif: bool,
    orientation: Option<Orientation>,
    interval: u64,
    means: [Option<Huffman>; 4],
    quantisation: [Option<[u16; 64]>; 4],
    scans: u64,
}

/// Walks the whole file.
pub(super) fn walk(bytes: &[u8]) -> Result<Walked> {
    let mut walk = Walk {
        rest: &bytes[2..],
        clean: Vec::with_capacity(bytes.len() + 1024),
        frame: None,
        colours: Colours::Grey,
        adobe: None,
        jfif: false,
        orientation: None,
        interval: 0,
        means: [const { None }; 4],
        quantisation: [None; 4],
        scans: 0,
    };
    walk.clean.extend_from_slice(&[0xFF, 0xD8]);
    loop {
        match walk.marker()? {
            0xD9 => return walk.finish(),
            0x01 | 0xD0..=0xD7 => {}
            0xD8 => return Err(corrupt("a second start")),
            marker => {
                let length = walk.rest.first_chunk().map(|b| usize::from(u16::from_be_bytes(*b)));
                let segment = length.and_then(|length| walk.rest.get(..length));
                let segment = segment.ok_or_else(|| truncated("the file ends within a segment"))?;
                let data = segment.get(2..).ok_or_else(|| corrupt("a segment shorter than its length"))?;
                walk.rest = &walk.rest[segment.len()..];
                walk.segment(marker, data)?;
            }
        }
    }
}

impl<'a> Walk<'a> {
    /// Finds the next marker; bytes between segments that belong to none are skipped, as every decoder does.
    fn marker(&mut self) -> Result<u8> {
        loop {
            let at = self.rest.iter().position(|&b| b == 0xFF).ok_or_else(|| truncated("no end marker"))?;
            let after = &self.rest[at + 1..];
            let fill = after.iter().position(|&b| b != 0xFF).ok_or_else(|| truncated("no end marker"))?;
            self.rest = &after[fill + 1..];
            if after[fill] != 0 {
                return Ok(after[fill]);
            }
        }
    }

    fn segment(&mut self, marker: u8, data: &'a [u8]) -> Result<()> {
        match marker {
            0xC0..=0xC2 => self.start_of_frame(marker, data),
            0xC4 => {
                Huffman::read_all(data, |class, slot, table| {
                    if class == 0 {
                        self.means[slot] = Some(table);
                    }
                })?;
                self.keep(marker, data);
                Ok(())
            }
            0xC3 | 0xC5..=0xCF => Err(unsupported("a lossless, hierarchical or arithmetic jpeg file")),
            0xDA => self.scan(data),
            0xDB => {
                tables::read_quantisation(data, &mut self.quantisation)?;
                self.keep(marker, data);
                Ok(())
            }
            0xDC => Err(unsupported("a jpeg file that states its height after the picture")),
            0xDD => {
                let &[high, low] = data else { return Err(corrupt("an impossible restart interval")) };
                self.interval = u64::from(u16::from_be_bytes([high, low]));
                self.keep(marker, data);
                Ok(())
            }
            0xE0 => {
                self.jfif |= data.starts_with(b"JFIF\0");
                // Frames of some webcams announce themselves with this and leave the usual Huffman tables out.
                if data.starts_with(b"AVI1\0") {
                    self.keep(marker, data);
                }
                Ok(())
            }
            0xE1 => {
                if self.orientation.is_none() && data.starts_with(b"Exif\0\0") {
                    self.orientation = Some(turn::of_exif(data));
                }
                Ok(())
            }
            0xEE => {
                if let (true, Some(&transform)) = (data.starts_with(b"Adobe"), data.get(11)) {
                    self.adobe = Some(transform);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Copies a segment.
    fn keep(&mut self, marker: u8, data: &[u8]) {
        let [high, low] = (data.len() as u16 + 2).to_be_bytes();
        self.clean.extend_from_slice(&[0xFF, marker, high, low]);
        self.clean.extend_from_slice(data);
    }

    fn start_of_frame(&mut self, marker: u8, data: &[u8]) -> Result<()> {
        if self.frame.is_some() {
            return Err(corrupt("two frame headers"));
        }
        let &[bits, h0, h1, w0, w1, count, ref channels @ ..] = data else {
            return Err(corrupt("an impossible frame header"));
        };
        let (width, height) = (u32::from(u16::from_be_bytes([w0, w1])), u32::from(u16::from_be_bytes([h0, h1])));
        if bits != 8 {
            return Err(unsupported(format!("a jpeg file of {bits} bits a channel")));
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(unsupported(format!("a jpeg file of {count} channels")));
        }
        check_size(width, height)?;
        let (triples, []) = channels.as_chunks::<3>() else {
            return Err(corrupt("an impossible frame header"));
        };
        if triples.len() != usize::from(count)
            || (1..triples.len()).any(|i| triples[..i].iter().any(|t| t[0] == triples[i][0]))
        {
            return Err(corrupt("an impossible frame header"));
        }
        // A single channel is coded block by block, whatever its sampling says.
        let sampling = |t: &[u8; 3]| if count == 1 { (1, 1) } else { (u32::from(t[1] >> 4), u32::from(t[1] & 15)) };
        let components: Vec<Component> =
            triples.iter().map(|t| Component::new(t[0], sampling(t).0, sampling(t).1, usize::from(t[2] & 3))).collect();
        check_sampling(&components)?;
        let frame = Frame { width, height, progressive: marker == 0xC2, components };
        // Coefficients of 2 bytes for a progressive file, and the inks before they are mixed.
        let coefficients = if frame.progressive { frame.blocks() * 128 } else { 0 };
        check_memory(coefficients + if count == 4 { u64::from(width) * u64::from(height) * 4 } else { 0 })?;
        self.colours = self.colours_of(triples);
        self.keep_frame(marker, &data[..6], &frame, triples);
        self.frame = Some(frame);
        Ok(())
    }

    /// How libjpeg and the browsers tell colours: by Adobe's segment, then JFIF, then channel numbers that spell RGB.
    fn colours_of(&self, triples: &[[u8; 3]]) -> Colours {
        match (triples, self.adobe) {
            ([_], _) => Colours::Grey,
            ([_, _, _], Some(0)) => Colours::Rgb,
            ([r, g, b], None) if !self.jfif && [r[0], g[0], b[0]] == *b"RGB" => Colours::Rgb,
            ([_, _, _], _) => Colours::YCbCr,
            (_, Some(2)) => Colours::Ycck,
            (_, adobe) => Colours::Cmyk(adobe.is_some()),
        }
    }

    /// Writes the frame header with channel numbers that leave the decoder no doubt.
    fn keep_frame(&mut self, marker: u8, head: &[u8], frame: &Frame, triples: &[[u8; 3]]) {
        if self.colours == Colours::Ycck {
            self.keep(0xEE, b"Adobe\0\x64\0\0\0\0\x02");
        }
        let mut data = head.to_vec();
        for (i, (triple, c)) in triples.iter().zip(&frame.components).enumerate() {
            data.extend_from_slice(&[self.name(i), (c.across << 4 | c.down) as u8, triple[2]]);
        }
        self.keep(marker, &data);
    }

    /// The number that channel `i` has in the copy.
    fn name(&self, i: usize) -> u8 {
        if self.colours == Colours::Rgb { b"RGB"[i.min(2)] } else { i as u8 + 1 }
    }

    fn scan(&mut self, data: &'a [u8]) -> Result<()> {
        let frame = self.frame.as_mut().ok_or_else(|| corrupt("a scan before the frame header"))?;
        let scan = frame.begin_scan(data)?;
        self.scans += 1;
        if u64::from(frame.width) * u64::from(frame.height) * self.scans > IMAGE_DECODE_WORK_MAX {
            let detail = format!("{}×{} pixels in {} scans or more", frame.width, frame.height, self.scans);
            return Err(Error::new(Code::ImageTooComplex, detail));
        }
        let means = scan.is_means();
        let mut header = data.to_vec();
        for (at, &(index, _)) in scan.parts.iter().enumerate() {
            header[1 + 2 * at] = self.name(index);
        }
        self.keep(0xDA, &header);
        let stretches = self.stretches(!means)?;
        self.check_scan(&scan, &stretches)
    }

    fn check_scan(&self, scan: &Scan, stretches: &Stretches<'_>) -> Result<()> {
        let Some(frame) = &self.frame else { return Ok(()) };
        stretches.check_count(frame.steps(scan))?;
        frame.check_means(scan, &self.means, stretches)
    }

    /// Copies the entropy-coded data up to the next marker that is no restart, with [`ONES`] before each marker if `ones`.
    fn stretches(&mut self, ones: bool) -> Result<Stretches<'a>> {
        let mut stretches = Stretches { data: Vec::new(), interval: self.interval };
        let (mut start, mut at) = (self.rest, 0);
        loop {
            let found = start[at..].iter().position(|&b| b == 0xFF).map(|i| at + i);
            let end = found.filter(|&i| i + 1 < start.len()).ok_or_else(|| truncated("no end marker"))?;
            let next = start[end + 1];
            if next == 0 {
                at = end + 2;
                continue;
            }
            self.clean.extend_from_slice(&start[..end]);
            stretches.data.push(&start[..end]);
            if ones {
                self.clean.extend_from_slice(&ONES);
            }
            // Fill bytes may stand before any marker.
            let fill = start[end..].iter().position(|&b| b != 0xFF).ok_or_else(|| truncated("no end marker"))?;
            let marker = start[end + fill];
            if !(0xD0..=0xD7).contains(&marker) {
                self.rest = &start[end..];
                return Ok(stretches);
            }
            if usize::from(marker - 0xD0) != (stretches.data.len() - 1) % 8 {
                return Err(corrupt("restart markers out of order"));
            }
            self.clean.extend_from_slice(&[0xFF, marker]);
            start = &start[end + fill + 1..];
            at = 0;
        }
    }

    fn finish(mut self) -> Result<Walked> {
        self.clean.extend_from_slice(&[0xFF, 0xD9]);
        let frame = self.frame.ok_or_else(|| corrupt("no frame header"))?;
        if !frame.is_complete() {
            return Err(truncated("scans are missing"));
        }
        let brightness = frame.components.first().and_then(|c| self.quantisation[c.quantisation]);
        Ok(Walked {
            width: frame.width,
            height: frame.height,
            colours: self.colours,
            orientation: self.orientation.unwrap_or(Orientation::NoTransforms),
            quality: brightness.filter(|_| self.colours != Colours::Rgb).map(|table| tables::quality(&table)),
            scans: self.scans,
            clean: self.clean,
        })
    }
}

/// Allows the samplings that cameras and programs write: full, halved or quartered colour beside full brightness.
fn check_sampling(components: &[Component]) -> Result<()> {
    let sides: Vec<_> = components.iter().map(|c| (c.across, c.down)).collect();
    let (first, others) = match sides[..] {
        [(1, 1)] => return Ok(()),
        [first, a, b] => (first, vec![a, b]),
        // Black is as fine as brightness.
        [first, a, b, black] if black == first => (first, vec![a, b]),
        _ => return Err(unsupported("an unusual colour sampling")),
    };
    let usual = matches!(first, (1 | 2, 1 | 2)) && others.iter().all(|&side| side == (1, 1));
    if usual { Ok(()) } else { Err(unsupported("an unusual colour sampling")) }
}
