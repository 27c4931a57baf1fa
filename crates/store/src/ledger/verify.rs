//! Verifying an export without the database: every entry that was changed, removed, moved or put in is found and named.

pub(crate) mod roots;
pub(crate) mod tree;

use crate::Code;
use crate::error::{Error, Result};
use crate::finding::{Finding, Findings, What};
use crate::ledger::checkpoint::{self, ROOTS};
use crate::ledger::line::{self, Header, Line, RootLine, Sealed, ShardLine};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roots::Roots;
use seal::checkpoint::{Checkpoint, Verifier};
use seal::keys::KeyId;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::{BufRead, Read as _};
use tree::Tree;

/// Longest line in bytes: above the longest entry, and a root over some ten thousand trees.
const LINE_MAX: u64 = 8 << 20;

/// Whom an auditor trusts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trust<'a> {
    /// The keys of the ledger, got on another way than the export. Without them, the export is only checked against itself: whoever made it
    /// could have made all of it.
    pub keys: Option<&'a [Verifier]>,
    /// Checkpoints and roots that were kept outside.
    pub outside: &'a [String],
}

/// What a tree of an export is like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShardReport {
    /// The tree.
    pub shard: String,
    /// Its entries.
    pub entries: u64,
    /// Its checkpoints with a right signature.
    pub checkpoints: u64,
    /// Entries at its end that no regular checkpoint covers yet; the signature of the export covers them.
    pub uncovered: u64,
}

/// The result of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The installation that the export names.
    pub origin: Option<String>,
    /// When it was made, milliseconds since 1970.
    pub made_at_ms: Option<i64>,
    /// True if the keys were got on another way.
    pub trusted: bool,
    /// All entries.
    pub entries: u64,
    /// The trees.
    pub shards: Vec<ShardReport>,
    /// Signed roots over all trees.
    pub roots: u64,
    /// What is not in order.
    pub findings: Findings,
}

impl Report {
    /// True if everything is in order.
    pub fn is_right(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Told how many bytes are read.
pub type Progress<'a> = &'a mut dyn FnMut(u64);

/// Verifies an export.
///
/// # Errors
/// `export-invalid` when it cannot be read at all; whatever else is wrong stands in the report.
pub fn verify(mut input: impl BufRead, trust: &Trust<'_>, progress: Progress<'_>) -> Result<Report> {
    let mut verification = Verification::new(trust);
    let (mut line, mut bytes) = (Vec::new(), 0);
    loop {
        line.clear();
        let read = input.by_ref().take(LINE_MAX).read_until(b'\n', &mut line);
        let read = read.map_err(|error| Error::new(Code::ExportInvalid, error.kind().to_string()))?;
        if read == 0 {
            return Ok(verification.finish());
        }
        verification.line(&line);
        bytes += read as u64;
        progress(bytes);
    }
}

/// Where in an export the reader is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Start,
    Trees,
    Roots,
    End,
}

struct Verification<'a> {
    trust: &'a Trust<'a>,
    keys: Vec<(KeyId, [u8; 32])>,
    report: Report,
    hasher: Sha256,
    part: Part,
    line: u64,
    tree: Option<Tree>,
    roots: Roots,
    /// Checkpoints that were kept outside, by tree.
    outside: Vec<(String, Checkpoint)>,
}

impl<'a> Verification<'a> {
    fn new(trust: &'a Trust<'a>) -> Self {
        let report = Report { trusted: trust.keys.is_some(), ..Report::default() };
        Self {
            trust,
            keys: Vec::new(),
            report,
            hasher: Sha256::new(),
            part: Part::Start,
            line: 0,
            tree: None,
            roots: Roots::default(),
            outside: Vec::new(),
        }
    }

    fn found(&mut self, what: What, detail: impl std::fmt::Display) {
        self.report.findings.push(Finding::new(what, format!("line {}: {detail}", self.line)));
    }

    /// The next line, with its newline.
    fn line(&mut self, bytes: &[u8]) {
        self.line += 1;
        let Some(text) = bytes.strip_suffix(b"\n").filter(|_| self.part != Part::End) else {
            let ended = self.part == Part::End;
            self.found(What::LineDamaged, if ended { "it stands after the end" } else { "it is not ended" });
            return self.damaged(bytes);
        };
        if let Some((entry, leaf)) = line::split_entry(text) {
            self.entry(entry, leaf);
        } else {
            match std::str::from_utf8(text).ok().and_then(Line::parse) {
                Some(Line::Seal(line)) => return self.seal(&line.seal),
                Some(line) => self.other(line),
                None => self.found(What::LineDamaged, "it is in no form that an export has"),
            }
        }
        self.hasher.update(bytes);
    }

    /// A line that is not ended, or stands after the end: an entry in it is named all the same.
    fn damaged(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        if let Some((entry, leaf)) = line::split_entry(bytes.strip_suffix(b"\n").unwrap_or(bytes)) {
            self.entry(entry, leaf);
        }
    }

    fn other(&mut self, line: Line) {
        match line {
            Line::Header(header) => self.header(&header),
            Line::Shard(line) => self.shard(&line),
            Line::Checkpoint(line) => self.checkpoint(&line.checkpoint, false),
            Line::Head(line) => self.checkpoint(&line.head, true),
            Line::Root(line) => self.root(&line),
            Line::Seal(_) => {}
        }
    }

