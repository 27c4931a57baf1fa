//! Backup, restore and moving between databases: one logical form of all tables for both kinds.
//!
//! A backup is made while the program runs, in one reading transaction. It is sealed with a key of its own that the ring's backup key wraps.
//! A restore goes into an empty database of either kind, in one transaction: all of it or nothing.

mod file;
mod line;
pub(crate) mod tables;

use crate::check::{self, Depth};
use crate::error::{Error, Result};
use crate::progress::{Progress, Watch};
use crate::row::Value;
use crate::{Code, Db, Means, Tx};
use file::{Reader, Writer};
use line::{Header, Line, Rows, invalid};
use serde::Serialize;
use std::io::{Read, Write};
use tables::{ALL, Stored};

/// What a backup holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// Tables, with or without rows.
    pub tables: usize,
    /// Rows of all tables.
    pub rows: u64,
}

/// What was restored, and whether the ledger and the records agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// What came over.
    pub saved: Saved,
    /// What `db check` says to it. The rows are kept even if something was found: then it was so in the source.
    pub report: check::Report,
}

/// Writes all tables to `out`, sealed. To be called in a reading transaction; it holds a few rows in memory at a time.
///
/// # Errors
/// `output-failed` when `out` does not take it; the codes of keys and database.
pub async fn backup(tx: &mut Tx, means: &Means<'_>, out: &mut (dyn Write + Send), watch: Watch<'_>) -> Result<Saved> {
    let mut writer = Writer::new(out, means)?;
    let total = total(tx).await?;
    let (format, schema) = (line::FORMAT.to_owned(), schema(tx).await?);
    writer.line(&Line::Header(Header { format, made_at_ms: means.now_ms(), schema, total }))?;
    let mut saved = Saved::default();
    for table in ALL {
        writer.line(&Line::of_table(table))?;
        let before = saved.rows;
        let mut page = table.page(tx, None).await?;
        while let Some(last) = page.last() {
            for row in &page {
                writer.line(&Line::of_row(table, row)?)?;
            }
            saved.rows += page.len() as u64;
            watch(Progress { part: table.name, done: saved.rows, total });
            page = table.page(tx, Some(last)).await?;
        }
        writer.line(&Line::Rows(Rows { rows: saved.rows - before }))?;
        saved.tables += 1;
    }
    writer.finish()?;
    Ok(saved)
}

/// Restores a backup into an empty database, then checks it.
///
/// # Errors
/// `target-not-empty`; `backup-invalid` when it was made with other tables or is no backup; `archive-damaged`, `key-unknown`; the codes of
/// the database. Nothing is restored then.
pub async fn restore(db: &Db, means: &Means<'_>, input: &mut (dyn Read + Send), watch: Watch<'_>) -> Result<Restored> {
    let mut reader = Reader::new(input, means)?;
    let mut tx = empty(db).await?;
    let Some(Line::Header(header)) = reader.line()? else { return Err(invalid("it has no header")) };
    if header.format != line::FORMAT || header.schema != schema(&mut tx).await? {
        return Err(invalid("it was made by another version of this program: restore with that one, then update"));
    }
    let mut saved = Saved::default();
    for table in ALL {
        if reader.line()? != Some(Line::of_table(table)) {
            return Err(invalid(format!("{} is not where it should be", table.name)));
        }
        let before = saved.rows;
        loop {
            match reader.line()? {
                Some(Line::Row(cells)) => insert(&mut tx, table, line::values(table, cells)?).await?,
                Some(Line::Rows(Rows { rows })) if rows == saved.rows - before => break,
                _ => return Err(invalid(format!("the rows of {} are not whole", table.name))),
            }
            saved.rows += 1;
            if saved.rows.is_multiple_of(1000) {
                watch(Progress { part: table.name, done: saved.rows, total: header.total });
            }
        }
        saved.tables += 1;
    }
    if reader.line()?.is_some() || saved.rows != header.total {
        return Err(invalid("something comes after the last table, or is missing"));
    }
    finish(db, tx, means, saved, watch).await
}

/// Copies all tables into an empty database of either kind, then checks it. `from` is a reading transaction.
///
/// # Errors
/// `target-not-empty`; `backup-invalid` when the databases have other tables; the codes of the database. Nothing is copied then.
pub async fn copy(from: &mut Tx, to: &Db, means: &Means<'_>, watch: Watch<'_>) -> Result<Restored> {
    let mut tx = empty(to).await?;
    if schema(from).await? != schema(&mut tx).await? {
        return Err(invalid("the two databases were made by different versions of this program"));
    }
    let total = total(from).await?;
    let mut saved = Saved::default();
    for table in ALL {
        let mut page = table.page(from, None).await?;
        while let Some(last) = page.last() {
            for row in &page {
                let values = (0..table.columns.len()).map(|index| crate::row::value(row, index));
                insert(&mut tx, table, values.collect::<Result<_>>()?).await?;
            }
            saved.rows += page.len() as u64;
            watch(Progress { part: table.name, done: saved.rows, total });
            page = table.page(from, Some(last)).await?;
        }
        saved.tables += 1;
    }
    finish(to, tx, means, saved, watch).await
}

async fn insert(tx: &mut Tx, table: &Stored, values: Vec<Value>) -> Result<()> {
    let mut statement = sqlx::query(table.insert);
    for (value, (_, holds)) in values.into_iter().zip(table.columns) {
        statement = tables::bind(statement, *holds, value);
    }
    tx.run(statement).await?;
    Ok(())
}

/// A writing transaction on a database that has no rows.
async fn empty(db: &Db) -> Result<Tx> {
    let mut tx = db.write().await?;
    for table in ALL {
        if table.rows(&mut tx).await? > 0 {
            return Err(Error::new(Code::TargetNotEmpty, format!("{} has rows", table.name)));
        }
    }
    Ok(tx)
}

async fn finish(db: &Db, tx: Tx, means: &Means<'_>, saved: Saved, watch: Watch<'_>) -> Result<Restored> {
    tx.commit().await?;
    let report = check::check(&mut db.read().await?, means, Depth::Sample, watch).await?;
    Ok(Restored { saved, report })
}

async fn total(tx: &mut Tx) -> Result<u64> {
    let mut total = 0;
    for table in ALL {
        total += table.rows(tx).await?;
    }
    Ok(total)
}

/// The migrations that made the tables.
async fn schema(tx: &mut Tx) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = tx.all(sqlx::query("SELECT version FROM _sqlx_migrations ORDER BY version")).await?;
    Ok(rows.into_iter().map(|(version,)| version).collect())
}

/// The tables that a backup holds, each with its columns, in the order in which they are restored.
pub fn contents() -> Vec<(&'static str, Vec<&'static str>)> {
    ALL.iter().map(|table| (table.name, table.columns.iter().map(|(name, _)| *name).collect())).collect()
}
