//! `countenance ledger proof`: one entry, verified without server, database and network.

use super::verifiers;
use crate::exit::{Failure, Result};
use crate::file;
use crate::print::Printer;
use clap::Args;
use face::code::Exit;
use seal::checkpoint::Verifier;
use serde::Serialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use store::ledger::proof::Inclusion;

/// `ledger proof`
#[derive(Debug, Args)]
pub(crate) struct Proof {
    /// The proof, as the auditor's pages and the API give it
    #[arg(value_name = "FILE")]
    proof: PathBuf,
    /// A file with public keys as `countenance ledger keys` prints them, got from somebody whom you trust
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
}

/// What a proof shows.
#[derive(Serialize)]
struct Proved {
    /// The log that signed: the installation and the tree.
    log: String,
    /// How many entries the tree had when it was signed.
    size: u64,
    seq: u64,
    entry: Value,
}

/// Verifies the proof with the keys, and shows the entry that it proves.
pub(super) fn run(args: &Proof, printer: &Printer) -> Result<Exit> {
    let proved = proved(&args.proof, &verifiers(&args.keys)?).map_err(|failure| failure.in_file(&args.proof))?;
    printer.result(&proved, |_| {
        let Proved { log, size, seq, entry } = &proved;
        format!("The entry is number {seq} of the {size} that {log} signed, and was not changed since:\n{entry:#}\n")
    })?;
    Ok(Exit::Match)
}

fn proved(proof: &Path, keys: &[Verifier]) -> Result<Proved> {
    let invalid = |detail: &str| Failure::from(seal::Error::new(seal::Code::ProofInvalid, detail));
    let proof: Inclusion =
        serde_json::from_str(&file::text(proof)?).map_err(|_| invalid("it is no proof of an entry"))?;
    let log = proof.checkpoint.lines().next().unwrap_or_default().to_owned();
    let of_log = |key: &&Verifier| log.strip_prefix(key.name()).is_some_and(|tree| tree.starts_with('/'));
    let keys = keys.iter().filter(of_log).map(|key| Verifier::new(&log, *key.public()));
    let checkpoint = proof.verify(&keys.collect::<seal::Result<Vec<_>>>()?)?;
    let entry: Value = serde_json::from_str(&proof.entry).map_err(|_| invalid("the entry is not JSON"))?;
    // The entry itself says where it stands, so that no other can be shown in its place.
    let tree = log.rsplit('/').next().unwrap_or_default();
    if entry["shard"] != tree || entry["seq"] != proof.seq {
        return Err(invalid("the entry says that it stands elsewhere"));
    }
    Ok(Proved { log, size: checkpoint.size, seq: proof.seq, entry })
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::checkpoint::Checkpoint;
    use seal::keys::{FileRing, KeyRing as _, SignUse};
    use seal::tree::{Head, leaf_hash};

    /// What the proof of the only entry of a tree shows, with keys of this origin.
    fn shown(entry: &str, seq: u64, origin: &str) -> Result<Proved> {
        let ring = FileRing::generate("2026-11-21", &server::random::OsRandom)?;
        let head = Head { size: 1, root: leaf_hash(b"{\"seq\":0,\"shard\":\"register\"}") };
        let checkpoint = Checkpoint::new("office.example/register", head).sign(&ring)?;
        let proof = Inclusion { entry: entry.to_owned(), seq, checkpoint, proof: Vec::new() };
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("proof.json");
        std::fs::write(&file, serde_json::to_string(&proof).expect("JSON")).expect("a file");
        proved(&file, &seal::checkpoint::verifiers(origin, &ring.public_keys(SignUse::Ledger))?)
    }

    #[test]
    fn a_proof_shows_its_entry_and_no_other() {
        let entry = "{\"seq\":0,\"shard\":\"register\"}";
        let proved = shown(entry, 0, "office.example").unwrap_or_else(|failure| panic!("{}", failure.message()));
        assert_eq!((proved.size, proved.log.as_str()), (1, "office.example/register"));
        for (entry, seq, origin) in [
            ("{\"seq\":0,\"shard\":\"registry\"}", 0, "office.example"),
            (entry, 1, "office.example"),
            (entry, 0, "other.example"),
            (entry, 0, "office.exampl"),
            (entry, 0, "office.example/register"),
        ] {
            assert!(shown(entry, seq, origin).is_err(), "{entry} {seq} {origin}");
        }
    }
}
