//! `/api/v1/events`.

use crate::body;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use std::time::Duration;
use testkit::app::{Faces, TestApp};

/// The first `count` events of a stream.
async fn events(app: &TestApp, token: &str, after: Option<&str>, count: usize) -> Vec<String> {
    let mut request = Request::builder().uri("/api/v1/events").header("authorization", format!("Bearer {token}"));
    if let Some(after) = after {
        request = request.header("last-event-id", after);
    }
    let mut body = app.open(request.body(Body::empty()).unwrap()).await.into_body();
    let mut text = String::new();
    while text.matches("\n\n").count() < count {
        let frame = tokio::time::timeout(Duration::from_secs(10), body.frame()).await.unwrap().unwrap().unwrap();
        text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }
    text.split_terminator("\n\n").take(count).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_stream_goes_on_where_it_broke_and_names_nobody() {
    for app in TestApp::each(Faces::Fake).await {
        let clerk = &app.people.clerk.token;
        let admin = &app.people.administrator.token;
        for name in ["A", "B", "C"] {
            let new = body!({"office": app.people.office.as_str(), "name": name, "kind": "counter"});
            app.post("/api/v1/stations", new).by(admin).send().await.with(201);
        }
        let all = events(&app, clerk, Some("0"), 2).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(all.join("\n--\n"), @r#"
            id: 1
            event: station.added
            data: {"seq":1,"kind":"station.added","visit":null,"at":"2026-11-21T08:00:00Z"}
            --
            id: 2
            event: station.added
            data: {"seq":2,"kind":"station.added","visit":null,"at":"2026-11-21T08:00:00Z"}
            "#);
        }
        assert_eq!(events(&app, &app.people.seat, Some("1"), 1).await[0], all[1]);
    }
}

#[tokio::test]
async fn a_stream_hears_at_once_and_of_its_own_office_only() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        let add = async |office: &str, name: &str| {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let new = body!({"office": office, "name": name, "kind": "counter"});
            app.post("/api/v1/stations", new).by(admin).send().await.with(201);
        };
        let mine = app.people.office.as_str();
        let theirs = app.people.other_office.as_str();
        let acts = async {
            add(theirs, "X").await;
            add(mine, "Y").await;
        };
        let (heard, ()) = tokio::join!(events(&app, &app.people.clerk.token, None, 1), acts);
        assert!(heard[0].contains("station.added") && heard[0].contains("id: 0"), "{heard:?}");
    }
}

#[tokio::test]
async fn only_who_works_there_may_watch() {
    for app in TestApp::each(Faces::Fake).await {
        for token in [&app.people.auditor.token, &app.people.administrator.token] {
            assert_eq!(app.get("/api/v1/events").by(token).send().await.with(403).code(), "permission-missing");
        }
        app.get("/api/v1/events").send().await.with(401);
        let wrong = app.get("/api/v1/events").by(&app.people.clerk.token).header("last-event-id", "-1").send().await;
        assert_eq!(wrong.with(400).code(), "query-invalid");
    }
}
