//! The pack: models, what they are, whose they are, and the calibration that gives their scores a meaning.

mod source;

pub use source::PackSource;

use crate::calibration::Calibration;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{PACK_MODELS_MAX, TEMPLATE_DIMENSIONS_MAX};
use crate::live;
use crate::template::PackId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version of everything in this crate that changes a template besides the models: detection, mesh, alignment, warp, flip averaging.
/// Raise it when one of them changes, so that old templates and calibrations are refused.
const PIPELINE: &str = "mesh-five/1";

/// A pack's manifest, `manifest.toml`. Unknown keys are errors.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The manifest's format; 1.
    pub format: u32,
    /// The pack's name for people.
    pub name: String,
    /// One detector, one mesh, one or more embedders, at most one attack classifier.
    #[serde(rename = "model")]
    pub models: Vec<ModelEntry>,
}

/// One model of a pack.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// Short name, for people and evidence.
    pub name: String,
    /// File name inside the pack's folder.
    pub file: String,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
    /// Licence under which the file may be used (SPDX or words); never empty.
    pub licence: String,
    /// File with the licence's text inside the pack's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence_file: Option<String>,
    /// Where the file comes from, who made it, on what data it was trained, or that this is not stated.
    pub origin: String,
    /// What it is for.
    pub task: Task,
    /// How a picture is fed in.
    pub input: Input,
    /// What comes out.
    pub output: Output,
    /// How the face is aligned (embedders only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment: Option<Alignment>,
}

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Finds faces.
    Detector,
    /// Finds 468 points of a face.
    Mesh,
    /// Makes a template.
    Embedder,
    /// Tells a face from a picture of one: one cue of the liveness check. No template and no score depends on it.
    Attack,
}

/// How a picture is fed into a model: value = (pixel − mean) / scale.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Order of the axes.
    pub layout: Layout,
    /// Width in pixels; 0 for any multiple of 32.
    pub width: u32,
    /// Height in pixels; 0 for any multiple of 32.
    pub height: u32,
    /// Order of the colours.
    pub colour: Colour,
    /// Subtracted from each colour, in the order of `colour`.
    pub mean: [f32; 3],
    /// Divides each colour, in the order of `colour`.
    pub scale: [f32; 3],
}

/// Order of a tensor's axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Picture, colour, row, column.
    Nchw,
    /// Picture, row, column, colour.
    Nhwc,
}

/// Order of a pixel's colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// What comes out of a model.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// How the outputs are read.
    pub kind: OutputKind,
    /// Length of the template (embedders only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<usize>,
    /// How two templates are compared (embedders only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<Distance>,
}

/// How a model's outputs are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputKind {
    /// `YuNet`'s twelve outputs.
    Yunet,
    /// 468 points and a confidence.
    Mesh468,
    /// One vector.
    Template,
    /// Three classes as logits, the first a real face.
    Attack3,
}

/// How two vectors of an embedder are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distance {
    /// By the angle: the vector is scaled to unit length.
    Cosine,
    /// By Euclidean distance of vectors that were trained to lie near a sphere: they are scaled to unit length as well.
    Euclidean,
}

/// How a face is put into an embedder's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alignment {
    /// The points and where they go.
    pub kind: AlignmentKind,
}

/// The known alignments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AlignmentKind {
    /// Five points in 112×112, as `ArcFace` and `OpenCV`'s `alignCrop` place them.
    #[serde(rename = "arcface-112")]
    Arcface112,
    /// Eye corners and nose base in 150×150 with a quarter of padding, as dlib's `get_face_chip_details` places them.
    #[serde(rename = "dlib-150")]
    Dlib150,
}

/// A verified pack: every file was read and has the hash that the manifest states.
#[derive(Debug)]
pub struct Pack {
    manifest: Manifest,
    id: PackId,
    calibration: Option<Calibration>,
    liveness: Option<live::Calibration>,
    files: Vec<Vec<u8>>,
}

impl Pack {
    /// Reads and checks a pack. A calibration is read when there is one; one for other models is refused.
    ///
    /// # Errors
    /// The `pack-…` and `calibration-…` codes.
    pub fn load(source: &PackSource) -> Result<Self> {
        let mut pack = Self::load_models(source)?;
        let text = source.text("calibration.json")?;
        pack.calibration = text.map(|text| Calibration::parse(&text, &pack.id)).transpose()?;
        let mesh = pack.manifest.models.iter().find(|m| m.task == Task::Mesh).map_or("", |m| m.sha256.as_str());
        let text = source.text("liveness.json")?;
        pack.liveness = text.map(|text| live::Calibration::parse(&text, mesh)).transpose()?;
        Ok(pack)
    }

