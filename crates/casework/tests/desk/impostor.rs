//! Another person's face: reported by one, seconded or dismissed by another.

use crate::world::{OBAMA, World, code, worlds};
use casework::desk::decide::{self, CheckPapers, Confirm};
use casework::desk::incident::{self, Dismiss, List, SecondJudge, Suspect};
use casework::desk::judge::{self, Judge};
use casework::desk::{alarm, casefile, picture, visit};
use casework::visit::Judgement;
use store::id::{IncidentId, VisitId};
use store::ledger::Kind;
use store::session::SignedIn;

/// A visit in which somebody else stands before the camera, up to the open evidence.
async fn doubted(world: &World, by: &SignedIn) -> VisitId {
    let visit = world.collecting(OBAMA).await;
    world.agreed(&visit, 0).await;
    world.captured(&visit, 0, &["biden-1.jpg"]).await;
    let judge = Judge { person: 0, answer: Judgement::Different };
    let shown = judge::judge(&world.desk, by, world.now, &visit, judge).await.unwrap();
    assert_eq!((shown.evidence.comparison.band.as_str(), shown.suggestion.as_str()), ("no-match", "other-path"));
    visit
}

fn suspect() -> Suspect {
    Suspect { person: 0, reason: "face-differs".to_owned() }
}

