//! The procedures of a visit.

use crate::sweep::Kind::{InParts, Whole};
use crate::sweep::{World, worlds};
use casework::desk::visit;
use casework::visit::Judgement;
use jiff::SignedDuration;
use store::id::VisitId;
use testkit::scenario::fakes;
use testkit::scenario::story::At;

/// A visit up to the evidence, without faults; gives the receipt.
async fn captured(world: &World, at: At, take: Vec<u8>) -> (VisitId, String) {
    let office = &world.office;
    let visit = office.open(at).await.unwrap();
    office.claim(at, &visit).await.unwrap();
    office.ask(at, &visit).await.unwrap();
    let receipt = office.answer(at, &visit, true).await.unwrap().receipt.unwrap();
    office.begin(at, &visit).await.unwrap();
    let nonce = office.camera(at, &visit).await.unwrap();
    assert!(office.take(at, &nonce, vec![take]).await.unwrap().usable);
    (visit, receipt)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_face_way_from_the_door_to_the_outcome() {
    for world in worlds().await {
        let (office, at) = (&world.office, world.at(0));
        let visit = world.sweep("open", Whole, async || office.open(at).await).await;
        world.sweep("claim", Whole, async || office.claim(at, &visit).await).await;
        world.sweep("ask", Whole, async || office.ask(at, &visit).await).await;
        let answered = world.sweep("answer", Whole, async || office.answer(at, &visit, true).await).await;
        assert!(answered.receipt.is_some());
        world.sweep("begin", Whole, async || office.begin(at, &visit).await).await;
        let nonce = world.sweep("camera", Whole, async || office.camera(at, &visit).await).await;
        let pictures = || vec![fakes::picture(0, 1), fakes::picture(0, 2)];
        // Opening portraits is an act of its own.
        let taken = world.sweep("take", InParts, async || office.take(at, &nonce, pictures()).await).await;
        assert!(taken.usable);
        assert_eq!(world.database.count("SELECT COUNT(*) FROM evidences").await, 1);
        world.sweep("look", Whole, async || office.look(at, &visit).await).await;
        world.sweep("judge", Whole, async || office.judge(at, &visit, Judgement::Same).await).await;
        world.sweep("confirm", Whole, async || office.confirm(at, &visit).await).await;
        assert_eq!(world.database.count("SELECT COUNT(*) FROM bio_frames").await, 0);
        assert_eq!(world.database.count("SELECT COUNT(*) FROM outcomes").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusal_and_the_other_path() {
    for world in worlds().await {
        let (office, at) = (&world.office, world.at(1));
        let visit = office.open(at).await.unwrap();
        office.claim(at, &visit).await.unwrap();
        office.ask(at, &visit).await.unwrap();
        let answered = world.sweep("refuse", Whole, async || office.answer(at, &visit, false).await).await;
        assert!(answered.receipt.is_none() && answered.steps.is_some());
        world.sweep("papers", Whole, async || office.papers(at, &visit).await).await;
        world.sweep("confirm", Whole, async || office.confirm(at, &visit).await).await;

        let at = world.at(2);
        let visit = office.open(at).await.unwrap();
        office.claim(at, &visit).await.unwrap();
        world.sweep("other path", Whole, async || office.other_path(at, &visit).await).await;
        world.sweep("refer", Whole, async || office.refer(at, &visit).await).await;
        assert_eq!(world.database.count("SELECT COUNT(*) FROM outcomes").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impostor_is_reported_and_seconded() {
    for world in worlds().await {
        let (office, at) = (&world.office, world.at(1));
        let (visit, _) = captured(&world, at, fakes::stranger(1, 1)).await;
        world.sweep("judge", Whole, async || office.judge(at, &visit, Judgement::Different).await).await;
        world.sweep("report", Whole, async || office.report(at, &visit, "face-differs").await).await;
        let incident = office.waiting(at, &visit).await.unwrap();
        world.sweep("second judges", Whole, async || office.second_judge(at, &incident).await).await;
        world.sweep("second", Whole, async || office.second(at, &incident).await).await;
        let told = "SELECT COUNT(*) FROM notices WHERE incident_id IS NOT NULL";
        assert_eq!(world.database.count(told).await, 1);
        assert_eq!(world.database.count("SELECT COUNT(*) FROM incidents WHERE state = 'confirmed'").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_withdrawn_while_the_evidence_is_closed() {
    for world in worlds().await {
        let (office, at) = (&world.office, world.at(2));
        let (visit, receipt) = captured(&world, at, fakes::picture(2, 1)).await;
        assert_eq!(world.database.count("SELECT COUNT(*) FROM bio_templates").await, 1);
        // The certificate is made after the withdrawal, which stands when the certificate fails.
        let withdrawn = world.sweep("withdraw", InParts, async || office.withdraw(at, &receipt).await).await;
        assert!(!withdrawn.certificate.is_empty());
        for gone in ["bio_templates", "bio_frames", "evidences"] {
            assert_eq!(world.database.count(&format!("SELECT COUNT(*) FROM {gone}")).await, 0, "{gone}");
        }
        world.sweep("abandon", Whole, async || office.abandon(at, &visit).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_whose_time_is_over() {
    for world in worlds().await {
        let (office, at) = (&world.office, world.at(3));
        captured(&world, at, fakes::picture(3, 1)).await;
        // The consent expires too, and its templates wait for the sweep; so everything is looked at as of before.
        let later = world.now() + SignedDuration::from_hours(3);
        let ended = async || visit::expire_due(&office.desk, later, 10).await;
        world.sweep("expire", Whole, ended).await;
        assert_eq!(world.database.count("SELECT COUNT(*) FROM visits WHERE closed_at_ms IS NULL").await, 0);
        assert_eq!(world.database.count("SELECT COUNT(*) FROM bio_frames").await, 0);
    }
}
