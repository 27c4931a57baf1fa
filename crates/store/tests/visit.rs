//! Visits on both databases: whose they are, who may change them, and how they end; incidents, outcomes, notices and attempts with them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiff::SignedDuration;
use store::attempts::{self, Attempts};
use store::id::{NoticeId, PersonId, VisitId};
use store::incident::{self, Report, Verdict};
use store::visit::{self, Locked, NewPerson, Page};
use store::{Code, Db, Error, Tx, notice, outcome};
use testkit::desk::{Desk, PURPOSE, Seat, VISIT};
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

fn page(desk: &Desk) -> Page<'static> {
    Page { since: desk.now, open_only: false, after: None, limit: 100 }
}

#[tokio::test]
async fn another_offices_visit_is_not_found() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let mut tx = db.write().await.unwrap();
        assert_eq!(visit::get(&mut tx, &desk.office, &seat.visit).await.unwrap().id, seat.visit);
        assert_eq!(code(visit::get(&mut tx, &desk.other_office, &seat.visit).await), Code::NotFound);
        assert_eq!(code(visit::lock(&mut tx, &desk.other_office, &seat.visit, None).await), Code::NotFound);
        assert_eq!(visit::list(&mut tx, &desk.office, &page(&desk)).await.unwrap().len(), 1);
        assert_eq!(visit::list(&mut tx, &desk.other_office, &page(&desk)).await.unwrap(), []);
        assert_eq!(outcome::get(&mut tx, &desk.other_office, &seat.visit).await.unwrap(), None);

        let foreign = visit::New { station: Some(&desk.other_station), ..desk.new_visit() };
        assert_eq!(code(visit::open(&mut tx, &desk.means(), &foreign).await), Code::NotFound);
        let mut locked = lock(&desk, &mut tx, &seat.visit).await;
        let foreign = visit::set_station(&mut tx, &mut locked, &desk.other_station).await;
        assert_eq!(code(foreign), Code::NotFound);
        let body = serde_json::json!({});
        let foreign = notice::New {
            office: &desk.other_office,
            visit: Some(&seat.visit),
            incident: None,
            recipient: "immigration",
            kind: "moved",
            body: &body,
        };
        assert_eq!(code(notice::queue(&mut tx, &desk.means(), &foreign).await), Code::NotFound);
    }
}

#[tokio::test]
async fn a_visit_keeps_what_was_said_and_counts_its_changes() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let mut tx = db.read().await.unwrap();
        let before = visit::get(&mut tx, &desk.office, &seat.visit).await.unwrap();
        drop(tx);
        assert_eq!((before.opened, before.expires, before.closed), (desk.now, desk.now + VISIT, None));
        assert_eq!(before.persons.len(), 1);
        assert_eq!(
            (&before.persons[0].person, &before.persons[0].consent),
            (&seat.person, &Some(seat.consent.clone()))
        );

        let mut tx = db.write().await.unwrap();
        let mut locked = visit::lock(&mut tx, &desk.office, &seat.visit, Some(before.revision)).await.unwrap();
        visit::set_state(&mut tx, &mut locked, "capturing").await.unwrap();
        visit::set_person_state(&mut tx, &mut locked, &seat.visit_person, "consented").await.unwrap();
        visit::set_station(&mut tx, &mut locked, &desk.station).await.unwrap();
        desk.keep(tx).await.unwrap();

        let mut tx = db.write().await.unwrap();
        let stale = visit::lock(&mut tx, &desk.office, &seat.visit, Some(before.revision)).await;
        assert_eq!(code(stale), Code::Conflict, "two changes on one revision");
        let now = visit::get(&mut tx, &desk.office, &seat.visit).await.unwrap();
        assert_eq!((now.state.as_str(), now.persons[0].state.as_str()), ("capturing", "consented"));
        assert_eq!(now.station, Some(desk.station.clone()));
    }
}

#[tokio::test]
async fn a_visit_is_of_two_different_persons_at_most() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let means = desk.means();
        let mut tx = db.write().await.unwrap();
        let mut locked = lock(&desk, &mut tx, &seat.visit).await;
        let add = |person| NewPerson { role: "spouse", person, state: "claimed" };
        let twice = visit::add_person(&mut tx, &means, &mut locked, &add(&desk.person.id)).await;
        assert_eq!(code(twice), Code::AlreadyExists);
        visit::add_person(&mut tx, &means, &mut locked, &add(&desk.guardian.id)).await.unwrap();
        let third = visit::add_person(&mut tx, &means, &mut locked, &add(&desk.child.id)).await;
        assert_eq!(code(third), Code::Conflict);
        let guardian = locked_person(&locked, &desk.guardian.id);
        let wrong = visit::set_consent(&mut tx, &mut locked, &guardian, &seat.consent).await;
        assert_eq!(code(wrong), Code::GrantForeign, "one person's consent for another");
        let stranger = store::id::VisitPersonId::new(&means);
        let nobody = visit::set_person_state(&mut tx, &mut locked, &stranger, "x").await;
        assert_eq!(code(nobody), Code::NotFound);
        let empty = visit::set_state(&mut tx, &mut locked, "").await;
        assert_eq!(code(empty), Code::RowInvalid);
        let long = visit::set_state(&mut tx, &mut locked, &"x".repeat(201)).await;
        assert_eq!(code(long), Code::TextTooLong);
        desk.keep(tx).await.unwrap();
        let persons = visit::get(&mut db.read().await.unwrap(), &desk.office, &seat.visit).await.unwrap().persons;
        assert_eq!(persons.iter().map(|p| &p.person).collect::<Vec<_>>(), [&desk.person.id, &desk.guardian.id]);
    }
}

fn locked_person(locked: &Locked, person: &PersonId) -> store::id::VisitPersonId {
    locked.persons.iter().find(|one| one.person == *person).unwrap().id.clone()
}

