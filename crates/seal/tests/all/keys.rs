//! The key ring: its file, rotation, and what belongs to what.

use crate::sweep::damaged_text;
use proptest::prelude::*;
use seal::keys::{DataKey, Domain, FileRing, HashUse, KeyId, KeyRing, Rotate, SignUse, Usage, Wrapped};
use seal::template::Transform;
use seal::{Code, Random};
use testkit::{SeededRandom, ring};

const DAY: &str = "2026-12-01";

fn code<T>(result: seal::Result<T>) -> Code {
    result.err().unwrap().code
}

/// What a purpose's template secret makes of a fixed vector.
fn turned(ring: &FileRing, purpose: &str, version: u32) -> seal::Result<Vec<f32>> {
    let mut vectors = [vec![0.5; 4]];
    Transform::new(&ring.template_secret(purpose, version)?, &[4]).apply(&mut vectors).unwrap();
    let [vector] = vectors;
    Ok(vector)
}

#[test]
fn the_text_gives_the_ring_back() {
    let mut ring = ring();
    let random = SeededRandom::new(2);
    for which in [Rotate::Number, Rotate::Sign(SignUse::Ledger), Rotate::Template { purpose: "a.b".into() }] {
        ring.rotate(&which, DAY, &random).unwrap();
    }
    let text = ring.to_text().unwrap();
    let read = FileRing::parse(&text).unwrap();
    assert_eq!(read.to_text().unwrap(), text);
    assert_eq!(read.key_ids(), ring.key_ids());
    assert_eq!(read.fingerprint(), ring.fingerprint());
    for hash_use in HashUse::ALL {
        assert_eq!(read.hashes(hash_use, &[b"x"]), ring.hashes(hash_use, &[b"x"]));
    }
    for sign_use in SignUse::ALL {
        assert_eq!(read.public_keys(sign_use), ring.public_keys(sign_use));
    }
    assert_eq!(turned(&read, "a.b", 2).unwrap(), turned(&ring, "a.b", 2).unwrap());
}

#[test]
fn every_flip_and_cut_of_the_text_is_refused() {
    let mut ring = ring();
    ring.rotate(&Rotate::Template { purpose: "a.b".into() }, DAY, &SeededRandom::new(3)).unwrap();
    let text = ring.to_text().unwrap();
    // The newline at the end is white space; what follows the ring is not.
    let text = text.trim_end();
    let tried = damaged_text(text, |changed| FileRing::parse(changed).is_err_and(|e| e.code == Code::KeyRingInvalid));
    assert!(tried > 20_000, "{tried}");
}

#[test]
fn every_renamed_or_missing_entry_is_refused() {
    let mut ring = ring();
    ring.rotate(&Rotate::Number, DAY, &SeededRandom::new(4)).unwrap();
    ring.rotate(&Rotate::Template { purpose: "a.b".into() }, DAY, &SeededRandom::new(3)).unwrap();
    let text = ring.to_text().unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let refused = |value: &serde_json::Value| {
        assert_eq!(code(FileRing::parse(&value.to_string())), Code::KeyRingInvalid, "{value}");
    };
    assert!(FileRing::parse(&value.to_string()).is_ok());
    for name in value.as_object().unwrap().keys() {
        let mut changed = value.clone();
        let taken = changed.as_object_mut().unwrap().remove(name).unwrap();
        refused(&changed);
        changed[format!("{name}s")] = taken;
        refused(&changed);
    }
    let keys = value["keys"].as_array().unwrap();
    for (at, key) in keys.iter().enumerate() {
        for name in key.as_object().unwrap().keys() {
            let mut changed = value.clone();
            let taken = changed["keys"][at].as_object_mut().unwrap().remove(name).unwrap();
            refused(&changed);
            changed["keys"][at][format!("{name}s")] = taken;
            refused(&changed);
        }
        for (name, other) in
            [("id", "identity-00000000".into()), ("created_day", "2026-11-20".into()), ("version", 7.into())]
        {
            let mut changed = value.clone();
            changed["keys"][at][name] = other;
            refused(&changed);
        }
        let mut changed = value.clone();
        changed["keys"].as_array_mut().unwrap().remove(at);
        refused(&changed);
        changed["keys"].as_array_mut().unwrap().extend([key.clone(), key.clone()]);
        refused(&changed);
        // The right keys in another order: which one is current would change.
        let mut changed = value.clone();
        changed["keys"].as_array_mut().unwrap().swap(at, (at + 1) % keys.len());
        let same_use = keys[at]["use"] == "hash-number" && keys[(at + 1) % keys.len()]["use"] == "hash-number";
        assert_eq!(FileRing::parse(&changed.to_string()).is_err(), same_use, "{at}");
    }
}

