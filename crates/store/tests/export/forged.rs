//! Exports that somebody made who knows the format: everything is written anew and hashed anew, only the signatures are missing. What is found
//! must be found without the seal at the end too, so each forgery is sealed again with the ledger's own key.

use crate::sample::{Sample, line_of, names, sample};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seal::checkpoint::Checkpoint;
use seal::keys::{FileRing, SignUse};
use serde_json::{Value, json};
use sha2::Digest as _;
use store::finding::What;
use store::ledger::verify::Report;
use store::ledger::{Act, Actor, Kind, Shard};
use store::{Means, ledger};
use testkit::SeededRandom;
use testkit::town::{self, ORIGIN};

/// Lines without their seal, sealed by the ledger's key as if nothing had happened.
fn sealed(ring: &FileRing, lines: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes: Vec<u8> = lines[..lines.len() - 1].concat();
    let old: Value = serde_json::from_slice(&lines[lines.len() - 1]).unwrap();
    let claims = old["seal"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let mut claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["sha256"] = json!(STANDARD.encode(sha2::Sha256::digest(&bytes)));
    let seal = seal::jws::sign(ring, SignUse::Ledger, "ledger-export", &claims).unwrap();
    bytes.extend(format!("{}\n", json!({ "seal": seal })).as_bytes());
    bytes
}

fn owned(sample: &Sample) -> Vec<Vec<u8>> {
    sample.lines().into_iter().map(<[u8]>::to_vec).collect()
}

/// The report on changed lines; it must find something, also under a seal that fits them.
fn found(sample: &Sample, lines: &[Vec<u8>], what: &str) -> Report {
    assert!(!sample.verify(&lines.concat()).is_right(), "{what}");
    let report = sample.verify(&sealed(&sample.ring, lines));
    // Without its keys no seal can be read; everything else must be found although the seal fits.
    let other = report.findings.list().iter().any(|finding| finding.what != What::SealInvalid);
    assert!(other, "{what} is found by nothing but the seal: {report:#?}");
    report
}

fn is_found(report: &Report, what: What) -> bool {
    report.findings.list().iter().any(|finding| finding.what == what)
}

#[tokio::test]
async fn a_new_seal_over_the_same_lines_is_right() {
    let sample = sample().await;
    let report = sample.verify(&sealed(&sample.ring, &owned(&sample)));
    assert!(report.is_right(), "{report:#?}");
}

/// Other texts that a lenient reader would take for the same entry.
fn variants(entry: &str) -> Vec<String> {
    let seq: Value = serde_json::from_str(entry).unwrap();
    let seq = seq["seq"].to_string();
    let seq_is = |text: &str| entry.replace(&format!("\"seq\":{seq},"), &format!("\"seq\":{text},"));
    let mut keys: Vec<String> = Vec::new();
    for (name, value) in serde_json::from_str::<Value>(entry).unwrap().as_object().unwrap() {
        keys.insert(0, format!("{}:{value}", json!(name)));
    }
    vec![
        entry.replacen(':', ": ", 1),
        entry.replacen(',', ", ", 1),
        format!("{{ {}", &entry[1..]),
        format!(" {entry}"),
        format!("{entry} "),
        format!("{entry}\t"),
        format!("{entry}\r"),
        entry.replacen("system", "s\\u0079stem", 1),
        entry.replacen("\"actor\"", "\"\\u0061ctor\"", 1),
        entry.replacen("retention.run", "retention\\u002erun", 1),
        entry.replacen("retention.run", "retention\\u002Erun", 1),
        seq_is(&format!("{seq}.0")),
        seq_is(&format!("{seq}e0")),
        seq_is(&format!("{seq}E+0")),
        seq_is(&format!("0{seq}")),
        seq_is(&format!("-{seq}")),
        seq_is(&format!("\"{seq}\"")),
        // Duplicate keys: readers differ in which of them counts.
        format!("{{\"actor\":\"citizen\",{}", &entry[1..]),
        format!("{},\"actor\":\"citizen\"}}", &entry[..entry.len() - 1]),
        format!("{},\"v\":1}}", &entry[..entry.len() - 1]),
        format!("{{\"seq\":{seq},{}", &entry[1..]),
        // Keys in another order, one more, one less.
        format!("{{{}}}", keys.join(",")),
        format!("{},\"zzz\":null}}", &entry[..entry.len() - 1]),
        entry.replacen("\"v\":1", "\"v\":2", 1),
        entry.replacen(",\"v\":1", "", 1),
        format!("\u{feff}{entry}"),
    ]
}

#[tokio::test]
async fn another_way_to_write_the_same_entry_is_found_and_the_entry_named() {
    let sample = sample().await;
    let lines = owned(&sample);
    let mut tried = 0;
    for (at, line) in lines.iter().enumerate() {
        let Some(place) = Sample::entry_of(line) else { continue };
        let text = std::str::from_utf8(line).unwrap();
        let (entry, leaf) = text.split_once(",\"leaf\":").unwrap();
        let entry = entry.strip_prefix("{\"entry\":").unwrap();
        for variant in variants(entry) {
            assert_ne!(variant, entry);
            // With the leaf hash of before, and with one that fits the new text.
            let forged = [format!("{{\"entry\":{variant},\"leaf\":{leaf}"), line_of(&variant)];
            for forged in forged {
                let mut changed = lines.clone();
                changed[at] = forged.into_bytes();
                let report = found(&sample, &changed, &variant);
                // Where all hashes fit and the form is the one form, only the signatures around it tell, and they tell the range.
                let form = serde_json::from_str::<Value>(&variant).ok().map(|value| seal::canonical::to_string(&value));
                let is_canonical = form.is_some_and(|form| form.is_ok_and(|form| form == variant));
                let ranged = is_canonical && is_found(&report, What::EntriesForged);
                assert!(names(&report.findings, &place) || ranged, "{variant}: {report:#?}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 8 * 26 * 2);
}

#[tokio::test]
async fn another_way_to_write_a_line_is_found() {
    let sample = sample().await;
    let lines = owned(&sample);
    for (at, line) in lines[..lines.len() - 1].iter().enumerate() {
        let text = std::str::from_utf8(line).unwrap().trim_end();
        let first = text.split(':').next().unwrap();
        for variant in [
            format!(" {text}"),
            format!("{text} "),
            format!("{text}\r"),
            text.replacen(':', ": ", 1),
            text.replacen(first, &format!("{{\"\\u{:04x}{}", first.as_bytes()[2], &first[3..]), 1),
            format!("{},{}", &text[..text.len() - 1], &text[1..]),
            format!("{},\"zzz\":1}}", &text[..text.len() - 1]),
            format!("{text}\n"),
            format!("\u{feff}{text}"),
        ] {
            let mut changed = lines.clone();
            changed[at] = format!("{variant}\n").into_bytes();
            found(&sample, &changed, &variant);
        }
    }
}

/// Another history of the same installation: the same trees and places, the same key, other facts.
async fn other_history() -> Sample {
    let (ring, random) = (testkit::ring(), SeededRandom::new(1));
    let means = Means { now: town::morning(), random: &random, ring: &ring };
    let database = testkit::store::fresh(store::db::Dialect::Sqlite).await.unwrap();
    let mut tx = database.write().await.unwrap();
    store::meta::install(&mut tx, &means, ORIGIN).await.unwrap();
    tx.commit().await.unwrap();
    let office = Shard::Office(store::id::OfficeId::new(&means));
    let mut roots = Vec::new();
    for act in 0..8 {
        let means = &town::later(&means, act);
        let shard = if act < 5 { office.clone() } else { Shard::Register };
        let fact = Act::new(Kind::RetentionRun, shard, &Actor::System).fact("act", act + 100);
        town::note(database.write().await.unwrap(), means, fact).await.unwrap();
        if act == 1 || act == 3 || act == 6 {
            roots.extend(town::checkpoints(&database, means).await.unwrap());
        }
    }
    let bytes = town::export(&database, &town::later(&means, 100)).await.unwrap();
    Sample { ring, bytes, roots }
}

#[tokio::test]
async fn lines_of_two_exports_that_are_exchanged_are_found() {
    let (one, other) = (sample().await, other_history().await);
    let (lines, others) = (owned(&one), owned(&other));
    assert!(other.verify(&other.bytes).is_right());
    assert_eq!(lines.len(), others.len());
    let places = |lines: &[Vec<u8>]| lines.iter().map(|line| Sample::entry_of(line)).collect::<Vec<_>>();
    assert_eq!(places(&lines), places(&others), "the two histories have the same places");
    let mut exchanged = 0;
    for at in (0..lines.len() - 1).filter(|&at| lines[at] != others[at]) {
        let mut changed = lines.clone();
        changed[at].clone_from(&others[at]);
        let report = found(&one, &changed, "a line of another history");
        if Sample::entry_of(&lines[at]).is_some() {
            assert!(is_found(&report, What::EntriesForged), "{report:#?}");
            exchanged += 1;
        }
        // And from there on, or up to there, all of it.
        for changed in [[&lines[..at], &others[at..]].concat(), [&others[..at], &lines[at..]].concat()] {
            let report = one.verify(&sealed(&one.ring, &changed));
            let whole = changed == lines || changed == others || places(&changed[..at]).iter().all(Option::is_none);
            assert!(!report.is_right() || whole, "from line {at} on");
        }
    }
    assert_eq!(exchanged, 8);
    // The seal of one does not fit the other.
    let mut swapped = lines.clone();
    *swapped.last_mut().unwrap() = others.last().unwrap().clone();
    assert!(is_found(&one.verify(&swapped.concat()), What::SealInvalid));
    // Two exports one after the other are none.
    assert!(!one.verify(&[one.bytes.clone(), other.bytes].concat()).is_right());
    assert!(!one.verify(&[one.bytes.clone(), one.bytes.clone()].concat()).is_right());
}

/// The notes of an export with where they stand: line, key, text.
fn notes(lines: &[Vec<u8>]) -> Vec<(usize, &'static str, String)> {
    let mut notes = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let value: Value = serde_json::from_slice(line).unwrap();
        for key in ["checkpoint", "head", "root"] {
            notes.extend(value[key].as_str().map(|note| (at, key, note.to_owned())));
        }
    }
    notes
}

fn with_note(lines: &[Vec<u8>], at: usize, key: &str, note: &str) -> Vec<Vec<u8>> {
    let mut changed = lines.to_vec();
    let mut value: Value = serde_json::from_slice(&changed[at]).unwrap();
    value[key] = json!(note);
    changed[at] = format!("{}\n", seal::canonical::to_string(&value).unwrap()).into_bytes();
    changed
}

#[tokio::test]
async fn a_note_of_another_log_key_or_signature_is_found() {
    let sample = sample().await;
    let lines = owned(&sample);
    let foreign = FileRing::generate("2026-11-21", &SeededRandom::new(99)).unwrap();
    let known = |shard: &str| {
        let keys = seal::keys::KeyRing::public_keys(&sample.ring, SignUse::Ledger);
        ledger::checkpoint::verifiers(ORIGIN, shard, &keys).unwrap()
    };
    let all = notes(&lines);
    assert_eq!(all.len(), 4 + 2 + 3);
    for (at, key, note) in &all {
        let (origin, _) = note.split_once('\n').unwrap();
        let shard = origin.strip_prefix(ORIGIN).unwrap().strip_prefix('/').unwrap();
        let body = Checkpoint::verify(note, &known(shard)).unwrap();
        let sign = |origin: &str, ring: &FileRing| Checkpoint::new(origin.to_owned(), body.head()).sign(ring).unwrap();
        assert_eq!(&sign(origin, &sample.ring), note, "what the office signs");
        let (text, signature) = note.rsplit_once("\n\n").unwrap();
        let (name, bytes) = signature.trim_end().rsplit_once(' ').unwrap();
        let mut id = STANDARD.decode(bytes).unwrap();
        id[0] ^= 1;
        let theirs = sign(origin, &foreign);
        let their_signature = theirs.rsplit_once("\n\n").unwrap().1;
        let their_bytes = STANDARD.decode(their_signature.trim_end().rsplit_once(' ').unwrap().1).unwrap();
        let our_id = [&STANDARD.decode(bytes).unwrap()[..4], &their_bytes[4..]].concat();
        let other_shard = if shard == "register" { "shards" } else { "register" };
        for (what, forged) in [
            ("another installation", sign(&format!("village.example.gov/{shard}"), &sample.ring)),
            ("another tree", sign(&format!("{ORIGIN}/{other_shard}"), &sample.ring)),
            ("another key", theirs.clone()),
            ("another key under our key's id", format!("{text}\n\n{name} {}\n", STANDARD.encode(our_id))),
            ("another key's id", format!("{text}\n\n{name} {}\n", STANDARD.encode(&id))),
            ("no signature", format!("{text}\n\n")),
            ("no signature and no empty line", format!("{text}\n")),
            ("an empty signature", format!("{text}\n\n{name} \n")),
            ("half a signature", format!("{text}\n\n{name} {}\n", STANDARD.encode(&id[..36]))),
            ("another origin under the same signature", note.replacen("town", "gown", 1)),
            ("a larger size", format!("{}\n\n{signature}", text.replacen('\n', "\n1", 1))),
        ] {
            let report = found(&sample, &with_note(&lines, *at, key, &forged), what);
            assert!(is_found(&report, What::CheckpointInvalid), "{what} for the {key} of {shard}: {report:#?}");
        }
    }
}

#[tokio::test]
async fn a_seal_of_another_kind_or_key_is_found() {
    let sample = sample().await;
    let lines = owned(&sample);
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let line: Value = serde_json::from_slice(lines.last().unwrap()).unwrap();
    let token = line["seal"].as_str().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let head = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(parts[0]).unwrap();
    let head = String::from_utf8(head).unwrap();
    let key = serde_json::from_str::<Value>(&head).unwrap()["kid"].as_str().unwrap().to_owned();
    let receipt = seal::keys::KeyRing::public_keys(&sample.ring, SignUse::Receipt)[0].0.to_string();
    let headers = [
        head.replace("EdDSA", "none"),
        head.replace("EdDSA", "HS256"),
        head.replace(&key, &receipt),
        head.replace(&key, "ledger-0000000000000000"),
        head.replace("ledger-export", "consent-receipt+jwt"),
        head.replacen('{', "{\"jwk\":{},", 1),
    ];
    let claims: Value = {
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let foreign = FileRing::generate("2026-11-21", &SeededRandom::new(99)).unwrap();
    let mut tokens: Vec<String> =
        headers.iter().map(|head| format!("{}.{}.{}", encode(head), parts[1], parts[2])).collect();
    tokens.push(format!("{}.{}.", encode(&head.replace("EdDSA", "none")), parts[1]));
    tokens.push(format!("{}.{}.", parts[0], parts[1]));
    tokens.push(seal::jws::sign(&foreign, SignUse::Ledger, "ledger-export", &claims).unwrap());
    tokens.push(seal::jws::sign(&sample.ring, SignUse::Receipt, "ledger-export", &claims).unwrap());
    tokens.push(seal::jws::sign(&sample.ring, SignUse::Ledger, "other", &claims).unwrap());
    for forged in tokens {
        assert_ne!(forged, token);
        let mut changed = lines.clone();
        *changed.last_mut().unwrap() = format!("{}\n", json!({ "seal": forged })).into_bytes();
        assert!(is_found(&sample.verify(&changed.concat()), What::SealInvalid), "{forged}");
    }
}