#[tokio::test]
async fn a_closed_visit_does_not_change_and_holds_no_pictures() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        desk.captured(&db, &seat).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let means = desk.means();
        let mut locked = lock(&desk, &mut tx, &seat.visit).await;
        let ended = visit::close(&mut tx, &means, &mut locked, "confirmed").await.unwrap();
        assert_eq!((ended.captures, ended.frames, ended.keys), (1, 1, 1));
        desk.keep(tx).await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM bio_frames").await, 0);
        let mut tx = db.write().await.unwrap();
        let mut locked = lock(&desk, &mut tx, &seat.visit).await;
        let new = NewPerson { role: "spouse", person: &desk.guardian.id, state: "claimed" };
        assert_eq!(code(visit::add_person(&mut tx, &means, &mut locked, &new).await), Code::Conflict);
        assert_eq!(code(visit::set_state(&mut tx, &mut locked, "opened").await), Code::Conflict);
        assert_eq!(code(visit::close(&mut tx, &means, &mut locked, "opened").await), Code::Conflict);
        assert_eq!(code(visit::set_station(&mut tx, &mut locked, &desk.station).await), Code::Conflict);
        let set = visit::set_consent(&mut tx, &mut locked, &seat.visit_person, &seat.consent).await;
        assert_eq!(code(set), Code::Conflict);
        let grant = desk.grant(&mut tx, &seat).await.unwrap();
        let opened = store::capture::open(&mut tx, &means, &grant, &seat.visit_person, &desk.station).await;
        assert_eq!(code(opened), Code::NotFound);
    }
}

#[tokio::test]
async fn lists_go_page_by_page() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let start = desk.now;
        let mut all = Vec::new();
        for n in 0..5 {
            desk.wait(SignedDuration::from_millis(1));
            let mut tx = db.write().await.unwrap();
            let id = visit::open(&mut tx, &desk.means(), &desk.new_visit()).await.unwrap();
            if n == 2 {
                let mut locked = lock(&desk, &mut tx, &id).await;
                visit::close(&mut tx, &desk.means(), &mut locked, "confirmed").await.unwrap();
            }
            desk.keep(tx).await.unwrap();
            all.push(id);
        }
        let mut tx = db.read().await.unwrap();
        let mut found: Vec<VisitId> = Vec::new();
        loop {
            let page = Page { since: start, open_only: false, after: found.last(), limit: 2 };
            let lines = visit::list(&mut tx, &desk.office, &page).await.unwrap();
            if lines.is_empty() {
                break;
            }
            assert!(lines.len() <= 2);
            found.extend(lines.into_iter().map(|line| line.id));
        }
        assert_eq!(found, all);
        let open = Page { open_only: true, ..page(&desk) };
        let open = Page { since: start, ..open };
        let ids: Vec<_> = visit::list(&mut tx, &desk.office, &open).await.unwrap().into_iter().map(|l| l.id).collect();
        assert_eq!(ids, [&all[..2], &all[3..]].concat());
        let late = visit::list(&mut tx, &desk.office, &page(&desk)).await.unwrap();
        assert_eq!(late.len(), 1, "only what was opened since");
    }
}

#[tokio::test]
async fn time_closes_a_visit_and_nothing_else_does() {
    for db in databases().await {
        let mut desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let mut tx = db.write().await.unwrap();
        assert_eq!(visit::due(&mut tx, &desk.means(), 10).await.unwrap(), []);
        let mut locked = lock(&desk, &mut tx, &seat.visit).await;
        let early = visit::expire(&mut tx, &desk.means(), &mut locked, "expired").await;
        assert_eq!(code(early), Code::Conflict);
        drop(tx);
        desk.wait(VISIT);
        let mut tx = db.write().await.unwrap();
        let due = visit::due(&mut tx, &desk.means(), 10).await.unwrap();
        assert_eq!(due, [(desk.office.clone(), seat.visit.clone())]);
        let mut locked = lock(&desk, &mut tx, &seat.visit).await;
        visit::expire(&mut tx, &desk.means(), &mut locked, "expired").await.unwrap();
        assert_eq!(visit::due(&mut tx, &desk.means(), 10).await.unwrap(), []);
        desk.keep(tx).await.unwrap();
    }
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
        assert_eq!(code(incident::close(&mut tx, &desk.other_office, &id).await), Code::NotFound);
        incident::close(&mut tx, &desk.office, &id).await.unwrap();
        assert_eq!(code(incident::close(&mut tx, &desk.office, &id).await), Code::Conflict);
        drop(tx);
        // The database itself refuses what the program would not do.
        let statement = format!("UPDATE incidents SET seconded_by = '{}'", desk.clerk);
        assert!(sqlx::query(sqlx::AssertSqlSafe(statement)).execute(db.raw()).await.is_err());
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

#[tokio::test]
async fn two_operators_at_once_do_not_both_change_a_visit() {
    for db in databases().await {
        let desk = Desk::new(&db).await.unwrap();
        let seat = seat(&desk, &db).await;
        let revision = visit::get(&mut db.read().await.unwrap(), &desk.office, &seat.visit).await.unwrap().revision;
        let change = |state: &'static str| {
            let (db, desk, seat) = (&db, &desk, &seat);
            async move {
                let mut tx = db.write().await?;
                let mut locked = visit::lock(&mut tx, &desk.office, &seat.visit, Some(revision)).await?;
                visit::set_state(&mut tx, &mut locked, state).await?;
                desk.keep(tx).await
            }
        };
        let (one, two) = tokio::join!(change("one"), change("two"));
        let refused = one.as_ref().err().or(two.as_ref().err()).and_then(Error::code);
        assert_eq!(refused, Some(Code::Conflict));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    }
}
