//! The tables of the report.

use crate::collect::Policy;
use crate::metrics::discard;
use crate::metrics::figures::Figures;
use crate::metrics::groups::{Gate, Group};
use crate::summary::Summary;
use crate::words::{count, escape, one_in, percent, rate};
use std::fmt::Write;

/// A table with a heading above and a note below; both may be empty. Cells that begin with a digit are set as numbers.
pub(crate) fn table(title: &str, head: &[&str], rows: &[Vec<String>], note: &str) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    if !title.is_empty() {
        let _ = writeln!(out, "<h3>{}</h3>", escape(title));
    }
    out.push_str("<div class=\"wide\"><table>\n<tr>");
    for name in head {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(name));
    }
    out.push_str("</tr>\n");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            let class = match cell.as_str() {
                "pass" => " class=\"pass\"",
                "fail" => " class=\"fail\"",
                other if other.starts_with(|c: char| c.is_ascii_digit()) => " class=\"number\"",
                _ => "",
            };
            let _ = write!(out, "<td{class}>{}</td>", escape(cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table></div>\n");
    if !note.is_empty() {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escape(note));
    }
    out
}

/// One line a run.
pub(super) fn overview(outcomes: &[Summary]) -> String {
    let row = |summary: &Summary| {
        let figures = &summary.headline;
        let tar = figures.tar.iter().find(|tar| (tar.fmr - 1e-4).abs() < 1e-9);
        vec![
            summary.data.name.clone(),
            summary.command.clone(),
            rate(figures.fmr_at_90),
            rate(figures.fnmr_at_90),
            tar.map_or_else(|| "too few strangers".to_owned(), |tar| rate(tar.tar)),
        ]
    };
    let rows: Vec<_> = outcomes.iter().map(row).collect();
    table("", &["data", "command", "FMR at 90", "FNMR at 90", "TAR at FMR 1 in 10,000"], &rows, "")
}

/// Where the figures come from.
pub(super) fn source(summary: &Summary) -> String {
    let data = &summary.data;
    let left_out = match data.near_duplicates {
        0 => String::new(),
        number => format!("; {} near duplicates left out", count(number)),
    };
    let rows = vec![
        vec!["command".to_owned(), summary.command.clone()],
        vec!["day".to_owned(), summary.created.clone()],
        vec!["pack".to_owned(), summary.pack.clone()],
        vec!["index".to_owned(), format!("{}, SHA-256 {}", data.index, data.index_sha256)],
        vec!["pictures".to_owned(), format!("{} of {} persons{left_out}", count(data.pictures), count(data.persons))],
        vec![
            "comparisons".to_owned(),
            format!(
                "{} genuine, {} impostor; refused and left out: {} genuine, {} impostor",
                count(summary.headline.genuine),
                count(summary.headline.impostor),
                count(summary.genuine_refused),
                count(summary.impostor_refused)
            ),
        ],
    ];
    table("Source", &["", ""], &rows, "")
}

fn policy(refusals: Policy) -> &'static str {
    match refusals {
        Policy::Excluded => "refused comparisons left out",
        Policy::NonMatch => "refusals as non-matches (generalised)",
        Policy::Ignored => "quality refusals ignored",
    }
}

fn figure_rows(figures: &Figures) -> Vec<Vec<String>> {
    let name = policy(figures.refusals).to_owned();
    let mut rows = vec![
        vec![name.clone(), "FMR at similarity 90".to_owned(), rate(figures.fmr_at_90), of(figures.fmr_at_90.trials)],
        vec![name.clone(), "FNMR at similarity 90".to_owned(), rate(figures.fnmr_at_90), of(figures.fnmr_at_90.trials)],
    ];
    for tar in &figures.tar {
        let mark = if tar.few { " *" } else { "" };
        rows.push(vec![
            name.clone(),
            format!("TAR at FMR {}{mark}", one_in(tar.fmr)),
            rate(tar.tar),
            of(tar.tar.trials),
        ]);
    }
    if let Some(equal) = figures.equal_error {
        rows.push(vec![name, "EER".to_owned(), percent(equal.rate), String::new()]);
    }
    rows
}