    fn header(&mut self, header: &Header) {
        if self.part != Part::Start || header.format != line::FORMAT {
            return self.found(What::LineDamaged, "a header of this form does not belong here");
        }
        self.part = Part::Trees;
        for key in &header.keys {
            match key.vkey.parse::<Verifier>() {
                Ok(verifier) if verifier.name() == header.origin => {
                    let trusted = |keys: &[Verifier]| keys.iter().any(|key| key.public() == verifier.public());
                    if self.trust.keys.is_none_or(trusted) {
                        self.keys.push((key.id.clone(), *verifier.public()));
                    }
                }
                _ => self.found(What::LineDamaged, format!("the key {} is malformed", key.id)),
            }
        }
        if self.keys.is_empty() {
            self.found(What::CheckpointInvalid, "none of its keys is trusted");
        }
        self.roots = Roots::new(checkpoint::verifiers(&header.origin, ROOTS, &self.keys).unwrap_or_default());
        self.report.origin = Some(header.origin.clone());
        self.report.made_at_ms = Some(header.made_at_ms);
        for note in self.trust.outside {
            match checkpoint::open_note(&header.origin, &self.keys, note) {
                Ok((shard, _)) if shard == ROOTS => {
                    self.roots.expect_outside(note.rfind("\n\n").map_or("", |end| &note[..=end]).to_owned());
                }
                Ok(kept) => self.outside.push(kept),
                Err(error) => self.found(What::CheckpointInvalid, format!("the one that was kept outside: {error}")),
            }
        }
    }

    fn shard(&mut self, line: &ShardLine) {
        if self.part > Part::Trees {
            self.found(What::LineDamaged, "a tree does not belong here");
        }
        self.close(true);
        if self.report.shards.last().is_some_and(|last| last.shard >= line.shard) {
            let detail = format!("line {}: the tree before it is {}", self.line, self.report.shards.len());
            self.report.findings.push(Finding::new(What::ShardRepeated, detail).shard(&line.shard));
        }
        self.open(&line.shard, line.size);
    }

    fn open(&mut self, shard: &str, size: u64) {
        let origin = self.report.origin.as_deref().unwrap_or_default();
        let mut tree = Tree::new(shard, size, checkpoint::verifiers(origin, shard, &self.keys).unwrap_or_default());
        for (_, kept) in self.outside.extract_if(.., |(of, _)| of == shard) {
            tree.expect_outside(kept.size, kept.root);
        }
        self.roots.shard(shard);
        self.tree = Some(tree);
    }

    /// Ends the tree, if one is open; `broken` if its own end did not come.
    fn close(&mut self, broken: bool) {
        let Some(mut tree) = self.tree.take() else { return };
        if broken {
            let finding = Finding::new(What::HeadMissing, format!("line {}: it does not end before", self.line));
            self.report.findings.push(finding.shard(tree.shard()));
        }
        tree.finish(&mut self.report.findings);
        let (entries, covered) = (tree.next(), tree.covered());
        let (shard, checkpoints) = (tree.shard().to_owned(), tree.checkpoints());
        self.report.entries += entries;
        self.report.shards.push(ShardReport { shard, entries, checkpoints, uncovered: entries - covered });
    }

    fn entry(&mut self, text: &[u8], leaf: Option<seal::tree::Hash>) {
        let Some(tree) = &mut self.tree else {
            // An entry outside of any tree names its own place, if it is whole.
            let mut stray = Tree::new("none", 0, Vec::new());
            stray.entry(text, leaf, &mut self.report.findings);
            return self.found(What::LineDamaged, "an entry does not belong here");
        };
        tree.entry(text, leaf, &mut self.report.findings);
        tree.compare_outside(&mut self.report.findings);
    }

    /// A regular checkpoint, or the one that ends a tree.
    fn checkpoint(&mut self, note: &str, end: bool) {
        let Some(tree) = &mut self.tree else {
            return self.found(What::CheckpointMisplaced, "it stands in no tree");
        };
        let (covered, count) = (tree.covered(), tree.checkpoints());
        let checkpoint = tree.checkpoint(note, &mut self.report.findings);
        if !end {
            if let Some(checkpoint) = checkpoint {
                self.roots.checkpoint(tree.shard(), checkpoint.head());
            }
            return;
        }
        tree.end(covered, count, checkpoint.as_ref(), &mut self.report.findings);
        self.close(false);
    }

    fn root(&mut self, line: &RootLine) {
        self.close(true);
        self.part = self.part.max(Part::Roots);
        self.roots.root(line.seq, &line.shards, &line.root, &mut self.report.findings);
    }

    fn seal(&mut self, token: &str) {
        self.close(true);
        self.part = Part::End;
        let digest = STANDARD.encode(self.hasher.finalize_reset());
        match seal::jws::verify::<Sealed>(&self.keys, line::SEAL, token) {
            Ok(sealed) if sealed.sha256 == digest => {}
            Ok(_) => self.found(What::SealInvalid, "the bytes before it are not those that were signed"),
            Err(error) => self.found(What::SealInvalid, error.detail),
        }
    }

    fn finish(mut self) -> Report {
        self.close(true);
        if self.part != Part::End {
            self.found(What::SealMissing, "nothing comes after it");
        }
        self.roots.finish(&mut self.report.findings);
        for (shard, _) in std::mem::take(&mut self.outside) {
            let finding =
                Finding::new(What::LedgerRolledBack, "the tree of the checkpoint that was kept outside is missing");
            self.report.findings.push(finding.shard(&shard));
        }
        self.report.roots = self.roots.count();
        self.report
    }
}
