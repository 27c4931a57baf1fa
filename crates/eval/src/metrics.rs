//! Error rates of ISO/IEC 19795-1 from scores; a comparison matches when its score is at least the threshold.

pub mod ageing;
pub mod cost;
pub mod discard;
pub mod enrolment;
pub mod figures;
pub mod folds;
pub mod groups;
pub mod portraits;

use serde::{Deserialize, Serialize};

/// Scores of both kinds from low to high, and how many comparisons without a usable score count as non-matches.
#[derive(Clone, Copy, Debug)]
pub struct Sorted<'a> {
    /// Scores of genuine comparisons.
    pub genuine: &'a [f32],
    /// Scores of impostor comparisons.
    pub impostor: &'a [f32],
    /// Genuine comparisons that can never match.
    pub genuine_lost: u64,
    /// Impostor comparisons that can never match.
    pub impostor_lost: u64,
}

/// A point of a detection error trade-off curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetPoint {
    /// Score from which comparisons match.
    pub threshold: f32,
    /// False-match rate there.
    pub fmr: f64,
    /// False-non-match rate there.
    pub fnmr: f64,
}

/// The point at which both error rates are equal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EqualError {
    /// The mean of both rates where they cross.
    pub rate: f64,
    /// The score there.
    pub threshold: f32,
}

impl Sorted<'_> {
    /// Genuine comparisons, lost ones included.
    pub fn genuine_count(&self) -> u64 {
        self.genuine.len() as u64 + self.genuine_lost
    }

    /// Impostor comparisons, lost ones included.
    pub fn impostor_count(&self) -> u64 {
        self.impostor.len() as u64 + self.impostor_lost
    }

    /// Impostor comparisons that match at `threshold`.
    pub fn false_matches(&self, threshold: f32) -> u64 {
        (self.impostor.len() - self.impostor.partition_point(|llr| *llr < threshold)) as u64
    }

    /// Genuine comparisons that do not match at `threshold`.
    pub fn false_non_matches(&self, threshold: f32) -> u64 {
        self.genuine.partition_point(|llr| *llr < threshold) as u64 + self.genuine_lost
    }

    /// Both rates at `threshold`; 0 where there are no comparisons.
    pub fn at(&self, threshold: f32) -> DetPoint {
        let share = |hits: u64, all: u64| if all == 0 { 0.0 } else { hits as f64 / all as f64 };
        DetPoint {
            threshold,
            fmr: share(self.false_matches(threshold), self.impostor_count()),
            fnmr: share(self.false_non_matches(threshold), self.genuine_count()),
        }
    }

    /// The lowest threshold at which the false-match rate is at most `fmr`; `None` when the impostor comparisons are too few for even one
    /// false match at that rate.
    pub fn threshold(&self, fmr: f64) -> Option<f32> {
        // The small addend undoes rounding: 0.001 × 1000 is one false match.
        let allowed = (fmr * self.impostor_count() as f64 + 1e-9).floor() as usize;
        if allowed == 0 {
            return None;
        }
        match self.impostor.len().checked_sub(allowed + 1) {
            Some(at) => Some(self.impostor[at].next_up()),
            None => Some(self.impostor.first().copied().unwrap_or(0.0)),
        }
    }

    /// Where the two rates cross, by bisection over the thresholds; `None` without scores of one kind.
    pub fn equal_error(&self) -> Option<EqualError> {
        if self.genuine_count() == 0 || self.impostor_count() == 0 {
            return None;
        }
        let crossed = |threshold: f32| {
            let point = self.at(threshold);
            point.fnmr >= point.fmr
        };
        // The lowest threshold with FNMR ≥ FMR is a score, or lies just above the highest one.
        let lowest = |scores: &[f32]| {
            let at = scores.partition_point(|&llr| !crossed(llr));
            scores.get(at).copied()
        };
        let above = |scores: &[f32]| {
            let at = scores.partition_point(|&llr| !crossed(llr.next_up()));
            scores.get(at).map(|llr| llr.next_up())
        };
        let found = [lowest(self.genuine), lowest(self.impostor), above(self.genuine), above(self.impostor)];
        let threshold = found.into_iter().flatten().reduce(f32::min)?;
        let (after, before) = (self.at(threshold), self.at(threshold.next_down()));
        // Between the two thresholds both rates jump; the crossing lies in the narrower of the two spans.
        let wide = |point: DetPoint| (point.fmr - point.fnmr).abs();
        let best = if wide(before) < wide(after) { before } else { after };
        Some(EqualError { rate: f64::midpoint(best.fmr, best.fnmr), threshold })
    }

    /// Points of the trade-off curve, dense at its ends, from low to high thresholds.
    pub fn det(&self) -> Vec<DetPoint> {
        let mut thresholds: Vec<f32> =
            ranks(self.impostor.len()).map(|rank| self.impostor[self.impostor.len() - rank]).collect();
        thresholds.extend(ranks(self.genuine.len()).map(|rank| self.genuine[rank - 1].next_up()));
        thresholds.sort_unstable_by(f32::total_cmp);
        thresholds.dedup();
        let mut points: Vec<DetPoint> = thresholds.into_iter().map(|threshold| self.at(threshold)).collect();
        points.dedup_by(|a, b| (a.fmr - b.fmr).abs() < f64::EPSILON && (a.fnmr - b.fnmr).abs() < f64::EPSILON);
        points
    }
}

