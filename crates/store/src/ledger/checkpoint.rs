//! Signed checkpoints: one a tree, and one over the trees, so that whoever keeps a copy outside can tell a ledger that was cut or exchanged.

use crate::error::{Error, Result};
use crate::ledger::proof;
use crate::limits::rows;
use crate::{Code, Means, Tx, meta};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seal::checkpoint::{Checkpoint, Verifier};
use seal::keys::{KeyId, SignUse};
use seal::tree::{self, Frontier, Hash, Head};
use serde::Serialize;
use sqlx::FromRow;

/// What stands for the tree over all trees where a shard's name stands otherwise.
pub const ROOTS: &str = "shards";

/// What [`write()`] wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// How many trees got a new checkpoint.
    pub checkpoints: usize,
    /// The signed root over all trees, if anything was new: this is the note to keep outside.
    pub root: Option<String>,
}

#[derive(FromRow)]
struct Grown {
    shard: String,
    size: i64,
    frontier: Vec<u8>,
    signed: Option<i64>,
}

/// Signs a checkpoint of each tree that grew, and a root over all of them. To be called in a transaction of its own, by one process at a
/// time; the caller commits.
///
/// # Errors
/// `ledger-damaged` when a tree's head does not fit its size; `not-found` when nothing was installed; the codes of keys and database.
pub async fn write(tx: &mut Tx, means: &Means<'_>) -> Result<Written> {
    const HEADS: &str = "SELECT shard, size, frontier, \
         (SELECT MAX(c.size) FROM ledger_checkpoints c WHERE c.shard = h.shard) AS signed FROM ledger_heads h WHERE size > 0";
    let origin = meta::installed(tx).await?.origin;
    let mut heads: Vec<Grown> = tx.all(sqlx::query(HEADS)).await?;
    // Not in the database's order, which depends on its collation.
    heads.sort_by(|a, b| a.shard.cmp(&b.shard));
    let (mut written, mut lines) = (Written::default(), Vec::with_capacity(heads.len()));
    for Grown { shard, size, frontier, signed } in heads {
        let head = Frontier::from_bytes(&frontier)?.head();
        if i64::try_from(head.size) != Ok(size) || signed.is_some_and(|signed| signed > size) {
            return Err(Error::new(Code::LedgerDamaged, format!("the head of {shard} does not fit its size")));
        }
        if signed != Some(size) {
            let note = Checkpoint::new(origin_of(&origin, &shard), head).sign(means.ring)?;
            let statement = "INSERT INTO ledger_checkpoints (shard, size, at_ms, note) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
            tx.run(sqlx::query(statement).bind(shard.clone()).bind(size).bind(means.now_ms()).bind(note)).await?;
            written.checkpoints += 1;
        }
        lines.push(line(&shard, &head));
    }
    let roots: (i64,) = tx.one(sqlx::query("SELECT COALESCE(MAX(seq) + 1, 0) FROM ledger_roots")).await?;
    if written.checkpoints > 0 || (roots.0 == 0 && !lines.is_empty()) {
        let note = Checkpoint::new(origin_of(&origin, ROOTS), head_of(&lines)).sign(means.ring)?;
        let statement = "INSERT INTO ledger_roots (seq, at_ms, shards, note) VALUES ($1, $2, $3, $4)";
        let shards = lines.join("\n");
        tx.run(sqlx::query(statement).bind(roots.0).bind(means.now_ms()).bind(shards).bind(note.clone())).await?;
        written.root = Some(note);
    }
    Ok(written)
}

/// The latest signed root over all trees: the note to keep outside.
///
/// # Errors
/// The codes of the database.
pub async fn latest_root(tx: &mut Tx) -> Result<Option<String>> {
    let found: Option<(String,)> =
        tx.maybe(sqlx::query("SELECT note FROM ledger_roots ORDER BY seq DESC LIMIT 1")).await?;
    Ok(found.map(|(note,)| note))
}

/// A signed checkpoint of a tree, or a signed root over all trees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct Signed {
    /// How many entries the tree had; of roots their number, from 0.
    pub place: i64,
    /// When it was signed, milliseconds since 1970: for people, nothing vouches for it.
    pub at_ms: i64,
    /// The note.
    pub note: String,
}

/// A page of the signed checkpoints of a tree, or of the roots for [`ROOTS`], newest first; `before` is the place of the last one of the page
/// before.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, shard: &str, before: Option<i64>, limit: u32) -> Result<Vec<Signed>> {
    const OF_TREE: &str = "SELECT size AS place, at_ms, note FROM ledger_checkpoints WHERE shard = $3 AND size < $1 \
         ORDER BY size DESC LIMIT $2";
    const OF_ALL: &str = "SELECT seq AS place, at_ms, note FROM ledger_roots WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
    let (before, limit) = (before.unwrap_or(i64::MAX), rows(limit));
    let page = if shard == ROOTS {
        sqlx::query(OF_ALL).bind(before).bind(limit)
    } else {
        sqlx::query(OF_TREE).bind(before).bind(limit).bind(shard.to_owned())
    };
    tx.all(page).await
}

/// What a note that was kept outside speaks of; the database agrees with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// The trees, each with its size then and its size now.
    pub shards: Vec<Grew>,
}

/// A tree then and now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grew {
    /// The tree.
    pub shard: String,
    /// Its size in the note.
    pub then: u64,
    /// Its size in the database.
    pub now: u64,
}

