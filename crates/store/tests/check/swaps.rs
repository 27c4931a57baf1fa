//! Rows of which one was given what another says, and copies put in beside the ledger's own rows.

use crate::tamper::{Raw, Tampered, Value, text};
use store::db::Dialect;
use store::finding::{Finding, What};
use store::table::Table;

/// The columns of a table that name its rows.
fn key(table: &Raw<'_>) -> usize {
    match table.name {
        "ledger_entries" | "ledger_checkpoints" => 2,
        "ledger_nodes" => 3,
        _ => 1,
    }
}

/// True for columns of which nothing speaks, and only those; [`store::table::OUTSIDE`] says so.
fn says_nothing(table: &Raw<'_>, columns: &[usize]) -> bool {
    let unsaid = |column: &usize| table.columns[*column] == "at_ms";
    ["ledger_checkpoints", "ledger_roots"].contains(&table.name) && columns.iter().all(unsaid)
}

/// Puts other rows in the place of two.
async fn replace(table: &Raw<'_>, from: [&[Value]; 2], to: [&[Value]; 2]) -> bool {
    for row in from {
        assert!(table.delete(row).await, "{}", table.name);
    }
    let mut done = Vec::new();
    for row in to {
        if table.insert(row).await {
            done.push(row);
        }
    }
    if done.len() == 2 {
        return true;
    }
    // Refused by the database: everything as it was.
    for row in done {
        assert!(table.delete(row).await, "{}", table.name);
    }
    for row in from {
        assert!(table.insert(row).await, "{}", table.name);
    }
    false
}

#[tokio::test]
async fn what_two_rows_say_exchanged_is_found() {
    for town in Tampered::all().await {
        let mut exchanged = std::collections::BTreeMap::new();
        for table in town.raw() {
            if Table::named(table.name).is_none() && !table.name.starts_with("ledger_") {
                continue;
            }
            let rows = table.rows().await;
            // On the slower database the first two rows are enough: what is computed does not depend on it.
            let pairs = if town.database.dialect() == Dialect::Sqlite { rows.len().saturating_sub(1) } else { 1 };
            for pair in rows.windows(2).take(pairs) {
                let (one, other) = (&pair[0], &pair[1]);
                let first = key(&table);
                let mut columns: Vec<Vec<usize>> = (first..one.len()).map(|column| vec![column]).collect();
                columns.push((first..one.len()).collect());
                for columns in columns {
                    let (mut left, mut right) = (one.clone(), other.clone());
                    for &column in &columns {
                        std::mem::swap(&mut left[column], &mut right[column]);
                    }
                    if left == *one || !replace(&table, [one, other], [&left, &right]).await {
                        continue;
                    }
                    let report = town.check().await;
                    let place = (table.name, columns.iter().map(|&c| table.columns[c]).collect::<Vec<_>>());
                    assert_eq!(report.is_right(), says_nothing(&table, &columns), "{place:?} {one:?} {other:?}");
                    if !table.name.starts_with("ledger_") {
                        for row in [one, other] {
                            let id = text(&row[0]);
                            let named = |finding: &Finding| {
                                matches!(finding.what, What::RowChanged | What::RowRolledBack)
                                    && finding.table.as_deref() == Some(table.name)
                                    && finding.id.as_deref() == Some(id)
                            };
                            assert!(report.findings.list().iter().any(named), "{place:?} of {id}: {report:#?}");
                        }
                    }
                    *exchanged.entry(table.name).or_insert(0) += 1;
                    assert!(replace(&table, [&left, &right], [one, other]).await, "{} put back", table.name);
                }
            }
        }
        println!("{:?}: {exchanged:?}", town.database);
        for table in ["persons", "operators", "visits", "bio_portraits", "bio_keys", "evidences", "ledger_entries"] {
            assert!(exchanged.contains_key(table), "nothing was exchanged in {table}");
        }
        assert!(town.check().await.is_right());
    }
}

#[tokio::test]
async fn a_copy_beside_any_row_of_the_ledger_is_found() {
    for town in Tampered::all().await {
        let mut inserted = 0;
        for table in town.raw().into_iter().filter(|table| table.name.starts_with("ledger_")) {
            for row in table.rows().await {
                // A place of its own for the copy: each column of the key in turn, a little further or far away.
                for column in 0..key(&table) {
                    let places = match &row[column] {
                        Value::Integer(number) => [1, 2, 1000].map(|step| Value::Integer(number + step)).to_vec(),
                        Value::Text(_) => vec![Value::Text("zz".to_owned()), Value::Text(String::new())],
                        other => panic!("{}: a key of {other:?}", table.name),
                    };
                    for place in places {
                        let mut copy = row.clone();
                        copy[column] = place;
                        if !table.insert(&copy).await {
                            continue;
                        }
                        let report = town.check().await;
                        assert!(!report.is_right(), "{} {copy:?}", table.name);
                        assert!(table.delete(&copy).await);
                        inserted += 1;
                    }
                }
                if town.database.dialect() == Dialect::Postgres {
                    break;
                }
            }
        }
        assert!(inserted > 15, "{inserted}");
        assert!(town.check().await.is_right());
    }
}
