//! Whether a database is in order: the ledger, its export, every record, and what may never be half-done.

use casework::Result;
use jiff::SignedDuration;
use seal::checkpoint::Verifier;
use seal::keys::SignUse;
use sqlx::AnyPool;
use store::check::Depth;
use store::ledger::checkpoint;
use store::ledger::verify::Trust;
use store::{Db, Means};

/// What must never be found, and what it means.
const NEVER: &[(&str, &str)] = &[
    (
        "a visit is closed and has no outcome",
        "SELECT COUNT(*) FROM visits v WHERE v.closed_at_ms IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.visit_id = v.id)",
    ),
    (
        "a visit has an outcome and is open",
        "SELECT COUNT(*) FROM outcomes o JOIN visits v ON v.id = o.visit_id WHERE v.closed_at_ms IS NULL",
    ),
    (
        "an outcome is not in the ledger",
        "SELECT COUNT(*) FROM outcomes o WHERE NOT EXISTS \
         (SELECT 1 FROM ledger_entries e WHERE e.visit_id = o.visit_id AND e.kind = 'visit.outcome')",
    ),
    (
        "the ledger has an outcome that a visit has not",
        "SELECT COUNT(*) FROM ledger_entries e JOIN visits v ON v.id = e.visit_id WHERE e.kind = 'visit.outcome' \
         AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.visit_id = e.visit_id)",
    ),
    (
        "an incident is confirmed and its visit is not decided",
        "SELECT COUNT(*) FROM incidents i WHERE i.state = 'confirmed' \
         AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.visit_id = i.visit_id)",
    ),
    (
        "a capture of a closed visit is open",
        "SELECT COUNT(*) FROM captures c JOIN visit_persons p ON p.id = c.visit_person_id \
         JOIN visits v ON v.id = p.visit_id WHERE v.closed_at_ms IS NOT NULL AND c.ended_at_ms IS NULL",
    ),
    (
        "live pictures outlived the last open capture",
        "SELECT COUNT(*) FROM bio_frames f WHERE NOT EXISTS (SELECT 1 FROM captures c WHERE c.ended_at_ms IS NULL)",
    ),
    (
        "evidence is open that nobody judged",
        "SELECT COUNT(*) FROM evidences e WHERE e.opened_at_ms IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM judgements j WHERE j.evidence_id = e.id)",
    ),
];

/// A database to look at, and the roots of its ledger that were kept outside.
pub struct Subject<'a> {
    /// The database.
    pub db: &'a Db,
    /// The same, without rules.
    pub raw: &'a AnyPool,
    /// Signed roots, oldest first.
    pub roots: &'a [String],
}

impl std::fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Subject({:?})", self.db)
    }
}

/// Looks through everything and says what is wrong.
///
/// # Errors
/// The codes of the store, when it cannot be read.
pub async fn examine(subject: &Subject<'_>, means: &Means<'_>) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut tx = subject.db.read().await?;
    // The check gives the hourly sweep a day to delete the templates of a consent that expired. A day later there is no such day, so that every
    // template needs a consent that is live at this moment.
    let later = Means { now: means.now + SignedDuration::from_hours(24), ..*means };
    let report = store::check::check(&mut tx, &later, Depth::Sample, &mut |_| {}).await?;
    wrong.extend(report.findings.list().iter().map(|finding| format!("check: {finding:?}")));
    if report.rows == 0 || report.entries == 0 {
        wrong.push("check: there is nothing".to_owned());
    }
    let mut export = Vec::new();
    store::ledger::export(&mut tx, means, &mut export, &mut |_| {}).await?;
    let origin = store::meta::installation(&mut tx).await?.map(|found| found.origin).unwrap_or_default();
    let keys = means.ring.public_keys(SignUse::Ledger);
    let keys: Vec<Verifier> = keys.iter().map(|(_, key)| Verifier::new(&origin, *key)).collect::<seal::Result<_>>()?;
    let trust = Trust { keys: Some(&keys), outside: subject.roots };
    let verified = store::ledger::verify(export.as_slice(), &trust, &mut |_| {})?;
    wrong.extend(verified.findings.list().iter().map(|finding| format!("export: {finding:?}")));
    if verified.entries != report.entries {
        wrong.push(format!("export: {} entries of {}", verified.entries, report.entries));
    }
    if let Some(root) = subject.roots.last()
        && let Err(error) = checkpoint::compare_outside(&mut tx, means, root).await
    {
        wrong.push(format!("the root that was kept outside: {error}"));
    }
    drop(tx);
    for &(meaning, statement) in NEVER {
        match sqlx::query_scalar::<_, i64>(statement).fetch_one(subject.raw).await {
            Ok(0) => {}
            Ok(count) => wrong.push(format!("{meaning}: {count}")),
            Err(error) => wrong.push(format!("{meaning}: {error}")),
        }
    }
    Ok(wrong)
}
