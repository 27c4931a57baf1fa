//! How long the pictures of a reported person wait for the second operator, and what becomes of a report that nobody seconds.

use crate::world::{OBAMA, World, code, worlds};
use casework::desk::incident::{self, Dismiss, List, SecondJudge, Suspect};
use casework::desk::judge::{self, Judge};
use casework::desk::receipt::Shown;
use casework::desk::{picture, upkeep, visit, withdraw};
use casework::visit::Judgement;
use store::id::{IncidentId, VisitId};
use store::ledger::Kind;

/// Another's face, reported; with the receipt.
async fn reported(world: &World) -> (VisitId, IncidentId, String) {
    let visit = world.collecting(OBAMA).await;
    let receipt = world.agreed(&visit, 0).await;
    world.captured(&visit, 0, &["biden-1.jpg"]).await;
    let judge = Judge { person: 0, answer: Judgement::Different };
    judge::judge(&world.desk, &world.clerk, world.now, &visit, judge).await.unwrap();
    let suspect = Suspect { person: 0, reason: "face-differs".to_owned() };
    incident::report(&world.desk, &world.clerk, world.now, &visit, &suspect).await.unwrap();
    let id = newest(world).await;
    (visit, id, receipt)
}

/// The newest incident of the office.
async fn newest(world: &World) -> IncidentId {
    let all = incident::list(&world.desk, &world.supervisor, world.now, &List::default()).await.unwrap();
    all.into_iter().next().unwrap().id
}

/// The background work, until there is nothing left to do.
async fn upkept(world: &World) {
    while upkeep::sweep(&world.desk, world.now).await.unwrap().more {}
}

