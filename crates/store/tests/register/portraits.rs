//! Portraits: sealed, dated, opened by a grant only.

use super::{NASTY, code, data};
use jiff::SignedDuration;
use store::consent::{self, Grant, Request, Text};
use store::id::PersonId;
use store::ledger::Actor;
use store::person::{Event, event};
use store::portrait::{self, NewPortrait};
use store::{Code, Tx, person};
use testkit::World;
use testkit::store::databases;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nthe rest of the picture";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0the rest of another";

fn new<'a>(person: &'a PersonId, image: &'a [u8], taken_on: Option<&'a str>) -> NewPortrait<'a> {
    NewPortrait { person, image, taken_on, source: "identity-card", quality: 80 }
}

pub(super) async fn grant(tx: &mut Tx, world: &World, person: &PersonId) -> Grant {
    let text = Text { service: "household.identity-card", version: "1", language: "en", text: "May we compare?" };
    let request = Request {
        person,
        given_by: person,
        purpose: "household.identity-card",
        controller: "City",
        recipients: &[],
        text: &text,
        expires: world.now + SignedDuration::from_hours(1),
    };
    let asked = consent::request(tx, &world.means(), &Actor::System, &request).await.unwrap();
    consent::give(tx, &world.means(), &Actor::Citizen, &asked.id).await.unwrap();
    consent::require(tx, &world.means(), &asked.id, person, request.purpose).await.unwrap()
}

#[tokio::test]
async fn portraits_are_listed_without_and_opened_with_a_grant() {
    for db in databases().await {
        let mut world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = person::add(&mut tx, &world.means(), &data("A123456789")).await.unwrap().id;
        let other = person::add(&mut tx, &world.means(), &data("B123456789")).await.unwrap().id;
        let mut ids = Vec::new();
        for (image, taken_on) in [(PNG, Some("1999")), (JPEG, Some("2024-02-29")), (PNG, None)] {
            ids.push(portrait::add(&mut tx, &world.means(), &new(&id, image, taken_on)).await.unwrap());
        }
        portrait::add(&mut tx, &world.means(), &new(&other, JPEG, None)).await.unwrap();
        let listed = portrait::list(&mut tx, &world.means(), &id).await.unwrap();
        let dates: Vec<Option<&str>> = listed.iter().map(|one| one.taken_on.as_deref()).collect();
        assert_eq!(dates, [Some("2024-02-29"), Some("1999"), None]);

        let grant = grant(&mut tx, &world, &id).await;
        world.commit(tx).await;
        let mut tx = db.write().await.unwrap();
        let opened = portrait::open(&mut tx, &world.means(), &grant.sight()).await.unwrap();
        let images: Vec<&[u8]> = opened.iter().map(|one| one.image.as_slice()).collect();
        assert_eq!(images, [JPEG, PNG, PNG]);
        assert_eq!(format!("{:?}", opened[0]), format!("Opened({} bytes)", JPEG.len()));

        portrait::retire(&mut tx, &world.means(), &id, &ids[1]).await.unwrap();
        assert_eq!(portrait::open(&mut tx, &world.means(), &grant.sight()).await.unwrap().len(), 2);
        let listed = portrait::list(&mut tx, &world.means(), &id).await.unwrap();
        assert_eq!(listed[0].retired_on.as_deref(), Some("2026-11-21"));
        assert_eq!(code(portrait::retire(&mut tx, &world.means(), &id, &ids[1]).await), Some(Code::NotFound));
        assert_eq!(code(portrait::retire(&mut tx, &world.means(), &other, &ids[0]).await), Some(Code::NotFound));
        assert_eq!(code(portrait::retire(&mut tx, &world.means(), &id, NASTY).await), Some(Code::NotFound));
        world.commit(tx).await;
        assert_eq!(db.count("SELECT COUNT(*) FROM bio_portraits WHERE LENGTH(sealed) = 0").await, 1);

        let mut tx = db.write().await.unwrap();
        event::note(&mut tx, &world.means(), &id, Event::Locked, None).await.unwrap();
        assert_eq!(code(portrait::open(&mut tx, &world.means(), &grant.sight()).await), Some(Code::PersonLocked));
        world.pass(SignedDuration::from_hours(1));
        assert_eq!(code(portrait::open(&mut tx, &world.means(), &grant.sight()).await), Some(Code::GrantExpired));
    }
}

