//! Rotation while the service goes on: readers with the new ring open old rows, batches wrap them again, then the old keys can go.

#![expect(clippy::unwrap_used, reason = "a step of a test that fails is the test's failure")]

use seal::keys::{Domain, FileRing, HashUse, KeyRing as _, Rotate};
use seal::totp::Secret;
use store::id::{OperatorId, PersonId};
use store::operator::credential::{self, NewCredentials};
use store::operator::{NewOperator, invitation};
use store::person::{Change, Kind, PersonData, erase, event};
use store::portrait::NewPortrait;
use store::{Code, person, portrait, rotation};
use testkit::World;
use testkit::store::{Database, databases};

const PERSONS: usize = 7;
const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA";

fn number(n: usize) -> String {
    format!("A12345678{n}")
}

fn data(n: usize) -> PersonData {
    PersonData {
        name: format!("Person {n}"),
        number: number(n),
        birth_date: "1946".to_owned(),
        address: None,
        language: None,
    }
}

async fn fill(db: &Database, world: &World) -> (Vec<PersonId>, OperatorId) {
    let means = world.means();
    let mut tx = db.write().await.unwrap();
    let mut persons = Vec::new();
    for n in 0..PERSONS {
        let id = person::add(&mut tx, &means, &data(n)).await.unwrap().id;
        let image: &[u8] = b"\x89PNG\r\n\x1a\nrest";
        let new = NewPortrait { person: &id, image, taken_on: None, source: "counter", quality: 7 };
        portrait::add(&mut tx, &means, &new).await.unwrap();
        persons.push(id);
    }
    let roles = ["clerk".to_owned()];
    let new = NewOperator { login: "aa", name: "n", office: None, roles: &roles, trained_until: None };
    let invited = invitation::invite(&mut tx, &means, &new).await.unwrap();
    let secret = Secret::from_bytes(&[9; 20]).unwrap();
    let new = NewCredentials { password_hash: HASH, totp_secret: &secret };
    credential::set(&mut tx, &means, &invited.operator, &new).await.unwrap();
    world.commit(tx).await;
    (persons, invited.operator)
}

/// Everything can be read, found and signed in with.
async fn check(db: &Database, world: &World, persons: &[PersonId]) {
    let means = world.means();
    let mut tx = db.read().await.unwrap();
    for (n, id) in persons.iter().enumerate() {
        assert_eq!(person::read(&mut tx, &means, id).await.unwrap(), data(n));
        assert_eq!(person::find_by_number(&mut tx, &means, &number(n)).await.unwrap().unwrap().id, *id);
    }
    let found = credential::of_login(&mut tx, &means, "aa").await.unwrap().unwrap();
    assert_eq!(found.totp_secret.unwrap().bytes(), &[9; 20]);
}

/// A world a day later with new keys for all that can be renewed.
fn rotated(world: &World) -> World {
    let mut ring = FileRing::parse(&world.ring.to_text().unwrap()).unwrap();
    ring.rotate(&Rotate::Domains(Domain::ALL.to_vec()), "2026-11-22", &world.random).unwrap();
    ring.rotate(&Rotate::Number, "2026-11-22", &world.random).unwrap();
    World { ring, ..World::default() }
}

fn old_keys(world: &World) -> Vec<seal::keys::KeyId> {
    let mut keys: Vec<_> = Domain::ALL.iter().map(|&domain| world.ring.current(domain)).collect();
    keys.push(world.ring.hashes(HashUse::Number, &[])[0].0.clone());
    keys
}

async fn rewrap_all(db: &Database, world: &World, mut between: impl AsyncFnMut()) -> u64 {
    let mut done = 0;
    for domain in Domain::ALL {
        loop {
            let mut tx = db.write().await.unwrap();
            let count = rotation::rewrap_batch(&mut tx, &world.means(), domain, 3).await.unwrap();
            world.commit(tx).await;
            between().await;
            done += count;
            if count == 0 {
                break;
            }
        }
    }
    done
}