#[test]
fn errors_and_debug_forms_hold_no_secret() {
    let ring = ring();
    let text = ring.to_text().unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let secrets: Vec<&str> =
        value["keys"].as_array().unwrap().iter().map(|key| key["secret"].as_str().unwrap()).collect();
    // A secret where a number belongs: the parser's own message would quote it.
    let broken = text.replace("\"format\": 1", &format!("\"format\": \"{}\"", secrets[0]));
    for said in [
        FileRing::parse(&broken).unwrap_err().to_string(),
        format!("{ring:?}"),
        format!("{:?}", DataKey::generate(&SeededRandom::new(1))),
    ] {
        assert!(!secrets.iter().any(|secret| said.contains(secret)), "{said}");
    }
    assert_eq!(format!("{ring:?}"), "FileRing(14 keys)");
    assert_eq!(format!("{:?}", ring.template_secret("a", 1).unwrap()), "TemplateSecret");
}

#[test]
fn a_wrapped_key_opens_in_its_domain_and_context_only() {
    let (ring, random) = (ring(), SeededRandom::new(4));
    let key = DataKey::generate(&random);
    for domain in Domain::ALL {
        let wrapped = ring.wrap(domain, &key, &[b"person", b"1"], &random).unwrap();
        assert_eq!(wrapped.key, ring.current(domain));
        assert!(wrapped.key.as_str().starts_with(domain.as_str()));
        assert_eq!(ring.unwrap(domain, &wrapped, &[b"person", b"1"]).unwrap().bytes(), key.bytes());
        for context in [&[&b"person"[..], b"2"][..], &[b"person1"], &[], &[b"person", b"1", b""]] {
            assert_eq!(code(ring.unwrap(domain, &wrapped, context)), Code::RecordDamaged);
        }
        for other in Domain::ALL.into_iter().filter(|other| *other != domain) {
            assert_eq!(code(ring.unwrap(other, &wrapped, &[b"person", b"1"])), Code::KeyUnknown);
            let moved = Wrapped { key: ring.current(other), bytes: wrapped.bytes.clone() };
            assert_eq!(code(ring.unwrap(other, &moved, &[b"person", b"1"])), Code::RecordDamaged);
        }
    }
}

#[test]
fn every_flip_and_cut_of_a_wrapped_key_is_refused() {
    let (ring, random) = (ring(), SeededRandom::new(5));
    let wrapped = ring.wrap(Domain::Portrait, &DataKey::generate(&random), &[b"x"], &random).unwrap();
    crate::sweep::damaged(&wrapped.bytes, |bytes| {
        let changed = Wrapped { key: wrapped.key.clone(), bytes: bytes.to_vec() };
        ring.unwrap(Domain::Portrait, &changed, &[b"x"]).is_err_and(|e| e.code == Code::RecordDamaged)
    });
}

#[test]
fn rotation_keeps_the_old_and_retiring_forgets_it() {
    let (mut ring, random) = (ring(), SeededRandom::new(6));
    let before = ring.fingerprint();
    let old = ring.wrap(Domain::Identity, &DataKey::generate(&random), &[], &random).unwrap();
    let portrait = ring.current(Domain::Portrait);
    let names =
        ring.rotate(&Rotate::Domains(vec![Domain::Identity, Domain::Frame, Domain::Identity]), DAY, &random).unwrap();
    assert_eq!(names, [ring.current(Domain::Identity), ring.current(Domain::Frame)]);
    assert!(ring.current(Domain::Identity) != old.key && ring.current(Domain::Portrait) == portrait);
    assert_ne!(ring.fingerprint(), before);
    assert!(ring.unwrap(Domain::Identity, &old, &[]).is_ok());
    assert_eq!(code(ring.retire(&names[0])), Code::KeyCurrent);
    ring.retire(&old.key).unwrap();
    assert_eq!(code(ring.unwrap(Domain::Identity, &old, &[])), Code::KeyUnknown);
    assert_eq!(code(ring.retire(&old.key)), Code::KeyUnknown);
    assert!(FileRing::parse(&ring.to_text().unwrap()).is_ok());
}

