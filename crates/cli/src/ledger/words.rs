//! A verification in words.

use crate::theme::Theme;
use store::finding::Finding;
use store::ledger::verify::{Report, ShardReport};

/// What a verification says, for people.
pub(super) fn verified(theme: Theme, report: &Report) -> String {
    let mut lines: Vec<String> = report.shards.iter().map(shard).collect();
    lines.push(format!("{} entries, {} signed roots", report.entries, report.roots));
    if report.is_right() {
        lines.push("Nothing was changed, removed, reordered or inserted.".to_owned());
    }
    let mut text = lines.join("\n") + "\n";
    if !report.trusted {
        let advice = "The keys come from the export itself: whoever made it could have made all of it. Get the keys on \
                      another way (countenance ledger keys) and name them with --keys.";
        text += &theme.paragraph(0, advice);
    }
    text + &findings(report.findings.list(), report.findings.left_out())
}

fn shard(shard: &ShardReport) -> String {
    let ShardReport { shard, entries, checkpoints, uncovered } = shard;
    let tail = match uncovered {
        0 => String::new(),
        n => format!("; the last {n} are covered by the export's own signature only"),
    };
    format!("{shard}: {entries} entries, {checkpoints} signed checkpoints{tail}")
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
    format!("{}: {place}: {}\n", finding.what.code(), finding.detail)
}
