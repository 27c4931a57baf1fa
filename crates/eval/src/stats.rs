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

#[cfg(test)]
mod tests {
    use super::*;

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
