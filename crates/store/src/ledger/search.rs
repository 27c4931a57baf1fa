//! Looking entries up: who did what for whom, and what came after.

use crate::Tx;
use crate::error::Result;
use crate::id::VisitId;
use crate::ledger::{Actor, Kind, Shard};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// Most entries of one page.
pub const PAGE_MAX: u32 = 500;

/// A place from which a search goes on: after this entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// When the entry was made, milliseconds since 1970.
    pub at_ms: i64,
    /// Its tree.
    pub shard: String,
    /// Its place in the tree.
    pub seq: i64,
}

/// What to look for; everything that is given must be so.
#[derive(Clone, Debug, Default)]
pub struct Search<'a> {
    /// For whom: the pseudonym.
    pub person: Option<&'a str>,
    /// By whom, as the ledger writes it: `operator:ID`, `station:ID`, `citizen`, `system`.
    pub actor: Option<&'a str>,
    /// In which visit.
    pub visit: Option<&'a VisitId>,
    /// In which service.
    pub service: Option<&'a str>,
    /// What was done.
    pub kind: Option<Kind>,
    /// In which tree.
    pub shard: Option<&'a Shard>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// After this entry.
    pub after: Option<Cursor>,
    /// At most so many, up to [`PAGE_MAX`].
    pub limit: u32,
}

/// An entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct Recorded {
    /// Its tree.
    pub shard: String,
    /// Its place in the tree, from 0.
    pub seq: i64,
    /// When it was made, milliseconds since 1970.
    pub at_ms: i64,
    /// What was done: a code of [`crate::ledger::kind::TABLE`].
    pub kind: String,
    /// By whom.
    pub actor: String,
    /// For whom.
    pub pseudonym: Option<String>,
    /// In which service.
    pub service: Option<String>,
    /// In which visit.
    pub visit_id: Option<String>,
    /// The whole entry, canonical JSON.
    pub entry: String,
}

impl Recorded {
    /// The cursor that goes on after this entry.
    pub fn cursor(&self) -> Cursor {
        Cursor { at_ms: self.at_ms, shard: self.shard.clone(), seq: self.seq }
    }
}

macro_rules! select {
    ($leading:literal, $order:literal) => {
        concat!(
            "SELECT shard, seq, at_ms, kind, actor, pseudonym, service, visit_id, entry FROM ledger_entries WHERE ",
            $leading,
            // A condition that is not given compares a column with itself.
            " AND COALESCE($2, pseudonym, '') = COALESCE(pseudonym, '') AND COALESCE($3, actor) = actor \
              AND COALESCE($4, visit_id, '') = COALESCE(visit_id, '') AND COALESCE($5, service, '') = COALESCE(service, '') \
              AND COALESCE($6, kind) = kind AND COALESCE($7, shard) = shard AND at_ms >= $8 AND at_ms < $9 AND ",
            $order,
            " LIMIT $13"
        )
    };
}

macro_rules! by_time {
    ($leading:literal) => {
        select!($leading, "(at_ms, shard, seq) > ($10, $11, $12) ORDER BY at_ms, shard, seq")
    };
}

