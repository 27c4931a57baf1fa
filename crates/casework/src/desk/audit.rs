//! What an auditor asks: who did what for whom, on what ground, and was the log changed? Reading the ledger opens no name and no picture.

use super::admin::act;
use super::{Desk, by, in_transaction};
use crate::error::Result;
use crate::permission::Permission;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::Write;
use store::id::VisitId;
use store::ledger::checkpoint::{self, Compared};
use store::ledger::export::{self, Exported};
use store::ledger::search::{Cursor, Recorded, Search, search as find};
use store::ledger::{self, Kind, Shard, proof};
use store::progress::Watch;
use store::session::SignedIn;
use store::{Tx, person};
use utoipa::ToSchema;

/// Entries of a page that asks for no number of its own.
const PAGE_DEFAULT: u32 = 100;

/// What to look for; everything that is given must be so.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuditSearch {
    /// For whom: the pseudonym.
    pub person: Option<String>,
    /// By whom, as the ledger writes it: `operator:ID`, `station:ID`, `citizen`, `system`.
    pub actor: Option<String>,
    /// In which visit.
    pub visit: Option<VisitId>,
    /// In which service.
    pub service: Option<String>,
    /// What was done: a code such as `portrait.opened`.
    pub kind: Option<String>,
    /// In which tree: an office's id, or `register`.
    pub shard: Option<String>,
    /// Not before this moment.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Before this moment.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// After this entry: what the page before gave as `next`.
    pub after: Option<CursorView>,
    /// At most so many entries.
    pub limit: Option<u32>,
    /// True to get with each entry the proof that it stands under a signed checkpoint.
    pub proofs: bool,
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CursorView {
    /// When the entry was made, milliseconds since 1970.
    pub at_ms: i64,
    /// Its tree.
    pub shard: String,
    /// Its place in the tree.
    pub seq: i64,
}

/// An entry of the ledger.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub struct EntryView {
    /// Its tree.
    pub shard: String,
    /// Its place in the tree, from 0.
    pub seq: i64,
    /// The entry.
    #[schema(value_type = Object)]
    pub entry: Value,
    /// The proof that it stands under a signed checkpoint; nothing when none stands over it yet, or none was asked for.
    pub proof: Option<ProofView>,
}

/// Proof that an entry is in the ledger, to be checked offline.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProofView {
    /// The entry, canonical JSON: what is hashed.
    pub entry: String,
    /// Its place in its tree, from 0.
    pub seq: u64,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The hashes from the leaf up (RFC 9162 §2.1.3.1), in base64.
    pub proof: Vec<String>,
}

/// A page of entries.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntryPage {
    /// The entries.
    pub entries: Vec<EntryView>,
    /// Where the next page begins; nothing at the end.
    pub next: Option<CursorView>,
}

/// A signed checkpoint of a tree, or a signed root over all trees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CheckpointView {
    /// How many entries the tree had; of roots their number, from 0.
    pub place: i64,
    /// When it was signed; nothing vouches for this time.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The note, in the form of C2SP `tlog-checkpoint`, letter for letter.
    pub note: String,
}

impl From<checkpoint::Signed> for CheckpointView {
    fn from(signed: checkpoint::Signed) -> Self {
        let checkpoint::Signed { place, at_ms, note } = signed;
        Self { place, at: Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::MIN), note }
    }
}

/// Whose pseudonym is asked for.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PseudonymRequest {
    /// The identity number.
    pub number: String,
}

impl std::fmt::Debug for PseudonymRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PseudonymRequest")
    }
}

/// A page of the ledger.
///
/// # Errors
/// `permission-missing`; `not-found` for a tree that cannot be; `row-invalid` for a kind that there is not; the codes of the database.
pub async fn search(desk: &Desk, by: &SignedIn, now: Timestamp, request: &AuditSearch) -> Result<EntryPage> {
    by::require(by, Permission::LedgerSee, now)?;
    let mut tx = desk.db.read().await?;
    let (found, next) = found(&mut tx, request).await?;
    let mut entries = Vec::with_capacity(found.len());
    for recorded in found {
        entries.push(view(&mut tx, recorded, request.proofs).await?);
    }
    Ok(EntryPage { entries, next })
}

/// A page of what a search finds, and where the next one begins.
pub(super) async fn found(tx: &mut Tx, request: &AuditSearch) -> Result<(Vec<Recorded>, Option<CursorView>)> {
    let shard = request.shard.as_deref().map(str::parse::<Shard>).transpose()?;
    let after = request.after.clone().map(|CursorView { at_ms, shard, seq }| Cursor { at_ms, shard, seq });
    let wanted = Search {
        person: request.person.as_deref(),
        actor: request.actor.as_deref(),
        visit: request.visit.as_ref(),
        service: request.service.as_deref(),
        kind: request.kind.as_deref().map(kind).transpose()?,
        shard: shard.as_ref(),
        from: request.from,
        until: request.until,
        after,
        limit: request.limit.unwrap_or(PAGE_DEFAULT),
    };
    let found = find(tx, &wanted).await?;
    let full = found.len() as u64 >= u64::from(wanted.limit.clamp(1, store::ledger::search::PAGE_MAX));
    let next = found.last().filter(|_| full).map(|last| {
        let Cursor { at_ms, shard, seq } = last.cursor();
        CursorView { at_ms, shard, seq }
    });
    Ok((found, next))
}

