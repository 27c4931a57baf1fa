//! `countenance ledger` on an installation: the questions of an auditor, answered in words that anybody reads.
#![cfg(test)]

#[path = "support/run.rs"]
#[expect(dead_code, reason = "shared with tests that use other parts of it")]
mod run;

use run::run;
use std::fs;
use std::path::PathBuf;

/// An installation with two persons, in a folder that goes with the value.
struct Office(tempfile::TempDir);

impl Office {
    fn new() -> Self {
        let office = Self(tempfile::tempdir().expect("a folder"));
        let site = office.file("site");
        assert_eq!(run(["init", site.to_str().expect("text")]).status, 0);
        let list = office.file("list.csv");
        let persons = "number,name,birth_date,photo\nA123456789,Wei Ming,1961-08-04,\nB198765432,Lin An,1942-11-20,\n";
        fs::write(&list, persons).expect("a list");
        office.asks(&["enrol", "import", list.to_str().expect("text")], 0);
        office
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a command on the installation and gives what it printed.
    fn asks(&self, words: &[&str], status: i32) -> String {
        let config = self.file("site/countenance.toml");
        let ran = run(words.iter().copied().chain(["--config", config.to_str().expect("text")]));
        assert_eq!(ran.status, status, "{words:?}: {}{}", ran.out, ran.err);
        ran.out
    }
}

#[test]
fn who_did_what_is_told_in_words() {
    let office = Office::new();
    let question = ["ledger", "search", "--number", "A123456789", "--kind", "person.read"];
    assert_eq!(office.asks(&question, 0).trim(), "No entry fits: the ledger knows of no such act.");
    // The first question is what the second finds.
    let answer = office.asks(&question, 0);
    for words in [
        "1 entry. the machine itself, or who runs its commands: 1.",
        "A person's identity data were opened.",
        "who      the machine itself, or who runs its commands",
        "for whom the person with the pseudonym ",
        "what     the pseudonym, to search the ledger for it",
        "of tree register  (person.read)",
        "Whether the ledger was changed: countenance ledger verify.",
    ] {
        assert!(answer.contains(words), "{words}: {answer}");
    }
    assert!(!answer.contains("Wei") && !answer.contains("A123456789"));
    let other: Vec<&str> =
        question.iter().map(|word| if *word == "A123456789" { "B198765432" } else { *word }).collect();
    assert!(office.asks(&other, 0).starts_with("No entry fits"), "nobody asked about the other person");
    let past = [&question[..], &["--to", "2020-12-31"]].concat();
    assert!(office.asks(&past, 0).starts_with("No entry fits"));
    let cut = office.asks(&["ledger", "search", "--limit", "1"], 0);
    assert!(cut.contains("There may be more"), "{cut}");
    let json: serde_json::Value =
        serde_json::from_str(&office.asks(&[&question[..], &["--json"]].concat(), 0)).expect("JSON");
    assert_eq!((json["entries"].as_array().map(Vec::len), json["more"].as_bool()), (Some(3), Some(false)));
}

#[test]
fn whether_the_log_was_changed_is_told_with_what_it_was_checked_by() {
    let office = Office::new();
    let own = office.asks(&["ledger", "verify"], 0);
    for words in
        ["register: ", "Nothing was changed", "The keys are those of this installation", "Nothing was compared"]
    {
        assert!(own.contains(words), "{words}: {own}");
    }
    let keys = office.file("keys.txt");
    fs::write(&keys, office.asks(&["ledger", "keys"], 0)).expect("keys");
    let keys = keys.to_str().expect("text");
    let known = office.asks(&["ledger", "verify", "--keys", keys], 0);
    assert!(known.contains("The signatures were checked with the keys of"), "{known}");

    let export = office.file("ledger.jsonl");
    let export = export.to_str().expect("text");
    office.asks(&["ledger", "export", export], 0);
    let verify = |status: i32| {
        let ran = run(["ledger", "verify", export, "--keys", keys]);
        assert_eq!(ran.status, status, "{}{}", ran.out, ran.err);
        ran.out
    };
    assert!(verify(0).contains("Nothing was changed"));
    let text = fs::read_to_string(export).expect("an export");
    fs::write(export, text.replacen("import.finished", "import.finishes", 1)).expect("a changed export");
    let changed = verify(1);
    for words in
        ["THE LEDGER WAS CHANGED", " of register: An entry is not the one that was appended", "(entry-changed: "]
    {
        assert!(changed.contains(words), "{words}: {changed}");
    }
    assert!(!changed.contains("Nothing was changed"));

    // Keys of another installation sign nothing here.
    let other = Office::new();
    fs::write(keys, other.asks(&["ledger", "keys"], 0)).expect("keys");
    assert!(office.asks(&["ledger", "verify", "--keys", keys], 1).contains("THE LEDGER WAS CHANGED"));
}
