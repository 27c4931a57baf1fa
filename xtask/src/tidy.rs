//! Style and structure as tests: each check looks at the whole tree and reports what it found.

mod edges;
mod fixtures;
mod pack;
mod pages;
mod rust;
mod words;

use crate::codegen;
use crate::tree::Tree;
use std::fmt;

/// The repository may not grow beyond this, so that a clone stays small.
const TRACKED_BYTES_MAX: u64 = 60_000_000;

/// One thing that must be changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The file, relative to the root.
    path: String,
    /// The line from 1, or 0 for the whole file.
    line: usize,
    /// What is wrong with it.
    text: String,
}

impl Problem {
    fn new(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { path: path.into(), line, text: text.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, text } = self;
        if *line == 0 { write!(f, "{path}: {text}") } else { write!(f, "{path}:{line}: {text}") }
    }
}

type Check = fn(&Tree, &mut Vec<Problem>);

const CHECKS: &[Check] = &[
    rust::check,
    words::check,
    edges::check,
    pages::check_map,
    pages::check_links,
    pages::check_length,
    pack::check,
    fixtures::check,
    check_generated,
    check_size,
];

/// All problems of the tree, in the order of the checks.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for check in CHECKS {
        check(tree, &mut problems);
    }
    problems
}

/// Generated pages say what their tables say.
fn check_generated(tree: &Tree, problems: &mut Vec<Problem>) {
    for (path, page) in codegen::pages() {
        if tree.text(path).as_deref() != Some(page.as_str()) {
            problems.push(Problem::new(path, 0, "differs from its table; run `cargo run -p xtask -- codegen`"));
        }
    }
}

/// The whole repository stays small.
fn check_size(tree: &Tree, problems: &mut Vec<Problem>) {
    let total: u64 = tree.files().map(|path| tree.size(path)).sum();
    if total > TRACKED_BYTES_MAX {
        problems.push(Problem::new(".", 0, format!("{total} bytes of files, more than {TRACKED_BYTES_MAX}")));
    }
}

/// What one check says about a temporary tree, as lines.
#[cfg(test)]
fn report(check: Check, files: &[(&str, &str)]) -> Vec<String> {
    let (_folder, tree) = crate::tree::made_of(files);
    let mut problems = Vec::new();
    check(&tree, &mut problems);
    problems.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn this_repository_is_tidy() {
        let tree = Tree::of_repository(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        let lines: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
    }

    #[test]
    fn a_stale_generated_page_is_found() {
        let pages = codegen::pages();
        let old: Vec<(&str, &str)> = pages.iter().map(|(path, _)| (*path, "old")).collect();
        assert_eq!(report(check_generated, &old).len(), pages.len());
        let fresh: Vec<(&str, &str)> = pages.iter().map(|(path, page)| (*path, page.as_str())).collect();
        assert!(report(check_generated, &fresh).is_empty());
    }

    #[test]
    fn a_large_repository_is_found() {
        let (folder, _) = crate::tree::made_of(&[("small", "x")]);
        std::fs::File::create(folder.path().join("large")).unwrap().set_len(TRACKED_BYTES_MAX).unwrap();
        let mut problems = Vec::new();
        check_size(&Tree::of_folder(folder.path()).unwrap(), &mut problems);
        assert_eq!(problems.len(), 1);
    }
}
