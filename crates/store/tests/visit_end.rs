//! How visits end, on both databases: incidents, outcomes, notices, and the count of failed attempts.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiff::SignedDuration;
use store::attempts::{self, Attempts};
use store::id::{NoticeId, VisitId};
use store::incident::{self, Report, Verdict};
use store::visit::{self, Locked};
use store::{Code, Db, Error, Tx, notice, outcome};
use testkit::desk::{Desk, PURPOSE, Seat};
use testkit::store::databases;

fn code<T>(result: Result<T, Error>) -> Code {
    result.err().unwrap().code().unwrap()
}

async fn seat(desk: &Desk, db: &Db) -> Seat {
    let (consent, _) = desk.agreed(db, &desk.person.id, PURPOSE).await.unwrap();
    desk.visit(db, &desk.person.id, &consent).await.unwrap()
}

async fn lock(desk: &Desk, tx: &mut Tx, visit: &VisitId) -> Locked {
    visit::lock(tx, &desk.office, visit, None).await.unwrap()
}

/// Reports an incident and lets the second operator speak.
async fn incident(desk: &Desk, db: &Db, seat: &Seat, verdict: Option<Verdict>) -> store::id::IncidentId {
    let mut tx = db.write().await.unwrap();
    let locked = lock(desk, &mut tx, &seat.visit).await;
    let report = Report { visit_person: &seat.visit_person, reason: "other-face", operator: &desk.clerk };
    let id = incident::report(&mut tx, &desk.means(), &locked, &report).await.unwrap();
    if let Some(verdict) = verdict {
        incident::second(&mut tx, &desk.means(), &locked, &id, (&desk.second, verdict)).await.unwrap();
    }
    desk.keep(tx).await.unwrap();
    id
}

#[tokio::test]
async fn nobody_seconds_their_own_report() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let id = incident(&desk, &db, &seat, None).await;
        let mut tx = db.write().await.unwrap();
        let means = desk.means();
        let locked = lock(&desk, &mut tx, &seat.visit).await;
        let own = incident::second(&mut tx, &means, &locked, &id, (&desk.clerk, Verdict::Confirm)).await;
        assert_eq!(code(own), Code::SecondOperatorSame);
        let own = incident::second(&mut tx, &means, &locked, &id, (&desk.clerk, Verdict::Dismiss)).await;
        assert_eq!(code(own), Code::SecondOperatorSame);
        let report = Report { visit_person: &seat.visit_person, reason: "other-face", operator: &desk.second };
        assert_eq!(code(incident::report(&mut tx, &means, &locked, &report).await), Code::Conflict, "reported twice");
        incident::second(&mut tx, &means, &locked, &id, (&desk.second, Verdict::Confirm)).await.unwrap();
        let again = incident::second(&mut tx, &means, &locked, &id, (&desk.second, Verdict::Dismiss)).await;
        assert_eq!(code(again), Code::Conflict);
        desk.keep(tx).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let found = incident::get(&mut tx, &desk.office, &id).await.unwrap();
        assert_eq!(found.state, incident::State::Confirmed);
        assert_eq!((&found.reported_by, found.seconded_by.as_ref()), (&desk.clerk, Some(&desk.second)));
        assert_eq!(incident::list(&mut tx, &desk.office, None, 10).await.unwrap(), [found]);
        assert_eq!(incident::list(&mut tx, &desk.office, Some(&id), 10).await.unwrap(), []);
        assert_eq!(incident::list(&mut tx, &desk.other_office, None, 10).await.unwrap(), []);
        assert_eq!(code(incident::get(&mut tx, &desk.other_office, &id).await), Code::NotFound);
    }
}

