//! `/api/v1/sessions` and `/api/v1/invitations`.

use crate::body;
use axum::http::Method;
use jiff::SignedDuration;
use serde_json::Value;
use testkit::app::{Answer, Faces, TestApp, code};
use testkit::browser::Browser;

const PASSWORD: &str = "plum blossom in the first snow";

/// Invites somebody, accepts, and gives login and secret.
async fn accepted(app: &TestApp) -> String {
    let admin = &app.people.administrator.token;
    let new = body!({"login": "new", "name": "New", "standing": {"roles": ["auditor"]}});
    let token = app.post("/api/v1/operators", new).by(admin).send().await.with(201).at("/token");
    let begin = body!({"token": token, "password": PASSWORD});
    let offer = app.post("/api/v1/invitations/begin", begin).send().await.with(200);
    let secret = offer.at("/secret");
    let finish = body!({"token": token, "password": PASSWORD, "offer": offer.at("/offer"), "code": code(&secret, app)});
    app.post("/api/v1/invitations/finish", finish).send().await.with(201);
    // A link is good once.
    let again = app.post("/api/v1/invitations/finish", finish).send().await;
    assert_eq!(again.code(), "invitation-ended");
    secret
}

#[tokio::test]
async fn an_invited_operator_signs_in_and_out() {
    for app in TestApp::each(Faces::Fake).await {
        let secret = accepted(&app).await;
        app.wait(SignedDuration::from_mins(1));
        let sign_in = body!({"login": "new", "password": PASSWORD, "code": code(&secret, &app)});
        let opened = app.post("/api/v1/sessions", sign_in).send().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(opened.shown(), @r#"
            201
            {
              "expires_at": "2026-11-21T20:01:00Z",
              "operator": "[id]",
              "token": "[token]"
            }
            "#);
        }
        // A one-time code is good once.
        assert_eq!(app.post("/api/v1/sessions", sign_in).send().await.with(401).code(), "sign-in-refused");
        let token = opened.at("/token");
        let sessions = app.get("/api/v1/sessions").by(&token).send().await.with(200).json();
        assert_eq!(sessions["items"].as_array().unwrap().len(), 2);
        app.delete("/api/v1/sessions/present").by(&token).send().await.with(204);
        assert_eq!(app.get("/api/v1/sessions").by(&token).send().await.with(401).code(), "session-ended");
    }
}

#[tokio::test]
async fn a_failed_sign_in_says_nothing_more() {
    for app in TestApp::each(Faces::Fake).await {
        let secret = accepted(&app).await;
        app.wait(SignedDuration::from_mins(1));
        let right = code(&secret, &app);
        let mut answers = Vec::new();
        for (login, password, code) in [
            ("nobody", PASSWORD, right.as_str()),
            ("new", "wrong", &right),
            ("new", PASSWORD, "12345"),
            ("' OR 1=1 --", "", ""),
        ] {
            let answer = app
                .post("/api/v1/sessions", body!({"login": login, "password": password, "code": code}))
                .send()
                .await
                .with(401);
            answers.push(answer.text());
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
    }
}

#[tokio::test]
async fn a_session_is_made_by_the_server_alone() {
    for app in TestApp::each(Faces::Fake).await {
        let secret = accepted(&app).await;
        app.wait(SignedDuration::from_mins(1));
        // Whoever brings a token, a cookie or an idempotency key gets a fresh session all the same.
        let chosen = format!("op_{}", "A".repeat(43));
        let sign_in = body!({"login": "new", "password": PASSWORD, "code": code(&secret, &app)});
        let call = app.post("/api/v1/sessions", sign_in).by(&chosen).header("cookie", "session=A");
        let opened = call.send().await.with(201);
        assert_ne!(opened.at("/token"), chosen);
        assert!(opened.header("set-cookie").is_empty());
        app.get("/api/v1/sessions").by(&chosen).send().await.with(401);
    }
}

#[tokio::test]
async fn an_unused_session_ends() {
    for app in TestApp::each(Faces::Fake).await {
        let token = &app.people.clerk.token;
        for _ in 0..3 {
            app.wait(SignedDuration::from_mins(29));
            app.get("/api/v1/sessions").by(token).send().await.with(200);
        }
        app.wait(SignedDuration::from_mins(31));
        assert_eq!(app.get("/api/v1/sessions").by(token).send().await.with(401).code(), "session-ended");
    }
}

#[tokio::test]
async fn signing_out_everywhere_ends_all() {
    for app in TestApp::each(Faces::Fake).await {
        let token = &app.people.clerk.token;
        let answer = app.delete("/api/v1/sessions").by(token).send().await.with(200);
        assert_eq!(answer.json()["ended"], 1);
        app.get("/api/v1/sessions").by(token).send().await.with(401);
        app.get("/api/v1/sessions").by(&app.people.supervisor.token).send().await.with(200);
    }
}

#[tokio::test]
async fn an_invitation_is_good_for_a_passkey_only() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        let path = format!("/api/v1/operators/{}/invitation", app.people.clerk.id);
        let link = app.call(Method::POST, &path).by(admin).send().await.with(201).at("/token");
        let token = app.post("/api/v1/invitations/open", body!({"token": link})).send().await.with(201).at("/token");
        for path in ["/api/v1/sessions", "/api/v1/operators/me", "/api/v1/passkeys"] {
            assert_eq!(app.get(path).by(&token).send().await.with(401).code(), "sign-in-needed", "{path}");
        }
        let challenge = app.call(Method::POST, "/api/v1/passkeys/challenge").by(&token).send().await.with(201).json();
        assert_eq!(
            challenge["options"]["publicKey"]["rp"]["id"].as_str().or(challenge["options"]["rp"]["id"].as_str()),
            Some("counter.example")
        );
        let wrong = body!({"challenge": challenge["challenge"], "name": "key", "response": {"id": "x"}});
        assert_eq!(app.post("/api/v1/passkeys", wrong).by(&token).send().await.code(), "passkey-invalid");
        // A challenge is good once.
        assert_eq!(app.post("/api/v1/passkeys", wrong).by(&token).send().await.with(404).code(), "not-found");
    }
}

