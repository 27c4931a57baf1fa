//! `Idempotency-Key`.

use crate::body;
use jiff::SignedDuration;
use testkit::app::{Faces, TestApp};

#[tokio::test]
async fn the_same_key_and_body_are_one_act() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        let new = body!({"code": "third", "name": "Third"});
        let first = app.post("/api/v1/offices", new).by(admin).key("k-1").send().await.with(201);
        let again = app.post("/api/v1/offices", new).by(admin).key("k-1").send().await.with(201);
        assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
        assert_eq!(first.text(), again.text());
        let other =
            app.post("/api/v1/offices", body!({"code": "fourth", "name": "Third"})).by(admin).key("k-1").send().await;
        assert_eq!((other.status, other.code().as_str()), (422, "idempotency-mismatch"));
        // Another caller's key is another key, and so is one of yesterday.
        let stranger = app.post("/api/v1/offices", new).by(&app.people.clerk.token).key("k-1").send().await;
        assert_eq!(stranger.status, 403);
        app.wait(SignedDuration::from_hours(25));
        assert_eq!(app.post("/api/v1/offices", new).by(admin).key("k-1").send().await.status, 401);
    }
}

#[tokio::test]
async fn a_refused_act_gives_its_key_back() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        app.post("/api/v1/offices", body!({"code": "first", "name": "x"})).by(admin).key("k").send().await.with(409);
        app.post("/api/v1/offices", body!({"code": "other", "name": "x"})).by(admin).key("k").send().await.with(201);
        let rows = app.database().count("SELECT COUNT(*) FROM idempotency").await;
        assert_eq!(rows, 1);
    }
}

#[tokio::test]
async fn a_key_has_a_form() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        for key in ["", &"x".repeat(129), "a\tb"] {
            let answer = app.post("/api/v1/offices", body!({"code": "c", "name": "x"})).by(admin).key(key).send().await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "idempotency-key-invalid"), "{key:?}");
        }
    }
}

#[tokio::test]
async fn a_kept_answer_lies_sealed() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        let new = body!({"office": app.people.office.as_str(), "name": "Counter 9", "kind": "counter"});
        let code = app.post("/api/v1/stations", new).by(admin).key("k").send().await.with(201).at("/code");
        let again = app.post("/api/v1/stations", new).by(admin).key("k").send().await.with(201);
        assert_eq!(again.at("/code"), code);
        let raw = match app.database().dialect() {
            store::db::Dialect::Sqlite => {
                "SELECT COUNT(*) FROM idempotency WHERE INSTR(CAST(sealed AS TEXT), 'expires_at') > 0"
            }
            store::db::Dialect::Postgres => {
                "SELECT COUNT(*) FROM idempotency WHERE POSITION('expires_at'::bytea IN sealed) > 0"
            }
        };
        assert_eq!(app.database().count(raw).await, 0);
    }
}

#[tokio::test]
async fn a_request_on_its_way_is_not_begun_twice() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        let new = body!({"code": "third", "name": "Third"});
        let call = || app.post("/api/v1/offices", new).by(admin).key("k").send();
        let (a, b) = tokio::join!(call(), call());
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert!(statuses == [201, 201] || statuses == [201, 409], "{statuses:?}");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM offices").await, 3);
    }
}