#[tokio::test]
async fn a_rotation_runs_while_readers_go_on() {
    for db in databases().await {
        let before = World::default();
        let (persons, _) = fill(&db, &before).await;
        let mut tx = db.read().await.unwrap();
        assert!(rotation::stale(&mut tx, &before.means()).await.unwrap().is_none());
        drop(tx);

        let mut after = rotated(&before);
        let mut tx = db.read().await.unwrap();
        let stale = rotation::stale(&mut tx, &after.means()).await.unwrap();
        drop(tx);
        let of = |name: &str| stale.wrapped.iter().find(|(domain, _)| *domain == name).unwrap().1;
        assert_eq!((of("identity"), of("portrait"), of("operator"), of("evidence")), (7, 7, 1, 0));
        assert_eq!(stale.numbers, 7);
        check(&db, &after, &persons).await;
        // A number that only an old key finds is still known: it is not added twice.
        let mut tx = db.write().await.unwrap();
        let twice = person::add(&mut tx, &after.means(), &data(0)).await;
        assert_eq!(twice.unwrap_err().code(), Some(Code::AlreadyExists));
        drop(tx);

        let done = rewrap_all(&db, &after, async || check(&db, &after, &persons).await).await;
        assert_eq!(done, 15);
        let mut tx = db.write().await.unwrap();
        assert_eq!(rotation::renumber_batch(&mut tx, &after.means(), 4).await.unwrap(), 4);
        after.commit(tx).await;
        check(&db, &after, &persons).await;
        let mut tx = db.write().await.unwrap();
        assert_eq!(rotation::renumber_batch(&mut tx, &after.means(), 4).await.unwrap(), 3);
        assert_eq!(rotation::renumber_batch(&mut tx, &after.means(), 4).await.unwrap(), 0);
        assert!(rotation::stale(&mut tx, &after.means()).await.unwrap().is_none());
        after.commit(tx).await;

        for key in old_keys(&before) {
            after.ring.retire(&key).unwrap();
        }
        check(&db, &after, &persons).await;
        let mut tx = db.read().await.unwrap();
        let old = person::read(&mut tx, &before.means(), &persons[0]).await;
        assert!(matches!(old, Err(store::Error::Seal(_))), "the old ring opens nothing any more");
    }
}

#[tokio::test]
async fn what_was_erased_needs_no_keys() {
    for db in databases().await {
        let before = World::default();
        let (persons, _) = fill(&db, &before).await;
        let mut tx = db.write().await.unwrap();
        erase::erase(&mut tx, &before.means(), &persons[0]).await.unwrap();
        before.commit(tx).await;
        let after = rotated(&before);
        let mut tx = db.write().await.unwrap();
        assert_eq!(rotation::rewrap_batch(&mut tx, &after.means(), Domain::Identity, 100).await.unwrap(), 6);
        assert_eq!(rotation::rewrap_batch(&mut tx, &after.means(), Domain::Portrait, 100).await.unwrap(), 6);
        assert_eq!(rotation::renumber_batch(&mut tx, &after.means(), 100).await.unwrap(), 6);
        assert_eq!(rotation::rewrap_batch(&mut tx, &after.means(), Domain::Backup, 100).await.unwrap(), 0);
        after.commit(tx).await;
    }
}

#[tokio::test]
async fn a_rotation_and_writers_do_not_undo_each_other() {
    for db in databases().await {
        let before = World::default();
        let (persons, _) = fill(&db, &before).await;
        let after = rotated(&before);
        let corrected = |n: usize| PersonData { number: format!("B12345678{n}"), ..data(n) };
        let writer = async || {
            for (n, id) in persons.iter().enumerate() {
                let data = corrected(n);
                let change = Change { person: id, kind: Kind::Corrected, data: &data, operator: None };
                let mut tx = db.write().await.unwrap();
                event::change(&mut tx, &after.means(), &change).await.unwrap();
                after.commit(tx).await;
            }
        };
        let rotator = async || {
            for _ in 0..PERSONS {
                let mut tx = db.write().await.unwrap();
                rotation::rewrap_batch(&mut tx, &after.means(), Domain::Identity, 1).await.unwrap();
                rotation::renumber_batch(&mut tx, &after.means(), 1).await.unwrap();
                after.commit(tx).await;
            }
        };
        tokio::join!(writer(), rotator());
        let mut tx = db.read().await.unwrap();
        for (n, id) in persons.iter().enumerate() {
            let data = corrected(n);
            assert_eq!(person::read(&mut tx, &after.means(), id).await.unwrap(), data);
            let found = person::find_by_number(&mut tx, &after.means(), &data.number).await.unwrap();
            assert_eq!(found.map(|person| person.id).as_ref(), Some(id));
            assert!(person::find_by_number(&mut tx, &after.means(), &number(n)).await.unwrap().is_none());
        }
        let stale = rotation::stale(&mut tx, &after.means()).await.unwrap();
        assert_eq!((stale.numbers, stale.wrapped[0]), (0, ("identity", 0)));
    }
}

#[tokio::test]
async fn a_ring_without_the_old_key_stops_a_rotation() {
    for db in databases().await {
        let before = World::default();
        let (persons, _) = fill(&db, &before).await;
        let foreign = FileRing::generate("2026-11-22", &testkit::SeededRandom::new(99)).unwrap();
        let foreign = World { ring: foreign, ..World::default() };
        let mut tx = db.write().await.unwrap();
        let refused = rotation::rewrap_batch(&mut tx, &foreign.means(), Domain::Identity, 100).await;
        assert!(matches!(refused, Err(store::Error::Seal(_))));
        drop(tx);
        check(&db, &before, &persons).await;
    }
}
