//! Visits on both databases: whose they are, who may change them, and how they end.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiff::SignedDuration;
use store::id::{PersonId, VisitId};
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
        assert_eq!(visit::due(&mut tx, &desk.means(), SignedDuration::ZERO, 10).await.unwrap(), []);
        let mut locked = lock(&desk, &mut tx, &seat.visit).await;
        let early = visit::expire(&mut tx, &desk.means(), &mut locked, "expired").await;
        assert_eq!(code(early), Code::Conflict);
        drop(tx);
        desk.wait(VISIT);
        let mut tx = db.write().await.unwrap();
        let due = visit::due(&mut tx, &desk.means(), SignedDuration::ZERO, 10).await.unwrap();
        assert_eq!(due, [(desk.office.clone(), seat.visit.clone())]);
        let mut locked = lock(&desk, &mut tx, &seat.visit).await;
        visit::expire(&mut tx, &desk.means(), &mut locked, "expired").await.unwrap();
        assert_eq!(visit::due(&mut tx, &desk.means(), SignedDuration::ZERO, 10).await.unwrap(), []);
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
