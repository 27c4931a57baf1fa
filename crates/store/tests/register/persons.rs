//! Persons: adding, finding, reading, life events, erasure.

use super::{NASTY, code, data};
use jiff::SignedDuration;
use store::person::{Change, Event, Kind, PersonData, State, erase, event};
use store::{Code, person, portrait};
use testkit::World;
use testkit::store::databases;

#[tokio::test]
async fn a_person_is_found_by_the_number_however_it_is_typed() {
    for db in databases().await {
        let world = World::default();
        let means = world.means();
        let mut tx = db.write().await.unwrap();
        let added = person::add(&mut tx, &means, &data("A123456789")).await.unwrap();
        world.commit(tx).await;
        let mut tx = db.write().await.unwrap();
        for typed in ["A123456789", " a-1234 56789"] {
            let found = person::find_by_number(&mut tx, &means, typed).await.unwrap().unwrap();
            assert_eq!((found.id, found.state), (added.id.clone(), State::Active));
        }
        assert!(person::find_by_number(&mut tx, &means, "A123456780").await.unwrap().is_none());
        assert_eq!(code(person::find_by_number(&mut tx, &means, NASTY).await), Some(Code::NumberInvalid));
        assert_eq!(person::read(&mut tx, &means, &added.id).await.unwrap(), data("A123456789"));
        assert_eq!(added.pseudonym.len(), 26);
        let twice = person::add(&mut tx, &means, &data("a1234-56789")).await;
        assert_eq!(code(twice), Some(Code::AlreadyExists));
    }
}

#[tokio::test]
async fn data_that_are_wrong_are_refused() {
    for db in databases().await {
        let world = World::default();
        let good = data("A123456789");
        let wrong = [
            (PersonData { name: "x".repeat(201), ..good.clone() }, Code::TextTooLong),
            (PersonData { name: String::new(), ..good.clone() }, Code::RowInvalid),
            (PersonData { name: "a\0".to_owned(), ..good.clone() }, Code::RowInvalid),
            (PersonData { number: "12".to_owned(), ..good.clone() }, Code::NumberInvalid),
            (PersonData { number: "1".repeat(33), ..good.clone() }, Code::NumberInvalid),
            (PersonData { birth_date: "1946-02-30".to_owned(), ..good.clone() }, Code::RowInvalid),
            (PersonData { address: Some("x".repeat(2001)), ..good.clone() }, Code::TextTooLong),
            (PersonData { language: Some("zh_Hant'".to_owned()), ..good }, Code::RowInvalid),
        ];
        let mut tx = db.write().await.unwrap();
        for (data, expected) in wrong {
            assert_eq!(code(person::add(&mut tx, &world.means(), &data).await), Some(expected));
        }
        tx.commit().await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM persons").await, 0);
    }
}

#[tokio::test]
async fn life_events_change_the_state() {
    for db in databases().await {
        let mut world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = person::add(&mut tx, &world.means(), &data("A123456789")).await.unwrap().id;
        let steps = [
            (Event::Moved, Some(State::Moved)),
            (Event::Locked, Some(State::Locked)),
            (Event::Moved, None),
            (Event::Unlocked, Some(State::Moved)),
            (Event::Returned, Some(State::Active)),
            (Event::Unlocked, None),
            (Event::PortraitException("burns"), Some(State::Active)),
            (Event::Deceased, Some(State::Deceased)),
            (Event::Locked, None),
            (Event::Returned, Some(State::Active)),
            (Event::PortraitExceptionEnded, Some(State::Active)),
            (Event::PortraitExceptionEnded, None),
            (Event::PortraitException("Not a word'"), None),
        ];
        let mut noted = 0;
        for (event, expected) in steps {
            world.pass(SignedDuration::from_secs(1));
            let after = person::event::note(&mut tx, &world.means(), &id, event, None).await;
            assert_eq!(after.as_ref().ok().map(|person| person.state), expected, "{event:?}");
            noted += usize::from(expected.is_some());
            if event == Event::Deceased {
                assert_eq!(code(person::usable(after.unwrap().state)), Some(Code::PersonDeceased));
            }
        }
        let listed = event::list(&mut tx, &id).await.unwrap();
        assert_eq!(listed.len(), noted);
        assert_eq!((listed[0].kind, listed[1].kind), (Kind::Moved, Kind::Locked));
        assert_eq!(person::get(&mut tx, &id).await.unwrap().portrait_exception, None);
        world.commit(tx).await;
    }
}

#[test]
fn a_state_says_what_may_be_done() {
    assert!(person::usable(State::Active).is_ok() && person::usable(State::Moved).is_ok());
    assert_eq!(code(person::usable(State::Locked)), Some(Code::PersonLocked));
    assert_eq!(code(person::usable(State::Deceased)), Some(Code::PersonDeceased));
    assert_eq!(code(person::usable(State::Erased)), Some(Code::PersonUnknown));
}

