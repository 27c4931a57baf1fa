//! `NaturalColour`: does the skin have a colour that skin can have?
//!
//! As OFIQ: the mean colour of the two cheek zones in CIELAB (D50); the native value is the distance of (a, b) from the box
//! 5 ≤ a ≤ 25, 5 ≤ b ≤ 35, or 100 when a or b is negative; value 200·(1 − σ(x; 0, 10)). Deviations: only skin pixels of the zones count;
//! a colourless picture has a = b = 0 exactly, where rounding decides the sign in OFIQ, so values above −0.01 count as not negative.

use super::measure::{Curve, Measure, MeasureName};
use super::prepared::{Prepared, linear};
use super::reason::Direction;

/// From the distance to 0–100.
const CURVE: Curve = Curve::falling(200.0, 1.0, 0.0, 10.0);
/// Chroma below which a picture counts as colourless.
const COLOURLESS: f64 = 2.0;

/// Assesses the measure.
pub(super) fn naturalness(prepared: &Prepared<'_>) -> Measure {
    let name = MeasureName::NaturalColour;
    let Some((skin, [right, left])) = prepared.skin.as_ref().and_then(|skin| Some((skin, skin.cheeks.as_ref()?)))
    else {
        return Measure::unassessed(name);
    };
    let sum = right.iter().chain(left).fold([0.0; 3], |sum: [f64; 3], &pixel| {
        std::array::from_fn(|c| sum[c] + f64::from(skin.rgb[pixel][c]) / 255.0)
    });
    let count = (right.len() + left.len()) as f64;
    let (a, b) = lab(sum.map(|s| s / count));
    let native = distance(a, b);
    let direction = if a.hypot(b) < COLOURLESS { Direction::Low } else { Direction::High };
    Measure::new(name, native, CURVE.at(native), direction)
}

/// Distance of (a, b) from the colours of skin.
fn distance(a: f64, b: f64) -> f64 {
    if a < -0.01 || b < -0.01 {
        return 100.0;
    }
    let beyond = |v: f64, most: f64| (5.0 - v).max(v - most).max(0.0);
    beyond(a, 25.0).hypot(beyond(b, 35.0))
}

/// a and b of CIELAB under D50 from sRGB components 0–1 (sRGB primaries adapted to D50; CIE 15).
fn lab(rgb: [f64; 3]) -> (f64, f64) {
    // Rows: X, Y, Z, each over that of the white point.
    let xyz = [
        ([0.43605, 0.38508, 0.14309], 0.964_221),
        ([0.22249, 0.71689, 0.06062], 1.0),
        ([0.01393, 0.09710, 0.71419], 0.825_211),
    ];
    let light = rgb.map(linear);
    let curve = |t: f64| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
    let [x, y, z] = xyz.map(|(row, white)| curve(row.iter().zip(light).map(|(w, l)| w * l).sum::<f64>() / white));
    (500.0 * (x - y), 200.0 * (y - z))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_has_no_colour() {
        for level in [0.0, 0.2, 1.0] {
            let (a, b) = lab([level; 3]);
            assert!(a.abs() < 0.01 && b.abs() < 0.01, "{a} {b}");
        }
        assert!((distance(0.0, 0.0) - 50.0_f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn skin_is_natural_and_blue_is_not() {
        let (a, b) = lab([0.78, 0.60, 0.50]);
        assert!(distance(a, b) < 1e-9, "{a} {b}");
        let (a, b) = lab([0.4, 0.5, 0.8]);
        assert!(distance(a, b) > 20.0, "{a} {b}");
    }
}
