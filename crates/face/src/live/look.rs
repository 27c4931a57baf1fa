//! What is measured in one picture beside the mesh.

mod imprint;
mod light;

pub use imprint::Imprint;
pub use light::{Light, Linear};

use serde::{Deserialize, Serialize};

/// The face's surface, measured in a square chip of the picture's own pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texture {
    /// The strongest narrow peak of the spectrum over its surroundings, natural logarithm: grids of screens, moiré, print dots.
    pub peak: f32,
    /// Where it is, in periods a pixel.
    pub peak_at: f32,
    /// Share of the fine detail (the two highest octaves) in all detail.
    pub fine: f32,
    /// The strongest period along the picture's rows' means: refresh bands of a screen.
    pub bands: f32,
    /// Share of skin pixels that are nearly white: specular patches.
    pub specular: f32,
    /// Spread of the skin's chromaticity: the gamut.
    pub gamut: f32,
}

/// Straight edges around the face and further faces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Border {
    /// How many of the four sides of the face have a long straight edge near them.
    pub sides: u8,
    /// The mean strength of those edges: steps of brightness over the contrast of the picture.
    pub strength: f32,
    /// The largest further face's width over this face's; 0 when there is none.
    pub second: f32,
}
