//! The records against the ledger: each protected row must be as the last entry that speaks of it says.
//!
//! Within one tree the last entry is the one with the highest place. A row that acts of two trees changed has a last entry in each; their
//! clocks tell which came later, but not to the second, so that of entries less than [`OVERLAP_MS`] apart any may have been the last.

use crate::check::Report;
use crate::dump::tables::Stored;
use crate::error::{Error, Result};
use crate::finding::{Finding, Findings, What};
use crate::ledger::walk;
use crate::progress::{Progress, Watch};
use crate::row::{self, Value};
use crate::{Code, Means, Table, Tx};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Rows that are held in memory at once, up to 120 bytes each: a map of 57 bytes an entry that is between half and seven eighths full.
pub const ROWS_AT_ONCE: u64 = 1_000_000;
/// How far apart the clocks of two acts may be that overlap, milliseconds: a minute.
pub const OVERLAP_MS: i64 = 60_000;
/// Rows that are not as they should be and whose earlier states are looked for.
const SUSPECTS_MAX: usize = 1000;

/// A keyed name or digest.
type Short = [u8; 16];

/// The last that a tree says of a row; no digest if it was deleted.
#[derive(Clone, Copy)]
struct Said {
    digest: Option<Short>,
    at_ms: i64,
    seq: u64,
    shard: u32,
    table: Table,
}

/// The part of an entry that is replayed.
#[derive(Deserialize)]
struct Entry {
    at_ms: i64,
    #[serde(default)]
    rows: BTreeMap<String, Option<String>>,
}

/// What the ledger says of the rows of some tables.
struct Replay {
    tables: BTreeSet<Table>,
    shards: Vec<String>,
    said: HashMap<Short, Said>,
    /// What other trees say of the same row, if it may have been later.
    also: HashMap<Short, Vec<Said>>,
    suspects: Vec<Suspect>,
}

/// A row of the database.
struct Found {
    table: Table,
    id: String,
    name: Short,
    digest: Short,
}

/// A row that is not as the last entry says.
struct Suspect {
    name: Short,
    digest: Short,
    id: String,
    said: Said,
    /// An earlier entry that left it like this.
    earlier: Option<(String, u64)>,
}

pub(super) async fn check(tx: &mut Tx, means: &Means<'_>, report: &mut Report, watch: Watch<'_>) -> Result<()> {
    let shards: Vec<String> = walk::heads(tx).await?.into_iter().map(|head| head.shard).collect();
    let mut counts = Vec::new();
    for &table in Table::ALL {
        counts.push((table, stored(table)?.rows(tx).await?));
    }
    let total = counts.iter().map(|(_, rows)| rows).sum();
    for tables in groups(&counts) {
        let (said, also, suspects) = (HashMap::new(), HashMap::new(), Vec::new());
        let mut replay = Replay { tables, shards: shards.clone(), said, also, suspects };
        replay.learn(tx).await?;
        for table in replay.tables.clone() {
            replay.compare(tx, means, table, report).await?;
            watch(Progress { part: "records", done: report.rows, total });
        }
        replay.look_back(tx).await?;
        replay.tell(&mut report.findings);
    }
    Ok(())
}

fn stored(table: Table) -> Result<&'static Stored> {
    Stored::named(table.name()).ok_or_else(|| Error::new(Code::DatabaseFailed, "a protected table is in no backup"))
}

/// Tables that are replayed together.
fn groups(counts: &[(Table, u64)]) -> Vec<BTreeSet<Table>> {
    let mut groups: Vec<(BTreeSet<Table>, u64)> = Vec::new();
    for &(table, rows) in counts {
        match groups.last_mut() {
            Some((tables, held)) if *held + rows <= ROWS_AT_ONCE => {
                tables.insert(table);
                *held += rows;
            }
            _ => groups.push((BTreeSet::from([table]), rows)),
        }
    }
    groups.into_iter().map(|(tables, _)| tables).collect()
}

/// The 16 bytes of a name or digest in the ledger.
fn short(text: &str) -> Option<Short> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

