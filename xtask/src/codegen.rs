//! Pages that are written from tables in the code.

use face::code::{Exit, Row};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// A table of codes and what it belongs to.
struct Source {
    title: &'static str,
    file: &'static str,
    rows: &'static [Row],
}

/// A table of codes that the API answers with an HTTP status.
struct Answers {
    title: &'static str,
    file: &'static str,
    rows: Vec<Answer>,
}

/// Code, HTTP status, meaning, what to do.
type Answer = (&'static str, u16, &'static str, &'static str);

/// All tables of codes with an HTTP status, in the order of the page.
fn answers() -> Vec<Answers> {
    macro_rules! table {
        ($title:literal $file:literal $table:expr) => {
            Answers {
                title: $title,
                file: $file,
                rows: $table.iter().map(|row| (row.code, row.status, row.meaning, row.action)).collect(),
            }
        };
    }
    vec![
        table!("Keys, sealed records, tokens, proofs" "crates/seal/src/code.rs" seal::code::TABLE),
        table!("Records" "crates/store/src/code.rs" store::code::TABLE),
        table!("Casework" "crates/casework/src/code.rs" casework::code::TABLE),
        table!("The API" "crates/server/src/code.rs" server::code::TABLE),
    ]
}

/// All tables of codes, in the order of the page.
const SOURCES: &[Source] = &[
    Source { title: "The engine", file: "crates/face/src/code.rs", rows: face::code::TABLE },
    Source { title: "The lab", file: "crates/eval/src/code.rs", rows: eval::code::TABLE },
    Source { title: "The command line", file: "crates/cli/src/code.rs", rows: cli_code::TABLE },
];

#[path = "../../crates/cli/src/code.rs"]
#[expect(
    dead_code,
    reason = "of the command's table only the rows are needed here; a program cannot be used as a library"
)]
mod cli_code;

const EXITS: [Exit; 7] = [
    Exit::Match,
    Exit::NoMatch,
    Exit::Inconclusive,
    Exit::Refused,
    Exit::BadInput,
    Exit::BrokenInstallation,
    Exit::Failed,
];

/// The generated pages: path relative to the root, text.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    vec![("docs/ERRORS.md", errors()), ("docs/EVENTS.md", events())]
}

/// Writes the generated pages, each to a temporary name first.
pub(crate) fn write(root: &Path) -> io::Result<()> {
    for (path, page) in pages() {
        let target = root.join(path);
        let partial = target.with_extension("partial");
        std::fs::create_dir_all(target.parent().unwrap_or(root))?;
        std::fs::write(&partial, page)?;
        std::fs::rename(partial, target)?;
    }
    Ok(())
}

/// What an exit status means.
fn meaning(exit: Exit) -> &'static str {
    match exit {
        Exit::Match => "Match: the same person at the requested false-match rate; or the command did its work.",
        Exit::NoMatch => "No match: not the same person at the requested false-match rate.",
        Exit::Inconclusive => "Inconclusive: the comparison cannot tell.",
        Exit::Refused => "Refused: the picture was read, but it cannot be used (face count, size or quality).",
        Exit::BadInput => "Bad input: a file or the command line is wrong.",
        Exit::BrokenInstallation => "Broken installation: pack, models or calibration.",
        Exit::Failed => "Failed: a result could not be written or an internal step failed.",
    }
}

fn errors() -> String {
    let mut page = String::from(
        "# Errors and exit statuses\n\n\
         <!-- Written by `cargo run -p xtask -- codegen`; change the tables in the code, not this page. -->\n\n\
         Every refusal has a code that never changes its meaning. Programs read the code (`--json`), people read the rest.\n\n\
         ## Exit statuses\n\n| status | meaning |\n| ---: | --- |\n",
    );
    for exit in EXITS {
        line(&mut page, &[&(exit as u8).to_string(), meaning(exit)]);
    }
    for source in SOURCES {
        let Source { title, file, rows } = source;
        // Writing to a string cannot fail, here and below.
        let _ = write!(page, "\n## {title}\n\nTable: [`{file}`](../{file})\n\n");
        page.push_str("| code | exit status | meaning | what to do |\n| --- | ---: | --- | --- |\n");
        for row in *rows {
            line(&mut page, &[&format!("`{}`", row.code), &(row.exit as u8).to_string(), row.meaning, row.action]);
        }
    }
    page.push_str(
        "\nThe codes below come with an HTTP status. The command line ends with status 4 for those of the 400s, 5 for 500, 6 for the rest.\n",
    );
    for Answers { title, file, rows } in answers() {
        let _ = write!(page, "\n## {title}\n\nTable: [`{file}`](../{file})\n\n");
        page.push_str("| code | HTTP status | meaning | what to do |\n| --- | ---: | --- | --- |\n");
        for (code, status, meaning, action) in rows {
            line(&mut page, &[&format!("`{code}`"), &status.to_string(), meaning, action]);
        }
    }
    reasons(&mut page);
    page
}

/// The kinds of the ledger's entries.
fn events() -> String {
    let mut page = String::from(
        "# Entries of the ledger\n\n\
         <!-- Written by `cargo run -p xtask -- codegen`; change the table in the code, not this page. -->\n\n\
         Table: [`crates/store/src/ledger/kind.rs`](../crates/store/src/ledger/kind.rs). An entry says who acted, for whom (a pseudonym), in which \
         service and visit, on which consent, and which records it changed; never a name, a number, a picture or a template. \
         [LEDGER.md](LEDGER.md) says how it is kept and verified.\n\n| kind | what it says |\n| --- | --- |\n",
    );
    for row in store::ledger::kind::TABLE {
        line(&mut page, &[&format!("`{}`", row.code), row.meaning]);
    }
    page
}

/// What a low quality measure tells a person.
fn reasons(page: &mut String) {
    page.push_str(
        "\n## Reasons of low quality\n\nTable: [`crates/face/src/quality/reason.rs`](../crates/face/src/quality/reason.rs). Below the value, the \
         measure yields the reason.\n\n| reason | measure | below | what to do |\n| --- | --- | ---: | --- |\n",
    );
    for row in face::quality::reason::TABLE {
        line(page, &[row.code, row.measure.as_str(), &row.below.to_string(), row.instruction]);
    }
}

/// One line of a table; a bar inside a cell is escaped.
fn line(page: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_stands_once_in_all_tables_and_on_the_page() {
        let page = errors();
        let mut seen = BTreeSet::new();
        let answers: Vec<&str> = answers().iter().flat_map(|table| &table.rows).map(|row| row.0).collect();
        for code in SOURCES.iter().flat_map(|source| source.rows).map(|row| row.code).chain(answers) {
            assert!(seen.insert(code), "{code} stands in two tables");
            assert_eq!(page.matches(&format!("| `{code}` |")).count(), 1, "{code}");
        }
        assert!(seen.len() >= 100, "only {} codes", seen.len());
    }

    #[test]
    fn exit_statuses_count_from_zero() {
        assert!(EXITS.iter().enumerate().all(|(index, exit)| index == *exit as usize));
    }

    #[test]
    fn bars_are_escaped() {
        let mut page = String::new();
        line(&mut page, &["a|b", "c"]);
        assert_eq!(page, "| a\\|b | c |\n");
    }

    #[test]
    fn pages_are_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("docs/ERRORS.md")).unwrap(), errors());
        assert_eq!(std::fs::read_dir(folder.path().join("docs")).unwrap().count(), pages().len());
    }
}
