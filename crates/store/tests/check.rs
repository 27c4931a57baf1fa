//! Everything that can be done to a database behind the service's back, and what `db check` says to it.
#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use seal::keys::{Domain, FileRing, Rotate};
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{AnyPool, AssertSqlSafe, Column as _, Executor as _, Row as _, ValueRef as _};
use store::check::{Depth, Report};
use store::db::Dialect;
use store::finding::What;
use store::ledger::{Act, Actor, Kind, Shard};
use store::table::{OUTSIDE, Table};
use store::{Code, Db, Means};
use testkit::SeededRandom;
use testkit::store::Database;
use testkit::town;

/// A value of any column.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Null(AnyTypeInfoKind),
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

fn value(row: &AnyRow, index: usize) -> Value {
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

type Query<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;

fn bind<'q>(query: Query<'q>, value: &Value) -> Query<'q> {
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
fn others(value: &Value) -> Vec<Value> {
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
struct Raw<'a> {
    pool: &'a AnyPool,
    name: &'static str,
    columns: Vec<&'static str>,
}

impl Raw<'_> {
    async fn rows(&self) -> Vec<Vec<Value>> {
        let statement = format!("SELECT {} FROM {} ORDER BY 1, 2", self.columns.join(", "), self.name);
        let rows = self.pool.fetch_all(sqlx::query(AssertSqlSafe(statement))).await.unwrap();
        rows.iter().map(|row| (0..self.columns.len()).map(|index| value(row, index)).collect()).collect()
    }

    /// Changes the row that is `from` in all columns into `to`; false if the database refuses.
    async fn change(&self, from: &[Value], to: &[Value]) -> bool {
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

    async fn insert(&self, row: &[Value]) -> bool {
        let places: Vec<String> = (1..=row.len()).map(|number| format!("${number}")).collect();
        let statement =
            format!("INSERT INTO {} ({}) VALUES ({})", self.name, self.columns.join(", "), places.join(", "));
        let query = row.iter().fold(sqlx::query(AssertSqlSafe(statement)), bind);
        self.pool.execute(query).await.is_ok()
    }

    async fn delete(&self, row: &[Value]) -> bool {
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
struct Tampered {
    database: Database,
    ring: FileRing,
    random: SeededRandom,
}

impl Tampered {
    async fn all() -> Vec<Self> {
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

    fn means(&self, seconds: i64) -> Means<'_> {
        Means {
            now: town::morning() + jiff::SignedDuration::from_secs(seconds),
            random: &self.random,
            ring: &self.ring,
        }
    }

    fn raw(&self) -> Vec<Raw<'_>> {
        let pool = self.database.raw();
        store::dump::contents().into_iter().map(|(name, columns)| Raw { pool, name, columns }).collect()
    }

    fn table(&self, name: &str) -> Raw<'_> {
        self.raw().into_iter().find(|table| table.name == name).unwrap()
    }

    async fn check(&self) -> Report {
        check(&self.database, &self.means(2000)).await
    }
}

async fn check(db: &Db, means: &Means<'_>) -> Report {
    store::check::check(&mut db.read().await.unwrap(), means, Depth::Full, &mut |_| {}).await.unwrap()
}

/// Columns of the ledger's own tables and of `meta` that nothing speaks of; [`OUTSIDE`] says so.
const UNSAID: &[(&str, &str)] = &[("ledger_checkpoints", "at_ms"), ("ledger_roots", "at_ms")];

fn is_ledger(table: &str) -> bool {
    table.starts_with("ledger_")
}

fn is_outside(table: &str) -> bool {
    OUTSIDE.iter().any(|(name, _)| *name == table)
}

fn text(value: &Value) -> &str {
    if let Value::Text(text) = value { text } else { "" }
}

#[tokio::test]
async fn every_table_has_rows_and_is_protected_or_outside() {
    for town in Tampered::all().await {
        for table in town.raw() {
            assert!(!table.rows().await.is_empty(), "{} has no row to tamper with", table.name);
            assert_ne!(Table::named(table.name).is_some(), is_outside(table.name), "{}", table.name);
        }
        assert!(town.check().await.keys > 5);
    }
}

