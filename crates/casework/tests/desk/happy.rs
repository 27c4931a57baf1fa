//! The whole way with the face, and what is recorded of it.

use crate::world::{BIDEN, ENGINE, OBAMA, World, code, photo, worlds};
use casework::desk::decide::{self, Confirm, End, Leave};
use casework::desk::judge::{self, Judge};
use casework::desk::receipt::{self, RECEIPT_BYTES_MAX, Shown};
use casework::desk::visit::{self, OtherPath};
use casework::desk::{consent, picture};
use casework::visit::Judgement;
use face::Image;
use jiff::SignedDuration;
use store::id::VisitId;
use store::ledger::Kind;

async fn judged(world: &World, visit: &VisitId, person: u32, answer: Judgement) -> judge::EvidenceView {
    judge::judge(&world.desk, &world.clerk, world.now, visit, Judge { person, answer }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_collects_a_card() {
    for world in worlds().await {
        let visit = world.collecting(OBAMA).await;
        let claimed = world.view(&visit).await.persons[0].claimed.clone().unwrap();
        assert_eq!((claimed.name.as_deref(), claimed.number.as_deref()), (Some("歐巴馬"), Some("•••••••789")));
        assert!(claimed.comparable && claimed.portraits.len() == 1 && !claimed.guardian_answers);

        let receipt = world.agreed(&visit, 0).await;
        assert!(receipt.len() < RECEIPT_BYTES_MAX, "{} bytes", receipt.len());
        let claims = world.desk.read_receipt(&receipt).unwrap();
        assert_eq!(
            (claims.purpose.as_str(), claims.iss.as_str()),
            ("household-identity-card", "https://face.household.example")
        );

        let taken = world.captured(&visit, 0, &["obama-2.jpg", "no-face.jpg"]).await;
        let refused: Vec<Option<&str>> = taken.frames.iter().map(|frame| frame.refused.as_deref()).collect();
        assert_eq!((taken.usable, refused), (true, vec![None, Some("no-face")]));
        assert_eq!(world.view(&visit).await.persons[0].state, "evidence-closed");
        nothing_is_told_before_the_judgement(&world, &visit).await;

        let pictures = picture::look(&world.desk, &world.clerk, world.now, &visit, 0).await.unwrap();
        assert_eq!((pictures.live.len(), pictures.portraits.len()), (1, 1));
        assert_eq!(pictures.portraits[0].taken_on.as_deref(), Some("2012-12"));
        let outline = pictures.live[0].outline.as_ref().unwrap();
        assert_eq!((outline.width, outline.height, outline.regions.len()), (501, 640, 7));
        assert_eq!(
            (world.entries(Kind::FramesOpened).await.len(), world.entries(Kind::PortraitOpened).await.len()),
            (1, 2)
        );

        let shown = judged(&world, &visit, 0, Judgement::Same).await;
        the_evidence_is_whole(&shown);
        let opened = world.entries(Kind::EvidenceOpened).await;
        assert_eq!(opened[0]["facts"]["band"], "match");
        assert!(opened[0]["facts"]["similarity"].as_str().unwrap().parse::<f64>().unwrap() > 90.0);

        let nothing_shown = Confirm { factors_shown: vec![], tell: vec![] };
        let refused = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &nothing_shown).await;
        assert_eq!(code(refused), "second-factor-missing");
        let shown = Confirm { factors_shown: vec![0], tell: vec![] };
        let refused = decide::confirm(&world.desk, &world.senior, world.now, &visit, &shown).await;
        assert_eq!(code(refused), "judgement-missing");
        let view = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &shown).await.unwrap();
        assert_eq!((view.phase.as_str(), view.offers.len()), ("confirmed", 0));
        let closed = view.persons[0].claimed.clone().unwrap();
        assert_eq!((closed.name, closed.number), (None, None));
        assert_eq!((world.rows("bio_frames").await, world.rows("bio_templates").await), (0, 1));
        let refused = picture::look(&world.desk, &world.clerk, world.now, &visit, 0).await;
        assert_eq!(code(refused), "pictures-closed");
        the_citizen_sees_it(&world, &receipt).await;
        world.is_in_order().await;
    }
}

