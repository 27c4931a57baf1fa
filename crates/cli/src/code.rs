//! The stable codes of the command line's own refusals; `docs/ERRORS.md` is generated from this table and the one of `face`.
//!
//! Uses nothing of this crate, so that the generator can read it alone.

use face::code::{Exit, Row};

macro_rules! codes {
    ($($name:ident $code:literal $exit:ident $meaning:literal $action:literal;)+) => {
        /// A stable refusal code of the command line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code { $(#[doc = $meaning] $name,)+ }

        /// The table of all codes of this crate, in the order of [`Code`].
        pub(crate) const TABLE: &[Row] =
            &[$(Row { code: $code, exit: Exit::$exit, meaning: $meaning, action: $action },)+];
    };
}

codes! {
    Usage "usage" BadInput "The command line is wrong." "Read `countenance help`, or `countenance help verify` for one command.";
    FileNotFound "file-not-found" BadInput "A named file does not exist." "Check the name and the folder.";
    FileUnreadable "file-unreadable" BadInput "A named file exists but cannot be read." "Check that it is a file, not a folder, and that you may read it.";
    DateInvalid "date-invalid" BadInput "A date is not a calendar date, or the dates do not fit the portraits." "Write 2009, 2009-05 or 2009-05-31, one for each portrait in their order, and `unknown` where the date is not known.";
    OutputExists "output-exists" BadInput "The output file exists already." "Name another file, or add --force to replace it.";
    OutputIsInput "output-is-input" BadInput "The output would replace the input picture." "Name another output file.";
    ThreadsUnavailable "threads-unavailable" Failed "The operating system gave no threads to work with." "Ask for fewer with --threads, or end other programs.";
    ConfigInvalid "config-invalid" BadInput "The configuration has an unknown, missing or impossible entry." "Correct the entry that the detail names; `countenance init` writes a whole example.";
    KeyRingUnreadable "key-ring-unreadable" BrokenInstallation "The key ring cannot be read or written, or others may read it." "Check the path in the configuration, and that the file belongs to the server's user with mode 600.";
    FolderInUse "folder-in-use" BadInput "The folder holds an installation already." "Name another folder; an installation is never overwritten.";
    ServerFailed "server-failed" Failed "The server could not begin or go on." "Read the detail: another program may use the port, or a certificate may be unusable.";
    SelfTestWrong "self-test-wrong" BrokenInstallation "The self-test did not tell the built-in pictures apart." "Do not use this installation. Install the program again, or correct the pack that --pack names.";
}

impl Code {
    /// The code's row in [`TABLE`].
    pub(crate) fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, TABLE};
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_also_against_the_engine_and_the_lab() {
        let mut seen: BTreeSet<_> = face::code::TABLE.iter().chain(eval::code::TABLE).map(|row| row.code).collect();
        for row in TABLE {
            assert!(row.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", row.code);
            assert!(seen.insert(row.code), "{} stands twice", row.code);
            assert!(row.meaning.ends_with('.') && row.action.ends_with('.'), "{}", row.code);
        }
    }

    #[test]
    fn a_code_finds_its_own_row() {
        assert_eq!(Code::Usage.row().code, "usage");
        assert_eq!(Code::SelfTestWrong.row().exit, face::code::Exit::BrokenInstallation);
    }
}
