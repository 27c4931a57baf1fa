//! What somebody with bad intentions, or with a nervous finger, tries on the pages of counter and station.

use crate::body;
use crate::flow::{Counter, OBAMA, offices};
use crate::sign_in::{open, submit};
use axum::http::Method;
use store::ledger::Kind;
use testkit::app::{Answer, Faces, TestApp};

/// Markup, a character of four bytes, and marks that turn the direction of what follows.
const NAME: &str = "<img src=x onerror=alert(1)> \u{20bb7}\u{202e}&\"'\u{2066}\u{5409}";
const NAME_SHOWN: &str =
    "<bdi>&#60;img src=x onerror=alert(1)&#62; \u{20bb7}\u{202e}&#38;&#34;&#39;\u{2066}\u{5409}</bdi>";

/// A form that a station's browser sends.
async fn at_station(app: &TestApp, seat: &str, form: &str) -> Answer {
    app.call(Method::POST, "/station")
        .header("accept-language", "en")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", &format!("__Host-station={seat}"))
        .bytes("application/x-www-form-urlencoded", form.as_bytes().to_vec())
        .send()
        .await
}

async fn entries(app: &TestApp, kind: Kind) -> i64 {
    app.database().count(&format!("SELECT COUNT(*) FROM ledger_entries WHERE kind = '{}'", kind.code())).await
}

async fn all_entries(app: &TestApp) -> i64 {
    app.database().count("SELECT COUNT(*) FROM ledger_entries").await
}

#[tokio::test]
async fn no_other_site_acts_at_counter_or_station() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        let before = all_entries(&app).await;
        let visit = format!("/counter/visits/{}", counter.visit);
        let cookies = format!("__Host-operator={}; __Host-station={}", app.people.clerk.token, app.people.seat);
        let foreign: [&[(&str, &str)]; 4] = [
            &[],
            &[("origin", "null"), ("host", "null")],
            &[("origin", "https://evil.example"), ("host", "counter.example")],
            &[("sec-fetch-site", "cross-site")],
        ];
        for headers in foreign {
            for (path, form) in [
                ("/counter/visits", "what=household.identity-card+collect&number=A123456789"),
                (visit.as_str(), "act=ask&revision=1&person=0&language=en"),
                (visit.as_str(), "act=give-up&revision=1"),
                ("/station", "act=agree&visit=x"),
                ("/station/unpair", ""),
                ("/account/sign-out-everywhere", ""),
            ] {
                let mut call = app.call(Method::POST, path).header("cookie", &cookies);
                for (name, value) in headers {
                    call = call.header(name, value);
                }
                let answer = call.bytes("application/x-www-form-urlencoded", form.as_bytes().to_vec()).send().await;
                assert_eq!(answer.status, 403, "{path} {headers:?}");
            }
        }
        assert_eq!(all_entries(&app).await, before);
    }
}

#[tokio::test]
async fn no_page_is_framed_or_runs_what_is_not_ours() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        let visit = format!("/counter/visits/{}", counter.visit);
        let people = &app.people;
        for (path, by) in [
            ("/", None),
            ("/sign-in", None),
            ("/station", None),
            ("/receipt", None),
            ("/counter", Some(&people.clerk)),
            (visit.as_str(), Some(&people.clerk)),
            ("/account", Some(&people.clerk)),
            ("/alarms", Some(&people.supervisor)),
            ("/offices", Some(&people.administrator)),
            ("/ledger", Some(&people.auditor)),
            ("/protection", Some(&people.protection)),
            ("/nowhere", None),
        ] {
            let page = open(&app, path, by).await;
            assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
            if path == "/nowhere" {
                continue;
            }
            let policy = page.with(200);
            let policy = policy.header("content-security-policy");
            assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
            let text = open(&app, path, by).await.text();
            assert!(
                !text.contains(" style=\"") && !text.contains("javascript:") && !text.contains(" onclick="),
                "{path}"
            );
            for script in text.split("<script").skip(1) {
                assert!(script.split('>').next().unwrap().contains(" src=\"/assets/"), "{path}: {script}");
            }
        }
    }
}

#[tokio::test]
async fn a_name_stays_a_name() {
    for app in TestApp::each(Faces::Fake).await {
        let new = body!({"number": "Z999999999", "name": NAME, "birth_date": "1980"});
        app.post("/api/v1/persons", new).by(&app.people.supervisor.token).send().await.with(201);
        let counter = Counter::collecting(&app, "Z999999999").await;
        let page = open(&app, &format!("/counter/visits/{}", counter.visit), Some(&app.people.clerk)).await.with(200);
        assert!(page.text().contains(NAME_SHOWN) && !page.text().contains("<img src=x"), "{}", page.text());
    }
}