#[tokio::test]
async fn data_change_with_an_event() {
    for db in databases().await {
        let world = World::default();
        let means = world.means();
        let mut tx = db.write().await.unwrap();
        let id = person::add(&mut tx, &means, &data("A123456789")).await.unwrap().id;
        person::add(&mut tx, &means, &data("B123456789")).await.unwrap();
        let renamed = PersonData { name: "王大明".to_owned(), ..data("C123456789") };
        let change = Change { person: &id, kind: Kind::Renamed, data: &renamed, operator: None };
        person::event::change(&mut tx, &means, &change).await.unwrap();
        assert_eq!(person::read(&mut tx, &means, &id).await.unwrap(), renamed);
        assert!(person::find_by_number(&mut tx, &means, "A123456789").await.unwrap().is_none());
        assert_eq!(person::find_by_number(&mut tx, &means, "C123456789").await.unwrap().unwrap().id, id);

        let moved = Change { kind: Kind::Moved, ..change };
        assert_eq!(person::event::change(&mut tx, &means, &moved).await.unwrap().state, State::Moved);
        let taken = data("B123456789");
        let taken = Change { data: &taken, ..change };
        assert_eq!(code(person::event::change(&mut tx, &means, &taken).await), Some(Code::AlreadyExists));
        let odd = Change { kind: Kind::Locked, ..change };
        assert_eq!(code(person::event::change(&mut tx, &means, &odd).await), Some(Code::Conflict));
        world.commit(tx).await;
    }
}

#[tokio::test]
async fn a_sealed_row_opens_in_its_own_place_only() {
    for db in databases().await {
        let world = World::default();
        let means = world.means();
        let mut tx = db.write().await.unwrap();
        let a = person::add(&mut tx, &means, &data("A123456789")).await.unwrap().id;
        let b = person::add(&mut tx, &means, &data("B123456789")).await.unwrap().id;
        world.commit(tx).await;
        for columns in ["sealed", "wrapped", "wrapped, sealed"] {
            let from = format!("SELECT {columns} FROM persons WHERE id = '{a}'");
            let statement = match columns {
                "wrapped, sealed" => format!(
                    "UPDATE persons SET wrapped = (SELECT wrapped FROM persons WHERE id = '{a}'), \
                     sealed = (SELECT sealed FROM persons WHERE id = '{a}') WHERE id = '{b}'"
                ),
                _ => format!("UPDATE persons SET {columns} = ({from}) WHERE id = '{b}'"),
            };
            assert_eq!(db.tamper(&statement).await, 1);
            let opened = person::read(&mut db.read().await.unwrap(), &means, &b).await;
            assert!(opened.is_err(), "{columns}");
        }
        assert!(person::read(&mut db.read().await.unwrap(), &means, &a).await.is_ok());
    }
}

#[tokio::test]
async fn an_erased_person_leaves_a_bare_row() {
    for db in databases().await {
        let world = World::default();
        let means = world.means();
        let mut tx = db.write().await.unwrap();
        let person = person::add(&mut tx, &means, &data("A123456789")).await.unwrap();
        let other = person::add(&mut tx, &means, &data("B123456789")).await.unwrap();
        for of in [&person, &other] {
            let new = portrait::NewPortrait {
                person: &of.id,
                image: b"\x89PNG\r\n\x1a\nrest",
                taken_on: None,
                source: "counter",
                quality: 7,
            };
            portrait::add(&mut tx, &means, &new).await.unwrap();
        }
        person::event::note(&mut tx, &means, &person.id, Event::PortraitException("burns"), None).await.unwrap();
        world.commit(tx).await;

        let mut tx = db.write().await.unwrap();
        let erased = erase::erase(&mut tx, &means, &person.id).await.unwrap();
        assert_eq!(erased, erase::Erased { keys: 2, portraits: 1, templates: 0, notes: 1 });
        assert_eq!(code(erase::erase(&mut tx, &means, &person.id).await), Some(Code::PersonUnknown));
        world.commit(tx).await;

        let mut tx = db.write().await.unwrap();
        let row = person::get(&mut tx, &person.id).await.unwrap();
        assert_eq!((row.state, row.pseudonym, row.portrait_exception), (State::Erased, person.pseudonym, None));
        assert_eq!(code(person::read(&mut tx, &means, &person.id).await), Some(Code::PersonUnknown));
        assert!(person::find_by_number(&mut tx, &means, "A123456789").await.unwrap().is_none());
        let note = person::event::note(&mut tx, &means, &person.id, Event::Returned, None).await;
        assert_eq!(code(note), Some(Code::PersonUnknown));
        assert!(portrait::list(&mut tx, &means, &person.id).await.unwrap().is_empty());
        // The number is free again, and nobody else lost anything.
        person::add(&mut tx, &means, &data("A123456789")).await.unwrap();
        assert_eq!(person::read(&mut tx, &means, &other.id).await.unwrap(), data("B123456789"));
        assert_eq!(portrait::list(&mut tx, &means, &other.id).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn numbers_added_at_once_are_added_once() {
    for db in databases().await {
        let world = World::default();
        let add = async || {
            let mut tx = db.write().await?;
            person::add(&mut tx, &world.means(), &data("A123456789")).await?;
            world.commit(tx).await;
            Ok::<(), store::Error>(())
        };
        let (a, b, c) = tokio::join!(add(), add(), add());
        let codes = [code(a), code(b), code(c)];
        assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1, "{codes:?}");
        assert!(codes.iter().flatten().all(|&code| code == Code::AlreadyExists), "{codes:?}");
        assert_eq!(db.count("SELECT COUNT(*) FROM persons").await, 1);
    }
}
