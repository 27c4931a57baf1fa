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

#[tokio::test]
async fn signed_checkpoints_come_in_pages() {
    for app in TestApp::each(Faces::Fake).await {
        let (desk, auditor) = (&app.app.desk, &app.people.auditor.token);
        let empty = app.get("/api/v1/ledger/register/checkpoints").by(auditor).send().await.with(200).json();
        assert_eq!(empty["items"].as_array().unwrap().len(), 0);
        let mut roots = Vec::new();
        for number in ["A123456789", "B198765432", "C100200300"] {
            enrol(&app, number, None).await;
            roots.push(casework::desk::upkeep::checkpoint(desk, app.now()).await.unwrap().unwrap());
            app.wait(jiff::SignedDuration::from_secs(1));
        }
        for tree in ["register", "shards"] {
            let (mut seen, mut after) = (Vec::new(), String::new());
            loop {
                let path = format!("/api/v1/ledger/{tree}/checkpoints?limit=2{after}");
                let page = app.get(&path).by(auditor).send().await.with(200).json();
                seen.extend(page["items"].as_array().unwrap().clone());
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={next}");
            }
            assert_eq!(seen.len(), 3, "{tree}");
            assert!(seen.windows(2).all(|pair| pair[0]["place"].as_i64() > pair[1]["place"].as_i64()), "{seen:?}");
            assert_eq!(seen[0]["at"], "2026-11-21T08:00:02Z");
            for (signed, root) in seen.iter().rev().zip(&roots) {
                assert!(tree == "register" || signed["note"] == root.as_str());
                let compare = body!({"note": signed["note"]});
                app.post("/api/v1/ledger/compare", compare).by(auditor).send().await.with(200);
            }
        }
        for (path, code) in [("nothing", "not-found"), ("register?after=x", "query-invalid")] {
            let (tree, query) = path.split_once('?').unwrap_or((path, ""));
            let wrong = app.get(&format!("/api/v1/ledger/{tree}/checkpoints?{query}")).by(auditor).send().await;
            assert_eq!(wrong.code(), code, "{path}");
        }
        let clerk = app.get("/api/v1/ledger/register/checkpoints").by(&app.people.clerk.token).send().await.with(403);
        assert_eq!(clerk.code(), "permission-missing");
    }
}
