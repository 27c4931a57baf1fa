//! `/api/v1/agencies`, and the notices that really go out: to an agency that is slow, wrong, down or hostile on command.

use crate::body;
use crate::flow::{OBAMA, enrol};
use jiff::SignedDuration;
use serde_json::Value;
use server::webhook::Poster;
use server::work::deliver;
use std::collections::BTreeSet;
use std::time::Duration;
use testkit::agency::{Agency, Manner};
use testkit::app::{Faces, TestApp};

/// What the registration of a change discloses to each of its recipients is in the definition; the record allows all of it here.
const ALL: &[&str] = &["name", "number", "birth-date", "address", "event-kind", "event-date", "outcome"];

/// An installation with one enrolled person, on each database.
async fn towns() -> Vec<TestApp> {
    let apps = TestApp::each(Faces::Fake).await;
    for app in &apps {
        enrol(app, OBAMA, None).await;
    }
    apps
}

/// The agency's record: its id and its secret.
async fn recorded(app: &TestApp, code: &str, agency: &Agency, fields: &[&str]) -> (String, String) {
    let new = body!({"code": code, "name": "An agency", "endpoint": agency.endpoint(), "purpose": "A test.", "fields": fields});
    let added = app.post("/api/v1/agencies", new).by(&app.people.administrator.token).send().await.with(201);
    let (id, secret) = (added.at("/agency/id"), added.at("/secret"));
    agency.hold(&[&secret]);
    (id, secret)
}

/// A change in the register that is confirmed on papers, and of which the person wants `tell` to be told.
async fn changed(app: &TestApp, tell: &[&str]) -> String {
    let by = &app.people.clerk.token;
    let open = body!({"service": "household.registration", "variant": "change", "channel": "counter"});
    let visit = app.post("/api/v1/visits", open).by(by).send().await.with(201).at("/id");
    let act = async |verb: &str, body: &Value| {
        app.post(&format!("/api/v1/visits/{visit}/{verb}"), body).by(by).send().await.with(200)
    };
    act("claim", body!({"person": 0, "number": OBAMA})).await;
    act("other-path", body!({"person": 0, "reason": "person-prefers"})).await;
    act("papers", body!({"person": 0, "reason": "photo-document"})).await;
    act("outcome/confirm", body!({"tell": tell})).await;
    visit
}

async fn notices(app: &TestApp) -> Vec<Value> {
    let page = app.get("/api/v1/notices").by(&app.people.supervisor.token).send().await.with(200).json();
    page["items"].as_array().unwrap().clone()
}

/// The delivery of the only notice.
async fn delivery(app: &TestApp) -> Value {
    let id = notices(app).await[0]["id"].as_str().unwrap().to_owned();
    app.get(&format!("/api/v1/notices/{id}/delivery")).by(&app.people.supervisor.token).send().await.with(200).json()
}

async fn round(app: &TestApp) -> u64 {
    deliver::round(&app.app, &Poster::new(false).unwrap()).await.unwrap()
}

async fn entries(app: &TestApp, kind: &str) -> i64 {
    app.database().count(&format!("SELECT COUNT(*) FROM ledger_entries WHERE kind = '{kind}'")).await
}

