//! Consent taken back: at any point, from the receipt, without an account.

use crate::world::{OBAMA, World, code, worlds};
use casework::desk::incident::{self, List, Suspect};
use casework::desk::judge::{self, Judge};
use casework::desk::receipt::{self, Shown};
use casework::desk::withdraw::{self, CERTIFICATE_TYPE, Certificate, Declared};
use casework::visit::Judgement;
use seal::jws;
use seal::keys::{KeyRing, SignUse};
use store::id::VisitId;
use store::ledger::Kind;

fn shown(receipt: &str) -> Shown {
    Shown { receipt: receipt.to_owned() }
}

/// A visit with closed evidence, and the receipt.
async fn compared(world: &World, picture: &str) -> (VisitId, String) {
    let visit = world.collecting(OBAMA).await;
    let receipt = world.agreed(&visit, 0).await;
    world.captured(&visit, 0, &[picture]).await;
    (visit, receipt)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_in_the_middle_deletes_and_goes_the_other_path() {
    for world in worlds().await {
        let (visit, receipt) = compared(&world, "obama-2.jpg").await;
        assert_eq!((world.rows("bio_templates").await, world.rows("bio_frames").await), (1, 1));
        let done = withdraw::by_receipt(&world.desk, world.now, &shown(&receipt)).await.unwrap();
        let deleted = done.claims.deleted;
        assert_eq!((deleted.templates, deleted.frames, deleted.evidences), (1, 1, 1));
        assert_eq!(deleted.keys, 3);
        for table in ["bio_templates", "bio_frames", "evidences"] {
            assert_eq!(world.rows(table).await, 0, "{table}");
        }
        assert_eq!(world.database.count("SELECT COUNT(*) FROM bio_keys WHERE kind <> 'portrait'").await, 0);
        let view = world.view(&visit).await;
        assert_eq!((view.phase.as_str(), view.persons[0].state.as_str()), ("open", "other-path"));
        assert_eq!(code(world.begin(&visit, 0).await), "transition-refused");
        // Anybody can check the certificate with the public keys, and finds the entry that it names.
        let keys = testkit::ring().public_keys(SignUse::Receipt);
        let claims: Certificate = jws::verify(&keys, CERTIFICATE_TYPE, &done.certificate).unwrap();
        assert_eq!(claims, done.claims);
        let entry = &world.entries(Kind::ConsentWithdrawn).await[0];
        let ledger = claims.ledger.unwrap();
        assert_eq!((entry["seq"].clone(), entry["shard"].clone()), (ledger.seq.into(), ledger.shard.into()));
        assert_eq!((entry["facts"]["keys"].clone(), entry["actor"].clone()), (3.into(), "citizen".into()));
        let recorded = receipt::show(&world.desk, world.now, &shown(&receipt)).await.unwrap();
        assert_eq!(recorded.consent.events.last().unwrap().event_state, "withdrawn");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_withdrawal_says_so_and_changes_nothing() {
    for world in worlds().await {
        let (_, receipt) = compared(&world, "obama-2.jpg").await;
        let first = withdraw::by_receipt(&world.desk, world.now, &shown(&receipt)).await.unwrap();
        let entries = world.rows("ledger_entries").await;
        let again = withdraw::by_receipt(&world.desk, world.now, &shown(&receipt)).await.unwrap();
        assert_eq!((again.claims.jti, again.claims.withdrawn_at), (first.claims.jti, first.claims.withdrawn_at));
        assert_eq!((again.claims.deleted.keys, again.claims.ledger), (0, None));
        assert_eq!(world.rows("ledger_entries").await, entries);
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_was_changed_opens_nothing() {
    for world in worlds().await {
        let (_, receipt) = compared(&world, "obama-2.jpg").await;
        for at in 0..receipt.len() {
            let mut bytes = receipt.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(world.desk.read_receipt(&changed).is_err(), "byte {at}");
            assert!(world.desk.read_receipt(&receipt[..at]).is_err(), "cut at {at}");
        }
        // A certificate is no receipt.
        let done = withdraw::by_receipt(&world.desk, world.now, &shown(&receipt)).await.unwrap();
        let refused = withdraw::by_receipt(&world.desk, world.now, &shown(&done.certificate)).await;
        assert_eq!(code(refused), "token-invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_ends_a_report_by_the_face_and_keeps_what_was_opened() {
    for world in worlds().await {
        let (visit, receipt) = compared(&world, "biden-1.jpg").await;
        let judge = Judge { person: 0, answer: Judgement::Different };
        judge::judge(&world.desk, &world.clerk, world.now, &visit, judge).await.unwrap();
        let suspect = Suspect { person: 0, reason: "face-differs".to_owned() };
        incident::report(&world.desk, &world.clerk, world.now, &visit, &suspect).await.unwrap();
        let done = withdraw::by_receipt(&world.desk, world.now, &shown(&receipt)).await.unwrap();
        assert_eq!(done.claims.deleted.evidences, 0);
        let view = world.view(&visit).await;
        assert_eq!((view.phase.as_str(), view.persons[0].state.as_str()), ("open", "other-path"));
        let all = incident::list(&world.desk, &world.supervisor, world.now, &List::default()).await.unwrap();
        assert_eq!((all[0].state.as_str(), all[0].waits_for_you), ("closed", false));
        assert_eq!((world.rows("evidences").await, world.rows("bio_frames").await), (1, 0));
        // The report fell with its ground; papers may still be a ground of their own.
        let suspect = Suspect { person: 0, reason: "papers-of-another".to_owned() };
        incident::report(&world.desk, &world.clerk, world.now, &visit, &suspect).await.unwrap();
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_records_a_withdrawal_of_a_visit_of_the_own_office_only() {
    for world in worlds().await {
        let (visit, _) = compared(&world, "obama-2.jpg").await;
        let consent = world.view(&visit).await.persons[0].claimed.clone().unwrap().consent.unwrap();
        let declared = Declared { consent };
        let by = async |by| withdraw::declared(&world.desk, by, world.now, Some(&visit), &declared).await;
        assert_eq!(code(by(&world.auditor).await), "permission-missing");
        assert_eq!(code(by(&world.stranger).await), "not-found");
        let nowhere = withdraw::declared(&world.desk, &world.clerk, world.now, None, &declared).await;
        assert_eq!(code(nowhere), "not-found");
        assert_eq!(by(&world.clerk).await.unwrap().claims.deleted.templates, 1);
        assert_eq!(code(by(&world.clerk).await), "consent-ended");
        world.is_in_order().await;
    }
}
