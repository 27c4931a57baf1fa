//! Picture quality after ISO/IEC 29794-5, one file per measure or group of sister measures.
//!
//! Names, native values and the mapping to 0–100 are those of OFIQ 1.0 (Federal Office for Information Security, Germany; the reference
//! implementation of the standard), whose formulas and constants were read in its sources `OFIQlib/modules/measures` and its configuration
//! `data/ofiq_config.jaxn`; the code here is ours. Each file says where it deviates. All measures that need a face's place use the
//! 468-point mesh instead of OFIQ's 98 points. [`MeasureName::NOT_ASSESSED`] lists what needs a network that we cannot ship.

mod background;
mod colour;
mod compression;
mod crop;
mod dynamic_range;
mod exposure;
mod expression;
mod eyes;
mod illumination;
mod luminance;
mod marks;
mod measure;
mod mouth;
mod outline;
pub mod overall;
mod pose;
mod prepared;
pub mod reason;
pub mod refusal;
mod sample;
mod sharpness;
mod single_face;
mod size;

pub use measure::{Measure, MeasureName};
pub use overall::{OverallWeights, Weight};
pub use reason::Reason;

use crate::detect::Face;
use crate::image::Image;
use crate::landmarks::{Mesh, Openness, Pose};
use serde::Serialize;

/// One face of one picture, with what the engine found out about it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The picture.
    pub image: &'a Image,
    /// The face to assess.
    pub face: &'a Face,
    /// How many faces were detected, this one included.
    pub faces: usize,
    /// The next largest face, if there are several.
    pub second: Option<&'a Face>,
    /// The face's mesh in pixels of the picture.
    pub mesh: &'a Mesh,
    /// The head's pose.
    pub pose: Pose,
    /// How far eyes and mouth are open.
    pub openness: Openness,
}

/// The quality of one face of one picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Our own summary, 0 (a comparison will fail) to 100; none until [`Quality::with_overall`] fills it in.
    pub overall: Option<u8>,
    /// All measures in the order of [`MeasureName::ALL`], those that could not be assessed included.
    pub measures: Vec<Measure>,
}

impl Quality {
    /// The value of one measure; none when it could not be assessed.
    pub fn value(&self, name: MeasureName) -> Option<u8> {
        self.measures.iter().find(|measure| measure.name == name)?.value
    }

    /// The reasons of the low measures, lowest first.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut low: Vec<_> =
            self.measures.iter().filter_map(|measure| Some((measure.value?, measure.reason?))).collect();
        low.sort_by_key(|(value, _)| *value);
        low.into_iter().map(|(_, reason)| reason).collect()
    }
}

/// Assesses every measure of one face. Never fails: a measure that cannot be assessed says so.
pub fn assess(subject: &Subject<'_>) -> Quality {
    let prepared = prepared::Prepared::new(subject);
    let mut measures = vec![
        background::uniformity(&prepared),
        illumination::uniformity(&prepared),
        dynamic_range::entropy(&prepared),
        sharpness::sharpness(&prepared),
        compression::blocks(&prepared),
        colour::naturalness(&prepared),
        single_face::dominance(&prepared),
        eyes::open(&prepared),
        mouth::closed(&prepared),
        size::inter_eye_distance(&prepared),
        size::head_size(&prepared),
        expression::neutrality(&prepared),
    ];
    measures.extend(luminance::mean_and_variance(&prepared));
    measures.extend(exposure::under_and_over(&prepared));
    measures.extend(crop::room(&prepared));
    measures.extend(pose::angles(&prepared));
    measures.extend(MeasureName::NOT_ASSESSED.iter().map(|name| Measure::unassessed(*name)));
    measures.sort_by_key(|measure| measure.name);
    Quality { overall: None, measures }
}
