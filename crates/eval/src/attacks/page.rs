//! The report of `eval attacks`: one HTML page, and a short text.

use super::outcome::Outcome;
use super::session::Label;
use super::species::Species;
use super::tally::{AtLevel, Kind};
use crate::report::STYLE;
use crate::report::tables::table;
use crate::stats::Rate;
use crate::words::{count, escape, rate};
use face::live::{Kind as Cue, Level};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How to read the figures.
const READING: &str = "<p>Each session ends in one of three ways: <b>live</b>, <b>attack</b>, or <b>not checked</b>. The error that lets \
somebody in is an attack that is called live: its share is the <b>APCER</b> of ISO/IEC 30107-3, for each kind of attack on its own, the worst \
on top. A person who is called an attack is the error of the other side: <b>BPCER</b>. Sessions that were not checked are the \
<b>non-response</b>: the person is asked again, or helped. <b>IAPAR</b> counts an attack only when the face was also taken for the claimed \
person. Every interval covers 95 % (Wilson).</p>\n\
<p>No laboratory has tested this. Rendered attacks are as good as their renderer: they show that the check measures what it says it \
measures, not how it fares against an attacker with other means, such as a silicone mask.</p>\n";

/// The page.
pub fn html(outcome: &Outcome) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Liveness measured</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>Liveness measured</h1>\n{READING}<section>\n"
    );
    if let Some(at) = unattended(outcome) {
        let _ = writeln!(page, "<p class=\"plain\">{}</p>", escape(&sentence(at)));
    }
    if !outcome.skipped.is_empty() {
        let _ = writeln!(page, "<p class=\"plain\">{}</p>", escape(&skipped(outcome)));
    }
    page.push_str(&source(outcome));
    for at in outcome.levels.iter().rev() {
        page.push_str(&figures(at));
    }
    page.push_str(&cues(outcome));
    page.push_str("</section>\n</main>\n</body>\n</html>\n");
    page
}

fn unattended(outcome: &Outcome) -> Option<&AtLevel> {
    outcome.levels.iter().find(|at| at.level == Level::Unattended)
}

/// The worst attack and the persons, in a sentence.
fn sentence(at: &AtLevel) -> String {
    let worst = at.kinds.iter().find(|k| k.label == Label::Attack);
    let person = at.kinds.iter().find(|k| k.label == Label::BonaFide && k.kind == "bona-fide");
    let worst = worst.map_or_else(
        || "No attack was tried.".to_owned(),
        |k| {
            format!(
                "Worst attack where nobody watches: {}, called live in {} of {}.",
                k.kind, k.live.hits, k.live.trials
            )
        },
    );
    let person = person.map_or_else(String::new, |k| {
        format!(
            " Of {} sessions of persons {} were live, {} were called attacks, {} were not checked.",
            count(k.live.trials),
            k.live.hits,
            k.attack.hits,
            k.not_checked.hits
        )
    });
    worst + &person
}

/// Which videos were left out.
fn skipped(outcome: &Outcome) -> String {
    format!(
        "{} videos were left out because ffmpeg is not installed: {}.",
        outcome.skipped.len(),
        outcome.skipped.join(", ")
    )
}

fn source(outcome: &Outcome) -> String {
    let time = |value: Option<f64>, unit: f64, name: &str| {
        value.map_or("–".to_owned(), |v| format!("{:.1} {name}", v / unit))
    };
    let times = &outcome.times;
    let rows = [
        ("command", outcome.command.clone()),
        ("day", outcome.created.clone()),
        ("pack", outcome.pack.clone()),
        ("judged by", outcome.judged_by.clone()),
        ("sessions and clips", count(outcome.sessions as u64)),
        ("median time until a person passed", time(times.pass_ms, 1e3, "s")),
        ("median wall time of observing a picture", time(times.observe_ms, 1.0, "ms")),
        ("median wall time of judging a session", time(times.judge_ms, 1.0, "ms")),
    ];
    table("Source", &["", ""], &rows.map(|(name, value)| vec![name.to_owned(), value]), "")
}

fn of(r: Rate) -> String {
    if r.trials == 0 { "–".to_owned() } else { format!("{} · {} of {}", rate(r), r.hits, r.trials) }
}

fn figures(at: &AtLevel) -> String {
    let row = |k: &Kind| {
        let what = k.kind.parse::<Species>().map_or_else(|_| String::new(), |s| s.what().to_owned());
        vec![k.kind.clone(), of(k.live), of(k.attack), of(k.not_checked), of(k.accepted), what]
    };
    let rows: Vec<_> = at.kinds.iter().map(row).collect();
    let name = match at.level {
        Level::Assist => "Level assist: a clerk sits in front of the person",
        Level::Attended => "Level attended: somebody looks now and then",
        Level::Unattended => "Level unattended: nobody is there",
    };
    let head = ["kind", "live (APCER)", "attack (BPCER of persons)", "not checked", "live and matched (IAPAR)", "what"];
    table(name, &head, &rows, "For persons, live is what should be, and the last rate is that of passing both checks.")
}

