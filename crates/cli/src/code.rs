//! The stable codes of the command line's own refusals; `docs/ERRORS.md` is generated from this table and the one of `face`.
//!
//! Uses nothing of this crate, so that the generator can read it alone.

use face::code::{Exit, Row};

const fn row(code: &'static str, exit: Exit, meaning: &'static str, action: &'static str) -> Row {
    Row { code, exit, meaning, action }
}

/// The command line itself is wrong.
pub(crate) const USAGE: Row = row(
    "usage",
    Exit::BadInput,
    "The command line is wrong.",
    "Read `countenance help`, or `countenance help verify` for one command.",
);
/// A named file does not exist.
pub(crate) const FILE_NOT_FOUND: Row =
    row("file-not-found", Exit::BadInput, "A named file does not exist.", "Check the name and the folder.");
/// A named file exists but cannot be read.
pub(crate) const FILE_UNREADABLE: Row = row(
    "file-unreadable",
    Exit::BadInput,
    "A named file exists but cannot be read.",
    "Check that it is a file, not a folder, and that you may read it.",
);
/// A date is not a calendar date, or does not fit its portrait.
pub(crate) const DATE_INVALID: Row = row(
    "date-invalid",
    Exit::BadInput,
    "A date is not a calendar date, or the dates do not fit the portraits.",
    "Write 2009, 2009-05 or 2009-05-31, one for each portrait in their order; write unknown where the date is not known.",
);
/// The output file exists already.
pub(crate) const OUTPUT_EXISTS: Row = row(
    "output-exists",
    Exit::BadInput,
    "The output file exists already.",
    "Name another file, or add --force to replace it.",
);
/// The output would replace the input.
pub(crate) const OUTPUT_IS_INPUT: Row =
    row("output-is-input", Exit::BadInput, "The output would replace the input picture.", "Name another output file.");
/// A result could not be written.
pub(crate) const WRITE_FAILED: Row = row(
    "write-failed",
    Exit::Failed,
    "A result could not be written.",
    "Check that the folder exists, that you may write there and that the disk has room.",
);
/// The self-test of `doctor` gave wrong answers.
pub(crate) const SELF_TEST_WRONG: Row = row(
    "self-test-wrong",
    Exit::BrokenInstallation,
    "The self-test did not tell the built-in pictures apart.",
    "Do not use this installation; install the program again, or correct the pack that --pack names.",
);

/// The table of all codes of this crate.
pub(crate) const TABLE: &[Row] = &[
    USAGE,
    FILE_NOT_FOUND,
    FILE_UNREADABLE,
    DATE_INVALID,
    OUTPUT_EXISTS,
    OUTPUT_IS_INPUT,
    WRITE_FAILED,
    SELF_TEST_WRONG,
];

#[cfg(test)]
mod tests {
    use super::TABLE;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_also_against_the_engine() {
        let mut seen: BTreeSet<_> = face::code::TABLE.iter().map(|row| row.code).collect();
        for row in TABLE {
            assert!(row.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", row.code);
            assert!(seen.insert(row.code), "{} stands twice", row.code);
            assert!(row.meaning.ends_with('.') && row.action.ends_with('.'), "{}", row.code);
        }
    }
}
