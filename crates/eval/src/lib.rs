//! The lab: evaluation of face verification over folders of pictures and CSV indexes.
//!
//! From the index to the outcome: `dataset` reads it, `extract` analyses every picture once, `protocol` chooses the comparisons, `compare`
//! scores them, `collect` gathers, `metrics` computes, `summary` holds the outcome, `report` and `text` tell it.
//!
//! Terms follow ISO/IEC 19795-1: a genuine comparison is of two pictures of one person, an impostor comparison of two persons; FMR is the
//! share of impostor comparisons that match, FNMR the share of genuine comparisons that do not.

pub mod attacks;
pub mod bootstrap;
pub mod cache;
pub mod calibrate;
pub mod code;
pub mod collect;
pub mod compare;
pub mod dataset;
pub mod engine;
pub mod error;
pub mod extract;
pub mod files;
pub mod limits;
pub mod metrics;
pub mod options;
pub mod plot;
pub mod progress;
pub mod protocol;
pub mod random;
pub mod report;
pub mod run;
pub mod sample;
pub mod scores;
pub mod stats;
pub mod summary;
mod table;
pub mod text;
pub mod words;
mod work;

pub use calibrate::{CalibrateOptions, calibrate};
pub use code::Code;
pub use engine::{Analyser, Lab};
pub use error::{Error, Result};
pub use files::write_whole;
pub use options::{Common, IdentitiesOptions, PairsOptions};
pub use progress::{Progress, Quiet};
pub use run::{run_identities, run_pairs};
pub use sample::{Analyse, Sample, Score};
pub use summary::Summary;

use face::engine::Engine;

/// Runs `eval pairs` with the engine.
///
/// # Errors
/// `calibration-missing`, and as [`run_pairs`].
pub fn pairs(engine: &Engine, options: &PairsOptions, progress: &dyn Progress) -> Result<Summary> {
    run_pairs(&Lab::new(engine)?, options, progress)
}

/// Runs `eval identities` with the engine.
///
/// # Errors
/// `calibration-missing`, and as [`run_identities`].
pub fn identities(engine: &Engine, options: &IdentitiesOptions, progress: &dyn Progress) -> Result<Summary> {
    run_identities(&Lab::new(engine)?, options, progress)
}
