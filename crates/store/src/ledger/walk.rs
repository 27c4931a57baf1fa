//! Reading the ledger from one end to the other, a bounded piece at a time.

use crate::Tx;
use crate::error::Result;
use sqlx::FromRow;

/// Entries that are read at once: few enough that they fit into memory even where each is of an import and names a thousand rows.
pub(crate) const PIECE: i64 = 256;

/// A row of `ledger_entries`.
#[derive(FromRow)]
pub(crate) struct EntryRow {
    pub(crate) seq: i64,
    pub(crate) leaf: Vec<u8>,
    pub(crate) entry: String,
    pub(crate) at_ms: i64,
    pub(crate) kind: String,
    pub(crate) actor: String,
    pub(crate) pseudonym: Option<String>,
    pub(crate) service: Option<String>,
    pub(crate) visit_id: Option<String>,
}

/// A row of `ledger_checkpoints`.
#[derive(FromRow)]
pub(crate) struct CheckpointRow {
    pub(crate) size: i64,
    pub(crate) at_ms: i64,
    pub(crate) note: String,
}

/// A row of `ledger_roots`.
#[derive(FromRow)]
pub(crate) struct RootRow {
    pub(crate) seq: i64,
    pub(crate) at_ms: i64,
    pub(crate) shards: String,
    pub(crate) note: String,
}

/// A row of `ledger_heads`.
#[derive(FromRow)]
pub(crate) struct HeadRow {
    pub(crate) shard: String,
    pub(crate) size: i64,
    pub(crate) frontier: Vec<u8>,
}

/// The heads of all trees, sorted by name as bytes and not as the database collates.
pub(crate) async fn heads(tx: &mut Tx) -> Result<Vec<HeadRow>> {
    let mut heads: Vec<HeadRow> = tx.all(sqlx::query("SELECT shard, size, frontier FROM ledger_heads")).await?;
    heads.sort_by(|a, b| a.shard.cmp(&b.shard));
    Ok(heads)
}

/// The next piece of a tree's entries after place `seq`.
pub(crate) async fn entries(tx: &mut Tx, shard: &str, seq: i64) -> Result<Vec<EntryRow>> {
    const NEXT: &str = "SELECT seq, leaf, entry, at_ms, kind, actor, pseudonym, service, visit_id FROM ledger_entries \
         WHERE shard = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.all(sqlx::query(NEXT).bind(shard.to_owned()).bind(seq).bind(PIECE)).await
}

/// A tree's checkpoints with sizes above `above` and up to `upto`.
pub(crate) async fn checkpoints(tx: &mut Tx, shard: &str, above: i64, upto: i64) -> Result<Vec<CheckpointRow>> {
    const NEXT: &str = "SELECT size, at_ms, note FROM ledger_checkpoints \
         WHERE shard = $1 AND size > $2 AND size <= $3 ORDER BY size";
    tx.all(sqlx::query(NEXT).bind(shard.to_owned()).bind(above).bind(upto)).await
}

/// The next roots after `seq`.
pub(crate) async fn roots(tx: &mut Tx, seq: i64) -> Result<Vec<RootRow>> {
    const NEXT: &str = "SELECT seq, at_ms, shards, note FROM ledger_roots WHERE seq > $1 ORDER BY seq LIMIT 100";
    tx.all(sqlx::query(NEXT).bind(seq)).await
}