#[tokio::test]
async fn a_confirmed_incident_is_closed_once_and_by_somebody_else() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let waiting = incident(&desk, &db, &seat, None).await;
        let (mut tx, means) = (db.write().await.unwrap(), desk.means());
        let by = (&desk.second, "cleared-up");
        let early = incident::close(&mut tx, &means, &desk.office, &waiting, by).await;
        assert_eq!(code(early), Code::Conflict, "it still waits");
        let locked = lock(&desk, &mut tx, &seat.visit).await;
        incident::second(&mut tx, &means, &locked, &waiting, (&desk.second, Verdict::Confirm)).await.unwrap();
        let own = incident::close(&mut tx, &means, &desk.office, &waiting, (&desk.clerk, "cleared-up")).await;
        assert_eq!(code(own), Code::SecondOperatorSame);
        let foreign = incident::close(&mut tx, &means, &desk.other_office, &waiting, by).await;
        assert_eq!(code(foreign), Code::NotFound);
        let wordy = incident::close(&mut tx, &means, &desk.office, &waiting, (&desk.second, "It was him.")).await;
        assert_eq!(code(wordy), Code::RowInvalid);
        let long = "x".repeat(65);
        let long = incident::close(&mut tx, &means, &desk.office, &waiting, (&desk.second, &long)).await;
        assert_eq!(code(long), Code::TextTooLong);
        incident::close(&mut tx, &means, &desk.office, &waiting, by).await.unwrap();
        let again = incident::close(&mut tx, &means, &desk.office, &waiting, by).await;
        assert_eq!(code(again), Code::Conflict);
        let found = incident::get(&mut tx, &desk.office, &waiting).await.unwrap();
        assert_eq!((found.state, found.finding.as_deref()), (incident::State::Closed, Some("cleared-up")));
        assert_eq!((found.closed_by.as_ref(), found.closed), (Some(&desk.second), Some(desk.now)));
        desk.keep(tx).await.unwrap();
        // The database itself refuses what the program would not do.
        for change in [
            format!("seconded_by = '{}'", desk.clerk),
            format!("closed_by = '{}'", desk.clerk),
            "closed_by = NULL".to_owned(),
            "finding = NULL".to_owned(),
            "closed_at_ms = NULL".to_owned(),
            "state = 'confirmed'".to_owned(),
        ] {
            let statement = sqlx::AssertSqlSafe(format!("UPDATE incidents SET {change}"));
            assert!(sqlx::query(statement).execute(db.raw()).await.is_err(), "{change}");
        }
    }
}

#[tokio::test]
async fn an_adverse_outcome_needs_two_operators_and_a_reason() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let adverse = outcome::New {
            kind: outcome::SUSPECTED_IMPERSONATION,
            reason: Some("other-face"),
            operator: Some(&desk.clerk),
            second: Some(&desk.second),
        };
        for verdict in [None, Some(Verdict::Dismiss)] {
            let seat = seat(&desk, &db).await;
            incident(&desk, &db, &seat, verdict).await;
            let mut tx = db.write().await.unwrap();
            let locked = lock(&desk, &mut tx, &seat.visit).await;
            let put = outcome::put(&mut tx, &desk.means(), &locked, &adverse).await;
            assert_eq!(code(put), Code::IncidentMissing, "{verdict:?}");
        }
        let seat = seat(&desk, &db).await;
        incident(&desk, &db, &seat, Some(Verdict::Confirm)).await;
        let mut tx = db.write().await.unwrap();
        let means = desk.means();
        let locked = lock(&desk, &mut tx, &seat.visit).await;
        for (wrong, expected) in [
            (outcome::New { second: None, ..adverse }, Code::IncidentMissing),
            (outcome::New { operator: None, ..adverse }, Code::IncidentMissing),
            (outcome::New { second: Some(&desk.clerk), ..adverse }, Code::SecondOperatorSame),
            (outcome::New { reason: None, ..adverse }, Code::RowInvalid),
            (
                outcome::New { operator: Some(&desk.second), second: Some(&desk.clerk), ..adverse },
                Code::IncidentMissing,
            ),
        ] {
            assert_eq!(code(outcome::put(&mut tx, &means, &locked, &wrong).await), expected, "{wrong:?}");
        }
        outcome::put(&mut tx, &means, &locked, &adverse).await.unwrap();
        let other = outcome::New { kind: "confirmed", reason: None, operator: Some(&desk.clerk), second: None };
        assert_eq!(code(outcome::put(&mut tx, &means, &locked, &other).await), Code::AlreadyExists);
        desk.keep(tx).await.unwrap();
        let found = outcome::get(&mut db.read().await.unwrap(), &desk.office, &seat.visit).await.unwrap().unwrap();
        assert_eq!((found.operator, found.second), (Some(desk.clerk.clone()), Some(desk.second.clone())));
        for change in ["second_operator_id = NULL", "reason = NULL", "second_operator_id = operator_id"] {
            let statement = format!("UPDATE outcomes SET {change}");
            let done = sqlx::query(sqlx::AssertSqlSafe(statement)).execute(db.raw()).await;
            assert!(done.is_err(), "the database took {change}");
        }
    }
}

