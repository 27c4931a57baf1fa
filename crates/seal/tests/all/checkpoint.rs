//! Checkpoints of the ledger.

use crate::sweep::damaged_text;
use proptest::prelude::*;
use seal::Code;
use seal::checkpoint::{Checkpoint, Verifier, verifiers};
use seal::keys::{FileRing, KeyRing, Rotate, SignUse};
use seal::tree::{Frontier, Head, leaf_hash};
use testkit::{SeededRandom, ring};

const ORIGIN: &str = "countenance.example/office-7";

fn head() -> Head {
    let mut frontier = Frontier::default();
    (0..5_u8).for_each(|i| drop(frontier.append(leaf_hash(&[i]))));
    frontier.head()
}

fn known(ring: &FileRing, origin: &str) -> Vec<Verifier> {
    verifiers(origin, &ring.public_keys(SignUse::Ledger)).unwrap()
}

fn refused(note: &str, verifiers: &[Verifier]) -> bool {
    Checkpoint::verify(note, verifiers).is_err_and(|e| e.code == Code::CheckpointInvalid)
}

/// The example of C2SP tlog-checkpoint; its key is not stated, so that only the form can be compared.
#[test]
fn the_example_of_the_specification_reads_back() {
    let body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let checkpoint = Checkpoint::parse_body(body).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.body().unwrap(), body);
}

#[test]
fn a_signed_checkpoint_verifies_before_and_after_a_rotation() {
    let mut ring = ring();
    let checkpoint = Checkpoint::new(ORIGIN, head());
    let note = checkpoint.sign(&ring).unwrap();
    assert_eq!(Checkpoint::verify(&note, &known(&ring, ORIGIN)).unwrap(), checkpoint);
    assert_eq!(checkpoint.head(), head());
    ring.rotate(&Rotate::Sign(SignUse::Ledger), "2026-12-01", &SeededRandom::new(1)).unwrap();
    let later = checkpoint.sign(&ring).unwrap();
    assert_ne!(later, note);
    for note in [&note, &later] {
        assert!(Checkpoint::verify(note, &known(&ring, ORIGIN)).is_ok());
    }
}

#[test]
fn every_flip_and_cut_is_refused() {
    let ring = ring();
    let mut checkpoint = Checkpoint::new(ORIGIN, head());
    checkpoint.extensions.push("time 1795219200000".to_owned());
    let (note, known) = (checkpoint.sign(&ring).unwrap(), known(&ring, ORIGIN));
    assert_eq!(Checkpoint::verify(&note, &known).unwrap(), checkpoint);
    damaged_text(&note, |note| refused(note, &known));
}

#[test]
fn other_logs_other_keys_and_witnesses_alone_are_refused() {
    let ring = ring();
    let note = Checkpoint::new(ORIGIN, head()).sign(&ring).unwrap();
    assert!(refused(&note, &[]));
    assert!(refused(&note, &known(&ring, "countenance.example/office-8")));
    let stranger = FileRing::generate("2026-11-21", &SeededRandom::new(99)).unwrap();
    assert!(refused(&note, &known(&stranger, ORIGIN)));
    // A receipt's key does not speak for the ledger.
    assert!(refused(&note, &verifiers(ORIGIN, &ring.public_keys(SignUse::Receipt)).unwrap()));
    // A note that a known witness, but not the log itself, has signed.
    let body = Checkpoint::new(ORIGIN, head()).body().unwrap();
    let witness = Checkpoint::new("witness.example", head()).sign(&ring).unwrap();
    let line = witness.lines().last().unwrap();
    assert!(refused(&format!("{body}\n{line}\n"), &known(&ring, "witness.example")));
    // Beside the log's own signature, that of an unknown witness is passed over.
    let both = format!("{note}{}\n", line.replace("witness.example", "unknown.example"));
    assert!(Checkpoint::verify(&both, &known(&ring, ORIGIN)).is_ok());
}

#[test]
fn malformed_bodies_are_refused() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    for body in [
        String::new(),
        "\n\n\n".to_owned(),
        format!("a\n1\n{root}"),
        format!("a\n1\n{root}\n\n"),
        format!("a\n01\n{root}\n"),
        format!("a\n+1\n{root}\n"),
        format!("a\n-1\n{root}\n"),
        format!("a\n\n{root}\n"),
        format!("\n1\n{root}\n"),
        format!("a b\n1\n{root}\n"),
        format!("a+b\n1\n{root}\n"),
        format!("a\n18446744073709551615\n{root}\n"),
        format!("a\n1\n{}\n", &root[..40]),
        format!("a\n1\n{}\n", root.replace('=', "")),
        format!("a\n1\n{}\n", root.replace("2I=", "2J=")),
        format!("a\n1\n{root}\nx\n\ny\n"),
        format!("a\n1\n{root}\n{}", "x\n".repeat(17)),
    ] {
        assert_eq!(Checkpoint::parse_body(&body).unwrap_err().code, Code::CheckpointInvalid, "{body:?}");
    }
    let bad = |change: fn(&mut Checkpoint)| {
        let mut checkpoint = Checkpoint::new(ORIGIN, head());
        change(&mut checkpoint);
        checkpoint.sign(&ring()).unwrap_err().code
    };
    assert_eq!(bad(|c| c.origin.clear()), Code::CheckpointInvalid);
    assert_eq!(bad(|c| c.origin.push('\n')), Code::CheckpointInvalid);
    assert_eq!(bad(|c| c.extensions.push(String::new())), Code::CheckpointInvalid);
    assert_eq!(bad(|c| c.extensions.push("a\nb".to_owned())), Code::CheckpointInvalid);
}

#[test]
fn verifiers_read_back_and_changed_ones_are_refused() {
    let verifier = known(&ring(), ORIGIN).remove(0);
    let text = verifier.to_string();
    assert_eq!(text.parse::<Verifier>().unwrap(), verifier);
    damaged_text(&text, |text| text.parse::<Verifier>().is_err_and(|e| e.code == Code::CheckpointInvalid));
    assert!(Verifier::new("a b", [0; 32]).is_err() && Verifier::new("", [0; 32]).is_err());
}

proptest! {
    #[test]
    fn bodies_read_back(origin in "[a-z./-]{1,30}", size in 0_u64..1 << 62, root: [u8; 32], extensions in prop::collection::vec("[^\\pC]{1,20}", 0..4)) {
        let checkpoint = Checkpoint { origin, size, root, extensions };
        prop_assert_eq!(Checkpoint::parse_body(&checkpoint.body().unwrap()).unwrap(), checkpoint);
    }

    #[test]
    fn no_note_stops_the_reader(note in "(a\n1\n[A-Za-z0-9+/=]{0,44}\n){0,2}\n?(\u{2014} [a-z+ ]{0,5} [A-Za-z0-9+/=]{0,20}\n){0,3}") {
        prop_assert!(Checkpoint::verify(&note, &known(&ring(), "a")).is_err());
    }
}
