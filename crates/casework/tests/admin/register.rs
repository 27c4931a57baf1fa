//! Offices, stations, persons, guardians, portraits.

use crate::world::{World, at, picture, worlds};
use casework::Role;
use casework::desk::Secret;
use casework::desk::guardian::{self, GuardianNew};
use casework::desk::office::{self, ContactView, OfficeChange, OfficeNew};
use casework::desk::person::{self, EventNew, PersonChange, PersonFind, PersonNew, PersonView};
use casework::desk::portrait::{self, PortraitNew};
use casework::desk::station::{self, PairingShown, StationNew};
use store::ledger::Kind;
use store::limits::Window;
use store::office::ContactKind;
use store::session::SignedIn;

/// Texts that have broken other programs.
const HOSTILE: &[&str] = &[
    "Robert'); DROP TABLE persons;--",
    "\" OR \"\"=\"",
    "%_\\",
    "${jndi:ldap://x}",
    "王小明 O’Brien-Ødegård",
    "<script>alert(1)</script>",
    "$1 ? :name @p",
];

async fn enrolled(world: &World, by: &SignedIn, number: &str) -> PersonView {
    let new = PersonNew {
        number: number.to_owned(),
        name: "Ann Lee".to_owned(),
        birth_date: "1990-02-03".to_owned(),
        address: Some("1 Main Street".to_owned()),
        language: Some("zh-Hant".to_owned()),
    };
    person::enrol(&world.desk, by, at(1), &new).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn offices_open_change_and_close() {
    for world in worlds().await {
        let desk = &world.desk;
        let first = world.office("first").await;
        let admin = world.somebody("root", Role::Administrator, &first).await;
        let contacts = vec![ContactView { kind: ContactKind::Email, value: "desk@example.gov".to_owned() }];
        for (n, name) in HOSTILE.iter().enumerate() {
            let new = OfficeNew { code: format!("o{n}"), name: (*name).to_owned(), contacts: contacts.clone() };
            let office = office::add(desk, &admin, at(1), &new).await.unwrap();
            assert_eq!(office.name, *name);
            let change = OfficeChange { name: format!("{name}!"), contacts: vec![] };
            assert_eq!(
                office::change(desk, &admin, at(2), &office.id, &change).await.unwrap().name,
                format!("{name}!")
            );
            let hostile = OfficeNew { code: (*name).to_owned(), name: "n".to_owned(), contacts: vec![] };
            assert_eq!(office::add(desk, &admin, at(1), &hostile).await.unwrap_err().code(), "row-invalid", "{name}");
        }
        assert!(office::close(desk, &admin, at(3), &first).await.unwrap().closed_at.is_some());
        assert_eq!(office::close(desk, &admin, at(3), &first).await.unwrap_err().code(), "conflict");
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_is_paired_once_and_revoked() {
    for world in worlds().await {
        let desk = &world.desk;
        let office = world.office("north").await;
        let admin = world.somebody("root", Role::Administrator, &office).await;
        let new = |name: &str, kind: &str| StationNew {
            office: office.clone(),
            name: name.to_owned(),
            kind: kind.to_owned(),
        };
        assert_eq!(station::add(desk, &admin, at(1), &new("a", "toaster")).await.unwrap_err().code(), "row-invalid");
        let pairing = station::add(desk, &admin, at(1), &new(HOSTILE[0], "counter")).await.unwrap();
        let shown = |code: &Secret| PairingShown { code: code.clone() };
        for wrong in HOSTILE {
            let refused = station::pair(desk, at(2), &PairingShown { code: Secret::new(*wrong) }).await.unwrap_err();
            assert_eq!(refused.code(), "pairing-invalid");
        }
        assert_eq!(station::pair(desk, at(601), &shown(&pairing.code)).await.unwrap_err().code(), "pairing-invalid");
        let seated = station::pair(desk, at(2), &shown(&pairing.code)).await.unwrap();
        assert_eq!(station::pair(desk, at(2), &shown(&pairing.code)).await.unwrap_err().code(), "pairing-invalid");
        let seat = station::require(desk, at(3), seated.token.as_str()).await.unwrap();
        assert_eq!((seat.station(), seat.office()), (&pairing.station, &office));
        assert_eq!(station::list(desk, &admin, at(4), Window::default()).await.unwrap()[0].seen_at, Some(at(3)));
        let again = station::new_code(desk, &admin, at(5), &pairing.station).await.unwrap();
        let other = station::pair(desk, at(6), &shown(&again.code)).await.unwrap();
        assert!(station::require(desk, at(7), seated.token.as_str()).await.is_err());
        station::revoke(desk, &admin, at(8), &pairing.station).await.unwrap();
        let refused = station::require(desk, at(9), other.token.as_str()).await.unwrap_err();
        assert_eq!(refused.code(), "station-unknown");
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_look_at_a_person_stands_in_the_ledger() {
    for world in worlds().await {
        let desk = &world.desk;
        let office = world.office("north").await;
        let keeper = world.somebody("keeper", Role::Supervisor, &office).await;
        let clerk = world.somebody("clerk", Role::Clerk, &office).await;
        let view = enrolled(&world, &keeper, "A123-456-789").await;
        assert!(!format!("{view:?}").contains("Ann"));
        let find = |number: &str| PersonFind { number: number.to_owned() };
        let found = person::find(desk, &clerk, at(2), &find("a123456789")).await.unwrap();
        assert_eq!((found.id, found.name.as_str()), (view.id.clone(), "Ann Lee"));
        assert!(found.number_masked.contains('•') && !found.number_masked.contains("456"));
        assert_eq!(person::find(desk, &clerk, at(3), &find("A999999999")).await.unwrap_err().code(), "person-unknown");
        person::read(desk, &clerk, at(4), &view.id).await.unwrap();
        person::events(desk, &keeper, at(5), &view.id).await.unwrap();
        guardian::list(desk, &clerk, at(5), &view.id).await.unwrap();
        portrait::list(desk, &clerk, at(5), &view.id).await.unwrap();
        assert_eq!(world.entries_of(Kind::PersonRead).await, 6);
        for text in HOSTILE {
            assert_eq!(person::find(desk, &clerk, at(6), &find(text)).await.unwrap_err().code(), "number-invalid");
        }
        // Nothing that tells who somebody is stands in the ledger or in the clear in the row.
        let told = "SELECT COUNT(*) FROM ledger_entries WHERE entry LIKE '%Ann%' OR entry LIKE '%A123%' OR entry LIKE '%456789%'";
        assert_eq!(world.db.count(told).await, 0);
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_goes_its_ways() {
    for world in worlds().await {
        let desk = &world.desk;
        let office = world.office("north").await;
        let keeper = world.somebody("keeper", Role::Supervisor, &office).await;
        let view = enrolled(&world, &keeper, "A123456789").await;
        let note =
            |kind: &str, reason: Option<&str>| EventNew { kind: kind.to_owned(), reason: reason.map(str::to_owned) };
        for (kind, reason, state) in [
            ("locked", None, "locked"),
            ("unlocked", None, "active"),
            ("moved", None, "moved"),
            ("returned", None, "active"),
            ("portrait-exception", Some("burns"), "active"),
            ("portrait-exception-ended", None, "active"),
            ("deceased", None, "deceased"),
        ] {
            let after = person::note(desk, &keeper, at(2), &view.id, &note(kind, reason)).await.unwrap();
            assert_eq!(after.state, state, "{kind}");
        }
        let refused = person::note(desk, &keeper, at(3), &view.id, &note("locked", None)).await.unwrap_err();
        assert_eq!(refused.code(), "conflict");
        assert_eq!(person::events(desk, &keeper, at(4), &view.id).await.unwrap().len(), 7);
        let other = enrolled(&world, &keeper, "B123456789").await;
        for text in HOSTILE {
            let change = PersonChange {
                why: "renamed".to_owned(),
                number: None,
                name: (*text).to_owned(),
                birth_date: "1990".to_owned(),
                address: Some((*text).to_owned()),
                language: None,
            };
            let changed = person::change(desk, &keeper, at(5), &other.id, &change).await.unwrap();
            assert_eq!((changed.name.as_str(), changed.address.as_deref()), (*text, Some(*text)));
            let wrong = PersonChange { why: (*text).to_owned(), ..change.clone() };
            assert_eq!(
                person::change(desk, &keeper, at(5), &other.id, &wrong).await.unwrap_err().code(),
                "row-invalid"
            );
            let wrong = PersonChange { birth_date: (*text).to_owned(), ..change.clone() };
            assert_eq!(
                person::change(desk, &keeper, at(5), &other.id, &wrong).await.unwrap_err().code(),
                "row-invalid"
            );
            let wrong = PersonChange { number: Some((*text).to_owned()), ..change };
            assert_eq!(
                person::change(desk, &keeper, at(5), &other.id, &wrong).await.unwrap_err().code(),
                "number-invalid"
            );
        }
        let taken = PersonChange {
            why: "corrected".to_owned(),
            number: Some("A123456789".to_owned()),
            name: "B".to_owned(),
            birth_date: "1990".to_owned(),
            address: None,
            language: None,
        };
        assert_eq!(person::change(desk, &keeper, at(6), &other.id, &taken).await.unwrap_err().code(), "already-exists");
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guardian_counts_for_a_time() {
    for world in worlds().await {
        let desk = &world.desk;
        let office = world.office("north").await;
        let keeper = world.somebody("keeper", Role::Supervisor, &office).await;
        let (child, mother) =
            (enrolled(&world, &keeper, "C123456789").await.id, enrolled(&world, &keeper, "M123456789").await.id);
        let new = |until: &str| GuardianNew {
            guardian: mother.clone(),
            ground: "parent".to_owned(),
            since: "2026-01-01".parse().unwrap(),
            until: until.parse().unwrap(),
        };
        assert_eq!(
            guardian::set(desk, &keeper, at(1), &child, &new("2025-01-01")).await.unwrap_err().code(),
            "row-invalid"
        );
        let set = guardian::set(desk, &keeper, at(1), &child, &new("2030-01-01")).await.unwrap();
        assert_eq!(guardian::list(desk, &keeper, at(2), &child).await.unwrap()[0].id, set.id);
        assert_eq!(guardian::end(desk, &keeper, at(3), &mother, &set.id).await.unwrap_err().code(), "not-found");
        guardian::end(desk, &keeper, at(3), &child, &set.id).await.unwrap();
        assert!(guardian::list(desk, &keeper, at(4), &child).await.unwrap().is_empty());
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portrait_shows_one_usable_face() {
    for world in worlds().await {
        let desk = &world.desk;
        let office = world.office("north").await;
        let keeper = world.somebody("keeper", Role::Supervisor, &office).await;
        let person = enrolled(&world, &keeper, "A123456789").await.id;
        let new = |image: Vec<u8>| PortraitNew {
            person: person.clone(),
            image,
            taken_on: Some("2012-12-06".to_owned()),
            source: "identity-card".to_owned(),
        };
        let entries = world.entries().await;
        for (name, code) in
            [("no-face.jpg", "no-face"), ("two-faces.jpg", "several-faces"), ("bystander.jpg", "several-faces")]
        {
            let outcome = portrait::add(desk, &keeper, at(1), new(picture(name))).await;
            assert_eq!(outcome.map_err(|error| error.code()).err(), Some(code), "{name}");
        }
        for (bytes, code) in [
            (vec![], "image-empty"),
            (b"GIF89a".to_vec(), "image-unsupported"),
            (vec![0xff; 9 * 1024 * 1024], "portrait-invalid"),
            (picture("obama-1.jpg")[..4000].to_vec(), "image-truncated"),
        ] {
            assert_eq!(portrait::add(desk, &keeper, at(1), new(bytes)).await.unwrap_err().code(), code);
        }
        assert_eq!(world.entries().await, entries);
        let added = portrait::add(desk, &keeper, at(2), new(picture("obama-1.jpg"))).await.unwrap();
        assert!(added.quality > 0 && added.taken_on.as_deref() == Some("2012-12-06"));
        for wrong in HOSTILE {
            let hostile = PortraitNew { source: (*wrong).to_owned(), ..new(picture("obama-1.jpg")) };
            assert_eq!(portrait::add(desk, &keeper, at(2), hostile).await.unwrap_err().code(), "row-invalid");
            assert_eq!(portrait::retire(desk, &keeper, at(2), &person, wrong).await.unwrap_err().code(), "not-found");
        }
        portrait::retire(desk, &keeper, at(3), &person, &added.id).await.unwrap();
        assert!(portrait::list(desk, &keeper, at(4), &person).await.unwrap()[0].retired_on.is_some());
        assert_eq!(world.db.count("SELECT CAST(SUM(LENGTH(sealed)) AS BIGINT) FROM bio_portraits").await, 0);
        world.check().await;
    }
}
