//! Operators, their invitations and credentials.

use super::{HASH, NASTY, clerk, code, invite};
use jiff::SignedDuration;
use seal::totp::Secret;
use store::office::NewOffice;
use store::operator::credential::{self, NewCredentials};
use store::operator::{Changes, NewOperator, invitation};
use store::{Code, office, operator};
use testkit::World;
use testkit::store::databases;

#[tokio::test]
async fn the_first_administrator_is_invited_once() {
    for db in databases().await {
        let mut world = World::default();
        let mut tx = db.write().await.unwrap();
        let first = invitation::invite_first(&mut tx, &world.means(), "Root", "First").await.unwrap();
        assert_eq!(first.expires_at, world.now + SignedDuration::from_hours(1));
        let added = operator::get(&mut tx, &first.operator).await.unwrap();
        assert_eq!((added.login.as_str(), added.roles.as_slice()), ("root", ["administrator".to_owned()].as_slice()));
        world.commit(tx).await;
        let mut tx = db.write().await.unwrap();
        let second = invitation::invite_first(&mut tx, &world.means(), "other", "Second").await;
        assert_eq!(code(second), Some(Code::Conflict));
        assert_eq!(invitation::look(&mut tx, &world.means(), first.token.as_str()).await.unwrap(), first.operator);
        world.pass(SignedDuration::from_hours(1));
        let late = invitation::look(&mut tx, &world.means(), first.token.as_str()).await;
        assert_eq!(code(late), Some(Code::InvitationEnded));
    }
}

#[tokio::test]
async fn first_administrators_at_once_are_one() {
    for db in databases().await {
        let world = World::default();
        let first = async |login: &str| {
            let mut tx = db.write().await?;
            invitation::invite_first(&mut tx, &world.means(), login, "First").await?;
            world.commit(tx).await;
            Ok::<(), store::Error>(())
        };
        let (a, b, c) = tokio::join!(first("aa"), first("bb"), first("cc"));
        assert_eq!([a.is_ok(), b.is_ok(), c.is_ok()].iter().filter(|&&ok| ok).count(), 1);
        assert_eq!(db.count("SELECT COUNT(*) FROM operators").await, 1);
    }
}

#[tokio::test]
async fn an_invitation_sets_credentials_once() {
    for db in databases().await {
        let mut world = World::default();
        let mut tx = db.write().await.unwrap();
        let invited = invite(&mut tx, &world, "Clerk.One").await;
        assert_eq!(invited.expires_at, world.now + SignedDuration::from_hours(72));
        let before = credential::of_login(&mut tx, &world.means(), "clerk.one").await.unwrap().unwrap();
        assert!(before.password_hash.is_none() && before.totp_secret.is_none());
        let secret = Secret::generate(&world.random);
        let new = NewCredentials { password_hash: HASH, totp_secret: &secret };
        let odd = NewCredentials { password_hash: "plain text", ..new };
        let refused = credential::set(&mut tx, &world.means(), &invited.operator, &odd).await;
        assert_eq!(code(refused), Some(Code::RowInvalid));
        for wrong in ["", "x", NASTY, &"A".repeat(43)] {
            let refused = invitation::accept(&mut tx, &world.means(), wrong, &new).await;
            assert_eq!(code(refused), Some(Code::InvitationEnded));
        }
        let token = invited.token.as_str();
        assert_eq!(invitation::accept(&mut tx, &world.means(), token, &new).await.unwrap(), invited.operator);
        let twice = invitation::accept(&mut tx, &world.means(), token, &new).await;
        assert_eq!(code(twice), Some(Code::InvitationEnded));
        world.commit(tx).await;

        let mut tx = db.write().await.unwrap();
        let found = credential::of_login(&mut tx, &world.means(), " CLERK.one ").await.unwrap().unwrap();
        assert_eq!(
            (found.operator, found.password_hash.as_deref(), found.disabled),
            (invited.operator.clone(), Some(HASH), false)
        );
        assert_eq!(found.totp_secret.unwrap().bytes(), secret.bytes());
        for nobody in ["clerk.two", NASTY, "' OR '1'='1", ""] {
            assert!(credential::of_login(&mut tx, &world.means(), nobody).await.unwrap().is_none(), "{nobody}");
        }

        // Lost credentials: a new link, of which only the last is good.
        let again = invitation::invite_again(&mut tx, &world.means(), &invited.operator).await.unwrap();
        let last = invitation::invite_again(&mut tx, &world.means(), &invited.operator).await.unwrap();
        let earlier = invitation::look(&mut tx, &world.means(), again.token.as_str()).await;
        assert_eq!(code(earlier), Some(Code::InvitationEnded));
        world.pass(SignedDuration::from_hours(72));
        let late = invitation::consume(&mut tx, &world.means(), last.token.as_str()).await;
        assert_eq!(code(late), Some(Code::InvitationEnded));
        world.commit(tx).await;
    }
}

