//! What the program remembers for itself: answers to repeated requests, and leases.

use super::{NASTY, code};
use jiff::SignedDuration;
use store::idempotency::{self, Begun, Key};
use store::{Code, lease};
use testkit::World;
use testkit::store::databases;

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer() {
    for db in databases().await {
        let mut world = World::default();
        let key = Key { scope: NASTY, key: NASTY };
        let begin = async |world: &World, key: Key<'_>, request: &[u8]| {
            let mut tx = db.write().await.unwrap();
            let begun = idempotency::begin(&mut tx, &world.means(), &key, request).await.unwrap();
            tx.commit().await.unwrap();
            begun
        };
        assert_eq!(begin(&world, key, b"a").await, Begun::New);
        assert_eq!(begin(&world, key, b"a").await, Begun::InProgress);
        assert_eq!(begin(&world, key, b"b").await, Begun::Mismatch);
        assert_eq!(begin(&world, Key { scope: "else", ..key }, b"b").await, Begun::New);
        let mut tx = db.write().await.unwrap();
        idempotency::finish(&mut tx, &world.means(), &key, 201, "{\"code\":\"SECRET-CODE\"}").await.unwrap();
        let twice = idempotency::finish(&mut tx, &world.means(), &key, 200, "{}").await;
        assert_eq!(code(twice), Some(Code::Conflict));
        tx.commit().await.unwrap();
        let Begun::Replay { status, body } = begin(&world, key, b"a").await else { panic!("no replay") };
        assert_eq!((status, body.as_str()), (201, "{\"code\":\"SECRET-CODE\"}"));
        assert_eq!(begin(&world, key, b"b").await, Begun::Mismatch);
        let sealed: Vec<Vec<u8>> = sqlx::query_scalar("SELECT sealed FROM idempotency WHERE sealed IS NOT NULL")
            .fetch_all(db.raw())
            .await
            .unwrap();
        assert_eq!(sealed.len(), 1);
        assert!(!sealed[0].windows(6).any(|part| part == b"SECRET"), "an answer is never kept in the clear");

        world.pass(idempotency::KEPT);
        assert_eq!(begin(&world, key, b"b").await, Begun::New, "after a day the key is free");
        let mut tx = db.write().await.unwrap();
        assert_eq!(idempotency::purge(&mut tx, &world.means()).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let mut tx = db.write().await.unwrap();
        for wrong in ["", &"x".repeat(201)] {
            let key = Key { scope: "s", key: wrong };
            assert!(idempotency::begin(&mut tx, &world.means(), &key, b"a").await.is_err());
        }
    }
}

#[tokio::test]
async fn an_act_that_fails_leaves_its_key_free() {
    for db in databases().await {
        let world = World::default();
        let key = Key { scope: "s", key: "k" };
        for _ in 0..2 {
            let mut tx = db.write().await.unwrap();
            assert_eq!(idempotency::begin(&mut tx, &world.means(), &key, b"a").await.unwrap(), Begun::New);
        }
    }
}

#[tokio::test]
async fn requests_at_once_are_carried_out_once() {
    for db in databases().await {
        let world = World::default();
        let key = Key { scope: "s", key: "k" };
        let request = async || {
            let mut tx = db.write().await.unwrap();
            let begun = idempotency::begin(&mut tx, &world.means(), &key, b"a").await.unwrap();
            if begun == Begun::New {
                tokio::time::sleep(std::time::Duration::from_millis(30)).await;
                idempotency::finish(&mut tx, &world.means(), &key, 200, "done").await.unwrap();
            }
            tx.commit().await.unwrap();
            begun == Begun::New
        };
        let (a, b, c) = tokio::join!(request(), request(), request());
        assert_eq!([a, b, c].iter().filter(|&&new| new).count(), 1);
    }
}

#[tokio::test]
async fn a_lease_has_one_holder_at_a_time() {
    for db in databases().await {
        let mut world = World::default();
        let minute = SignedDuration::from_mins(1);
        let take = async |world: &World, holder: &str| {
            let mut tx = db.write().await.unwrap();
            let taken = lease::take(&mut tx, &world.means(), "retention", holder, minute).await.unwrap();
            tx.commit().await.unwrap();
            taken
        };
        assert!(take(&world, NASTY).await && take(&world, NASTY).await);
        assert!(!take(&world, "b").await);
        world.pass(minute);
        assert!(take(&world, "b").await && !take(&world, NASTY).await);
        let mut tx = db.write().await.unwrap();
        lease::release(&mut tx, "retention", NASTY).await.unwrap();
        lease::release(&mut tx, "retention", "b").await.unwrap();
        tx.commit().await.unwrap();
        let (a, b, c) = tokio::join!(take(&world, "x"), take(&world, "y"), take(&world, "z"));
        assert_eq!([a, b, c].iter().filter(|&&taken| taken).count(), 1);
        let mut tx = db.write().await.unwrap();
        assert_eq!(code(lease::take(&mut tx, &world.means(), "Not a word", "b", minute).await), Some(Code::RowInvalid));
    }
}
