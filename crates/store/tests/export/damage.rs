//! The export of a ledger, changed byte by byte and line by line.

use crate::sample::{Sample, keys, line_of, names, sample, small};
use seal::checkpoint::Verifier;
use seal::keys::{FileRing, KeyRing, Rotate, SignUse};
use store::Means;
use store::finding::What;
use store::ledger::verify::{Report, Trust};
use store::ledger::{Act, Actor, Kind, Shard};
use testkit::SeededRandom;
use testkit::town::{self, ORIGIN};

#[tokio::test]
async fn an_export_verifies_and_says_what_it_holds() {
    let sample = sample().await;
    let report = sample.verify(&sample.bytes);
    assert!(report.is_right(), "{report:#?}");
    assert!(report.trusted);
    assert_eq!((report.entries, report.roots, report.origin.as_deref()), (8, 3, Some(ORIGIN)));
    let shards: Vec<(u64, u64, u64)> =
        report.shards.iter().map(|shard| (shard.entries, shard.checkpoints, shard.uncovered)).collect();
    // The office's fifth entry was signed with the third root; the register's last is under no checkpoint yet.
    assert_eq!(shards, [(5, 3, 0), (3, 1, 1)]);
    let untrusted = store::ledger::verify(&sample.bytes[..], &Trust::default(), &mut |_| {}).unwrap();
    assert!(untrusted.is_right() && !untrusted.trusted);
    assert!(serde_json::to_string(&report).unwrap().contains("\"findings\""));
}

#[tokio::test]
async fn every_flipped_byte_is_found_and_the_entry_named() {
    let sample = sample().await;
    let mut at = 0;
    for line in sample.lines() {
        let entry = Sample::entry_of(line);
        for index in 0..line.len() {
            for bit in [index % 8, (index + 3) % 8] {
                let mut bytes = sample.bytes.clone();
                bytes[at + index] ^= 1 << bit;
                let report = sample.verify(&bytes);
                assert!(!report.is_right(), "byte {} bit {bit}", at + index);
                if let Some(entry) = &entry {
                    assert!(names(&report.findings, entry), "byte {index} bit {bit} of {entry:?}: {report:#?}");
                }
            }
        }
        at += line.len();
    }
}

#[tokio::test]
async fn every_removed_line_is_found_and_the_entry_named() {
    let sample = sample().await;
    let lines = sample.lines();
    for removed in 0..lines.len() {
        let bytes: Vec<u8> = (0..lines.len()).filter(|&at| at != removed).flat_map(|at| lines[at].to_vec()).collect();
        let report = sample.verify(&bytes);
        assert!(!report.is_right(), "line {removed}");
        if let Some(entry) = Sample::entry_of(lines[removed]) {
            assert!(names(&report.findings, &entry), "{entry:?}: {report:#?}");
        }
    }
}

#[tokio::test]
async fn every_swapped_and_repeated_line_is_found_and_the_entry_named() {
    let sample = sample().await;
    let lines = sample.lines();
    for first in 0..lines.len() {
        for second in 0..lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(first, second);
            let report = sample.verify(&swapped.concat());
            assert_eq!(report.is_right(), first == second, "lines {first} and {second} swapped");
            let mut changed = lines.clone();
            changed.insert(second, lines[first]);
            let report_of_two = sample.verify(&changed.concat());
            assert!(!report_of_two.is_right(), "line {first} again before {second}");
            let range = first.min(second)..=first.max(second);
            let mut moved = lines[range].iter().filter_map(|line| Sample::entry_of(line));
            // Where the order of the entries changed, one of those between is named: where it stands, and where it is missing.
            let order = |lines: &[&[u8]]| lines.iter().filter_map(|line| Sample::entry_of(line)).collect::<Vec<_>>();
            if order(&swapped) != order(&lines) {
                assert!(moved.any(|entry| names(&report.findings, &entry)), "{first} and {second}: {report:#?}");
            }
            if let Some(entry) = Sample::entry_of(lines[first]) {
                assert!(names(&report_of_two.findings, &entry), "{entry:?} again at {second}: {report_of_two:#?}");
            }
        }
    }
}