#[tokio::test]
async fn a_second_click_and_an_old_page_do_nothing() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        let path = format!("/counter/visits/{}", counter.visit);
        let clerk = &app.people.clerk;
        let here = format!("{path}?person=0");
        let revision = async || counter.look("").send().await.with(200).json()["revision"].to_string();
        let twice = async |act: &str| {
            let form = format!("{act}&person=0&revision={}", revision().await);
            for click in 1..=2 {
                let answer = submit(&app, &path, &form, Some(clerk)).await.with(303);
                assert_eq!(answer.header("location"), here, "click {click} of {act}");
            }
            form
        };
        let asked = twice("act=ask&language=en").await;
        let task = app.get("/api/v1/station/task").by(&app.people.seat).send().await.with(200).json();
        let field = |at: &str| task.pointer(at).and_then(serde_json::Value::as_str).unwrap().to_owned();
        let (consent, hash) = (field("/notice/consent"), field("/notice/hash"));
        let agree = format!("act=agree&visit={}&person=0&consent={consent}&hash={hash}", counter.visit);
        let first = at_station(&app, &app.people.seat, &agree).await.with(200).text();
        assert!(first.contains("id=\"receipt\""));
        assert_eq!(at_station(&app, &app.people.seat, &agree).await.with(303).header("location"), "/station");
        twice("act=capture").await;
        let nonce =
            counter.station("camera", body!({"visit": counter.visit, "person": 0})).send().await.with(201).at("/nonce");
        counter.frames(&nonce, &["obama-3.jpg"]).send().await.with(200);
        twice("act=judge&answer=same").await;
        // The page from before the question, gone back to.
        let old = submit(&app, &path, &asked, Some(clerk)).await.with(303);
        assert_eq!(old.header("location"), here);
        twice("act=confirm&factor0=yes").await;
        let late = submit(&app, &path, &asked, Some(clerk)).await.with(303);
        assert_eq!(late.header("location"), here);
        // The next in the queue: the same service and the same station are chosen.
        let done = open(&app, &path, Some(clerk)).await.with(200).text();
        let next = format!("/counter?what=household.identity-card+collect&#38;station={}", app.people.station);
        assert!(done.contains(&next), "{done}");
        let counter_page = open(&app, &next.replace("&#38;", "&"), Some(clerk)).await.with(200).text();
        assert!(counter_page.contains("value=\"household.identity-card collect\" selected"));
        assert!(counter_page.contains(&format!("value=\"{}\" selected", app.people.station)));
        for kind in [Kind::ConsentRequested, Kind::ConsentGiven, Kind::CaptureAsked, Kind::Judged, Kind::Decided] {
            assert_eq!(entries(&app, kind).await, 1, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn two_clerks_at_one_visit_do_one_thing_each() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        let path = format!("/counter/visits/{}", counter.visit);
        counter.agreed().await;
        counter.captured(&["obama-3.jpg"]).await;
        let revision = counter.look("").send().await.with(200).json()["revision"].to_string();
        let judge = |answer: &str| format!("act=judge&answer={answer}&person=0&revision={revision}");
        submit(&app, &path, &judge("same"), Some(&app.people.clerk)).await.with(303);
        // The other clerk has the page of a moment ago: they see how things stand, and the judgement is the first one's.
        let other = submit(&app, &path, &judge("different"), Some(&app.people.both)).await.with(303);
        assert_eq!(other.header("location"), format!("{path}?person=0"));
        assert_eq!(entries(&app, Kind::Judged).await, 1);
        let evidence = open(&app, &format!("{path}/persons/0/evidence"), Some(&app.people.both)).await;
        assert_eq!(evidence.status, 409, "who did not judge sees no evidence");
        // A clerk of another office has no such visit.
        assert_eq!(open(&app, &path, Some(&app.people.stranger)).await.status, 404);
        let foreign = submit(&app, &path, "act=give-up&revision=0", Some(&app.people.stranger)).await.with(303);
        assert!(foreign.header("location").ends_with("problem=not-found"));
        assert_eq!(entries(&app, Kind::Decided).await, 0);
    }
}

