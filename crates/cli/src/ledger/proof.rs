//! `countenance ledger proof`: entries, verified without server, database and network.

use super::verifiers;
use crate::exit::Result;
use crate::file;
use crate::print::Printer;
use clap::Args;
use face::code::Exit;
use seal::checkpoint::Verifier;
use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;
use store::ledger::proof::Inclusion;

/// `ledger proof`
#[derive(Debug, Args)]
pub(crate) struct Proof {
    /// One proof as the auditor's pages and the API give it, or many as `proofs.jsonl` of a case file's archive holds them
    #[arg(value_name = "FILE")]
    proofs: PathBuf,
    /// A file with public keys as `countenance ledger keys` prints them, got from somebody whom you trust
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
}

/// What the proofs show.
#[derive(Debug, Default, Serialize)]
struct Found {
    /// Entries that stand in the ledger under a signed checkpoint.
    proved: Vec<Proved>,
    /// Proofs that prove nothing.
    wrong: Vec<Wrong>,
}

/// An entry that stands in the ledger.
#[derive(Debug, Serialize)]
struct Proved {
    /// The log that signed: the installation and the tree.
    log: String,
    /// How many entries the tree had when it was signed.
    size: u64,
    seq: u64,
    entry: Value,
}

/// A proof that proves nothing.
#[derive(Debug, Serialize)]
struct Wrong {
    /// Which of the file, from 1.
    number: usize,
    why: String,
}

/// Verifies each proof with the keys, and shows the entry of the only one.
pub(super) fn run(args: &Proof, printer: &Printer) -> Result<Exit> {
    let found = found(&file::text(&args.proofs)?, &verifiers(&args.keys)?);
    let is_right = found.wrong.is_empty() && !found.proved.is_empty();
    printer.result(&found, |_| words(&found))?;
    Ok(if is_right { Exit::Match } else { Exit::NoMatch })
}

fn found(text: &str, keys: &[Verifier]) -> Found {
    let mut found = Found::default();
    let proofs = serde_json::Deserializer::from_str(text).into_iter::<Inclusion>();
    for (number, proof) in (1..).zip(proofs) {
        match proof.map_err(|_| "it is no proof of an entry".to_owned()).and_then(|proof| proved(&proof, keys)) {
            Ok(proved) => found.proved.push(proved),
            Err(why) => found.wrong.push(Wrong { number, why }),
        }
    }
    found
}

fn proved(proof: &Inclusion, keys: &[Verifier]) -> std::result::Result<Proved, String> {
    let checkpoint = proof.verify_by(keys).map_err(|error| error.to_string())?;
    let log = proof.checkpoint.lines().next().unwrap_or_default().to_owned();
    let entry: Value = serde_json::from_str(&proof.entry).map_err(|_| "the entry is not JSON".to_owned())?;
    // The entry itself says where it stands, so that no other can be shown in its place.
    let tree = log.rsplit('/').next().unwrap_or_default();
    if entry["shard"] != tree || entry["seq"] != proof.seq {
        return Err("the entry says that it stands elsewhere".to_owned());
    }
    Ok(Proved { log, size: checkpoint.size, seq: proof.seq, entry })
}

fn words(found: &Found) -> String {
    let wrong = found.wrong.iter().map(|wrong| format!("proof {}: {}\n", wrong.number, wrong.why));
    let wrong = wrong.collect::<String>();
    if let ([Proved { log, size, seq, entry }], []) = (&found.proved[..], &found.wrong[..]) {
        return format!(
            "The entry is number {seq} of the {size} that {log} signed, and was not changed since:\n{entry:#}\n"
        );
    }
    let count = found.proved.len();
    let noun = if count == 1 { "entry stands" } else { "entries stand" };
    wrong + &format!("{count} {noun} in the ledger, under signed checkpoints\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::checkpoint::Checkpoint;
    use seal::keys::{FileRing, KeyRing as _, SignUse};
    use seal::tree::{Head, leaf_hash};

    const ENTRY: &str = "{\"seq\":0,\"shard\":\"register\"}";

    /// What the proof of the only entry of a tree shows, as often as asked, with keys of this origin.
    fn shown(entry: &str, seq: u64, origin: &str, times: usize) -> Found {
        let ring = FileRing::generate("2026-11-21", &server::random::OsRandom).expect("a ring");
        let head = Head { size: 1, root: leaf_hash(ENTRY.as_bytes()) };
        let checkpoint = Checkpoint::new("office.example/register", head).sign(&ring).expect("a note");
        let proof = Inclusion { entry: entry.to_owned(), seq, checkpoint, proof: Vec::new() };
        let line = serde_json::to_string(&proof).expect("JSON") + "\n";
        let keys = ring.public_keys(SignUse::Ledger);
        found(&line.repeat(times), &seal::checkpoint::verifiers(origin, &keys).expect("keys"))
    }

    #[test]
    fn a_proof_shows_its_entry_and_no_other() {
        let right = shown(ENTRY, 0, "office.example", 1);
        assert!(words(&right).contains("number 0 of the 1 that office.example/register signed"), "{right:?}");
        assert_eq!(shown(ENTRY, 0, "office.example", 3).proved.len(), 3);
        for (entry, seq, origin) in [
            ("{\"seq\":0,\"shard\":\"registry\"}", 0, "office.example"),
            (ENTRY, 1, "office.example"),
            (ENTRY, 0, "other.example"),
            (ENTRY, 0, "office.exampl"),
            (ENTRY, 0, "office.example/register"),
        ] {
            let found = shown(entry, seq, origin, 1);
            assert!(found.proved.is_empty() && found.wrong.len() == 1, "{entry} {seq} {origin}");
        }
        assert_eq!(found("{}", &[]).wrong.len(), 1);
        assert_eq!(found("nothing", &[]).wrong.len(), 1);
    }
}
