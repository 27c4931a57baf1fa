//! The database: opening it, migrating it, beginning transactions. The only file that knows which of the two it is.

#[cfg(target_os = "linux")]
mod nodelay;

use crate::Code;
use crate::error::{Error, Result};
use crate::hold;
use crate::tx::{Gate, Tx};
use sqlx::any::AnyPoolOptions;
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AnyPool, Connection as _, Executor as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Connections of one process, if nothing else is asked for.
pub const CONNECTIONS_DEFAULT: u32 = 8;
/// How long to wait for a free connection, seconds.
const ACQUIRE_S_MAX: u64 = 10;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: AnyPool,
    dialect: Dialect,
    gate: Option<Arc<dyn Gate>>,
    /// SQLite lets one write at a time; waiting here is fair and quick, waiting in SQLite is a poll of up to 100 ms.
    writer: Arc<Mutex<()>>,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({:?})", self.dialect)
    }
}

impl Db {
    /// Opens `sqlite://FILE` (made if it is not there) or `postgres://…`, and brings its tables up to date.
    ///
    /// # Errors
    /// `database-url-invalid`, `database-unreachable`, `schema-newer` and the other codes of the database.
    pub async fn open(url: &str, connections: u32) -> Result<Self> {
        let db = Self::connect(url, connections).await?;
        db.migrate().await?;
        Ok(db)
    }

    /// Opens a database as it is.
    ///
    /// # Errors
    /// `database-url-invalid`, `database-unreachable`.
    pub async fn connect(url: &str, connections: u32) -> Result<Self> {
        let (dialect, url) = address(url)?;
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new()
            .max_connections(connections.max(2))
            .acquire_timeout(Duration::from_secs(ACQUIRE_S_MAX))
            .after_connect(move |connection, _| Box::pin(prepare(connection, dialect)))
            .before_acquire(|connection, _| Box::pin(std::future::ready(Ok(is_free(connection)))))
            .connect(&url)
            .await
            .map_err(|error| match Error::from(error) {
                Error::Refused { code: Code::DatabaseFailed, detail } => Error::new(Code::DatabaseUnreachable, detail),
                other => other,
            })?;
        Ok(Self { pool, dialect, gate: None, writer: Arc::new(Mutex::new(())) })
    }

    /// The same database with a gate before every statement, for tests that make statements fail.
    #[must_use]
    pub fn with_gate(mut self, gate: Arc<dyn Gate>) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Brings the tables up to date.
    ///
    /// # Errors
    /// `schema-newer` when the database was made by a newer program; the codes of the database.
    pub async fn migrate(&self) -> Result<()> {
        let migrator = match self.dialect {
            Dialect::Sqlite => &SQLITE,
            Dialect::Postgres => &POSTGRES,
        };
        migrator.run(&self.pool).await.map_err(|error| match error {
            sqlx::migrate::MigrateError::VersionMissing(version) => {
                Error::new(Code::SchemaNewer, format!("migration {version} is not known to this program"))
            }
            sqlx::migrate::MigrateError::VersionMismatch(version) => {
                Error::new(Code::SchemaNewer, format!("migration {version} was another one"))
            }
            sqlx::migrate::MigrateError::Execute(error) | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => {
                error.into()
            }
            _ => Error::new(Code::DatabaseFailed, "the migration failed"),
        })
    }

    /// Begins a transaction that writes. On SQLite it holds the write lock from the beginning, so that what is read stays true.
    ///
    /// # Errors
    /// The codes of the database.
    pub async fn write(&self) -> Result<Tx> {
        hold::settle().await?;
        let (guard, inner) = match self.dialect {
            Dialect::Sqlite => {
                let guard = Arc::clone(&self.writer).lock_owned().await;
                (Some(guard), self.pool.begin_with("BEGIN IMMEDIATE").await?)
            }
            Dialect::Postgres => (None, self.pool.begin().await?),
        };
        Ok(Tx::new(inner, self.gate.clone(), guard))
    }