#[tokio::test]
async fn the_one_time_codes_secret_opens_in_its_own_row_only() {
    for db in databases().await {
        let world = World::default();
        let mut tx = db.write().await.unwrap();
        let a = clerk(&mut tx, &world, "aa").await;
        let b = clerk(&mut tx, &world, "bb").await;
        world.commit(tx).await;
        let swap = format!(
            "UPDATE operators SET totp_wrapped = (SELECT totp_wrapped FROM operators WHERE id = '{a}'), \
             totp_sealed = (SELECT totp_sealed FROM operators WHERE id = '{a}') WHERE id = '{b}'"
        );
        assert_eq!(db.tamper(&swap).await, 1);
        let mut tx = db.read().await.unwrap();
        assert!(credential::of_login(&mut tx, &world.means(), "bb").await.is_err());
        assert!(credential::of_login(&mut tx, &world.means(), "aa").await.is_ok());
    }
}

#[tokio::test]
async fn operators_are_changed_and_disabled() {
    for db in databases().await {
        let world = World::default();
        let mut tx = db.write().await.unwrap();
        let north = NewOffice { code: "north", name: "n", contacts: &[] };
        let north = office::add(&mut tx, &world.means(), &north).await.unwrap();
        let id = clerk(&mut tx, &world, "aa").await;
        let roles = ["supervisor".to_owned(), "clerk".to_owned(), "clerk".to_owned()];
        let trained = Some(world.now + SignedDuration::from_hours(1));
        let changes = Changes { office: Some(&north), roles: &roles, trained_until: trained };
        operator::change(&mut tx, &id, &changes).await.unwrap();
        let found = operator::get(&mut tx, &id).await.unwrap();
        assert_eq!((found.office.as_ref(), found.trained_until), (Some(&north), trained));
        assert_eq!(found.roles, ["clerk", "supervisor"]);
        for wrong in [Vec::new(), vec!["Clerk".to_owned()], (0..9).map(|n| format!("role-{n}")).collect()] {
            let changes = Changes { roles: &wrong, ..changes };
            assert_eq!(code(operator::change(&mut tx, &id, &changes).await), Some(Code::RowInvalid));
        }
        let open = invitation::invite_again(&mut tx, &world.means(), &id).await.unwrap();
        operator::disable(&mut tx, &world.means(), &id).await.unwrap();
        assert_eq!(code(operator::disable(&mut tx, &world.means(), &id).await), Some(Code::Conflict));
        assert!(credential::of_login(&mut tx, &world.means(), "aa").await.unwrap().unwrap().disabled);
        let look = invitation::look(&mut tx, &world.means(), open.token.as_str()).await;
        assert_eq!(code(look), Some(Code::InvitationEnded));
        let again = invitation::invite_again(&mut tx, &world.means(), &id).await;
        assert_eq!(code(again), Some(Code::OperatorDisabled));
        operator::enable(&mut tx, &id).await.unwrap();
        assert_eq!(operator::get(&mut tx, &id).await.unwrap().disabled_at, None);
        let look = invitation::look(&mut tx, &world.means(), open.token.as_str()).await;
        assert_eq!(code(look), Some(Code::InvitationEnded), "an ended link stays ended");
        assert_eq!(operator::list(&mut tx, Some(&north)).await.unwrap().len(), 1);
        assert_eq!(operator::list(&mut tx, None).await.unwrap().len(), 1);
        world.commit(tx).await;
    }
}

#[tokio::test]
async fn operators_that_are_wrong_or_there_are_refused() {
    for db in databases().await {
        let world = World::default();
        let roles = ["clerk".to_owned()];
        let good = NewOperator { login: "aa", name: "n", office: None, roles: &roles, trained_until: None };
        let long = "x".repeat(201);
        let wrong = [
            (NewOperator { login: "a", ..good }, Code::RowInvalid),
            (NewOperator { login: NASTY, ..good }, Code::RowInvalid),
            (NewOperator { login: "a b", ..good }, Code::RowInvalid),
            (NewOperator { login: "ａｂ", ..good }, Code::RowInvalid),
            (NewOperator { name: &long, ..good }, Code::TextTooLong),
            (NewOperator { roles: &[], ..good }, Code::RowInvalid),
        ];
        let mut tx = db.write().await.unwrap();
        for (new, expected) in wrong {
            assert_eq!(code(invitation::invite(&mut tx, &world.means(), &new).await), Some(expected));
        }
        invitation::invite(&mut tx, &world.means(), &good).await.unwrap();
        let same = NewOperator { login: "AA", ..good };
        assert_eq!(code(invitation::invite(&mut tx, &world.means(), &same).await), Some(Code::AlreadyExists));
    }
}
