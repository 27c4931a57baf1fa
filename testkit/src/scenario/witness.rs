//! What another process acknowledged, line by line, and whether the database still knows it after that process was killed.

use sqlx::AnyPool;
use std::collections::BTreeMap;
use std::io::Write as _;
use store::id::VisitId;
use store::ledger::Kind;

/// Writes one line to standard output as a whole, so that a process that is killed has said it or not.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Who does not listen any more has killed us.
    let _ = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
}

/// Says that an act was acknowledged; to be given to [`super::Office::visit`].
pub fn say_done(kind: Kind, visit: &VisitId) {
    say(&format!("ack {} {visit}", kind.code()));
}

/// Says that the ledger has a signed root.
pub fn say_root(root: &str) {
    say(&format!("root {}", serde_json::json!(root)));
}

/// What was heard of a process.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// Acts by kind and visit.
    acts: BTreeMap<(String, String), i64>,
    /// How many acts there are.
    pub count: u64,
    /// Signed roots, oldest first.
    pub roots: Vec<String>,
    /// What the process found wrong.
    pub findings: Vec<String>,
}

impl Witness {
    /// Hears a line; lines that are none of ours are passed over.
    pub fn hear(&mut self, line: &str) {
        if let Some(act) = line.strip_prefix("ack ") {
            let (kind, visit) = act.split_once(' ').unwrap_or_default();
            *self.acts.entry((kind.to_owned(), visit.to_owned())).or_default() += 1;
            self.count += 1;
        } else if let Some(root) = line.strip_prefix("root ") {
            self.roots.extend(serde_json::from_str::<String>(root));
        } else if let Some(finding) = line.strip_prefix("finding ") {
            self.findings.push(finding.to_owned());
        }
    }

    /// The acts that were acknowledged and of which the ledger does not know.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn lost(&self, raw: &AnyPool) -> std::result::Result<Vec<String>, sqlx::Error> {
        const KNOWN: &str =
            "SELECT kind, visit_id, COUNT(*) FROM ledger_entries WHERE visit_id IS NOT NULL GROUP BY kind, visit_id";
        let known: Vec<(String, String, i64)> = sqlx::query_as(KNOWN).fetch_all(raw).await?;
        let known: BTreeMap<(String, String), i64> =
            known.into_iter().map(|(kind, visit, count)| ((kind, visit), count)).collect();
        let is_lost = |act: &(&(String, String), &i64)| known.get(act.0).copied().unwrap_or(0) < *act.1;
        Ok(self.acts.iter().filter(is_lost).map(|((kind, visit), _)| format!("{kind} of {visit} is lost")).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_lost_is_noticed() {
        let database = crate::store::fresh(store::db::Dialect::Sqlite).await.unwrap();
        let mut witness = Witness::default();
        for line in ["begun", "ack visit.opened one", "root \"a\\nb\"", "finding x y", "ack visit.opened one"] {
            witness.hear(line);
        }
        assert_eq!((witness.count, witness.roots.as_slice()), (2, &["a\nb".to_owned()][..]));
        assert_eq!(witness.findings, ["x y"]);
        assert_eq!(witness.lost(database.raw()).await.unwrap(), ["visit.opened of one is lost"]);
        database.tamper("INSERT INTO ledger_heads (shard, size, frontier) VALUES ('x', 0, CAST('' AS BLOB))").await;
        for seq in 0..2 {
            database
                .tamper(&format!(
                    "INSERT INTO ledger_entries (shard, seq, leaf, entry, at_ms, kind, actor, visit_id) \
                     SELECT 'x', {seq}, CAST('12345678901234567890123456789012' AS BLOB), '{{}}', 1, 'visit.opened', 'system', 'one'"
                ))
                .await;
            let lost = witness.lost(database.raw()).await.unwrap();
            assert_eq!(lost.is_empty(), seq == 1, "{lost:?}");
        }
    }
}