/// Compares a checkpoint or a root that was kept outside with the database.
///
/// # Errors
/// `ledger-rolled-back` when a tree is shorter or another; `checkpoint-invalid` when the note is none of this installation, or no key of the
/// ring signed it; `ledger-damaged`.
pub async fn compare_outside(tx: &mut Tx, means: &Means<'_>, note: &str) -> Result<Compared> {
    let origin = meta::installed(tx).await?.origin;
    let (shard, checkpoint) = open_note(&origin, &means.ring.public_keys(SignUse::Ledger), note)?;
    let lines = if shard == ROOTS { root_lines(tx, &checkpoint).await? } else { vec![(shard, checkpoint.head())] };
    let mut shards = Vec::with_capacity(lines.len());
    for (shard, head) in lines {
        let now = compare(tx, &shard, &head).await?;
        shards.push(Grew { shard, then: head.size, now });
    }
    Ok(Compared { shards })
}

/// The size that the tree has now, if its beginning is the tree of the head.
async fn compare(tx: &mut Tx, shard: &str, head: &Head) -> Result<u64> {
    let rolled_back = |detail: String| Err(Error::new(Code::LedgerRolledBack, detail));
    let statement = "SELECT size FROM ledger_heads WHERE shard = $1";
    let now: Option<(i64,)> = tx.maybe(sqlx::query(statement).bind(shard.to_owned())).await?;
    let now = now.map_or(0, |(size,)| size as u64);
    if now < head.size {
        return rolled_back(format!("{shard} has {now} entries, the note speaks of {}", head.size));
    }
    match proof::root_at(tx, shard, head.size).await {
        Ok(root) if root == head.root => Ok(now),
        Ok(_) => rolled_back(format!("the first {} entries of {shard} are others than the note speaks of", head.size)),
        Err(error) => Err(error),
    }
}

/// The lines of a root that was kept outside.
async fn root_lines(tx: &mut Tx, root: &Checkpoint) -> Result<Vec<(String, Head)>> {
    const NEWEST: &str = "SELECT seq, shards, note FROM ledger_roots WHERE seq < $1 ORDER BY seq DESC LIMIT 500";
    let (body, mut before) = (root.body()?, i64::MAX);
    loop {
        let page: Vec<(i64, String, String)> = tx.all(sqlx::query(NEWEST).bind(before)).await?;
        let Some(&(last, ..)) = page.last() else {
            return Err(Error::new(
                Code::LedgerRolledBack,
                "the database does not know the root that the note speaks of",
            ));
        };
        if let Some((_, shards, _)) = page.iter().find(|(_, _, note)| note.starts_with(&body)) {
            let lines: Vec<String> = shards.lines().map(str::to_owned).collect();
            if head_of(&lines) != root.head() {
                return Err(Error::new(Code::LedgerDamaged, "the lines of a root are not those that were signed"));
            }
            return lines.iter().map(|line| parse_line(line)).collect();
        }
        before = last;
    }
}

/// The log of a tree: its origin line and the name of its key.
pub(crate) fn origin_of(origin: &str, shard: &str) -> String {
    format!("{origin}/{shard}")
}

/// The verifiers of one tree's log.
///
/// # Errors
/// `checkpoint-invalid` when the names cannot be those of a log.
pub fn verifiers(origin: &str, shard: &str, keys: &[(KeyId, [u8; 32])]) -> Result<Vec<Verifier>> {
    Ok(seal::checkpoint::verifiers(&origin_of(origin, shard), keys)?)
}

/// Which tree of `origin` a note speaks of, and what it says, if one of `keys` signed it.
pub(crate) fn open_note(origin: &str, keys: &[(KeyId, [u8; 32])], note: &str) -> Result<(String, Checkpoint)> {
    let shard = note.lines().next().and_then(|line| line.strip_prefix(origin)?.strip_prefix('/'));
    let foreign = || seal::Error::new(seal::Code::CheckpointInvalid, "it speaks of another installation");
    let shard = shard.ok_or_else(foreign)?;
    let checkpoint = Checkpoint::verify(note, &verifiers(origin, shard, keys)?)?;
    Ok((shard.to_owned(), checkpoint))
}

/// One line of a root: a leaf of the tree over the trees.
pub(crate) fn line(shard: &str, head: &Head) -> String {
    format!("{shard} {} {}", head.size, STANDARD.encode(head.root))
}

/// What a line of a root says; only the form that [`line()`] writes is taken.
pub(crate) fn parse_line(text: &str) -> Result<(String, Head)> {
    let parts: Vec<&str> = text.split(' ').collect();
    let parsed = match parts[..] {
        [shard, size, root] => {
            size.parse().ok().zip(proof::decode(root).ok()).map(|(size, root)| (shard, Head { size, root }))
        }
        _ => None,
    };
    match parsed {
        Some((shard, head)) if line(shard, &head) == text => Ok((shard.to_owned(), head)),
        _ => Err(Error::new(Code::LedgerDamaged, "a line of a root is malformed")),
    }
}

/// The head of the tree over the lines of a root.
pub(crate) fn head_of<T: AsRef<str>>(lines: &[T]) -> Head {
    let leaves = lines.iter().map(|line| -> Hash { tree::leaf_hash(line.as_ref().as_bytes()) });
    Head { size: lines.len() as u64, root: tree::root_of(leaves) }
}