/// What `docs/KEYS.md` says of each use: which keys a rotation leaves behind, and which of those a ring lets go.
#[test]
fn every_use_says_what_retiring_it_means() {
    let (mut ring, random) = (ring(), SeededRandom::new(12));
    let first: Vec<_> = ring.key_ids();
    ring.rotate(&Rotate::Domains(Domain::ALL.to_vec()), DAY, &random).unwrap();
    for sign_use in SignUse::ALL {
        ring.rotate(&Rotate::Sign(sign_use), DAY, &random).unwrap();
    }
    ring.rotate(&Rotate::Number, DAY, &random).unwrap();
    let purpose = "household.marriage".to_owned();
    let second = ring.rotate(&Rotate::Template { purpose: purpose.clone() }, DAY, &random).unwrap().remove(0);
    ring.rotate(&Rotate::Template { purpose: purpose.clone() }, DAY, &random).unwrap();
    assert_eq!(ring.usage(&second), Some(&Usage::Template { purpose: Some(purpose), version: 2 }));
    let message = ring.sign(SignUse::Ledger, b"x").unwrap();
    let mut kept = 0;
    for id in first.into_iter().chain([second]) {
        let usage = ring.usage(&id).unwrap().clone();
        let expected = match usage {
            Usage::Seal(_) | Usage::Hash(HashUse::Number) | Usage::Template { purpose: Some(_), .. } => Ok(()),
            Usage::Sign(_) => Err(Code::KeyVerifies),
            Usage::Hash(HashUse::Link | HashUse::Row | HashUse::Token) | Usage::Template { purpose: None, .. } => {
                Err(Code::KeyCurrent)
            }
        };
        kept += usize::from(expected.is_err());
        assert_eq!(ring.retire(&id).map_err(|error| error.code), expected, "{id}");
        assert_eq!(ring.usage(&id).is_some(), expected.is_err(), "{id}");
    }
    assert_eq!(kept, SignUse::ALL.len() + 3 + 1);
    assert_eq!(SignUse::ALL.map(|sign_use| ring.public_keys(sign_use).len()), [2, 2]);
    assert_eq!(ring.sign(SignUse::Ledger, b"x").unwrap(), message);
    let read = FileRing::parse(&ring.to_text().unwrap()).unwrap();
    assert_eq!((read.key_ids(), read.fingerprint()), (ring.key_ids(), ring.fingerprint()));
}

#[test]
fn what_is_told_of_keys_says_which_are_in_use() {
    let mut ring = ring();
    let old = ring.public_keys(SignUse::Ledger).remove(0).0;
    let new = ring.rotate(&Rotate::Sign(SignUse::Ledger), "2031-02-03", &SeededRandom::new(8)).unwrap().remove(0);
    let facts = ring.key_facts();
    assert_eq!(facts.iter().map(|key| key.id.clone()).collect::<Vec<_>>(), ring.key_ids());
    for key in facts {
        assert_eq!(key.is_current, key.id != old, "{}", key.id);
        assert_eq!(key.created_day, if key.id == new { "2031-02-03" } else { "2026-11-21" }, "{}", key.id);
        let fixed = ["link-", "row-", "token-", "transform-"].iter().any(|name| key.id.as_str().starts_with(name));
        assert_eq!(key.is_renewable, !fixed, "{}", key.id);
    }
}

#[test]
fn no_current_key_can_be_retired() {
    let mut ring = ring();
    ring.rotate(&Rotate::Template { purpose: "p".into() }, DAY, &SeededRandom::new(7)).unwrap();
    for id in ring.key_ids() {
        assert_eq!(code(ring.retire(&id)), Code::KeyCurrent, "{id}");
    }
}

#[test]
fn hashes_find_what_was_hashed_before_a_rotation() {
    let (mut ring, random) = (ring(), SeededRandom::new(8));
    let old = ring.hash(HashUse::Number, &[b"A123456789"]);
    ring.rotate(&Rotate::Number, DAY, &random).unwrap();
    let hashes = ring.hashes(HashUse::Number, &[b"A123456789"]);
    assert_eq!((hashes.len(), hashes[0].1, hashes[1].1), (2, ring.hash(HashUse::Number, &[b"A123456789"]), old));
    assert_ne!(hashes[0].1, old);
    let uses: std::collections::BTreeSet<[u8; 32]> = HashUse::ALL.map(|hash_use| ring.hash(hash_use, &[b"x"])).into();
    assert_eq!(uses.len(), HashUse::ALL.len(), "two uses give the same hash");
    assert_ne!(ring.hash(HashUse::Link, &[b"ab", b"c"]), ring.hash(HashUse::Link, &[b"a", b"bc"]));
}

