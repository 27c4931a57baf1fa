//! The short text summary of a run.

use crate::summary::Summary;
use crate::words::{count, one_in, percent, rate, right_persons, strangers};

/// A few lines that say what a run found.
pub fn text(summary: &Summary) -> String {
    let mut lines = vec![
        format!(
            "{}: {} pictures of {} persons, {} genuine and {} impostor comparisons",
            summary.data.name,
            count(summary.data.pictures),
            count(summary.data.persons),
            count(summary.headline.genuine),
            count(summary.headline.impostor)
        ),
        strangers(summary.headline.fmr_at_90),
        right_persons(summary.headline.fnmr_at_90),
        format!(
            "refused: {} of the pictures; {} genuine and {} impostor comparisons left out of all figures below",
            rate(summary.enrolment.refused),
            count(summary.genuine_refused),
            count(summary.impostor_refused)
        ),
    ];
    lines.extend(summary.folds.first().map(|folds| {
        let (mean, error) = (percent(folds.mean), percent(folds.standard_error));
        format!("accuracy over {} folds: {mean}, standard error {error}", folds.folds.len())
    }));
    lines.push(format!("similarity 90: FMR {}", rate(summary.headline.fmr_at_90)));
    lines.push(format!("               FNMR {}", rate(summary.headline.fnmr_at_90)));
    for tar in &summary.headline.tar {
        let few = if tar.few { ", threshold rests on fewer than ten false matches" } else { "" };
        lines.push(format!("TAR at FMR {}: {}{few}", one_in(tar.fmr), rate(tar.tar)));
    }
    lines.extend(summary.headline.equal_error.map(|equal| format!("EER: {}", percent(equal.rate))));
    lines.extend(
        summary
            .generalised
            .tar
            .iter()
            .find(|tar| tar.fmr <= 1e-4)
            .map(|tar| format!("counting refusals as non-matches, TAR at FMR {}: {}", one_in(tar.fmr), rate(tar.tar))),
    );
    lines.extend(
        summary
            .quality_ignored
            .tar
            .iter()
            .find(|tar| tar.fmr <= 1e-4)
            .map(|tar| format!("ignoring quality refusals, TAR at FMR {}: {}", one_in(tar.fmr), rate(tar.tar))),
    );
    lines.push(String::new());
    lines.join("\n")
}
