//! Offices and stations.

use super::{NASTY, code};
use jiff::SignedDuration;
use store::limits::Window;
use store::office::{Contact, ContactKind, NewOffice};
use store::operator::NewOperator;
use store::station::StationKind;
use store::{Code, office, operator, station};
use testkit::World;
use testkit::store::databases;

fn contacts() -> Vec<Contact> {
    vec![
        Contact { kind: ContactKind::Email, value: "counter@example.org".to_owned() },
        Contact { kind: ContactKind::AgencyInbox, value: NASTY.to_owned() },
    ]
}

#[tokio::test]
async fn an_office_is_added_changed_and_closed() {
    for db in databases().await {
        let world = World::default();
        let means = world.means();
        let contacts = contacts();
        let mut tx = db.write().await.unwrap();
        let new = NewOffice { code: "north", name: NASTY, contacts: &contacts };
        let id = office::add(&mut tx, &means, &new).await.unwrap();
        world.commit(tx).await;

        let mut tx = db.write().await.unwrap();
        let found = office::require_open(&mut tx, &id).await.unwrap();
        assert_eq!((found.name.as_str(), &found.contacts, found.created_at), (NASTY, &contacts, world.now));
        office::change(&mut tx, &id, "Northern office", &[]).await.unwrap();
        office::close(&mut tx, &means, &id).await.unwrap();
        assert_eq!(code(office::close(&mut tx, &means, &id).await), Some(Code::Conflict));
        world.commit(tx).await;

        let mut tx = db.read().await.unwrap();
        let all = office::list(&mut tx, Window::default()).await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].name.as_str(), all[0].closed_at), ("Northern office", Some(world.now)));
        assert_eq!(code(office::require_open(&mut tx, &id).await), Some(Code::OfficeClosed));
    }
}

#[tokio::test]
async fn an_office_that_is_wrong_or_there_is_refused() {
    for db in databases().await {
        let world = World::default();
        let means = world.means();
        let long = "x".repeat(201);
        let many = vec![Contact { kind: ContactKind::Phone, value: "1".to_owned() }; office::CONTACTS_MAX + 1];
        let wrong = [
            (NewOffice { code: "North", name: "n", contacts: &[] }, Code::RowInvalid),
            (NewOffice { code: "n'; --", name: "n", contacts: &[] }, Code::RowInvalid),
            (NewOffice { code: "north", name: &long, contacts: &[] }, Code::TextTooLong),
            (NewOffice { code: "north", name: "a\0b", contacts: &[] }, Code::RowInvalid),
            (NewOffice { code: "north", name: "n", contacts: &many }, Code::RowInvalid),
        ];
        let mut tx = db.write().await.unwrap();
        for (new, expected) in wrong {
            assert_eq!(code(office::add(&mut tx, &means, &new).await), Some(expected), "{}", new.code);
        }
        let new = NewOffice { code: "north", name: "n", contacts: &[] };
        let id = office::add(&mut tx, &means, &new).await.unwrap();
        assert_eq!(code(office::add(&mut tx, &means, &new).await), Some(Code::AlreadyExists));
        drop(tx);
        let mut tx = db.write().await.unwrap();
        assert_eq!(code(office::get(&mut tx, &id).await), Some(Code::NotFound), "what was not committed is not there");
        assert_eq!(code(office::change(&mut tx, &id, "n", &[]).await), Some(Code::NotFound));
    }
}

