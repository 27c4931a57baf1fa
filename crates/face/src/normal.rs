//! The normal distribution: tail probability and quantiles.

/// The share of a standard normal distribution above `x`, with a relative error below 1.2e-7 (Numerical Recipes, 2nd ed., section 6.2,
/// `erfcc`).
pub fn upper_tail(x: f64) -> f64 {
    let z = (x / std::f64::consts::SQRT_2).abs();
    let t = 1.0 / (1.0 + 0.5 * z);
    let series = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let sum = series.iter().fold(0.0, |sum, c| sum * t + c);
    let half = 0.5 * t * (-z * z + sum).exp();
    if x >= 0.0 { half } else { 1.0 - half }
}

/// The `x` above which a share `p` of a standard normal distribution lies: the inverse of [`upper_tail`]. `p` is held within 1e-300 and
/// 1 − 1e-16, so that the result is finite.
pub fn upper_quantile(p: f64) -> f64 {
    -probit(p.clamp(1e-300, 1.0 - 1e-16))
}

/// The normal quantile (probit): algorithm AS 241, PPND16 (Wichura 1988), with a relative error of about 1e-16. Infinite at 0 and 1.
///
/// ```
/// assert!((face::normal::probit(0.975) - 1.959963984540054).abs() < 1e-12);
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
    fn known_quantiles() {
        for (p, x) in [
            (0.5, 0.0),
            (0.025, 1.959_964),
            (1e-4, 3.719_016),
            (1e-6, 4.753_424),
            (0.975, -1.959_964),
            (1e-12, 7.034_484),
        ] {
            assert!((upper_quantile(p) - x).abs() < 1e-5, "{p}: {}", upper_quantile(p));
            assert!((upper_tail(x) / p - 1.0).abs() < 1e-5, "{x}: {}", upper_tail(x));
        }
    }
}