#[tokio::test]
async fn a_station_that_lies_answers_for_nobody() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        counter.act("consent", body!({"person": 0, "language": "en"})).send().await.with(200);
        let task = app.get("/api/v1/station/task").by(&app.people.seat).send().await.with(200).json();
        let field = |at: &str| task.pointer(at).and_then(serde_json::Value::as_str).unwrap().to_owned();
        let (consent, hash) = (field("/notice/consent"), field("/notice/hash"));
        let agree = |person: u32, hash: &str| {
            format!("act=agree&visit={}&person={person}&consent={consent}&hash={hash}", counter.visit)
        };
        // The station of another office; a text that nobody was shown; a person who was not asked; nothing that was asked at all.
        for (seat, form) in [
            (&app.people.other_seat, agree(0, &hash)),
            (&app.people.seat, agree(0, &"0".repeat(64))),
            (&app.people.seat, agree(1, &hash)),
            (&app.people.seat, format!("act=agree&visit={}&person=0", counter.visit)),
            (&app.people.seat, format!("act=other-path&visit={}&person=7", counter.visit)),
        ] {
            let answer = at_station(&app, seat, &form).await.with(303);
            assert!(answer.header("location").starts_with("/station"), "{form}");
            let state = counter.look("").send().await.with(200).at("/persons/0/state");
            assert_eq!(state, "consent-asked", "{form}");
        }
        // Nor can it open the camera before anybody agreed, or send pictures without one.
        let early = counter.station("camera", body!({"visit": counter.visit, "person": 0})).send().await;
        assert!(early.status == 409 || early.status == 403, "{}", early.status);
        let frames = counter.frames("none", &["obama-3.jpg"]).send().await;
        assert!((400..500).contains(&frames.status.into()), "{}", frames.status);
        assert_eq!(entries(&app, Kind::ConsentGiven).await + entries(&app, Kind::CaptureOpened).await, 0);
        // What the pages listen to can be read and not written.
        let said = app.post("/api/v1/events", body!({"kind": "consent.given"})).by(&app.people.seat).send().await;
        assert_eq!(said.status, 405);
        let forged = at_station(&app, "st_forged", &agree(0, &hash)).await.with(303);
        assert_eq!(forged.header("location"), "/station");
    }
}

#[tokio::test]
async fn no_stored_text_becomes_markup_on_any_page() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        let admin = &people.administrator.token;
        let office = people.office.as_str();
        let new = body!({"name": NAME, "contacts": [{"kind": "agency-inbox", "value": NAME}]});
        app.call(Method::PUT, &format!("/api/v1/offices/{office}")).by(admin).json(new).send().await.with(200);
        let new = body!({"office": office, "name": NAME, "kind": "counter"});
        app.post("/api/v1/stations", new).by(admin).send().await.with(201);
        let new = body!({"login": "hostile", "name": NAME, "standing": {"office": office, "roles": ["clerk"]}});
        let operator = app.post("/api/v1/operators", new).by(admin).send().await.with(201).at("/operator");
        let new = body!({"number": "Z999999999", "name": NAME, "birth_date": "1980", "address": NAME});
        let person = app.post("/api/v1/persons", new).by(&people.supervisor.token).send().await.with(201).at("/id");
        let counter = Counter::collecting(&app, "Z999999999").await;
        let mut shown = 0;
        for (path, by) in [
            ("/counter".to_owned(), &people.clerk),
            (format!("/counter/visits/{}", counter.visit), &people.clerk),
            ("/offices".to_owned(), &people.administrator),
            (format!("/offices/{office}"), &people.administrator),
            ("/operators".to_owned(), &people.administrator),
            (format!("/operators/{operator}"), &people.administrator),
            ("/system".to_owned(), &people.administrator),
            (format!("/register/persons/{person}"), &people.supervisor),
            ("/alarms".to_owned(), &people.supervisor),
            ("/notices".to_owned(), &people.supervisor),
            ("/ledger".to_owned(), &people.auditor),
            ("/protection".to_owned(), &people.protection),
            ("/protection/figures".to_owned(), &people.protection),
        ] {
            let text = open(&app, &path, Some(by)).await.with(200).text();
            assert!(!text.contains("<img src=x"), "{path}");
            shown += usize::from(text.contains("&#60;img src=x onerror=alert(1)&#62;"));
        }
        for (path, form, by) in [
            ("/ledger", "number=Z999999999", &people.auditor),
            ("/protection/access", "number=Z999999999&language=en", &people.protection),
        ] {
            let text = submit(&app, path, form, Some(by)).await.text();
            assert!(!text.contains("<img src=x"), "{path}");
        }
        assert!(shown >= 6, "the names are shown on {shown} pages only");
    }
}