impl Replay {
    /// Reads the ledger.
    async fn learn(&mut self, tx: &mut Tx) -> Result<()> {
        for (number, shard) in self.shards.clone().iter().enumerate() {
            let (mut last, mut clock) = (-1, i64::MIN);
            loop {
                let piece = walk::entries(tx, shard, last).await?;
                let Some(end) = piece.last() else { break };
                last = end.seq;
                for row in &piece {
                    // An entry that is not one is found by the check of the ledger.
                    let Ok(entry) = serde_json::from_str::<Entry>(&row.entry) else { continue };
                    // A clock that was set back does not make a later entry of the same tree an earlier one.
                    clock = clock.max(entry.at_ms);
                    for (name, digest) in &entry.rows {
                        let Some((table, name)) = self.known(name) else { continue };
                        let digest = digest.as_deref().and_then(short);
                        let said = Said { digest, at_ms: clock, seq: row.seq as u64, shard: number as u32, table };
                        self.note(name, said);
                    }
                }
            }
        }
        Ok(())
    }

    /// Table and short name of a row, if its table is being replayed.
    fn known(&self, name: &str) -> Option<(Table, Short)> {
        let (table, name) = name.split_once('/')?;
        let table = Table::named(table).filter(|table| self.tables.contains(table))?;
        Some((table, short(name)?))
    }

    fn note(&mut self, name: Short, new: Said) {
        let Some(old) = self.said.get_mut(&name) else {
            self.said.insert(name, new);
            return;
        };
        if old.shard == new.shard && !self.also.contains_key(&name) {
            *old = new;
            return;
        }
        let mut all = self.also.remove(&name).unwrap_or_default();
        all.push(*old);
        all.retain(|said| said.shard != new.shard);
        all.push(new);
        let newest = all.iter().copied().max_by_key(|said| said.at_ms).unwrap_or(new);
        *old = newest;
        all.retain(|said| said.shard != newest.shard && said.at_ms > newest.at_ms - OVERLAP_MS);
        if !all.is_empty() {
            self.also.insert(name, all);
        }
    }

    /// Compares all rows of a table, and takes each out of what the ledger said.
    async fn compare(&mut self, tx: &mut Tx, means: &Means<'_>, table: Table, report: &mut Report) -> Result<()> {
        let stored = stored(table)?;
        let key = stored.columns.iter().position(|(name, _)| *name == "id").unwrap_or_default();
        let mut page = stored.page(tx, None).await?;
        while let Some(last) = page.last() {
            for row in &page {
                let Value::Text(id) = row::value(row, key)? else { continue };
                let digest = row::digest(means, table, row)?;
                let name = row::name(means, table, &id);
                let name = name.split_once('/').and_then(|(_, name)| short(name)).unwrap_or_default();
                let found = Found { table, id, name, digest: short(&digest).unwrap_or_default() };
                self.row(found, &mut report.findings);
            }
            report.rows += page.len() as u64;
            page = stored.page(tx, Some(last)).await?;
        }
        Ok(())
    }

    fn row(&mut self, found: Found, findings: &mut Findings) {
        let Found { table, id, name, digest } = found;
        let Some(said) = self.said.remove(&name) else {
            findings.push(Finding::new(What::RowInserted, "no entry speaks of it").record(table.name(), &id));
            return;
        };
        let also = self.also.remove(&name).unwrap_or_default();
        if said.digest == Some(digest) || also.iter().any(|said| said.digest == Some(digest)) {
            return;
        }
        if said.digest.is_none() && also.iter().all(|said| said.digest.is_none()) {
            let finding = Finding::new(What::RowReturned, "this entry deleted it").record(table.name(), &id);
            findings.push(finding.entry(&self.shards[said.shard as usize], said.seq));
            return;
        }
        if self.suspects.len() < SUSPECTS_MAX {
            self.suspects.push(Suspect { name, digest, id, said, earlier: None });
        } else {
            findings.push(self.changed(&id, said));
        }
    }

    fn changed(&self, id: &str, said: Said) -> Finding {
        let finding = Finding::new(What::RowChanged, "this entry left it otherwise").record(said.table.name(), id);
        finding.entry(&self.shards[said.shard as usize], said.seq)
    }

