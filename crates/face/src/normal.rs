//! The normal distribution: tail probability and its inverse.

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

/// The `x` above which a share `p` of a standard normal distribution lies: the inverse of [`upper_tail`], by bisection.
///
/// `p` is held within 1e-300 and 1 − 1e-16.
pub fn upper_quantile(p: f64) -> f64 {
    let p = p.clamp(1e-300, 1.0 - 1e-16);
    let (mut low, mut high) = (-9.0, 38.0);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if upper_tail(middle) > p { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

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
