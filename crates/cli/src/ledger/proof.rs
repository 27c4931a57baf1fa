//! `countenance ledger proof`: the proofs of a case file, checked without the installation.

use super::verifiers;
use crate::exit::Result;
use crate::file;
use crate::print::Printer;
use clap::Args;
use face::code::Exit;
use serde::Serialize;
use std::path::PathBuf;
use store::ledger::proof::Inclusion;

/// `ledger proof`
#[derive(Debug, Args)]
pub(crate) struct Proof {
    /// The proofs, one a line, as `proofs.jsonl` of a case file's archive holds them
    #[arg(value_name = "FILE")]
    proofs: PathBuf,
    /// A file with public keys as `countenance ledger keys` prints them, got from somebody whom you trust
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
}

/// What the proofs show.
#[derive(Debug, Serialize)]
struct Proved {
    /// Entries that stand in the ledger under a signed checkpoint.
    proved: u64,
    /// Lines that prove nothing, from 1, and why.
    wrong: Vec<Wrong>,
}

/// A line that proves nothing.
#[derive(Debug, Serialize)]
struct Wrong {
    line: u64,
    why: String,
}

/// Checks each line.
pub(super) fn run(args: &Proof, printer: &Printer) -> Result<Exit> {
    let keys = verifiers(&args.keys)?;
    let text = file::text(&args.proofs)?;
    let mut found = Proved { proved: 0, wrong: Vec::new() };
    for (line, text) in (1..).zip(text.lines()) {
        let read = serde_json::from_str::<Inclusion>(text).map_err(|_| "it is no proof".to_owned());
        match read.and_then(|proof| proof.verify_by(&keys).map_err(|error| error.to_string())) {
            Ok(_) => found.proved += 1,
            Err(why) => found.wrong.push(Wrong { line, why }),
        }
    }
    let is_right = found.wrong.is_empty() && found.proved > 0;
    printer.result(&found, |_| words(&found))?;
    Ok(if is_right { Exit::Match } else { Exit::NoMatch })
}

fn words(found: &Proved) -> String {
    let wrong = found.wrong.iter().map(|wrong| format!("line {}: {}\n", wrong.line, wrong.why));
    let noun = if found.proved == 1 { "entry stands" } else { "entries stand" };
    wrong.collect::<String>() + &format!("{} {noun} in the ledger, under signed checkpoints\n", found.proved)
}
