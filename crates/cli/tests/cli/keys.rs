//! `countenance keys` on a fresh installation: what is refused, and what goes.

use crate::run::{Ran, command, finish};
use serde_json::Value;
use std::path::Path;

fn keys(folder: &Path, args: &[&str]) -> Ran {
    let config = folder.join("countenance.toml").display().to_string();
    finish(command(["keys"].iter().chain(args).copied().chain(["--config", &config, "--json"])))
}

/// The names of the keys that a run printed.
fn names(ran: &Ran, list: &str) -> Vec<String> {
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    document[list].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn of<'a>(names: &'a [String], usage: &str) -> &'a str {
    names.iter().find(|name| name.rsplit_once('-').is_some_and(|(prefix, _)| prefix == usage)).unwrap()
}

#[track_caller]
fn refused(ran: &Ran, code: &str) {
    assert!(
        ran.status >= 4 && format!("{}{}", ran.out, ran.err).contains(code),
        "{} {}{}",
        ran.status,
        ran.out,
        ran.err
    );
}

#[test]
fn a_key_goes_only_when_nothing_needs_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("office");
    let made = finish(command(["init", &folder.display().to_string()]));
    assert_eq!(made.status, 0, "{}", made.err);
    let before = names(&keys(&folder, &["list"]), "keys");
    refused(&keys(&folder, &["rotate", "--templates", "household.identity-crad"]), "usage");
    assert_eq!(names(&keys(&folder, &["list"]), "keys"), before, "a purpose of no service made a key");
    let rotated = keys(&folder, &["rotate", "--which", "ledger,receipt,evidence,backup"]);
    let new = names(&rotated, "new");
    assert_eq!(new.len(), 4);
    for usage in ["ledger", "receipt"] {
        refused(&keys(&folder, &["retire", of(&before, usage)]), "key-verifies");
    }
    for usage in ["link", "row", "token", "identity", "transform"] {
        refused(&keys(&folder, &["retire", of(&before, usage)]), "key-current");
    }
    refused(&keys(&folder, &["retire", of(&new, "evidence")]), "key-current");
    refused(&keys(&folder, &["retire", of(&before, "backup")]), "key-needed");
    refused(&keys(&folder, &["retire", "evidence-0000000000000000"]), "key-unknown");
    assert_eq!(names(&keys(&folder, &["list"]), "keys").len(), before.len() + 4, "something refused was done");
    let left = names(&keys(&folder, &["retire", of(&before, "evidence")]), "keys");
    assert!(!left.iter().any(|name| name == of(&before, "evidence")));
    let left = names(&keys(&folder, &["retire", of(&before, "backup"), "--backups-destroyed"]), "keys");
    assert_eq!(left.len(), before.len() + 2);
    // Everything still opens, verifies, and can be gone on with.
    assert_eq!(names(&keys(&folder, &["rotate", "--finish"]), "new"), [""; 0]);
    let config = folder.join("countenance.toml").display().to_string();
    let checked = finish(command(["db", "check", "--config", &config]));
    assert_eq!(checked.status, 0, "{}{}", checked.out, checked.err);
}
