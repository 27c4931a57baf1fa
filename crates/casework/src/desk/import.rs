//! Register import: a list of persons with their photos, taken in row by row, a hundred rows a transaction, and resumed where it stopped.
//!
//! Each batch adds its persons and portraits, notes how far the import has come, and writes one entry, all in one transaction: so a process
//! that is killed between or inside batches neither loses nor repeats a row. Two processes with the same list exclude each other by that
//! count too; the slower one gets `conflict`, and nothing of its batch is kept.
//!
//! Photos are looked at on plain threads, as many as there are cores, before the transaction begins.

mod archive;
mod batch;
mod list;
mod source;

pub use source::ImportSource;

use super::{Desk, by, in_transaction};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::permission::Permission;
use batch::{Batch, Candidate, Feed};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use store::id::{ImportId, PersonId};
use store::import::{self as rows, Import, Rejection, Source};
use store::ledger::{self, Act, Actor, Kind, Shard};
use store::portrait::{self, NewPortrait};
use store::session::SignedIn;
use store::{Means, Tx, person};
use utoipa::ToSchema;

/// How often a batch is tried when somebody enrolled one of its numbers at the same moment.
const TRIES_MAX: u32 = 3;

/// How far an import has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportView {
    /// Its id.
    pub id: ImportId,
    /// `running`, `finished` or `stopped`.
    pub state: String,
    /// Rows of the list; lines with nothing in them count.
    pub rows_total: u64,
    /// Rows that were read, taken or not.
    pub rows_done: u64,
    /// Rows that were not taken.
    pub rows_rejected: u64,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RejectionView {
    /// Its line in the list; the first line, with the names of the columns, is 1.
    pub line: u64,
    /// Why, as a stable code.
    pub code: String,
    /// What exactly, without personal data.
    pub detail: String,
}

impl From<Import> for ImportView {
    fn from(row: Import) -> Self {
        Self {
            id: row.id,
            state: row.state.as_str().to_owned(),
            rows_total: row.rows_total.unsigned_abs(),
            rows_done: row.rows_done.unsigned_abs(),
            rows_rejected: row.rows_rejected.unsigned_abs(),
            started_at: row.started_at,
        }
    }
}

/// What an import asks the time of: it takes long, and each of its batches has a moment of its own.
pub type Now<'a> = &'a (dyn Fn() -> Timestamp + Send + Sync);
/// What is told how far an import has come.
pub type Watch<'a> = &'a mut (dyn FnMut(&ImportView) + Send);

/// Imports a list, or goes on with it where it stopped. `by` is nobody for the operator of the machine.
///
/// # Errors
/// `permission-missing`; `import-source-invalid`, `import-archive-unsafe`, `import-too-large`; `conflict` when another process goes on with
/// the same list; the codes of keys and database. Rows that cannot be taken are no errors: [`rejections`] lists them.
pub async fn run(
    desk: &Desk,
    by: Option<&SignedIn>,
    now: Now<'_>,
    source: &ImportSource,
    watch: Watch<'_>,
) -> Result<ImportView> {
    if let Some(by) = by {
        by::require(by, Permission::RegisterWrite, now())?;
    }
    let actor = by.map_or(Actor::System, by::ledger);
    let read = source.clone();
    let survey = apart(move || read.survey()).await?;
    let header = list::Header::parse(&survey.header).map_err(source::invalid)?;
    let begun = start(desk, now(), (by, &actor), &survey).await?;
    watch(&begun);
    let outcome = go_on(desk, (now, &actor), (source, header), begun, watch).await;
    match outcome {
        Ok(view) => finish(desk, now(), &actor, &view.id).await,
        // Another process goes on with the list: it is not ours to stop.
        Err((_, error)) if error.code() == store::Code::Conflict.as_str() => Err(error),
        Err((id, error)) => {
            // What stopped it is what the caller must hear of, not whether stopping could be noted.
            let _ = finish(desk, now(), &actor, &id).await;
            Err(error)
        }
    }
}

/// Runs something slow away from the threads that serve requests.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let ended = |_| Error::new(Code::ImportSourceInvalid, "the reading thread ended");
    tokio::task::spawn_blocking(work).await.map_err(ended)?
}

async fn start(
    desk: &Desk,
    now: Timestamp,
    (by, actor): (Option<&SignedIn>, &Actor),
    survey: &source::Survey,
) -> Result<ImportView> {
    let means = desk.means(now);
    let source = Source { operator: by.map(SignedIn::operator), hash: &survey.hash, rows: survey.rows as u32 };
    in_transaction!(desk, tx => async {
        let import = rows::start(tx, &means, &source).await?;
        let act = Act::new(Kind::ImportStarted, Shard::Register, actor)
            .fact("import", import.id.as_str())
            .fact("rows", import.rows_total)
            .fact("done", import.rows_done);
        ledger::append(tx, &means, &act).await?;
        Ok(ImportView::from(import))
    }.await)
}

async fn finish(desk: &Desk, now: Timestamp, actor: &Actor, id: &ImportId) -> Result<ImportView> {
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let import = rows::finish(tx, &means, id).await?;
        let act = Act::new(Kind::ImportFinished, Shard::Register, actor)
            .fact("import", import.id.as_str())
            .fact("state", import.state.as_str())
            .fact("done", import.rows_done)
            .fact("rejected", import.rows_rejected);
        ledger::append(tx, &means, &act).await?;
        Ok(ImportView::from(import))
    }.await)
}

