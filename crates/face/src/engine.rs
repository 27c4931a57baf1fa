//! The engine: a pack made ready, and the pipeline from picture to analysis.

use crate::calibration::Calibration;
use crate::code::Code;
use crate::detect::{Face, detect, dominant};
use crate::embed::{Chip, embed};
use crate::error::{Error, Result};
use crate::evidence::{Evidence, Portrait, compare};
use crate::image::Image;
use crate::landmarks::{Mesh, Openness, Pose, Regions, mesh};
use crate::live::look::Curve;
use crate::live::observe::Eyes;
use crate::live::{self, Film, Level, Liveness, Observation};
use crate::model::{Model, RtenModel, Threads};
use crate::pack::{AlignmentKind, Input, ModelEntry, Pack, PackSource, Task};
use crate::quality::{OverallWeights, Quality, Subject, assess};
use crate::template::Template;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// Pictures whose overall quality is below this are refused: set so low that it stops only what no expert can use.
pub const QUALITY_MIN: u8 = 5;

/// Everything about one picture's one face.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
    /// The dominant face.
    pub face: Face,
    /// Further faces, widest first, all clearly smaller.
    pub others: Vec<Face>,
    /// The face's mesh.
    pub mesh: Mesh,
    /// The head's pose.
    pub pose: Pose,
    /// How far eyes and mouth are open.
    pub openness: Openness,
    /// Outlines of brows, eyes, nose, mouth and chin.
    pub regions: Regions,
    /// The picture's quality with its overall value.
    pub quality: Quality,
    /// Why the picture must not be used for a comparison, if so; the template exists all the same, for the lab.
    pub refusal: Option<Error>,
    /// The template of the face.
    pub template: Template,
}

impl Analysis {
    /// The template, if the picture may be used for a comparison.
    ///
    /// # Errors
    /// `face-cut`, `face-too-small`, `face-turned`, `quality-too-low`.
    pub fn usable(&self) -> Result<&Template> {
        self.refusal.as_ref().map_or(Ok(&self.template), |e| Err(e.clone()))
    }
}

/// An embedder with its entry of the manifest.
struct Expert {
    model: Box<dyn Model>,
    entry: ModelEntry,
    alignment: AlignmentKind,
    dimensions: usize,
}

/// A pack made ready.
pub struct Engine {
    pack: Pack,
    detector: Box<dyn Model>,
    mesh: Box<dyn Model>,
    attack: Option<(Box<dyn Model>, Input)>,
    experts: Vec<Expert>,
}

impl Engine {
    /// Loads and verifies a pack with its calibration and makes its models ready.
    ///
    /// # Errors
    /// The `pack-…` and `calibration-…` codes; `calibration-missing` when there is none.
    pub fn load(source: &PackSource) -> Result<Self> {
        let pack = Pack::load(source)?;
        if pack.calibration().is_none() {
            return Err(Error::new(Code::CalibrationMissing, "there is no calibration.json in the pack"));
        }
        Self::with_rten(pack)
    }

    /// Loads a pack without its calibration: for making one.
    ///
    /// # Errors
    /// The `pack-…` codes.
    pub fn load_uncalibrated(source: &PackSource) -> Result<Self> {
        Self::with_rten(Pack::load_models(source)?)
    }

    fn with_rten(pack: Pack) -> Result<Self> {
        let threads = Arc::new(Threads::default());
        Self::with_models(pack, |entry, bytes| {
            let free_size = entry.task == Task::Detector;
            Ok(Box::new(RtenModel::load(&bytes, free_size, Arc::clone(&threads))?))
        })
    }

    /// Makes an engine of `pack` with the models that `load` makes of the entries and their files: the seam where tests put fakes.
    ///
    /// # Errors
    /// What `load` gives.
    pub fn with_models(
        mut pack: Pack,
        mut load: impl FnMut(&ModelEntry, Vec<u8>) -> Result<Box<dyn Model>>,
    ) -> Result<Self> {
        let files = pack.take_files();
        let (mut detector, mut mesh, mut attack, mut experts) = (None, None, None, Vec::new());
        for (entry, bytes) in pack.models().iter().zip(files) {
            let model =
                load(entry, bytes).map_err(|e| Error::new(e.code, format!("model {}: {}", entry.name, e.detail)))?;
            match (entry.task, entry.alignment, entry.output.dimensions) {
                (Task::Detector, ..) => detector = Some(model),
                (Task::Mesh, ..) => mesh = Some(model),
                (Task::Attack, ..) => attack = Some((model, entry.input.clone())),
                (Task::Embedder, Some(alignment), Some(dimensions)) => {
                    experts.push(Expert { model, entry: entry.clone(), alignment: alignment.kind, dimensions });
                }
                (Task::Embedder, ..) => {
                    return Err(Error::new(Code::PackManifestInvalid, "an embedder lacks its alignment"));
                }
            }
        }
        let missing = || Error::new(Code::PackManifestInvalid, "a pack needs a detector and a mesh");
        Ok(Self { detector: detector.ok_or_else(missing)?, mesh: mesh.ok_or_else(missing)?, attack, experts, pack })
    }

