//! Liveness: whether a person is here, now. Several independent physical facts over the pictures of one capture, each of which may say nothing.

pub mod challenge;
pub mod cue;
pub mod film;
pub mod fuse;
pub mod look;
pub(crate) mod observe;
mod wire;

pub use challenge::{Challenge, Colour, Side, Step, Way};
pub use cue::{Cue, Kind, Species, Why};
pub use film::{Film, Observation, Prompt, Shown};
pub use fuse::{Advice, Level, Liveness, Outcome, Unchecked, Weighed};