/// What each cue said, by kind: how often it spoke, and the middle of its values.
fn cues(outcome: &Outcome) -> String {
    let mut values: BTreeMap<(bool, &str), BTreeMap<Cue, Vec<f64>>> = BTreeMap::new();
    let mut totals: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    for session in &outcome.watched {
        let key = (session.label == Label::Attack, session.kind());
        *totals.entry(key).or_default() += 1;
        let kinds = values.entry(key).or_default();
        for cue in &session.cues {
            kinds.entry(cue.kind).or_default().extend(cue.value);
        }
    }
    let rows: Vec<Vec<String>> = values
        .iter_mut()
        .map(|(key, kinds)| {
            let total = totals.get(key).copied().unwrap_or(0);
            let cell = |cue: &Cue, kinds: &mut BTreeMap<Cue, Vec<f64>>| {
                let mut found = kinds.remove(cue).unwrap_or_default();
                found.sort_by(f64::total_cmp);
                let at = |share| crate::stats::quantile(&found, share).unwrap_or(0.0);
                if found.is_empty() {
                    return "silent".to_owned();
                }
                format!("{:.2} ({:.2} to {:.2}), {}/{total}", at(0.5), at(0.1), at(0.9), found.len())
            };
            let mut row = vec![key.1.to_owned()];
            row.extend(Cue::ALL.iter().map(|cue| cell(cue, kinds)));
            row
        })
        .collect();
    let name = |cue: &Cue| format!("{cue:?}").to_lowercase();
    let names: Vec<String> = Cue::ALL.iter().map(name).collect();
    let head: Vec<&str> = std::iter::once("kind").chain(names.iter().map(String::as_str)).collect();
    table("What each cue said", &head, &rows, "Median (10 % to 90 %), and in how many sessions it could say anything.")
}

/// A few lines that say what a run found.
pub fn text(outcome: &Outcome) -> String {
    let mut text = String::new();
    for at in &outcome.levels {
        let _ = writeln!(text, "{:?}", at.level);
        for k in &at.kinds {
            let passed =
                if k.accepted.trials > 0 { format!("  matched too {}", k.accepted.hits) } else { String::new() };
            let _ = writeln!(
                text,
                "  {:<28} of {:>5}: live {:>4}, attack {:>4}, not checked {:>4}{passed}   live {}",
                k.kind,
                k.live.trials,
                k.live.hits,
                k.attack.hits,
                k.not_checked.hits,
                rate(k.live)
            );
        }
    }
    let times = &outcome.times;
    let part = |value: Option<f64>| value.map_or("–".to_owned(), |v| format!("{v:.1}"));
    let _ = writeln!(
        text,
        "\nMedians: {} ms until a person passed, {} ms to observe a picture, {} ms to judge a session (wall clock)",
        part(times.pass_ms),
        part(times.observe_ms),
        part(times.judge_ms)
    );
    let _ = writeln!(text, "{}", outcome.judged_by);
    if !outcome.skipped.is_empty() {
        let _ = writeln!(text, "{}", skipped(outcome));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::tally::tests::{calibration, session};
    use super::super::tally::{tally, times};
    use super::*;
    use face::live::Calibration;

    #[test]
    fn the_page_names_the_worst_attack_and_what_was_left_out_and_escapes_names() {
        let sessions = vec![session("<b>", "a", 1.0), session("frozen", "a", -1.0), session("", "a", 1.0)];
        let calibration = calibration();
        let judge: Option<&Calibration> = Some(&calibration);
        let outcome = Outcome {
            schema: "countenance.attacks/1".to_owned(),
            created: "2026-11-22".to_owned(),
            command: "x".to_owned(),
            pack: "p".to_owned(),
            judged_by: "j".to_owned(),
            sessions: 3,
            skipped: vec!["a.mp4".to_owned()],
            levels: tally(&sessions, &judge),
            times: times(&sessions, &judge, Level::Unattended),
            watched: sessions,
        };
        let page = html(&outcome);
        assert!(
            page.contains("called live in 1 of 1") && page.contains("a.mp4") && page.contains("&lt;b&gt;"),
            "{page}"
        );
        assert!(!page.contains("<b>,"));
        assert!(text(&outcome).contains("1 videos were left out"));
    }
}