fn of(trials: u64) -> String {
    format!("{} comparisons", count(trials))
}

/// The main figures under every policy.
pub(super) fn rates(summary: &Summary) -> String {
    let all = [&summary.headline, &summary.generalised, &summary.quality_ignored];
    let rows: Vec<_> = all.into_iter().flat_map(figure_rows).collect();
    let similarity = &summary.similarity;
    let note = format!(
        "TAR is the share of right persons accepted. * The threshold rests on fewer than ten false matches. The calibration promises an FMR of 1 in \
         10,000 at similarity 90. Median similarity: right persons {:.1}, strangers {:.1}; 95 % of the strangers stay at or below {:.1}.",
        similarity.genuine_median, similarity.impostor_median, similarity.impostor_p95
    );
    table("Error rates", &["refusals", "rate", "value (95 % interval)", "out of"], &rows, &note)
}

/// Accuracy over folds.
pub(super) fn folds(summary: &Summary) -> String {
    if summary.folds.is_empty() {
        return String::new();
    }
    let row = |folds: &crate::metrics::folds::FoldAccuracy| {
        let each: Vec<String> = folds.folds.iter().map(|accuracy| percent(*accuracy)).collect();
        let mean = format!("{} ± {}", percent(folds.mean), percent(folds.standard_error));
        vec![policy(folds.refusals).to_owned(), mean, of(folds.comparisons), each.join(", ")]
    };
    let rows: Vec<_> = summary.folds.iter().map(row).collect();
    let note = "The threshold of each fold is chosen on the other folds. Mean ± standard error of the mean.";
    table("Accuracy over folds", &["refusals", "accuracy", "out of", "folds"], &rows, note)
}

/// One portrait against several.
pub(super) fn portraits(summary: &Summary) -> String {
    let Some(portraits) = &summary.portraits else { return String::new() };
    let first = |figures: &Figures, name: &str| {
        figure_rows(figures)
            .into_iter()
            .map(|row| [vec![name.to_owned()], row[1..].to_vec()].concat())
            .collect::<Vec<_>>()
    };
    let mut rows = first(&portraits.one, "the first portrait only");
    rows.extend(first(&summary.headline, "all portraits of the set"));
    for size in &portraits.by_count {
        let name = format!("sets of {}", size.portraits);
        rows.push(vec![
            name.clone(),
            "FMR at similarity 90".to_owned(),
            rate(size.fmr_at_90),
            of(size.fmr_at_90.trials),
        ]);
        rows.push(vec![name, "FNMR at similarity 90".to_owned(), rate(size.fnmr_at_90), of(size.fnmr_at_90.trials)]);
    }
    let note = "The same probes and sets; refused comparisons left out.";
    table("One portrait against several", &["portraits", "rate", "value (95 % interval)", "out of"], &rows, note)
}

/// Errors by years of gap.
pub(super) fn ageing(summary: &Summary) -> String {
    if summary.ageing.is_empty() {
        return String::new();
    }
    let row = |bin: &crate::metrics::ageing::AgeingBin| {
        let tar = bin.tar_at_1e4.map_or_else(|| "too few strangers".to_owned(), rate);
        vec![bin.years.clone(), rate(bin.fnmr_at_90), tar, of(bin.fnmr_at_90.trials)]
    };
    let rows: Vec<_> = summary.ageing.iter().map(row).collect();
    let note = "Years between the probe and the nearest portrait of the set. Refused comparisons left out.";
    table("Ageing", &["years", "FNMR at 90", "TAR at the run's FMR of 1 in 10,000", "out of"], &rows, note)
}

fn gate(gate: Gate) -> &'static str {
    match gate {
        Gate::Pass => "pass",
        Gate::Fail => "fail",
        Gate::TooFew => "too few to say",
    }
}

