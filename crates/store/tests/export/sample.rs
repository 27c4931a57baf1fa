//! A small ledger and its export.

use seal::checkpoint::Verifier;
use seal::keys::{FileRing, KeyRing, SignUse};
use store::finding::Findings;
use store::ledger::verify::{Report, Trust};
use store::ledger::{Act, Actor, Kind, Shard};
use store::{Db, Means};
use testkit::SeededRandom;
use testkit::town::{self, ORIGIN};

/// A ledger of two trees: five entries in one, three in the other; checkpoints after the second act and after the last but one.
pub(crate) async fn small(db: &Db, means: &Means<'_>) -> Vec<String> {
    let mut tx = db.write().await.unwrap();
    store::meta::install(&mut tx, means, ORIGIN).await.unwrap();
    tx.commit().await.unwrap();
    let office = Shard::Office(store::id::OfficeId::new(means));
    let mut roots = Vec::new();
    for act in 0..8 {
        let means = &town::later(means, act);
        let shard = if act % 8 < 5 { office.clone() } else { Shard::Register };
        let fact = Act::new(Kind::RetentionRun, shard, &Actor::System).fact("act", act);
        town::note(db.write().await.unwrap(), means, fact).await.unwrap();
        if act == 1 || act == 3 || act == 6 {
            roots.push(town::checkpoints(db, means).await.unwrap().unwrap());
        }
    }
    roots
}

pub(crate) struct Sample {
    pub(crate) ring: FileRing,
    pub(crate) bytes: Vec<u8>,
    /// The roots that could be kept outside, oldest first.
    pub(crate) roots: Vec<String>,
}

pub(crate) async fn sample() -> Sample {
    let (ring, random) = (testkit::ring(), SeededRandom::new(1));
    let means = Means { now: town::morning(), random: &random, ring: &ring };
    let database = testkit::store::fresh(store::db::Dialect::Sqlite).await.unwrap();
    let roots = small(&database, &means).await;
    let bytes = town::export(&database, &town::later(&means, 100)).await.unwrap();
    Sample { ring, bytes, roots }
}

pub(crate) fn keys(ring: &FileRing) -> Vec<Verifier> {
    seal::checkpoint::verifiers(ORIGIN, &ring.public_keys(SignUse::Ledger)).unwrap()
}

impl Sample {
    pub(crate) fn verify(&self, bytes: &[u8]) -> Report {
        let keys = keys(&self.ring);
        store::ledger::verify(bytes, &Trust { keys: Some(&keys), outside: &[] }, &mut |_| {}).unwrap()
    }

    pub(crate) fn verify_outside(&self, bytes: &[u8], outside: &[String]) -> Report {
        let keys = keys(&self.ring);
        store::ledger::verify(bytes, &Trust { keys: Some(&keys), outside }, &mut |_| {}).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<&[u8]> {
        self.bytes.split_inclusive(|&b| b == b'\n').collect()
    }

    /// Tree and place of the entry that a line holds.
    pub(crate) fn entry_of(line: &[u8]) -> Option<(String, u64)> {
        let line: serde_json::Value = serde_json::from_slice(line).ok()?;
        let entry = line.get("entry")?;
        Some((entry["shard"].as_str()?.to_owned(), entry["seq"].as_u64()?))
    }
}

pub(crate) fn names(findings: &Findings, (shard, seq): &(String, u64)) -> bool {
    findings.list().iter().any(|finding| finding.shard.as_ref() == Some(shard) && finding.seq == Some(*seq))
}

/// A line of an entry with its leaf hash, as a forger would write it.
pub(crate) fn line_of(entry: &str) -> String {
    use base64::Engine as _;
    let leaf = base64::engine::general_purpose::STANDARD.encode(seal::tree::leaf_hash(entry.as_bytes()));
    format!("{{\"entry\":{entry},\"leaf\":\"{leaf}\"}}\n")
}
