//! `/api/v1/incidents` and `/api/v1/notices`.

use crate::body;
use crate::flow::{Counter, OBAMA, offices};
use testkit::app::TestApp;

/// Somebody else before the camera, reported; the incident.
async fn reported<'a>(app: &'a TestApp, by: &str) -> (Counter<'a>, String) {
    let mut counter = Counter::collecting(app, OBAMA).await;
    counter.agreed().await;
    counter.captured(&["biden-1.jpg"]).await;
    by.clone_into(&mut counter.by);
    let evidence = counter.judged("different").await;
    assert_eq!(
        (evidence["evidence"]["comparison"]["band"].as_str(), evidence["suggestion"].as_str()),
        (Some("no-match"), Some("other-path"))
    );
    let view = counter.act("suspicion", body!({"person": 0, "reason": "face-differs"})).send().await.with(200);
    assert_eq!(view.at("/phase"), "reported");
    let list = app.get("/api/v1/incidents").by(&app.people.supervisor.token).send().await.with(200);
    let id = list.at("/items/0/id");
    (counter, id)
}

#[tokio::test]
async fn an_impostor_is_found_by_two() {
    for app in offices().await {
        let (counter, id) = reported(&app, &app.people.clerk.token).await;
        let supervisor = &app.people.supervisor.token;
        let path = format!("/api/v1/incidents/{id}");
        let early = app.get(&format!("{path}/case-file")).by(supervisor).send().await.with(409);
        assert_eq!(early.code(), "incident-settled");
        let early = app.post(&format!("{path}/second"), body!({})).by(supervisor).send().await;
        assert_eq!(early.code(), "judgement-missing");
        let own = app
            .post(&format!("{path}/judgement"), body!({"answer": "different"}))
            .by(supervisor)
            .send()
            .await
            .with(200);
        assert_eq!(own.at("/judgement"), "different");
        let confirmed = app.post(&format!("{path}/second"), body!({})).by(supervisor).send().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(confirmed.shown(), @r#"
            200
            {
              "closed": null,
              "closed_by": null,
              "finding": null,
              "id": "[id]",
              "meaning": "The person present and the portraits look like two persons.",
              "reason": "face-differs",
              "reported": "2026-11-21T08:00:01Z",
              "reported_by": "[id]",
              "seconded": "2026-11-21T08:00:01Z",
              "seconded_by": "[id]",
              "state": "confirmed",
              "visit": "[id]",
              "waits_for_you": false,
              "waits_until": "2026-11-22T08:00:01Z"
            }
            "#);
        }
        assert_eq!(counter.look("").send().await.with(200).at("/phase"), "suspected-impersonation");
        let file = app.get(&format!("{path}/case-file")).by(supervisor).send().await.with(200).json();
        assert_eq!(
            (file["persons"].as_array().unwrap().len(), file["incident"]["reason"].as_str()),
            (1, Some("face-differs"))
        );
        assert!(!file.to_string().contains(OBAMA));
        let notices = app.get("/api/v1/notices").by(supervisor).send().await.with(200).json();
        assert_eq!(notices["items"][0]["recipient"], "office-contacts");
        let mark = format!("/api/v1/notices/{}/state", notices["items"][0]["id"].as_str().unwrap());
        app.post(&mark, body!({"state": "sent"})).by(supervisor).send().await.with(204);
        let page = app.get("/api/v1/notices?limit=1").by(supervisor).send().await.with(200);
        let rest =
            app.get(&format!("/api/v1/notices?after={}", page.at("/next"))).by(supervisor).send().await.with(200);
        assert!(rest.json()["items"].as_array().unwrap().is_empty() && rest.json()["next"].is_null());
        let wrong = app.get("/api/v1/notices?limit=0").by(supervisor).send().await.with(400);
        assert_eq!(wrong.code(), "query-invalid");
    }
}

