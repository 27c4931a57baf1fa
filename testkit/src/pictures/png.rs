//! A PNG writer for the forms that the `image` crate does not write, and for bombs.

use image::RgbImage;

/// One chunk: length, kind, data, checksum.
pub fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind[..], data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &body, &crc(&body).to_be_bytes()].concat()
}

/// A whole file: header fields (width, height, bits, colour type, interlaced), chunks before the data, zlib data.
pub fn file(size: (u32, u32), form: (u8, u8, bool), before: &[Vec<u8>], zlib: &[u8]) -> Vec<u8> {
    let (bits, colour, interlaced) = form;
    let header =
        [&size.0.to_be_bytes()[..], &size.1.to_be_bytes(), &[bits, colour, 0, 0, u8::from(interlaced)]].concat();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(*b"IHDR", &header),
        before.concat(),
        chunk(*b"IDAT", zlib),
        chunk(*b"IEND", &[]),
    ]
    .concat()
}

/// A square palette picture of 2 bits a pixel, in rows of blocks: red, green, blue, and a fourth colour that is fully transparent.
pub fn palette(side: u32) -> Vec<u8> {
    let colours = chunk(*b"PLTE", &[200, 0, 0, 0, 200, 0, 0, 0, 200, 1, 2, 3]);
    let transparency = chunk(*b"tRNS", &[255, 255, 255, 0]);
    let mut rows = Vec::new();
    for y in 0..side {
        let index = (y * 4 / side) as u8;
        rows.push(0);
        rows.extend(std::iter::repeat_n(index * 0b0101_0101, side.div_ceil(4) as usize));
    }
    file((side, side), (2, 3, false), &[colours, transparency], &zlib_stored(&rows))
}

/// `picture` as an interlaced (Adam7) file of 8-bit RGB.
pub fn interlaced(picture: &RgbImage) -> Vec<u8> {
    // Where each pass starts and how far it steps: x, y, step x, step y.
    const PASSES: [(u32, u32, usize, usize); 7] =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let (width, height) = picture.dimensions();
    let mut rows = Vec::new();
    for (x0, y0, step_x, step_y) in PASSES {
        for y in (y0..height).step_by(step_y) {
            rows.push(0);
            for x in (x0..width).step_by(step_x) {
                rows.extend(picture.get_pixel(x, y).0);
            }
        }
    }
    file((width, height), (8, 2, true), &[], &zlib_stored(&rows))
}

/// A header that announces `width` × `height` pixels with next to no data.
pub fn announced(width: u32, height: u32) -> Vec<u8> {
    file((width, height), (8, 2, false), &[], &zlib_stored(&[0; 16]))
}

/// A small picture whose data inflate to `bytes` zeros.
pub fn inflating(bytes: usize) -> Vec<u8> {
    file((64, 64), (8, 2, false), &[], &zlib_zeros(bytes))
}

/// zlib data without compression.
pub fn zlib_stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks: Vec<_> = data.chunks(65_535).collect();
    for (i, block) in blocks.iter().enumerate() {
        let length = block.len() as u16;
        out.push(u8::from(i + 1 == blocks.len()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&adler(data.iter().copied()).to_be_bytes());
    out
}

/// zlib data that inflate to about `bytes` zeros: one zero, then copies of it, 258 for 13 bits.
fn zlib_zeros(bytes: usize) -> Vec<u8> {
    let (mut out, mut word, mut used) = (vec![0x78, 0x01], 0_u64, 0);
    let mut put = |bits: u64, count: u32, out: &mut Vec<u8>| {
        word |= bits << used;
        used += count;
        while used >= 8 {
            out.push(word as u8);
            word >>= 8;
            used -= 8;
        }
    };
    // Last block, fixed codes; the code of the byte 0 is 00110000.
    put(0b011, 3, &mut out);
    put(0b0000_1100, 8, &mut out);
    let copies = bytes / 258;
    for _ in 0..copies {
        // Length 258 is 11000101, distance 1 is 00000; codes go in from their highest bit.
        put(0b1010_0011, 8, &mut out);
        put(0, 5, &mut out);
    }
    put(0, 7, &mut out);
    put(0, 7, &mut out);
    out.extend_from_slice(&adler(std::iter::repeat_n(0, 1 + copies * 258)).to_be_bytes());
    out
}

/// The checksum of PNG chunks (ISO/IEC 15948, annex D), four bits at a time.
fn crc(data: &[u8]) -> u32 {
    let half = |crc: u32| (0..4).fold(crc, |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()));
    let table: [u32; 16] = std::array::from_fn(|i| half(i as u32));
    !data.iter().fold(!0_u32, |crc, &byte| {
        let crc = crc ^ u32::from(byte);
        let crc = (crc >> 4) ^ table[(crc & 15) as usize];
        (crc >> 4) ^ table[(crc & 15) as usize]
    })
}

/// The checksum of zlib data (RFC 1950). The sums fit in 64 bits for any file that a test can make, so they are reduced once.
fn adler(data: impl Iterator<Item = u8>) -> u32 {
    let (a, b) = data.fold((1_u64, 0_u64), |(a, b), byte| {
        let a = a + u64::from(byte);
        (a, b + a)
    });
    ((b % 65_521) << 16 | (a % 65_521)) as u32
}
