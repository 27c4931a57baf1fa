//! `/api/v1/stations` and `/api/v1/station`.

use crate::body;
use axum::http::Method;
use jiff::SignedDuration;
use testkit::app::{Faces, TestApp};

#[tokio::test]
async fn a_browser_becomes_a_station_once() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        let new = body!({"office": app.people.office.as_str(), "name": "Counter 7", "kind": "counter"});
        let made = app.post("/api/v1/stations", new).by(admin).send().await.with(201);
        let code = made.at("/code");
        let seated = app.post("/api/v1/station/pair", body!({"code": code})).send().await.with(201);
        assert!(seated.at("/token").starts_with("st_"));
        assert_eq!(seated.at("/station"), made.at("/station"));
        let again = app.post("/api/v1/station/pair", body!({"code": code})).send().await;
        assert_eq!(again.code(), "pairing-invalid");
        let path = format!("/api/v1/stations/{}", made.at("/station"));
        app.delete(&path).by(admin).send().await.with(204);
        let list = app.get("/api/v1/stations").by(admin).send().await.with(200).json();
        let revoked = list["items"].as_array().unwrap().iter().find(|line| line["id"] == made.at("/station").as_str());
        assert_eq!(revoked.unwrap()["revoked_at"], "2026-11-21T08:00:00Z");
    }
}

#[tokio::test]
async fn a_pairing_code_ends_by_itself() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        let path = format!("/api/v1/stations/{}/code", app.people.station);
        let code = app.call(Method::POST, &path).by(admin).send().await.with(201).at("/code");
        app.wait(SignedDuration::from_mins(11));
        assert_eq!(app.post("/api/v1/station/pair", body!({"code": code})).send().await.code(), "pairing-invalid");
    }
}