#[tokio::test]
async fn portraits_that_are_wrong_are_refused() {
    for db in databases().await {
        let world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = person::add(&mut tx, &world.means(), &data("A123456789")).await.unwrap().id;
        let mut large = PNG.to_vec();
        large.resize(portrait::IMAGE_BYTES_MAX + 1, 0);
        let gone = PersonId::new(&world.means());
        let long = "x".repeat(65);
        let good = new(&id, PNG, None);
        let wrong = [
            (NewPortrait { image: b"", ..good }, Code::PortraitInvalid),
            (NewPortrait { image: b"GIF89a", ..good }, Code::PortraitInvalid),
            (NewPortrait { image: b"<svg/>", ..good }, Code::PortraitInvalid),
            (NewPortrait { image: &large, ..good }, Code::PortraitInvalid),
            (NewPortrait { taken_on: Some("2023-02-29"), ..good }, Code::RowInvalid),
            (NewPortrait { source: NASTY, ..good }, Code::RowInvalid),
            (NewPortrait { source: &long, ..good }, Code::TextTooLong),
            (NewPortrait { source: "it's", ..good }, Code::RowInvalid),
            (NewPortrait { quality: 101, ..good }, Code::RowInvalid),
            (NewPortrait { person: &gone, ..good }, Code::NotFound),
        ];
        for (new, expected) in wrong {
            assert_eq!(code(portrait::add(&mut tx, &world.means(), &new).await), Some(expected));
        }
        // The first bytes decide, cut at every place.
        for cut in 0..8 {
            let image = &PNG[..cut];
            let refused = portrait::add(&mut tx, &world.means(), &NewPortrait { image, ..good }).await;
            assert_eq!(code(refused), Some(Code::PortraitInvalid), "{cut}");
        }
        large.truncate(portrait::IMAGE_BYTES_MAX);
        portrait::add(&mut tx, &world.means(), &NewPortrait { image: &large, ..good }).await.unwrap();
        for _ in 1..portrait::PORTRAITS_MAX {
            portrait::add(&mut tx, &world.means(), &good).await.unwrap();
        }
        assert_eq!(code(portrait::add(&mut tx, &world.means(), &good).await), Some(Code::RowInvalid));
        event::note(&mut tx, &world.means(), &id, Event::Deceased, None).await.unwrap();
        assert_eq!(code(portrait::add(&mut tx, &world.means(), &good).await), Some(Code::PersonDeceased));
    }
}

#[tokio::test]
async fn a_portrait_with_a_changed_byte_does_not_open() {
    for db in databases().await {
        let world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = person::add(&mut tx, &world.means(), &data("A123456789")).await.unwrap().id;
        let one = portrait::add(&mut tx, &world.means(), &new(&id, PNG, None)).await.unwrap();
        portrait::add(&mut tx, &world.means(), &new(&id, JPEG, None)).await.unwrap();
        let grant = grant(&mut tx, &world, &id).await;
        world.commit(tx).await;
        let sealed: Vec<u8> = sqlx::query_scalar("SELECT sealed FROM bio_portraits WHERE id = $1")
            .bind(one.as_str())
            .fetch_one(db.raw())
            .await
            .unwrap();
        let put = async |bytes: Vec<u8>| {
            let statement = sqlx::query("UPDATE bio_portraits SET sealed = $1 WHERE id = $2");
            assert_eq!(statement.bind(bytes).bind(one.as_str()).execute(db.raw()).await.unwrap().rows_affected(), 1);
            let mut tx = db.write().await.unwrap();
            portrait::open(&mut tx, &world.means(), &grant.sight()).await.is_ok()
        };
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(!put(changed).await, "byte {at}");
        }
        assert!(!put(sealed[..sealed.len() - 1].to_vec()).await && put(sealed).await);
        // Another portrait's bytes in its place.
        let swap = "UPDATE bio_portraits SET sealed = (SELECT sealed FROM bio_portraits AS other ORDER BY id LIMIT 1)";
        assert_eq!(db.tamper(swap).await, 2);
        let mut tx = db.write().await.unwrap();
        assert!(portrait::open(&mut tx, &world.means(), &grant.sight()).await.is_err());
    }
}
