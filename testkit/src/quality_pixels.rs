//! Pixel work of [`crate::quality_scenes`]: repeatable noise, blur, and the way through a JPEG file.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat};

/// A repeatable number from 0 to 1 for a place.
pub(crate) fn hash(x: i32, y: i32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77);
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    ((h ^ (h >> 15)) >> 8) as f32 / (1 << 24) as f32
}

/// Smooth noise from 0 to 1 with one lattice point a unit.
pub(crate) fn grain(x: f32, y: f32) -> f32 {
    let (column, row) = (x.floor(), y.floor());
    let (u, v) = (x - column, y - row);
    let (u, v) = (u * u * (3.0 - 2.0 * u), v * v * (3.0 - 2.0 * v));
    let at = |i: i32, j: i32| hash(column as i32 + i, row as i32 + j);
    let upper = at(0, 0) + u * (at(1, 0) - at(0, 0));
    let lower = at(0, 1) + u * (at(1, 1) - at(0, 1));
    upper + v * (lower - upper)
}

/// Blurs by a standard deviation, takes the colour away, rounds to bytes and goes through a JPEG of some quality, as asked.
pub(crate) fn finish(mut rgb: Vec<f32>, size: [u32; 2], (blur, grey, jpeg): (f32, bool, u8)) -> Vec<u8> {
    if blur > 0.0 {
        blur_lines(&mut rgb, size[0] as usize, 3, blur);
        let column = size[0] as usize * 3;
        blur_lines(&mut rgb, size[1] as usize, column, blur);
    }
    if grey {
        for pixel in rgb.chunks_exact_mut(3) {
            pixel.fill(0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]);
        }
    }
    let bytes: Vec<u8> = rgb.iter().map(|v| v.round().clamp(0.0, 255.0) as u8).collect();
    if jpeg == 0 { bytes } else { through_jpeg(&bytes, size, jpeg).unwrap_or(bytes) }
}

/// Gaussian blur along lines of `count` values that are `stride` apart.
fn blur_lines(values: &mut [f32], count: usize, stride: usize, deviation: f32) {
    let reach = (3.0 * deviation).ceil() as i32;
    let weights: Vec<f32> = (-reach..=reach).map(|i| (-0.5 * (i as f32 / deviation).powi(2)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    let mut line = vec![0.0; count];
    for group in values.chunks_exact_mut(count * stride) {
        for start in 0..stride {
            for (i, value) in line.iter_mut().enumerate() {
                *value = group[start + i * stride];
            }
            for i in 0..count {
                let near = (0..).zip(&weights).map(|(k, w)| {
                    let at = (i as i32 + k - reach).clamp(0, count as i32 - 1);
                    w * line[at as usize]
                });
                group[start + i * stride] = near.sum::<f32>() / sum;
            }
        }
    }
}

/// The pixels after encoding as JPEG and decoding again; none when that fails.
fn through_jpeg(rgb: &[u8], [width, height]: [u32; 2], quality: u8) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality).encode(rgb, width, height, ExtendedColorType::Rgb8).ok()?;
    let picture = image::load_from_memory_with_format(&file, ImageFormat::Jpeg).ok()?;
    Some(picture.into_rgb8().into_raw())
}
