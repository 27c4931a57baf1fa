//! `countenance ledger` on an installation: the questions of an auditor, answered in words that anybody reads.
#![cfg(test)]

#[path = "support/run.rs"]
#[expect(dead_code, reason = "shared with tests that use other parts of it")]
mod run;

use run::run;
use seal::tree::{self, Hash};
use serde_json::{Value, json};
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

/// A hash in base64: 32 bytes are ten groups of three, and two bytes more.
fn base64(hash: &Hash) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in hash.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(*group.get(at).unwrap_or(&0)));
        let letters = (0..=group.len()).map(|at| LETTERS[(bits >> (18 - 6 * at) & 63) as usize]);
        text.extend(letters.map(char::from));
    }
    text + "="
}

/// The hashes from the leaf at a place up to the root (RFC 9162 §2.1.3.1).
fn path(place: usize, leaves: &[Hash]) -> Vec<String> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    let (mut inner, beside) = match place.checked_sub(left.len()) {
        Some(place) => (path(place, right), left),
        None => (path(place, left), right),
    };
    inner.push(base64(&tree::root_of(beside.iter().copied())));
    inner
}

#[test]
fn the_proofs_of_a_case_file_are_checked_without_the_installation() {
    let office = Office::new();
    let (keys, export, proofs) = (office.file("keys.txt"), office.file("ledger.jsonl"), office.file("proofs.jsonl"));
    fs::write(&keys, office.asks(&["ledger", "keys"], 0)).expect("keys");
    office.asks(&["ledger", "export", export.to_str().expect("text")], 0);
    let text = fs::read_to_string(&export).expect("an export");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    // The one tree is that of the register; its last checkpoint covers it whole.
    let head = lines.iter().find_map(|line| line["head"].as_str()).expect("a checkpoint");
    let entries: Vec<String> =
        lines.iter().filter(|line| line.get("leaf").is_some()).map(|line| line["entry"].to_string()).collect();
    let leaves: Vec<Hash> = entries.iter().map(|entry| tree::leaf_hash(entry.as_bytes())).collect();
    let proof = |(seq, entry): (usize, &String)| {
        json!({"entry": entry, "seq": seq, "checkpoint": head, "proof": path(seq, &leaves)}).to_string() + "\n"
    };
    let all: String = entries.iter().enumerate().map(proof).collect();
    let check = |text: &str, status: i32| {
        fs::write(&proofs, text).expect("proofs");
        let (proofs, keys) = (proofs.to_str().expect("text"), keys.to_str().expect("text"));
        let ran = run(["ledger", "proof", proofs, "--keys", keys]);
        assert_eq!(ran.status, status, "{}{}", ran.out, ran.err);
        ran.out
    };
    assert_eq!(check(&all, 0), format!("{} entries stand in the ledger, under signed checkpoints\n", entries.len()));
    let changed = check(&all.replacen("import.finished", "import.finishes", 1), 1);
    assert!(changed.contains(": ") && changed.contains(&format!("{} entr", entries.len() - 1)), "{changed}");
    assert!(check("{}\n", 1).starts_with("proof 1: it is no proof of an entry\n"));
    check("", 1);
    let other = Office::new();
    fs::write(&keys, other.asks(&["ledger", "keys"], 0)).expect("keys");
    assert!(check(&all, 1).contains("0 entries stand"));
}
