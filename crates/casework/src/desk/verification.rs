//! The whole ledger verified where it lies: each entry, node and signed checkpoint, and each protected record against the last entry that
//! speaks of it. It reads and changes nothing.

use super::{Desk, by};
use crate::error::Result;
use crate::permission::Permission;
use jiff::Timestamp;
use store::check::{self, Depth, Report};
use store::progress::Watch;
use store::session::SignedIn;

/// Verifies the ledger, and the records by it, as they are at one moment; the service goes on meanwhile. It takes as long as the ledger is.
///
/// What it cannot tell: whether a server that lies shows its auditor another ledger than it keeps. For that there is the export, which is
/// verified elsewhere.
///
/// # Errors
/// `permission-missing`; the codes of the database; whatever is wrong in it stands in the report.
pub async fn run(desk: &Desk, by: &SignedIn, now: Timestamp, watch: Watch<'_>) -> Result<Report> {
    by::require(by, Permission::LedgerSee, now)?;
    let mut tx = desk.db.read().await?;
    Ok(check::check(&mut tx, &desk.means(now), Depth::Sample, watch).await?)
}
