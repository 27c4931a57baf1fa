//! Accuracy over folds, as the protocol of Labeled Faces in the Wild asks: the threshold of each fold is chosen on the others.

use crate::collect::{Collected, FoldScore, Policy};
use crate::stats::mean_and_error;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Accuracy over folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldAccuracy {
    /// What became of refused comparisons.
    pub refusals: Policy,
    /// Mean accuracy over the folds, 0 to 1.
    pub mean: f64,
    /// Standard error of the mean.
    pub standard_error: f64,
    /// Comparisons counted.
    pub comparisons: u64,
    /// Accuracy of each fold.
    pub folds: Vec<f64>,
}

/// The accuracy under `policy`; `None` with fewer than two folds.
pub fn accuracy(collected: &Collected<'_>, policy: Policy) -> Option<FoldAccuracy> {
    of_scores(&collected.folds, policy)
}

/// The accuracy of any scores with folds; `None` with fewer than two folds.
pub fn of_scores(scores: &[FoldScore], policy: Policy) -> Option<FoldAccuracy> {
    let counted: Vec<FoldScore> = scores.iter().filter_map(|score| apply(*score, policy)).collect();
    let folds: BTreeSet<u32> = counted.iter().map(|score| score.fold).collect();
    if folds.len() < 2 {
        return None;
    }
    let one = |fold: &u32| {
        let (test, train): (Vec<_>, Vec<_>) = counted.iter().partition(|score| score.fold == *fold);
        let threshold = best_threshold(&train);
        let right = test.iter().filter(|score| score.same == matches(score, threshold)).count();
        right as f64 / test.len() as f64
    };
    let folds: Vec<f64> = folds.iter().map(one).collect();
    let (mean, standard_error) = mean_and_error(&folds);
    Some(FoldAccuracy { refusals: policy, mean, standard_error, comparisons: counted.len() as u64, folds })
}

fn apply(score: FoldScore, policy: Policy) -> Option<FoldScore> {
    match policy {
        Policy::Excluded => (!score.refused).then_some(score),
        Policy::NonMatch if score.refused => Some(FoldScore { llr: None, ..score }),
        _ => Some(score),
    }
}

fn matches(score: &FoldScore, threshold: f32) -> bool {
    score.llr.is_some_and(|llr| llr >= threshold)
}

/// The threshold with the most right decisions: half-way between the two scores around it, the lowest of equals.
fn best_threshold(train: &[&FoldScore]) -> f32 {
    let mut scores: Vec<(f32, bool)> = train.iter().filter_map(|score| Some((score.llr?, score.same))).collect();
    scores.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    // Moving the threshold above a score turns its decision: right for an impostor, wrong for a genuine comparison.
    let Some(&(first, _)) = scores.first() else { return 0.0 };
    let (mut gain, mut best, mut threshold) = (0_i64, 0_i64, first);
    for (at, &(llr, same)) in scores.iter().enumerate() {
        gain += if same { -1 } else { 1 };
        let next = scores.get(at + 1).map_or_else(|| llr.next_up(), |next| next.0);
        if next > llr && gain > best {
            best = gain;
            threshold = f32::midpoint(llr, next).max(llr.next_up());
        }
    }
    threshold
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "small whole counts divide to the very same numbers")]
mod tests {
    use super::*;

    fn score(fold: u32, same: bool, llr: f32) -> FoldScore {
        FoldScore { fold, same, llr: Some(llr), refused: false }
    }

    #[test]
    fn the_threshold_comes_from_the_other_folds() {
        // Fold 1 is split at 0.5, fold 2 at 2.5: each is judged with the other's threshold, and each loses one of four.
        let scores = [
            score(1, false, 0.0),
            score(1, false, 0.0),
            score(1, true, 1.0),
            score(1, true, 9.0),
            score(2, false, 0.0),
            score(2, false, 2.0),
            score(2, true, 3.0),
            score(2, true, 3.0),
        ];
        let found = of_scores(&scores, Policy::Excluded).unwrap();
        assert_eq!(found.folds, [0.75, 0.75]);
        assert_eq!((found.mean, found.standard_error, found.comparisons), (0.75, 0.0, 8));
    }

    #[test]
    fn refusals_follow_the_policy() {
        let mut scores = vec![];
        for fold in 1..=2 {
            scores.extend([score(fold, false, 0.0), score(fold, true, 1.0), score(fold, true, 2.0)]);
        }
        scores[1].refused = true;
        let mean = |policy| of_scores(&scores, policy).unwrap().mean;
        assert_eq!(mean(Policy::Excluded), 1.0);
        assert!((mean(Policy::NonMatch) - 5.0 / 6.0).abs() < 1e-12);
        assert_eq!(mean(Policy::Ignored), 1.0);
        assert_eq!(of_scores(&scores[..3], Policy::Ignored), None);
    }

    #[test]
    fn the_best_threshold_lies_between_scores() {
        let scores = [score(1, false, 0.0), score(1, false, 1.0), score(1, true, 2.0), score(1, true, 3.0)];
        assert_eq!(best_threshold(&scores.iter().collect::<Vec<_>>()), 1.5);
        assert_eq!(best_threshold(&[]), 0.0);
    }
}
