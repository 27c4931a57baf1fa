//! Rust files: their length, their names, and words that have no place in them.

use super::Problem;
use crate::tree::Tree;

/// Longest Rust file in lines, without its test modules.
const LINES_MAX: usize = 400;

/// Words that no Rust file holds, and what to do instead. Written in two parts, so that this file does not hold them either.
const NOWHERE: &[(&str, &str)] = &[
    (concat!("static", " mut "), "pass the value as an argument"),
    (concat!("#[", "allow("), "use #[expect(lint, reason = \"…\")]"),
    (concat!("#![", "allow("), "use #[expect(lint, reason = \"…\")]"),
    (concat!("to", "do!("), "write it, or leave it out"),
    (concat!("unimpl", "emented!("), "write it, or leave it out"),
];

/// Words that no shipped code holds but for `main.rs`: state that outlives a request.
const ONLY_IN_MAIN: &[&str] =
    &[concat!("Once", "Lock"), concat!("Lazy", "Lock"), concat!("Lazy", "Cell<"), concat!("thread", "_local!")];

/// Words with which a statement can be put together from texts: in shipped code statements are fixed texts, and values are bound to them.
const NOT_SHIPPED: &[&str] = &[concat!("Assert", "SqlSafe"), concat!("raw", "_sql"), concat!("Query", "Builder")];

/// Words that the pure crate `face` does not hold: no network, no clock, no other process, and files only where the pack is read.
const NOT_IN_FACE: &[&str] =
    &["std::net", "std::process", "SystemTime", "Instant::now", "async fn", "std::env::", "std::fs"];
const FACE_FILE_READER: &str = "crates/face/src/pack/source.rs";

/// Checks every Rust file.
pub(super) fn check(tree: &Tree, problems: &mut Vec<Problem>) {
    for path in tree.below("", ".rs") {
        if path == "mod.rs" || path.ends_with("/mod.rs") {
            problems.push(Problem::new(path, 0, "name the file after its module, beside the module's folder"));
        }
        let Some(text) = tree.text(path) else {
            problems.push(Problem::new(path, 0, "cannot be read as text"));
            continue;
        };
        let lines = without_tests(&text);
        if lines.len() > LINES_MAX {
            problems.push(Problem::new(path, 0, format!("{} lines, more than {LINES_MAX}", lines.len())));
        }
        for (number, line) in text.lines().enumerate() {
            for (word, instead) in NOWHERE {
                if line.contains(word) {
                    problems.push(Problem::new(path, number + 1, format!("`{word}`: {instead}")));
                }
            }
        }
        check_shipped(path, &lines, problems);
    }
}

/// Words that tests may use and shipped code may not.
fn check_shipped(path: &str, lines: &[(usize, &str)], problems: &mut Vec<Problem>) {
    let shipped = path.starts_with("crates/") && path.contains("/src/");
    let face = shipped && path.starts_with("crates/face/");
    for (number, line) in lines {
        let code = line.split("//").next().unwrap_or_default();
        if shipped && !path.ends_with("/main.rs") {
            for word in ONLY_IN_MAIN.iter().filter(|word| code.contains(**word)) {
                problems.push(Problem::new(path, *number, format!("`{word}`: state is a value that main.rs owns")));
            }
        }
        for word in NOT_SHIPPED.iter().filter(|word| shipped && code.contains(**word)) {
            problems.push(Problem::new(
                path,
                *number,
                format!("`{word}`: write the statement as one text and bind values"),
            ));
        }
        let words = NOT_IN_FACE.iter().filter(|word| face && code.contains(**word));
        for word in words.filter(|word| **word != "std::fs" || path != FACE_FILE_READER) {
            problems.push(Problem::new(path, *number, format!("`{word}`: face is pure")));
        }
    }
}

/// The lines of a formatted Rust file, numbered from 1, without its inline test modules.
fn without_tests(text: &str) -> Vec<(usize, &str)> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line)).peekable();
    let mut kept = Vec::new();
    while let Some((number, line)) = lines.next() {
        let opens = lines.peek().is_some_and(|(_, next)| next.starts_with("mod ") && next.ends_with('{'));
        if line == "#[cfg(test)]" && opens {
            lines.by_ref().find(|(_, inner)| *inner == "}");
        } else {
            kept.push((number, line));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::*;

    #[test]
    fn long_files_are_found_and_their_tests_not_counted() {
        let long = "// x\n".repeat(LINES_MAX + 1);
        assert_eq!(report(check, &[("a.rs", &long)]), ["a.rs: 401 lines, more than 400"]);
        let tested =
            format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "// x\n".repeat(LINES_MAX), "    // y\n".repeat(300));
        assert!(report(check, &[("a.rs", &tested)]).is_empty());
        let after = format!("{tested}// one more\n");
        assert_eq!(report(check, &[("a.rs", &after)]).len(), 1);
    }

    #[test]
    fn module_files_have_names() {
        assert_eq!(report(check, &[("crates/x/src/y/mod.rs", "")]).len(), 1);
        assert!(report(check, &[("crates/x/src/amod.rs", "")]).is_empty());
    }

    #[test]
    fn each_banned_word_is_found_with_its_line() {
        for (word, _) in NOWHERE {
            let lines = report(check, &[("x/tests/a.rs", &format!("\n {word}\n"))]);
            assert!(lines.len() == 1 && lines[0].starts_with("x/tests/a.rs:2: "), "{word}: {lines:?}");
        }
    }

    #[test]
    fn state_belongs_to_main_and_tests_are_free() {
        let text = format!("use std::sync::{};\n", ONLY_IN_MAIN[0]);
        assert_eq!(report(check, &[("crates/eval/src/a.rs", &text)]).len(), 1);
        assert!(report(check, &[("crates/cli/src/main.rs", &text)]).is_empty());
        assert!(report(check, &[("crates/eval/tests/a.rs", &text)]).is_empty());
        let tested = format!("#[cfg(test)]\nmod tests {{\n    {text}}}\n");
        assert!(report(check, &[("crates/eval/src/a.rs", &tested)]).is_empty());
    }

    #[test]
    fn statements_are_fixed_texts() {
        for word in NOT_SHIPPED {
            let text = format!("sqlx::query({word}(text))\n");
            assert_eq!(report(check, &[("crates/store/src/a.rs", &text)]).len(), 1, "{word}");
            assert!(report(check, &[("crates/store/tests/a.rs", &text)]).is_empty(), "{word}");
        }
    }

    #[test]
    fn face_stays_pure() {
        for word in NOT_IN_FACE {
            let text = format!("{word}\n");
            assert_eq!(report(check, &[("crates/face/src/a.rs", &text)]).len(), 1, "{word}");
            assert!(report(check, &[("crates/eval/src/a.rs", &text)]).is_empty(), "{word}");
            assert!(report(check, &[("crates/face/src/a.rs", &format!("/// No {word}.\n"))]).is_empty(), "{word}");
        }
        assert!(report(check, &[(FACE_FILE_READER, "use std::fs;\n")]).is_empty());
    }
}