    /// The pack.
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// The calibration, if the pack has one.
    pub fn calibration(&self) -> Option<&Calibration> {
        self.pack.calibration()
    }

    /// All faces of a picture, widest first.
    ///
    /// # Errors
    /// `inference-failed`.
    pub fn detect(&self, image: &Image) -> Result<Vec<Face>> {
        detect(self.detector.as_ref(), image)
    }

    /// The mesh of one face.
    ///
    /// # Errors
    /// `no-face` when what was detected is none; `inference-failed`.
    pub fn mesh(&self, image: &Image, face: &Face) -> Result<Mesh> {
        mesh(self.mesh.as_ref(), image, face)
    }

    /// The template of the face of `mesh`.
    ///
    /// # Errors
    /// `no-face` when its landmarks coincide; `inference-failed`.
    pub fn template(&self, image: &Image, mesh: &Mesh, quality: u8) -> Result<Template> {
        let mut chips: BTreeMap<AlignmentKind, Chip> = BTreeMap::new();
        let mut experts = Vec::with_capacity(self.experts.len());
        for expert in &self.experts {
            let chip = match chips.entry(expert.alignment) {
                Entry::Occupied(chip) => chip.into_mut(),
                Entry::Vacant(place) => place.insert(Chip::cut(image, mesh, expert.alignment)?),
            };
            experts.push(embed(expert.model.as_ref(), chip, &expert.entry.input, expert.dimensions)?);
        }
        Ok(Template { pack: self.pack.id().clone(), experts, quality })
    }

    /// The whole pipeline on one picture.
    ///
    /// # Errors
    /// `no-face`, `several-faces` with their boxes, `inference-failed`.
    pub fn analyse(&self, image: &Image) -> Result<Analysis> {
        let faces = self.detect(image)?;
        let face = *dominant(&faces, image)?;
        let mesh = self.mesh(image, &face)?;
        let others: Vec<Face> = faces.into_iter().filter(|f| *f != face).collect();
        let (quality, refusal) = self.quality(image, &face, &others, &mesh);
        let template = self.template(image, &mesh, quality.overall.unwrap_or(0))?;
        Ok(Analysis {
            width: image.width(),
            height: image.height(),
            pose: mesh.pose(),
            openness: mesh.openness(),
            regions: mesh.regions(),
            face,
            others,
            mesh,
            quality,
            refusal,
            template,
        })
    }

    /// Observes one picture of a film for the liveness check. `before` is the observation of the picture before: its face is followed
    /// with one run of the mesh model, and detection runs only when there is none or it is lost.
    ///
    /// # Errors
    /// `image-too-many-pixels` above [`crate::limits::LIVE_SIDE_PX_MAX`], `inference-failed`. A picture without a face is no error.
    pub fn observe(&self, image: &Image, at_ms: u32, before: Option<&Observation>) -> Result<Observation> {
        let attack = self.attack.as_ref().map(|(model, input)| (model.as_ref(), input));
        let curve = Curve::new();
        Eyes { detector: self.detector.as_ref(), mesh: self.mesh.as_ref(), attack, curve }.observe(image, at_ms, before)
    }

    /// The outcome of a film at a level; *not checked* when the pack has no calibration of the liveness check. See [`live::judge`].
    pub fn liveness(&self, film: &Film, level: Level) -> Liveness {
        live::judge(film, self.pack.liveness(), level)
    }

    /// The quality of one face's picture, and why it must not be used for a comparison, if so.
    pub fn quality(&self, image: &Image, face: &Face, others: &[Face], mesh: &Mesh) -> (Quality, Option<Error>) {
        let subject = Subject {
            image,
            face,
            faces: others.len() + 1,
            second: others.first(),
            mesh,
            pose: mesh.pose(),
            openness: mesh.openness(),
        };
        let neutral = OverallWeights::default();
        let weights = self.calibration().map_or(&neutral, |c| &c.quality);
        let quality = assess(&subject).with_overall(weights);
        let refusal = quality.refusal(&subject, QUALITY_MIN);
        (quality, refusal)
    }

    /// Compares templates of live frames with the portraits of one claimed person, for a requested false-match rate.
    ///
    /// # Errors
    /// `calibration-missing`, and those of [`compare`].
    pub fn compare(&self, live: &[&Template], portraits: &[Portrait<'_>], fmr: f64) -> Result<Evidence> {
        let missing = || Error::new(Code::CalibrationMissing, "scores have no meaning without a calibration");
        compare(self.calibration().ok_or_else(missing)?, live, portraits, fmr)
    }
}