#[test]
fn versions_of_templates_belong_to_a_purpose() {
    let (mut ring, random) = (ring(), SeededRandom::new(9));
    let purpose = || Rotate::Template { purpose: "household.marriage".into() };
    assert_eq!(ring.template_version("household.marriage"), 1);
    let first = turned(&ring, "household.marriage", 1).unwrap();
    assert_ne!(first, turned(&ring, "household.registration", 1).unwrap());
    let second = ring.rotate(&purpose(), DAY, &random).unwrap();
    ring.rotate(&purpose(), DAY, &random).unwrap();
    assert_eq!(ring.template_version("household.marriage"), 3);
    assert_eq!(ring.template_version("household.registration"), 1);
    assert_eq!(turned(&ring, "household.marriage", 1).unwrap(), first);
    assert_ne!(turned(&ring, "household.marriage", 2).unwrap(), turned(&ring, "household.marriage", 3).unwrap());
    ring.retire(&second[0]).unwrap();
    assert_eq!(code(turned(&ring, "household.marriage", 2)), Code::KeyUnknown);
    assert_eq!(code(turned(&ring, "household.registration", 2)), Code::KeyUnknown);
    let read = FileRing::parse(&ring.to_text().unwrap()).unwrap();
    assert_eq!(read.template_version("household.marriage"), 3);
}

#[test]
fn signatures_are_of_the_current_key() {
    use ed25519_dalek::{Signature, Verifier, VerifyingKey};
    let (mut ring, random) = (ring(), SeededRandom::new(10));
    let verifies = |public: &[u8; 32], message: &[u8], bytes: &[u8; 64]| {
        VerifyingKey::from_bytes(public).unwrap().verify(message, &Signature::from_bytes(bytes)).is_ok()
    };
    let old = ring.sign(SignUse::Receipt, b"x").unwrap();
    ring.rotate(&Rotate::Sign(SignUse::Receipt), DAY, &random).unwrap();
    let new = ring.sign(SignUse::Receipt, b"x").unwrap();
    let keys = ring.public_keys(SignUse::Receipt);
    assert_eq!((keys.len(), &keys[0].0, &keys[1].0), (2, &new.key, &old.key));
    assert!(verifies(&keys[0].1, b"x", &new.bytes) && verifies(&keys[1].1, b"x", &old.bytes));
    assert!(!verifies(&keys[0].1, b"x", &old.bytes) && !verifies(&keys[0].1, b"y", &new.bytes));
    assert!(ring.public_keys(SignUse::Ledger).iter().all(|(_, key)| keys.iter().all(|(_, other)| other != key)));
}

#[test]
fn bad_days_purposes_and_random_sources_leave_the_ring_alone() {
    struct Stuck;
    impl Random for Stuck {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }
    let (mut ring, random) = (ring(), SeededRandom::new(11));
    let before = ring.to_text().unwrap();
    for day in ["", "2026-13-01", "2026-00-01", "2026-01-32", "2026-1-01", "20261-1-1", "2026-01-01 ", "2026-01-1x"] {
        assert_eq!(code(FileRing::generate(day, &random)), Code::KeyRingInvalid, "{day}");
        assert_eq!(code(ring.rotate(&Rotate::Number, day, &random)), Code::KeyRingInvalid, "{day}");
    }
    for purpose in ["", "a b", "a\n", "é", &"x".repeat(101)] {
        let which = Rotate::Template { purpose: purpose.into() };
        assert_eq!(code(ring.rotate(&which, DAY, &random)), Code::KeyRingInvalid, "{purpose}");
    }
    assert_eq!(code(FileRing::generate(DAY, &Stuck)), Code::KeyRingInvalid);
    let two = Rotate::Domains(vec![Domain::Identity, Domain::Frame]);
    assert_eq!(code(ring.rotate(&two, DAY, &Stuck)), Code::KeyRingInvalid);
    assert_eq!(ring.to_text().unwrap(), before);
}

proptest! {
    #[test]
    fn names_of_keys_read_back_or_are_refused(text in "[a-z0-9-]{0,50}|\\PC{0,12}") {
        let proper = (3..=48).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && text.as_bytes()[0].is_ascii_lowercase()
            && !text.ends_with('-');
        match text.parse::<KeyId>() {
            Ok(id) => prop_assert!(proper && id.to_string() == text),
            Err(error) => prop_assert!(!proper && error.code == Code::KeyIdInvalid),
        }
    }

    #[test]
    fn no_text_stops_the_reader(text in "\\PC{0,200}|\\{\"format\":1,\"fingerprint\":\"[0-9a-f]{0,64}\",\"keys\":\\[[\\{\\}\",:a-z0-9]{0,80}\\]\\}") {
        prop_assert!(FileRing::parse(&text).is_err());
    }
}
