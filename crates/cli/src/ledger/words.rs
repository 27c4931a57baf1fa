//! A verification in words.

use crate::theme::Theme;
use store::finding::Finding;
use store::ledger::verify::Report;

/// What a verification says, for people.
pub(super) fn verified(theme: Theme, report: &Report) -> String {
    let mut text = String::new();
    for shard in &report.shards {
        text += &format!("{}: {} entries, {} signed checkpoints", shard.shard, shard.entries, shard.checkpoints);
        text += &match shard.uncovered {
            0 => "\n".to_owned(),
            n => format!("; the last {n} are covered by the export's own signature only\n"),
        };
    }
    text += &format!("{} entries, {} signed roots\n", report.entries, report.roots);
    if report.is_right() {
        text += "Nothing was changed, removed, reordered or inserted.\n";
    }
    if !report.trusted {
        let advice = "The keys come from the export itself: whoever made it could have made all of it. Get the keys on \
                      another way (countenance ledger keys) and name them with --keys.";
        text += &theme.paragraph(0, advice);
    }
    text + &findings(report.findings.list(), report.findings.left_out())
}

/// The findings, one a line.
pub(crate) fn findings(list: &[Finding], left_out: u64) -> String {
    let mut text = String::new();
    for finding in list {
        let place = match (&finding.shard, finding.seq, &finding.table) {
            (Some(shard), Some(seq), _) => format!("entry {seq} of {shard}"),
            (Some(shard), None, _) => shard.clone(),
            (None, _, Some(table)) => format!("{table} {}", finding.id.as_deref().unwrap_or("(unknown)")),
            (None, ..) => "the whole".to_owned(),
        };
        text += &format!("{}: {place}: {}\n", finding.what.code(), finding.detail);
    }
    if left_out > 0 {
        text += &format!("… and {left_out} more\n");
    }
    text
}
