//! The signed roots over all trees: each fits its lines, each line a checkpoint, and none goes back.

use crate::finding::{Finding, Findings, What};
use crate::ledger::checkpoint::{head_of, parse_line};
use seal::checkpoint::{Checkpoint, Verifier};
use seal::tree::{Hash, Head};
use std::collections::{BTreeMap, HashMap};

/// The examination of the roots. Holds about 60 bytes for each checkpoint of the ledger.
#[derive(Default)]
pub(crate) struct Roots {
    verifiers: Vec<Verifier>,
    /// Number and checkpoints of each tree.
    shards: BTreeMap<String, u32>,
    checkpoints: HashMap<(u32, u64), Hash>,
    next: u64,
    /// What the root before said.
    said: BTreeMap<String, Head>,
    /// The text of roots that were kept outside and not yet met.
    outside: Vec<String>,
}

impl Roots {
    /// The examination of roots that `verifiers` can check.
    pub(crate) fn new(verifiers: Vec<Verifier>) -> Self {
        Self { verifiers, ..Self::default() }
    }

    /// Adds a root that was kept outside.
    pub(crate) fn expect_outside(&mut self, body: String) {
        self.outside.push(body);
    }

    /// Notes that a tree exists.
    pub(crate) fn shard(&mut self, shard: &str) -> u32 {
        let number = self.shards.len() as u32;
        *self.shards.entry(shard.to_owned()).or_insert(number)
    }

    /// Notes a checkpoint of a tree.
    pub(crate) fn checkpoint(&mut self, shard: &str, head: Head) {
        let number = self.shard(shard);
        self.checkpoints.entry((number, head.size)).or_insert(head.root);
    }

    /// How many roots there are.
    pub(crate) fn count(&self) -> u64 {
        self.next
    }

    /// The next root.
    pub(crate) fn root(&mut self, seq: u64, shards: &str, note: &str, findings: &mut Findings) {
        if seq != self.next {
            let what = if seq > self.next { What::RootMissing } else { What::RootInvalid };
            findings.push(Finding::new(what, format!("root {seq} stands where root {} belongs", self.next)));
        }
        self.next = seq.saturating_add(1).max(self.next);
        self.outside.retain(|body| !note.starts_with(body));
        let lines: Vec<&str> = shards.split('\n').collect();
        match Checkpoint::verify(note, &self.verifiers) {
            Err(error) => {
                findings.push(Finding::new(What::CheckpointInvalid, format!("root {seq}: {}", error.detail)));
                return;
            }
            Ok(checkpoint) if checkpoint.head() != head_of(&lines) => {
                findings.push(Finding::new(What::RootInvalid, format!("root {seq} does not fit its lines")));
                return;
            }
            Ok(_) => {}
        }
        let mut says = BTreeMap::new();
        for line in lines {
            match parse_line(line) {
                Ok((shard, head)) => {
                    self.line(seq, &shard, head, findings);
                    says.insert(shard, head);
                }
                Err(_) => findings.push(Finding::new(What::RootInvalid, format!("a line of root {seq} is malformed"))),
            }
        }
        for shard in self.said.keys().filter(|shard| !says.contains_key(*shard)) {
            findings.push(Finding::new(What::RootInvalid, format!("root {seq} leaves it out")).shard(shard));
        }
        if seq > 0 && self.said == says {
            findings.push(Finding::new(What::RootInvalid, format!("root {seq} says what the one before says")));
        }
        self.said = says;
    }

    fn line(&self, seq: u64, shard: &str, head: Head, findings: &mut Findings) {
        let before = self.said.get(shard);
        if before == Some(&head) {
            return;
        }
        let size = head.size;
        let known = self.shards.get(shard).map(|&number| self.checkpoints.get(&(number, size)));
        let (what, detail) = match known {
            _ if before.is_some_and(|before| before.size >= size) => {
                (What::LedgerFork, format!("root {seq} goes back to size {size}"))
            }
            None => (What::ShardMissing, format!("root {seq} speaks of it")),
            Some(None) => (What::CheckpointMissing, format!("root {seq} speaks of one of size {size}")),
            Some(Some(root)) if *root != head.root => {
                (What::LedgerFork, format!("root {seq} speaks of another tree of size {size}"))
            }
            Some(Some(_)) => return,
        };
        findings.push(Finding::new(what, detail).shard(shard));
    }

    /// The end: roots that were kept outside and were not met.
    pub(crate) fn finish(&mut self, findings: &mut Findings) {
        for _ in self.outside.drain(..) {
            findings
                .push(Finding::new(What::LedgerRolledBack, "the root that was kept outside is not among the roots"));
        }
    }
}
