//! The ledger against itself: entries, repeated columns, nodes, heads, checkpoints, roots.

use crate::check::Report;
use crate::error::Result;
use crate::finding::{Finding, Findings, What};
use crate::ledger::checkpoint::{ROOTS, verifiers};
use crate::ledger::entry::is_tagged;
use crate::ledger::verify::ShardReport;
use crate::ledger::verify::roots::Roots;
use crate::ledger::verify::tree::Tree;
use crate::ledger::walk::{self, CheckpointRow, EntryRow, HeadRow};
use crate::progress::{Progress, Watch};
use crate::{Means, Tx, meta};
use seal::keys::SignUse;
use seal::tree::{Hash, Node};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) async fn check(tx: &mut Tx, means: &Means<'_>, report: &mut Report, watch: Watch<'_>) -> Result<()> {
    let origin = meta::installation(tx).await?.map(|found| found.origin).unwrap_or_default();
    let keys = means.ring.public_keys(SignUse::Ledger);
    let mut heads: BTreeMap<String, HeadRow> =
        walk::heads(tx).await?.into_iter().map(|head| (head.shard.clone(), head)).collect();
    let total = heads.values().map(|head| head.size.max(0) as u64).sum();
    let mut roots = Roots::new(verifiers(&origin, ROOTS, &keys).unwrap_or_default());
    for shard in shards(tx).await? {
        let head = heads.remove(&shard);
        let size = head.as_ref().map_or(0, |head| head.size.max(0) as u64);
        let tree = Tree::new(&shard, size, verifiers(&origin, &shard, &keys).unwrap_or_default());
        let mut walk = Walk { tx: &mut *tx, means, tree, roots: &mut roots, findings: &mut report.findings };
        let done = report.entries;
        walk.entries(&mut |entries| watch(Progress { part: "ledger", done: done + entries, total })).await?;
        walk.head(head.as_ref()).await?;
        let (entries, checkpoints) = (walk.tree.next(), walk.tree.checkpoints());
        let uncovered = entries.saturating_sub(walk.tree.covered());
        report.entries += entries;
        report.shards += 1;
        report.trees.push(ShardReport { shard, entries, checkpoints, uncovered });
    }
    let mut seq = -1;
    loop {
        let page = walk::roots(tx, seq).await?;
        let Some(last) = page.last() else { break };
        seq = last.seq;
        for row in page {
            roots.root(row.seq.max(0) as u64, &row.shards, &row.note, &mut report.findings);
        }
    }
    report.roots = roots.count();
    Ok(())
}

/// All trees that any table of the ledger knows.
async fn shards(tx: &mut Tx) -> Result<Vec<String>> {
    const ALL: &str = "SELECT shard FROM ledger_heads UNION SELECT shard FROM ledger_entries UNION \
         SELECT shard FROM ledger_nodes UNION SELECT shard FROM ledger_checkpoints";
    let mut shards: Vec<(String,)> = tx.all(sqlx::query(ALL)).await?;
    shards.sort();
    Ok(shards.into_iter().map(|(shard,)| shard).collect())
}

/// One tree of the database.
struct Walk<'a> {
    tx: &'a mut Tx,
    means: &'a Means<'a>,
    tree: Tree,
    roots: &'a mut Roots,
    findings: &'a mut Findings,
}

