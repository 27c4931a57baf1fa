//! `Sharpness`: our own definition.
//!
//! OFIQ's random forest over 26 edge statistics is a model file of its own, so our values are not comparable with OFIQ's; only name and
//! scale are shared. Ours is the blur effect of Crété, Dolmière, Ladet and Nicolas ("The blur effect: perception and estimation with a
//! new no-reference perceptual blur metric", SPIE 6492, 2007): the skin's luma at a fixed 56 pixels between the eyes (what the embedders
//! see) is blurred again along rows and along columns; a sharp face loses much of its variation by that, a blurred one little. The
//! native value is the share that is lost, 0 to 1, in the direction that loses less; it does not depend on contrast or brightness. Noise and
//! the blocks of strong compression count as edges; `CompressionArtifacts` and `LuminanceMean` tell of them.

use super::measure::{Curve, Measure, MeasureName};
use super::prepared::{Prepared, Skin};
use super::reason::Direction;

/// From the lost share to 0–100. Sharp photographs lose 0.38 to 0.48; Gaussian blur of 1, 2 and 4 pixels at 56 between the eyes leaves medians
/// of about 0.29, 0.18 and 0.10 (250 development pictures).
const CURVE: Curve = Curve::rising(105.0, 0.22, 0.06);
/// Taps on each side of the re-blurring box: nine in all, as in the paper.
const REACH: usize = 4;
/// Fewest pixel pairs to measure over.
const PAIRS_MIN: usize = 500;

/// Assesses the measure.
pub(super) fn sharpness(prepared: &Prepared<'_>) -> Measure {
    let name = MeasureName::Sharpness;
    let native = prepared.skin.as_ref().map(halved).and_then(|plane| {
        let along_rows = lost_share(&plane)?;
        let along_columns = lost_share(&plane.transposed())?;
        Some(along_rows.min(along_columns))
    });
    match native {
        Some(native) => Measure::new(name, native, CURVE.at(native), Direction::Low),
        None => Measure::unassessed(name),
    }
}

/// A grey picture with a mask.
struct Plane {
    width: usize,
    levels: Vec<f32>,
    mask: Vec<bool>,
}

impl Plane {
    fn transposed(&self) -> Self {
        let height = self.levels.len() / self.width;
        let order = (0..self.width).flat_map(|x| (0..height).map(move |y| y * self.width + x));
        let (levels, mask) = order.map(|i| (self.levels[i], self.mask[i])).unzip();
        Self { width: height, levels, mask }
    }
}

/// The skin's luma (BT.601, as OFIQ's grey) at half the scale of the aligned picture: 56 pixels between the eyes.
fn halved(skin: &Skin) -> Plane {
    let (width, height) = (skin.width / 2, skin.height / 2);
    let luma = |i: usize| {
        let [r, g, b] = skin.rgb[i].map(f32::from);
        0.299 * r + 0.587 * g + 0.114 * b
    };
    let blocks = (0..height).flat_map(|y| (0..width).map(move |x| 2 * y * skin.width + 2 * x));
    let (levels, mask) = blocks
        .map(|i| [i, i + 1, i + skin.width, i + skin.width + 1])
        .map(|four| (four.iter().map(|&i| luma(i)).sum::<f32>() / 4.0, four.iter().all(|&i| skin.mask[i])))
        .unzip();
    Plane { width: width.max(1), levels, mask }
}

/// The share of the variation along rows that another blur removes, 0 to 1.
fn lost_share(plane: &Plane) -> Option<f64> {
    let (mut all, mut lost, mut pairs) = (0.0_f64, 0.0_f64, 0_usize);
    for (levels, mask) in plane.levels.chunks_exact(plane.width).zip(plane.mask.chunks_exact(plane.width)) {
        // Neighbours i and i + 1 differ after the box blur by the difference of the box's ends.
        for i in REACH..levels.len().saturating_sub(REACH + 1) {
            if mask[i] && mask[i + 1] {
                let before = (levels[i + 1] - levels[i]).abs();
                let after = (levels[i + 1 + REACH] - levels[i - REACH]).abs() / (2 * REACH + 1) as f32;
                all += f64::from(before);
                lost += f64::from((before - after).max(0.0));
                pairs += 1;
            }
        }
    }
    // A face of one single colour has no edges at all: nothing can be said about its sharpness.
    (pairs >= PAIRS_MIN && all > 0.0).then(|| lost / all)
}
