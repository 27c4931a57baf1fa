//! The keys: the ring is the database's own, knows every key that wrapped something, and what it wrapped opens.

use crate::check::{Depth, Report};
use crate::error::Result;
use crate::finding::{Finding, What};
use crate::{Means, Tx, meta};
use seal::keys::{Domain, KeyId, Wrapped};
use sqlx::FromRow;
use std::collections::BTreeSet;

/// A wrapped key and what it is bound to.
#[derive(FromRow)]
struct Row {
    id: String,
    key_id: String,
    wrapped: Vec<u8>,
    subject: String,
    kind: String,
    purpose: String,
}

/// Where wrapped keys stand.
struct Place {
    table: &'static str,
    used: &'static str,
    page: &'static str,
}

const PLACES: &[Place] = &[
    Place {
        table: "persons",
        used: "SELECT DISTINCT key_id FROM persons WHERE state <> 'erased'",
        page: "SELECT id, key_id, wrapped, '' AS subject, '' AS kind, '' AS purpose FROM persons \
             WHERE id > $1 AND state <> 'erased' ORDER BY id LIMIT 500",
    },
    Place {
        table: "bio_keys",
        used: "SELECT DISTINCT key_id FROM bio_keys",
        page: "SELECT id, key_id, wrapped, subject, kind, purpose FROM bio_keys WHERE id > $1 ORDER BY id LIMIT 500",
    },
    Place {
        table: "evidences",
        used: "SELECT DISTINCT key_id FROM evidences",
        page: "SELECT id, key_id, wrapped, '' AS subject, '' AS kind, '' AS purpose FROM evidences \
             WHERE id > $1 ORDER BY id LIMIT 500",
    },
    Place {
        table: "operators",
        used: "SELECT DISTINCT totp_key_id AS key_id FROM operators WHERE totp_key_id IS NOT NULL",
        page: "SELECT id, totp_key_id AS key_id, totp_wrapped AS wrapped, '' AS subject, '' AS kind, '' AS purpose \
             FROM operators WHERE id > $1 AND totp_key_id IS NOT NULL AND totp_wrapped IS NOT NULL ORDER BY id LIMIT 500",
    },
];

/// Keys that hash identity numbers: named in rows, wrapping nothing.
const NUMBERS: &str = "SELECT DISTINCT number_key_id FROM persons WHERE state <> 'erased'";

pub(super) async fn check(tx: &mut Tx, means: &Means<'_>, depth: Depth, report: &mut Report) -> Result<()> {
    if let Some(detail) = meta::ring_stale(tx, means).await? {
        report.findings.push(Finding::new(What::KeyRingStale, detail));
    }
    let held: BTreeSet<String> = means.ring.key_ids().into_iter().map(String::from).collect();
    let used = PLACES.iter().map(|place| (place.table, place.used)).chain([("persons", NUMBERS)]);
    for (table, used) in used {
        let used: Vec<(String,)> = tx.all(sqlx::query(used)).await?;
        for (key,) in used.iter().filter(|(key,)| !held.contains(key)) {
            let mut finding = Finding::new(What::KeyUnknown, format!("the ring lacks {key}"));
            finding.table = Some(table.to_owned());
            report.findings.push(finding);
        }
    }
    for place in PLACES {
        let mut last = String::new();
        loop {
            let page: Vec<Row> = tx.all(sqlx::query(place.page).bind(last.clone())).await?;
            let Some(end) = page.last() else { break };
            last.clone_from(&end.id);
            for row in page.iter().filter(|row| held.contains(&row.key_id)) {
                report.keys += 1;
                if !opens(means, place.table, row) {
                    let detail = format!("its key does not open with {}", row.key_id);
                    report.findings.push(Finding::new(What::KeyDamaged, detail).record(place.table, &row.id));
                }
            }
            if depth == Depth::Sample {
                break;
            }
        }
    }
    Ok(())
}

fn opens(means: &Means<'_>, table: &str, row: &Row) -> bool {
    let id = row.id.as_bytes();
    let bio = [b"bio", row.subject.as_bytes(), row.kind.as_bytes(), row.purpose.as_bytes()];
    let (domain, context): (Domain, &[&[u8]]) = match (table, row.kind.as_str()) {
        ("persons", _) => (Domain::Identity, &[b"person", id]),
        ("evidences", _) => (Domain::Evidence, &[b"evidence", id]),
        ("operators", _) => (Domain::Operator, &[b"totp", id]),
        (_, "portrait") => (Domain::Portrait, &bio),
        (_, "template") => (Domain::Template, &bio),
        _ => (Domain::Frame, &bio),
    };
    let Ok(key) = row.key_id.parse::<KeyId>() else { return false };
    means.ring.unwrap(domain, &Wrapped { key, bytes: row.wrapped.clone() }, context).is_ok()
}
