//! The result of `verify` in words and one picture.

use super::document::{Document, Outcome, Rate, Weakest};
use crate::scale::{Hills, Mark, picture};
use crate::theme::{Ink, Theme};
use crate::wording::{ages, one_in, percent, strangers_in, years};
use std::fmt::Write as _;
use std::path::Path;

/// A rate at which strangers look alike so often that its interval tells nothing more.
const COMMON: f64 = 0.1;

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
    theme.inked(ink, 2, words)
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
    if rare == often || fmr.low <= 0.0 || fmr.value > COMMON {
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
        Outcome::NoMatch => "Most people at this point are who they say they are. Check the papers, ask a colleague.",
    }
}

/// One row of the table: picture, age, similarity, quality; under it the weakest measure.
struct Row {
    ink: Ink,
    cells: [String; 4],
    below: Option<String>,
}

impl Row {
    fn title(cells: [&str; 4]) -> Self {
        Self { ink: Ink::Grey, cells: cells.map(str::to_owned), below: None }
    }

    fn picture(cells: [String; 4], weakest: Option<&Weakest>) -> Self {
        Self { ink: Ink::Plain, cells, below: weakest.map(|weakest| format!("weakest: {}", weakest.words())) }
    }
}

fn rows(theme: Theme, document: &Document) -> Vec<Row> {
    let mut rows = vec![Row::title(["portrait", "age", "similarity", "quality"])];
    rows.extend(document.portraits.iter().map(|p| {
        let age = match (&p.date, p.age_years) {
            (Some(date), Some(age)) => format!("{} ({date})", years(age)),
            _ => "not known".to_owned(),
        };
        Row::picture([name(&p.file), age, percent(p.similarity), p.quality.to_string()], p.weakest.as_ref())
    }));
    rows.push(Row::title([if document.live.len() == 1 { "live picture" } else { "live pictures" }, "", "", ""]));
    rows.extend(document.live.iter().map(|live| {
        let cells = [name(&live.file), String::new(), theme.pick("–", "-").to_owned(), live.quality.to_string()];
        Row::picture(cells, live.weakest.as_ref())
    }));
    rows
}

fn table(theme: Theme, document: &Document) -> String {
    let rows = rows(theme, document);
    let width = |column: usize| rows.iter().map(|row| row.cells[column].chars().count()).max().unwrap_or(0);
    let (files, ages, similarities, qualities) = (width(0), width(1), width(2), width(3));
    let mut out = String::new();
    for row in &rows {
        let [file, age, similarity, quality] = &row.cells;
        let line = format!("{file:<files$}  {age:<ages$}  {similarity:>similarities$}  {quality:>qualities$}");
        let _ = writeln!(out, "  {}", theme.ink(row.ink, line.trim_end()));
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
    Path::new(file).file_name().map_or_else(|| file.to_owned(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::document::{Live, Pack, Portrait};
    use face::calibration::Interval;

    fn document(outcome: Outcome, similarity: f64, fmr: Rate) -> Document {
        let weakest = Weakest { measure: "Sharpness".into(), value: 31, instruction: Some("Hold still.".into()) };
        let portrait = |date: Option<&str>, age_years| Portrait {
            file: format!("folder/{}.jpg", date.unwrap_or("undated")),
            date: date.map(str::to_owned),
            age_years,
            similarity,
            llr: 11.0,
            quality: 64,
            weakest: None,
        };
        Document {
            schema: "countenance.verify/1",
            outcome,
            similarity,
            llr: 11.0,
            fmr,
            fnmr: Interval { value: 0.02, low: 0.01, high: 0.03 },
            requested_fmr: 1e-4,
            threshold_similarity: 90.0,
            checked_on: "2026-11-21".into(),
            liveness: "not-checked",
            live: vec![Live { file: "live.jpg".into(), quality: 71, weakest: Some(weakest) }],
            portraits: vec![portrait(Some("2009"), Some(17.4)), portrait(None, None)],
            pack: Pack { id: "ab".into(), name: "test".into(), models: vec!["one".into(), "two".into()] },
            calibration_date: "2026-11-21".into(),
        }
    }

    fn rate(value: f64) -> Rate {
        Rate { value, low: value * 0.75, high: value * 1.3, bound: false }
    }

    fn shown(document: &Document) -> String {
        let hills = Hills::new(70, |s| 1.0 - s / 100.0, |s| s / 100.0);
        let mark = Mark { similarity: document.similarity, low: 90.0, high: 97.0 };
        let theme = Theme { colour: false, unicode: true, width: 76 };
        let text = text(theme, document, &hills, mark);
        text.lines().filter(|line| !line.contains(['█', '┊', '─', '▄'])).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_match_in_words() {
        insta::assert_snapshot!(shown(&document(Outcome::Match, 94.2, rate(2.6e-5))), @r"
        Match: very likely the same person.

        strangers                                                  same person
        0            20            40            60            80     90   100
                                                         this comparison: 94 %

        Similarity 94 %. About 1 stranger in 38,000 would look this alike (between
        1 in 30,000 and 1 in 51,000). The dated portraits are 17 years old.
        The evidence supports your own judgement; it does not replace it.

        portrait      age              similarity  quality
        2009.jpg      17 years (2009)        94 %       64
        undated.jpg   not known              94 %       64
        live picture
        live.jpg                                –       71
          weakest: sharpness 31. Hold still.

        A match needs 90 % or more here (false matches: at most 1 in 10,000).
        Liveness: not checked, files cannot show it. Models: one, two. Calibrated
        2026-11-21. Pack test.
        ");
    }

    #[test]
    fn no_match_accuses_nobody() {
        let text = shown(&document(Outcome::NoMatch, 23.0, rate(0.43)));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.contains("Most people at this point are who they say they are. Check the papers, ask a colleague.")
        );
        assert!(text.contains("About 4 strangers in 10 would look this alike. "), "{text}");
        assert!(!text.to_lowercase().contains("fail") && !text.contains("impostor"));
    }

    #[test]
    fn a_bound_is_not_told_as_a_measurement() {
        let bound = Rate { value: 1e-8, low: 0.0, high: 1e-6, bound: true };
        let text = sentence(&document(Outcome::Match, 99.0, bound));
        assert!(
            text.starts_with("Similarity 99 %. Fewer than 1 stranger in 1,000,000 would look this alike. "),
            "{text}"
        );
    }

    #[test]
    fn a_threshold_is_rounded_up() {
        assert_eq!(percent_up(90.0), "90 %");
        assert_eq!(percent_up(90.2), "91 %");
    }
}
