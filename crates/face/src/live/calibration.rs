//! What a cue's value is worth: the file `liveness.json` of a pack, which `eval` writes from films of persons and of attacks.

use super::cue::{Cue, Kind};
use super::fuse::Level;
use crate::code::Code;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Most points of one table.
const TABLE_MAX: usize = 64;
/// Most data sets.
const DATA_MAX: usize = 64;
/// No cue's ratio is larger, either way.
const RATIO_MAX: f64 = 12.0;

/// The liveness calibration of one mesh model. Unknown keys are errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The file's format; 1.
    pub format: u32,
    /// SHA-256 of the mesh model's file, which every cue but the classifier is computed with.
    pub mesh: String,
    /// The day on which it was made, as YYYY-MM-DD.
    pub created: String,
    /// The command that made it, without folders.
    pub command: String,
    /// The films that it was fitted to.
    pub data: Vec<Data>,
    /// What each cue's value is worth; a cue that is missing here counts as one that cannot say.
    pub cues: Vec<Worth>,
    /// The sum from which on a film is *live*, for each level.
    pub live_from: Bounds,
    /// The sum down to which a film is an *attack*; below zero.
    pub attack_to: f64,
}

/// One number for each level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// See [`Level::Assist`].
    pub assist: f64,
    /// See [`Level::Attended`].
    pub attended: f64,
    /// See [`Level::Unattended`].
    pub unattended: f64,
}

impl Bounds {
    /// That of `level`.
    pub fn of(&self, level: Level) -> f64 {
        match level {
            Level::Assist => self.assist,
            Level::Attended => self.attended,
            Level::Unattended => self.unattended,
        }
    }
}

/// One set of films.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Its name, with the species if it is attacks.
    pub name: String,
    /// Films of persons.
    pub live: u64,
    /// Films of attacks.
    pub attack: u64,
}

/// What one cue's value is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worth {
    /// Which cue.
    pub kind: Kind,
    /// The version of its computation.
    pub version: u32,
    /// Films of persons in which it could say something.
    pub live: u64,
    /// Films of attacks in which it could say something.
    pub attack: u64,
    /// From this value on the cue speaks for a person: hardly any person's is lower. Where a level needs a cue, this is what it needs. (That
    /// is not a ratio above zero: paper is lit as skin is, and the light of it is needed all the same.)
    pub person_from: f64,
    /// Value and natural log-likelihood ratio: values rise, ratios do not fall; linear between, constant beyond.
    pub table: Vec<[f64; 2]>,
}

impl Worth {
    /// The ratio of `value`.
    fn at(&self, value: f64) -> Option<f64> {
        let after = self.table.partition_point(|knot| knot[0] <= value);
        let ratio = match (after.checked_sub(1).and_then(|i| self.table.get(i)), self.table.get(after)) {
            (Some(a), Some(b)) => a[1] + (value - a[0]) / (b[0] - a[0]) * (b[1] - a[1]),
            (Some(end), None) | (None, Some(end)) => end[1],
            (None, None) => return None,
        };
        ratio.is_finite().then_some(ratio)
    }

    fn sound(&self) -> bool {
        (1..=TABLE_MAX).contains(&self.table.len())
            && self.person_from.is_finite()
            && self.table.iter().all(|[value, ratio]| value.is_finite() && ratio.abs() <= RATIO_MAX)
            && self.table.windows(2).all(|w| w[1][0] > w[0][0] && w[1][1] >= w[0][1])
    }
}

impl Calibration {
    /// Reads a liveness calibration and checks that it was made for the mesh model whose file has the SHA-256 `mesh`.
    ///
    /// # Errors
    /// `calibration-invalid`; `calibration-other-pack`.
    pub fn parse(text: &str, mesh: &str) -> Result<Self> {
        let invalid = |detail: String| Error::new(Code::CalibrationInvalid, format!("liveness.json: {detail}"));
        let calibration: Self = serde_json::from_str(text).map_err(|e| invalid(e.to_string()))?;
        if calibration.mesh != mesh {
            let detail = "liveness.json was made for another mesh model";
            return Err(Error::new(Code::CalibrationOtherPack, detail));
        }
        calibration.check().map_err(|why| invalid(why.to_owned()))?;
        Ok(calibration)
    }

    /// What is impossible about it.
    fn check(&self) -> std::result::Result<(), &'static str> {
        let bounds = [self.live_from.assist, self.live_from.attended, self.live_from.unattended];
        let once = |worth: &Worth| self.cues.iter().filter(|w| w.kind == worth.kind).count() == 1;
        match () {
            () if self.format != 1 => Err("its format is not 1"),
            () if self.data.len() > DATA_MAX => Err("it names too many data sets"),
            () if !self.cues.iter().all(Worth::sound) => Err("a table does not rise, is empty, or is too long"),
            () if !self.cues.iter().all(once) => Err("a cue is there twice"),
            () if self.cues.iter().any(|w| w.version != w.kind.version()) => Err("a cue has another version here"),
            () if !bounds.iter().all(|b| b.is_finite() && *b > 0.0) => Err("a bound is not above zero"),
            () if !bounds.is_sorted() => Err("a higher level asks for less"),
            () if !self.attack_to.is_finite() || self.attack_to >= 0.0 => Err("the bound of attacks is not below zero"),
            () => Ok(()),
        }
    }

    /// The natural log-likelihood ratio of a person against an attack that `cue` is worth; none when it could not say or nothing is known
    /// about its worth.
    pub fn ratio(&self, cue: &Cue) -> Option<f64> {
        self.worth(cue)?.at(cue.value?)
    }

    /// True if `cue` speaks for a person.
    pub fn speaks(&self, cue: &Cue) -> bool {
        self.worth(cue).zip(cue.value).is_some_and(|(worth, value)| value >= worth.person_from)
    }

    fn worth(&self, cue: &Cue) -> Option<&Worth> {
        self.cues.iter().find(|w| w.kind == cue.kind && w.version == cue.version)
    }
}