#[tokio::test]
async fn a_confirmed_incident_is_closed_with_a_finding() {
    for app in offices().await {
        let (_, id) = reported(&app, &app.people.both.token).await;
        let supervisor = &app.people.supervisor.token;
        let path = format!("/api/v1/incidents/{id}/close");
        let finding = body!({"finding": "handed-over"});
        let early = app.post(&path, finding).by(supervisor).send().await.with(409);
        assert_eq!(early.code(), "incident-settled");
        let judge = format!("/api/v1/incidents/{id}/judgement");
        app.post(&judge, body!({"answer": "different"})).by(supervisor).send().await.with(200);
        app.post(&format!("/api/v1/incidents/{id}/second"), body!({})).by(supervisor).send().await.with(200);
        for (token, code) in [
            (&app.people.clerk.token, "permission-missing"),
            (&app.people.administrator.token, "permission-missing"),
            (&app.people.auditor.token, "permission-missing"),
            (&app.people.both.token, "second-person-same"),
        ] {
            assert_eq!(app.post(&path, finding).by(token).send().await.with(403).code(), code);
        }
        let words = app.post(&path, body!({"finding": "It was Mr Wang."})).by(supervisor).send().await.with(422);
        assert_eq!(words.code(), "reason-unknown");
        app.wait(jiff::SignedDuration::from_mins(1));
        let closed = app.post(&path, finding).by(supervisor).send().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(closed.shown(), @r#"
            200
            {
              "closed": "2026-11-21T08:01:01Z",
              "closed_by": "[id]",
              "finding": "handed-over",
              "id": "[id]",
              "meaning": "The person present and the portraits look like two persons.",
              "reason": "face-differs",
              "reported": "2026-11-21T08:00:01Z",
              "reported_by": "[id]",
              "seconded": "2026-11-21T08:00:01Z",
              "seconded_by": "[id]",
              "state": "closed",
              "visit": "[id]",
              "waits_for_you": false,
              "waits_until": "2026-11-22T08:00:01Z"
            }
            "#);
        }
        assert_eq!(app.post(&path, finding).by(supervisor).send().await.with(409).code(), "incident-settled");
    }
}

#[tokio::test]
async fn a_supervisor_resets_failed_attempts_with_a_reason() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        counter.agreed().await;
        counter.captured(&["biden-1.jpg"]).await;
        let (supervisor, clerk) = (&app.people.supervisor.token, &app.people.clerk.token);
        let person =
            app.post("/api/v1/persons/find", body!({"number": OBAMA})).by(clerk).send().await.with(200).at("/id");
        let path = format!("/api/v1/persons/{person}/attempts/reset");
        let purpose = app.service("household.identity-card").purpose().to_owned();
        let reset = body!({"purpose": purpose, "reason": "identity-settled"});
        let total = "SELECT MAX(total) FROM attempts";
        assert_eq!(app.database().count(total).await, 1);
        for token in [clerk, &app.people.administrator.token, &app.people.auditor.token, &app.people.protection.token] {
            assert_eq!(app.post(&path, reset).by(token).send().await.with(403).code(), "permission-missing");
        }
        let unfit = body!({"purpose": purpose, "reason": "face-differs"});
        assert_eq!(app.post(&path, unfit).by(supervisor).send().await.with(422).code(), "reason-unfit");
        let other = body!({"purpose": "' OR 1=1", "reason": "identity-settled"});
        assert_eq!(app.post(&path, other).by(supervisor).send().await.with(404).code(), "not-found");
        assert_eq!(app.database().count(total).await, 1);
        app.post(&path, reset).by(supervisor).send().await.with(204);
        assert_eq!(app.database().count(total).await, 0);
        let search = body!({"kind": "attempts.reset"});
        let found = app.post("/api/v1/ledger/search", search).by(&app.people.auditor.token).send().await.with(200);
        assert_eq!(found.at("/entries/0/entry/facts/reason"), "identity-settled");
    }
}

#[tokio::test]
async fn nobody_seconds_their_own_report() {
    for app in offices().await {
        let both = &app.people.both.token;
        let (_, id) = reported(&app, both).await;
        let path = format!("/api/v1/incidents/{id}");
        for (verb, body) in [
            ("judgement", body!({"answer": "different"})),
            ("second", body!({})),
            ("dismiss", body!({"reason": "same-person"})),
        ] {
            let answer = app.post(&format!("{path}/{verb}"), body).by(both).send().await.with(403);
            assert_eq!(answer.code(), "second-person-same", "{verb}");
            let clerk = app.post(&format!("{path}/{verb}"), body).by(&app.people.clerk.token).send().await.with(403);
            assert_eq!(clerk.code(), "permission-missing", "{verb}");
        }
        let list = app.get("/api/v1/incidents").by(&app.people.supervisor.token).send().await.with(200).json();
        assert_eq!(
            (list["items"][0]["state"].as_str(), list["items"][0]["waits_for_you"].as_bool()),
            (Some("reported"), Some(true))
        );
    }
}
