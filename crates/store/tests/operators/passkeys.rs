//! Passkeys and challenges.

use super::{NASTY, clerk, code};
use store::passkey::{self, NewPasskey};
use store::{Code, operator};
use testkit::World;
use testkit::store::databases;

#[tokio::test]
async fn a_passkey_is_added_used_and_revoked() {
    for db in databases().await {
        let mut world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = clerk(&mut tx, &world, "aa").await;
        let other = clerk(&mut tx, &world, "bb").await;
        let new = NewPasskey {
            operator: &id,
            credential_id: b"\0'; --credential",
            name: NASTY,
            static_state: b"public key",
            dynamic_state: b"1",
        };
        let key = passkey::add(&mut tx, &world.means(), &new).await.unwrap();
        world.commit(tx).await;
        let mut tx = db.write().await.unwrap();
        world.pass(jiff::SignedDuration::from_secs(5));
        passkey::used(&mut tx, &world.means(), &key, b"2").await.unwrap();
        let found = passkey::find(&mut tx, new.credential_id).await.unwrap().unwrap();
        assert_eq!((found.id, found.operator, found.name.as_str()), (key.clone(), id.clone(), NASTY));
        assert_eq!((found.static_state, found.dynamic_state), (b"public key".to_vec(), b"2".to_vec()));
        assert_eq!(found.used_at, world.now);
        tx.commit().await.unwrap();

        let mut tx = db.write().await.unwrap();
        assert!(passkey::find(&mut tx, b"another").await.unwrap().is_none());
        assert_eq!(code(passkey::revoke(&mut tx, &world.means(), &other, &key).await), Some(Code::NotFound));
        operator::disable(&mut tx, &world.means(), &id).await.unwrap();
        assert!(passkey::find(&mut tx, new.credential_id).await.unwrap().is_none(), "of a disabled operator");
        operator::enable(&mut tx, &id).await.unwrap();
        passkey::revoke(&mut tx, &world.means(), &id, &key).await.unwrap();
        assert!(passkey::find(&mut tx, new.credential_id).await.unwrap().is_none());
        assert!(passkey::of_operator(&mut tx, &id).await.unwrap().is_empty());
        assert_eq!(code(passkey::revoke(&mut tx, &world.means(), &id, &key).await), Some(Code::NotFound));
        let again = passkey::add(&mut tx, &world.means(), &NewPasskey { operator: &other, ..new }).await;
        assert_eq!(code(again), Some(Code::AlreadyExists), "a revoked credential comes back for nobody");
    }
}

#[tokio::test]
async fn passkeys_are_bounded() {
    for db in databases().await {
        let world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = clerk(&mut tx, &world, "aa").await;
        let good =
            NewPasskey { operator: &id, credential_id: b"c", name: "n", static_state: b"s", dynamic_state: b"d" };
        let (long, large) = (vec![0; 1024], vec![0; 16 * 1024 + 1]);
        let wrong = [
            NewPasskey { credential_id: b"", ..good },
            NewPasskey { credential_id: &long, ..good },
            NewPasskey { static_state: &large, ..good },
            NewPasskey { dynamic_state: b"", ..good },
            NewPasskey { name: "", ..good },
        ];
        for new in wrong {
            assert_eq!(code(passkey::add(&mut tx, &world.means(), &new).await), Some(Code::RowInvalid));
        }
        for n in 0..passkey::PASSKEYS_MAX {
            let credential_id = [n as u8; 8];
            passkey::add(&mut tx, &world.means(), &NewPasskey { credential_id: &credential_id, ..good }).await.unwrap();
        }
        assert_eq!(code(passkey::add(&mut tx, &world.means(), &good).await), Some(Code::RowInvalid));
        assert_eq!(passkey::of_operator(&mut tx, &id).await.unwrap().len(), passkey::PASSKEYS_MAX);
    }
}

#[tokio::test]
async fn a_challenge_is_taken_once_and_in_time() {
    for db in databases().await {
        let mut world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = clerk(&mut tx, &world, "aa").await;
        let open = passkey::open_challenge(&mut tx, &world.means(), Some(&id), b"state").await.unwrap();
        world.commit(tx).await;
        let mut tx = db.write().await.unwrap();
        let taken = passkey::take_challenge(&mut tx, &world.means(), &open).await.unwrap();
        assert_eq!((taken.operator, taken.state), (Some(id), b"state".to_vec()));
        assert_eq!(code(passkey::take_challenge(&mut tx, &world.means(), &open).await), Some(Code::NotFound));
        for wrong in ["", NASTY, "01arz3ndektsv4rrffq69g5fav"] {
            assert_eq!(code(passkey::take_challenge(&mut tx, &world.means(), wrong).await), Some(Code::NotFound));
        }
        let late = passkey::open_challenge(&mut tx, &world.means(), None, b"state").await.unwrap();
        world.pass(passkey::CHALLENGE);
        assert_eq!(code(passkey::take_challenge(&mut tx, &world.means(), &late).await), Some(Code::NotFound));
        passkey::open_challenge(&mut tx, &world.means(), None, b"a").await.unwrap();
        world.pass(passkey::CHALLENGE);
        passkey::open_challenge(&mut tx, &world.means(), None, b"b").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM passkey_challenges").await, 1, "old ones are swept along the way");
    }
}
