//! `/api/v1/ledger`, `/api/v1/access` and `/api/v1/statistics`.

use crate::body;
use crate::flow::{Counter, OBAMA, enrol, offices};
use testkit::app::{Faces, TestApp};

#[tokio::test]
async fn an_auditor_asks_who_looked() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        counter.agreed().await;
        counter.captured(&["obama-2.jpg"]).await;
        let auditor = &app.people.auditor.token;
        let person = app.post("/api/v1/ledger/pseudonym", body!({"number": OBAMA})).by(auditor).send().await.with(200);
        let search = body!({"person": person.at("/pseudonym"), "kind": "portrait.opened", "limit": 200});
        let found = app.post("/api/v1/ledger/search", search).by(auditor).send().await.with(200).json();
        let entries = found["entries"].as_array().unwrap();
        assert!(
            !entries.is_empty() && entries.iter().all(|entry| entry["entry"]["kind"] == "portrait.opened"),
            "{found}"
        );
        assert!(!found.to_string().contains(OBAMA));
        casework::desk::upkeep::checkpoint(&app.app.desk, app.now()).await.unwrap();
        let (shard, seq) = (entries[0]["shard"].as_str().unwrap(), &entries[0]["seq"]);
        let proof =
            app.get(&format!("/api/v1/ledger/{shard}/entries/{seq}/proof")).by(auditor).send().await.with(200).json();
        let keys = app.get("/api/v1/ledger/keys").send().await.with(200);
        assert_eq!(keys.at("/origin"), "counter.example");
        let ring = app.app.desk.ring.public_keys(seal::keys::SignUse::Ledger);
        let verifiers = store::ledger::checkpoint::verifiers("counter.example", shard, &ring).unwrap();
        let proof: store::ledger::proof::Inclusion = serde_json::from_value(proof).unwrap();
        proof.verify(&verifiers).unwrap();
        let root = app.get("/api/v1/ledger/root").by(auditor).send().await.with(200).at("/root");
        app.post("/api/v1/ledger/compare", body!({"note": root})).by(auditor).send().await.with(200);
        let forged = body!({"note": root.replace("counter.example", "other.example")});
        assert_eq!(app.post("/api/v1/ledger/compare", forged).by(auditor).send().await.code(), "checkpoint-invalid");
        app.get(&format!("/api/v1/ledger/{shard}/consistency?old=1&new=2")).by(auditor).send().await.with(200);
        let export = app.get("/api/v1/ledger/export").by(auditor).send().await.with(200);
        assert_eq!(export.header("content-type"), "application/x-ndjson");
        assert!(export.text().lines().count() > 20 && !export.text().contains(OBAMA));
    }
}

#[tokio::test]
async fn only_an_auditor_reads_the_ledger() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        for token in
            [&people.clerk.token, &people.supervisor.token, &people.administrator.token, &people.protection.token]
        {
            for path in ["/api/v1/ledger/root", "/api/v1/ledger/export", "/api/v1/ledger/register/entries/0/proof"] {
                assert_eq!(app.get(path).by(token).send().await.with(403).code(), "permission-missing", "{path}");
            }
            let search = app.post("/api/v1/ledger/search", body!({})).by(token).send().await.with(403);
            assert_eq!(search.code(), "permission-missing");
        }
        let auditor = &people.auditor.token;
        for path in [
            "/api/v1/ledger/nothing/entries/0/proof",
            "/api/v1/ledger/register/entries/99999/proof",
            "/api/v1/ledger/register/consistency?old=5&new=3",
        ] {
            let answer = app.get(path).by(auditor).send().await;
            assert!((400..500).contains(&answer.status), "{path} {}", answer.shown());
        }
        let huge = app.get("/api/v1/ledger/register/entries/18446744073709551615/proof").by(auditor).send().await;
        assert_eq!(huge.with(400).code(), "path-invalid");
        let limit = app.post("/api/v1/ledger/search", body!({"limit": 0})).by(auditor).send().await.with(400);
        assert_eq!(limit.code(), "body-invalid");
    }
}

#[tokio::test]
async fn a_person_is_told_everything_and_forgotten() {
    for app in TestApp::each(Faces::Fake).await {
        enrol(&app, OBAMA, None).await;
        let (officer, clerk) = (&app.people.protection.token, &app.people.clerk.token);
        let request = body!({"number": OBAMA});
        let told = app.post("/api/v1/access/answer", request).by(officer).send().await.with(200).text();
        assert!(told.contains(OBAMA) && told.contains("person.enrolled"), "{told}");
        assert_eq!(
            app.post("/api/v1/access/answer", request).by(clerk).send().await.with(403).code(),
            "permission-missing"
        );
        app.post("/api/v1/access/erase", request).by(officer).send().await.with(200);
        let gone = app.post("/api/v1/persons/find", request).by(clerk).send().await.with(404);
        assert_eq!(gone.code(), "person-unknown");
        app.get("/api/v1/statistics").by(officer).send().await.with(200);
        assert_eq!(app.get("/api/v1/statistics").by(clerk).send().await.with(403).code(), "permission-missing");
    }
}
