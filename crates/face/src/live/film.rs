//! What the cues look at: what was measured in each picture of a capture, when, and what the page showed meanwhile.

use super::challenge::Challenge;
use crate::landmarks::Mesh;
use serde::{Deserialize, Serialize};

/// What the page showed for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "prompt", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Prompt {
    /// "Please look at the camera."
    Rest,
    /// A colour of the challenge, by its place.
    Colour {
        /// From 0.
        at: u32,
    },
    /// A step of the challenge, by its place.
    Step {
        /// From 0.
        at: u32,
    },
}

/// When the page showed what, in milliseconds of the page's clock since its camera started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What.
    #[serde(flatten)]
    pub prompt: Prompt,
    /// From when.
    pub from_ms: u32,
    /// Until when.
    pub to_ms: u32,
}

/// What was measured in one picture.
#[derive(Clone, Debug)]
pub struct Observation {
    /// When the camera took it, in milliseconds of the page's clock since its camera started.
    pub at_ms: u32,
    /// The picture's width in pixels.
    pub width: u32,
    /// The picture's height in pixels.
    pub height: u32,
    /// The face's mesh; none when no face was found.
    pub mesh: Option<Mesh>,
}

/// A whole capture as the cues see it.
#[derive(Clone, Debug)]
pub struct Film {
    /// What was asked.
    pub challenge: Challenge,
    /// What the page showed, in the order of time.
    pub shown: Vec<Shown>,
    /// The pictures, in the order of time.
    pub frames: Vec<Observation>,
}