impl Walk<'_> {
    async fn entries(&mut self, done: &mut (dyn FnMut(u64) + Send)) -> Result<()> {
        let shard = self.tree.shard().to_owned();
        self.roots.shard(&shard);
        let (mut last, mut signed) = (-1, -1);
        loop {
            let piece = walk::entries(self.tx, &shard, last).await?;
            let ended = piece.is_empty();
            let upto = piece.last().map_or(i64::MAX, |entry| entry.seq + 1);
            let checkpoints = walk::checkpoints(self.tx, &shard, signed, upto).await?;
            let mut checkpoints = checkpoints.into_iter().peekable();
            let mut nodes = Vec::new();
            for row in piece {
                // One that stands before its entries exist: only where entries are missing.
                while let Some(row) = checkpoints.next_if(|checkpoint| checkpoint.size <= row.seq) {
                    self.checkpoint(&row);
                }
                last = row.seq;
                nodes.extend(self.entry(&row));
            }
            for row in checkpoints {
                self.checkpoint(&row);
            }
            signed = upto;
            self.nodes(&shard, nodes).await?;
            done(self.tree.next());
            if ended {
                return Ok(());
            }
        }
    }

    fn entry(&mut self, row: &EntryRow) -> Vec<Node> {
        let shard = self.tree.shard().to_owned();
        let Ok(seq) = u64::try_from(row.seq) else {
            let finding = Finding::new(What::EntryUnknown, format!("an entry stands at {}", row.seq));
            self.findings.push(finding.shard(&shard));
            return Vec::new();
        };
        if let Ok(entry) = serde_json::from_str::<Value>(&row.entry) {
            for column in differing(row, &entry) {
                let finding = Finding::new(What::ColumnChanged, format!("{column} is not what the entry says"));
                self.findings.push(finding.entry(&shard, seq));
            }
            if !is_tagged(self.means, entry) {
                let finding = Finding::new(What::EntryForged, "its tag is not the one that the key ring gives it");
                self.findings.push(finding.entry(&shard, seq));
            }
        }
        let leaf = Hash::try_from(row.leaf.as_slice()).ok();
        self.tree.entry_at(seq, row.entry.as_bytes(), leaf, self.findings)
    }

    fn checkpoint(&mut self, row: &CheckpointRow) {
        let Some(checkpoint) = self.tree.checkpoint(&row.note, self.findings) else { return };
        if i64::try_from(checkpoint.size) != Ok(row.size) {
            let detail = format!("the one that stands at size {} signs size {}", row.size, checkpoint.size);
            self.findings.push(Finding::new(What::CheckpointMisplaced, detail).shard(self.tree.shard()));
        }
        self.roots.checkpoint(self.tree.shard(), checkpoint.head());
    }

    /// Compares the stored nodes with those that the entries of a piece complete.
    async fn nodes(&mut self, shard: &str, nodes: Vec<Node>) -> Result<()> {
        const SOME: &str = "SELECT position, hash FROM ledger_nodes \
             WHERE shard = $1 AND level = $2 AND position >= $3 AND position <= $4";
        let mut levels: BTreeMap<u8, BTreeMap<i64, Hash>> = BTreeMap::new();
        // Level 0 stands in the entries themselves.
        for node in nodes.into_iter().filter(|node| node.place.level > 0) {
            levels.entry(node.place.level).or_default().insert(node.place.index as i64, node.hash);
        }
        for (level, nodes) in levels {
            let (Some((&first, _)), Some((&last, _))) = (nodes.first_key_value(), nodes.last_key_value()) else {
                continue;
            };
            let query = sqlx::query(SOME).bind(shard.to_owned()).bind(i64::from(level)).bind(first).bind(last);
            let stored: Vec<(i64, Vec<u8>)> = self.tx.all(query).await?;
            let stored: BTreeMap<i64, Vec<u8>> = stored.into_iter().collect();
            for (position, hash) in nodes {
                if stored.get(&position).is_none_or(|stored| stored[..] != hash) {
                    let detail = format!("node {position} of level {level} is not what the entries make");
                    self.findings.push(Finding::new(What::NodeChanged, detail).shard(shard));
                }
            }
        }
        Ok(())
    }

    /// Compares the end of the tree, and the number of its nodes, with its entries.
    async fn head(&mut self, head: Option<&HeadRow>) -> Result<()> {
        let shard = self.tree.shard().to_owned();
        let Some(head) = head else {
            self.findings.push(Finding::new(What::HeadMissing, "there is no head").shard(&shard));
            return Ok(());
        };
        self.tree.missing_until(head.size.max(0) as u64, self.findings);
        if i64::try_from(self.tree.next()) != Ok(head.size) {
            let detail = format!("the head says {} entries, there are {}", head.size, self.tree.next());
            self.findings.push(Finding::new(What::HeadChanged, detail).shard(&shard));
        }
        let Some(edge) = self.tree.edge() else { return Ok(()) };
        if edge.to_bytes() != head.frontier {
            let detail = "the edge of the tree is not what the entries make";
            self.findings.push(Finding::new(What::HeadChanged, detail).shard(&shard));
        }
        let entries = edge.size();
        let expected: u64 = (1..64).map(|level| entries >> level).sum();
        let count = "SELECT COUNT(*) FROM ledger_nodes WHERE shard = $1";
        let (nodes,): (i64,) = self.tx.one(sqlx::query(count).bind(shard.clone())).await?;
        if i64::try_from(expected) != Ok(nodes) {
            let detail = format!("{nodes} nodes are stored, {expected} belong to {entries} entries");
            self.findings.push(Finding::new(What::NodeChanged, detail).shard(&shard));
        }
        Ok(())
    }
}

/// The columns that repeat a part of the entry, and differ from it.
fn differing(row: &EntryRow, entry: &Value) -> Vec<&'static str> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let pairs = [
        ("at_ms", entry.get("at_ms").and_then(Value::as_i64) == Some(row.at_ms)),
        ("kind", text("kind") == Some(&row.kind)),
        ("actor", text("actor") == Some(&row.actor)),
        ("pseudonym", text("person") == row.pseudonym.as_deref()),
        ("service", text("service") == row.service.as_deref()),
        ("visit_id", text("visit") == row.visit_id.as_deref()),
    ];
    pairs.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}
