//! The result of `verify` in words and one picture.

use super::document::{Document, Outcome, Rate, Weakest};
use crate::scale::{Hills, Mark, picture};
use crate::theme::{Ink, Theme};
use crate::wording::{ages, one_in, percent, strangers_in, years};
use std::fmt::Write as _;

/// The whole text.
pub(crate) fn text(theme: Theme, document: &Document, hills: &Hills, mark: Mark) -> String {
    let mut out = format!("\n{}\n", headline(theme, document.outcome));
    out += &picture(theme, hills, mark);
    out.push('\n');
    out += &theme.paragraph(2, &sentence(document));
    out += &theme.paragraph(2, advice(document.outcome));
    out.push('\n');
    out += &table(theme, document);
    out.push('\n');
    out += &theme.paragraph(2, &small_print(document));
    out
}

fn headline(theme: Theme, outcome: Outcome) -> String {
    let (ink, words) = match outcome {
        Outcome::Match => (Ink::Green, "Match: very likely the same person."),
        Outcome::Inconclusive => (Ink::Amber, "Look again: these pictures cannot decide it."),
        Outcome::NoMatch => (Ink::Strong, "No match: these pictures do not show that it is the same person."),
    };
    format!("  {}\n", theme.ink(ink, words))
}

/// "Similarity 94 %. About 1 stranger in 38,000 would look this alike (…). The portrait is 15 years old."
pub(crate) fn sentence(document: &Document) -> String {
    let all: Vec<Option<f64>> = document.portraits.iter().map(|portrait| portrait.age_years).collect();
    let sentences = [format!("Similarity {}.", percent(document.similarity)), strangers(document.fmr), ages(&all)];
    sentences.join(" ").trim_end().to_owned()
}

/// How many strangers would look this alike.
fn strangers(fmr: Rate) -> String {
    if fmr.bound {
        return format!("Fewer than {} would look this alike.", strangers_in(fmr.high));
    }
    let about = strangers_in(fmr.value);
    let (rare, often) = (one_in(fmr.low), one_in(fmr.high));
    if rare == often || fmr.low <= 0.0 {
        return format!("About {about} would look this alike.");
    }
    format!("About {about} would look this alike (between {often} and {rare}).")
}

fn advice(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Match => "The evidence supports your own judgement; it does not replace it.",
        Outcome::Inconclusive => {
            "Most people at this point are who they say they are. Take another picture, use a newer portrait, or check the papers."
        }
        Outcome::NoMatch => {
            "Most people at this point are who they say they are. Check the papers, ask a colleague."
        }
    }
}

/// One row of the table: picture, date and age, similarity, quality, weakest measure.
struct Row {
    cells: [String; 4],
    below: Option<String>,
}

fn table(theme: Theme, document: &Document) -> String {
    let dash = theme.pick("–", "-");
    let remark = |weakest: &Option<Weakest>| weakest.as_ref().map(|w| format!("weakest: {}", w.words()));
    let head = Row { cells: ["portrait", "age", "similarity", "quality"].map(str::to_owned), below: None };
    let mut rows = vec![head];
    for p in &document.portraits {
        let age = match (&p.date, p.age_years) {
            (Some(date), Some(age)) => format!("{} ({date})", years(age)),
            _ => "not known".to_owned(),
        };
        let cells = [name(&p.file), age, percent(p.similarity), p.quality.to_string()];
        rows.push(Row { cells, below: remark(&p.weakest) });
    }
    let title = if document.live.len() == 1 { "live picture" } else { "live pictures" };
    rows.push(Row { cells: [title, "", "", ""].map(str::to_owned), below: None });
    for live in &document.live {
        let cells = [name(&live.file), String::new(), dash.to_owned(), live.quality.to_string()];
        rows.push(Row { cells, below: remark(&live.weakest) });
    }
    let width = |column: usize| rows.iter().map(|row| row.cells[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3)];
    let mut out = String::new();
    for row in &rows {
        let [file, age, similarity, quality] = &row.cells;
        let line = format!(
            "{}  {}  {}  {}",
            left(file, widths[0]),
            left(age, widths[1]),
            right(similarity, widths[2]),
            right(quality, widths[3])
        );
        let title = quality.parse::<u8>().is_err();
        let ink = if title { Ink::Grey } else { Ink::Plain };
        let _ = writeln!(out, "  {}", theme.ink(ink, line.trim_end()));
        if let Some(below) = &row.below {
            out += &theme.paragraph(4, below);
        }
    }
    out
}

fn small_print(document: &Document) -> String {
    let strict = if document.requested_fmr > 0.0 { one_in(document.requested_fmr) } else { String::new() };
    format!(
        "A match needs {} or more here (false matches: at most {strict}). Liveness: not checked, files cannot show it. \
         Models: {}. Calibrated {}. Pack {}.",
        percent_up(document.threshold_similarity),
        document.pack.models.join(", "),
        document.calibration_date,
        document.pack.name
    )
}

/// A threshold as a percentage, rounded up: who reaches what is printed has reached the threshold.
fn percent_up(similarity: f64) -> String {
    format!("{} %", (similarity - 1e-6).clamp(0.0, 100.0).ceil())
}

/// The file's own name, without its folders.
fn name(file: &str) -> String {
    std::path::Path::new(file).file_name().map_or_else(|| file.to_owned(), |name| name.to_string_lossy().into_owned())
}

fn left(text: &str, width: usize) -> String {
    format!("{text:<width$}")
}

fn right(text: &str, width: usize) -> String {
    format!("{text:>width$}")
}
