//! The ledger: one Merkle tree an office, appended in the transaction of the act.

pub mod checkpoint;
pub mod entry;
pub mod export;
pub mod kind;
mod line;
pub mod proof;
pub mod search;
pub mod verify;
pub(crate) mod walk;

pub use entry::{Act, Actor, Position, Shard};
pub use export::export;
pub use kind::Kind;
pub use verify::verify;

use crate::error::{Error, Result};
use crate::row;
use crate::tx::Tx;
use crate::{Code, Means};
use seal::tree::Frontier;
use serde_json::{Map, Value};
use sqlx::FromRow;

#[derive(FromRow)]
struct Head {
    size: i64,
    frontier: Vec<u8>,
}

/// Appends the entry of an act, which speaks for every row that the transaction touched since the last one. To be called last, so that
/// the shard is locked for a short time.
///
/// # Errors
/// `row-invalid` for facts that do not belong into the ledger; the codes of the database.
pub async fn append(tx: &mut Tx, means: &Means<'_>, act: &Act<'_>) -> Result<Position> {
    let rows = digests(tx, means).await?;
    let head = lock(tx, &act.shard).await?;
    let seq = head.size - 1;
    let mut frontier = Frontier::from_bytes(&head.frontier)?;
    if i64::try_from(frontier.size()) != Ok(seq) {
        return Err(Error::new(Code::LedgerDamaged, format!("the head of {} does not fit its size", act.shard)));
    }
    let text = act.entry(means, seq, rows)?;
    let leaf = seal::tree::leaf_hash(text.as_bytes());
    let nodes = frontier.append(leaf);
    tx.run(
        sqlx::query("UPDATE ledger_heads SET frontier = $1 WHERE shard = $2")
            .bind(frontier.to_bytes())
            .bind(act.shard.to_string()),
    )
    .await?;
    tx.run(
        sqlx::query(
            "INSERT INTO ledger_entries (shard, seq, leaf, entry, at_ms, kind, actor, pseudonym, service, visit_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(act.shard.to_string())
        .bind(seq)
        .bind(leaf.to_vec())
        .bind(text)
        .bind(means.now_ms())
        .bind(act.kind.code())
        .bind(act.actor.to_string())
        .bind(act.person.map(str::to_owned))
        .bind(act.service.map(str::to_owned))
        .bind(act.visit.map(|visit| visit.as_str().to_owned())),
    )
    .await?;
    // Level 0 stands in the entries themselves.
    for node in nodes.iter().filter(|node| node.place.level > 0) {
        tx.run(
            sqlx::query("INSERT INTO ledger_nodes (shard, level, position, hash) VALUES ($1, $2, $3, $4)")
                .bind(act.shard.to_string())
                .bind(i64::from(node.place.level))
                .bind(node.place.index as i64)
                .bind(node.hash.to_vec()),
        )
        .await?;
    }
    Ok(Position { shard: act.shard.clone(), seq })
}

/// The keyed names and digests of the rows touched since the last entry; null for a row that is gone.
async fn digests(tx: &mut Tx, means: &Means<'_>) -> Result<Map<String, Value>> {
    let mut rows = Map::new();
    for (table, id) in tx.take_touched() {
        let found = tx.maybe_row(sqlx::query(table.one()).bind(id.clone())).await?;
        let digest = match found {
            Some(found) => Value::String(row::digest(means, table, &found)?),
            None => Value::Null,
        };
        rows.insert(row::name(means, table, &id), digest);
    }
    Ok(rows)
}

/// Locks a shard's head until the transaction ends, and counts it up.
async fn lock(tx: &mut Tx, shard: &Shard) -> Result<Head> {
    const COUNT: &str = "UPDATE ledger_heads SET size = size + 1 WHERE shard = $1 RETURNING size, frontier";
    if let Some(head) = tx.maybe(sqlx::query(COUNT).bind(shard.to_string())).await? {
        return Ok(head);
    }
    tx.run(
        sqlx::query("INSERT INTO ledger_heads (shard, size, frontier) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING")
            .bind(shard.to_string())
            .bind(Frontier::default().to_bytes()),
    )
    .await?;
    tx.one(sqlx::query(COUNT).bind(shard.to_string())).await
}
