//! Fake models, and pictures that they tell apart.

use crate::models::{FakeDetector, FakeEmbedder, FakeMesh};
use crate::{calibrations, packs};
use casework::{Error, Result};
use face::geometry::Rect;
use face::model::Model;
use face::pack::{PackSource, Task};
use face::{Engine, Pack};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// Where the fake detector sees a face in every picture.
pub const FACE: Rect = Rect { x: 0.3, y: 0.25, width: 0.4, height: 0.5 };
/// Cells along a side of the patterns.
const CELLS: u32 = 12;
/// Width and height of the pictures.
const SIZE: (u32, u32) = (320, 240);

/// An engine of fake models: a face is in the middle of every picture, and its template is the pattern there.
///
/// # Errors
/// The codes of packs, when the fake one cannot be written.
pub fn engine() -> Result<Engine> {
    let failed = |error: std::io::Error| Error::from(face::Error::new(face::Code::PackNotFound, error.to_string()));
    let folder = tempfile::tempdir().map_err(failed)?;
    let source = PackSource::Folder(packs::write(folder.path(), &manifest()).map_err(failed)?);
    let text = calibrations::text(Pack::load_models(&source)?.id());
    std::fs::write(folder.path().join("calibration.json"), text).map_err(failed)?;
    Ok(Engine::with_models(Pack::load(&source)?, |entry, _| {
        let model: Box<dyn Model> = match entry.task {
            Task::Detector => Box::new(FakeDetector { faces: vec![(FACE, 0.9)] }),
            Task::Mesh => Box::new(FakeMesh { logit: 5.0 }),
            Task::Embedder => Box::new(FakeEmbedder { side: 4 }),
            Task::Attack => {
                let none = "the fake pack has no attack classifier";
                return Err(face::Error::new(face::Code::PackManifestInvalid, none));
            }
        };
        Ok(model)
    })?)
}

/// The fake pack's manifest with an embedder for which middle grey is nothing, so that opposite patterns have opposite templates.
fn manifest() -> String {
    let text = packs::manifest();
    let at = text.find("name = \"judge\"").unwrap_or_default();
    let (others, embedder) = text.split_at(at);
    others.to_owned() + &embedder.replacen("mean = [0.0, 0.0, 0.0]", "mean = [127.5, 127.5, 127.5]", 1)
}

/// A picture of a person; `take` changes its grain and nothing else.
pub fn picture(person: u64, take: u64) -> Vec<u8> {
    encoded(person, take, false)
}

/// A picture of somebody as unlike that person as can be.
pub fn stranger(person: u64, take: u64) -> Vec<u8> {
    encoded(person, take, true)
}

fn encoded(person: u64, take: u64, is_inverse: bool) -> Vec<u8> {
    let picture = RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        // Mirror images are alike, because a template is the mean of a picture's and of its mirror image's.
        let column = (x * CELLS / SIZE.0).min(CELLS - 1);
        let cell = u64::from(column.min(CELLS - 1 - column) + CELLS * (y * CELLS / SIZE.1));
        let level = 60 + (mixed((person << 16) | cell) % 136) as u8;
        let level = if is_inverse { 255 - level } else { level };
        let grain = (mixed((take << 32) | u64::from(x + SIZE.0 * y)) % 9) as u8;
        let level = level.saturating_add(grain).saturating_sub(4);
        Rgb([level, level, level])
    });
    crate::pictures::encode(&DynamicImage::ImageRgb8(picture), ImageFormat::Jpeg)
}

/// The finaliser of `splitmix64` (Steele, Lea, Flood 2014).
fn mixed(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use face::Image;

    #[test]
    fn pictures_can_be_used_and_told_apart() {
        let engine = engine().unwrap();
        let template = |bytes: &[u8]| {
            let analysis = engine.analyse(&Image::decode(bytes).unwrap()).unwrap();
            analysis.usable().unwrap().experts[0].clone()
        };
        for person in 0..5 {
            let portrait = template(&picture(person, 0));
            let like = |other: &[f32]| portrait.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
            assert!(like(&template(&picture(person, 1))) > 0.95, "{person}");
            assert!(like(&template(&stranger(person, 2))) < -0.8, "{person}");
        }
    }
}
