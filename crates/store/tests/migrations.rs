//! The two folders of migrations are one text: each file of PostgreSQL follows from that of SQLite by replacing words.

#![expect(clippy::unwrap_used, reason = "a file that cannot be read fails the test")]

use std::collections::BTreeMap;
use std::path::Path;

fn folder(name: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(name);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// SQLite's text as PostgreSQL's: whole words only.
fn translated(sqlite: &str) -> String {
    let mut text = String::with_capacity(sqlite.len());
    let mut word = String::new();
    for c in sqlite.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        text.push_str(match word.as_str() {
            "INTEGER" => "BIGINT",
            "BLOB" => "BYTEA",
            other => other,
        });
        word.clear();
        text.push(c);
    }
    text.trim_end_matches('\0').replace(") STRICT, WITHOUT ROWID;", ");").replace(") STRICT;", ");")
}

#[test]
fn both_folders_say_the_same() {
    let (sqlite, postgres) = (folder("sqlite"), folder("postgres"));
    assert!(sqlite.len() >= 7);
    assert_eq!(sqlite.keys().collect::<Vec<_>>(), postgres.keys().collect::<Vec<_>>());
    for (name, text) in &sqlite {
        assert_eq!(&translated(text), &postgres[name], "{name}");
    }
}

#[test]
fn every_table_of_sqlite_is_strict() {
    for (name, text) in folder("sqlite") {
        let made = text.matches("CREATE TABLE ").count();
        let strict = text.matches("\n) STRICT;\n").count() + text.matches("\n) STRICT, WITHOUT ROWID;\n").count();
        assert_eq!(made, strict, "{name}");
        for word in ["BOOLEAN", "REAL", "now()", "AUTOINCREMENT", "SERIAL"] {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn every_table_is_protected_or_says_why_not() {
    let mut made: Vec<String> = Vec::new();
    for text in folder("sqlite").values() {
        let names = text.lines().filter_map(|line| line.strip_prefix("CREATE TABLE "));
        made.extend(names.map(|rest| rest.trim_end_matches(" (").to_owned()));
    }
    made.push("_sqlx_migrations".to_owned());
    made.sort();
    let protected = store::Table::ALL.iter().map(|table| table.name().to_owned());
    let outside = store::table::OUTSIDE.iter().map(|&(name, _)| name.to_owned());
    let mut known: Vec<String> = protected.chain(outside).collect();
    known.sort();
    assert_eq!(made, known);
}
