//! What one measure says: its name, its native value, its value from 0 to 100, and why it is low.

use super::reason::{self, Direction, Reason};
use serde::{Deserialize, Serialize};

macro_rules! names {
    ($($name:ident $doc:literal;)+) => {
        /// The measures by the names that OFIQ 1.0 (BSI, the reference implementation of ISO/IEC 29794-5) gives them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum MeasureName { $(#[doc = $doc] $name,)+ }

        impl MeasureName {
            /// Every measure, in the order of reports.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The name as OFIQ writes it, which is also the serialised form.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }
        }
    };
}

names! {
    BackgroundUniformity "How plain the background is.";
    IlluminationUniformity "How equally both cheeks are lit.";
    LuminanceMean "How bright the face is.";
    LuminanceVariance "How much brightness varies over the face.";
    UnderExposurePrevention "How little of the face is black.";
    OverExposurePrevention "How little of the face is white.";
    DynamicRange "How many grey levels the face uses.";
    Sharpness "How sharp the face is.";
    CompressionArtifacts "How free the face is of compression blocks.";
    NaturalColour "How natural the colour of the skin is.";
    SingleFacePresent "How clearly one face dominates.";
    EyesOpen "How far the less open eye is open.";
    MouthClosed "How closed the mouth is.";
    InterEyeDistance "How many pixels lie between the eyes.";
    HeadSize "How much of the picture's height the head takes.";
    LeftwardCropOfTheFaceImage "How much room is at the left edge of the picture.";
    RightwardCropOfTheFaceImage "How much room is at the right edge of the picture.";
    MarginAboveOfTheFaceImage "How much room is above the face.";
    MarginBelowOfTheFaceImage "How much room is below the face.";
    HeadPoseYaw "How little the head is turned.";
    HeadPosePitch "How little the head is nodded.";
    HeadPoseRoll "How little the head is tilted.";
    ExpressionNeutrality "How neutral the expression is.";
    UnifiedQualityScore "OFIQ's own network; not assessed, see `OverallWeights` for ours.";
    EyesVisible "Needs a segmentation network that we cannot ship; not assessed.";
    MouthOcclusionPrevention "Needs a segmentation network that we cannot ship; not assessed.";
    FaceOcclusionPrevention "Needs a segmentation network that we cannot ship; not assessed.";
    NoHeadCoverings "Needs a segmentation network that we cannot ship; not assessed.";
}

impl MeasureName {
    /// The measures that OFIQ has and this crate never assesses, because their networks may not be shipped.
    pub const NOT_ASSESSED: &[Self] = &[
        Self::UnifiedQualityScore,
        Self::EyesVisible,
        Self::MouthOcclusionPrevention,
        Self::FaceOcclusionPrevention,
        Self::NoHeadCoverings,
    ];
}

impl std::fmt::Display for MeasureName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One measure of one face.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measure {
    /// Which measure.
    pub name: MeasureName,
    /// The measured quantity in its own unit, as the measure's file says; none when it could not be assessed.
    pub native: Option<f64>,
    /// 0 (worst) to 100 (best); none when it could not be assessed.
    pub value: Option<u8>,
    /// Why the value is low and what to do about it; none when it is not low.
    pub reason: Option<Reason>,
}

impl Measure {
    /// A measure that could not be assessed.
    pub(super) fn unassessed(name: MeasureName) -> Self {
        Self { name, native: None, value: None, reason: None }
    }

    /// A measure with its native value, its mapped value (rounded and limited to 0–100 here) and the side on which the native value
    /// errs, which selects the reason. Values that are not finite count as not assessed.
    pub(super) fn new(name: MeasureName, native: f64, value: f64, direction: Direction) -> Self {
        if !native.is_finite() || !value.is_finite() {
            return Self::unassessed(name);
        }
        let value = value.round().clamp(0.0, 100.0) as u8;
        Self { name, native: Some(native), value: Some(value), reason: reason::find(name, direction, value) }
    }
}

/// The logistic function with its turning point at `x0` and width `w`, 0 to 1.
pub(super) fn sigmoid(x: f64, x0: f64, w: f64) -> f64 {
    1.0 / (1.0 + ((x0 - x) / w).exp())
}

/// A curve from native values to 0–100: `h · (a + s · sigmoid(x, x0, w))`, the form of OFIQ's configuration (`data/ofiq_config.jaxn`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Curve {
    h: f64,
    a: f64,
    s: f64,
    x0: f64,
    w: f64,
}

impl Curve {
    /// Better the larger the native value: `h · sigmoid`.
    pub(super) const fn rising(h: f64, x0: f64, w: f64) -> Self {
        Self { h, a: 0.0, s: 1.0, x0, w }
    }

    /// Better the smaller the native value: `h · (a − sigmoid)`.
    pub(super) const fn falling(h: f64, a: f64, x0: f64, w: f64) -> Self {
        Self { h, a, s: -1.0, x0, w }
    }

    /// The mapped value, not yet rounded or limited.
    pub(super) fn at(&self, native: f64) -> f64 {
        self.h * (self.a + self.s * sigmoid(native, self.x0, self.w))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_serialise_as_ofiq_writes_them() {
        let text = serde_json::to_string(&MeasureName::LeftwardCropOfTheFaceImage).unwrap();
        assert_eq!(text, "\"LeftwardCropOfTheFaceImage\"");
        for name in MeasureName::ALL {
            assert_eq!(serde_json::to_value(name).unwrap(), name.as_str());
        }
        assert_eq!(MeasureName::ALL.len(), 28, "OFIQ 1.0 reports 28 values");
    }

    #[test]
    fn values_that_are_not_numbers_count_as_not_assessed() {
        for (native, value) in [(f64::NAN, 50.0), (1.0, f64::INFINITY)] {
            let measure = Measure::new(MeasureName::Sharpness, native, value, Direction::Low);
            assert_eq!(measure, Measure::unassessed(MeasureName::Sharpness));
        }
        assert_eq!(Measure::new(MeasureName::Sharpness, 1.0, 1e9, Direction::Low).value, Some(100));
        assert_eq!(Measure::new(MeasureName::Sharpness, 1.0, -3.0, Direction::Low).value, Some(0));
    }

    #[test]
    fn the_turning_point_is_the_middle() {
        assert!((Curve::rising(100.0, 70.0, 20.0).at(70.0) - 50.0).abs() < 1e-9);
        assert!((Curve::falling(100.0, 1.0, 0.2, 0.06).at(0.2) - 50.0).abs() < 1e-9);
    }
}