/// Ranks from 1 to `count`, all small ones and then ever fewer.
fn ranks(count: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(1_usize), |rank| Some((rank * 23 / 20).max(rank + 1)))
        .take_while(move |rank| *rank <= count)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "small whole counts divide to the very same numbers")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted<'a>(genuine: &'a [f32], impostor: &'a [f32]) -> Sorted<'a> {
        Sorted { genuine, impostor, genuine_lost: 0, impostor_lost: 0 }
    }

    #[test]
    fn rates_by_hand() {
        let scores = sorted(&[1.0, 3.0, 4.0, 5.0], &[0.0, 1.0, 2.0, 3.5]);
        let at = scores.at(3.0);
        assert_eq!((at.fmr, at.fnmr), (0.25, 0.25));
        assert_eq!(scores.at(f32::MIN).fmr, 1.0);
        assert_eq!(scores.at(100.0).fnmr, 1.0);
        assert_eq!(scores.equal_error().unwrap().rate, 0.25);
    }

    #[test]
    fn the_threshold_allows_exactly_the_rate() {
        let impostor: Vec<f32> = (0..1000).map(|at| at as f32).collect();
        let scores = sorted(&[], &impostor);
        let threshold = scores.threshold(0.001).unwrap();
        assert_eq!(scores.false_matches(threshold), 1);
        assert_eq!(scores.false_matches(threshold.next_down()), 2);
        assert_eq!(scores.threshold(0.0009), None);
        assert_eq!(scores.false_matches(scores.threshold(1.0).unwrap()), 1000);
    }

    #[test]
    fn ties_never_exceed_the_rate() {
        let scores = sorted(&[], &[1.0, 2.0, 2.0, 2.0]);
        assert_eq!(scores.false_matches(scores.threshold(0.5).unwrap()), 0);
        assert_eq!(scores.false_matches(scores.threshold(0.75).unwrap()), 3);
    }

    #[test]
    fn lost_comparisons_count_as_non_matches() {
        let scores = Sorted { genuine_lost: 1, impostor_lost: 3, ..sorted(&[5.0], &[9.0]) };
        let at = scores.at(5.0);
        assert_eq!((at.fmr, at.fnmr), (0.25, 0.5));
    }

    #[test]
    fn separated_scores_have_no_error() {
        assert_eq!(sorted(&[2.0, 3.0], &[0.0, 1.0]).equal_error().unwrap().rate, 0.0);
        assert_eq!(sorted(&[], &[1.0]).equal_error(), None);
        assert_eq!(sorted(&[0.0], &[1.0]).equal_error().unwrap().rate, 1.0);
    }

    fn scores() -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec((-50_i32..50).prop_map(|n| n as f32 / 4.0), 1..80).prop_map(|mut scores| {
            scores.sort_unstable_by(f32::total_cmp);
            scores
        })
    }

    proptest! {
        #[test]
        fn rates_are_monotone_and_thresholds_keep_their_word(genuine in scores(), impostor in scores(), fmr in 0.0..1.0_f64) {
            let scores = sorted(&genuine, &impostor);
            for pair in scores.det().windows(2) {
                prop_assert!(pair[0].threshold < pair[1].threshold);
                prop_assert!(pair[0].fmr >= pair[1].fmr && pair[0].fnmr <= pair[1].fnmr);
            }
            if let Some(threshold) = scores.threshold(fmr) {
                prop_assert!(scores.at(threshold).fmr <= fmr + 1e-9);
                let lower = scores.at(threshold.next_down());
                prop_assert!(lower.fmr > fmr - 1e-9 || lower.fmr == 1.0);
            }
        }

        #[test]
        fn the_equal_error_lies_between_the_rates_around_it(genuine in scores(), impostor in scores()) {
            let scores = sorted(&genuine, &impostor);
            let equal = scores.equal_error().unwrap();
            let every = genuine.iter().chain(&impostor).flat_map(|llr| [*llr, llr.next_up()]);
            let best = every.map(|threshold| scores.at(threshold)).map(|p| (p.fmr - p.fnmr).abs()).fold(f64::MAX, f64::min);
            let at = scores.at(equal.threshold);
            let before = scores.at(equal.threshold.next_down());
            prop_assert!(((at.fmr - at.fnmr).abs()).min((before.fmr - before.fnmr).abs()) <= best + 1e-12);
        }
    }
}