/// A page of entries. A search for a person, an actor or a visit has an index and gives them in the order of time; any other walks the
/// trees one after the other, and gives the entries in the order of tree and place.
///
/// # Errors
/// The codes of the database.
pub async fn search(tx: &mut Tx, search: &Search<'_>) -> Result<Vec<Recorded>> {
    const PERSON: &str = by_time!("pseudonym = $1");
    const VISIT: &str = by_time!("visit_id = $1");
    const ACTOR: &str = by_time!("actor = $1");
    const TREE: &str = select!("shard = $1", "$10 = $10 AND (shard, seq) > ($11, $12) ORDER BY shard, seq");
    const ANY: &str = select!("COALESCE($1, '') = ''", "$10 = $10 AND (shard, seq) > ($11, $12) ORDER BY shard, seq");
    let visit = search.visit.map(VisitId::as_str);
    let shard = search.shard.map(ToString::to_string);
    let (statement, leading) = match (search.person, visit, search.actor, shard.as_deref()) {
        (Some(person), ..) => (PERSON, Some(person)),
        (_, Some(visit), ..) => (VISIT, Some(visit)),
        (_, _, Some(actor), _) => (ACTOR, Some(actor)),
        (_, _, _, Some(shard)) => (TREE, Some(shard)),
        _ => (ANY, None),
    };
    let after = search.after.clone().unwrap_or(Cursor { at_ms: i64::MIN, shard: String::new(), seq: -1 });
    let text = |text: Option<&str>| text.map(str::to_owned);
    let query = sqlx::query(statement).bind(text(leading)).bind(text(search.person)).bind(text(search.actor));
    let query =
        query.bind(text(visit)).bind(text(search.service)).bind(text(search.kind.map(Kind::code))).bind(shard.clone());
    let query = query.bind(search.from.map_or(i64::MIN, Timestamp::as_millisecond));
    let query = query.bind(search.until.map_or(i64::MAX, Timestamp::as_millisecond));
    let query = query.bind(after.at_ms).bind(after.shard).bind(after.seq);
    tx.all(query.bind(i64::from(search.limit.clamp(1, PAGE_MAX)))).await
}

/// How many entries of a kind somebody caused from a moment on; no more than `most` are counted.
///
/// # Errors
/// The codes of the database.
pub async fn count(tx: &mut Tx, (actor, kind): (&Actor, Kind), from: Timestamp, most: u32) -> Result<u32> {
    const COUNT: &str = "SELECT COUNT(*) FROM (SELECT 1 AS one FROM ledger_entries WHERE actor = $1 AND at_ms >= $2 \
         AND kind = $3 LIMIT $4) AS found";
    let count = sqlx::query(COUNT).bind(actor.to_string()).bind(from.as_millisecond()).bind(kind.code());
    let (count,): (i64,) = tx.one(count.bind(i64::from(most))).await?;
    Ok(u32::try_from(count).unwrap_or(most))
}

/// The last entry of a kind that somebody caused.
///
/// # Errors
/// The codes of the database.
pub async fn latest(tx: &mut Tx, actor: &Actor, kind: Kind) -> Result<Option<Recorded>> {
    const LATEST: &str = "SELECT shard, seq, at_ms, kind, actor, pseudonym, service, visit_id, entry FROM ledger_entries \
         WHERE actor = $1 AND kind = $2 ORDER BY at_ms DESC, shard DESC, seq DESC LIMIT 1";
    tx.maybe(sqlx::query(LATEST).bind(actor.to_string()).bind(kind.code())).await
}

/// The entries of a tree after place `seq` (−1 for all), in their order: for streams of events.
///
/// # Errors
/// The codes of the database.
pub async fn after(tx: &mut Tx, shard: &Shard, seq: i64, limit: u32) -> Result<Vec<Recorded>> {
    const NEXT: &str = "SELECT shard, seq, at_ms, kind, actor, pseudonym, service, visit_id, entry FROM ledger_entries \
         WHERE shard = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    let limit = i64::from(limit.clamp(1, PAGE_MAX));
    tx.all(sqlx::query(NEXT).bind(shard.to_string()).bind(seq).bind(limit)).await
}

/// The place of a tree's last entry; −1 when it has none. A stream of events that begins now begins after it.
///
/// # Errors
/// The codes of the database.
pub async fn last(tx: &mut Tx, shard: &Shard) -> Result<i64> {
    let size: Option<(i64,)> =
        tx.maybe(sqlx::query("SELECT size FROM ledger_heads WHERE shard = $1").bind(shard.to_string())).await?;
    Ok(size.map_or(-1, |(size,)| size - 1))
}

/// The entry at a place of a tree.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn at(tx: &mut Tx, shard: &Shard, seq: i64) -> Result<Recorded> {
    const ONE: &str = "SELECT shard, seq, at_ms, kind, actor, pseudonym, service, visit_id, entry FROM ledger_entries \
         WHERE shard = $1 AND seq = $2";
    tx.one(sqlx::query(ONE).bind(shard.to_string()).bind(seq)).await
}
