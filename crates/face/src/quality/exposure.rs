//! `UnderExposurePrevention` and `OverExposurePrevention`: how much of the face is black or white?
//!
//! As OFIQ: the share of skin pixels with linear-light luminance 0–25, and 247–255. Values: 120·(0.832 − σ(x; 0.92, 0.05)), and
//! 1/(x + 0.01). Deviation: OFIQ leaves out what its occlusion network finds (glasses, hands); we have no such network.

use super::measure::{Curve, Measure, MeasureName};
use super::prepared::Prepared;
use super::reason::Direction;
use std::ops::RangeInclusive;

/// Luminances that count as black.
const BLACK: RangeInclusive<usize> = 0..=25;
/// Luminances that count as white.
const WHITE: RangeInclusive<usize> = 247..=255;
/// From the black share to 0–100.
const UNDER: Curve = Curve::falling(120.0, 0.832, 0.92, 0.05);

/// Assesses under- and over-exposure.
pub(super) fn under_and_over(prepared: &Prepared<'_>) -> [Measure; 2] {
    let names = [MeasureName::UnderExposurePrevention, MeasureName::OverExposurePrevention];
    let Some(skin) = &prepared.skin else { return names.map(Measure::unassessed) };
    let share = |levels: RangeInclusive<usize>| skin.histogram[levels].iter().sum::<f64>();
    let (black, white) = (share(BLACK), share(WHITE));
    [
        Measure::new(names[0], black, UNDER.at(black), Direction::High),
        Measure::new(names[1], white, 1.0 / (white + 0.01), Direction::High),
    ]
}
