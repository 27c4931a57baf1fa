//! Register imports: how far one has come, so that it goes on where it stopped, and which rows were not taken.

use crate::error::{Error, Result};
use crate::field;
use crate::id::{ImportId, OperatorId};
use crate::limits::{NAME_BYTES_MAX, maybe_id, moment, rows};
use crate::tx::Tx;
use crate::word::words;
use crate::{Code, Means, Table};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

words! {
    /// Where an import stands.
    State "the state" {
        /// It goes on.
        Running "running",
        /// Every row was read.
        Finished "finished",
        /// Somebody stopped it; it can be resumed.
        Stopped "stopped",
    }
}

/// What is to be imported.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Who imports; none for the operator of the machine.
    pub operator: Option<&'a OperatorId>,
    /// SHA-256 of the table that is read: an import of the same table goes on where it stopped.
    pub hash: &'a [u8; 32],
    /// Rows of the table.
    pub rows: u32,
}

/// An import.
#[derive(Clone, Debug, Serialize)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Who imports.
    pub operator: Option<OperatorId>,
    /// Where it stands.
    pub state: State,
    /// Rows of the table.
    pub rows_total: i64,
    /// Rows that were read, taken or not: the next one to read has this index.
    pub rows_done: i64,
    /// Rows that were not taken.
    pub rows_rejected: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it last went on.
    pub changed_at: Timestamp,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct Rejection {
    /// Its line in the table, from 1.
    pub line: i64,
    /// Why, as a stable code.
    pub code: String,
    /// What exactly, without personal data; at most 200 bytes.
    pub detail: String,
}

#[derive(FromRow)]
struct Row {
    id: String,
    operator_id: Option<String>,
    state: String,
    rows_total: i64,
    rows_done: i64,
    rows_rejected: i64,
    started_at_ms: i64,
    changed_at_ms: i64,
}

impl Row {
    fn import(self) -> Result<Import> {
        Ok(Import {
            id: self.id.try_into()?,
            operator: maybe_id(self.operator_id)?,
            state: self.state.parse()?,
            rows_total: self.rows_total,
            rows_done: self.rows_done,
            rows_rejected: self.rows_rejected,
            started_at: moment(self.started_at_ms)?,
            changed_at: moment(self.changed_at_ms)?,
        })
    }
}

/// Starts an import, or resumes the one of the same table that did not finish. Two processes must not import at once: take a lease first.
///
/// # Errors
/// `conflict` when the table has another number of rows than the one that is resumed; the codes of the database.
pub async fn start(tx: &mut Tx, means: &Means<'_>, source: &Source<'_>) -> Result<Import> {
    let open: Option<(String, i64)> = tx
        .maybe(
            sqlx::query(
                "UPDATE imports SET state = 'running', changed_at_ms = $1 WHERE id = (SELECT MAX(id) FROM imports \
                 WHERE source_hash = $2 AND state <> 'finished') RETURNING id, rows_total",
            )
            .bind(means.now_ms())
            .bind(source.hash.to_vec()),
        )
        .await?;
    let id = match open {
        Some((_, total)) if total != i64::from(source.rows) => {
            return Err(Error::new(Code::Conflict, "the table has another number of rows than when it was begun"));
        }
        Some((id, _)) => id.try_into()?,
        None => insert(tx, means, source).await?,
    };
    tx.touch(Table::Imports, id.as_str());
    get(tx, &id).await
}

async fn insert(tx: &mut Tx, means: &Means<'_>, source: &Source<'_>) -> Result<ImportId> {
    let id = ImportId::new(means);
    tx.run(
        sqlx::query(
            "INSERT INTO imports (id, operator_id, source_hash, state, rows_total, rows_done, rows_rejected, \
             started_at_ms, changed_at_ms) VALUES ($1, $2, $3, 'running', $4, 0, 0, $5, $5)",
        )
        .bind(id.as_str())
        .bind(source.operator.map(OperatorId::as_str))
        .bind(source.hash.to_vec())
        .bind(i64::from(source.rows))
        .bind(means.now_ms()),
    )
    .await?;
    Ok(id)
}