/// Neither the ledger nor any answer says what the comparison found.
async fn nothing_is_told_before_the_judgement(world: &World, visit: &VisitId) {
    let refused = judge::evidence(&world.desk, &world.clerk, world.now, visit, 0).await;
    assert_eq!(code(refused), "judgement-missing");
    let refused = judge::evidence(&world.desk, &world.senior, world.now, visit, 0).await;
    assert_eq!(code(refused), "judgement-missing");
    let taken = world.entries(Kind::CaptureTaken).await;
    let facts: Vec<&String> = taken[0]["facts"].as_object().unwrap().keys().collect();
    assert_eq!(facts, ["frames", "frames_used", "pack", "templates_made"]);
}

fn the_evidence_is_whole(shown: &judge::EvidenceView) {
    let comparison = &shown.evidence.comparison;
    assert_eq!(
        (comparison.band.as_str(), shown.suggestion.as_str(), shown.judgement.as_str()),
        ("match", "confirm", "same")
    );
    assert!(comparison.similarity > 90.0 && (comparison.threshold_similarity - 90.0).abs() < 1e-6);
    assert!(comparison.fmr.low <= comparison.fmr.value && comparison.fmr.value <= comparison.fmr.high);
    assert_eq!((shown.base_rate.impostors, shown.base_rate.comparisons), (5, 57_883));
    assert_eq!(shown.evidence.liveness.outcome.as_str(), "not-checked");
    assert!((shown.evidence.portraits[0].age_years.unwrap() - 13.97).abs() < 0.05);
    assert!(shown.evidence.live[0].weakest.is_some());
    // The same numbers as without protection.
    let [live, portrait] = ["obama-2.jpg", "obama-1.jpg"].map(|name| Image::decode(&photo(name)).unwrap());
    let [live, portrait] = [live, portrait].map(|image| ENGINE.analyse(&image).unwrap().template);
    let portrait = face::evidence::Portrait { template: &portrait, age_years: None };
    let plain = ENGINE.compare(&[&live], &[portrait], 1e-4).unwrap();
    assert!((plain.similarity - comparison.similarity).abs() < 1e-3, "{} {}", plain.similarity, comparison.similarity);
}