#[tokio::test]
async fn every_changed_column_of_every_row_is_found() {
    for town in Tampered::all().await {
        let mut refused = 0;
        let mut found = 0;
        for table in town.raw() {
            if is_outside(table.name) && !is_ledger(table.name) {
                continue;
            }
            // What is computed does not depend on the database, so that on the slower one a row of each table is enough.
            let rows = if town.database.dialect() == Dialect::Sqlite { usize::MAX } else { 1 };
            for row in table.rows().await.into_iter().take(rows) {
                for index in 0..row.len() {
                    for other in others(&row[index]) {
                        let mut changed = row.clone();
                        changed[index] = other;
                        if changed == row || !table.change(&row, &changed).await {
                            refused += 1;
                            continue;
                        }
                        let report = town.check().await;
                        let place = (table.name, table.columns[index]);
                        assert_eq!(report.is_right(), UNSAID.contains(&place), "{place:?} {changed:?}");
                        if !is_ledger(table.name) {
                            let id = text(&row[0]);
                            let named = |finding: &&store::finding::Finding| {
                                finding.table.as_deref() == Some(table.name) && finding.id.as_deref() == Some(id)
                            };
                            let what = report.findings.list().iter().find(named).map(|finding| finding.what);
                            let changed = matches!(what, Some(What::RowChanged | What::RowRolledBack));
                            assert!(changed || index == 0, "{place:?} {what:?}");
                        }
                        found += 1;
                        assert!(table.change(&changed, &row).await, "{} put back", table.name);
                    }
                }
            }
        }
        println!("{:?}: {found} changes found, {refused} refused by the database", town.database);
        assert!(found > 250);
        assert!(town.check().await.is_right());
    }
}

#[tokio::test]
async fn every_deleted_row_is_found() {
    for town in Tampered::all().await {
        for table in town.raw() {
            if is_outside(table.name) && !is_ledger(table.name) {
                continue;
            }
            let rows = table.rows().await;
            for (number, row) in rows.iter().enumerate() {
                assert!(table.delete(row).await, "{}", table.name);
                let report = town.check().await;
                // Nothing in the database speaks of the last root; what was kept outside does.
                let last_root = table.name == "ledger_roots" && number + 1 == rows.len();
                assert_eq!(report.is_right(), last_root, "{} row {number}", table.name);
                if !is_ledger(table.name) {
                    let removed = |finding: &store::finding::Finding| {
                        finding.what == What::RowRemoved
                            && finding.table.as_deref() == Some(table.name)
                            && finding.seq.is_some()
                    };
                    assert!(report.findings.list().iter().any(removed), "{}: {report:#?}", table.name);
                }
                assert!(table.insert(row).await, "{} put back", table.name);
            }
        }
        assert!(town.check().await.is_right());
    }
}

#[tokio::test]
async fn every_inserted_row_is_found() {
    for town in Tampered::all().await {
        let mut inserted = 0;
        for table in town.raw() {
            if is_outside(table.name) {
                continue;
            }
            let mut row = table.rows().await.swap_remove(0);
            // A copy under another id; what must be unique becomes another as well.
            for (column, value) in table.columns.iter().zip(&mut row) {
                let unique = ["code", "login", "pseudonym", "subject", "portrait_id", "capture_ref", "purpose", "name"];
                *value = match value.clone() {
                    Value::Text(text) if *column == "id" => Value::Text(format!("z{}", &text[1..])),
                    Value::Text(text) if unique.contains(column) => Value::Text(format!("{text}z")),
                    Value::Text(text) if column.ends_with("_id") && table.name != "persons" => {
                        Value::Text(format!("z{}", &text[1..]))
                    }
                    Value::Bytes(bytes) => Value::Bytes([&bytes[..], &[0]].concat()),
                    value => value,
                };
            }
            assert!(table.insert(&row).await, "{}", table.name);
            let report = town.check().await;
            let named = |finding: &store::finding::Finding| {
                finding.what == What::RowInserted
                    && finding.table.as_deref() == Some(table.name)
                    && finding.id.as_deref() == Some(text(&row[0]))
            };
            assert!(report.findings.list().iter().any(named), "{}: {report:#?}", table.name);
            assert!(table.delete(&row).await);
            inserted += 1;
        }
        assert_eq!(inserted, Table::ALL.len());
        // A row with an empty id hides from nobody.
        let table = town.table("offices");
        let mut row = table.rows().await.swap_remove(0);
        (row[0], row[1]) = (Value::Text(String::new()), Value::Text("hidden".to_owned()));
        assert!(table.insert(&row).await);
        assert!(!town.check().await.is_right());
    }
}

