//! What is tried and does not work: replays, other stations, other offices, the wrong people, the wrong order.

use crate::world::{BIDEN, OBAMA, code, photo, worlds};
use casework::desk::capture::{self, Frames, Who};
use casework::desk::consent::{self, Answer};
use casework::desk::judge::{self, Judge};
use casework::desk::{picture, visit};
use casework::visit::Judgement;

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_works_once_and_at_its_own_station() {
    for world in worlds().await {
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        assert_eq!(code(world.camera(&visit, 0).await), "transition-refused");
        world.begin(&visit, 0).await.unwrap();
        let elsewhere = capture::open(&world.desk, &world.other_seat, world.now, &visit, Who { person: 0 }).await;
        assert_eq!(code(elsewhere), "station-foreign");
        let first = world.camera(&visit, 0).await.unwrap();
        let camera = world.camera(&visit, 0).await.unwrap();
        assert_eq!(code(world.take(&first.nonce, &["obama-2.jpg"]).await), "capture-ended");
        let frames =
            || Frames { nonce: camera.nonce.clone(), pictures: vec![photo("obama-2.jpg").into()], signed: None };
        let stolen = capture::take(&world.desk, &world.other_seat, world.now, frames()).await;
        assert_eq!(code(stolen), "capture-ended");
        assert!(capture::take(&world.desk, &world.seat, world.now, frames()).await.unwrap().usable);
        let again = capture::take(&world.desk, &world.seat, world.now, frames()).await;
        assert_eq!(code(again), "capture-ended");
        assert_eq!((world.rows("evidences").await, world.rows("bio_frames").await), (1, 1));
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_with_one_nonce_store_one() {
    for world in worlds().await {
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        world.begin(&visit, 0).await.unwrap();
        let camera = world.camera(&visit, 0).await.unwrap();
        let frames =
            || Frames { nonce: camera.nonce.clone(), pictures: vec![photo("obama-2.jpg").into()], signed: None };
        let (one, two) = tokio::join!(
            capture::take(&world.desk, &world.seat, world.now, frames()),
            capture::take(&world.desk, &world.seat, world.now, frames())
        );
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        assert_eq!((world.rows("evidences").await, world.rows("bio_frames").await), (1, 1));
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_bounded() {
    for world in worlds().await {
        for pictures in [vec![], vec![vec![]], vec![vec![0_u8; 8 * 1024 * 1024 + 1]], vec![vec![1]; 9]] {
            let pictures = pictures.into_iter().map(Into::into).collect();
            let refused = capture::take(
                &world.desk,
                &world.seat,
                world.now,
                Frames { nonce: String::new(), pictures, signed: None },
            )
            .await;
            assert_eq!(code(refused), "frames-unfit");
        }
        let unknown = Frames { nonce: "x".to_owned(), pictures: vec![vec![1].into()], signed: None };
        assert_eq!(code(capture::take(&world.desk, &world.seat, world.now, unknown).await), "capture-ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_fits_one_question_only() {
    for world in worlds().await {
        let first = world.collecting(OBAMA).await;
        world.ask(&first, 0).await.unwrap();
        let notice = consent::station(&world.desk, &world.seat, world.now).await.unwrap().notice.unwrap();
        let answer = Answer { person: 0, consent: notice.consent, notice_hash: notice.hash, agree: true };
        let other_text = Answer { notice_hash: "0".repeat(64), ..answer.clone() };
        let refused = consent::answer(&world.desk, &world.seat, world.now, &first, &other_text).await;
        assert_eq!(code(refused), "notice-other");
        let refused = consent::answer(&world.desk, &world.other_seat, world.now, &first, &answer).await;
        assert_eq!(code(refused), "station-foreign");
        consent::answer(&world.desk, &world.seat, world.now, &first, &answer).await.unwrap();
        let replayed = consent::answer(&world.desk, &world.seat, world.now, &first, &answer).await;
        assert_eq!(code(replayed), "transition-refused");
        // The consent of one visit answers nothing in another.
        let second = world.collecting(OBAMA).await;
        world.ask(&second, 0).await.unwrap();
        let replayed = consent::answer(&world.desk, &world.seat, world.now, &second, &answer).await;
        assert_eq!(code(replayed), "not-found");
        assert_eq!(code(world.begin(&second, 0).await), "consent-first");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_camera_is_opened_by_consent_only() {
    for world in worlds().await {
        let visit = world.collecting(OBAMA).await;
        assert_eq!(code(world.begin(&visit, 0).await), "consent-first");
        world.ask(&visit, 0).await.unwrap();
        assert_eq!(code(world.begin(&visit, 0).await), "consent-first");
        assert_eq!(code(world.camera(&visit, 0).await), "transition-refused");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_sees_and_judges() {
    for world in worlds().await {
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        let look = async |by| picture::look(&world.desk, by, world.now, &visit, 0).await;
        assert_eq!(code(look(&world.clerk).await), "pictures-closed");
        world.captured(&visit, 0, &["obama-2.jpg"]).await;
        assert_eq!(code(look(&world.untrained).await), "training-expired");
        assert_eq!(code(look(&world.supervisor).await), "permission-missing");
        assert_eq!(code(look(&world.stranger).await), "not-found");
        let judge = Judge { person: 0, answer: Judgement::Same };
        let judged = async |by| judge::judge(&world.desk, by, world.now, &visit, judge).await;
        assert_eq!(code(judged(&world.untrained).await), "training-expired");
        assert_eq!(code(judged(&world.stranger).await), "not-found");
        judged(&world.clerk).await.unwrap();
        assert_eq!(code(judged(&world.clerk).await), "transition-refused");
        let see = async |by| visit::get(&world.desk, by, world.now, &visit).await;
        assert_eq!(code(see(&world.auditor).await), "permission-missing");
        assert_eq!(code(see(&world.stranger).await), "not-found");
        // The untrained clerk is offered what needs no training.
        let offers: Vec<String> =
            see(&world.untrained).await.unwrap().offers.into_iter().map(|offer| offer.act).collect();
        assert!(offers.contains(&"refer".to_owned()) && !offers.contains(&"report".to_owned()), "{offers:?}");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_and_locked_persons_are_not_claimed() {
    for world in worlds().await {
        let visit = world.opened("household.identity-card", "collect", &[]).await;
        assert_eq!(code(world.claim(&visit, 0, "Q000000000").await), "person-unknown");
        assert_eq!(code(world.claim(&visit, 0, "';--").await), "number-invalid");
        for (state, refusal) in [("locked", "person-locked"), ("deceased", "person-deceased")] {
            world.database.tamper(&format!("UPDATE persons SET state = '{state}'")).await;
            assert_eq!(code(world.claim(&visit, 0, BIDEN).await), refusal);
        }
        world.database.tamper("UPDATE persons SET state = 'active'").await;
        assert_eq!(
            world.assign(&visit, &world.other_station).await.unwrap().station.as_ref(),
            Some(&world.other_station)
        );
        world.is_in_order().await;
    }
}