    /// Looks for earlier entries that left the suspects as they are.
    async fn look_back(&mut self, tx: &mut Tx) -> Result<()> {
        if self.suspects.is_empty() {
            return Ok(());
        }
        for shard in self.shards.clone() {
            let mut last = -1;
            loop {
                let piece = walk::entries(tx, &shard, last).await?;
                let Some(end) = piece.last() else { break };
                last = end.seq;
                for row in &piece {
                    let Ok(entry) = serde_json::from_str::<Entry>(&row.entry) else { continue };
                    for (name, digest) in &entry.rows {
                        let (Some((_, name)), Some(digest)) = (self.known(name), digest.as_deref().and_then(short))
                        else {
                            continue;
                        };
                        let mut suspects = self.suspects.iter_mut();
                        if let Some(suspect) = suspects.find(|suspect| suspect.name == name && suspect.digest == digest)
                        {
                            suspect.earlier = Some((shard.clone(), row.seq as u64));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Tells of the suspects, and of the rows that the ledger speaks of and that are gone.
    fn tell(mut self, findings: &mut Findings) {
        for suspect in std::mem::take(&mut self.suspects) {
            let changed = self.changed(&suspect.id, suspect.said);
            findings.push(match suspect.earlier {
                Some((shard, seq)) => {
                    let detail = format!("it is as entry {seq} of {shard} left it, not as this later entry did");
                    Finding { what: What::RowRolledBack, detail, ..changed }
                }
                None => changed,
            });
        }
        let mut gone: Vec<(Short, Said)> = self.said.drain().filter(|(_, said)| said.digest.is_some()).collect();
        gone.retain(|(name, _)| !self.also.get(name).is_some_and(|also| also.iter().any(|said| said.digest.is_none())));
        gone.sort_by_key(|(_, said)| (said.shard, said.seq));
        for (name, said) in gone {
            let finding = Finding::new(What::RowRemoved, "this entry left it, and it is gone");
            let finding = finding.record(said.table.name(), &URL_SAFE_NO_PAD.encode(name));
            findings.push(finding.entry(&self.shards[said.shard as usize], said.seq));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(shard: u32, seq: u64, at_ms: i64) -> Said {
        Said { digest: Some([seq as u8; 16]), at_ms, seq, shard, table: Table::Persons }
    }

    fn replay() -> Replay {
        let shards = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
        Replay {
            tables: BTreeSet::from([Table::Persons]),
            shards,
            said: HashMap::new(),
            also: HashMap::new(),
            suspects: Vec::new(),
        }
    }

    /// What may be the last said of one row after these were noted.
    fn last(all: &[Said]) -> Vec<(u32, u64)> {
        let mut replay = replay();
        all.iter().for_each(|said| replay.note([1; 16], *said));
        let mut last: Vec<(u32, u64)> =
            replay.also.remove(&[1; 16]).unwrap_or_default().iter().map(|s| (s.shard, s.seq)).collect();
        last.extend(replay.said.get(&[1; 16]).map(|said| (said.shard, said.seq)));
        last.sort_unstable();
        last
    }

    #[test]
    fn the_highest_place_of_a_tree_is_its_last() {
        assert_eq!(last(&[said(0, 1, 10), said(0, 2, 20)]), [(0, 2)]);
    }

    #[test]
    fn of_two_trees_the_later_wins_unless_they_overlap() {
        let far = OVERLAP_MS * 3;
        assert_eq!(last(&[said(0, 5, far), said(1, 7, 0)]), [(0, 5)]);
        assert_eq!(last(&[said(0, 5, 0), said(1, 7, far)]), [(1, 7)]);
        assert_eq!(last(&[said(0, 5, 0), said(1, 7, OVERLAP_MS - 1)]), [(0, 5), (1, 7)]);
        assert_eq!(last(&[said(0, 5, 0), said(1, 7, OVERLAP_MS)]), [(1, 7)]);
        assert_eq!(last(&[said(0, 5, 9), said(1, 6, 8), said(1, 7, 9), said(2, 1, far)]), [(2, 1)]);
        assert_eq!(last(&[said(0, 5, 9), said(1, 6, 8), said(1, 7, 9), said(2, 1, 7)]), [(0, 5), (1, 7), (2, 1)]);
    }

    #[test]
    fn tables_are_grouped_by_their_rows() {
        let counts = [(Table::Offices, 1), (Table::Persons, ROWS_AT_ONCE), (Table::Visits, 5), (Table::Captures, 6)];
        let groups = groups(&counts);
        assert_eq!(
            groups,
            [
                BTreeSet::from([Table::Offices]),
                BTreeSet::from([Table::Persons]),
                BTreeSet::from([Table::Visits, Table::Captures]),
            ]
        );
    }
}
