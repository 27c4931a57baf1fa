//! One tree, entry by entry: whether each is the one that was appended, and whether all together are what the checkpoints signed. Used for
//! exports and for the database itself.

use crate::finding::{Finding, Findings, What};
use seal::checkpoint::{Checkpoint, Verifier};
use seal::tree::{self, Frontier, Hash, Node};
use serde_json::Value;

/// Missing entries that are named one by one; beyond, as a range.
const MISSING_MAX: u64 = 100;

/// The examination of one tree.
pub(crate) struct Tree {
    shard: String,
    verifiers: Vec<Verifier>,
    /// The size that is claimed.
    size: u64,
    /// Place of the next entry.
    next: u64,
    /// The tree so far: by the leaf hashes that are stated, and, from an entry on that does not fit its own, by the texts as well. Empty when
    /// an entry is missing, because then nothing more can be computed.
    edges: Vec<Frontier>,
    /// Size at the last checkpoint that fits.
    covered: u64,
    /// Size at the last checkpoint at all.
    last_signed: u64,
    checkpoints: u64,
    forged: bool,
    /// Checkpoints that were kept outside and are still ahead.
    outside: Vec<(u64, Hash)>,
}

impl Tree {
    /// The examination of a tree that claims `size` entries and whose checkpoints `verifiers` can check.
    pub(crate) fn new(shard: &str, size: u64, verifiers: Vec<Verifier>) -> Self {
        let edges = vec![Frontier::default()];
        Self {
            shard: shard.to_owned(),
            verifiers,
            size,
            next: 0,
            edges,
            covered: 0,
            last_signed: 0,
            checkpoints: 0,
            forged: false,
            outside: Vec::new(),
        }
    }

    /// Adds a checkpoint that was kept outside.
    pub(crate) fn expect_outside(&mut self, size: u64, root: Hash) {
        self.outside.push((size, root));
    }

    /// Name of the tree.
    pub(crate) fn shard(&self) -> &str {
        &self.shard
    }

    /// Place of the next entry: how many there are.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// How many entries the last checkpoint that fits covers.
    pub(crate) fn covered(&self) -> u64 {
        self.covered
    }

    /// How many checkpoints bear a right signature.
    pub(crate) fn checkpoints(&self) -> u64 {
        self.checkpoints
    }

    /// The tree as it is stated, if no entry is missing.
    pub(crate) fn edge(&self) -> Option<&Frontier> {
        self.edges.first()
    }

    /// The next entry of an export. Gives the nodes that it completes.
    pub(crate) fn entry(&mut self, text: &[u8], leaf: Option<Hash>, findings: &mut Findings) -> Vec<Node> {
        let own = tree::leaf_hash(text);
        let place = if leaf == Some(own) { place(text) } else { None };
        match &place {
            Some((shard, seq)) if *shard != self.shard => {
                let detail = format!("it stands in the tree of {} at {}", self.shard, self.next);
                findings.push(Finding::new(What::EntryForeign, detail).entry(shard, *seq));
                return Vec::new();
            }
            Some((_, seq)) if *seq < self.next => {
                let detail = format!("it stands where entry {} belongs", self.next);
                findings.push(Finding::new(What::EntryRepeated, detail).entry(&self.shard, *seq));
                return Vec::new();
            }
            Some((_, seq)) if *seq >= self.size => {
                let detail = format!("it stands at {}, and the tree has {} entries", self.next, self.size);
                findings.push(Finding::new(What::EntryUnknown, detail).entry(&self.shard, *seq));
                return Vec::new();
            }
            Some((_, seq)) => self.missing_until(*seq, findings),
            None => findings.push(self.changed(own, leaf)),
        }
        self.append(own, leaf)
    }

    /// The entry that the database keeps at place `at`. Gives the nodes that it completes.
    pub(crate) fn entry_at(&mut self, at: u64, text: &[u8], leaf: Option<Hash>, findings: &mut Findings) -> Vec<Node> {
        self.missing_until(at, findings);
        let own = tree::leaf_hash(text);
        let right = place(text).is_some_and(|(shard, seq)| shard == self.shard && seq == at);
        if leaf != Some(own) || !right {
            findings.push(self.changed(own, leaf));
        }
        self.append(own, leaf)
    }

    fn changed(&self, own: Hash, leaf: Option<Hash>) -> Finding {
        let detail = if leaf == Some(own) {
            "it has no canonical form, or names another place"
        } else {
            "its text and its leaf hash do not belong together"
        };
        Finding::new(What::EntryChanged, detail).entry(&self.shard, self.next)
    }

