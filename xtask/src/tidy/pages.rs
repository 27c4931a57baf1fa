//! Pages: the map names what exists, links lead somewhere, and rule documents stay short.

use super::Problem;
use crate::tree::Tree;

const MAP: &str = "ARCHITECTURE.md";
/// Longest page under `docs/`, in lines.
const PAGE_LINES_MAX: usize = 200;
/// Endings by which a word in the map is taken for a file.
const ENDINGS: &[&str] = &[".rs", ".md", ".toml", ".sh", ".py", ".cpp", ".json", ".csv", ".onnx", ".jpg", ".html"];

/// Every path that the map names exists, and the map names every crate.
pub(super) fn check_map(tree: &Tree, problems: &mut Vec<Problem>) {
    let Some(text) = tree.text(MAP) else {
        problems.push(Problem::new(MAP, 0, "is missing"));
        return;
    };
    for (number, line) in prose(&text) {
        for path in code_spans(line).filter(|word| is_path(word)) {
            if !tree.has(path) {
                problems.push(Problem::new(MAP, number, format!("`{path}` does not exist")));
            }
        }
    }
    for manifest in tree.below("", "/Cargo.toml") {
        let folder = manifest.trim_end_matches("/Cargo.toml");
        let named = text.contains(&format!("`{folder}`")) || text.contains(&format!("`{folder}/`"));
        if !named {
            problems.push(Problem::new(MAP, 0, format!("does not name the crate `{folder}`")));
        }
    }
}

/// Every relative link of every page leads to a file or folder of the repository.
pub(super) fn check_links(tree: &Tree, problems: &mut Vec<Problem>) {
    for page in tree.below("", ".md") {
        let text = tree.text(page).unwrap_or_default();
        for (number, line) in prose(&text) {
            for target in links(line) {
                let path = target.split('#').next().unwrap_or_default();
                let outside = target.contains("://") || target.starts_with("mailto:");
                if !outside && !resolve(page, path).is_some_and(|path| tree.has(&path)) {
                    problems.push(Problem::new(page, number, format!("the link to {target} leads nowhere")));
                }
            }
        }
    }
}

/// Pages under `docs/` are short enough to be read; generated tables are looked things up in, and may be longer.
pub(super) fn check_length(tree: &Tree, problems: &mut Vec<Problem>) {
    let generated: Vec<_> = crate::codegen::pages().into_iter().map(|(path, _)| path).collect();
    for page in tree.below("docs/", ".md").filter(|page| !generated.contains(page)) {
        let lines = tree.text(page).unwrap_or_default().lines().count();
        if lines > PAGE_LINES_MAX {
            problems.push(Problem::new(page, 0, format!("{lines} lines, more than {PAGE_LINES_MAX}")));
        }
    }
}

/// Lines outside fenced blocks, numbered from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((index + 1, line))
    })
}

/// What stands between single backticks in a line.
fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// True for words that can only be paths: with a slash or a file's ending, and without a space, a pattern or a `::`.
fn is_path(word: &str) -> bool {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "./_-".contains(c));
    plain && !word.starts_with("..") && (word.contains('/') || ENDINGS.iter().any(|ending| word.ends_with(ending)))
}

/// The targets of a line's links, without those in code spans.
fn links(line: &str) -> Vec<&str> {
    let outside: Vec<&str> = line.split('`').step_by(2).collect();
    let mut found = Vec::new();
    for part in outside {
        for (at, _) in part.match_indices("](") {
            if let Some((target, _)) = part[at + 2..].split_once(')') {
                found.push(target.trim());
            }
        }
    }
    found
}

/// The path that a link of `page` means, relative to the root; `None` when it leaves the repository.
fn resolve(page: &str, target: &str) -> Option<String> {
    if target.is_empty() {
        return Some(page.to_owned());
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::*;

    #[test]
    fn the_map_names_what_exists() {
        let map = "`crates/a` is in `crates/a/src/lib.rs`, `a::b`, `x y/z`, `crates/*/src`, `../shared`, `not/here.rs`, `gone.md`\n```\nno/such\n```\n";
        let files = [("ARCHITECTURE.md", map), ("crates/a/Cargo.toml", ""), ("crates/a/src/lib.rs", "")];
        assert_eq!(
            report(check_map, &files),
            ["ARCHITECTURE.md:1: `not/here.rs` does not exist", "ARCHITECTURE.md:1: `gone.md` does not exist"]
        );
    }

    #[test]
    fn the_map_names_every_crate() {
        let files = [("ARCHITECTURE.md", "nothing"), ("crates/a/Cargo.toml", "")];
        assert_eq!(report(check_map, &files), ["ARCHITECTURE.md: does not name the crate `crates/a`"]);
        assert_eq!(report(check_map, &[]), ["ARCHITECTURE.md: is missing"]);
    }

    #[test]
    fn links_resolve_from_their_page() {
        let page =
            "[a](../x.md) [b](y.md#part) [c](#here) [d](https://example.org/q) `[e](none)` [f](z.md) [g](../../x.md)";
        let files = [("docs/p.md", page), ("docs/y.md", ""), ("x.md", "")];
        assert_eq!(
            report(check_links, &files),
            ["docs/p.md:1: the link to z.md leads nowhere", "docs/p.md:1: the link to ../../x.md leads nowhere"]
        );
    }

    #[test]
    fn long_pages_are_found() {
        assert_eq!(report(check_length, &[("docs/a.md", &"x\n".repeat(201)), ("b.md", &"x\n".repeat(300))]).len(), 1);
    }
}
