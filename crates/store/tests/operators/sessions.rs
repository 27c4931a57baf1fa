//! Sessions: their own tokens, their ends.

use super::{NASTY, clerk, code};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use store::operator::{Changes, invitation};
use store::session::{self, Factor};
use store::{Code, operator, station};
use testkit::World;
use testkit::store::databases;

const IDLE: SignedDuration = SignedDuration::from_mins(15);
const DAY: SignedDuration = SignedDuration::from_hours(8);

#[tokio::test]
async fn a_session_says_who_it_is() {
    for db in databases().await {
        let world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = clerk(&mut tx, &world, "aa").await;
        let new = session::create(&mut tx, &world.means(), &id, Factor::PasswordAndCode, DAY).await.unwrap();
        world.commit(tx).await;
        let mut tx = db.write().await.unwrap();
        let signed = session::require(&mut tx, &world.means(), new.token.as_str(), IDLE).await.unwrap();
        assert_eq!((signed.operator(), signed.session(), signed.factor()), (&id, &new.id, Factor::PasswordAndCode));
        assert_eq!(
            (signed.office(), signed.roles(), signed.trained_until()),
            (None, ["clerk".to_owned()].as_slice(), None)
        );
        // Roles are read at each request.
        let changes = Changes { office: None, roles: &["auditor".to_owned()], trained_until: Some(world.now) };
        operator::change(&mut tx, &id, &changes).await.unwrap();
        let signed = session::require(&mut tx, &world.means(), new.token.as_str(), IDLE).await.unwrap();
        assert_eq!((signed.roles(), signed.trained_until()), (["auditor".to_owned()].as_slice(), Some(world.now)));
        world.commit(tx).await;
    }
}

#[tokio::test]
async fn a_token_from_outside_never_becomes_a_session() {
    for db in databases().await {
        let world = World::default();
        let means = world.means();
        let mut tx = db.write().await.unwrap();
        let id = clerk(&mut tx, &world, "aa").await;
        // A token in the right form, planted in the victim's browser before sign-in.
        let planted = seal::token::Token::generate(&world.random);
        assert_eq!(code(session::require(&mut tx, &means, planted.as_str(), IDLE).await), Some(Code::SessionEnded));
        let mut tokens = BTreeSet::new();
        for _ in 0..5 {
            let new = session::create(&mut tx, &means, &id, Factor::Passkey, DAY).await.unwrap();
            assert!(tokens.insert(new.token.as_str().to_owned()), "each sign-in has a token of its own");
        }
        assert_eq!(code(session::require(&mut tx, &means, planted.as_str(), IDLE).await), Some(Code::SessionEnded));
        assert!(!tokens.contains(planted.as_str()));
        for wrong in ["", NASTY, "x", &"A".repeat(43), &"A".repeat(1 << 20)] {
            assert_eq!(code(session::require(&mut tx, &means, wrong, IDLE).await), Some(Code::SessionEnded));
        }
        // Tokens of another kind open no session, and a session's token is no station's or invitation's.
        let open = invitation::invite_again(&mut tx, &means, &id).await.unwrap();
        assert_eq!(code(session::require(&mut tx, &means, open.token.as_str(), IDLE).await), Some(Code::SessionEnded));
        let token = tokens.first().unwrap();
        assert_eq!(code(station::require(&mut tx, &means, token).await), Some(Code::StationUnknown));
        assert_eq!(code(invitation::look(&mut tx, &means, token).await), Some(Code::InvitationEnded));
        world.commit(tx).await;
        // Nor does what the database holds: a reader of the table has no token.
        let hashes: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT token_hash FROM sessions").fetch_all(db.raw()).await.unwrap();
        assert_eq!(hashes.len(), 5);
        for hash in hashes {
            assert!(
                tokens.iter().all(|token| token.as_bytes() != hash && seal::token::digest(token).as_slice() != hash)
            );
        }
    }
}

