//! Without the face: refused, chosen, or because there is nothing to compare; and pictures that cannot be used.

use crate::world::{BIDEN, NOBODY, OBAMA, code, worlds};
use casework::desk::decide::{self, CheckPapers, Confirm, End, Leave, Refer};
use casework::desk::visit::{self, OtherPath};
use casework::visit::Referral;
use store::ledger::Kind;

fn papers(person: u32) -> CheckPapers {
    CheckPapers { person, reason: "photo-document".to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_costs_nothing_and_leaves_no_trace_in_the_state() {
    for world in worlds().await {
        let visit = world.opened("household.registration", "change", &[OBAMA]).await;
        world.ask(&visit, 0).await.unwrap();
        let answered = world.answer(&visit, false).await;
        assert!(!answered.agreed && answered.receipt.is_none() && answered.steps.is_some());
        assert_eq!(world.view(&visit).await.persons[0].state, "other-path");
        assert_eq!(code(world.begin(&visit, 0).await), "transition-refused");
        decide::check_papers(&world.desk, &world.clerk, world.now, &visit, &papers(0)).await.unwrap();
        let told =
            |tell: &[&str]| Confirm { factors_shown: vec![], tell: tell.iter().map(|id| (*id).to_owned()).collect() };
        for wrong in [&["tax-office"][..], &["immigration", "immigration"]] {
            let refused = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &told(wrong)).await;
            assert_eq!(code(refused), "row-invalid", "{wrong:?}");
        }
        let confirm = told(&["immigration"]);
        let view = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &confirm).await.unwrap();
        assert_eq!(view.phase, "confirmed");
        assert_eq!((world.rows("bio_templates").await, world.rows("evidences").await), (0, 0));
        // One of the two agencies that can be told of a change is told, as the person asked, and nothing of how the person was known.
        let told = "SELECT COUNT(*) FROM notices WHERE state = 'waiting' AND recipient = 'immigration'";
        assert_eq!((world.rows("notices").await, world.database.count(told).await), (1, 1));
        assert_eq!(world.database.count("SELECT COUNT(*) FROM notices WHERE body LIKE '%\"visit\"%'").await, 1);
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_portrait_is_not_asked_in_vain() {
    for world in worlds().await {
        let visit = world.collecting(NOBODY).await;
        let claimed = world.view(&visit).await.persons[0].claimed.clone().unwrap();
        assert!(!claimed.comparable && claimed.portraits.is_empty());
        assert_eq!(code(world.ask(&visit, 0).await), "portrait-missing");
        let reason = |reason: &str| OtherPath { person: 0, reason: reason.to_owned() };
        let take =
            async |request: &OtherPath| visit::other_path(&world.desk, &world.clerk, world.now, &visit, request).await;
        assert_eq!(code(take(&reason("")).await), "reason-missing");
        assert_eq!(code(take(&reason("papers-agree")).await), "reason-unfit");
        take(&reason("no-usable-portrait")).await.unwrap();
        let refer = Refer { to: Referral::MoreDocuments, reason: "papers-missing".to_owned() };
        let view = decide::refer(&world.desk, &world.clerk, world.now, &visit, &refer).await.unwrap();
        assert_eq!(view.phase, "referred-more-documents");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_cannot_be_used_are_no_failed_attempt() {
    for world in worlds().await {
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        for _ in 0..6 {
            let taken = world.captured(&visit, 0, &["no-face.jpg"]).await;
            assert_eq!((taken.usable, taken.frames[0].refused.as_deref()), (false, Some("no-face")));
        }
        let taken = world.captured(&visit, 0, &["two-faces.jpg"]).await;
        assert_eq!(taken.frames[0].refused.as_deref(), Some("several-faces"));
        assert_eq!(world.view(&visit).await.persons[0].state, "consent-given");
        assert_eq!(world.entries(Kind::CaptureFailed).await.len(), 7);
        assert_eq!(world.database.count("SELECT MAX(total) FROM attempts").await, 0);
        let taken = world.captured(&visit, 0, &["obama-2.jpg"]).await;
        assert!(taken.usable);
        assert_eq!(world.rows("bio_frames").await, 1);
        let leave = Leave { how: End::Abandoned };
        let view = decide::leave(&world.desk, &world.clerk, world.now, &visit, leave).await.unwrap();
        assert_eq!((view.phase.as_str(), world.rows("bio_frames").await), ("abandoned", 0));
        // Nobody judged, so nothing ever said what the comparison found.
        assert!(world.entries(Kind::EvidenceOpened).await.is_empty());
        let decided = world.entries(Kind::Decided).await;
        assert_eq!((decided[0]["facts"]["frames_deleted"].clone(), decided.len()), (1.into(), 1));
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_may_choose_the_other_path_at_the_station_at_any_time() {
    for world in worlds().await {
        let visit = world.collecting(BIDEN).await;
        world.agreed(&visit, 0).await;
        world.begin(&visit, 0).await.unwrap();
        let camera = world.camera(&visit, 0).await.unwrap();
        visit::prefer_other_path(&world.desk, &world.seat, world.now, &visit, 0).await.unwrap();
        assert_eq!(code(world.take(&camera.nonce, &["biden-1.jpg"]).await), "capture-ended");
        assert_eq!(world.database.count("SELECT MAX(total) FROM attempts").await, 0);
        let view = world.view(&visit).await;
        assert_eq!(view.persons[0].state, "other-path");
        world.is_in_order().await;
    }
}
