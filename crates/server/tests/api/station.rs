//! `/api/v1/stations` and `/api/v1/station`.

use crate::body;
use crate::flow::{Counter, OBAMA, offices};
use axum::http::Method;
use jiff::SignedDuration;
use serde_json::Value;
use testkit::app::{Faces, TestApp, fixture};

const CONSENTS: &str = "SELECT COUNT(*) FROM consents";

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

#[tokio::test]
async fn a_person_reads_the_question_in_another_language() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        let english = counter.asked().await;
        let reword = |language: &str| body!({"visit": counter.visit, "person": 0, "language": language}).clone();
        let asked = app.database().count(CONSENTS).await;
        let chinese = counter.station("language", &reword("zh-Hant")).send().await.with(200).json();
        assert_eq!((&chinese["stage"], &chinese["notice"]["language"]), (&"notice".into(), &"zh-Hant".into()));
        assert_ne!(chinese["notice"]["hash"], english["notice_hash"]);
        // Who agrees agrees to the text that was shown last.
        let stale = counter.station("consent", &english).send().await;
        assert!((400..500).contains(&stale.status), "{}", stale.status);
        assert_eq!(counter.station("language", &reword("fr")).send().await.code(), "language-unknown");
        let hash = &chinese["notice"]["hash"];
        let consent = &chinese["notice"]["consent"];
        let agree =
            body!({"visit": counter.visit, "person": 0, "consent": consent, "notice_hash": hash, "agree": true});
        counter.station("consent", agree).send().await.with(200);
        // The screen goes on in that language.
        let task = app.get("/api/v1/station/task").by(&app.people.seat).send().await.with(200).json();
        assert_eq!((&task["stage"], &task["language"]), (&"wait".into(), &"zh-Hant".into()));
        let late = counter.station("language", &reword("en")).send().await;
        assert_eq!(late.code(), "transition-refused");
        assert_eq!(app.database().count(CONSENTS).await, asked, "another language is no second question");
    }
}

#[tokio::test]
async fn a_camera_is_coached_and_nothing_is_kept() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        counter.agreed().await;
        let nonce = counter.camera().await;
        let look = async |nonce: &str, pictures: &[&str]| {
            let pictures: Vec<Vec<u8>> = pictures.iter().map(|name| fixture(name)).collect();
            let call = app.call(Method::POST, "/api/v1/station/look").by(&app.people.seat);
            call.pictures(&[("nonce", nonce)], &pictures).send().await
        };
        let before = app.database().count("SELECT COUNT(*) FROM ledger_entries").await;
        let good = look(&nonce, &["obama-3.jpg"]).await.with(200).json();
        assert_eq!(good["usable"], true);
        assert!(good["face"].as_array().is_some_and(|face| face.len() == 4));
        let nobody = look(&nonce, &["no-face.jpg"]).await.with(200).json();
        assert_eq!(
            (&nobody["usable"], &nobody["hints"][0], &nobody["face"]),
            (&false.into(), &"no-face".into(), &Value::Null)
        );
        let dark = look(&nonce, &["dark.jpg"]).await.with(200).json();
        assert!(!dark["hints"].as_array().unwrap().is_empty());
        assert_eq!(look(&nonce, &["obama-3.jpg", "obama-3.jpg"]).await.code(), "form-invalid");
        assert!((400..500).contains(&look("none", &["obama-3.jpg"]).await.status));
        assert_eq!(app.database().count("SELECT COUNT(*) FROM ledger_entries").await, before);
        assert_eq!(app.database().count("SELECT COUNT(*) FROM bio_frames").await, 0);
        // The capture is as good as before, and closes with its pictures.
        counter.frames(&nonce, &["obama-3.jpg"]).send().await.with(200);
        assert!((400..500).contains(&look(&nonce, &["obama-3.jpg"]).await.status));
    }
}
