//! Empty databases for tests: SQLite in a temporary folder, PostgreSQL in a schema of its own, both gone when the test ends.
#![expect(clippy::panic, reason = "a test without its database has failed")]

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, AssertSqlSafe, Executor as _};
use std::sync::atomic::{AtomicU32, Ordering};
use store::Db;
use store::db::Dialect;
use tempfile::TempDir;

/// Where PostgreSQL is looked for when `COUNTENANCE_TEST_POSTGRES` names no other address.
pub const POSTGRES_DEFAULT: &str = "postgres://root@127.0.0.1:5432/test";

/// Connections of a test's database.
const CONNECTIONS: u32 = 4;

/// An empty, migrated database of one test. It stands for the [`Db`] in it.
pub struct Database {
    db: Db,
    url: String,
    raw: AnyPool,
    /// The folder of an SQLite file, removed at the end.
    folder: Option<TempDir>,
    /// The schema on PostgreSQL and the address without it, dropped at the end.
    schema: Option<(String, String)>,
}

impl std::ops::Deref for Database {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Database({:?})", self.db.dialect())
    }
}

impl Database {
    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Its address, for a second [`Db`] on it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder of an SQLite file.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_ref().map(TempDir::path)
    }

    /// A pool that knows no rules: for fixtures, and for changing rows behind the service's back.
    pub fn raw(&self) -> &AnyPool {
        &self.raw
    }

    /// Runs a statement behind the service's back and says how many rows it changed.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn tamper(&self, statement: &str) -> u64 {
        let done = self.raw.execute(sqlx::query(AssertSqlSafe(statement.to_owned()))).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}")).rows_affected()
    }

    /// A number that a statement finds.
    ///
    /// # Panics
    /// When the database refuses it or finds none.
    pub async fn count(&self, statement: &str) -> i64 {
        let found = sqlx::query_scalar::<_, i64>(AssertSqlSafe(statement.to_owned())).fetch_one(&self.raw).await;
        found.unwrap_or_else(|error| panic!("{statement}: {error}"))
    }
}

impl Drop for Database {
    /// Drops the schema from a thread of its own, because a drop cannot wait on the test's runtime.
    fn drop(&mut self) {
        let Some((schema, url)) = self.schema.take() else { return };
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.ok()?;
                pool.execute("SET lock_timeout = '5s'").await.ok()?;
                pool.execute(sqlx::query(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE")))).await.ok()
            })
        });
        // A schema that stays behind harms nothing but order.
        let _ = dropped.join();
    }
}

/// An empty database of the kind; nothing when it is PostgreSQL and none answers.
///
/// # Panics
/// When a database that answers cannot be prepared.
pub async fn fresh(dialect: Dialect) -> Option<Database> {
    match dialect {
        Dialect::Sqlite => Some(sqlite().await),
        Dialect::Postgres => postgres().await,
    }
}

/// Empty databases of each kind that there is: SQLite always, PostgreSQL when one answers. A loud line says when it does not.
///
/// # Panics
/// When a database that answers cannot be prepared.
pub async fn databases() -> Vec<Database> {
    let mut all = vec![sqlite().await];
    match postgres().await {
        Some(database) => all.push(database),
        #[expect(clippy::print_stderr, reason = "whoever runs the tests must see that half of them did not run")]
        None => eprintln!("SKIPPED: no PostgreSQL"),
    }
    all
}

async fn sqlite() -> Database {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
    let url = store::db::sqlite_url(&folder.path().join("test.db")).unwrap_or_else(|error| panic!("{error}"));
    let (db, raw) = open(&url).await;
    Database { db, url, raw, folder: Some(folder), schema: None }
}

async fn postgres() -> Option<Database> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    #[expect(clippy::disallowed_methods, reason = "tests learn from the environment where PostgreSQL is")]
    let base = std::env::var("COUNTENANCE_TEST_POSTGRES").unwrap_or_else(|_| POSTGRES_DEFAULT.to_owned());
    sqlx::any::install_default_drivers();
    let pool = AnyPoolOptions::new().max_connections(1).connect(&base).await.ok()?;
    // Schemas of processes that were killed may still be there: the folder's name is random.
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
    let name = folder.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let word: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let schema = format!("t{}_{number}_{}", std::process::id(), word.to_lowercase());
    pool.execute(sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))))
        .await
        .unwrap_or_else(|error| panic!("no schema: {error}"));
    pool.close().await;
    let sign = if base.contains('?') { '&' } else { '?' };
    let url = format!("{base}{sign}options=-c%20search_path%3D{schema}");
    let (db, raw) = open(&url).await;
    Some(Database { db, url, raw, folder: None, schema: Some((schema, base)) })
}

async fn open(url: &str) -> (Db, AnyPool) {
    let db = Db::open(url, CONNECTIONS).await.unwrap_or_else(|error| panic!("the database does not open: {error}"));
    let raw = AnyPoolOptions::new().max_connections(1).connect(url).await;
    (db, raw.unwrap_or_else(|error| panic!("the database does not open twice: {error}")))
}
