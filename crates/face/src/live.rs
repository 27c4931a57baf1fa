//! Liveness: whether a person is here, now. Several independent physical facts over the pictures of one capture, each of which may say nothing.

pub mod calibration;
pub mod challenge;
pub mod cue;
pub mod cues;
pub mod film;
pub mod fuse;
mod least;
pub mod look;
pub(crate) mod observe;
mod track;
mod wire;

pub use calibration::Calibration;
pub use challenge::{Challenge, Colour, Side, Step, Way};
pub use cue::{Cue, Kind, Species, Why};
pub use film::{Film, Observation, Prompt, Shown};
pub use fuse::{Advice, Level, Liveness, Outcome, Unchecked, Weighed, judge, judge_cues};
