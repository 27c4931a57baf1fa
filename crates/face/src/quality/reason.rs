//! Why a measure is low, and what the citizen can do about it: one table.

use super::measure::MeasureName;
use serde::Serialize;

/// On which side the native value errs; it selects the row of [`TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The native value is too small (for signed angles: negative).
    Low,
    /// The native value is too large (for signed angles: positive).
    High,
}

/// Why a measure is low.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The stable code, lower case with hyphens; translations are keyed by it.
    pub code: &'static str,
    /// What the person in front of the camera, or the clerk, can do. English.
    pub instruction: &'static str,
}

/// One row of the table of reasons.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The stable code.
    pub code: &'static str,
    /// The measure that it explains.
    pub measure: MeasureName,
    /// On which side the native value errs.
    pub direction: Direction,
    /// The reason is given when the value is below this. The bounds are ours: OFIQ maps to 0–100 and leaves the judgement to the user.
    pub below: u8,
    /// What to do about it.
    pub instruction: &'static str,
}

macro_rules! rows {
    ($($code:literal $measure:ident $direction:ident $below:literal $instruction:literal;)+) => {
        /// Every reason. Left and right in the instructions are those of the person in the picture.
        pub const TABLE: &[Row] = &[$(Row {
            code: $code,
            measure: MeasureName::$measure,
            direction: Direction::$direction,
            below: $below,
            instruction: $instruction,
        },)+];
    };
}

rows! {
    "busy-background" BackgroundUniformity High 40 "Stand in front of a plain wall.";
    "light-from-right" IlluminationUniformity Low 50 "The light comes from your right. Turn the lamp towards the face, or face the light.";
    "light-from-left" IlluminationUniformity High 50 "The light comes from your left. Turn the lamp towards the face, or face the light.";
    "too-dark" LuminanceMean Low 50 "The face is too dark. Turn the lamp towards the face.";
    "too-bright" LuminanceMean High 50 "The face is too bright. Dim the lamp or step away from it.";
    "flat-light" LuminanceVariance Low 25 "The face has hardly any contrast. Clean the lens and avoid light from behind.";
    "harsh-light" LuminanceVariance High 25 "Parts of the face are bright and others dark. Use soft light from the front.";
    "black-areas" UnderExposurePrevention High 50 "Most of the face is in shadow. Turn the lamp towards the face.";
    "white-areas" OverExposurePrevention High 20 "Parts of the face are white. Dim the lamp or turn away from the reflection.";
    "low-contrast" DynamicRange Low 50 "The face shows few shades. Use more light and clean the lens.";
    "blurred" Sharpness Low 40 "The face is blurred. Hold still and let the camera focus.";
    "compression-blocks" CompressionArtifacts High 50 "The picture was compressed too much. Use the original picture.";
    "no-colour" NaturalColour Low 70 "The picture has no colour. Use a colour picture.";
    "unnatural-colour" NaturalColour High 50 "The colours are unnatural. Use white light and no filter.";
    "several-people" SingleFacePresent High 50 "Another face is in the picture. Let one person stand alone before the camera.";
    "eyes-closed" EyesOpen Low 50 "Open both eyes.";
    "mouth-open" MouthClosed High 50 "Close the mouth.";
    "come-closer" InterEyeDistance Low 20 "Come closer to the camera.";
    "too-far" HeadSize Low 2 "The head is small in the picture. Come closer to the camera.";
    "too-near" HeadSize High 10 "The head fills the picture. Step back from the camera.";
    "move-left" LeftwardCropOfTheFaceImage Low 50 "Move a little to your left.";
    "move-right" RightwardCropOfTheFaceImage Low 50 "Move a little to your right.";
    "move-down" MarginAboveOfTheFaceImage Low 1 "The top of the head is at the edge. Lower the head or raise the camera.";
    "move-up" MarginBelowOfTheFaceImage Low 1 "The chin is at the edge. Raise the head or lower the camera.";
    "look-left" HeadPoseYaw Low 85 "Turn the head a little to your left, until you look straight at the camera.";
    "look-right" HeadPoseYaw High 85 "Turn the head a little to your right, until you look straight at the camera.";
    "look-up" HeadPosePitch Low 85 "Raise the chin a little, until you look straight at the camera.";
    "look-down" HeadPosePitch High 85 "Lower the chin a little, until you look straight at the camera.";
    "tilt-left" HeadPoseRoll Low 85 "Tilt the head a little towards your left shoulder, until it is upright.";
    "tilt-right" HeadPoseRoll High 85 "Tilt the head a little towards your right shoulder, until it is upright.";
    "not-neutral" ExpressionNeutrality High 25 "Relax the face; do not smile.";
}

/// The reason for `value` of `measure`, if the table calls that value low.
pub(super) fn find(measure: MeasureName, direction: Direction, value: u8) -> Option<Reason> {
    TABLE
        .iter()
        .find(|row| row.measure == measure && row.direction == direction && value < row.below)
        .map(|row| Reason { code: row.code, instruction: row.instruction })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_instructions_are_sentences() {
        let mut seen = BTreeSet::new();
        for row in TABLE {
            assert!(row.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", row.code);
            assert!(seen.insert(row.code), "{} stands twice", row.code);
            assert!(row.instruction.ends_with('.'), "{}", row.code);
            assert!((1..=100).contains(&row.below), "{}", row.code);
        }
    }

    #[test]
    fn every_assessed_measure_has_a_reason() {
        for name in MeasureName::ALL {
            let explained = TABLE.iter().any(|row| row.measure == *name);
            assert_eq!(explained, !MeasureName::NOT_ASSESSED.contains(name), "{name}");
        }
    }

    #[test]
    fn a_good_value_has_no_reason() {
        assert_eq!(find(MeasureName::HeadPoseYaw, Direction::High, 100), None);
        assert_eq!(find(MeasureName::HeadPoseYaw, Direction::High, 10).unwrap().code, "look-right");
        assert_eq!(find(MeasureName::HeadPoseYaw, Direction::Low, 10).unwrap().code, "look-left");
    }
}