#[tokio::test]
async fn a_notice_goes_out_once_and_not_back() {
    use notice::State::{Acknowledged, Failed, Sent, Waiting};
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let means = desk.means();
        let body = serde_json::json!({"visit": seat.visit, "event": "moved"});
        let new = notice::New {
            office: &desk.office,
            visit: Some(&seat.visit),
            incident: None,
            recipient: "immigration",
            kind: "moved",
            body: &body,
        };
        let mut tx = db.write().await.unwrap();
        let id = notice::queue(&mut tx, &means, &new).await.unwrap();
        let found = notice::waiting(&mut tx, 10).await.unwrap();
        assert_eq!((&found[0].id, &found[0].body, found[0].state), (&id, &body, Waiting));
        assert_eq!(notice::list(&mut tx, &desk.office, None, 10).await.unwrap(), found);
        assert_eq!(notice::list(&mut tx, &desk.other_office, None, 10).await.unwrap(), []);
        let foreign = notice::set_state(&mut tx, &means, &desk.other_office, &id, Sent).await;
        assert_eq!(code(foreign), Code::NotFound);
        let unknown = NoticeId::new(&means);
        assert_eq!(code(notice::set_state(&mut tx, &means, &desk.office, &unknown, Sent).await), Code::NotFound);
        let allowed = [(Waiting, Failed), (Failed, Waiting), (Waiting, Sent), (Sent, Failed), (Failed, Waiting)];
        let allowed = allowed.into_iter().chain([(Waiting, Sent), (Sent, Acknowledged)]);
        for (from, to) in allowed {
            for wrong in [Waiting, Sent, Acknowledged, Failed] {
                let fits = matches!(
                    (from, wrong),
                    (Waiting, Sent | Failed) | (Sent, Acknowledged | Failed) | (Failed, Waiting)
                );
                if !fits {
                    let done = notice::set_state(&mut tx, &means, &desk.office, &id, wrong).await;
                    assert_eq!(code(done), Code::Conflict, "{from:?} to {wrong:?}");
                }
            }
            notice::set_state(&mut tx, &means, &desk.office, &id, to).await.unwrap();
        }
        assert_eq!(notice::waiting(&mut tx, 10).await.unwrap(), []);
        let huge = serde_json::json!("x".repeat(20_000));
        assert_eq!(code(notice::queue(&mut tx, &means, &notice::New { body: &huge, ..new }).await), Code::TextTooLong);
        desk.keep(tx).await.unwrap();
    }
}

#[tokio::test]
async fn attempts_are_counted_for_a_person_and_a_purpose() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let (person, means) = (&desk.person.id, desk.means());
        let mut tx = db.write().await.unwrap();
        assert_eq!(attempts::get(&mut tx, person, PURPOSE).await.unwrap(), Attempts::default());
        assert_eq!(code(attempts::reset(&mut tx, person, PURPOSE).await), Code::NotFound);
        assert_eq!(attempts::lock(&mut tx, &means, person, PURPOSE).await.unwrap(), Attempts::default());
        let until = desk.now + SignedDuration::from_secs(30);
        let counted = Attempts { consecutive: 5, total: 7, blocked_until: Some(until) };
        attempts::put(&mut tx, person, PURPOSE, &counted).await.unwrap();
        desk.keep(tx).await.unwrap();
        let mut tx = db.write().await.unwrap();
        assert_eq!(attempts::lock(&mut tx, &means, person, PURPOSE).await.unwrap(), counted);
        assert_eq!(attempts::get(&mut tx, person, PURPOSE).await.unwrap(), counted);
        assert_eq!(attempts::get(&mut tx, person, "pension-proof").await.unwrap(), Attempts::default());
        assert_eq!(attempts::get(&mut tx, &desk.guardian.id, PURPOSE).await.unwrap(), Attempts::default());
        attempts::reset(&mut tx, person, PURPOSE).await.unwrap();
        assert_eq!(code(tx.commit().await), Code::UnledgeredChange);
        let mut tx = db.write().await.unwrap();
        attempts::reset(&mut tx, person, PURPOSE).await.unwrap();
        assert_eq!(attempts::get(&mut tx, person, PURPOSE).await.unwrap(), Attempts::default());
        desk.keep(tx).await.unwrap();
    }
}
