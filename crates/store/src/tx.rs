//! A transaction: statements pass through it, it remembers which protected rows they touched, and it does not commit a change that the ledger
//! does not speak of.

use crate::error::{Error, Result};
use crate::{Code, Table, hold};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Execute as _, FromRow, Transaction};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;

/// A statement with its values.
pub(crate) type Statement<'q> = Query<'q, Any, AnyArguments>;

/// Stands before every statement and may refuse it. Only tests have one.
pub trait Gate: Send + Sync {
    /// Lets a statement, or the word `COMMIT`, pass.
    ///
    /// # Errors
    /// Whatever the test wants to happen.
    fn pass(&self, statement: &str) -> Result<()>;
}

/// An open transaction. Dropped without [`Tx::commit`], it leaves nothing behind.
pub struct Tx {
    inner: Transaction<'static, Any>,
    gate: Option<Arc<dyn Gate>>,
    touched: BTreeSet<(Table, String)>,
    writes: bool,
    /// Held until the transaction has ended; see `Db`.
    writer: Option<OwnedMutexGuard<()>>,
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tx({} rows touched)", self.touched.len())
    }
}

impl Tx {
    pub(crate) fn new(
        inner: Transaction<'static, Any>,
        gate: Option<Arc<dyn Gate>>,
        writer: Option<OwnedMutexGuard<()>>,
    ) -> Self {
        Self { inner, gate, touched: BTreeSet::new(), writes: true, writer }
    }

    /// A transaction that only reads.
    pub(crate) fn reading(inner: Transaction<'static, Any>, gate: Option<Arc<dyn Gate>>) -> Self {
        Self { writes: false, ..Self::new(inner, gate, None) }
    }

    /// True where others may write at the same time; on SQLite one transaction writes at a time, and locks nothing for others.
    pub(crate) fn is_shared(&self) -> bool {
        self.writer.is_none()
    }

    /// Notes that a row of a protected table was made, changed or deleted.
    pub(crate) fn touch(&mut self, table: Table, id: impl Into<String>) {
        self.touched.insert((table, id.into()));
    }

    /// The rows touched since the last entry; they count as spoken for from now on.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<(Table, String)> {
        std::mem::take(&mut self.touched)
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) async fn run(&mut self, statement: Statement<'_>) -> Result<u64> {
        let statement = self.pass(statement)?;
        Ok(statement.execute(&mut *self.inner).await?.rows_affected())
    }

    /// All rows of a statement.
    pub(crate) async fn all<T: for<'r> FromRow<'r, AnyRow>>(&mut self, statement: Statement<'_>) -> Result<Vec<T>> {
        let rows = self.rows(statement).await?;
        rows.iter().map(|row| T::from_row(row).map_err(Error::from)).collect()
    }

    /// The row of a statement, if there is one.
    pub(crate) async fn maybe<T: for<'r> FromRow<'r, AnyRow>>(
        &mut self,
        statement: Statement<'_>,
    ) -> Result<Option<T>> {
        match self.maybe_row(statement).await? {
            Some(row) => Ok(Some(T::from_row(&row)?)),
            None => Ok(None),
        }
    }

    /// The row of a statement; `not-found` if there is none.
    pub(crate) async fn one<T: for<'r> FromRow<'r, AnyRow>>(&mut self, statement: Statement<'_>) -> Result<T> {
        let found = self.maybe(statement).await?;
        found.ok_or_else(|| Error::new(Code::NotFound, "there is no such record"))
    }

    /// The row of a statement as the driver gives it.
    pub(crate) async fn maybe_row(&mut self, statement: Statement<'_>) -> Result<Option<AnyRow>> {
        let statement = self.pass(statement)?;
        Ok(statement.fetch_optional(&mut *self.inner).await?)
    }

    /// All rows of a statement as the driver gives them.
    pub(crate) async fn rows(&mut self, statement: Statement<'_>) -> Result<Vec<AnyRow>> {
        let statement = self.pass(statement)?;
        Ok(statement.fetch_all(&mut *self.inner).await?)
    }

    /// Shows a statement to the gate, if there is one. The driver tells a statement's text only to who takes it apart.
    fn pass<'q>(&self, mut statement: Statement<'q>) -> Result<Statement<'q>> {
        let Some(gate) = &self.gate else { return Ok(statement) };
        let values = statement.take_arguments().map_err(sqlx::Error::Encode)?.unwrap_or_default();
        let text = statement.sql();
        gate.pass(text.as_str())?;
        Ok(sqlx::query_with(text, values))
    }

    /// Makes everything lasting; within [`hold::hold`], when the request's answer is known.
    ///
    /// # Errors
    /// `unledgered-change` when a protected row was touched after the last entry; the codes of the database. After
    /// `database-unreachable` it is not known whether the transaction was kept.
    pub async fn commit(self) -> Result<()> {
        if let Some((table, _)) = self.touched.first() {
            return Err(Error::new(Code::UnledgeredChange, format!("a row of {} was changed", table.name())));
        }
        if !self.writes {
            return self.make_lasting().await;
        }
        match hold::lay_aside(self) {
            Ok(None) => Ok(()),
            Ok(Some(tx)) | Err(tx) => tx.make_lasting().await,
        }
    }

    /// Commits now.
    pub(crate) async fn make_lasting(self) -> Result<()> {
        if let Some(gate) = &self.gate {
            gate.pass("COMMIT")?;
        }
        Ok(self.inner.commit().await?)
    }
}