#[tokio::test]
async fn a_row_put_back_is_found_and_both_entries_named() {
    for town in Tampered::all().await {
        let (db, means) = (&town.database, town.means(3000));
        let operators = town.table("operators");
        let before = operators.rows().await;
        let offices = store::office::list(&mut db.read().await.unwrap()).await.unwrap();
        let operator = store::operator::list(&mut db.read().await.unwrap(), None).await.unwrap().swap_remove(0);
        let mut tx = db.write().await.unwrap();
        store::operator::disable(&mut tx, &means, &operator.id).await.unwrap();
        let act = Act::new(Kind::OperatorDisabled, Shard::Office(offices[0].id.clone()), &Actor::System);
        town::note(tx, &means, act).await.unwrap();
        assert_eq!(check(db, &means).await.findings.list(), []);

        let now = operators.rows().await;
        let old = before.iter().find(|row| text(&row[0]) == operator.id.as_str()).unwrap();
        let new = now.iter().find(|row| text(&row[0]) == operator.id.as_str()).unwrap();
        assert!(old != new && operators.change(new, old).await);
        let report = check(db, &means).await;
        let [finding] = report.findings.list() else { panic!("{report:#?}") };
        assert_eq!(finding.what, What::RowRolledBack);
        assert_eq!((finding.table.as_deref(), finding.id.as_deref()), (Some("operators"), Some(operator.id.as_str())));
        // The later entry stands in the office's tree; the earlier one, in the register, is told in words.
        assert_eq!(finding.shard.as_deref(), Some(offices[0].id.as_str()));
        assert!(finding.detail.contains(" of register "), "{}", finding.detail);
    }
}

/// Rewrites the last entry of the register as somebody would who knows everything but the keys: leaf, nodes and head fit it.
async fn forge_last(town: &Tampered) {
    let pool = town.database.raw();
    let rows: Vec<(i64, Vec<u8>, String)> =
        sqlx::query_as("SELECT seq, leaf, entry FROM ledger_entries WHERE shard = 'register' ORDER BY seq")
            .fetch_all(pool)
            .await
            .unwrap();
    let (last, rest) = rows.split_last().unwrap();
    let mut tree = seal::tree::Frontier::default();
    for (_, leaf, _) in rest {
        tree.append(leaf.as_slice().try_into().unwrap());
    }
    let forged = last.2.replace("\"system\"", "\"citizen\"");
    assert_ne!(forged, last.2);
    let leaf = seal::tree::leaf_hash(forged.as_bytes());
    for node in &tree.append(leaf)[1..] {
        let statement = "UPDATE ledger_nodes SET hash = $1 WHERE shard = 'register' AND level = $2 AND position = $3";
        let query = sqlx::query(statement).bind(node.hash.to_vec());
        let query = query.bind(i64::from(node.place.level)).bind(i64::try_from(node.place.index).unwrap());
        assert_eq!(pool.execute(query).await.unwrap().rows_affected(), 1);
    }
    let statement =
        "UPDATE ledger_entries SET leaf = $1, entry = $2, actor = 'citizen' WHERE shard = 'register' AND seq = $3";
    pool.execute(sqlx::query(statement).bind(leaf.to_vec()).bind(forged).bind(last.0)).await.unwrap();
    let statement = "UPDATE ledger_heads SET frontier = $1 WHERE shard = 'register'";
    pool.execute(sqlx::query(statement).bind(tree.to_bytes())).await.unwrap();
}

#[tokio::test]
async fn an_entry_forged_with_all_hashes_before_any_checkpoint_is_found() {
    for town in Tampered::all().await {
        let means = town.means(3000);
        let act = Act::new(Kind::RetentionRun, Shard::Register, &Actor::System);
        town::note(town.database.write().await.unwrap(), &means, act).await.unwrap();
        assert!(check(&town.database, &means).await.is_right());
        forge_last(&town).await;
        let report = check(&town.database, &means).await;
        let [finding] = report.findings.list() else { panic!("{report:#?}") };
        assert_eq!((finding.what, finding.seq), (What::EntryForged, Some(3)));
    }
}

#[tokio::test]
async fn a_deleted_row_put_back_is_found() {
    for town in Tampered::all().await {
        let (db, means) = (&town.database, town.means(3000));
        let captures = town.table("bio_frames");
        let frames = captures.rows().await;
        let (capture,): (String,) = sqlx::query_as("SELECT id FROM captures WHERE ended_at_ms IS NULL")
            .fetch_one(town.database.raw())
            .await
            .unwrap();
        let mut tx = db.write().await.unwrap();
        store::capture::end(&mut tx, &means, &capture.parse().unwrap()).await.unwrap();
        town::note(tx, &means, Act::new(Kind::CaptureEnded, Shard::Register, &Actor::System)).await.unwrap();
        assert_eq!(check(db, &means).await.findings.list(), []);
        assert!(captures.insert(&frames[0]).await);
        let report = check(db, &means).await;
        let whats: Vec<What> = report.findings.list().iter().map(|finding| finding.what).collect();
        assert_eq!(whats, [What::RowReturned, What::RuleBroken]);
        assert_eq!(report.findings.list()[0].id.as_deref(), Some(text(&frames[0][0])));
    }
}

