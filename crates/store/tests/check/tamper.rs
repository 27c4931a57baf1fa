//! A town, and everything that can be done to its rows behind the service's back.

use seal::keys::FileRing;
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{AnyPool, AssertSqlSafe, Column as _, Executor as _, Row as _, ValueRef as _};
use store::check::{Depth, Report};
use store::db::Dialect;
use store::{Db, Means};
use testkit::SeededRandom;
use testkit::store::Database;
use testkit::town;

/// A value of any column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null(AnyTypeInfoKind),
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

pub(crate) fn value(row: &AnyRow, index: usize) -> Value {
    let raw = row.try_get_raw(index).unwrap();
    if raw.is_null() {
        return Value::Null(row.column(index).type_info().kind());
    }
    match raw.type_info().kind() {
        AnyTypeInfoKind::Text => Value::Text(row.get(index)),
        AnyTypeInfoKind::Blob => Value::Bytes(row.get(index)),
        _ => Value::Integer(row.get(index)),
    }
}

pub(crate) type Query<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;

pub(crate) fn bind<'q>(query: Query<'q>, value: &Value) -> Query<'q> {
    match value.clone() {
        Value::Null(AnyTypeInfoKind::Text) => query.bind(None::<String>),
        Value::Null(AnyTypeInfoKind::Blob) => query.bind(None::<Vec<u8>>),
        Value::Null(_) => query.bind(None::<i64>),
        Value::Integer(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
        Value::Bytes(bytes) => query.bind(bytes),
    }
}

/// Other values that a column could hold.
pub(crate) fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null(AnyTypeInfoKind::Text) => vec![Value::Text("x".to_owned())],
        Value::Null(AnyTypeInfoKind::Blob) => vec![Value::Bytes(vec![7])],
        Value::Null(_) => vec![Value::Integer(7)],
        Value::Integer(number) => vec![Value::Integer(number + 1), Value::Null(AnyTypeInfoKind::BigInt)],
        Value::Text(text) => {
            let mut changed = text.clone().into_bytes();
            if let Some(last) = changed.last_mut() {
                *last = if *last == b'0' { b'1' } else { b'0' };
            }
            let changed = String::from_utf8(changed).unwrap_or_default();
            vec![Value::Text(format!("{text}0")), Value::Text(changed), Value::Null(AnyTypeInfoKind::Text)]
        }
        Value::Bytes(bytes) => {
            let mut changed = bytes.clone();
            if let Some(first) = changed.first_mut() {
                *first ^= 1;
            }
            vec![Value::Bytes(changed), Value::Bytes(Vec::new()), Value::Null(AnyTypeInfoKind::Blob)]
        }
    }
}

/// A table as the database has it.
pub(crate) struct Raw<'a> {
    pub(crate) pool: &'a AnyPool,
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<&'static str>,
}

impl Raw<'_> {
    pub(crate) async fn rows(&self) -> Vec<Vec<Value>> {
        let statement = format!("SELECT {} FROM {} ORDER BY 1, 2", self.columns.join(", "), self.name);
        let rows = self.pool.fetch_all(sqlx::query(AssertSqlSafe(statement))).await.unwrap();
        rows.iter().map(|row| (0..self.columns.len()).map(|index| value(row, index)).collect()).collect()
    }

    /// Changes the row that is `from` in all columns into `to`; false if the database refuses.
    pub(crate) async fn change(&self, from: &[Value], to: &[Value]) -> bool {
        let mut set = Vec::new();
        let mut find = Vec::new();
        for (index, column) in self.columns.iter().enumerate() {
            set.push(format!("{column} = ${}", index + 1));
            find.push(format!(
                "({column} = ${0} OR ({column} IS NULL AND ${0} IS NULL))",
                self.columns.len() + index + 1
            ));
        }
        let statement = format!("UPDATE {} SET {} WHERE {}", self.name, set.join(", "), find.join(" AND "));
        let query = to.iter().chain(from).fold(sqlx::query(AssertSqlSafe(statement)), bind);
        match self.pool.execute(query).await {
            Ok(done) => {
                assert_eq!(done.rows_affected(), 1, "{}", self.name);
                true
            }
            Err(_) => false,
        }
    }

    pub(crate) async fn insert(&self, row: &[Value]) -> bool {
        let places: Vec<String> = (1..=row.len()).map(|number| format!("${number}")).collect();
        let statement =
            format!("INSERT INTO {} ({}) VALUES ({})", self.name, self.columns.join(", "), places.join(", "));
        let query = row.iter().fold(sqlx::query(AssertSqlSafe(statement)), bind);
        self.pool.execute(query).await.is_ok()
    }

    pub(crate) async fn delete(&self, row: &[Value]) -> bool {
        let find: Vec<String> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| format!("({column} = ${0} OR ({column} IS NULL AND ${0} IS NULL))", index + 1))
            .collect();
        let statement = format!("DELETE FROM {} WHERE {}", self.name, find.join(" AND "));
        let query = row.iter().fold(sqlx::query(AssertSqlSafe(statement)), bind);
        self.pool.execute(query).await.is_ok_and(|done| done.rows_affected() == 1)
    }
}

/// A town in a database, and a connection that obeys no foreign keys.
pub(crate) struct Tampered {
    pub(crate) database: Database,
    pub(crate) ring: FileRing,
    pub(crate) random: SeededRandom,
}

impl Tampered {
    pub(crate) async fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for database in testkit::store::databases().await {
            let this = Self { database, ring: testkit::ring(), random: SeededRandom::new(1) };
            town::build(&this.database, &this.means(0)).await.unwrap();
            let rules = match this.database.dialect() {
                Dialect::Sqlite => "PRAGMA foreign_keys = OFF",
                Dialect::Postgres => "SET session_replication_role = replica",
            };
            this.database.tamper(rules).await;
            if this.database.dialect() == Dialect::Sqlite {
                this.database.tamper("PRAGMA synchronous = OFF").await;
            }
            assert_eq!(this.check().await.findings.list(), [], "{:?} before anything was done", this.database);
            all.push(this);
        }
        all
    }

    pub(crate) fn means(&self, seconds: i64) -> Means<'_> {
        Means {
            now: town::morning() + jiff::SignedDuration::from_secs(seconds),
            random: &self.random,
            ring: &self.ring,
        }
    }

    pub(crate) fn raw(&self) -> Vec<Raw<'_>> {
        let pool = self.database.raw();
        store::dump::contents().into_iter().map(|(name, columns)| Raw { pool, name, columns }).collect()
    }

    pub(crate) fn table(&self, name: &str) -> Raw<'_> {
        self.raw().into_iter().find(|table| table.name == name).unwrap()
    }

    pub(crate) async fn check(&self) -> Report {
        check(&self.database, &self.means(2000)).await
    }
}

pub(crate) async fn check(db: &Db, means: &Means<'_>) -> Report {
    store::check::check(&mut db.read().await.unwrap(), means, Depth::Full, &mut |_| {}).await.unwrap()
}

pub(crate) fn text(value: &Value) -> &str {
    if let Value::Text(text) = value { text } else { "" }
}