#[tokio::test]
async fn an_export_that_is_cut_anywhere_is_found() {
    let sample = sample().await;
    let lines = sample.lines();
    for kept in 0..lines.len() {
        let report = sample.verify(&lines[..kept].concat());
        assert!(report.findings.list().iter().any(|finding| finding.what == What::SealMissing), "{kept} lines");
    }
    for length in 0..sample.bytes.len() {
        assert!(!sample.verify(&sample.bytes[..length]).is_right(), "{length} bytes");
    }
}

#[tokio::test]
async fn a_forged_entry_put_in_anywhere_is_found() {
    let sample = sample().await;
    let lines = sample.lines();
    let shard = lines.iter().find_map(|line| Sample::entry_of(line)).unwrap().0;
    for seq in 0..7 {
        let entry = format!(
            "{{\"actor\":\"system\",\"at_ms\":1,\"kind\":\"retention.run\",\"seq\":{seq},\"shard\":\"{shard}\",\"v\":1}}"
        );
        let forged = line_of(&entry);
        for place in 0..=lines.len() {
            let mut changed = lines.clone();
            changed.insert(place, forged.as_bytes());
            let report = sample.verify(&changed.concat());
            assert!(names(&report.findings, &(shard.clone(), seq)), "{seq} before line {place}: {report:#?}");
        }
    }
}

#[tokio::test]
async fn entries_with_new_hashes_are_found_between_the_checkpoints_around_them() {
    let sample = sample().await;
    let lines = sample.lines();
    for (at, line) in lines.iter().enumerate() {
        let Some((shard, seq)) = Sample::entry_of(line) else { continue };
        let text = std::str::from_utf8(line).unwrap();
        let entry = text.split_once(",\"leaf\"").unwrap().0.strip_prefix("{\"entry\":").unwrap();
        let forged = line_of(&entry.replace("retention.run", "retention.ran"));
        let mut changed = lines.clone();
        changed[at] = forged.as_bytes();
        let report = sample.verify(&changed.concat());
        // Checkpoints of the office stand at 2, 4 and 5, the register's at 2 and, signed for the export, at 3.
        let first = match seq {
            0 | 1 => 0,
            2 | 3 => 2,
            _ => 4,
        };
        let first = if shard == "register" && seq == 2 { 2 } else { first };
        let forged = report.findings.list().iter().find(|finding| finding.what == What::EntriesForged).unwrap();
        assert_eq!((forged.shard.as_deref(), forged.seq), (Some(shard.as_str()), Some(first)), "entry {seq}");
    }
}

#[tokio::test]
async fn an_export_with_foreign_keys_is_not_trusted() {
    let sample = sample().await;
    let other = FileRing::generate("2026-11-21", &SeededRandom::new(99)).unwrap();
    let keys = keys(&other);
    let report =
        store::ledger::verify(&sample.bytes[..], &Trust { keys: Some(&keys), outside: &[] }, &mut |_| {}).unwrap();
    assert!(report.findings.list().iter().any(|finding| finding.what == What::CheckpointInvalid));
    assert!(report.findings.list().iter().any(|finding| finding.what == What::SealInvalid));
}

