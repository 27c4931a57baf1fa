//! From light to a JPEG file: exposure and white balance that adapt slowly, a soft lens, noise of light and of reading, compression.

use super::raster::Canvas;
use super::space::Vec3;
use crate::attacks::chance::Chance;
use crate::code::Code;
use crate::error::{Error, Result};
use image::codecs::jpeg::JpegEncoder;

/// The mean linear light that the exposure tends to.
const MIDDLE: f32 = 0.2;
/// Time after which exposure and white balance have come most of the way, in seconds.
const EXPOSURE_S: f32 = 0.8;
const BALANCE_S: f32 = 2.5;
/// Steps of the table from linear light to sRGB, and normal numbers in the table of noise.
const CURVE: usize = 4096;
const NOISE: usize = 1 << 16;

/// A camera with its state.
#[derive(Clone, Debug)]
pub struct Camera {
    /// What light is multiplied with; none before the first picture.
    gain: Option<Vec3>,
    /// How far the camera corrects a tint, 0 to 1.
    balance: f32,
    /// Variance of the light's own noise at full light, and of reading.
    shot: f32,
    read: f32,
    /// JPEG quality, 1 to 100.
    pub quality: u8,
    curve: Vec<u8>,
    normals: Vec<f32>,
}

impl Camera {
    /// A webcam or a phone's front camera.
    pub fn drawn(chance: &mut Chance) -> Self {
        let encode = |i: usize| {
            let light = i as f32 / (CURVE - 1) as f32;
            let value = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
            (value * 255.0).round() as u8
        };
        Self {
            gain: None,
            balance: chance.between(0.1, 0.5),
            shot: chance.between_log(1.5e-4, 1.5e-3),
            read: chance.between_log(2e-3, 8e-3).powi(2),
            quality: 72 + chance.below(21) as u8,
            curve: (0..CURVE).map(encode).collect(),
            normals: (0..NOISE).map(|_| chance.normal()).collect(),
        }
    }

    /// Takes the picture, `seconds` after the last one: three bytes a pixel.
    pub fn take(&mut self, canvas: &Canvas, seconds: f32, chance: &mut Chance) -> Vec<u8> {
        let soft = soften(&canvas.colour, canvas.lens.width, canvas.lens.height);
        let gain = self.adapt(&soft, seconds);
        let mut rgb = Vec::with_capacity(soft.len() * 3);
        let scale = (CURVE - 1) as f32;
        for row in soft.chunks(canvas.lens.width) {
            // A row begins anywhere in the table: no two pictures have the same noise.
            let mut at = chance.below(NOISE);
            for pixel in row {
                for (light, gain) in pixel.0.iter().zip(gain.0) {
                    let signal = (light * gain).min(1.5);
                    at = (at + 1) % NOISE;
                    let noisy = signal + self.normals[at] * (self.shot * signal + self.read).sqrt();
                    rgb.push(self.curve[((noisy * scale) as usize).min(CURVE - 1)]);
                }
            }
        }
        rgb
    }

    /// Moves exposure and white balance towards what this picture asks for.
    fn adapt(&mut self, pixels: &[Vec3], seconds: f32) -> Vec3 {
        let some = pixels.iter().step_by(37);
        let count = pixels.len().div_ceil(37).max(1) as f32;
        let mean = some.fold(Vec3::default(), |sum, p| sum + *p) * (1.0 / count);
        let exposure = MIDDLE / mean.mean().max(1e-4);
        let tint = |c: f32| (mean.mean() / c.max(1e-4)).powf(self.balance);
        let wanted = Vec3(mean.0.map(|c| exposure * tint(c)));
        let now = match self.gain {
            None => wanted,
            Some(gain) => {
                let share = |time: f32| 1.0 - (-seconds / time).exp();
                let level = gain.mean() + (wanted.mean() - gain.mean()) * share(EXPOSURE_S);
                let hue = (gain * (1.0 / gain.mean())).towards(wanted * (1.0 / wanted.mean()), share(BALANCE_S));
                hue * level
            }
        };
        self.gain = Some(now);
        now
    }
}

/// The lens and the colour filter: every pixel gets a quarter of its neighbours' light on each axis.
fn soften(pixels: &[Vec3], width: usize, height: usize) -> Vec<Vec3> {
    let mut rows = Vec::with_capacity(pixels.len());
    for row in pixels.chunks(width) {
        for x in 0..row.len() {
            let (left, right) = (row[x.saturating_sub(1)], row[(x + 1).min(row.len() - 1)]);
            rows.push(row[x] * 0.5 + (left + right) * 0.25);
        }
    }
    let mut out = Vec::with_capacity(pixels.len());
    for y in 0..height {
        let (above, below) = (y.saturating_sub(1) * width, (y + 1).min(height - 1) * width);
        out.extend((0..width).map(|x| rows[y * width + x] * 0.5 + (rows[above + x] + rows[below + x]) * 0.25));
    }
    out
}

/// The pixels as a JPEG file.
///
/// # Errors
/// `write-failed` when the encoder refuses the size.
pub fn jpeg(rgb: &[u8], width: usize, height: usize, quality: u8) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(64 * 1024);
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode(rgb, width as u32, height as u32, image::ExtendedColorType::Rgb8)
        .map_err(|error| Error::new(Code::WriteFailed, format!("a picture could not be encoded: {error}")))?;
    Ok(bytes)
}
