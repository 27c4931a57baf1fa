//! The lab behind the command line, on the fixtures: small, but with every file that a real run leaves.

#![cfg(test)]
#[path = "support/run.rs"]
mod run;
#[path = "support/schema.rs"]
mod schema;

use run::{Ran, command, finish, fixture, line, root};
use schema::document;
use std::fs;
use std::path::Path;

const PICTURES: [&str; 4] = ["obama-1.jpg", "obama-2.jpg", "obama-3.jpg", "biden-1.jpg"];

/// Writes `lines` as an index of the fixtures and gives its path.
fn index(folder: &Path, lines: &str) -> String {
    assert!(PICTURES.iter().all(|name| !fixture(name).is_empty()));
    let path = folder.join("index.csv");
    fs::write(&path, lines).unwrap();
    path.display().to_string()
}

fn pairs(folder: &Path) -> String {
    index(
        folder,
        "first,second,same,fold\nobama-1.jpg,obama-2.jpg,1,1\nobama-2.jpg,obama-3.jpg,1,2\nobama-1.jpg,biden-1.jpg,0,1\nobama-2.jpg,biden-1.jpg,0,2\n",
    )
}

fn people(folder: &Path) -> String {
    index(folder, "file,person\nobama-1.jpg,o\nobama-2.jpg,o\nobama-3.jpg,o\nbiden-1.jpg,b\n")
}

/// Runs `eval` with a home folder of its own.
fn lab(home: &Path, words: &str) -> Ran {
    let mut command = command(std::iter::once("eval").chain(words.split_whitespace()));
    command.env("HOME", home);
    finish(command)
}

#[test]
fn pairs_leave_scores_a_report_and_an_outcome_that_makes_a_report_again() {
    let folder = tempfile::tempdir().unwrap();
    let (at, index) = (folder.path().display(), pairs(folder.path()));
    let words = format!(
        "pairs --root fixtures --index {index} --scores {at}/scores.csv --report {at}/a.html --json --no-cache"
    );
    let ran = lab(folder.path(), &words);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    let outcome = document(&ran.out);
    assert_eq!((&outcome["headline"]["genuine"], &outcome["headline"]["impostor"]), (&2.into(), &2.into()));
    let scores = fs::read_to_string(folder.path().join("scores.csv")).unwrap();
    assert!(scores.starts_with("probe,reference,same,similarity,llr,refused\n"), "{scores}");
    assert_eq!(scores.lines().count(), 5, "{scores}");
    fs::write(folder.path().join("outcome.json"), &ran.out).unwrap();
    let ran = lab(folder.path(), &format!("report {at}/outcome.json --report {at}/b.html --json"));
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert_eq!(document(&ran.out)["outcomes"], 1);
    let page = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(page("a.html").starts_with("<!DOCTYPE html>"));
    assert_eq!(page("a.html"), page("b.html"), "a report can be made again from the outcome");
    assert!(!folder.path().join(".cache").exists(), "--no-cache keeps nothing");
}

#[test]
fn identities_go_on_from_the_users_cache() {
    let folder = tempfile::tempdir().unwrap();
    let words = format!("identities --root fixtures --index {} --portraits 2 --threads 1", people(folder.path()));
    let first = lab(folder.path(), &words);
    assert_eq!(first.status, 0, "{}", first.err);
    assert!(first.out.contains("4 pictures of 2 persons"), "{}", first.out);
    assert!(folder.path().join(".cache/countenance").is_dir());
    let again = lab(folder.path(), &format!("{words} --json"));
    let outcome = document(&again.out);
    assert_eq!(outcome["from_cache"], 4);
    let everyone =
        lab(folder.path(), &format!("identities --root fixtures --index {} --all-pairs", people(folder.path())));
    assert_eq!(everyone.status, 0, "{}", everyone.err);
}

#[test]
fn what_cannot_be_measured_is_told_with_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let index = people(folder.path());
    for (words, code) in [
        (format!("pairs --root nowhere --index {index}"), "root-not-found"),
        ("pairs --root fixtures --index nowhere.csv".to_owned(), "index-not-found"),
        (format!("pairs --root fixtures --index {index}"), "index-column-missing"),
        (format!("identities --root fixtures --index {index} --portraits 0"), "option-out-of-range"),
        (format!("identities --root fixtures --index {index} --min-gap 10"), "ages-missing"),
        (format!("report {index} --report {}/r.html", folder.path().display()), "outcome-invalid"),
        (format!("identities --root fixtures --index {index} --threads 0"), "usage"),
        (format!("identities --root fixtures --index {index} --cache x --no-cache"), "usage"),
    ] {
        let ran = lab(folder.path(), &words);
        assert_eq!((ran.status, ran.out.as_str()), (4, ""), "{words}: {}", ran.err);
        assert!(ran.err.contains(&format!("code: {code}")), "{words}: {}", ran.err);
    }
    assert!(!root().join("x").exists());
}

#[test]
fn help() {
    for command in ["eval", "eval pairs", "eval identities", "eval calibrate", "eval report"] {
        let ran = line(&format!("help {command}"));
        assert_eq!((ran.status, ran.err.as_str()), (0, ""));
        assert!(ran.out.contains("Usage: countenance eval"), "{}", ran.out);
    }
}

#[test]
fn an_attack_kit_is_made_and_measured() {
    let folder = tempfile::tempdir().unwrap();
    let kit = folder.path().join("kit");
    let made = |more: &str| {
        let words = format!("attack-kit fixtures/obama-1.jpg --out {} --json {more}", kit.display());
        finish(command(words.split_whitespace()))
    };
    let ran = made("--species frozen --tries 1 --bona-fide 0 --rate 4 --y4m --no-colours");
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    let kinds = document(&ran.out)["kinds"].clone();
    assert_eq!((&kinds[0]["kind"], &kinds[0]["sessions"]), (&"frozen".into(), &1.into()));
    let film = fs::read(kit.join("frozen/0000/session.y4m")).unwrap();
    assert!(film.starts_with(b"YUV4MPEG2 W480 H640 F4000:1000 "));
    let index = fs::read_to_string(kit.join("index.csv")).unwrap();
    assert_eq!(index.lines().count(), 2, "{index}");
    let pieces = folder.path().join("pieces");
    let words = format!("attack-kit fixtures/obama-1.jpg --out {} --json --pieces --rate 4", pieces.display());
    let ran = finish(command(words.split_whitespace()));
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    let names: Vec<String> = document(&ran.out)["kinds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| k["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names.len(), 13);
    for name in names {
        image::open(pieces.join(&name).join("001.jpg")).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    // A folder that is not empty is left alone.
    let again = made("--species frozen --tries 1");
    assert_eq!(again.status, 4);
    assert_eq!(document(&again.out)["code"], "output-exists");
    let words = format!("attacks {} --report {}/a.html --json", kit.display(), folder.path().display());
    let ran = lab(folder.path(), &words);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    let outcome = document(&ran.out);
    assert_eq!((&outcome["sessions"], &outcome["watched"][0]["species"]), (&1.into(), &"frozen".into()));
    for level in outcome["levels"].as_array().unwrap() {
        assert_eq!(level["kinds"][0]["live"]["hits"], 0, "{level}");
    }
    assert!(fs::read_to_string(folder.path().join("a.html")).unwrap().contains("frozen"));
    let nothing = lab(folder.path(), "attacks fixtures --json");
    assert_eq!(document(&nothing.out)["code"], "nothing-to-measure");
}
