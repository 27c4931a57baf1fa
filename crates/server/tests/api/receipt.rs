//! `/api/v1/receipts`: what a person can do without an account.

use crate::body;
use crate::flow::{Counter, OBAMA, offices};

#[tokio::test]
async fn a_receipt_withdraws_once_and_for_all() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        let receipt = counter.agreed().await;
        let captured = counter.captured(&["obama-2.jpg"]).await;
        assert_eq!(captured.json()["usable"], true);
        assert_eq!(app.database().count("SELECT COUNT(*) FROM bio_templates").await, 1);
        let shown = body!({"receipt": receipt});
        let withdrawn = app.post("/api/v1/receipts/withdraw", shown).send().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(withdrawn.shown(), @r#"
            200
            {
              "certificate": "[signed]",
              "claims": {
                "deleted": {
                  "evidences": 1,
                  "frames": 1,
                  "keys": 3,
                  "templates": 1
                },
                "iat": 1795248001,
                "iss": "https://counter.example",
                "jti": "[id]",
                "ledger": {
                  "seq": 8,
                  "shard": "[id]"
                },
                "sub": "[id]",
                "withdrawn_at": 1795248001
              }
            }
            "#);
        }
        for table in ["bio_templates", "bio_frames"] {
            assert_eq!(app.database().count(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
        }
        // The next call is blocked, and so is every one after it.
        assert_eq!(
            counter.act("judgement", body!({"person": 0, "answer": "same"})).send().await.with(409).code(),
            "transition-refused"
        );
        assert_eq!(counter.act("capture", body!({"person": 0})).send().await.status, 409);
        let again = app.post("/api/v1/receipts/withdraw", shown).send().await.with(200).json();
        assert_eq!((again["claims"]["deleted"]["keys"].as_u64(), again["claims"]["ledger"].is_null()), (Some(0), true));
        let state = counter.look("").send().await.with(200);
        assert_eq!(state.at("/persons/0/state"), "other-path");
    }
}

#[tokio::test]
async fn a_receipt_is_whole_or_none() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        let receipt = counter.agreed().await;
        let (head, signature) = receipt.rsplit_once('.').unwrap();
        let swapped = format!("{}.{}.{signature}", head.split('.').next().unwrap(), "e30");
        let texts =
            ["", "x", "a.b.c", &swapped, &receipt[..receipt.len() - 2], &format!("{receipt}x"), &format!("{head}.")];
        for (number, text) in texts.into_iter().enumerate() {
            for act in ["show", "withdraw"] {
                let answer = app.post(&format!("/api/v1/receipts/{act}"), body!({"receipt": text})).send().await;
                assert_eq!(answer.code(), "token-invalid", "{number} {act}");
            }
        }
        app.post("/api/v1/receipts/show", body!({"receipt": receipt})).send().await.with(200);
    }
}

#[tokio::test]
async fn a_withdrawal_is_declared_at_the_counter_or_to_the_protection_officer() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        counter.agreed().await;
        let consent = counter.look("").send().await.with(200).at("/persons/0/claimed/consent");
        let path = format!("/api/v1/consents/{consent}/withdrawal");
        let clerk = app.post(&path, body!({})).by(&app.people.clerk.token).send().await;
        assert_eq!(clerk.with(404).code(), "not-found");
        let done = app.post(&path, body!({})).by(&app.people.protection.token).send().await.with(200);
        assert_eq!(done.at("/claims/jti"), consent);
        let other = Counter::collecting(&app, OBAMA).await;
        other.agreed().await;
        let consent = other.look("").send().await.with(200).at("/persons/0/claimed/consent");
        assert_eq!(counter.act("withdrawal", body!({"consent": consent})).send().await.with(404).code(), "not-found");
        other.act("withdrawal", body!({"consent": consent})).send().await.with(200);
    }
}

#[tokio::test]
async fn the_protection_officer_reads_the_record_of_a_consent() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        let receipt = counter.agreed().await;
        let consent = counter.look("").send().await.with(200).at("/persons/0/claimed/consent");
        let path = format!("/api/v1/consents/{consent}");
        let read = app.get(&path).by(&app.people.protection.token).send().await.with(200).json();
        let known = app.post("/api/v1/receipts/show", body!({"receipt": receipt})).send().await.with(200).json();
        assert_eq!(read, known["consent"], "the officer sees another record than the person");
        assert!(!read.to_string().contains(OBAMA));
        let told: Vec<&str> =
            known["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
        assert!(told.contains(&"consent.read"), "the person is not told who looked: {told:?}");
        for token in [&app.people.clerk.token, &app.people.supervisor.token, &app.people.administrator.token] {
            assert_eq!(app.get(&path).by(token).send().await.with(403).code(), "permission-missing");
        }
        let nothing = app.get("/api/v1/consents/01kaj0000000000000000000zz").by(&app.people.protection.token);
        assert_eq!(nothing.send().await.with(404).code(), "not-found");
    }
}