    /// Begins a transaction that only reads, and sees the database as it was at one moment.
    ///
    /// # Errors
    /// The codes of the database.
    pub async fn read(&self) -> Result<Tx> {
        hold::settle().await?;
        let inner = match self.dialect {
            Dialect::Sqlite => self.pool.begin().await?,
            Dialect::Postgres => self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?,
        };
        Ok(Tx::reading(inner, self.gate.clone()))
    }

    /// Lets the database reclaim what was deleted, so that shredded keys do not linger in old pages: on SQLite the write-ahead log is
    /// folded in and emptied (deleted cells are overwritten at once, `secure_delete`), on PostgreSQL dead rows of the
    /// tables that hold wrapped keys, or what they sealed, are removed.
    ///
    /// # Errors
    /// The codes of the database.
    pub async fn reclaim(&self) -> Result<()> {
        hold::settle().await?;
        let statements: &[&'static str] = match self.dialect {
            Dialect::Sqlite => &["PRAGMA wal_checkpoint(TRUNCATE)"],
            Dialect::Postgres => &[
                "VACUUM bio_keys",
                "VACUUM bio_portraits",
                "VACUUM bio_templates",
                "VACUUM bio_frames",
                "VACUUM bio_films",
                "VACUUM evidences",
                "VACUUM persons",
                "VACUUM operators",
                "VACUUM agency_secrets",
            ],
        };
        for &statement in statements {
            self.pool.execute(statement).await?;
        }
        Ok(())
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Settings of a fresh connection.
async fn prepare(connection: &mut AnyConnection, dialect: Dialect) -> std::result::Result<(), sqlx::Error> {
    if dialect == Dialect::Sqlite {
        // WAL lets readers go on beside the writer; FULL makes every commit durable; secure_delete overwrites what is deleted.
        for pragma in [
            "PRAGMA busy_timeout = 5000",
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
            "PRAGMA secure_delete = ON",
        ] {
            connection.execute(pragma).await?;
        }
    }
    #[cfg(target_os = "linux")]
    if dialect == Dialect::Postgres {
        nodelay::set();
    }
    Ok(())
}

/// Whether a connection may be used again. When the disk is full SQLite ends a transaction by itself; the driver goes on believing in it, and every
/// further transaction on that connection would fail.
fn is_free(connection: &AnyConnection) -> bool {
    !connection.is_in_transaction()
}

/// The dialect and the driver's form of an address.
fn address(url: &str) -> Result<(Dialect, String)> {
    if let Some(file) = url.strip_prefix("sqlite://") {
        let file = file.split('?').next().unwrap_or(file);
        if file.is_empty() || file == ":memory:" {
            return Err(Error::new(Code::DatabaseUrlInvalid, "an SQLite address names no file"));
        }
        return Ok((Dialect::Sqlite, format!("sqlite://{file}?mode=rwc")));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok((Dialect::Postgres, url.to_owned()));
    }
    Err(Error::new(Code::DatabaseUrlInvalid, "the address begins neither with sqlite:// nor with postgres://"))
}

/// The SQLite address of a file.
///
/// # Errors
/// `database-url-invalid` when the path is not text.
pub fn sqlite_url(file: &Path) -> Result<String> {
    let file = file.to_str().ok_or_else(|| Error::new(Code::DatabaseUrlInvalid, "the path is not text"))?;
    Ok(format!("sqlite://{file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        assert_eq!(address("sqlite:///tmp/a.db").unwrap(), (Dialect::Sqlite, "sqlite:///tmp/a.db?mode=rwc".to_owned()));
        assert_eq!(address("postgres://u@h/d").unwrap().0, Dialect::Postgres);
        for wrong in ["", "sqlite://", "sqlite://:memory:", "mysql://x", "/tmp/a.db"] {
            assert_eq!(address(wrong).unwrap_err().code(), Some(Code::DatabaseUrlInvalid), "{wrong}");
        }
    }
}
