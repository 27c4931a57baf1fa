//! Runs the built program as a person would, in the repository's root and with a known environment.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a run ended and what it printed.
pub(crate) struct Ran {
    /// The exit status.
    pub(crate) status: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The program, ready to run with `args`.
pub(crate) fn command<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countenance"));
    command.args(args).current_dir(root()).env_clear().env("COLUMNS", "90").env("LANG", "C.UTF-8");
    command
}

/// Runs the program with `args`.
pub(crate) fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    finish(command(args))
}

/// Runs a prepared command.
pub(crate) fn finish(mut command: Command) -> Ran {
    let output = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
    Ran {
        status: output.status.code().expect("the program ends by itself"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// A fixture's path from the root. Its absence is a failure: these tests must not pass without their pictures.
pub(crate) fn fixture(name: &str) -> String {
    let path = format!("fixtures/{name}");
    assert!(root().join(&path).is_file(), "{path} is missing: the fixtures belong to the repository");
    path
}

/// Runs the line as a shell would split it, where `obama-1.jpg` and the like are fixtures.
pub(crate) fn line(line: &str) -> Ran {
    run(line
        .split_whitespace()
        .map(|word| if word.strip_suffix(".jpg").is_some() { fixture(word) } else { word.to_owned() }))
}
