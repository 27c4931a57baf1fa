//! Mean colours of places in the picture, in linear light, so that sums of lamps are sums of numbers.

use serde::{Deserialize, Serialize};

/// A colour in linear light, 0 to 1: red, green, blue.
pub type Linear = [f32; 3];

/// Mean colours of places in one picture. What could not be seen is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Light {
    /// The forehead.
    pub forehead: Option<Linear>,
    /// The person's right cheek.
    pub right_cheek: Option<Linear>,
    /// The person's left cheek.
    pub left_cheek: Option<Linear>,
    /// The ridge and tip of the nose.
    pub nose: Option<Linear>,
    /// The chin.
    pub chin: Option<Linear>,
    /// Between the lids of both eyes.
    pub eyes: Option<Linear>,
    /// Left of the face in the picture.
    pub left: Option<Linear>,
    /// Right of the face in the picture.
    pub right: Option<Linear>,
    /// Above the face.
    pub above: Option<Linear>,
    /// The whole picture.
    pub frame: Option<Linear>,
    /// Share of the skin's pixels that the camera could not make brighter.
    pub clipped: f32,
}