/// The kind with this code.
fn kind(code: &str) -> Result<Kind> {
    let found = Kind::ALL.iter().copied().find(|kind| kind.code() == code);
    Ok(found.ok_or_else(|| store::Error::new(store::Code::RowInvalid, "there is no such kind of entry"))?)
}

async fn view(tx: &mut Tx, recorded: Recorded, proofs: bool) -> Result<EntryView> {
    let damaged = || store::Error::new(store::Code::LedgerDamaged, "an entry is not JSON");
    let entry = serde_json::from_str(&recorded.entry).map_err(|_| damaged())?;
    let proof = if proofs { proved(tx, &recorded).await? } else { None };
    Ok(EntryView { shard: recorded.shard, seq: recorded.seq, entry, proof })
}

/// The proof of an entry; nothing while no checkpoint stands over it.
async fn proved(tx: &mut Tx, recorded: &Recorded) -> Result<Option<ProofView>> {
    match proof::inclusion(tx, &recorded.shard.parse()?, recorded.seq.unsigned_abs()).await {
        Ok(proof::Inclusion { entry, seq, checkpoint, proof }) => Ok(Some(ProofView { entry, seq, checkpoint, proof })),
        Err(error) if error.code() == Some(store::Code::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The pseudonym under which the ledger speaks of the person with a number. The look itself stands in the ledger.
///
/// # Errors
/// `permission-missing`; `person-unknown`, `number-invalid`; the codes of the database.
pub async fn pseudonym(desk: &Desk, by: &SignedIn, now: Timestamp, request: &PseudonymRequest) -> Result<String> {
    by::require(by, Permission::LedgerSee, now)?;
    let means = desk.means(now);
    let found: Result<Option<String>> = in_transaction!(desk, tx => async {
        let found = person::find_by_number(tx, &means, &request.number).await?.map(|person| person.pseudonym);
        let actor = by::ledger(by);
        let mut act = act(Kind::PersonRead, by, &actor).fact("what", "pseudonym").fact("found", found.is_some());
        act.person = found.as_deref();
        ledger::append(tx, &means, &act).await?;
        Ok(found)
    }.await);
    let unknown = || store::Error::new(store::Code::PersonUnknown, "nobody in the register has this number");
    Ok(found?.ok_or_else(unknown)?)
}

/// The latest signed root over all trees: the note to keep outside.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn root(desk: &Desk, by: &SignedIn, now: Timestamp) -> Result<Option<String>> {
    by::require(by, Permission::LedgerSee, now)?;
    Ok(checkpoint::latest_root(&mut desk.db.read().await?).await?)
}

/// A page of the signed checkpoints of a tree, or of the signed roots for `shards`, newest first.
///
/// # Errors
/// `permission-missing`; `not-found` for a tree that cannot be; the codes of the database.
pub async fn checkpoints(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    shard: &str,
    (before, limit): (Option<i64>, u32),
) -> Result<Vec<CheckpointView>> {
    by::require(by, Permission::LedgerSee, now)?;
    if shard != checkpoint::ROOTS {
        shard.parse::<Shard>()?;
    }
    let page = checkpoint::list(&mut desk.db.read().await?, shard, before, limit).await?;
    Ok(page.into_iter().map(CheckpointView::from).collect())
}

/// Compares a note that was kept outside with the ledger as it is now.
///
/// # Errors
/// `permission-missing`; `ledger-rolled-back`, `checkpoint-invalid`, `ledger-damaged`; the codes of the database.
pub async fn compare(desk: &Desk, by: &SignedIn, now: Timestamp, note: &str) -> Result<Compared> {
    by::require(by, Permission::LedgerSee, now)?;
    Ok(checkpoint::compare_outside(&mut desk.db.read().await?, &desk.means(now), note).await?)
}

/// The proof that the tree of `old` entries is the beginning of the tree of `new` entries, in base64.
///
/// # Errors
/// `permission-missing`; `proof-invalid`, `not-found`, `ledger-damaged`; the codes of the database.
pub async fn consistency(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    shard: &str,
    (old, new): (u64, u64),
) -> Result<Vec<String>> {
    by::require(by, Permission::LedgerSee, now)?;
    let shard: Shard = shard.parse()?;
    Ok(proof::consistency(&mut desk.db.read().await?, &shard, old, new).await?)
}

/// Writes the whole ledger in the form that `countenance ledger verify` checks offline. That it was exported stands in it.
///
/// # Errors
/// `permission-missing`; `output-failed`; the codes of keys and database.
pub async fn export(
    desk: &Desk,
    by: &SignedIn,
    now: Timestamp,
    out: &mut (dyn Write + Send),
    watch: Watch<'_>,
) -> Result<Exported> {
    by::require(by, Permission::LedgerExport, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let actor = by::ledger(by);
        Ok(ledger::append(tx, &means, &act(Kind::LedgerExported, by, &actor)).await?)
    }.await)?;
    Ok(export::export(&mut desk.db.read().await?, &means, out, watch).await?)
}
