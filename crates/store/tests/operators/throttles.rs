//! Lock-out after failed sign-ins, and one-time codes that are good once.

use super::{clerk, code, invite};
use jiff::{SignedDuration, Timestamp};
use store::Code;
use store::operator::{invitation, throttle};
use testkit::World;
use testkit::store::databases;

#[tokio::test]
async fn the_fifth_failure_locks_and_success_opens() {
    for db in databases().await {
        let mut world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = clerk(&mut tx, &world, "aa").await;
        let other = clerk(&mut tx, &world, "bb").await;
        for failures in 1..=4 {
            let throttle = throttle::begin(&mut tx, &world.means(), &id).await.unwrap();
            assert_eq!((throttle.failures, throttle.locked_until), (failures, Timestamp::UNIX_EPOCH));
        }
        let fifth = throttle::begin(&mut tx, &world.means(), &id).await.unwrap();
        assert_eq!(fifth.locked_until, world.now + SignedDuration::from_mins(1));
        assert_eq!(code(throttle::begin(&mut tx, &world.means(), &id).await), Some(Code::LoginLocked));
        assert_eq!(
            throttle::get(&mut tx, &id).await.unwrap().failures,
            5,
            "an attempt while locked counts for nothing"
        );
        assert!(throttle::begin(&mut tx, &world.means(), &other).await.is_ok(), "nobody else is locked");
        world.pass(SignedDuration::from_mins(1));
        let sixth = throttle::begin(&mut tx, &world.means(), &id).await.unwrap();
        assert_eq!(sixth.locked_until, world.now + SignedDuration::from_mins(2));
        assert!(throttle::succeed(&mut tx, &id, Some(7)).await.unwrap());
        let after = throttle::get(&mut tx, &id).await.unwrap();
        assert_eq!((after.failures, after.locked_until, after.totp_step), (0, Timestamp::UNIX_EPOCH, Some(7)));
        world.commit(tx).await;
    }
}

#[tokio::test]
async fn a_code_is_good_once() {
    for db in databases().await {
        let world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = clerk(&mut tx, &world, "aa").await;
        world.commit(tx).await;
        let mut tx = db.write().await.unwrap();
        for (step, expected) in [(Some(7), true), (Some(7), false), (Some(6), false), (None, true), (Some(8), true)] {
            throttle::begin(&mut tx, &world.means(), &id).await.unwrap();
            assert_eq!(throttle::succeed(&mut tx, &id, step).await.unwrap(), expected, "{step:?}");
        }
        let after = throttle::get(&mut tx, &id).await.unwrap();
        assert_eq!(after.totp_step, Some(8));
        tx.commit().await.unwrap();

        // The same code from two browsers at once.
        let sign_in = async || {
            let mut tx = db.write().await.unwrap();
            throttle::begin(&mut tx, &world.means(), &id).await.unwrap();
            tx.commit().await.unwrap();
            let mut tx = db.write().await.unwrap();
            let fresh = throttle::succeed(&mut tx, &id, Some(9)).await.unwrap();
            tx.commit().await.unwrap();
            fresh
        };
        let (a, b) = tokio::join!(sign_in(), sign_in());
        assert!(a != b);
    }
}

#[tokio::test]
async fn guesses_at_once_do_not_pass_the_limit_together() {
    for db in databases().await {
        let world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = clerk(&mut tx, &world, "aa").await;
        world.commit(tx).await;
        let guess = async || {
            let mut tx = db.write().await.unwrap();
            let begun = throttle::begin(&mut tx, &world.means(), &id).await;
            tx.commit().await.unwrap();
            begun.is_ok()
        };
        let mut passed = 0;
        for _ in 0..2 {
            let (a, b, c, d) = tokio::join!(guess(), guess(), guess(), guess());
            passed += [a, b, c, d].iter().filter(|&&passed| passed).count();
        }
        assert_eq!(passed, 5);
    }
}

#[tokio::test]
async fn the_hundredth_failure_locks_until_somebody_resets_it() {
    for db in databases().await {
        let mut world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = invite(&mut tx, &world, "aa").await.operator;
        for failures in 1..=throttle::FAILURES_MAX {
            assert_eq!(throttle::begin(&mut tx, &world.means(), &id).await.unwrap().failures, failures);
            world.pass(throttle::LOCK_MAX);
        }
        world.pass(SignedDuration::from_hours(24 * 365 * 100));
        assert_eq!(code(throttle::begin(&mut tx, &world.means(), &id).await), Some(Code::LoginLocked));
        let again = invitation::invite_again(&mut tx, &world.means(), &id).await.unwrap();
        invitation::consume(&mut tx, &world.means(), again.token.as_str()).await.unwrap();
        assert_eq!(throttle::begin(&mut tx, &world.means(), &id).await.unwrap().failures, 1);
        world.commit(tx).await;
    }
}
