//! Engines for tests, and the pictures that they see.

use crate::models::{FakeDetector, FakeEmbedder, FakeMesh};
use crate::{calibrations, packs};
use face::geometry::Rect;
use face::model::Model;
use face::pack::{PackSource, Task};
use face::{Engine, Pack};
use std::path::Path;

/// With which engine a test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faces {
    /// Fakes: a face in the middle of every picture. Milliseconds.
    Fake,
    /// The real pack of the repository.
    Real,
}

impl Faces {
    /// The engine.
    ///
    /// # Panics
    /// When the pack cannot be read.
    pub fn engine(self) -> Engine {
        match self {
            Self::Fake => fake().unwrap_or_else(|error| panic!("{error}")),
            Self::Real => {
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
                Engine::load(&PackSource::Folder(folder)).unwrap_or_else(|error| panic!("{error}"))
            }
        }
    }
}

fn fake() -> face::Result<Engine> {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
    let source = PackSource::Folder(folder.path().to_owned());
    packs::write(folder.path(), &packs::manifest()).unwrap_or_else(|error| panic!("no pack: {error}"));
    let id = Pack::load(&source)?.id().clone();
    let calibration = folder.path().join("calibration.json");
    std::fs::write(calibration, calibrations::text(&id)).unwrap_or_else(|error| panic!("no calibration: {error}"));
    Engine::with_models(Pack::load(&source)?, |entry, _| {
        let middle = Rect { x: 0.35, y: 0.3, width: 0.3, height: 0.4 };
        let model: Box<dyn Model> = match entry.task {
            Task::Detector => Box::new(FakeDetector { faces: vec![(middle, 0.9)] }),
            Task::Mesh => Box::new(FakeMesh { logit: 5.0 }),
            Task::Embedder => Box::new(FakeEmbedder { side: 4 }),
            Task::Attack => {
                return Err(face::Error::new(
                    face::Code::PackManifestInvalid,
                    "the fake pack has no attack classifier",
                ));
            }
        };
        Ok(model)
    })
}

/// The bytes of a picture of the repository's `fixtures`.
///
/// # Panics
/// When there is none of this name.
pub fn fixture(name: &str) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name);
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
