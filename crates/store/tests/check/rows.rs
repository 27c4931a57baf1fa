//! Rows that were changed, deleted, put in or put back.

use crate::tamper::{Tampered, Value, check, others, text};
use store::db::Dialect;
use store::finding::What;
use store::ledger::{Act, Actor, Kind, Shard};
use store::table::{OUTSIDE, Table};
use testkit::town;

/// Columns of the ledger's own tables and of `meta` that nothing speaks of; [`OUTSIDE`] says so.
const UNSAID: &[(&str, &str)] = &[("ledger_checkpoints", "at_ms"), ("ledger_roots", "at_ms")];

fn is_ledger(table: &str) -> bool {
    table.starts_with("ledger_")
}

fn is_outside(table: &str) -> bool {
    OUTSIDE.iter().any(|(name, _)| *name == table)
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
        let offices =
            store::office::list(&mut db.read().await.unwrap(), store::limits::Window::default()).await.unwrap();
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
