//! The whole ledger as a text that anyone can verify offline: see [`crate::ledger::verify()`].

use crate::error::{Error, Result};
use crate::ledger::checkpoint::origin_of;
use crate::ledger::line::{
    self, CheckpointLine, HeadLine, Header, Line, PublicKey, RootLine, SealLine, Sealed, ShardLine,
};
use crate::ledger::walk::{self, HeadRow};
use crate::progress::{Progress, Watch};
use crate::{Code, Means, Tx, meta};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seal::checkpoint::{Checkpoint, Verifier};
use seal::keys::SignUse;
use seal::tree::Frontier;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::Write;

/// What was exported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Number of entries.
    pub entries: u64,
    /// Number of trees.
    pub shards: u64,
    /// Number of signed roots.
    pub roots: u64,
    /// Length in bytes.
    pub bytes: u64,
}

/// Writes the ledger. To be called in a reading transaction, so that the export is of one moment; it holds one piece in memory at a time.
///
/// # Errors
/// `output-failed` when `out` does not take it; `not-found` when nothing was installed; the codes of keys and database.
pub async fn export(
    tx: &mut Tx,
    means: &Means<'_>,
    out: &mut (dyn Write + Send),
    watch: Watch<'_>,
) -> Result<Exported> {
    let origin = meta::installed(tx).await?.origin;
    let mut out = Hashed { out, hasher: Sha256::new(), done: Exported::default() };
    out.line(&header(means, &origin)?)?;
    let heads = walk::heads(tx).await?;
    let total = heads.iter().map(|head| head.size as u64).sum();
    for head in &heads {
        tree(tx, head, &mut out, &mut |done| watch(Progress { part: "ledger", done, total })).await?;
        let stored = Frontier::from_bytes(&head.frontier)?.head();
        let note = Checkpoint::new(origin_of(&origin, &head.shard), stored).sign(means.ring)?;
        out.line(&Line::Head(HeadLine { head: note }))?;
        out.done.shards += 1;
    }
    let mut seq = -1;
    loop {
        let page = walk::roots(tx, seq).await?;
        let Some(last) = page.last() else { break };
        seq = last.seq;
        for row in page {
            let line = RootLine { at_ms: row.at_ms, root: row.note, seq: row.seq as u64, shards: row.shards };
            out.line(&Line::Root(line))?;
            out.done.roots += 1;
        }
    }
    out.seal(means)
}

/// One tree: its beginning, its entries, and each checkpoint where it belongs.
async fn tree(tx: &mut Tx, head: &HeadRow, out: &mut Hashed<'_>, progress: &mut (dyn FnMut(u64) + Send)) -> Result<()> {
    out.line(&Line::Shard(ShardLine { shard: head.shard.clone(), size: head.size as u64 }))?;
    let mut last = -1;
    loop {
        let piece = walk::entries(tx, &head.shard, last).await?;
        // Behind the last entry every checkpoint that is left is told, even one that speaks of entries that are gone.
        let upto = piece.last().map_or(i64::MAX, |entry| entry.seq + 1);
        let checkpoints = walk::checkpoints(tx, &head.shard, last + 1, upto).await?;
        let mut checkpoints = checkpoints.into_iter().peekable();
        let ended = piece.is_empty();
        for entry in piece {
            last = entry.seq;
            out.text(&line::entry(&entry.entry, &entry.leaf))?;
            out.done.entries += 1;
            while let Some(row) = checkpoints.next_if(|row| row.size <= last + 1) {
                out.line(&Line::Checkpoint(CheckpointLine { at_ms: row.at_ms, checkpoint: row.note }))?;
            }
        }
        for row in checkpoints {
            out.line(&Line::Checkpoint(CheckpointLine { at_ms: row.at_ms, checkpoint: row.note }))?;
        }
        progress(out.done.entries);
        if ended {
            return Ok(());
        }
    }
}

fn header(means: &Means<'_>, origin: &str) -> Result<Line> {
    let mut keys = Vec::new();
    for (id, public) in means.ring.public_keys(SignUse::Ledger) {
        keys.push(PublicKey { id, vkey: Verifier::new(origin, public)?.to_string() });
    }
    let (format, origin) = (line::FORMAT.to_owned(), origin.to_owned());
    Ok(Line::Header(Header { format, keys, made_at_ms: means.now_ms(), origin }))
}

/// Writes lines and hashes them.
struct Hashed<'a> {
    out: &'a mut (dyn Write + Send),
    hasher: Sha256,
    done: Exported,
}

impl Hashed<'_> {
    fn line(&mut self, line: &Line) -> Result<()> {
        self.text(&line.text()?)
    }

    fn text(&mut self, text: &str) -> Result<()> {
        self.hasher.update(text);
        self.done.bytes += text.len() as u64;
        self.out.write_all(text.as_bytes()).map_err(|error| failed(&error))
    }

    /// The last line.
    fn seal(mut self, means: &Means<'_>) -> Result<Exported> {
        let Exported { entries, shards, roots, .. } = self.done;
        let sealed = Sealed { sha256: STANDARD.encode(self.hasher.finalize_reset()), entries, shards, roots };
        let seal = seal::jws::sign(means.ring, SignUse::Ledger, line::SEAL, &sealed)?;
        self.line(&Line::Seal(SealLine { seal }))?;
        self.out.flush().map_err(|error| failed(&error))?;
        Ok(self.done)
    }
}

fn failed(error: &std::io::Error) -> Error {
    Error::new(Code::OutputFailed, error.kind().to_string())
}