#[tokio::test]
async fn a_session_ends_by_time_idleness_and_revocation() {
    for db in databases().await {
        let mut world = World::default();
        let mut tx = db.write().await.unwrap();
        let id = clerk(&mut tx, &world, "aa").await;
        let new = session::create(&mut tx, &world.means(), &id, Factor::Passkey, SignedDuration::from_mins(30))
            .await
            .unwrap();
        let token = new.token.as_str();
        world.pass(IDLE);
        let signed = session::require(&mut tx, &world.means(), token, IDLE).await.unwrap();
        assert!(signed.seen_due(world.now));
        session::seen(&mut tx, &world.means(), &new.id).await.unwrap();
        let seen = world.now;
        world.pass(SignedDuration::from_secs(59));
        assert!(!session::require(&mut tx, &world.means(), token, IDLE).await.unwrap().seen_due(world.now));
        session::seen(&mut tx, &world.means(), &new.id).await.unwrap();
        let open = session::of_operator(&mut tx, &world.means(), &id).await.unwrap();
        assert_eq!(open.iter().map(|one| one.seen_at).collect::<Vec<_>>(), [seen], "written once a minute");
        world.now = seen + SignedDuration::from_millis(14 * 60_000 + 59_999);
        assert!(session::require(&mut tx, &world.means(), token, IDLE).await.is_ok());
        world.now = seen + IDLE;
        assert_eq!(
            code(session::require(&mut tx, &world.means(), token, SignedDuration::MAX).await),
            Some(Code::SessionEnded),
            "its end"
        );
        world.now = seen + SignedDuration::from_mins(1);
        let short = SignedDuration::from_secs(59);
        assert_eq!(
            code(session::require(&mut tx, &world.means(), token, short).await),
            Some(Code::SessionEnded),
            "idle"
        );

        assert!(session::revoke(&mut tx, &world.means(), &new.id).await.unwrap());
        assert!(!session::revoke(&mut tx, &world.means(), &new.id).await.unwrap());
        assert_eq!(code(session::require(&mut tx, &world.means(), token, IDLE).await), Some(Code::SessionEnded));
        world.commit(tx).await;
    }
}

#[tokio::test]
async fn signing_out_everywhere_is_everywhere() {
    for db in databases().await {
        let world = World::default();
        let means = world.means();
        let mut tx = db.write().await.unwrap();
        let id = clerk(&mut tx, &world, "aa").await;
        let other = clerk(&mut tx, &world, "bb").await;
        let mut all = Vec::new();
        for of in [&id, &id, &other] {
            all.push(session::create(&mut tx, &means, of, Factor::Passkey, DAY).await.unwrap());
        }
        assert_eq!(session::revoke_all(&mut tx, &means, &id).await.unwrap(), 2);
        assert_eq!(session::revoke_all(&mut tx, &means, &id).await.unwrap(), 0);
        let mut live = Vec::new();
        for new in &all {
            live.push(session::require(&mut tx, &means, new.token.as_str(), IDLE).await.is_ok());
        }
        assert_eq!(live, [false, false, true]);
        operator::disable(&mut tx, &means, &other).await.unwrap();
        assert_eq!(
            code(session::require(&mut tx, &means, all[2].token.as_str(), IDLE).await),
            Some(Code::SessionEnded)
        );
        let refused = session::create(&mut tx, &means, &other, Factor::Passkey, DAY).await;
        assert_eq!(code(refused), Some(Code::OperatorDisabled));
        operator::enable(&mut tx, &other).await.unwrap();
        assert_eq!(
            code(session::require(&mut tx, &means, all[2].token.as_str(), IDLE).await),
            Some(Code::SessionEnded)
        );
        for lasts in [SignedDuration::ZERO, -DAY, SignedDuration::from_hours(25), SignedDuration::MAX] {
            let refused = session::create(&mut tx, &means, &id, Factor::Passkey, lasts).await;
            assert_eq!(code(refused), Some(Code::RowInvalid));
        }
        // New credentials by a new link end what was open before.
        let new = session::create(&mut tx, &means, &id, Factor::Passkey, DAY).await.unwrap();
        let link = invitation::invite_again(&mut tx, &means, &id).await.unwrap();
        invitation::consume(&mut tx, &means, link.token.as_str()).await.unwrap();
        assert_eq!(code(session::require(&mut tx, &means, new.token.as_str(), IDLE).await), Some(Code::SessionEnded));
        world.commit(tx).await;
    }
}
