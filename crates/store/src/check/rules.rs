//! The records against each other: what must hold whatever was done.

use crate::check::Report;
use crate::error::Result;
use crate::finding::{Finding, Findings, What};
use crate::progress::{Progress, Watch};
use crate::{Means, Tx, bio};
use std::collections::HashSet;

/// How long templates may outlive the end of their consent until the hourly retention run deletes them, milliseconds: a day.
const OVERDUE_MS: i64 = 86_400_000;

/// A rule in SQL: it selects the ids of the records that break it.
struct Rule {
    table: &'static str,
    broken: &'static str,
    detail: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        table: "outcomes",
        broken: "SELECT o.id FROM outcomes o JOIN visits v ON v.id = o.visit_id WHERE v.closed_at_ms IS NULL LIMIT 1000",
        detail: "its visit is still open",
    },
    Rule {
        table: "visits",
        broken: "SELECT v.id FROM visits v WHERE v.closed_at_ms IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.visit_id = v.id) LIMIT 1000",
        detail: "it is closed without an outcome",
    },
    Rule {
        table: "outcomes",
        broken: "SELECT o.id FROM outcomes o WHERE o.kind = 'suspected-impersonation' AND NOT EXISTS \
             (SELECT 1 FROM incidents i WHERE i.visit_id = o.visit_id AND i.seconded_by IS NOT NULL) LIMIT 1000",
        detail: "it suspects impersonation, and no second operator confirmed an incident",
    },
    Rule {
        table: "incidents",
        broken: "SELECT id FROM incidents WHERE state NOT IN ('reported', 'lapsed') \
             AND (seconded_by IS NULL OR seconded_at_ms IS NULL OR seconded_by = reported_by) LIMIT 1000",
        detail: "it was decided without a second operator",
    },
    Rule {
        table: "evidences",
        broken: "SELECT e.id FROM evidences e WHERE e.opened_at_ms IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM judgements j WHERE j.evidence_id = e.id AND j.at_ms <= e.opened_at_ms) LIMIT 1000",
        detail: "it was opened before anyone judged",
    },
    Rule {
        table: "judgements",
        broken: "SELECT j.id FROM judgements j JOIN evidences e ON e.id = j.evidence_id \
             WHERE e.visit_person_id <> j.visit_person_id LIMIT 1000",
        detail: "its evidence is of another person",
    },
    Rule {
        table: "evidences",
        broken: "SELECT e.id FROM evidences e JOIN captures c ON c.id = e.capture_id \
             WHERE c.visit_person_id <> e.visit_person_id LIMIT 1000",
        detail: "its capture is of another person",
    },
    Rule {
        table: "captures",
        broken: "SELECT c.id FROM captures c JOIN visit_persons p ON p.id = c.visit_person_id \
             JOIN consents k ON k.id = c.consent_id WHERE k.person_id <> p.person_id LIMIT 1000",
        detail: "its consent is of another person",
    },
    Rule {
        table: "captures",
        broken: "SELECT c.id FROM captures c JOIN consents k ON k.id = c.consent_id WHERE c.ended_at_ms IS NULL \
             AND (k.state IN ('refused', 'withdrawn') OR (k.state = 'expired' AND c.held_until_ms IS NULL)) LIMIT 1000",
        detail: "it goes on, and its consent has ended",
    },
    Rule {
        table: "visit_persons",
        broken: "SELECT p.id FROM visit_persons p JOIN consents k ON k.id = p.consent_id \
             WHERE k.person_id <> p.person_id LIMIT 1000",
        detail: "its consent is of another person",
    },
    Rule {
        table: "consents",
        broken: "SELECT c.id FROM consents c WHERE NOT EXISTS \
             (SELECT 1 FROM consent_events e WHERE e.consent_id = c.id AND e.kind = c.state) LIMIT 1000",
        detail: "no event tells how it came to its state",
    },
    Rule {
        table: "persons",
        broken: "SELECT DISTINCT e.pseudonym FROM ledger_entries e WHERE e.pseudonym IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM persons p WHERE p.pseudonym = e.pseudonym) LIMIT 1000",
        detail: "the ledger speaks of this pseudonym, and nobody has it; the row of an erased person stays",
    },
];

pub(super) async fn check(tx: &mut Tx, means: &Means<'_>, report: &mut Report, watch: Watch<'_>) -> Result<()> {
    for (done, rule) in RULES.iter().enumerate() {
        watch(Progress { part: "rules", done: done as u64, total: RULES.len() as u64 });
        let broken: Vec<(String,)> = tx.all(sqlx::query(rule.broken)).await?;
        for (id,) in broken {
            report.findings.push(Finding::new(What::RuleBroken, rule.detail).record(rule.table, &id));
        }
    }
    templates(tx, means, &mut report.findings).await?;
    frames(tx, means, &mut report.findings).await
}

/// No template without a live consent.
async fn templates(tx: &mut Tx, means: &Means<'_>, findings: &mut Findings) -> Result<()> {
    const LIVE: &str =
        "SELECT id FROM consents WHERE id > $1 AND state = 'given' AND expires_at_ms > $2 ORDER BY id LIMIT 1000";
    const TEMPLATES: &str = "SELECT id, consent_ref FROM bio_templates WHERE id > $1 ORDER BY id LIMIT 1000";
    let (mut live, mut last) = (HashSet::new(), String::new());
    loop {
        let query = sqlx::query(LIVE).bind(last.clone()).bind(means.now_ms() - OVERDUE_MS);
        let page: Vec<(String,)> = tx.all(query).await?;
        let Some((end,)) = page.last() else { break };
        last.clone_from(end);
        // A consent with an id that is none is found as a changed row.
        live.extend(page.iter().filter_map(|(id,)| Some(bio::consent_ref(means, &id.parse().ok()?))));
    }
    let mut last = String::new();
    loop {
        let page: Vec<(String, String)> = tx.all(sqlx::query(TEMPLATES).bind(last.clone())).await?;
        let Some((end, _)) = page.last() else { return Ok(()) };
        last.clone_from(end);
        for (id, _) in page.iter().filter(|(_, consent)| !live.contains(consent)) {
            findings.push(Finding::new(What::RuleBroken, "no live consent keeps it").record("bio_templates", id));
        }
    }
}

/// No live picture without a capture that has not ended.
async fn frames(tx: &mut Tx, means: &Means<'_>, findings: &mut Findings) -> Result<()> {
    let open: Vec<(String,)> = tx.all(sqlx::query("SELECT id FROM captures WHERE ended_at_ms IS NULL")).await?;
    let open: HashSet<String> =
        open.iter().filter_map(|(id,)| Some(bio::capture_ref(means, &id.parse().ok()?))).collect();
    for (table, statement) in [
        ("bio_frames", "SELECT id, capture_ref FROM bio_frames"),
        ("bio_films", "SELECT id, capture_ref FROM bio_films"),
    ] {
        let kept: Vec<(String, String)> = tx.all(sqlx::query(statement)).await?;
        for (id, _) in kept.iter().filter(|(_, capture)| !open.contains(capture)) {
            findings.push(Finding::new(What::RuleBroken, "its capture has ended").record(table, id));
        }
    }
    Ok(())
}