/// Takes in what is left of a list, batch by batch.
async fn go_on(
    desk: &Desk,
    (now, actor): (Now<'_>, &Actor),
    (source, header): (&ImportSource, list::Header),
    begun: ImportView,
    watch: Watch<'_>,
) -> std::result::Result<ImportView, (ImportId, Error)> {
    let id = begun.id.clone();
    let failed = |error| (id.clone(), error);
    let (source, done) = (source.clone(), begun.rows_done);
    let mut feed = apart(move || Feed::open(&source, header, done)).await.map_err(failed)?;
    let mut view = begun;
    loop {
        let engine = Arc::clone(&desk.engine);
        let read = apart(move || feed.next(&engine).map(|batch| (feed, batch))).await;
        let (back, batch) = read.map_err(failed)?;
        feed = back;
        let Some(batch) = batch else { return Ok(view) };
        view = write(desk, now(), actor, (&view, &batch)).await.map_err(failed)?;
        watch(&view);
    }
}

/// Writes a batch: its persons, how far the import is, and the entry.
async fn write(
    desk: &Desk,
    now: Timestamp,
    actor: &Actor,
    (before, batch): (&ImportView, &Batch),
) -> Result<ImportView> {
    let mut tries = 0;
    loop {
        tries += 1;
        let written = in_transaction!(desk, tx => written(tx, &desk.means(now), actor, (before, batch)).await);
        // Somebody enrolled one of the numbers between the look and the writing: the next look finds it.
        let raced = matches!(&written, Err(error) if error.code() == store::Code::AlreadyExists.as_str());
        if !raced || tries == TRIES_MAX {
            return written;
        }
    }
}

async fn written(
    tx: &mut Tx,
    means: &Means<'_>,
    actor: &Actor,
    (before, batch): (&ImportView, &Batch),
) -> Result<ImportView> {
    // Locks the import until the transaction ends, and finds out whether the rows of this batch are still the next ones.
    if rows::advance(tx, means, &before.id, 0, &[]).await?.rows_done.unsigned_abs() != before.rows_done {
        return Err(store::Error::new(store::Code::Conflict, "another process goes on with this import").into());
    }
    let mut rejected = batch.rejected.clone();
    let (mut persons, mut portraits) = (0, 0);
    for candidate in &batch.candidates {
        if person::find_by_number(tx, means, &candidate.data.number).await?.is_some() {
            let error = Error::new(Code::ImportNumberExists, "the number is in the register");
            rejected.push(batch::rejection(candidate.line, &error));
            continue;
        }
        let added = person::add(tx, means, &candidate.data).await?;
        persons += 1;
        if let Some(new) = candidate.portrait(&added.id) {
            portrait::add(tx, means, &new).await?;
            portraits += 1;
        }
    }
    rejected.sort_by_key(|row| row.line);
    let import = rows::advance(tx, means, &before.id, batch.done, &rejected).await?;
    let act = Act::new(Kind::PersonEnrolled, Shard::Register, actor)
        .fact("import", before.id.as_str())
        .fact("persons", persons)
        .fact("portraits", portraits)
        .fact("rejected", rejected.len() as i64);
    ledger::append(tx, means, &act).await?;
    Ok(import.into())
}

impl Candidate {
    /// The portrait that came with the row, for the person that it became.
    fn portrait<'a>(&'a self, person: &'a PersonId) -> Option<NewPortrait<'a>> {
        let photo = self.photo.as_ref()?;
        Some(NewPortrait {
            person,
            image: &photo.image,
            taken_on: photo.taken_on.as_deref(),
            source: &photo.source,
            quality: photo.quality,
        })
    }
}

/// The last imports, newest first.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn imports(desk: &Desk, by: &SignedIn, now: Timestamp, limit: u32) -> Result<Vec<ImportView>> {
    by::require(by, Permission::RegisterWrite, now)?;
    Ok(rows::list(&mut desk.db.read().await?, limit).await?.into_iter().map(ImportView::from).collect())
}

/// One import.
///
/// # Errors
/// `permission-missing`; `not-found`; the codes of the database.
pub async fn get(desk: &Desk, by: &SignedIn, now: Timestamp, id: &ImportId) -> Result<ImportView> {
    by::require(by, Permission::RegisterWrite, now)?;
    Ok(rows::get(&mut desk.db.read().await?, id).await?.into())
}

/// A page of the rows that an import did not take, after a line, in their order. `by` is nobody for the operator of the machine.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn rejections(
    desk: &Desk,
    by: Option<&SignedIn>,
    now: Timestamp,
    id: &ImportId,
    after_line: u64,
) -> Result<Vec<RejectionView>> {
    if let Some(by) = by {
        by::require(by, Permission::RegisterWrite, now)?;
    }
    let after_line = i64::try_from(after_line).unwrap_or(i64::MAX);
    let page = rows::rejections(&mut desk.db.read().await?, id, after_line, store::limits::PAGE_ROWS_MAX).await?;
    let view = |Rejection { line, code, detail }| RejectionView { line: line.unsigned_abs(), code, detail };
    Ok(page.into_iter().map(view).collect())
}

/// The first line of a report in the form of the list.
pub const REPORT_HEADER: &str = "line,code,detail\n";

/// Rows that were not taken, as lines of comma-separated values (RFC 4180).
pub fn report_lines(rejections: &[RejectionView]) -> String {
    let line = |row: &RejectionView| format!("{},{},\"{}\"\n", row.line, row.code, row.detail.replace('"', "\"\""));
    rejections.iter().map(line).collect()
}