/// The state of an incident, and whether it waits for the supervisor.
async fn stands(world: &World, id: &IncidentId) -> (String, bool) {
    let view = incident::get(&world.desk, &world.supervisor, world.now, id).await.unwrap();
    (view.state, view.waits_for_you)
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_wait_for_the_second_operator_beyond_visit_and_consent() {
    for mut world in worlds().await {
        let (visit, id, _) = reported(&world).await;
        assert!(world.entries(Kind::IncidentReported).await[0]["facts"]["pictures_held_until"].is_string());
        // Visit and consent last two hours.
        world.pass(23 * 60);
        upkept(&world).await;
        assert_eq!(world.database.count("SELECT COUNT(*) FROM consents WHERE state = 'expired'").await, 1);
        assert_eq!((world.rows("bio_frames").await, world.rows("bio_templates").await), (1, 0));
        assert_eq!(stands(&world, &id).await, ("reported".to_owned(), true));
        // For looking in this incident, and for nothing and nobody else.
        assert_eq!(code(picture::look(&world.desk, &world.clerk, world.now, &visit, 0).await), "permission-missing");
        assert_eq!(code(picture::look(&world.desk, &world.stranger, world.now, &visit, 0).await), "not-found");
        assert_eq!(code(world.begin(&visit, 0).await), "transition-refused");
        let pictures = picture::look(&world.desk, &world.supervisor, world.now, &visit, 0).await.unwrap();
        assert_eq!((pictures.live.len(), pictures.portraits.len()), (1, 1));
        let answer = SecondJudge { answer: Judgement::Different };
        incident::judge(&world.desk, &world.supervisor, world.now, &id, answer).await.unwrap();
        let confirmed = incident::second(&world.desk, &world.supervisor, world.now, &id).await.unwrap();
        assert_eq!(confirmed.state, "confirmed");
        assert_eq!(world.rows("bio_frames").await, 0);
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_dismissed_late_leaves_no_picture() {
    for mut world in worlds().await {
        let (visit, id, _) = reported(&world).await;
        world.pass(3 * 60);
        upkept(&world).await;
        let answer = SecondJudge { answer: Judgement::Same };
        incident::judge(&world.desk, &world.supervisor, world.now, &id, answer).await.unwrap();
        let dismiss = Dismiss { reason: "same-person".to_owned() };
        incident::dismiss(&world.desk, &world.supervisor, world.now, &id, &dismiss).await.unwrap();
        assert_eq!(world.rows("bio_frames").await, 0);
        let view = world.view(&visit).await;
        assert_eq!((view.phase.as_str(), view.persons[0].state.as_str()), ("open", "other-path"));
        upkept(&world).await;
        assert_eq!(world.view(&visit).await.phase, "expired");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_second_opinion_in_time_nothing_comes_of_a_report() {
    for mut world in worlds().await {
        let (visit, id, _) = reported(&world).await;
        let answer = SecondJudge { answer: Judgement::Different };
        world.pass(24 * 60 - 1);
        incident::judge(&world.desk, &world.supervisor, world.now, &id, answer).await.unwrap();
        world.pass(1);
        // Too late, whether or not the background work was quicker.
        assert_eq!(code(incident::second(&world.desk, &world.supervisor, world.now, &id).await), "incident-settled");
        let dismiss = Dismiss { reason: "same-person".to_owned() };
        let late = incident::dismiss(&world.desk, &world.supervisor, world.now, &id, &dismiss).await;
        assert_eq!(code(late), "incident-settled");
        assert_eq!(code(incident::judge(&world.desk, &world.senior, world.now, &id, answer).await), "incident-settled");
        assert_eq!(code(picture::look(&world.desk, &world.supervisor, world.now, &visit, 0).await), "pictures-closed");
        assert_eq!(stands(&world, &id).await, ("reported".to_owned(), false));
        upkept(&world).await;
        assert_eq!(stands(&world, &id).await, ("lapsed".to_owned(), false));
        assert_eq!((world.view(&visit).await.phase.as_str(), world.rows("bio_frames").await), ("expired", 0));
        let lapsed = world.entries(Kind::IncidentLapsed).await;
        assert_eq!((lapsed.len(), lapsed[0]["facts"]["why"].as_str()), (1, Some("deadline")));
        assert!(lapsed[0]["actor"] == "system" && lapsed[0]["visit"] == visit.as_str());
        let decided = world.entries(Kind::Decided).await;
        assert_eq!(
            (decided[0]["facts"]["outcome"].as_str(), decided[0]["facts"]["frames_deleted"].as_i64()),
            (Some("expired"), Some(1))
        );
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_deletes_held_pictures_at_once() {
    for mut world in worlds().await {
        // Before and after the consent has run out.
        for minutes in [1, 5 * 60] {
            let (visit, id, receipt) = reported(&world).await;
            world.pass(minutes);
            upkept(&world).await;
            assert_eq!(world.rows("bio_frames").await, 1);
            let withdrawn = withdraw::by_receipt(&world.desk, world.now, &Shown { receipt }).await.unwrap();
            assert_eq!(withdrawn.claims.deleted.frames, 1);
            assert_eq!(world.rows("bio_frames").await, 0);
            assert_eq!(stands(&world, &id).await, ("lapsed".to_owned(), false));
            let closed = picture::look(&world.desk, &world.supervisor, world.now, &visit, 0).await;
            assert!(closed.is_err());
            let lapsed = world.entries(Kind::IncidentLapsed).await;
            let last = lapsed.iter().find(|entry| entry["visit"] == visit.as_str()).unwrap();
            assert_eq!(
                (last["facts"]["why"].as_str(), last["actor"].as_str()),
                (Some("consent-ended"), Some("citizen"))
            );
        }
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_by_papers_holds_no_picture() {
    for mut world in worlds().await {
        let visit = world.collecting(OBAMA).await;
        world.agreed(&visit, 0).await;
        world.captured(&visit, 0, &["obama-2.jpg"]).await;
        let judge = Judge { person: 0, answer: Judgement::Same };
        judge::judge(&world.desk, &world.clerk, world.now, &visit, judge).await.unwrap();
        let suspect = Suspect { person: 0, reason: "papers-forged".to_owned() };
        incident::report(&world.desk, &world.clerk, world.now, &visit, &suspect).await.unwrap();
        world.pass(121);
        upkept(&world).await;
        assert_eq!(world.rows("bio_frames").await, 0, "no second operator needs them");
        let id = newest(&world).await;
        assert_eq!(stands(&world, &id).await, ("reported".to_owned(), true));
        incident::second(&world.desk, &world.supervisor, world.now, &id).await.unwrap();
        assert_eq!(world.view(&visit).await.phase, "suspected-impersonation");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_that_wait_do_not_keep_other_visits_from_ending() {
    for mut world in worlds().await {
        let (_, id, _) = reported(&world).await;
        let other = world.collecting(OBAMA).await;
        world.pass(121);
        assert_eq!(visit::expire_due(&world.desk, world.now, 1).await.unwrap(), 1);
        assert_eq!(world.view(&other).await.phase, "expired");
        assert_eq!(stands(&world, &id).await.0, "reported");
    }
}