#[tokio::test]
async fn an_agency_is_told_what_service_and_record_allow_and_nothing_else() {
    for app in towns().await {
        let (immigration, farmers) = (Agency::begin().await, Agency::begin().await);
        recorded(&app, "immigration", &immigration, ALL).await;
        recorded(&app, "farmers-association", &farmers, &["address", "event-kind"]).await;
        let visit = changed(&app, &["immigration", "farmers-association"]).await;
        assert_eq!(round(&app).await, 2);
        let [got] = &immigration.received()[..] else { panic!("told once") };
        assert_eq!(
            (&got.verified[..], got.content_type.as_str()),
            (&[0][..], "application/cloudevents+json; charset=utf-8")
        );
        let event = got.json();
        let office = app.people.office.as_str();
        let expected = body!({
            "specversion": "1.0", "id": got.id, "source": format!("https://counter.example/offices/{office}"),
            "type": "countenance.visit.confirmed", "subject": visit, "time": event["time"],
            "datacontenttype": "application/json",
            "data": {
                "service": "household.registration", "event_kind": "change", "event_date": "2026-11-21",
                // The definition discloses neither date of birth nor address to this recipient.
                "persons": [{"role": "applicant", "name": format!("Person {OBAMA}"), "number": OBAMA}],
            },
        });
        assert_eq!(&event, expected);
        let [got] = &farmers.received()[..] else { panic!("told once") };
        let expected = body!({
            "service": "household.registration", "event_kind": "change",
            "persons": [{"role": "applicant", "address": null}],
        });
        assert_eq!(&got.json()["data"], expected);
        assert!(notices(&app).await.iter().all(|notice| notice["state"] == "sent"));
        assert_eq!((entries(&app, "notice.sending").await, entries(&app, "notice.delivered").await), (2, 2));
        let receipt = delivery(&app).await;
        assert_eq!((receipt["attempts"][0]["status"].as_u64(), &receipt["next_at"]), (Some(200), &Value::Null));
        assert_eq!(receipt["attempts"][0]["sent_sha256"].as_str().unwrap().len(), 64);
        assert_eq!(round(&app).await, 0);
    }
}

#[tokio::test]
async fn a_retry_keeps_the_id_and_comes_later_each_time() {
    for mut app in towns().await {
        let mut agency = Agency::begin().await;
        recorded(&app, "immigration", &agency, ALL).await;
        changed(&app, &["immigration"]).await;
        let redirect = Manner::Header(302, "location: http://169.254.169.254/latest/meta-data".to_owned());
        let wrong = [Manner::Status(500), redirect, Manner::Garbage, Manner::HangsUp, Manner::EndlessHead];
        agency.behave(&[&wrong[..], &[Manner::Accepts]].concat());
        for pause in [7, 19, 55, 163, 487] {
            assert_eq!(round(&app).await, 1);
            assert_eq!(round(&app).await, 0, "too early");
            app.wait(SignedDuration::from_secs(pause));
        }
        agency.down();
        assert_eq!(round(&app).await, 1);
        app.wait(SignedDuration::from_mins(30));
        agency.up().await;
        assert_eq!(round(&app).await, 1);
        let received = agency.received();
        let ids: BTreeSet<&str> = received.iter().map(|one| one.id.as_str()).collect();
        assert_eq!((received.len(), ids.len()), (6, 1));
        assert!(received.iter().all(|one| one.verified == [0] && one.body == received[0].body));
        assert!(received.iter().all(|one| one.line == "POST /hooks HTTP/1.1"), "a redirect was followed");
        app.sign_in_again().await;
        let seen = delivery(&app).await;
        let told: Vec<String> = seen["attempts"]
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .map(|one| match one["status"].as_u64() {
                Some(status) => status.to_string(),
                None => one["failure"].as_str().unwrap().to_owned(),
            })
            .collect();
        assert_eq!(told, ["500", "302", "not-http", "unreachable", "not-http", "unreachable", "200"]);
        assert_eq!((entries(&app, "notice.sending").await, entries(&app, "notice.delivered").await), (1, 1));
    }
}