/// The gate in one sentence; empty without groups.
pub(super) fn gate_words(groups: &[Group]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let failed = |g: &&Group| g.fmr_gate == Gate::Fail || g.fnmr_gate == Gate::Fail;
    let names: Vec<String> = groups.iter().filter(failed).map(|g| format!("{} ({})", g.label, g.column)).collect();
    if !names.is_empty() {
        return format!("These groups are served clearly worse than the whole: {}.", names.join(", "));
    }
    if groups.iter().all(|g| g.fmr_gate == Gate::Pass && g.fnmr_gate == Gate::Pass) {
        return "No group is served more than 25 % worse than the whole.".to_owned();
    }
    "No group is shown to be served worse than the whole, but for some the comparisons are too few to say.".to_owned()
}

/// Differences between groups.
pub(super) fn groups(summary: &Summary) -> String {
    if summary.groups.is_empty() {
        return String::new();
    }
    let times = |ratio: Option<f64>| ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2} ×"));
    let row = |group: &Group| {
        vec![
            format!("{}: {}", group.column, group.label),
            count(group.persons),
            rate(group.fmr_at_90),
            times(group.fmr_ratio),
            gate(group.fmr_gate).to_owned(),
            rate(group.fnmr_at_90),
            times(group.fnmr_ratio),
            gate(group.fnmr_gate).to_owned(),
            rate(group.refused),
        ]
    };
    let rows: Vec<_> = summary.groups.iter().map(row).collect();
    let head = [
        "group",
        "persons",
        "FMR at 90 within the group",
        "to the whole",
        "FMR gate",
        "FNMR at 90",
        "to the whole",
        "FNMR gate",
        "pictures refused",
    ];
    let note = "The gate of NIST SP 800-63A-4 section 3.11: at one threshold no group may be more than 25 % worse than the whole. It passes when even \
                the upper end of the group's interval is within 25 %, and fails when even the lower end is not. The FMR of a group counts strangers \
                of the same group, who are harder to tell apart than the strangers of the whole. Refused comparisons left out.";
    table("Differences between groups", &head, &rows, note)
}

/// Error against discard at a few shares.
pub(super) fn discard(summary: &Summary) -> String {
    let at = |share: f64| discard::at(&summary.discard, share);
    let row = |point: discard::DiscardPoint| {
        vec![percent(point.discarded), format!("below {}", point.quality), percent(point.fnmr)]
    };
    let rows: Vec<_> = [0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].into_iter().filter_map(at).map(row).collect();
    let note = "All genuine comparisons with a score, those of refused pictures included, because the quality measure itself is being judged.";
    table("Error against discard by quality", &["left out", "quality", "FNMR of the rest at 90"], &rows, note)
}

/// Failures to enrol.
pub(super) fn enrolment(summary: &Summary) -> String {
    let enrolment = &summary.enrolment;
    let mut rows = vec![vec!["all reasons".to_owned(), rate(enrolment.refused)]];
    let pictures = enrolment.refused.trials.max(1) as f64;
    rows.extend(enrolment.by_code.iter().map(|(code, number)| {
        vec![code.clone(), format!("{} ({})", count(*number), percent(*number as f64 / pictures))]
    }));
    let note = format!("{} pictures gave no template at all.", count(enrolment.without_template));
    table("Refused pictures (failure to enrol)", &["reason", "pictures"], &rows, &note)
}

/// What each stage costs.
pub(super) fn costs(summary: &Summary) -> String {
    let row = |cost: &crate::metrics::cost::StageCost| {
        vec![cost.stage.clone(), format!("{:.2}", cost.median_ms), format!("{:.2}", cost.p95_ms), count(cost.pictures)]
    };
    let rows: Vec<_> = summary.costs.iter().map(row).collect();
    let note = format!(
        "Wall-clock time of one picture on one thread while other threads work on others. {} samples came from the cache, with the times of the run that made them.",
        count(summary.from_cache)
    );
    table("Cost of each stage", &["stage", "median ms", "95th percentile ms", "pictures"], &rows, &note)
}