    /// Reads and checks a pack without looking for a calibration: for making one, also where there is one for other models.
    ///
    /// # Errors
    /// The `pack-…` codes.
    pub fn load_models(source: &PackSource) -> Result<Self> {
        let text =
            source.text("manifest.toml")?.ok_or_else(|| Error::new(Code::PackNotFound, "there is no manifest.toml"))?;
        let manifest = parse(&text)?;
        let id = identity(&manifest);
        let mut files = Vec::with_capacity(manifest.models.len());
        for model in &manifest.models {
            let bytes = source.model(&model.file)?;
            let hash = hex(&Sha256::digest(&bytes));
            if hash != model.sha256 {
                let detail = format!("{} has SHA-256 {hash}, the manifest states {}", model.file, model.sha256);
                return Err(Error::new(Code::PackHashMismatch, detail));
            }
            files.push(bytes);
        }
        Ok(Self { manifest, id, calibration: None, liveness: None, files })
    }

    /// The pack's identity, which its templates carry.
    pub fn id(&self) -> &PackId {
        &self.id
    }

    /// The pack's name for people.
    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    /// The models as the manifest states them.
    pub fn models(&self) -> &[ModelEntry] {
        &self.manifest.models
    }

    /// The calibration, if the pack has one.
    pub fn calibration(&self) -> Option<&Calibration> {
        self.calibration.as_ref()
    }

    /// The calibration of the liveness check, if the pack has one.
    pub fn liveness(&self) -> Option<&live::Calibration> {
        self.liveness.as_ref()
    }

    /// Takes the files out, in the order of [`Pack::models`]; they are not needed once the models are ready.
    pub(crate) fn take_files(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.files)
    }
}

fn parse(text: &str) -> Result<Manifest> {
    let invalid = |detail: String| Error::new(Code::PackManifestInvalid, detail);
    let manifest: Manifest = toml::from_str(text).map_err(|e| invalid(e.to_string()))?;
    if manifest.format != 1 {
        return Err(invalid(format!("format {} is not known here, only 1", manifest.format)));
    }
    if manifest.models.len() > PACK_MODELS_MAX {
        return Err(invalid(format!("more than {PACK_MODELS_MAX} models")));
    }
    for model in &manifest.models {
        if model.licence.trim().is_empty() {
            return Err(Error::new(Code::PackLicenceMissing, format!("model {} states no licence", model.name)));
        }
        check(model).map_err(|why| invalid(format!("model {}: {why}", model.name)))?;
    }
    let count = |task: Task| manifest.models.iter().filter(|m| m.task == task).count();
    if count(Task::Attack) > 1 {
        return Err(invalid("a pack has at most one attack classifier".to_owned()));
    }
    if count(Task::Detector) != 1 || count(Task::Mesh) != 1 || count(Task::Embedder) == 0 {
        return Err(invalid("a pack needs one detector, one mesh and at least one embedder".to_owned()));
    }
    Ok(manifest)
}

/// What is impossible about one model's entry.
fn check(model: &ModelEntry) -> std::result::Result<(), &'static str> {
    let plain = !model.file.is_empty() && !model.file.contains(['/', '\\', ':']) && !model.file.starts_with('.');
    let hash =
        model.sha256.len() == 64 && model.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let numbers =
        model.input.mean.iter().all(|v| v.is_finite()) && model.input.scale.iter().all(|v| v.is_finite() && *v > 0.0);
    let (side, layout) = (model.input.width, model.input.layout);
    let kind = match model.task {
        Task::Detector => model.output.kind == OutputKind::Yunet && side == 0 && layout == Layout::Nchw,
        Task::Mesh => model.output.kind == OutputKind::Mesh468 && side == 192 && layout == Layout::Nhwc,
        Task::Embedder => {
            model.output.kind == OutputKind::Template
                && model.output.distance.is_some()
                && model.output.dimensions.is_some_and(|d| (1..=TEMPLATE_DIMENSIONS_MAX).contains(&d))
                && model.alignment.is_some_and(|a| side == a.kind.side())
        }
        Task::Attack => {
            model.output.kind == OutputKind::Attack3 && (32..=512).contains(&side) && layout == Layout::Nchw
        }
    };
    let rest = model.task == Task::Embedder || (model.alignment.is_none() && model.output.dimensions.is_none());
    match () {
        () if model.name.trim().is_empty() || model.origin.trim().is_empty() => {
            Err("name and origin must not be empty")
        }
        () if !plain => Err("`file` must be a plain file name"),
        () if !hash => Err("`sha256` must be 64 lower-case hexadecimal digits"),
        () if !numbers => Err("`mean` must be finite and `scale` above zero"),
        () if model.input.width != model.input.height => Err("the input must be square"),
        () if !kind => Err("task, input size, output kind, dimensions, distance and alignment do not fit together"),
        () if !rest => Err("only embedders have an alignment and dimensions"),
        () => Ok(()),
    }
}

/// SHA-256 over the pipeline's version and, for each model in order, its hash and how it is fed and read. The attack classifier is left
/// out: it changes no template, so templates and their calibration stay what they are with it or without it.
fn identity(manifest: &Manifest) -> PackId {
    let mut hash = Sha256::new();
    hash.update(PIPELINE);
    for model in manifest.models.iter().filter(|m| m.task != Task::Attack) {
        hash.update(format!(
            "\n{} {:?} {:?} {:?} {:?}",
            model.sha256, model.task, model.input, model.output, model.alignment
        ));
    }
    PackId(hex(&hash.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
