//! Passkeys, with an authenticator and a browser's part that other people wrote.

use crate::world::{World, at, worlds};
use casework::Role;
use casework::desk::passkey::{self, PasskeyMade, PasskeyShown};
use casework::desk::{invitation, sign_in};
use serde_json::json;
use store::ledger::Kind;
use store::limits::Window;
use store::session::{Factor, SignedIn};
use testkit::browser::Browser;

const HOME: &str = "https://counter.example.gov";

async fn made(world: &World, by: &SignedIn, browser: &mut Browser) -> passkey::PasskeyView {
    let challenge = passkey::begin(&world.desk, by, at(1)).await.unwrap();
    let response = browser.make(&challenge.options).await.unwrap();
    let request = PasskeyMade { challenge: challenge.challenge, name: "blue key".to_owned(), response };
    passkey::finish(&world.desk, by, at(2), &request).await.unwrap()
}

async fn shown(world: &World, second: i64, browser: &mut Browser) -> casework::Result<sign_in::Opened> {
    let challenge = passkey::sign_in_begin(&world.desk, at(second)).await.unwrap();
    let response = browser.show(&challenge.options).await.unwrap();
    let request = PasskeyShown { challenge: challenge.challenge, response };
    passkey::sign_in_finish(&world.desk, at(second), &request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in() {
    for world in worlds().await {
        let office = world.office("north").await;
        let by = world.somebody("clerk", Role::Clerk, &office).await;
        let mut browser = Browser::at(HOME);
        let view = made(&world, &by, &mut browser).await;
        assert_eq!(world.entries_of(Kind::CredentialSet).await, 1);
        for second in [10, 20] {
            let opened = shown(&world, second, &mut browser).await.unwrap();
            let signed_in = sign_in::require(&world.desk, at(second), opened.token.as_str()).await.unwrap();
            assert_eq!((signed_in.operator(), signed_in.factor()), (by.operator(), Factor::Passkey));
        }
        assert_eq!(passkey::list(&world.desk, &by).await.unwrap()[0].used_at, at(20));
        passkey::revoke(&world.desk, &by, at(30), &view.id).await.unwrap();
        assert_eq!(shown(&world, 40, &mut browser).await.unwrap_err().code(), "sign-in-refused");
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_passkey_gives_itself_away() {
    for world in worlds().await {
        let office = world.office("north").await;
        let by = world.somebody("clerk", Role::Clerk, &office).await;
        let mut browser = Browser::at(HOME);
        made(&world, &by, &mut browser).await;
        let mut copy = browser.copied();
        shown(&world, 10, &mut browser).await.unwrap();
        shown(&world, 20, &mut browser).await.unwrap();
        // The copy's counter stands where the passkey stood when it was copied.
        assert_eq!(shown(&world, 30, &mut copy).await.unwrap_err().code(), "sign-in-refused");
        assert!(shown(&world, 40, &mut browser).await.is_ok());
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_alone_makes_a_passkey_and_nothing_else() {
    for world in worlds().await {
        let token = invitation::bootstrap(&world.desk, at(0)).await.unwrap().unwrap();
        let opened = invitation::without_password(&world.desk, at(1), &token).await.unwrap();
        assert_eq!(
            invitation::without_password(&world.desk, at(1), &token).await.unwrap_err().code(),
            "invitation-ended"
        );
        let by = sign_in::require(&world.desk, at(1), opened.token.as_str()).await.unwrap();
        let refused = casework::desk::office::list(&world.desk, &by, at(1), Window::default()).await.unwrap_err();
        assert_eq!(refused.code(), "permission-missing");
        let mut browser = Browser::at(HOME);
        made(&world, &by, &mut browser).await;
        let opened = shown(&world, 10, &mut browser).await.unwrap();
        let by = sign_in::require(&world.desk, at(11), opened.token.as_str()).await.unwrap();
        assert!(casework::desk::office::list(&world.desk, &by, at(11), Window::default()).await.is_ok());
        assert_eq!(invitation::bootstrap_again(&world.desk, at(12)).await.unwrap_err().code(), "conflict");
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_answered_once_in_time_and_by_whom_it_was_for() {
    for world in worlds().await {
        let desk = &world.desk;
        let office = world.office("north").await;
        let one = world.somebody("one", Role::Clerk, &office).await;
        let two = world.somebody("two", Role::Clerk, &office).await;
        let mut browser = Browser::at(HOME);
        let challenge = passkey::begin(desk, &one, at(1)).await.unwrap();
        let response = browser.make(&challenge.options).await.unwrap();
        let request = PasskeyMade { challenge: challenge.challenge, name: "k".to_owned(), response };
        assert_eq!(passkey::finish(desk, &two, at(2), &request).await.unwrap_err().code(), "passkey-invalid");
        assert_eq!(passkey::finish(desk, &one, at(2), &request).await.unwrap_err().code(), "not-found");
        let mut browser = Browser::at(HOME);
        made(&world, &one, &mut browser).await;
        // Answered twice, too late, or an answer to another challenge.
        let challenge = passkey::sign_in_begin(desk, at(10)).await.unwrap();
        let response = browser.show(&challenge.options).await.unwrap();
        let request = PasskeyShown { challenge: challenge.challenge, response: response.clone() };
        assert!(passkey::sign_in_finish(desk, at(11), &request).await.is_ok());
        let mut refused = vec![passkey::sign_in_finish(desk, at(11), &request).await];
        let other = passkey::sign_in_begin(desk, at(12)).await.unwrap();
        refused
            .push(passkey::sign_in_finish(desk, at(12), &PasskeyShown { challenge: other.challenge, response }).await);
        let late = passkey::sign_in_begin(desk, at(20)).await.unwrap();
        let response = browser.show(&late.options).await.unwrap();
        let request = PasskeyShown { challenge: late.challenge, response: response.clone() };
        refused.push(passkey::sign_in_finish(desk, at(20 + 301), &request).await);
        // The challenge of somebody who makes a passkey is none to sign in with.
        let making = passkey::begin(desk, &one, at(400)).await.unwrap();
        refused.push(
            passkey::sign_in_finish(desk, at(400), &PasskeyShown { challenge: making.challenge, response }).await,
        );
        let nothing = PasskeyShown { challenge: "' OR 1=1".to_owned(), response: json!({ "id": 1 }) };
        refused.push(passkey::sign_in_finish(desk, at(400), &nothing).await);
        for outcome in refused {
            assert_eq!(outcome.unwrap_err().code(), "sign-in-refused");
        }
        world.check().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_finger_or_from_another_page_nobody_signs_in() {
    for world in worlds().await {
        let desk = &world.desk;
        let office = world.office("north").await;
        let by = world.somebody("clerk", Role::Clerk, &office).await;
        let mut browser = Browser::at(HOME);
        made(&world, &by, &mut browser).await;
        let challenge = passkey::sign_in_begin(desk, at(10)).await.unwrap();
        browser.show_finger(false);
        if let Some(response) = browser.show(&challenge.options).await {
            let request = PasskeyShown { challenge: challenge.challenge, response };
            assert_eq!(passkey::sign_in_finish(desk, at(10), &request).await.unwrap_err().code(), "sign-in-refused");
        }
        browser.show_finger(true);
        // A page below the same domain may ask the browser for the passkey; the service does not take its answer.
        browser.go_to("https://evil.counter.example.gov");
        let challenge = passkey::sign_in_begin(desk, at(20)).await.unwrap();
        let response = browser.show(&challenge.options).await.unwrap();
        let request = PasskeyShown { challenge: challenge.challenge, response };
        assert_eq!(passkey::sign_in_finish(desk, at(20), &request).await.unwrap_err().code(), "sign-in-refused");
        browser.go_to(HOME);
        assert!(shown(&world, 30, &mut browser).await.is_ok());
        // Every bit of an answer's signature and authenticator data counts.
        for field in ["signature", "authenticatorData", "clientDataJSON", "userHandle"] {
            let challenge = passkey::sign_in_begin(desk, at(40)).await.unwrap();
            let mut response = browser.show(&challenge.options).await.unwrap();
            let text = response["response"][field].as_str().unwrap().to_owned();
            let swapped = if text.as_bytes()[9] == b'A' { "B" } else { "A" };
            response["response"][field] = format!("{}{swapped}{}", &text[..9], &text[10..]).into();
            let request = PasskeyShown { challenge: challenge.challenge, response };
            assert_eq!(
                passkey::sign_in_finish(desk, at(40), &request).await.unwrap_err().code(),
                "sign-in-refused",
                "{field}"
            );
        }
        world.check().await;
    }
}
