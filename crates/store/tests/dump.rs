//! Backup, restore and moving: what comes back is what was there, or nothing is.
#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use seal::checkpoint::Verifier;
use seal::keys::{FileRing, KeyRing, SignUse};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use store::db::Dialect;
use store::dump::{self, Restored};
use store::ledger::verify::Trust;
use store::ledger::{Act, Actor, Kind, Shard};
use store::table::{OUTSIDE, Table};
use store::{Code, Db, Error, Means};
use testkit::SeededRandom;
use testkit::store::Database;
use testkit::town::{self, ORIGIN};

const KINDS: [Dialect; 2] = [Dialect::Sqlite, Dialect::Postgres];

struct Keys {
    ring: FileRing,
    random: SeededRandom,
}

impl Keys {
    fn new() -> Self {
        Self { ring: testkit::ring(), random: SeededRandom::new(1) }
    }

    fn means(&self) -> Means<'_> {
        Means { now: town::morning() + jiff::SignedDuration::from_hours(1), random: &self.random, ring: &self.ring }
    }

    fn verifiers(&self) -> Vec<Verifier> {
        seal::checkpoint::verifiers(ORIGIN, &self.ring.public_keys(SignUse::Ledger)).unwrap()
    }
}

/// An empty database of the kind; PostgreSQL may not be there.
#[expect(clippy::print_stderr, reason = "whoever runs the tests must see that half of them did not run")]
async fn fresh(dialect: Dialect) -> Option<Database> {
    let database = testkit::store::fresh(dialect).await;
    if database.is_none() {
        eprintln!("SKIPPED: no PostgreSQL");
    }
    database
}

async fn town(dialect: Dialect, keys: &Keys) -> Option<Database> {
    let database = fresh(dialect).await?;
    let means = Means { now: town::morning(), ..keys.means() };
    town::build(&database, &means).await.unwrap();
    Some(database)
}

async fn backup(db: &Db, keys: &Keys) -> Vec<u8> {
    let mut out = Vec::new();
    dump::backup(&mut db.read().await.unwrap(), &keys.means(), &mut out, &mut |_| {}).await.unwrap();
    out
}

async fn restore(db: &Db, keys: &Keys, bytes: &[u8]) -> Result<Restored, Error> {
    dump::restore(db, &keys.means(), &mut &bytes[..], &mut |_| {}).await
}

/// Everything in a database: for each table, its rows as text, sorted.
async fn everything(database: &Database) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for (table, columns) in dump::contents() {
        let statement = format!("SELECT {} FROM {table}", columns.join(", "));
        let rows = database.raw().fetch_all(sqlx::query(AssertSqlSafe(statement))).await.unwrap();
        let value = |row: &sqlx::any::AnyRow, index: usize| {
            let text = row.try_get::<Option<String>, _>(index).map(|text| format!("{text:?}"));
            let number = || row.try_get::<Option<i64>, _>(index).map(|number| format!("{number:?}"));
            text.or_else(|_| number()).unwrap_or_else(|_| format!("{:?}", row.get::<Option<Vec<u8>>, _>(index)))
        };
        let line = |row| (0..columns.len()).map(|index| value(row, index)).collect::<Vec<_>>().join(" ");
        let mut rows: Vec<String> = rows.iter().map(line).collect();
        rows.sort();
        all.push((table.to_owned(), rows));
    }
    all
}

#[tokio::test]
async fn a_backup_covers_every_table_and_column() {
    for database in testkit::store::databases().await {
        let (tables, columns) = match database.dialect() {
            Dialect::Sqlite => (
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
                "SELECT name FROM pragma_table_info($1)",
            ),
            Dialect::Postgres => (
                "SELECT table_name::TEXT FROM information_schema.tables WHERE table_schema = current_schema()",
                "SELECT column_name::TEXT FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
            ),
        };
        let names = async |statement: &'static str, table: Option<&str>| -> Vec<String> {
            let query = sqlx::query(statement);
            let query = if let Some(table) = table { query.bind(table.to_owned()) } else { query };
            database.raw().fetch_all(query).await.unwrap().iter().map(|row| row.get(0)).collect()
        };
        let mut there = names(tables, None).await;
        there.retain(|table| table != "_sqlx_migrations");
        there.sort();
        let contents = dump::contents();
        let mut held: Vec<String> = contents.iter().map(|(table, _)| (*table).to_owned()).collect();
        held.sort();
        assert_eq!(held, there, "{database:?}");
        for (table, listed) in contents {
            assert_eq!(names(columns, Some(table)).await, listed, "{table}");
            let outside = OUTSIDE.iter().any(|(name, _)| *name == table);
            assert_ne!(Table::named(table).is_some(), outside, "{table}");
        }
    }
}

