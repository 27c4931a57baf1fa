//! `/api/v1/offices`.

use crate::body;
use axum::http::Method;
use testkit::app::{Faces, TestApp};

#[tokio::test]
async fn an_administrator_keeps_offices() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        let new = body!({"code": "third", "name": "Third Office", "contacts": [{"kind": "email", "value": "chief@third.example"}]});
        let made = app.post("/api/v1/offices", new).by(admin).send().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(made.shown(), @r#"
            201
            {
              "closed_at": null,
              "code": "third",
              "contacts": [
                {
                  "kind": "email",
                  "value": "chief@third.example"
                }
              ],
              "created_at": "2026-11-21T08:00:00Z",
              "id": "[id]",
              "name": "Third Office"
            }
            "#);
        }
        let path = format!("/api/v1/offices/{}", made.at("/id"));
        let changed = app
            .call(Method::PUT, &path)
            .by(admin)
            .json(body!({"name": "Office 3", "contacts": []}))
            .send()
            .await
            .with(200);
        assert_eq!((changed.at("/name").as_str(), changed.at("/code").as_str()), ("Office 3", "third"));
        assert_eq!(app.post("/api/v1/offices", new).by(admin).send().await.with(409).code(), "already-exists");
        let closed = app.call(Method::POST, &format!("{path}/close")).by(admin).send().await.with(200);
        assert_eq!(closed.at("/closed_at"), "2026-11-21T08:00:00Z");
        assert_eq!(
            app.call(Method::POST, &format!("{path}/close")).by(admin).send().await.with(409).code(),
            "conflict"
        );
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        let first = app.get("/api/v1/offices?limit=1").by(admin).send().await.with(200);
        assert_eq!((first.at("/items/0/code").as_str(), first.json()["items"].as_array().unwrap().len()), ("first", 1));
        let second =
            app.get(&format!("/api/v1/offices?limit=1&after={}", first.at("/next"))).by(admin).send().await.with(200);
        assert_eq!(second.at("/items/0/code"), "second");
        let third =
            app.get(&format!("/api/v1/offices?limit=1&after={}", second.at("/next"))).by(admin).send().await.with(200);
        assert!(third.json()["items"].as_array().unwrap().is_empty() && third.json()["next"].is_null());
        for list in ["offices", "stations", "operators", "sessions", "passkeys"] {
            let page = app.get(&format!("/api/v1/{list}?limit=200")).by(admin).send().await.with(200).json();
            assert!(page["items"].is_array() && page["next"].is_null(), "{list}");
            for wrong in ["limit=0", "limit=201", "after=' OR 1=1"] {
                let wrong = wrong.replace(' ', "%20");
                let refused = app.get(&format!("/api/v1/{list}?{wrong}")).by(admin).send().await.with(400);
                assert_eq!(refused.code(), "query-invalid", "{list} {wrong}");
            }
        }
        let supervisor = &app.people.supervisor.token;
        let own = app.get("/api/v1/offices?limit=1").by(supervisor).send().await.with(200);
        let rest = app.get(&format!("/api/v1/offices?after={}", own.at("/next"))).by(supervisor).send().await.with(200);
        assert!(rest.json()["items"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn others_keep_no_offices() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        for token in [&people.clerk.token, &people.supervisor.token, &people.auditor.token, &people.protection.token] {
            let answer =
                app.post("/api/v1/offices", body!({"code": "x", "name": "x"})).by(token).send().await.with(403);
            assert_eq!(answer.code(), "permission-missing");
        }
    }
}