/// A challenge to sign in with a passkey.
async fn challenged(app: &TestApp) -> Value {
    app.call(Method::POST, "/api/v1/sessions/passkey-challenge").send().await.with(201).json()
}

/// Signs in with the passkey of a browser.
async fn shown(app: &TestApp, browser: &mut Browser) -> (Value, Answer) {
    let challenge = challenged(app).await;
    let response = browser.show(&challenge["options"]).await.unwrap();
    let shown = body!({"challenge": challenge["challenge"], "response": response}).clone();
    let answer = app.post("/api/v1/sessions/passkey", &shown).send().await;
    (shown, answer)
}

#[tokio::test]
async fn a_passkey_signs_in_and_is_revoked() {
    for app in TestApp::each(Faces::Fake).await {
        let clerk = &app.people.clerk.token;
        let mut browser = Browser::at("https://counter.example");
        let challenge = app.call(Method::POST, "/api/v1/passkeys/challenge").by(clerk).send().await.with(201).json();
        let response = browser.make(&challenge["options"]).await.unwrap();
        let made = body!({"challenge": challenge["challenge"], "name": "blue key", "response": response});
        let made = app.post("/api/v1/passkeys", made).by(clerk).send().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(made.shown(), @r#"
            201
            {
              "created_at": "2026-11-21T08:00:00Z",
              "id": "[id]",
              "name": "blue key",
              "used_at": "2026-11-21T08:00:00Z"
            }
            "#);
        }
        app.wait(SignedDuration::from_mins(1));
        let (answer, opened) = shown(&app, &mut browser).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(opened.shown(), @r#"
            201
            {
              "expires_at": "2026-11-21T20:01:00Z",
              "operator": "[id]",
              "token": "[token]"
            }
            "#);
        }
        let token = opened.at("/token");
        let own = app.get("/api/v1/operators/me").by(&token).send().await.with(200);
        assert_eq!((own.at("/id"), opened.at("/operator")), (app.people.clerk.id.to_string(), own.at("/id")));
        let sessions = app.get("/api/v1/sessions").by(&token).send().await.with(200).json();
        assert_eq!(
            (&sessions["items"][0]["factor"], &sessions["items"][0]["present"]),
            (&"passkey".into(), &true.into())
        );
        // An answer is good once, and only for its own challenge.
        let again = app.post("/api/v1/sessions/passkey", &answer).send().await.with(401);
        assert_eq!(again.code(), "sign-in-refused");
        let swapped = body!({"challenge": challenged(&app).await["challenge"], "response": answer["response"]});
        assert_eq!(app.post("/api/v1/sessions/passkey", swapped).send().await.with(401).code(), "sign-in-refused");
        // Another page's answer is none.
        browser.go_to("https://evil.counter.example");
        assert_eq!(shown(&app, &mut browser).await.1.with(401).code(), "sign-in-refused");
        browser.go_to("https://counter.example");
        shown(&app, &mut browser).await.1.with(201);
        let path = format!("/api/v1/passkeys/{}", made.at("/id"));
        let listed = app.get("/api/v1/passkeys?limit=1").by(&token).send().await.with(200);
        assert_eq!(
            (listed.at("/items/0/id"), listed.at("/items/0/used_at")),
            (made.at("/id"), "2026-11-21T08:01:00Z".to_owned())
        );
        app.delete(&path).by(&token).send().await.with(204);
        assert_eq!(shown(&app, &mut browser).await.1.with(401).code(), "sign-in-refused");
    }
}
