//! What the program remembers for itself: answers to repeated requests, and leases.

use super::{NASTY, code};
use jiff::SignedDuration;
use store::hold::hold;
use store::idempotency::{self, Answer, Key, Looked};
use store::{Code, lease};
use testkit::World;
use testkit::store::databases;

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, body: body.to_owned().into() }
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_answer() {
    for db in databases().await {
        let mut world = World::default();
        let key = Key { scope: NASTY, key: NASTY };
        let look = async |world: &World, key: Key<'_>, request: &[u8]| {
            idempotency::look(&mut db.read().await.unwrap(), &world.means(), &key, request).await.unwrap()
        };
        let keep = async |world: &World, request: &[u8], answer: &Answer| {
            let mut tx = db.write().await.unwrap();
            let kept = idempotency::keep(&mut tx, &world.means(), &key, request, answer).await.unwrap();
            tx.commit().await.unwrap();
            kept
        };
        let first = answer(201, "{\"code\":\"SECRET-CODE\"}");
        assert_eq!(look(&world, key, b"a").await, Looked::New);
        assert!(keep(&world, b"a", &first).await);
        assert!(!keep(&world, b"a", &answer(200, "{}")).await, "the first answer stays");
        assert_eq!(look(&world, key, b"a").await, Looked::Replay(first));
        assert_eq!(look(&world, key, b"b").await, Looked::Mismatch);
        assert_eq!(look(&world, Key { scope: "else", ..key }, b"b").await, Looked::New);
        let sealed: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT sealed FROM idempotency").fetch_all(db.raw()).await.unwrap();
        assert_eq!(sealed.len(), 1);
        assert!(!sealed[0].windows(6).any(|part| part == b"SECRET"), "an answer is never kept in the clear");

        world.pass(idempotency::KEPT);
        assert_eq!(look(&world, key, b"b").await, Looked::New, "after a day the key is free");
        assert!(keep(&world, b"b", &answer(204, "")).await);
        world.pass(idempotency::KEPT);
        let mut tx = db.write().await.unwrap();
        assert_eq!(idempotency::purge(&mut tx, &world.means()).await.unwrap(), 1);
        tx.commit().await.unwrap();
        for wrong in ["", &"x".repeat(201)] {
            let key = Key { scope: "s", key: wrong };
            assert!(idempotency::look(&mut db.read().await.unwrap(), &world.means(), &key, b"a").await.is_err());
        }
    }
}

#[tokio::test]
async fn an_answer_is_kept_with_its_act_or_not_at_all() {
    for db in databases().await {
        let world = World::default();
        let key = Key { scope: "s", key: "k" };
        let act = async |holder: &str| {
            let mut tx = db.write().await.unwrap();
            lease::take(&mut tx, &world.means(), "retention", holder, SignedDuration::from_mins(1)).await.unwrap();
            tx.commit().await.unwrap();
        };
        let rows = async |table: &str| db.count(&format!("SELECT COUNT(*) FROM {table}")).await;
        // Cut off between the act and its answer: neither is there.
        let ((), held) = hold(act("a")).await;
        assert_eq!(rows("leases").await, 0);
        drop(held);
        assert_eq!(rows("leases").await, 0);
        // The transaction before the last is lasting when the next begins, and what reads sees it.
        let (seen, held) = hold(async {
            act("a").await;
            drop(db.read().await.unwrap());
            let seen = rows("leases").await;
            act("a").await;
            seen
        })
        .await;
        assert_eq!(seen, 1);
        let mut tx = held.unwrap();
        assert!(idempotency::keep(&mut tx, &world.means(), &key, b"a", &answer(200, "done")).await.unwrap());
        assert_eq!(rows("idempotency").await, 0);
        tx.commit().await.unwrap();
        assert_eq!((rows("leases").await, rows("idempotency").await), (1, 1));
        let ((), held) = hold(async { db.read().await.unwrap().commit().await.unwrap() }).await;
        assert!(held.is_none(), "what only reads has nothing to keep");
    }
}

#[tokio::test]
async fn requests_at_once_are_kept_once() {
    for db in databases().await {
        let world = World::default();
        let key = Key { scope: "s", key: "k" };
        let request = async || {
            let mut tx = db.write().await.unwrap();
            let kept = idempotency::keep(&mut tx, &world.means(), &key, b"a", &answer(200, "done")).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            tx.commit().await.unwrap();
            kept
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