async fn the_citizen_sees_it(world: &World, receipt: &str) {
    let shown = Shown { receipt: receipt.to_owned() };
    let recorded = receipt::show(&world.desk, world.now, &shown).await.unwrap();
    let record = &recorded.consent;
    assert_eq!(record.schema_version, "ISO/IEC TS 27560:2023");
    assert_eq!(
        record.events.iter().map(|event| event.event_state.as_str()).collect::<Vec<_>>(),
        ["requested", "given"]
    );
    assert_eq!(record.pii_processing.retention_period.unwrap().frames_days, 0);
    assert_eq!(record.party_identification[0].party_name, "臺北市大安區戶政事務所");
    let kinds: Vec<&str> = recorded.entries.iter().map(|entry| entry.kind.as_str()).collect();
    for kind in ["visit.claimed", "consent.given", "frames.opened", "evidence.opened", "visit.outcome"] {
        assert!(kinds.contains(&kind), "{kind} is not in {kinds:?}");
    }
    assert!(recorded.entries.iter().all(|entry| entry.meaning.is_some()));
    assert_eq!(world.entries(Kind::AccessAnswered).await.len(), 1);
    let text = serde_json::to_string(&recorded).unwrap();
    assert!(!text.contains(world.clerk.operator().as_str()) && !text.contains(OBAMA), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_made_once_and_portraits_stay_closed_afterwards() {
    for world in worlds().await {
        let mut similarities = Vec::new();
        for times in 1..=2 {
            let visit = world.collecting(OBAMA).await;
            world.agreed(&visit, 0).await;
            world.captured(&visit, 0, &["obama-3.jpg"]).await;
            assert_eq!(world.rows("bio_templates").await, 1);
            assert_eq!(world.entries(Kind::PortraitOpened).await.len(), 1, "visit {times}");
            similarities.push(judged(&world, &visit, 0, Judgement::CannotSay).await.evidence.comparison.similarity);
            let confirm = Confirm { factors_shown: vec![0], tell: vec![] };
            decide::confirm(&world.desk, &world.clerk, world.now, &visit, &confirm).await.unwrap();
        }
        assert!((similarities[0] - similarities[1]).abs() < 1e-9, "{similarities:?}");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_station_shows_what_is_asked_and_nobody_s_name() {
    for world in worlds().await {
        let stage = async || consent::station(&world.desk, &world.seat, world.now).await.unwrap();
        assert_eq!(stage().await.stage, "idle");
        let visit = world.opened("household.identity-card", "collect", &[]).await;
        assert_eq!(stage().await.stage, "welcome");
        world.claim(&visit, 0, BIDEN).await.unwrap();
        assert_eq!(stage().await.stage, "wait");
        world.ask(&visit, 0).await.unwrap();
        let shown = stage().await;
        assert_eq!((shown.stage.as_str(), shown.person), ("notice", Some(0)));
        let notice = shown.notice.unwrap();
        assert_eq!(notice.text.split("\n\n").count(), notice.sections.len());
        assert!(!notice.text.contains("拜登") && notice.hash.len() == 64);
        world.answer(&visit, true).await;
        assert_eq!(stage().await.stage, "wait");
        world.begin(&visit, 0).await.unwrap();
        assert_eq!(stage().await.stage, "camera");
        let at_the_other = consent::station(&world.desk, &world.other_seat, world.now).await.unwrap();
        assert_eq!(at_the_other.stage, "idle");
        let other = OtherPath { person: 0, reason: "person-prefers".to_owned() };
        visit::other_path(&world.desk, &world.clerk, world.now, &visit, &other).await.unwrap();
        assert_eq!(stage().await.stage, "other-path");
        decide::leave(&world.desk, &world.clerk, world.now, &visit, Leave { how: End::GivenUp }).await.unwrap();
        assert_eq!(stage().await.stage, "ended");
        let later = world.now + SignedDuration::from_mins(2);
        assert_eq!(consent::station(&world.desk, &world.seat, later).await.unwrap().stage, "idle");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_visit_is_seen_though_an_older_one_waits_at_the_same_station() {
    for mut world in worlds().await {
        let older = world.opened("household.identity-card", "collect", &[BIDEN]).await;
        world.now += SignedDuration::from_secs(5);
        let newer = world.opened("household.identity-card", "collect", &[OBAMA]).await;
        decide::leave(&world.desk, &world.clerk, world.now, &newer, Leave { how: End::GivenUp }).await.unwrap();
        let stage = async || consent::station(&world.desk, &world.seat, world.now).await.unwrap();
        assert_eq!((stage().await.stage.as_str(), stage().await.visit), ("ended", Some(newer)));
        world.ask(&older, 0).await.unwrap();
        assert_eq!(stage().await.stage, "notice", "who is asked something comes first");
        world.answer(&older, true).await;
        let later = world.now + SignedDuration::from_mins(2);
        assert_eq!(consent::station(&world.desk, &world.seat, later).await.unwrap().visit, Some(older));
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_name_of_the_office_still_fits_the_receipt() {
    for world in worlds().await {
        let long = "局".repeat(66);
        let mut tx = world.desk.db.write().await.unwrap();
        store::office::change(&mut tx, &world.office, &long, &[]).await.unwrap();
        crate::world::commit(&world.desk, world.now, tx).await;
        let visit = world.opened("household.registration", "change", &[OBAMA]).await;
        let receipt = world.agreed(&visit, 0).await;
        assert!(receipt.len() < RECEIPT_BYTES_MAX, "{} bytes", receipt.len());
        let claims = world.desk.read_receipt(&receipt).unwrap();
        assert!(claims.controller.ends_with('…') && long.starts_with(claims.controller.trim_end_matches('…')));
        world.is_in_order().await;
    }
}
