//! Fixtures: every picture is listed with its origin and its hash.

use super::Problem;
use super::pack::sha256;
use crate::tree::Tree;

const FOLDER: &str = "fixtures/";
const LIST: &str = "fixtures/README.md";

/// Checks that the list has a line with name and SHA-256 for each file, and no line for a file that is gone.
pub(super) fn check(tree: &Tree, problems: &mut Vec<Problem>) {
    let list = tree.text(LIST).unwrap_or_default();
    for path in tree.below(FOLDER, "").filter(|path| *path != LIST) {
        let name = format!("| `{}` |", path.trim_start_matches(FOLDER));
        let hash = tree.bytes(path).map(|bytes| sha256(&bytes)).unwrap_or_default();
        match list.lines().find(|line| line.starts_with(&name)) {
            None => problems.push(Problem::new(path, 0, "is not listed in fixtures/README.md")),
            Some(line) if !line.contains(&hash) => {
                problems.push(Problem::new(path, 0, format!("has SHA-256 {hash}, not the listed one")));
            }
            Some(_) => {}
        }
    }
    for (index, line) in list.lines().enumerate() {
        let name = line.strip_prefix("| `").and_then(|rest| rest.split('`').next());
        if let Some(name) = name.filter(|name| !tree.has(&format!("{FOLDER}{name}"))) {
            problems.push(Problem::new(LIST, index + 1, format!("`{name}` does not exist")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::*;

    #[test]
    fn every_picture_is_listed_with_its_hash() {
        let list = format!("| `a.jpg` | x | `{}` |\n| `b.jpg` | x | `0` |\n| `gone.jpg` | x |\n", sha256(b"abc"));
        let files =
            [(LIST, list.as_str()), ("fixtures/a.jpg", "abc"), ("fixtures/b.jpg", "abc"), ("fixtures/c.jpg", "")];
        let lines = report(check, &files);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].starts_with("fixtures/b.jpg: has SHA-256 ba7816bf"));
        assert_eq!(lines[1], "fixtures/c.jpg: is not listed in fixtures/README.md");
        assert_eq!(lines[2], "fixtures/README.md:3: `gone.jpg` does not exist");
    }
}
