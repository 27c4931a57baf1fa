//! Text of any kind: no path of one machine stands in the repository.

use super::Problem;
use crate::tree::Tree;

/// How absolute paths of a machine begin; written in two parts, so that this file does not hold them.
const MACHINE: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("C:", "\\Users"),
];

/// Checks every file that is text.
pub(super) fn check(tree: &Tree, problems: &mut Vec<Problem>) {
    for path in tree.files() {
        let Some(text) = tree.text(path) else { continue };
        for (number, line) in text.lines().enumerate() {
            if let Some(word) = MACHINE.iter().find(|word| begins_a_path(line, word)) {
                problems.push(Problem::new(path, number + 1, format!("`{word}`: a path of one machine")));
            }
        }
    }
}

/// True if `word` stands in `line` and is not the middle of a longer path.
fn begins_a_path(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-*})/".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::*;

    #[test]
    fn machine_paths_are_found_and_inner_folders_are_not() {
        for word in MACHINE {
            assert_eq!(report(check, &[("a.md", &format!("see `{word}x`\n"))]).len(), 1, "{word}");
        }
        assert!(report(check, &[("a.md", &format!("crates/server/src{}x.rs", MACHINE[3]))]).is_empty());
    }
}
