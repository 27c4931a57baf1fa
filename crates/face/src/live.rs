//! Liveness: whether a person is here, now. Several independent physical facts over the pictures of one capture, each of which may say nothing.

pub mod challenge;
pub mod film;

pub use challenge::{Challenge, Colour, Side, Step, Way};
pub use film::{Film, Observation, Prompt, Shown};