#[tokio::test]
async fn a_hostile_agency_costs_ten_seconds_at_most() {
    for app in towns().await {
        let agency = Agency::begin().await;
        recorded(&app, "immigration", &agency, ALL).await;
        let manners = [Manner::Endless, Manner::DripsBody, Manner::DripsHead, Manner::Slow(Duration::from_mins(1))];
        for _ in &manners {
            changed(&app, &["immigration"]).await;
        }
        agency.behave(&manners);
        let started = std::time::Instant::now();
        assert_eq!(round(&app).await, 4);
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        // Who said yes has it, whatever follows; who said nothing in time has it perhaps, and gets it again.
        let of = async |rest: &str| app.database().count(&format!("SELECT COUNT(*) FROM {rest}")).await;
        assert_eq!((of("notices WHERE state = 'sent'").await, of("notices WHERE state = 'waiting'").await), (2, 2));
        assert_eq!(of("notice_attempts WHERE status = 200 AND failure = 'answer-cut'").await, 2);
        assert_eq!(of("notice_attempts WHERE status IS NULL AND failure = 'time-over'").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_side_by_side_send_nothing_twice() {
    for app in towns().await {
        let agency = Agency::begin().await;
        recorded(&app, "immigration", &agency, ALL).await;
        for _ in 0..10 {
            changed(&app, &["immigration"]).await;
        }
        agency.behave(&[Manner::Slow(Duration::from_millis(50))]);
        let work = async || {
            let mut count = 0;
            loop {
                match deliver::round(&app.app, &Poster::new(false).unwrap()).await {
                    Ok(0) => return count,
                    Ok(more) => count += more,
                    Err(error) => assert!(error.is_busy(), "{error}"),
                }
            }
        };
        let (first, second, third) = tokio::join!(work(), work(), work());
        assert_eq!(first + second + third, 10);
        let received = agency.received();
        let ids: BTreeSet<&str> = received.iter().map(|one| one.id.as_str()).collect();
        assert_eq!((received.len(), ids.len()), (10, 10));
        assert!(agency.open_most() > 1);
        assert_eq!(entries(&app, "notice.delivered").await, 10);
    }
}

#[tokio::test]
async fn whoever_is_killed_after_sending_leaves_a_notice_that_is_sent_again_with_the_same_id() {
    for app in towns().await {
        let agency = Agency::begin().await;
        let (id, _) = recorded(&app, "immigration", &agency, ALL).await;
        changed(&app, &["immigration"]).await;
        let desk = &app.app.desk;
        let claimed = casework::desk::delivery::claim(desk, app.now(), &id.parse().unwrap(), 10).await.unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!(deliver::send(&app.app, &Poster::new(false).unwrap(), &claimed[0]).await.status, Some(200));
        // The process ends here. Nobody else sends it while the claim lasts.
        drop(claimed);
        assert_eq!((round(&app).await, agency.received().len()), (0, 1));
        app.wait(SignedDuration::from_secs(61));
        assert_eq!((round(&app).await, agency.received().len()), (1, 2));
        let received = agency.received();
        assert_eq!(received[0].id, received[1].id);
        assert_eq!(received[0].body, received[1].body);
        assert_ne!(received[0].timestamp, received[1].timestamp);
        assert_eq!(notices(&app).await[0]["state"], "sent");
    }
}

#[tokio::test]
async fn a_dead_letter_is_sent_again_by_a_button() {
    for mut app in towns().await {
        let agency = Agency::begin().await;
        recorded(&app, "immigration", &agency, ALL).await;
        changed(&app, &["immigration"]).await;
        agency.behave(&[Manner::Status(503)]);
        let mut hours = 0;
        while app.database().count("SELECT COUNT(*) FROM notices WHERE state = 'waiting'").await == 1 {
            round(&app).await;
            app.wait(SignedDuration::from_hours(1));
            hours += 1;
            assert!(hours < 80, "it never gives up");
        }
        assert!(hours > 70, "it gave up after {hours} hours");
        app.sign_in_again().await;
        assert_eq!(notices(&app).await[0]["state"], "failed");
        assert_eq!((round(&app).await, entries(&app, "notice.dead").await), (0, 1));
        let tries = agency.received().len();
        assert!((10..40).contains(&tries), "{tries}");
        agency.behave(&[Manner::Accepts]);
        let again = format!("/api/v1/notices/{}/resend", notices(&app).await[0]["id"].as_str().unwrap());
        app.post(&again, body!({})).by(&app.people.clerk.token).send().await.with(403);
        app.post(&again, body!({})).by(&app.people.supervisor.token).send().await.with(204);
        app.post(&again, body!({})).by(&app.people.supervisor.token).send().await.with(409);
        assert_eq!(round(&app).await, 1);
        let received = agency.received();
        assert_eq!((received.len(), &received[0].id), (tries + 1, &received[tries].id));
        assert_eq!(notices(&app).await[0]["state"], "sent");
    }
}

#[tokio::test]
async fn nothing_goes_to_a_paused_agency_and_one_that_is_gone_is_paused() {
    for mut app in towns().await {
        let agency = Agency::begin().await;
        let (id, _) = recorded(&app, "immigration", &agency, ALL).await;
        let path = format!("/api/v1/agencies/{id}");
        let act = async |app: &TestApp, verb: &str| {
            app.post(&format!("{path}/{verb}"), body!({})).by(&app.people.administrator.token).send().await.with(200)
        };
        assert_eq!(act(&app, "pause").await.at("/paused_why"), "by-hand");
        changed(&app, &["immigration"]).await;
        assert_eq!((round(&app).await, agency.received().len()), (0, 0));
        assert_eq!(act(&app, "resume").await.at("/state"), "active");
        agency.behave(&[Manner::Status(410), Manner::Accepts]);
        assert_eq!(round(&app).await, 1);
        let seen = app.get(&path).by(&app.people.administrator.token).send().await.with(200);
        assert_eq!((seen.at("/state"), seen.at("/paused_why")), ("paused".to_owned(), "gone".to_owned()));
        app.wait(SignedDuration::from_hours(200));
        assert_eq!(round(&app).await, 0);
        app.sign_in_again().await;
        act(&app, "resume").await;
        assert_eq!((round(&app).await, agency.received().len()), (1, 2));
        assert_eq!(notices(&app).await[0]["state"], "sent");
        assert_eq!((entries(&app, "agency.paused").await, entries(&app, "agency.resumed").await), (2, 2));
    }
}

#[tokio::test]
async fn while_a_new_secret_takes_over_both_sign() {
    for mut app in towns().await {
        let agency = Agency::begin().await;
        let (id, old) = recorded(&app, "immigration", &agency, ALL).await;
        let renew = format!("/api/v1/agencies/{id}/secret");
        let renewed = app.post(&renew, body!({"overlap_hours": 24})).by(&app.people.administrator.token).send().await;
        let new = renewed.with(200).at("/secret");
        assert!(old.starts_with("whsec_") && new.starts_with("whsec_") && old != new);
        agency.hold(&[&old, &new]);
        let mut verified = Vec::new();
        for hours in [0, 23, 2] {
            app.wait(SignedDuration::from_hours(hours));
            app.sign_in_again().await;
            changed(&app, &["immigration"]).await;
            assert_eq!(round(&app).await, 1);
            verified.push(agency.received().last().unwrap().verified.clone());
        }
        assert_eq!(verified, [vec![0, 1], vec![0, 1], vec![1]]);
        assert_eq!(casework::desk::delivery::tidy(&app.app.desk, app.now()).await.unwrap(), 1);
        assert_eq!(app.database().count("SELECT COUNT(*) FROM agency_secrets").await, 1);
        let sealed = "SELECT COUNT(*) FROM agency_secrets WHERE key_id LIKE 'operator%'";
        assert_eq!(app.database().count(sealed).await, 1);
    }
}

#[tokio::test]
async fn only_administrators_keep_agencies_and_secrets_are_shown_once() {
    for app in towns().await {
        let agency = Agency::begin().await;
        let (id, secret) = recorded(&app, "immigration", &agency, &["name"]).await;
        let (administrator, supervisor) = (&app.people.administrator.token, &app.people.supervisor.token);
        let shown = app.get("/api/v1/agencies").by(administrator).send().await.with(200).json().to_string();
        assert!(shown.contains("immigration") && !shown.contains(&secret) && !shown.contains("whsec_"));
        for path in ["/api/v1/agencies".to_owned(), format!("/api/v1/agencies/{id}")] {
            assert_eq!(app.get(&path).by(supervisor).send().await.with(403).code(), "permission-missing");
        }
        let new = |code: &str, endpoint: &str, fields: &[&str]| {
            body!({"code": code, "name": "n", "endpoint": endpoint, "purpose": "p", "fields": fields}).clone()
        };
        for (request, code) in [
            (new("tax", "http://tax.example/", &[]), "endpoint-unfit"),
            (new("tax", "https://user:word@tax.example/", &[]), "endpoint-unfit"),
            (new("office-contacts", "https://tax.example/", &[]), "row-invalid"),
            (new("tax", "https://tax.example/", &["name", "name"]), "row-invalid"),
            (new("immigration", "https://tax.example/", &[]), "already-exists"),
        ] {
            let refused = app.post("/api/v1/agencies", &request).by(administrator).send().await;
            assert_eq!(refused.code(), code, "{request}");
        }
        let picture = new("tax", "https://tax.example/", &["portrait"]);
        assert!(app.post("/api/v1/agencies", &picture).by(administrator).send().await.status >= 400);
        let change = body!({"name": "Other", "endpoint": "https://tax.example/in?key=1", "purpose": "p", "fields": []});
        let path = format!("/api/v1/agencies/{id}");
        let changed = app.call(axum::http::Method::PUT, &path).json(change).by(administrator).send().await.with(200);
        assert_eq!((changed.at("/name"), changed.at("/code")), ("Other".to_owned(), "immigration".to_owned()));
        let told = "SELECT COUNT(*) FROM ledger_entries WHERE entry LIKE '%key=1%' OR entry LIKE '%whsec_%'";
        assert_eq!(app.database().count(told).await, 0);
        assert_eq!((entries(&app, "agency.added").await, entries(&app, "agency.changed").await), (1, 1));
    }
}

/// Runs the lines that `docs/WEBHOOKS.md` gives to agencies; what they print. Nothing without Python.
fn verified(case: &Value) -> Option<String> {
    let page = include_str!("../../../../docs/WEBHOOKS.md");
    let lines = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let script = format!(
        "{lines}\nimport json, sys\ncase = json.loads(sys.argv[1])\ntry:\n    \
         print(verify(case['headers'], case['body'].encode(), case['secrets'], case['now']))\nexcept ValueError as e:\n    print(e)"
    );
    let run = std::process::Command::new("python3").args(["-c", &script, &case.to_string()]).output();
    #[expect(clippy::print_stderr, reason = "whoever runs the tests must see that this one did not run")]
    let Ok(run) = run else {
        eprintln!("SKIPPED: no python3");
        return None;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(String::from_utf8(run.stdout).unwrap().trim().to_owned())
}

#[tokio::test]
async fn the_lines_of_the_page_verify_what_is_sent() {
    let app = towns().await.remove(0);
    let agency = Agency::begin().await;
    let (_, secret) = recorded(&app, "immigration", &agency, ALL).await;
    changed(&app, &["immigration"]).await;
    assert_eq!(round(&app).await, 1);
    let got = &agency.received()[0];
    let body = String::from_utf8(got.body.clone()).unwrap();
    let now: i64 = got.timestamp.parse().unwrap();
    let case = |body: &str, secrets: &[&str], now: i64| {
        let headers =
            body!({"webhook-id": got.id, "webhook-timestamp": got.timestamp, "webhook-signature": got.signature});
        verified(body!({"headers": headers, "body": body, "secrets": secrets, "now": now}))
    };
    let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let Some(id) = case(&body, &[other, &secret], now + 10) else { return };
    assert_eq!(id, got.id);
    for (body, secrets, at) in [
        (body.replace("applicant", "impostor"), &[secret.as_str()][..], now),
        (body.clone(), &[other], now),
        (body.clone(), &[&secret], now + 301),
    ] {
        assert_ne!(case(&body, secrets, at), Some(got.id.clone()));
    }
}