async fn reported(world: &World, by: &SignedIn) -> (VisitId, IncidentId) {
    let visit = doubted(world, by).await;
    let view = incident::report(&world.desk, by, world.now, &visit, &suspect()).await.unwrap();
    assert!(view.phase == "reported" && view.report.unwrap().by_you);
    let waiting = incident::list(&world.desk, &world.supervisor, world.now, &List::default()).await.unwrap();
    assert!(waiting[0].waits_for_you && waiting[0].state == "reported");
    (visit, waiting[0].id.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impostor_is_found_by_two() {
    for world in worlds().await {
        let (visit, id) = reported(&world, &world.clerk).await;
        let confirm = Confirm { factors_shown: vec![0], tell: vec![] };
        let refused = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &confirm).await;
        assert_eq!(code(refused), "transition-refused");
        assert_eq!(code(casefile::export(&world.desk, &world.supervisor, world.now, &id).await), "incident-settled");
        assert_eq!(code(incident::second(&world.desk, &world.clerk, world.now, &id).await), "permission-missing");
        // The second operator looks and judges before the evidence opens and before a word.
        let refused = incident::second(&world.desk, &world.supervisor, world.now, &id).await;
        assert_eq!(code(refused), "judgement-missing");
        let refused = judge::evidence(&world.desk, &world.supervisor, world.now, &visit, 0).await;
        assert_eq!(code(refused), "judgement-missing");
        let pictures = picture::look(&world.desk, &world.supervisor, world.now, &visit, 0).await.unwrap();
        assert_eq!((pictures.live.len(), pictures.portraits.len()), (1, 1));
        let answer = SecondJudge { answer: Judgement::Different };
        let shown = incident::judge(&world.desk, &world.supervisor, world.now, &id, answer).await.unwrap();
        assert_eq!(shown.judgement, "different");
        let again = incident::judge(&world.desk, &world.supervisor, world.now, &id, answer).await;
        assert_eq!(code(again), "already-exists");
        let confirmed = incident::second(&world.desk, &world.supervisor, world.now, &id).await.unwrap();
        assert_eq!(
            (confirmed.state.as_str(), confirmed.seconded_by.as_ref()),
            ("confirmed", Some(world.supervisor.operator()))
        );
        assert_eq!(code(incident::second(&world.desk, &world.supervisor, world.now, &id).await), "incident-settled");
        assert_eq!(world.view(&visit).await.phase, "suspected-impersonation");
        assert_eq!(world.rows("bio_frames").await, 0);
        let told = "SELECT COUNT(*) FROM notices WHERE recipient = 'office-contacts' AND state = 'waiting'";
        assert_eq!(world.database.count(told).await, 1);
        assert_eq!(world.entries(Kind::NoticeQueued).await.len(), 1);
        let decided = world.entries(Kind::Decided).await;
        assert_eq!(decided[0]["facts"]["second"], world.supervisor.operator().as_str());
        the_case_file_is_whole(&world, &id).await;
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_saw_is_told_only_after_the_own_judgement() {
    for world in worlds().await {
        let (_, id) = reported(&world, &world.clerk).await;
        let (desk, now) = (&world.desk, world.now);
        let before = alarm::get(desk, &world.supervisor, now, &id).await.unwrap();
        assert!(before.may_second && before.line.waits && before.line.by_face && !before.may_close);
        assert!(before.own.is_none() && before.judgements.is_empty());
        let list = alarm::list(desk, &world.supervisor, now, &List::default()).await.unwrap();
        assert_eq!((list.lines.len(), list.lines[0].waits), (1, true));
        let answer = SecondJudge { answer: Judgement::Same };
        incident::judge(desk, &world.supervisor, now, &id, answer).await.unwrap();
        let after = alarm::get(desk, &world.supervisor, now, &id).await.unwrap();
        assert_eq!((after.own.as_deref(), after.judgements.len()), (Some("same"), 2));
        assert!(after.judgements.iter().all(|one| after.names.of(&one.operator) != one.operator.as_str()));
        assert_eq!(code(alarm::get(desk, &world.clerk, now, &id).await), "permission-missing");
        assert_eq!(code(alarm::list(desk, &world.clerk, now, &List::default()).await), "permission-missing");
        assert_eq!(code(alarm::get(desk, &world.stranger, now, &id).await), "not-found");
        assert!(alarm::list(desk, &world.stranger, now, &List::default()).await.unwrap().lines.is_empty());
    }
}

async fn the_case_file_is_whole(world: &World, id: &IncidentId) {
    let means = world.desk.means(world.now);
    let mut tx = world.desk.db.write().await.unwrap();
    store::ledger::checkpoint::write(&mut tx, &means).await.unwrap();
    tx.commit().await.unwrap();
    let refused = casefile::export(&world.desk, &world.stranger, world.now, id).await;
    assert_eq!(code(refused), "not-found");
    let file = casefile::export(&world.desk, &world.supervisor, world.now, id).await.unwrap();
    assert_eq!(
        (file.incident.reason.as_str(), file.visit.outcome.as_deref()),
        ("face-differs", Some("suspected-impersonation"))
    );
    let evidence = &file.persons[0].evidence[0];
    assert_eq!(evidence.judgements.len(), 2);
    assert!(evidence.evidence.comparison.similarity < 40.0);
    assert!(file.entries.len() > 10 && file.entries.iter().all(|entry| entry.proof.is_some()));
    let text = serde_json::to_string(&file).unwrap();
    assert!(!text.contains(OBAMA) && !text.contains("歐巴馬") && !text.contains("image/"));
    assert_eq!(world.entries(Kind::CaseFileExported).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_seconds_or_dismisses_their_own_report() {
    for world in worlds().await {
        let (_, id) = reported(&world, &world.senior).await;
        let answer = SecondJudge { answer: Judgement::Different };
        let own = incident::judge(&world.desk, &world.senior, world.now, &id, answer).await;
        assert_eq!(code(own), "second-person-same");
        assert_eq!(code(incident::second(&world.desk, &world.senior, world.now, &id).await), "second-person-same");
        let dismiss = Dismiss { reason: "report-in-error".to_owned() };
        let own = incident::dismiss(&world.desk, &world.senior, world.now, &id, &dismiss).await;
        assert_eq!(code(own), "second-person-same");
        let foreign = incident::second(&world.desk, &world.stranger, world.now, &id).await;
        assert_eq!(code(foreign), "not-found");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dismissed_report_ends_the_face_way_and_no_benefit() {
    for world in worlds().await {
        let (visit, id) = reported(&world, &world.clerk).await;
        let answer = SecondJudge { answer: Judgement::CannotSay };
        incident::judge(&world.desk, &world.supervisor, world.now, &id, answer).await.unwrap();
        let dismiss = Dismiss { reason: "not-enough-ground".to_owned() };
        let view = incident::dismiss(&world.desk, &world.supervisor, world.now, &id, &dismiss).await.unwrap();
        assert_eq!(view.state, "dismissed");
        assert_eq!(world.view(&visit).await.persons[0].state, "other-path");
        assert_eq!(world.rows("bio_frames").await, 0);
        let papers = CheckPapers { person: 0, reason: "answers-agree".to_owned() };
        decide::check_papers(&world.desk, &world.clerk, world.now, &visit, &papers).await.unwrap();
        let confirm = Confirm { factors_shown: vec![], tell: vec![] };
        let view = decide::confirm(&world.desk, &world.clerk, world.now, &visit, &confirm).await.unwrap();
        assert_eq!(view.phase, "confirmed");
        assert_eq!(world.rows("notices").await, 0);
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn suspicion_by_face_needs_evidence_that_speaks_against() {
    for world in worlds().await {
        let visit = world.collecting(OBAMA).await;
        let refused = incident::report(&world.desk, &world.clerk, world.now, &visit, &suspect()).await;
        assert_eq!(code(refused), "reason-unfit");
        world.agreed(&visit, 0).await;
        world.captured(&visit, 0, &["obama-3.jpg"]).await;
        let judge = Judge { person: 0, answer: Judgement::Same };
        judge::judge(&world.desk, &world.clerk, world.now, &visit, judge).await.unwrap();
        let refused = incident::report(&world.desk, &world.clerk, world.now, &visit, &suspect()).await;
        assert_eq!(code(refused), "reason-unfit");
        let refused = incident::report(&world.desk, &world.untrained, world.now, &visit, &suspect()).await;
        assert_eq!(code(refused), "training-expired");
        world.is_in_order().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_nobody_seconds_ends_without_an_adverse_outcome() {
    for mut world in worlds().await {
        let (visit, id) = reported(&world, &world.clerk).await;
        world.pass(121);
        assert_eq!(visit::expire_due(&world.desk, world.now, 10).await.unwrap(), 0);
        world.pass(24 * 60);
        assert_eq!(visit::expire_due(&world.desk, world.now, 10).await.unwrap(), 1);
        let view = incident::get(&world.desk, &world.supervisor, world.now, &id).await.unwrap();
        assert_eq!((view.state.as_str(), view.seconded_by), ("lapsed", None));
        assert_eq!(world.view(&visit).await.phase, "expired");
        assert_eq!(world.rows("bio_frames").await, 0);
        world.swept().await;
        assert_eq!(world.rows("bio_templates").await, 0);
        world.is_in_order().await;
    }
}
