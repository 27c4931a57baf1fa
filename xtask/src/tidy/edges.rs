//! The edges between crates, as ARCHITECTURE.md draws them.

use super::Problem;
use crate::tree::Tree;
use std::collections::BTreeMap;
use toml::Table;

/// What a crate may use.
struct Rule {
    package: &'static str,
    /// Crates of this workspace that it may link.
    ours: &'static [&'static str],
    /// Crates of others that would break its promise.
    never: &'static [&'static str],
}

const NETWORK: &[&str] =
    &["tokio", "async-std", "smol", "reqwest", "hyper", "ureq", "axum", "sqlx", "rusqlite", "diesel", "postgres"];
const WORLD: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "futures",
    "reqwest",
    "hyper",
    "ureq",
    "axum",
    "sqlx",
    "rusqlite",
    "diesel",
    "postgres",
    "jiff",
    "chrono",
    "time",
    "rand",
    "getrandom",
];

/// The workspace's crates; a crate that is not named here is a problem of its own.
const RULES: &[Rule] = &[
    Rule { package: "face", ours: &[], never: WORLD },
    Rule { package: "seal", ours: &[], never: WORLD },
    Rule { package: "store", ours: &["seal"], never: &["axum", "hyper", "reqwest", "rand", "getrandom"] },
    Rule {
        package: "casework",
        ours: &["face", "seal", "store"],
        never: &["axum", "hyper", "reqwest", "sqlx", "rand", "getrandom"],
    },
    Rule {
        package: "server",
        ours: &["face", "seal", "store", "casework"],
        never: &["sqlx", "rusqlite", "chacha20poly1305", "hmac", "ed25519-dalek"],
    },
    Rule { package: "eval", ours: &["face"], never: NETWORK },
    Rule { package: "countenance", ours: &["face", "seal", "store", "casework", "server", "eval"], never: &[] },
    Rule { package: "testkit", ours: &["face", "seal", "store", "casework", "server"], never: &[] },
    Rule { package: "xtask", ours: &["face", "seal", "store", "casework", "server", "eval"], never: &[] },
    Rule { package: "countenance-fuzz", ours: &["face"], never: &[] },
];

/// Crates for development; nothing that is shipped links them.
const DEVELOPMENT: &[&str] = &["testkit", "xtask", "countenance-fuzz"];

/// What a crate uses of ours in its tests alone: `seal` shows on real faces that its templates are renewable.
const ONLY_IN_TESTS: &[(&str, &str)] = &[("seal", "face")];

/// Checks the manifests of all members.
pub(super) fn check(tree: &Tree, problems: &mut Vec<Problem>) {
    let manifests: BTreeMap<&str, Table> =
        tree.below("", "/Cargo.toml").filter_map(|path| Some((path, tree.text(path)?.parse().ok()?))).collect();
    for (path, manifest) in &manifests {
        let Some(package) = manifest.get("package").and_then(|p| p.get("name")).and_then(|n| n.as_str()) else {
            continue;
        };
        match RULES.iter().find(|rule| rule.package == package) {
            Some(rule) => check_one(path, rule, manifest, problems),
            None => problems.push(Problem::new(
                path,
                0,
                format!("crate `{package}` has no rule in xtask/src/tidy/edges.rs"),
            )),
        }
        // A package that is a workspace of its own has no lints to take.
        if manifest.contains_key("workspace") {
            continue;
        }
        if manifest.get("lints").and_then(|l| l.get("workspace")).and_then(toml::Value::as_bool) != Some(true) {
            problems.push(Problem::new(path, 0, "does not take the workspace's lints"));
        }
    }
}

fn check_one(path: &str, rule: &Rule, manifest: &Table, problems: &mut Vec<Problem>) {
    for (kind, name) in dependencies(manifest) {
        let ours = RULES.iter().any(|other| other.package == name);
        let for_tests = DEVELOPMENT.contains(&name.as_str()) || ONLY_IN_TESTS.contains(&(rule.package, name.as_str()));
        let development = kind == "dev-dependencies" && for_tests;
        if ours && !rule.ours.contains(&name.as_str()) && !development {
            problems.push(Problem::new(path, 0, format!("`{}` may not use `{name}` in {kind}", rule.package)));
        }
        if kind != "dev-dependencies" && rule.never.contains(&name.as_str()) {
            problems.push(Problem::new(
                path,
                0,
                format!("`{}` may not use `{name}`: see ARCHITECTURE.md", rule.package),
            ));
        }
    }
}

/// All dependencies of a manifest as (kind, package), also those for one platform and renamed ones.
fn dependencies(manifest: &Table) -> Vec<(&str, String)> {
    let targets = manifest.get("target").and_then(|t| t.as_table()).into_iter().flat_map(|t| t.values());
    let tables = std::iter::once(manifest).chain(targets.filter_map(|t| t.as_table()));
    let mut found = Vec::new();
    for table in tables {
        for kind in ["dependencies", "build-dependencies", "dev-dependencies"] {
            for (key, value) in table.get(kind).and_then(|d| d.as_table()).into_iter().flatten() {
                let name = value.get("package").and_then(|p| p.as_str()).unwrap_or(key);
                found.push((kind, name.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::*;

    fn lines(package: &str, rest: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"{package}\"\n[lints]\nworkspace = true\n{rest}");
        report(check, &[("crates/x/Cargo.toml", &text)])
    }

    #[test]
    fn allowed_edges_pass() {
        assert!(
            lines("face", "[dependencies]\nserde = \"1\"\n[dev-dependencies]\ntestkit.workspace = true").is_empty()
        );
        assert!(lines("eval", "[dependencies]\nface.workspace = true").is_empty());
        assert!(lines("countenance", "[dependencies]\nface.workspace = true\neval.workspace = true").is_empty());
    }

    #[test]
    fn forbidden_edges_are_found_in_every_kind() {
        assert_eq!(lines("face", "[dependencies]\neval.workspace = true").len(), 1);
        assert_eq!(lines("face", "[dev-dependencies]\neval.workspace = true").len(), 1);
        assert_eq!(lines("face", "[build-dependencies]\nxtask.workspace = true").len(), 1);
        assert_eq!(lines("eval", "[dependencies]\ntestkit.workspace = true").len(), 1);
        assert_eq!(lines("countenance", "[target.'cfg(unix)'.dependencies]\ntestkit.workspace = true").len(), 1);
        assert_eq!(lines("face", "[dependencies]\nother = { package = \"eval\", path = \"x\" }").len(), 1);
        assert_eq!(lines("face", "[dependencies]\njiff = \"0.2\"").len(), 1);
    }

    #[test]
    fn what_tests_use_is_not_linked() {
        assert!(lines("seal", "[dev-dependencies]\nface.workspace = true").is_empty());
        assert_eq!(lines("seal", "[dependencies]\nface.workspace = true").len(), 1);
        assert_eq!(lines("store", "[dev-dependencies]\nface.workspace = true").len(), 1);
    }

    #[test]
    fn unknown_crates_and_missing_lints_are_found() {
        assert_eq!(lines("newcomer", "").len(), 1);
        assert_eq!(report(check, &[("crates/x/Cargo.toml", "[package]\nname = \"face\"")]).len(), 1);
    }
}
