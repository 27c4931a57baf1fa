//! `/api/v1/persons`.

use crate::body;
use axum::http::Method;
use testkit::app::{Faces, TestApp};

#[tokio::test]
async fn a_person_is_enrolled_found_and_changed() {
    for app in TestApp::each(Faces::Fake).await {
        let (supervisor, clerk) = (&app.people.supervisor.token, &app.people.clerk.token);
        let new = body!({"number": "A123456789", "name": "陳小明", "birth_date": "1980-02-03", "language": "zh-Hant"});
        let made = app.post("/api/v1/persons", new).by(supervisor).send().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(made.shown(), @r#"
            201
            {
              "address": null,
              "birth_date": "1980-02-03",
              "changed_at": "2026-11-21T08:00:00Z",
              "id": "[id]",
              "language": "zh-Hant",
              "name": "陳小明",
              "number_masked": "A••••••789",
              "portrait_exception": null,
              "state": "active"
            }
            "#);
        }
        let found = app.post("/api/v1/persons/find", body!({"number": "a123456789"})).by(clerk).send().await.with(200);
        assert_eq!(found.at("/id"), made.at("/id"));
        let path = format!("/api/v1/persons/{}", made.at("/id"));
        let change = body!({"why": "renamed", "name": "陳大明", "birth_date": "1980-02-03"});
        let changed = app.call(Method::PUT, &path).by(supervisor).json(change).send().await.with(200);
        assert_eq!(changed.at("/name"), "陳大明");
        app.wait(jiff::SignedDuration::from_secs(1));
        app.post(&format!("{path}/events"), body!({"kind": "locked"})).by(supervisor).send().await.with(201);
        let events = app.get(&format!("{path}/events")).by(supervisor).send().await.with(200).json();
        let kinds: Vec<&str> =
            events["items"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["renamed", "locked"]);
        assert_eq!(app.post("/api/v1/persons", new).by(supervisor).send().await.with(409).code(), "already-exists");
    }
}

#[tokio::test]
async fn who_may_not_see_persons_sees_none() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        for token in [&people.auditor.token, &people.administrator.token, &people.protection.token] {
            let answer =
                app.post("/api/v1/persons/find", body!({"number": "A123456789"})).by(token).send().await.with(403);
            assert_eq!(answer.code(), "permission-missing");
        }
        let answer =
            app.post("/api/v1/persons/find", body!({"number": "A123456789"})).by(&people.clerk.token).send().await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "person-unknown"));
    }
}
