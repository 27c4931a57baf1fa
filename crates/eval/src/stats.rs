//! Small statistics: rates with intervals, quantiles, the normal quantile.

use serde::{Deserialize, Serialize};

/// The normal quantile of 97.5 %: two-sided 95 % intervals.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// A share with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// `hits / trials`; 0 without trials.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// How often it happened.
    pub hits: u64,
    /// Out of how many.
    pub trials: u64,
}

impl Rate {
    /// The share with Wilson's interval. Without trials the interval is 0 to 1.
    pub fn wilson(hits: u64, trials: u64) -> Self {
        let (low, high) = wilson(hits, trials);
        let value = if trials == 0 { 0.0 } else { hits as f64 / trials as f64 };
        Self { value, low, high, hits, trials }
    }

    /// The same share with an interval that also covers `other`. Comparisons that share a person are not independent, so Wilson's interval
    /// alone is too narrow, and a bootstrap alone has no width when nothing happened: the report shows the hull of both.
    #[must_use]
    pub fn widen(mut self, other: Option<(f64, f64)>) -> Self {
        if let Some((low, high)) = other {
            self.low = self.low.min(low);
            self.high = self.high.max(high);
        }
        self
    }

    /// The share of the trials in which it did not happen.
    #[must_use]
    pub fn complement(self) -> Self {
        let value = if self.trials == 0 { 0.0 } else { 1.0 - self.value };
        Self { value, low: 1.0 - self.high, high: 1.0 - self.low, hits: self.trials - self.hits, ..self }
    }
}

/// Wilson's score interval at 95 % (Wilson 1927, as in NIST/SEMATECH e-Handbook §7.2.4.1).
///
/// ```
/// let (low, high) = eval::stats::wilson(8, 10);
/// assert!((low - 0.4902).abs() < 1e-4 && (high - 0.9433).abs() < 1e-4);
/// ```
pub fn wilson(hits: u64, trials: u64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    let (count, share) = (trials as f64, hits as f64 / trials as f64);
    let z2 = Z_95 * Z_95;
    let centre = share + z2 / (2.0 * count);
    let spread = Z_95 * (share * (1.0 - share) / count + z2 / (4.0 * count * count)).sqrt();
    let scale = 1.0 + z2 / count;
    // At the ends rounding may leave a trace that is not 0 or 1.
    let low = if hits == 0 { 0.0 } else { ((centre - spread) / scale).max(0.0) };
    let high = if hits == trials { 1.0 } else { ((centre + spread) / scale).min(1.0) };
    (low, high)
}

/// The quantile `share` (0 to 1) of values sorted from low to high, with linear interpolation (type 7 of Hyndman and Fan 1996).
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let low = place.floor() as usize;
    let high = (low + 1).min(sorted.len() - 1);
    Some(sorted[low] + (sorted[high] - sorted[low]) * (place - low as f64))
}

/// Mean and standard error of the mean (with n − 1).
pub fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let mean = values.iter().sum::<f64>() / count;
    if values.len() == 1 {
        return (mean, 0.0);
    }
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// The normal quantile (probit): algorithm AS 241, PPND16 (Wichura 1988), with a relative error of about 1e-16. Infinite at 0 and 1.
///
/// ```
/// assert!((eval::stats::probit(0.975) - 1.959963984540054).abs() < 1e-12);
/// ```
pub fn probit(share: f64) -> f64 {
    let q = share - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&MIDDLE_TOP, r) / polynomial(&MIDDLE_BOTTOM, r);
    }
    let tail = if q < 0.0 { share } else { 1.0 - share };
    if tail <= 0.0 {
        return q.signum() * f64::INFINITY;
    }
    let r = (-tail.ln()).sqrt();
    let size = if r <= 5.0 {
        polynomial(&NEAR_TOP, r - 1.6) / polynomial(&NEAR_BOTTOM, r - 1.6)
    } else {
        polynomial(&FAR_TOP, r - 5.0) / polynomial(&FAR_BOTTOM, r - 5.0)
    };
    q.signum() * size
}

fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

const MIDDLE_TOP: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const MIDDLE_BOTTOM: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_66e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_854e3,
];
const NEAR_TOP: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const NEAR_BOTTOM: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const FAR_TOP: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_BOTTOM: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probit_has_its_known_values() {
        // Python 3, statistics.NormalDist().inv_cdf.
        let known = [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_053_6),
            (0.001, -3.090_232_306_167_813),
            (1e-10, -6.361_340_902_404_056),
            (0.3, -0.524_400_512_708_040_7),
            (0.024_25, -1.972_961_051_311_884_5),
            (0.9, 1.281_551_565_544_600_8),
        ];
        for (share, value) in known {
            assert!((probit(share) - value).abs() < 1e-13, "probit({share}) = {}", probit(share));
        }
        assert!(probit(0.0).is_infinite() && probit(1.0).is_infinite());
    }

    #[test]
    fn wilson_has_its_known_values() {
        // Wilson 1927; 1 of 29 and 81 of 263 are the worked cases of Newcombe 1998, table I.
        let known = [
            ((0, 10), (0.0, 0.277_5)),
            ((8, 10), (0.490_2, 0.943_3)),
            ((1, 29), (0.006_1, 0.171_8)),
            ((81, 263), (0.255_3, 0.366_2)),
            ((10, 10), (0.722_5, 1.0)),
        ];
        for ((hits, trials), (low, high)) in known {
            let found = wilson(hits, trials);
            assert!((found.0 - low).abs() < 6e-5 && (found.1 - high).abs() < 6e-5, "{hits}/{trials}: {found:?}");
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }

    #[test]
    fn the_complement_mirrors_the_interval() {
        let rate = Rate::wilson(8, 10);
        let other = rate.complement();
        let mirrored = Rate::wilson(2, 10);
        assert_eq!(other.hits, 2);
        assert!((other.low - mirrored.low).abs() < 1e-12 && (other.high - mirrored.high).abs() < 1e-12);
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3.0], 0.9), Some(3.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.5));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 1.0), Some(4.0));
    }

    #[test]
    fn standard_error_by_hand() {
        let (mean, error) = mean_and_error(&[1.0, 2.0, 3.0]);
        assert!((mean - 2.0).abs() < 1e-12 && (error - (1.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    }
}