#[tokio::test]
async fn what_was_kept_outside_is_compared() {
    let sample = sample().await;
    let lines = sample.lines();
    let checkpoints: Vec<String> = lines
        .iter()
        .filter_map(|line| {
            serde_json::from_slice::<serde_json::Value>(line).ok()?["checkpoint"].as_str().map(str::to_owned)
        })
        .collect();
    let all: Vec<String> = checkpoints.iter().chain(&sample.roots).cloned().collect();
    assert_eq!(all.len(), 7);
    let report = sample.verify_outside(&sample.bytes, &all);
    assert!(report.is_right(), "{report:#?}");

    // The ledger as it was after four acts, and, from there on, another one: right in itself, but not what was kept.
    let (ring, random) = (testkit::ring(), SeededRandom::new(1));
    let means = Means { now: town::morning(), random: &random, ring: &ring };
    let database = testkit::store::fresh(store::db::Dialect::Sqlite).await.unwrap();
    let mut tx = database.write().await.unwrap();
    store::meta::install(&mut tx, &means, ORIGIN).await.unwrap();
    tx.commit().await.unwrap();
    let office = Shard::Office(store::id::OfficeId::new(&means));
    for act in 0..4 {
        let means = &town::later(&means, act);
        let fact = Act::new(Kind::RetentionRun, office.clone(), &Actor::System).fact("act", act);
        town::note(database.write().await.unwrap(), means, fact).await.unwrap();
        if act == 1 || act == 3 {
            town::checkpoints(&database, means).await.unwrap();
        }
    }
    let short = town::export(&database, &means).await.unwrap();
    let early: Vec<String> = sample.roots[..2].to_vec();
    assert!(sample.verify_outside(&short, &early).is_right());
    let rolled_back = |report: &Report| report.findings.list().iter().any(|f| f.what == What::LedgerRolledBack);
    assert!(rolled_back(&sample.verify_outside(&short, &sample.roots)), "a root that is not there");
    for checkpoint in &checkpoints[2..] {
        assert!(rolled_back(&sample.verify_outside(&short, std::slice::from_ref(checkpoint))), "{checkpoint}");
    }
    let fact = Act::new(Kind::RetentionRun, office, &Actor::System).fact("act", "another");
    town::note(database.write().await.unwrap(), &means, fact).await.unwrap();
    let other = town::export(&database, &means).await.unwrap();
    assert!(sample.verify(&other).is_right());
    assert!(rolled_back(&sample.verify_outside(&other, &checkpoints)), "another fifth entry");
}

#[tokio::test]
async fn both_databases_give_the_same_export() {
    let mut exports = Vec::new();
    for database in testkit::store::databases().await {
        let (ring, random) = (testkit::ring(), SeededRandom::new(1));
        let means = Means { now: town::morning(), random: &random, ring: &ring };
        town::build(&database, &means).await.unwrap();
        let bytes = town::export(&database, &town::later(&means, 2000)).await.unwrap();
        let keys = keys(&ring);
        let report =
            store::ledger::verify(&bytes[..], &Trust { keys: Some(&keys), outside: &[] }, &mut |_| {}).unwrap();
        assert!(report.is_right(), "{report:#?}");
        exports.push(String::from_utf8(bytes).unwrap());
    }
    assert!(exports.windows(2).all(|pair| pair[0] == pair[1]), "the same acts give the same bytes");
}

#[tokio::test]
async fn an_export_over_several_signing_keys_verifies() {
    let (mut ring, random) = (testkit::ring(), SeededRandom::new(1));
    let database = testkit::store::fresh(store::db::Dialect::Sqlite).await.unwrap();
    small(&database, &Means { now: town::morning(), random: &random, ring: &ring }).await;
    let old = keys(&ring);
    ring.rotate(&Rotate::Sign(SignUse::Ledger), "2026-11-22", &random).unwrap();
    let means = Means { now: town::morning(), random: &random, ring: &ring };
    let act = Act::new(Kind::KeysRotated, Shard::Register, &Actor::System);
    town::note(database.write().await.unwrap(), &means, act).await.unwrap();
    town::checkpoints(&database, &means).await.unwrap();
    let bytes = town::export(&database, &means).await.unwrap();
    let verify = |keys: &[Verifier]| {
        store::ledger::verify(&bytes[..], &Trust { keys: Some(keys), outside: &[] }, &mut |_| {}).unwrap()
    };
    assert!(verify(&keys(&ring)).is_right());
    assert!(!verify(&old).is_right() && !verify(&keys(&ring)[..1]).is_right());
    let mut tx = database.read().await.unwrap();
    let depth = store::check::Depth::Full;
    let report = store::check::check(&mut tx, &means, depth, &mut |_| {}).await.unwrap();
    // The ring was rotated behind the database's back; the checkpoints are right all the same.
    assert!(report.findings.list().iter().all(|finding| finding.what == What::KeyRingStale), "{report:#?}");
}

