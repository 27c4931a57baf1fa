//! Incidents that were followed up: who may close them, and what is deleted when.

use crate::world::{OBAMA, World, code, worlds};
use casework::desk::incident::{self, Close, List, SecondJudge, Suspect};
use casework::desk::judge::{self, Judge};
use casework::desk::notice::{self, NoticeMark};
use casework::desk::{casefile, upkeep};
use casework::visit::Judgement;
use store::id::IncidentId;
use store::ledger::Kind;
use store::limits::Window;
use store::session::SignedIn;

fn finding(code: &str) -> Close {
    Close { finding: code.to_owned() }
}

async fn closed(world: &World, by: &SignedIn, id: &IncidentId, code: &str) -> casework::Result<incident::IncidentView> {
    incident::close(&world.desk, by, world.now, id, &finding(code)).await
}

/// A report by `by`, as yet not seconded.
async fn reported(world: &World, by: &SignedIn) -> IncidentId {
    let visit = world.collecting(OBAMA).await;
    world.agreed(&visit, 0).await;
    world.captured(&visit, 0, &["biden-1.jpg"]).await;
    let judge = Judge { person: 0, answer: Judgement::Different };
    judge::judge(&world.desk, by, world.now, &visit, judge).await.unwrap();
    let suspect = Suspect { person: 0, reason: "face-differs".to_owned() };
    incident::report(&world.desk, by, world.now, &visit, &suspect).await.unwrap();
    let all = incident::list(&world.desk, &world.supervisor, world.now, &List::default()).await.unwrap();
    all.into_iter().next().unwrap().id
}

async fn seconded(world: &World, id: &IncidentId) {
    let answer = SecondJudge { answer: Judgement::Different };
    incident::judge(&world.desk, &world.supervisor, world.now, id, answer).await.unwrap();
    incident::second(&world.desk, &world.supervisor, world.now, id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_incident_is_closed_by_another_than_who_reported_it() {
    for world in worlds().await {
        let id = reported(&world, &world.senior).await;
        assert_eq!(code(closed(&world, &world.supervisor, &id, "handed-over").await), "incident-settled");
        seconded(&world, &id).await;
        for (by, refusal) in [
            (&world.clerk, "permission-missing"),
            (&world.auditor, "permission-missing"),
            (&world.senior, "second-person-same"),
            (&world.stranger, "not-found"),
        ] {
            assert_eq!(code(closed(&world, by, &id, "handed-over").await), refusal, "{:?}", by.roles());
        }
        for (text, refusal) in
            [("", "reason-missing"), ("Mr Wang did it", "reason-unknown"), ("face-differs", "reason-unfit")]
        {
            assert_eq!(code(closed(&world, &world.supervisor, &id, text).await), refusal, "{text}");
        }
        assert_eq!(world.entries(Kind::IncidentClosed).await.len(), 0);
        let view = closed(&world, &world.supervisor, &id, "impersonation-proved").await.unwrap();
        assert_eq!((view.state.as_str(), view.finding.as_deref()), ("closed", Some("impersonation-proved")));
        assert_eq!((view.closed_by.as_ref(), view.closed), (Some(world.supervisor.operator()), Some(world.now)));
        assert_eq!(code(closed(&world, &world.supervisor, &id, "handed-over").await), "incident-settled");
        let entries = world.entries(Kind::IncidentClosed).await;
        assert_eq!((entries.len(), entries[0]["facts"]["finding"].as_str()), (1, Some("impersonation-proved")));
        assert!(entries[0]["person"].is_string() && entries[0]["visit"].is_string());
        // Its file can still be exported, as long as it is there.
        casefile::export(&world.desk, &world.supervisor, world.now, &id).await.unwrap();
        world.is_in_order().await;
    }
}

const DAY_MIN: i64 = 24 * 60;
/// The terms of the service.
const EVIDENCE_MIN: i64 = 90 * DAY_MIN;
const INCIDENT_MIN: i64 = 1825 * DAY_MIN;

async fn upkept(world: &World) {
    while upkeep::sweep(&world.desk, world.now).await.unwrap().more {}
}

/// How many visits, incidents, judgements and pieces of evidence there are.
async fn left(world: &World) -> [i64; 4] {
    let mut counts = [0; 4];
    for (count, table) in counts.iter_mut().zip(["visits", "incidents", "judgements", "evidences"]) {
        *count = world.rows(table).await;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terms_run_from_the_closing() {
    for mut world in worlds().await {
        let id = reported(&world, &world.clerk).await;
        seconded(&world, &id).await;
        let notices = notice::list(&world.desk, &world.supervisor, world.now, Window::default()).await.unwrap();
        for state in ["sent", "acknowledged"] {
            let mark = NoticeMark { state: state.to_owned() };
            notice::mark(&world.desk, &world.supervisor, world.now, &notices[0].id, &mark).await.unwrap();
        }
        // As long as nobody closes it, it stays, however old.
        world.pass(2 * INCIDENT_MIN);
        upkept(&world).await;
        assert_eq!(left(&world).await, [1, 1, 2, 1]);
        closed(&world, &world.supervisor, &id, "handed-over").await.unwrap();
        world.pass(EVIDENCE_MIN - 1);
        upkept(&world).await;
        assert_eq!(left(&world).await, [1, 1, 2, 1], "a minute too early");
        world.pass(1);
        upkept(&world).await;
        assert_eq!(left(&world).await, [1, 1, 0, 0]);
        world.pass(INCIDENT_MIN - EVIDENCE_MIN - 1);
        upkept(&world).await;
        assert_eq!(left(&world).await, [1, 1, 0, 0], "a minute too early");
        world.pass(1);
        upkept(&world).await;
        assert_eq!(left(&world).await, [0; 4]);
        assert_eq!((world.rows("notices").await, world.rows("outcomes").await), (0, 0));
        let gone = casefile::export(&world.desk, &world.supervisor, world.now, &id).await;
        assert_eq!(code(gone), "not-found");
        assert!(world.entries(Kind::RetentionRun).await.iter().any(|entry| entry["facts"]["visits"] == 1));
        world.is_in_order().await;
    }
}