/// Notes that `done` further rows were read, of which some were rejected. To be called in the transaction that adds the persons of those rows,
/// so that a killed import neither loses nor repeats one.
///
/// # Errors
/// `not-found`; `conflict` when the import is not running; `row-invalid` when more rows were read than there are, or more rejected than read;
/// `already-exists` when a line was rejected before; `text-too-long`; the codes of the database.
pub async fn advance(
    tx: &mut Tx,
    means: &Means<'_>,
    id: &ImportId,
    done: u32,
    rejected: &[Rejection],
) -> Result<Import> {
    let import = get(tx, id).await?;
    if import.state != State::Running {
        return Err(Error::new(Code::Conflict, "the import is not running"));
    }
    let fits = import.rows_done + i64::from(done) <= import.rows_total && rejected.len() as u64 <= u64::from(done);
    if !fits || rejected.iter().any(|row| row.line < 1) {
        return Err(Error::new(Code::RowInvalid, "more rows were read than there are, or rejected than read"));
    }
    // The count of before guards against another process that went on with the same import.
    let changed = tx
        .run(
            sqlx::query(
                "UPDATE imports SET rows_done = rows_done + $1, rows_rejected = rows_rejected + $2, changed_at_ms = $3 \
                 WHERE id = $4 AND rows_done = $5 AND state = 'running'",
            )
            .bind(i64::from(done))
            .bind(rejected.len() as i64)
            .bind(means.now_ms())
            .bind(id.as_str())
            .bind(import.rows_done),
        )
        .await?;
    if changed == 0 {
        return Err(Error::new(Code::Conflict, "another process went on with this import"));
    }
    tx.touch(Table::Imports, id.as_str());
    for row in rejected {
        field::word("the code", &row.code)?;
        field::text("the detail", &row.detail, NAME_BYTES_MAX)?;
        tx.run(
            sqlx::query("INSERT INTO import_rejections (import_id, line, code, detail) VALUES ($1, $2, $3, $4)")
                .bind(id.as_str())
                .bind(row.line)
                .bind(row.code.as_str())
                .bind(row.detail.as_str()),
        )
        .await?;
    }
    get(tx, id).await
}

/// Ends a running import: finished when every row was read, stopped when not.
///
/// # Errors
/// `not-found`; `conflict` when it is not running; the codes of the database.
pub async fn finish(tx: &mut Tx, means: &Means<'_>, id: &ImportId) -> Result<Import> {
    get(tx, id).await?;
    let changed = tx
        .run(
            sqlx::query(
                "UPDATE imports SET state = CASE WHEN rows_done = rows_total THEN 'finished' ELSE 'stopped' END, \
                 changed_at_ms = $1 WHERE id = $2 AND state = 'running'",
            )
            .bind(means.now_ms())
            .bind(id.as_str()),
        )
        .await?;
    if changed == 0 {
        return Err(Error::new(Code::Conflict, "the import is not running"));
    }
    tx.touch(Table::Imports, id.as_str());
    get(tx, id).await
}

/// One import.
///
/// # Errors
/// `not-found`; the codes of the database.
pub async fn get(tx: &mut Tx, id: &ImportId) -> Result<Import> {
    let row: Row = tx
        .one(
            sqlx::query(
                "SELECT id, operator_id, state, rows_total, rows_done, rows_rejected, started_at_ms, changed_at_ms \
                 FROM imports WHERE id = $1",
            )
            .bind(id.as_str()),
        )
        .await?;
    row.import()
}

/// The last imports, newest first.
///
/// # Errors
/// The codes of the database.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<Import>> {
    let found: Vec<Row> = tx
        .all(
            sqlx::query(
                "SELECT id, operator_id, state, rows_total, rows_done, rows_rejected, started_at_ms, changed_at_ms \
                 FROM imports ORDER BY id DESC LIMIT $1",
            )
            .bind(rows(limit)),
        )
        .await?;
    found.into_iter().map(Row::import).collect()
}

/// The rows of an import that were not taken, after a line, in their order.
///
/// # Errors
/// The codes of the database.
pub async fn rejections(tx: &mut Tx, id: &ImportId, after_line: i64, limit: u32) -> Result<Vec<Rejection>> {
    tx.all(
        sqlx::query(
            "SELECT line, code, detail FROM import_rejections WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3",
        )
        .bind(id.as_str())
        .bind(after_line)
        .bind(rows(limit)),
    )
    .await
}
