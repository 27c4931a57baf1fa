//! `/api/v1/system`.

use axum::http::Method;
use serde_json::Value;
use testkit::app::{Faces, TestApp};

#[tokio::test]
async fn an_administrator_sees_numbers_and_no_secret() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        let answer = app.get("/api/v1/system").by(&people.administrator.token).send().await.with(200);
        let seen = answer.json();
        assert!(["sqlite", "postgresql"].contains(&seen["database"].as_str().unwrap()));
        assert_eq!(seen["pack"]["models"].as_array().unwrap().len(), app.app.desk.engine.pack().models().len());
        let point = &seen["calibration"]["points"][0];
        assert_eq!(point["fmr_max"], 1e-4);
        assert!((85.0..95.0).contains(&point["similarity"].as_f64().unwrap()), "{point}");
        assert!(seen["calibration"]["data"].as_array().is_some_and(|data| !data.is_empty()));
        assert_eq!((&seen["work"]["visits"], &seen["work"]["imports"]), (&Value::from(0), &Value::from(0)));
        assert!(seen["retention"].is_null() && seen["checkpoint"].is_null());
        let ids = app.app.desk.ring.key_ids();
        let keys = seen["keys"].as_array().unwrap();
        let names: Vec<&str> = keys.iter().map(|key| key["name"].as_str().unwrap()).collect();
        assert_eq!(names, ids.iter().map(seal::keys::KeyId::as_str).collect::<Vec<_>>());
        assert!(keys.iter().all(|key| key["in_use"] == true && key.as_object().unwrap().len() == 5));
    }
}

#[tokio::test]
async fn what_the_upkeep_did_is_told() {
    for app in TestApp::each(Faces::Fake).await {
        let administrator = app.people.administrator.token.as_str();
        casework::desk::upkeep::checkpoint(&app.app.desk, app.now()).await.unwrap();
        let seen = app.get("/api/v1/system").by(administrator).send().await.with(200).json();
        assert_eq!(
            (&seen["checkpoint"]["number"], seen["checkpoint"]["at"].as_str()),
            (&Value::from(0), Some("2026-11-21T08:00:00Z"))
        );
        // Nothing is left of the sessions of everybody, long after they have ended.
        app.wait(jiff::SignedDuration::from_hours(24 * 4000));
        while casework::desk::upkeep::sweep(&app.app.desk, app.now()).await.unwrap().more {}
        let admin = app.people.administrator.id.clone();
        let mut tx = app.app.desk.db.write().await.unwrap();
        let means = app.app.desk.means(app.now());
        let lasts = jiff::SignedDuration::from_hours(1);
        let fresh =
            store::session::create(&mut tx, &means, &admin, store::session::Factor::Passkey, lasts).await.unwrap();
        let act = store::ledger::Act::new(
            store::ledger::Kind::SignedIn,
            store::ledger::Shard::Register,
            &store::ledger::Actor::System,
        );
        store::ledger::append(&mut tx, &means, &act).await.unwrap();
        tx.commit().await.unwrap();
        let seen = app.get("/api/v1/system").by(&format!("op_{}", fresh.token.as_str())).send().await.with(200).json();
        assert!(
            seen["retention"]["deleted"]["sessions"].as_u64().is_some_and(|count| count > 0),
            "{}",
            seen["retention"]
        );
        assert!(seen["keys"].as_array().unwrap().iter().any(|key| key["is_due"] == true));
    }
}

#[tokio::test]
async fn nobody_else_sees_the_installation() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        for token in [&people.clerk.token, &people.supervisor.token, &people.auditor.token, &people.protection.token] {
            let answer = app.call(Method::GET, "/api/v1/system").by(token).send().await.with(403);
            assert_eq!(answer.code(), "permission-missing");
        }
        app.get("/api/v1/system").send().await.with(401);
    }
}