#[tokio::test]
async fn a_change_without_an_entry_is_not_committed() {
    for db in databases().await {
        let world = World::default();
        let mut tx = db.write().await.unwrap();
        let new = NewOffice { code: "north", name: "n", contacts: &[] };
        office::add(&mut tx, &world.means(), &new).await.unwrap();
        assert_eq!(code(tx.commit().await), Some(Code::UnledgeredChange));
        assert!(office::list(&mut db.read().await.unwrap(), Window::default()).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_station_is_paired_once_by_its_code() {
    for db in databases().await {
        let mut world = World::default();
        let mut tx = db.write().await.unwrap();
        let new = NewOffice { code: "north", name: "n", contacts: &[] };
        let north = office::add(&mut tx, &world.means(), &new).await.unwrap();
        let (id, first) = station::add(&mut tx, &world.means(), &north, NASTY, StationKind::Counter).await.unwrap();
        assert_eq!(first.as_str().len(), station::CODE_CHARS);
        let second = station::new_code(&mut tx, &world.means(), &id).await.unwrap();
        assert_eq!(second.expires_at, world.now + station::PAIRING);
        assert_eq!(code(station::pair(&mut tx, &world.means(), first.as_str()).await), Some(Code::PairingInvalid));
        let typed = format!(" {}-{} ", &second.as_str()[..4].to_lowercase(), &second.as_str()[4..]);
        let paired = station::pair(&mut tx, &world.means(), &typed).await.unwrap();
        assert_eq!(paired.station, id);
        assert_eq!(code(station::pair(&mut tx, &world.means(), second.as_str()).await), Some(Code::PairingInvalid));
        let seat = station::require(&mut tx, &world.means(), paired.token.as_str()).await.unwrap();
        assert_eq!((seat.station(), seat.office(), seat.kind()), (&id, &north, StationKind::Counter));

        let late = station::new_code(&mut tx, &world.means(), &id).await.unwrap();
        world.pass(station::PAIRING);
        assert_eq!(code(station::pair(&mut tx, &world.means(), late.as_str()).await), Some(Code::PairingInvalid));
        assert!(
            station::require(&mut tx, &world.means(), paired.token.as_str()).await.is_ok(),
            "a code unpairs nobody"
        );
        let again = station::new_code(&mut tx, &world.means(), &id).await.unwrap();
        let other = station::pair(&mut tx, &world.means(), again.as_str()).await.unwrap();
        let old = station::require(&mut tx, &world.means(), paired.token.as_str()).await;
        assert_eq!(code(old), Some(Code::StationUnknown), "another browser took its place");

        station::revoke(&mut tx, &world.means(), &id).await.unwrap();
        let revoked = station::require(&mut tx, &world.means(), other.token.as_str()).await;
        assert_eq!(code(revoked), Some(Code::StationUnknown));
        world.commit(tx).await;
    }
}

#[tokio::test]
async fn a_token_opens_its_own_station_only() {
    for db in databases().await {
        let world = World::default();
        let means = world.means();
        let mut tx = db.write().await.unwrap();
        let mut seats = Vec::new();
        for place in ["north", "south"] {
            let new = NewOffice { code: place, name: place, contacts: &[] };
            let office = office::add(&mut tx, &means, &new).await.unwrap();
            let (id, code) = station::add(&mut tx, &means, &office, "one", StationKind::Kiosk).await.unwrap();
            let token = station::pair(&mut tx, &means, code.as_str()).await.unwrap().token;
            seats.push((office, id, token));
        }
        for (office, id, token) in &seats {
            let seat = station::require(&mut tx, &means, token.as_str()).await.unwrap();
            assert_eq!((seat.station(), seat.office()), (id, office));
        }
        for wrong in ["", "x", NASTY, &"A".repeat(43), &"A".repeat(100_000)] {
            assert_eq!(code(station::require(&mut tx, &means, wrong).await), Some(Code::StationUnknown));
        }
        // Every single changed character makes it nobody's.
        let token = seats[0].2.as_str().to_owned();
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(code(station::require(&mut tx, &means, &changed).await), Some(Code::StationUnknown), "{at}");
        }
        office::close(&mut tx, &means, &seats[0].0).await.unwrap();
        assert_eq!(code(station::require(&mut tx, &means, &token).await), Some(Code::StationUnknown));
        let closed = station::add(&mut tx, &means, &seats[0].0, "two", StationKind::Gate).await;
        assert_eq!(code(closed), Some(Code::OfficeClosed));
    }
}

#[tokio::test]
async fn the_last_contact_is_noted_once_a_minute() {
    for db in databases().await {
        let mut world = World::default();
        let mut tx = db.write().await.unwrap();
        let new = NewOffice { code: "north", name: "n", contacts: &[] };
        let north = office::add(&mut tx, &world.means(), &new).await.unwrap();
        let (id, _) = station::add(&mut tx, &world.means(), &north, "one", StationKind::Gate).await.unwrap();
        let first = world.now;
        for seconds in [0, 59, 1] {
            world.pass(SignedDuration::from_secs(seconds));
            station::seen(&mut tx, &world.means(), &id).await.unwrap();
            let listed = station::list(&mut tx, Some(&north), Window::default()).await.unwrap();
            assert_eq!(listed.len(), 1);
            let expected = if seconds == 1 { world.now } else { first };
            assert_eq!(listed[0].seen_at, Some(expected), "{seconds}");
        }
        assert_eq!(station::list(&mut tx, None, Window::default()).await.unwrap().len(), 1);
        let taken = station::add(&mut tx, &world.means(), &north, "one", StationKind::Gate).await;
        assert_eq!(code(taken), Some(Code::AlreadyExists));
    }
}

#[tokio::test]
async fn lists_come_in_pages_that_add_up() {
    for db in databases().await {
        let world = World::default();
        let means = world.means();
        let mut tx = db.write().await.unwrap();
        let (mut offices, mut stations, mut logins) = (Vec::new(), Vec::new(), Vec::new());
        for place in ["south", "north", "east"] {
            let new = NewOffice { code: place, name: place, contacts: &[] };
            let office = office::add(&mut tx, &means, &new).await.unwrap();
            for name in ["b", "a"] {
                stations.push(station::add(&mut tx, &means, &office, name, StationKind::Gate).await.unwrap().0);
            }
            let login = format!("clerk-{place}");
            let roles = ["clerk".to_owned()];
            let new =
                NewOperator { login: &login, name: "n", office: Some(&office), roles: &roles, trained_until: None };
            store::operator::invitation::invite(&mut tx, &means, &new).await.unwrap();
            offices.push(office);
            logins.push(login);
        }
        world.commit(tx).await;
        logins.sort();
        let mut tx = db.read().await.unwrap();
        let (mut seen, mut after) = (Vec::new(), None);
        while let Some(found) = office::list(&mut tx, Window { after: after.as_ref(), limit: 1 }).await.unwrap().pop() {
            seen.push(found.code);
            after = Some(found.id);
        }
        assert_eq!(seen, ["east", "north", "south"]);
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = station::list(&mut tx, None, Window { after: after.as_ref(), limit: 4 }).await.unwrap();
            assert!(page.len() <= 4);
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            seen.extend(page.into_iter().map(|station| station.id));
        }
        assert_eq!(seen.len(), 6);
        assert!(stations.iter().all(|station| seen.contains(station)));
        let own = station::list(&mut tx, Some(&offices[1]), Window::default()).await.unwrap();
        assert_eq!(own.iter().map(|station| station.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let rest = Window { after: Some(&own[0].id), limit: 9 };
        let rest = station::list(&mut tx, Some(&offices[1]), rest).await.unwrap();
        assert_eq!(rest.iter().map(|station| &station.id).collect::<Vec<_>>(), [&own[1].id]);
        let first = operator::page(&mut tx, None, Window { after: None, limit: 2 }).await.unwrap();
        let second = operator::page(&mut tx, None, Window { after: Some(&first[1].id), limit: 2 }).await.unwrap();
        let seen: Vec<&str> = first.iter().chain(&second).map(|operator| operator.login.as_str()).collect();
        assert_eq!(seen, logins);
        let own = operator::page(&mut tx, Some(&offices[0]), Window::default()).await.unwrap();
        assert_eq!(own.iter().map(|operator| operator.login.as_str()).collect::<Vec<_>>(), ["clerk-south"]);
    }
}
