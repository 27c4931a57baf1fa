//! Error against discard: how the false-non-match rate falls when the comparisons of lowest quality are left out (ISO/IEC 29794-1).

use crate::collect::Collected;
use crate::compare::Scored;
use serde::{Deserialize, Serialize};

/// One point of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiscardPoint {
    /// Comparisons below this quality are left out.
    pub quality: u8,
    /// Share of the genuine comparisons left out.
    pub discarded: f64,
    /// False-non-match rate of the rest at similarity 90.
    pub fnmr: f64,
}

/// The curve over all genuine comparisons that have a score, those that the quality rule refuses included (the rule itself is being
/// judged). The threshold stays at similarity 90. A point for each quality at which something changes, until nothing is left.
pub fn discard(collected: &Collected<'_>) -> Vec<DiscardPoint> {
    of_scores(&collected.genuine, collected.working)
}

/// The curve of any comparisons at score `threshold`.
pub fn of_scores(genuine: &[Scored], threshold: f32) -> Vec<DiscardPoint> {
    let mut scored = [0_u64; 256];
    let mut missed = [0_u64; 256];
    for (llr, quality) in genuine.iter().filter_map(|s| Some((s.llr?, usize::from(s.quality)))) {
        scored[quality] += 1;
        missed[quality] += u64::from(llr < threshold);
    }
    let total: u64 = scored.iter().sum();
    let (mut left, mut errors) = (total, missed.iter().sum::<u64>());
    let mut points = Vec::new();
    for quality in 0..=u8::MAX {
        if left == 0 {
            break;
        }
        let here = usize::from(quality);
        if quality == 0 || scored[here - 1] > 0 {
            let discarded = (total - left) as f64 / total as f64;
            points.push(DiscardPoint { quality, discarded, fnmr: errors as f64 / left as f64 });
        }
        left -= scored[here];
        errors -= missed[here];
    }
    points
}

/// The false-non-match rate after at least `share` of the comparisons were left out; `None` when the curve does not reach so far.
pub fn at(points: &[DiscardPoint], share: f64) -> Option<DiscardPoint> {
    points.iter().copied().find(|point| point.discarded >= share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(llr: Option<f32>, quality: u8) -> Scored {
        Scored {
            probe: 0,
            reference: 1,
            same: true,
            fold: 0,
            portraits: 1,
            llr,
            refused: false,
            quality,
            gap_years: None,
        }
    }

    #[test]
    fn by_hand() {
        let genuine = [scored(Some(-1.0), 10), scored(Some(1.0), 10), scored(Some(1.0), 50), scored(None, 99)];
        let points = of_scores(&genuine, 0.0);
        let expected = [(0, 0.0, 1.0 / 3.0), (11, 2.0 / 3.0, 0.0)];
        assert_eq!(points.len(), 2);
        for (point, (quality, discarded, fnmr)) in points.iter().zip(expected) {
            assert_eq!(point.quality, quality);
            assert!((point.discarded - discarded).abs() < 1e-12 && (point.fnmr - fnmr).abs() < 1e-12);
        }
        assert_eq!(at(&points, 0.5).unwrap().quality, 11);
        assert_eq!(at(&points, 0.9), None);
        assert!(of_scores(&[], 0.0).is_empty());
    }
}
