//! Fits a pack's calibration to data sets of persons.
//!
//! Every data set weighs the same, however large it is, because an office's citizens are none of them. What is reported is measured on the
//! half of the persons that was not fitted, both ways round; what is shipped is then fitted to all.

mod cohort;
mod curves;
mod held_out;
mod material;
mod overall;
mod weights;

use crate::engine::Analyser;
use crate::error::Result;
use crate::progress::Progress;
use crate::scores::ScoresFile;
use crate::{Code, Error};
use face::PackId;
use face::calibration::{Calibration, ExpertScale, SetScale};
use face::engine::Engine;
use material::Material;
use std::path::PathBuf;

/// Largest set of portraits whose spread is measured.
const SET_SIZE_MAX: usize = 4;
/// Draws of portraits a person when the spread of sets is measured.
const SET_DRAWS: usize = 3;

/// What `eval calibrate` is asked to do.
#[derive(Clone, Debug)]
pub struct CalibrateOptions {
    /// The indexes; the pictures are below each index's folder.
    pub indexes: Vec<PathBuf>,
    /// Youngest age in years, for data sets that state ages.
    pub min_age_years: f64,
    /// Where to keep samples between runs; biometric data.
    pub cache: Option<PathBuf>,
    /// Where to write the held-out comparisons.
    pub scores: Option<PathBuf>,
    /// Seed of the division of persons and of the bootstrap.
    pub seed: u64,
    /// The day of the run as YYYY-MM-DD.
    pub created: String,
}

/// A calibration that does not yet say what it was made of.
struct Fit {
    calibration: Calibration,
    /// The standardised score at which the false-match rate is 1:10,000.
    working: f64,
}

/// What every fit of one run shares.
struct Bench<'a> {
    names: &'a [String],
    pack: &'a PackId,
    seed: u64,
}

/// Fits the calibration of `engine`'s pack.
///
/// # Errors
/// As `extract`; `too-little-data` when the sets hold too few comparisons to fit.
pub fn calibrate(engine: &Engine, options: &CalibrateOptions, progress: &dyn Progress) -> Result<Calibration> {
    let analyser = Analyser::new(engine);
    let mut sets = Vec::new();
    for index in &options.indexes {
        sets.push(Material::gather(&analyser, index, options, progress)?);
    }
    let names: Vec<String> =
        engine.pack().models().iter().filter(|m| m.alignment.is_some()).map(|m| m.name.clone()).collect();
    progress.start("fitting", 3);
    let lab = Bench { names: &names, pack: engine.pack().id(), seed: options.seed };
    let mut file = options.scores.as_deref().map(ScoresFile::begin).transpose()?;
    let held_out = held_out::measure(&sets, &lab, file.as_mut(), progress)?;
    file.map_or(Ok(()), ScoresFile::finish)?;
    let fit = lab.fit(&sets)?;
    progress.step();
    progress.finish();
    Ok(Calibration {
        created: options.created.clone(),
        command: command(options),
        data: sets.iter().map(Material::describe).collect(),
        held_out,
        ..fit.calibration
    })
}

/// The command that repeats the run, with the folders' own names only.
fn command(options: &CalibrateOptions) -> String {
    let short = |path: &PathBuf| {
        let parts: Vec<_> = path.components().rev().take(2).map(|c| c.as_os_str().to_string_lossy()).collect();
        parts.into_iter().rev().collect::<Vec<_>>().join("/")
    };
    let indexes: Vec<String> = options.indexes.iter().map(short).collect();
    format!(
        "countenance eval calibrate {} --min-age {} --seed {}",
        indexes.join(" "),
        options.min_age_years,
        options.seed
    )
}

impl Bench<'_> {
    /// Fits to all comparisons of `sets`.
    fn fit(&self, sets: &[Material]) -> Result<Fit> {
        if sets.is_empty() || sets.iter().any(|s| s.genuine().count() < 50 || s.impostors().count() < 500) {
            let why = "each data set needs 50 genuine and 500 impostor comparisons";
            return Err(Error::new(Code::TooLittleData, why));
        }
        let experts = weights::choose(sets, self.names, self.seed);
        let sums: Vec<Vec<f32>> = sets.iter().map(|s| s.sums(&experts)).collect();
        let scales = spread(sets, &experts, &sums, self.seed);
        let single = scales.first().copied().unwrap_or(SetScale { mean: 0.0, deviation: 1.0 });
        let standard: Vec<Vec<f32>> = sums
            .iter()
            .map(|s| s.iter().map(|v| ((f64::from(*v) - single.mean) / single.deviation) as f32).collect())
            .collect();
        let curves = curves::Curves::fit(sets, &standard, self.seed);
        let calibration = Calibration {
            format: 1,
            pack: self.pack.clone(),
            created: String::new(),
            command: String::new(),
            data: Vec::new(),
            experts,
            sets: scales,
            ratio: curves.ratio(),
            fmr: curves.fmr(),
            fnmr: curves.fnmr(),
            ageing: curves.ageing(sets, &standard),
            quality: overall::fit(sets, &standard, curves.working),
            held_out: Vec::new(),
        };
        Ok(Fit { calibration, working: curves.working })
    }
}

/// Mean and spread of impostors' scores against one portrait, two, …, each the mean over the data sets that have persons with so many.
fn spread(sets: &[Material], experts: &[ExpertScale], sums: &[Vec<f32>], seed: u64) -> Vec<SetScale> {
    let mut scales = Vec::new();
    for size in 1..=SET_SIZE_MAX {
        let mut found = Vec::new();
        for (set, sums) in sets.iter().zip(sums) {
            let scores: Vec<f64> = if size == 1 {
                set.impostors().map(|at| f64::from(sums[at])).collect()
            } else {
                set.portrait_sets(size, SET_DRAWS, seed).filter(|s| !s.same).map(|s| s.score(set, experts)).collect()
            };
            if scores.len() >= 500 {
                found.push(moments(&scores));
            }
        }
        if found.is_empty() {
            break;
        }
        let mean = |of: fn(&(f64, f64)) -> f64| found.iter().map(of).sum::<f64>() / found.len() as f64;
        scales.push(SetScale { mean: mean(|m| m.0), deviation: mean(|m| m.1) });
    }
    scales
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt().max(1e-9))
}
