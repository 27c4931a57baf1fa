//! `db check`: the ledger against its own tree, every record against the ledger, the records against each other, and the keys.
//!
//! The ledger is replayed: for each protected row, the digest in the last entry that speaks of it must be the row's. So a row that was
//! changed, removed, put in or put back behind the service's back is found; and each entry bears a tag that only the key ring can make, so
//! that nobody else can add one. What this does not find, because nothing speaks of it, are the
//! tables in [`crate::table::OUTSIDE`], and a whole database that was put back together with its ledger: for that, compare with a root that
//! was kept outside ([`crate::ledger::checkpoint::compare_outside`]).
//!
//! Memory: up to 120 bytes (180 while the map grows) for each protected row of the tables that are replayed at once, which are as many as
//! have [`replay::ROWS_AT_ONCE`] rows together, or one; about 80 bytes for each live consent; 60 bytes for each checkpoint. A register of a
//! million persons takes some 200 MB. The ledger is read once more for each further group of tables.

mod keys;
mod ledger;
pub mod replay;
mod rules;

use crate::error::Result;
use crate::finding::Findings;
use crate::ledger::verify::ShardReport;
use crate::progress::Watch;
use crate::{Means, Tx};
use serde::Serialize;

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Everything but the wrapped keys, of which the first of each kind are opened.
    Sample,
    /// Everything.
    Full,
}

/// What a check looked at, and found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Trees of the ledger.
    pub shards: u64,
    /// Entries of the ledger.
    pub entries: u64,
    /// Protected rows that were compared with the ledger.
    pub rows: u64,
    /// Wrapped keys that were opened.
    pub keys: u64,
    /// The trees one by one.
    #[serde(skip)]
    pub trees: Vec<ShardReport>,
    /// Signed roots over all trees.
    #[serde(skip)]
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

/// Checks the database. To be called in a reading transaction, so that it sees one moment; the service may go on meanwhile.
///
/// # Errors
/// The codes of the database, when it cannot be read; whatever is wrong in it stands in the report.
pub async fn check(tx: &mut Tx, means: &Means<'_>, depth: Depth, watch: Watch<'_>) -> Result<Report> {
    let mut report = Report::default();
    ledger::check(tx, means, &mut report, watch).await?;
    replay::check(tx, means, &mut report, watch).await?;
    rules::check(tx, means, &mut report, watch).await?;
    keys::check(tx, means, depth, &mut report).await?;
    Ok(report)
}
