//! A verification in words.

use crate::theme::Theme;
use jiff::Timestamp;
use std::path::Path;
use store::finding::{self, Finding};
use store::ledger::verify::{Report, ShardReport};

/// What a verification was made with.
pub(super) struct By<'a> {
    /// The file with the keys, if they came on another way.
    pub(super) keys: Option<&'a Path>,
    /// How many roots and checkpoints that were kept outside.
    pub(super) outside: usize,
    /// True for an export, false for the installation's own ledger.
    pub(super) export: bool,
}

/// What a verification says, for people: was the log changed, and how far this answer can be trusted.
pub(super) fn verified(theme: Theme, report: &Report, by: &By<'_>) -> String {
    let at = report.made_at_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let at = at.map_or_else(|| "unknown time".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string());
    let origin = report.origin.as_deref().unwrap_or("unknown");
    let trees = report.shards.iter().map(shard).collect::<Vec<_>>().join("\n  ");
    let (entries, roots) = (report.entries, report.roots);
    let answer = if report.is_right() {
        "Nothing was changed, removed, reordered or inserted.".to_owned()
    } else {
        let count = report.findings.list().len() as u64 + report.findings.left_out();
        let noun = if count == 1 { "place" } else { "places" };
        format!("THE LEDGER WAS CHANGED, or this copy of it is damaged: {count} {noun}.")
    };
    let found = findings(report.findings.list(), report.findings.left_out());
    let trust = trust(theme, by);
    format!(
        "The ledger of {origin} as of {at}, universal time:\n  {trees}\n  {entries} entries, {roots} signed roots\n\n{answer}\n{found}{trust}"
    )
}

/// How far the answer can be trusted.
fn trust(theme: Theme, by: &By<'_>) -> String {
    let keys = match (by.keys, by.export) {
        (Some(file), _) => format!("The signatures were checked with the keys of {}.", file.display()),
        (None, true) => {
            "The keys come from the export itself: whoever made it could have made all of it. Get the keys on \
                         another way (countenance ledger keys) and name them with --keys."
                .to_owned()
        }
        (None, false) => {
            "The keys are those of this installation: whoever has them could have made all of it. Name keys that were \
                          kept elsewhere with --keys."
                .to_owned()
        }
    };
    let outside = match by.outside {
        0 => "Nothing was compared with what was kept outside: an old copy that was put back whole would not be noticed. Name a \
              signed root with --checkpoint."
            .to_owned(),
        1 => "It was compared with a signed root or checkpoint that was kept outside.".to_owned(),
        n => format!("It was compared with {n} signed roots or checkpoints that were kept outside."),
    };
    theme.paragraph(0, &format!("{keys} {outside}"))
}

fn shard(shard: &ShardReport) -> String {
    let ShardReport { shard, entries, checkpoints, uncovered } = shard;
    let tail = match uncovered {
        0 => String::new(),
        n => format!("; the last {n} are covered by the export's own signature only"),
    };
    let count = |n: &u64, noun: &str, nouns: &str| format!("{n} {}", if *n == 1 { noun } else { nouns });
    let (entries, checkpoints) =
        (count(entries, "entry", "entries"), count(checkpoints, "signed checkpoint", "signed checkpoints"));
    format!("{shard}: {entries}, {checkpoints}{tail}")
}

/// The findings, one a line.
pub(crate) fn findings(list: &[Finding], left_out: u64) -> String {
    let mut lines: Vec<String> = list.iter().map(line).collect();
    if left_out > 0 {
        lines.push(format!("… and {left_out} more\n"));
    }
    lines.concat()
}

fn line(finding: &Finding) -> String {
    let place = match (&finding.shard, finding.seq, &finding.table) {
        (Some(shard), Some(seq), _) => format!("entry {seq} of {shard}"),
        (Some(shard), None, _) => shard.clone(),
        (None, _, Some(table)) => format!("{table} {}", finding.id.as_deref().unwrap_or("(unknown)")),
        (None, ..) => "the whole".to_owned(),
    };
    let meaning = finding::TABLE[finding.what as usize].meaning;
    format!("{place}: {meaning} ({}: {})\n", finding.what.code(), finding.detail)
}