/// An export of `count` entries in one tree, made without a database.
fn long(ring: &FileRing, count: u64) -> Vec<u8> {
    use base64::Engine as _;
    use seal::checkpoint::Checkpoint;
    use seal::tree::Frontier;
    use sha2::Digest as _;
    use std::fmt::Write as _;
    let (id, public) = ring.public_keys(SignUse::Ledger).remove(0);
    let vkey = Verifier::new(ORIGIN, public).unwrap();
    let mut text = format!(
        "{{\"format\":\"countenance-ledger-export-1\",\"keys\":[{{\"id\":\"{id}\",\"vkey\":\"{vkey}\"}}],\
         \"made_at_ms\":1,\"origin\":\"{ORIGIN}\"}}\n{{\"shard\":\"register\",\"size\":{count}}}\n"
    );
    let mut tree = Frontier::default();
    for seq in 0..count {
        let entry = format!(
            "{{\"actor\":\"operator:01m7yhx300az0nq719ebmv9zbc\",\"at_ms\":1795248100000,\"facts\":{{\"score\":412}},\
             \"kind\":\"capture.taken\",\"person\":\"01m7yhx300az0nq719ebmv9zbd\",\"rows\":{{\
             \"captures/AAAAAAAAAAAAAAAAAAAAAA\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"evidences/AAAAAAAAAAAAAAAAAAAAAA\":\"AAAAAAAAAAAAAAAAAAAAAA\"}},\
             \"seq\":{seq},\"service\":\"household.identity-card\",\"shard\":\"register\",\"v\":1}}"
        );
        tree.append(seal::tree::leaf_hash(entry.as_bytes()));
        text.push_str(&line_of(&entry));
    }
    let note = Checkpoint::new(format!("{ORIGIN}/register"), tree.head()).sign(ring).unwrap();
    writeln!(text, "{}", serde_json::json!({"head": note})).unwrap();
    let sha256 = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(&text));
    let claims = serde_json::json!({"sha256": sha256, "entries": count, "shards": 1, "roots": 0});
    let seal = seal::jws::sign(ring, SignUse::Ledger, "ledger-export", &claims).unwrap();
    writeln!(text, "{}", serde_json::json!({"seal": seal})).unwrap();
    text.into_bytes()
}

#[test]
fn many_entries_verify_and_one_changed_among_them_is_named() {
    let ring = testkit::ring();
    let keys = keys(&ring);
    let trust = Trust { keys: Some(&keys), outside: &[] };
    let mut bytes = long(&ring, 20_000);
    let begin = std::time::Instant::now();
    let report = store::ledger::verify(&bytes[..], &trust, &mut |_| {}).unwrap();
    println!("20000 entries, {} bytes: {:?}", bytes.len(), begin.elapsed());
    assert!(report.is_right(), "{report:#?}");
    assert_eq!((report.entries, report.shards[0].uncovered), (20_000, 20_000));
    let seq = b"\"seq\":12345,";
    let at = bytes.windows(seq.len()).position(|window| window == seq).unwrap();
    bytes[at - 40] ^= 1;
    let report = store::ledger::verify(&bytes[..], &trust, &mut |_| {}).unwrap();
    assert!(names(&report.findings, &("register".to_owned(), 12_345)), "{report:#?}");
    assert_eq!(report.findings.list().len(), 2, "the entry and the seal");
}

#[test]
fn what_is_no_export_is_said_to_be_none() {
    for text in ["", "\n", "hello\n", "{}\n", "\u{0}\n", "{\"entry\":", "{\"seal\":\"a.b.c\"}\n"] {
        let report = store::ledger::verify(text.as_bytes(), &Trust::default(), &mut |_| {}).unwrap();
        assert!(!report.is_right(), "{text:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_verifier_fail(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        let report = store::ledger::verify(&bytes[..], &Trust::default(), &mut |_| {}).unwrap();
        proptest::prop_assert!(!report.is_right());
    }
}