#[tokio::test]
async fn a_backup_comes_back_on_either_database() {
    let keys = Keys::new();
    for from in KINDS {
        let Some(source) = town(from, &keys).await else { continue };
        let bytes = backup(&source, &keys).await;
        let before = everything(&source).await;
        assert!(before.iter().all(|(_, rows)| !rows.is_empty()));
        for to in KINDS {
            let Some(target) = fresh(to).await else { continue };
            let restored = restore(&target, &keys, &bytes).await.unwrap();
            assert_eq!(restored.report.findings.list(), [], "{from:?} to {to:?}");
            assert_eq!(restored.saved.rows, before.iter().map(|(_, rows)| rows.len() as u64).sum::<u64>());
            assert_eq!(everything(&target).await, before, "{from:?} to {to:?}");
            let export = town::export(&target, &keys.means()).await.unwrap();
            let verifiers = keys.verifiers();
            let trust = Trust { keys: Some(&verifiers), outside: &[] };
            assert!(store::ledger::verify(&export[..], &trust, &mut |_| {}).unwrap().is_right());
            // The copy lives: the ledger goes on where it was.
            let act = Act::new(Kind::BackupRestored, Shard::Register, &Actor::System);
            town::note(target.write().await.unwrap(), &keys.means(), act).await.unwrap();
            let depth = store::check::Depth::Full;
            let mut tx = target.read().await.unwrap();
            assert!(store::check::check(&mut tx, &keys.means(), depth, &mut |_| {}).await.unwrap().is_right());
        }
    }
}

#[tokio::test]
async fn a_database_moves_to_the_other_kind_without_a_file() {
    let keys = Keys::new();
    for (from, to) in [(Dialect::Sqlite, Dialect::Postgres), (Dialect::Postgres, Dialect::Sqlite)] {
        let (Some(source), Some(target)) = (town(from, &keys).await, fresh(to).await) else { continue };
        let mut told = 0;
        let mut tx = source.read().await.unwrap();
        let moved = dump::copy(&mut tx, &target, &keys.means(), &mut |_| told += 1).await.unwrap();
        assert!(moved.report.is_right() && told > 10, "{:#?}", moved.report);
        assert_eq!(everything(&target).await, everything(&source).await);
    }
}

#[tokio::test]
async fn a_database_with_rows_is_not_restored_into() {
    let keys = Keys::new();
    for database in testkit::store::databases().await {
        let source = town(Dialect::Sqlite, &keys).await.unwrap();
        let bytes = backup(&source, &keys).await;
        let mut tx = database.write().await.unwrap();
        store::meta::install(&mut tx, &keys.means(), ORIGIN).await.unwrap();
        tx.commit().await.unwrap();
        let before = everything(&database).await;
        let refused = restore(&database, &keys, &bytes).await.unwrap_err();
        assert_eq!(refused.code(), Some(Code::TargetNotEmpty));
        let refused = dump::copy(&mut source.read().await.unwrap(), &database, &keys.means(), &mut |_| {}).await;
        assert_eq!(refused.unwrap_err().code(), Some(Code::TargetNotEmpty));
        assert_eq!(everything(&database).await, before);
    }
}

#[tokio::test]
async fn a_damaged_backup_restores_nothing() {
    let keys = Keys::new();
    let source = town(Dialect::Sqlite, &keys).await.unwrap();
    let bytes = backup(&source, &keys).await;
    let target = fresh(Dialect::Sqlite).await.unwrap();
    let step = bytes.len() / 37;
    for at in (0..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(restore(&target, &keys, &changed).await.is_err(), "byte {at}");
        assert!(restore(&target, &keys, &bytes[..at]).await.is_err(), "cut at {at}");
    }
    let longer = [&bytes[..], b"x"].concat();
    assert!(restore(&target, &keys, &longer).await.is_err());
    let other = Keys { ring: FileRing::generate("2026-11-21", &SeededRandom::new(5)).unwrap(), ..Keys::new() };
    assert!(restore(&target, &other, &bytes).await.is_err());
    assert!(everything(&target).await.iter().all(|(_, rows)| rows.is_empty()));
    assert!(restore(&target, &keys, &bytes).await.unwrap().report.is_right());
}

#[tokio::test]
async fn a_backup_holds_nothing_in_the_clear() {
    let keys = Keys::new();
    let source = town(Dialect::Sqlite, &keys).await.unwrap();
    let bytes = backup(&source, &keys).await;
    for word in ["North office", "first.clerk", "persons", "retention"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

#[tokio::test]
async fn a_backup_is_of_one_moment() {
    let keys = Keys::new();
    for dialect in KINDS {
        let Some(source) = town(dialect, &keys).await else { continue };
        let mut tx = source.read().await.unwrap();
        // The snapshot begins with the first statement.
        let installed = store::meta::installation(&mut tx).await.unwrap();
        assert!(installed.is_some());
        let before = everything(&source).await;
        let act = Act::new(Kind::BackupMade, Shard::Register, &Actor::System);
        town::note(source.write().await.unwrap(), &keys.means(), act).await.unwrap();
        let mut bytes = Vec::new();
        dump::backup(&mut tx, &keys.means(), &mut bytes, &mut |_| {}).await.unwrap();
        drop(tx);
        let target = fresh(dialect).await.unwrap();
        assert!(restore(&target, &keys, &bytes).await.unwrap().report.is_right());
        assert_eq!(everything(&target).await, before);
        assert_ne!(everything(&source).await, before);
    }
}