#[tokio::test]
async fn broken_rules_are_found() {
    for town in Tampered::all().await {
        let broken = [
            ("UPDATE visits SET closed_at_ms = NULL WHERE closed_at_ms IS NOT NULL", "its visit is still open"),
            ("UPDATE visits SET closed_at_ms = 1 WHERE closed_at_ms IS NULL", "it is closed without an outcome"),
            ("UPDATE incidents SET seconded_by = NULL", "it was decided without a second operator"),
            ("DELETE FROM incidents", "it suspects impersonation, and no second operator confirmed an incident"),
            ("DELETE FROM judgements", "it was opened before anyone judged"),
            ("UPDATE consents SET state = 'withdrawn'", "no live consent keeps it"),
            ("UPDATE consents SET expires_at_ms = 1", "no live consent keeps it"),
            ("DELETE FROM consent_events WHERE kind = 'given'", "no event tells how it came to its state"),
            ("UPDATE captures SET ended_at_ms = 1", "its capture has ended"),
            (
                "UPDATE persons SET pseudonym = pseudonym || '1'",
                "the ledger speaks of this pseudonym, and nobody has it",
            ),
        ];
        for (statement, detail) in broken {
            let tables = town.raw();
            let name = statement.split(' ').nth(if statement.starts_with('U') { 1 } else { 2 }).unwrap();
            let table = tables.iter().find(|table| table.name == name).unwrap();
            let before = table.rows().await;
            assert!(town.database.tamper(statement).await > 0, "{statement}");
            let report = town.check().await;
            let rule = |finding: &&store::finding::Finding| {
                finding.what == What::RuleBroken && finding.detail.starts_with(detail)
            };
            let found = report.findings.list().iter().find(rule);
            assert!(found.is_some_and(|finding| finding.id.is_some()), "{statement}: {report:#?}");
            for row in table.rows().await {
                assert!(table.delete(&row).await);
            }
            for row in before {
                assert!(table.insert(&row).await);
            }
        }
        assert_eq!(town.check().await.findings.list(), []);
    }
}

#[tokio::test]
async fn an_old_or_foreign_ring_is_refused_and_a_newer_one_noted() {
    for town in Tampered::all().await {
        let open = async |ring: &FileRing| {
            let means = Means { ring, ..town.means(3000) };
            let mut tx = town.database.write().await.unwrap();
            let opened = store::meta::open_check(&mut tx, &means).await;
            tx.commit().await.unwrap();
            opened.map_err(|error| error.code().unwrap())
        };
        let old = testkit::ring();
        let mut new = testkit::ring();
        new.rotate(&Rotate::Domains(vec![Domain::Identity]), "2026-11-22", &town.random).unwrap();
        let foreign = FileRing::generate("2026-11-21", &SeededRandom::new(77)).unwrap();
        assert_eq!(open(&foreign).await, Err(Code::KeyRingStale));
        assert!(open(&old).await.is_ok());
        assert!(open(&new).await.is_ok());
        assert_eq!(open(&old).await, Err(Code::KeyRingStale));
        assert!(open(&new).await.is_ok());

        let stale = check(&town.database, &town.means(3000)).await;
        assert!(stale.findings.list().iter().any(|finding| finding.what == What::KeyRingStale), "{stale:#?}");
        let right = check(&town.database, &Means { ring: &new, ..town.means(3000) }).await;
        assert_eq!(right.findings.list(), []);

        // A key that is retired is forgotten first.
        let retired = seal::keys::KeyRing::current(&old, Domain::Identity);
        let mut tx = town.database.write().await.unwrap();
        store::meta::forget_keys(&mut tx, std::slice::from_ref(&retired)).await.unwrap();
        tx.commit().await.unwrap();
        new.retire(&retired).unwrap();
        assert!(open(&new).await.is_ok());
        let report = check(&town.database, &Means { ring: &new, ..town.means(3000) }).await;
        assert!(report.findings.list().iter().all(|finding| finding.what == What::KeyUnknown), "{report:#?}");
        assert!(!report.is_right(), "persons are still wrapped with it");
    }
}

#[tokio::test]
async fn an_installation_keeps_its_origin() {
    for town in Tampered::all().await {
        let install = async |origin: &str| {
            let mut tx = town.database.write().await.unwrap();
            let installed = store::meta::install(&mut tx, &town.means(3000), origin).await;
            tx.commit().await.unwrap();
            installed.map_err(|error| error.code().unwrap())
        };
        let first = install(town::ORIGIN).await.unwrap();
        assert_eq!(install(town::ORIGIN).await.unwrap(), first);
        assert_eq!(install("village.example.gov").await, Err(Code::Conflict));
        assert_eq!(install("Not A Name").await, Err(Code::RowInvalid));
        // A changed origin spoils the signatures.
        town.database.tamper("UPDATE meta SET value = 'village.example.gov' WHERE key = 'origin'").await;
        assert!(town.check().await.findings.list().iter().any(|finding| finding.what == What::CheckpointInvalid));
    }
}