    /// Notes that the entries before `seq` do not come.
    pub(crate) fn missing_until(&mut self, seq: u64, findings: &mut Findings) {
        let named = seq.min(self.next.saturating_add(MISSING_MAX));
        for missing in self.next..named {
            findings.push(Finding::new(What::EntryMissing, "it is not at its place").entry(&self.shard, missing));
        }
        if named < seq {
            let detail = format!("entries {named} to {} are missing", seq - 1);
            findings.push(Finding::new(What::EntryMissing, detail).entry(&self.shard, named));
        }
        if self.next < seq {
            self.edges.clear();
            self.next = seq;
            self.outside.retain(|&(size, _)| size > seq);
        }
    }

    fn append(&mut self, own: Hash, leaf: Option<Hash>) -> Vec<Node> {
        self.next += 1;
        if leaf.is_some_and(|leaf| leaf != own)
            && let [stated] = &self.edges[..]
        {
            self.edges.push(stated.clone());
        }
        let mut edges = self.edges.iter_mut();
        let nodes = edges.next().map(|edge| edge.append(leaf.unwrap_or(own))).unwrap_or_default();
        edges.for_each(|edge| {
            edge.append(own);
        });
        nodes
    }

    /// Compares with what was kept outside for the tree as it is now; to be called after each entry.
    pub(crate) fn compare_outside(&mut self, findings: &mut Findings) {
        let next = self.next;
        for (_, root) in self.outside.extract_if(.., |(size, _)| *size == next) {
            if !self.edges.is_empty() && !self.edges.iter().any(|edge| edge.root() == root) {
                let detail =
                    format!("the first {next} entries are others than the checkpoint that was kept outside signed");
                findings.push(Finding::new(What::LedgerRolledBack, detail).shard(&self.shard));
            }
        }
    }

    /// A checkpoint that stands after the entry before it. Gives it if its signature is right.
    pub(crate) fn checkpoint(&mut self, note: &str, findings: &mut Findings) -> Option<Checkpoint> {
        let checkpoint = match Checkpoint::verify(note, &self.verifiers) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                let detail = format!("after entry {}: {}", self.next as i128 - 1, error.detail);
                findings.push(Finding::new(What::CheckpointInvalid, detail).shard(&self.shard));
                return None;
            }
        };
        self.checkpoints += 1;
        if checkpoint.size < self.next {
            let detail = format!("a checkpoint of size {} stands after entry {}", checkpoint.size, self.next - 1);
            findings.push(Finding::new(What::CheckpointMisplaced, detail).shard(&self.shard));
            return Some(checkpoint);
        }
        self.missing_until(checkpoint.size, findings);
        self.compare(&checkpoint, findings);
        Some(checkpoint)
    }

    fn compare(&mut self, checkpoint: &Checkpoint, findings: &mut Findings) {
        let repeated = checkpoint.size > 0 && checkpoint.size == self.last_signed;
        self.last_signed = checkpoint.size;
        if self.edges.is_empty() {
            return;
        }
        if let Some(at) = self.edges.iter().position(|edge| edge.root() == checkpoint.root) {
            self.edges = vec![self.edges.swap_remove(at)];
            self.covered = checkpoint.size;
        } else if repeated && self.covered == checkpoint.size {
            let detail = format!("two checkpoints of size {} differ", checkpoint.size);
            findings.push(Finding::new(What::LedgerFork, detail).shard(&self.shard));
        } else if !self.forged {
            // No later checkpoint can fit any more, so that only the first range is told.
            self.forged = true;
            let detail = format!(
                "of entries {} to {} one or more are not those that were signed; what comes after cannot be judged",
                self.covered,
                checkpoint.size.saturating_sub(1)
            );
            findings.push(Finding::new(What::EntriesForged, detail).entry(&self.shard, self.covered));
        }
    }

    /// Whether the checkpoint that was signed for an export ends the tree; it does not count as a regular one, of which there were `count`,
    /// the last over `covered` entries.
    pub(crate) fn end(&mut self, covered: u64, count: u64, end: Option<&Checkpoint>, findings: &mut Findings) {
        (self.covered, self.checkpoints) = (covered, count);
        if let Some(end) = end.filter(|end| end.size != self.size) {
            let detail = format!("its end is signed at {} entries, its beginning speaks of {}", end.size, self.size);
            findings.push(Finding::new(What::HeadChanged, detail).shard(&self.shard));
        }
    }

    /// The end: what was kept outside and was not reached speaks of more entries.
    pub(crate) fn finish(&mut self, findings: &mut Findings) {
        for (size, _) in self.outside.drain(..) {
            let detail = format!("there are {} entries; the checkpoint that was kept outside signed {size}", self.next);
            findings.push(Finding::new(What::LedgerRolledBack, detail).shard(&self.shard));
        }
    }
}

/// Tree and place that an entry in canonical form names.
fn place(text: &[u8]) -> Option<(String, u64)> {
    let text = std::str::from_utf8(text).ok()?;
    let value: Value = serde_json::from_str(text).ok()?;
    if seal::canonical::to_string(&value).ok()? != text {
        return None;
    }
    Some((value.get("shard")?.as_str()?.to_owned(), value.get("seq")?.as_u64()?))
}
