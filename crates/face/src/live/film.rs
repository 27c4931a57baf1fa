//! What the cues look at: what was measured in each picture of a capture, when, and what the page showed meanwhile.

use super::challenge::Challenge;
use super::look::{Border, Imprint, Light, Texture};
use super::wire;
use crate::landmarks::Mesh;
use crate::limits::{LIVE_FRAMES_MAX, LIVE_SHOWN_MAX};
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

/// What was measured in one picture. It can be kept between two batches of pictures: the mesh is rounded when it is made, so that what
/// is read again equals what was written. About 5 kB as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// When the camera took it, in milliseconds of the page's clock since its camera started.
    pub at_ms: u32,
    /// The picture's width in pixels.
    pub width: u32,
    /// The picture's height in pixels.
    pub height: u32,
    /// Which picture of the capture it is, from 0. The costly measures are made of some pictures only, chosen by it.
    pub number: u32,
    /// The face's mesh in tenths of a pixel; none when no face was found.
    #[serde(with = "wire", skip_serializing_if = "Option::is_none", default)]
    pub mesh: Option<Mesh>,
    /// What tells this picture from every other.
    pub imprint: Imprint,
    /// Mean colours of places in the picture; none without a face.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub light: Option<Light>,
    /// The face's surface; of some pictures only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub texture: Option<Texture>,
    /// Straight edges around the face and further faces; of some pictures only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub border: Option<Border>,
    /// The pack's attack classifier: how sure it is of each of its three classes, the first a real face; of some pictures only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attack: Option<[f32; 3]>,
}

/// A whole capture as the cues see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Film {
    /// What was asked.
    pub challenge: Challenge,
    /// What the page showed, in the order of time.
    pub shown: Vec<Shown>,
    /// The pictures, in the order of time.
    pub frames: Vec<Observation>,
}

impl Film {
    /// True if the film is within the limits, no time goes back, and everything shown is of the challenge. Nothing is said of another.
    pub fn sound(&self) -> bool {
        let part = |s: &Shown| match s.prompt {
            Prompt::Rest => true,
            Prompt::Colour { at } => (at as usize) < self.challenge.colours.len(),
            Prompt::Step { at } => (at as usize) < self.challenge.steps.len(),
        };
        self.frames.len() <= LIVE_FRAMES_MAX
            && self.shown.len() <= LIVE_SHOWN_MAX
            && self.frames.windows(2).all(|w| w[0].at_ms < w[1].at_ms)
            && self.shown.iter().all(|s| s.from_ms <= s.to_ms && part(s))
            && self.shown.windows(2).all(|w| w[0].from_ms <= w[1].from_ms)
    }

    /// When the page showed a step of the challenge; none when it never did.
    pub fn step(&self, at: usize) -> Option<Shown> {
        self.shown.iter().find(|s| s.prompt == Prompt::Step { at: at as u32 }).copied()
    }
}
