//! What time ends: captures, consents, visits, and the delay after failed attempts.

use crate::world::{BIDEN, OBAMA, code, worlds};
use casework::desk::capture::{self, Who};
use casework::desk::decide::{self, Confirm};
use casework::desk::judge::{self, Judge};
use casework::desk::visit;
use casework::visit::Judgement;
use jiff::SignedDuration;

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_is_open_for_three_minutes() {
    for mut world in worlds().await {
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        world.begin(&visit, 0).await.unwrap();
        let camera = world.camera(&visit, 0).await.unwrap();
        assert_eq!(camera.expires - world.now, jiff::Span::new().seconds(180).fieldwise());
        world.pass(3);
        assert_eq!(code(world.take(&camera.nonce, &["obama-2.jpg"]).await), "capture-ended");
        let ended = capture::end(&world.desk, &world.clerk, world.now, &visit, Who { person: 0 }).await.unwrap();
        assert_eq!(ended.persons[0].state, "consent-given");
        assert_eq!(world.database.count("SELECT MAX(total) FROM attempts").await, 0);
        assert!(world.captured(&visit, 0, &["obama-2.jpg"]).await.usable);
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_failures_in_a_row_wait_thirty_seconds() {
    for mut world in worlds().await {
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        for _ in 0..5 {
            assert!(world.captured(&visit, 0, &["biden-1.jpg"]).await.usable);
        }
        assert_eq!(code(world.begin(&visit, 0).await), "attempts-wait");
        world.now += SignedDuration::from_secs(29);
        assert_eq!(code(world.begin(&visit, 0).await), "attempts-wait");
        world.now += SignedDuration::from_secs(1);
        assert!(world.captured(&visit, 0, &["obama-2.jpg"]).await.usable);
        // A match takes the row back, and says how many had failed before.
        let judge = Judge { person: 0, answer: Judgement::Same };
        let shown = judge::judge(&world.desk, &world.clerk, world.now, &visit, judge).await.unwrap();
        assert_eq!((shown.evidence.attempts.consecutive, shown.evidence.attempts.total), (5, 5));
        assert_eq!(world.database.count("SELECT consecutive FROM attempts").await, 0);
        assert_eq!(world.database.count("SELECT total FROM attempts").await, 5);
        // Only the newest pictures are kept.
        assert_eq!(world.rows("bio_frames").await, 1);
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_ends_by_itself_and_takes_its_pictures_along() {
    for mut world in worlds().await {
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        world.captured(&visit, 0, &["obama-2.jpg"]).await;
        let early = visit::expire(&world.desk, world.now, &world.office, &visit).await;
        assert_eq!(code(early), "deadline-not-reached");
        world.pass(120);
        assert_eq!(visit::expire_due(&world.desk, world.now, 10).await.unwrap(), 1);
        assert_eq!(visit::expire_due(&world.desk, world.now, 10).await.unwrap(), 0);
        assert_eq!((world.view(&visit).await.phase.as_str(), world.rows("bio_frames").await), ("expired", 0));
        assert_eq!(code(world.begin(&visit, 0).await), "visit-decided");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_ran_out_confirms_nothing() {
    for mut world in worlds().await {
        let visit = world.collecting(BIDEN).await;
        world.agreed(&visit, 0).await;
        world.captured(&visit, 0, &["biden-1.jpg"]).await;
        let judge = Judge { person: 0, answer: Judgement::Same };
        judge::judge(&world.desk, &world.clerk, world.now, &visit, judge).await.unwrap();
        world.pass(120);
        let confirm = Confirm { factors_shown: vec![0], tell: vec![] };
        let late = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &confirm).await;
        assert_eq!(code(late), "consent-ended");
        assert_eq!(code(world.begin(&visit, 0).await), "consent-ended");
        world.is_in_order().await;
    }
}
