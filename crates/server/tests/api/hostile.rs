//! Requests that no honest caller sends: each class of them, at every place where it could do harm.

use crate::body;
use crate::openapi::{document, operations};
use axum::body::Body;
use axum::http::{HeaderValue, Method, Request};
use serde_json::{Value, json};
use testkit::app::{Answer, Faces, TestApp};

/// A path of the document with something in its places.
fn filled(path: &str, with: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { with } else { part }).collect::<Vec<_>>().join("/")
}

/// The token that an operation asks for.
fn token<'a>(app: &'a TestApp, operation: &Value) -> &'a str {
    if operation.pointer("/security/0/station").is_some() { &app.people.seat } else { &app.people.clerk.token }
}

#[tokio::test]
async fn what_asks_for_a_token_has_no_other_way_in() {
    let all = operations(&document());
    for app in TestApp::each(Faces::Fake).await {
        let closed = all.iter().filter(|(.., operation)| operation["security"].is_array());
        for (from, (path, method, operation)) in (1..).zip(closed) {
            let path = filled(path, "0");
            let wrong_kind = if operation.pointer("/security/0/station").is_some() {
                &app.people.administrator.token
            } else {
                &app.people.seat
            };
            let both = operation["security"].as_array().unwrap().len() > 1;
            for by in [None, Some("op_x"), Some("st_x"), Some(wrong_kind.as_str()).filter(|_| !both)] {
                let call = app.call(method.clone(), &path).from(from);
                let call = if let Some(by) = by { call.by(by) } else { call };
                let answer = call.bytes("application/json", b"{".to_vec()).send().await;
                let code = answer.code();
                let refused = ["sign-in-needed", "session-ended", "station-unknown"].contains(&code.as_str());
                assert!(answer.status == 401 && refused, "{method} {path} {by:?}: {}", answer.text());
                assert_eq!(answer.header("www-authenticate"), "Bearer", "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn a_method_that_is_not_there_is_refused_with_those_that_are() {
    let document = document();
    for app in TestApp::each(Faces::Fake).await {
        for (from, (path, item)) in (1..).zip(document["paths"].as_object().unwrap()) {
            let known: Vec<String> = item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
                if known.iter().any(|known| known == method.as_str()) {
                    continue;
                }
                let answer = app.call(method.clone(), &filled(path, "0")).from(from).send().await;
                assert_eq!((answer.status, answer.code().as_str()), (405, "method-not-allowed"), "{method} {path}");
                let allowed = answer.header("allow");
                assert!(known.iter().all(|known| allowed.split(',').any(|one| one == known)), "{path}: {allowed}");
            }
        }
    }
}

/// PostgreSQL can hold no U+0000 and SQLite can: both refuse it, at every place where a text comes in.
#[tokio::test]
async fn a_zero_character_comes_in_nowhere() {
    let all = operations(&document());
    for app in TestApp::each(Faces::Fake).await {
        for (from, (path, method, operation)) in (1..).zip(&all) {
            if operation.pointer("/requestBody/content/application~1json").is_none() {
                continue;
            }
            let call = app.call(method.clone(), &filled(path, "00000000000000000000000000")).from(from);
            let call = call.by(token(&app, operation)).bytes("application/json", br#"{"person":"a\u0000b"}"#.to_vec());
            let answer = call.send().await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "body-invalid"), "{method} {path}");
        }
        let people = &app.people;
        for (path, by, code) in [
            ("/api/v1/services/%00", &people.clerk.token, "path-invalid"),
            ("/api/v1/ledger/%00/consistency?old=0&new=1", &people.auditor.token, "path-invalid"),
            ("/api/v1/ledger/register/consistency?old=0&new=%00", &people.auditor.token, "query-invalid"),
            ("/api/v1/offices?after=a%00", &people.administrator.token, "query-invalid"),
            ("/api/v1/services/household.marriage/notice?language=%00", &people.clerk.token, "query-invalid"),
        ] {
            assert_eq!(app.get(path).by(by).send().await.with(400).code(), code, "{path}");
        }
        for field in ["person", "actor", "service", "kind", "shard"] {
            let search = json!({field: "a\0"});
            let answer = app.post("/api/v1/ledger/search", &search).by(&people.auditor.token).send().await;
            assert_eq!(answer.with(400).code(), "body-invalid", "{field}");
        }
        let cursor = body!({"after": {"at_ms": 0, "shard": "\0", "seq": 0}});
        app.post("/api/v1/ledger/search", cursor).by(&people.auditor.token).send().await.with(400);
        let form = app.call(Method::POST, "/api/v1/station/frames").by(&people.seat);
        let answer = form.pictures(&[("nonce", "a\0b")], &[vec![0]]).send().await;
        assert!((400..500).contains(&answer.status), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_body_is_one_object_of_its_fields() {
    for app in TestApp::each(Faces::Fake).await {
        let by = &app.people.clerk.token;
        let find =
            |text: &[u8]| app.call(Method::POST, "/api/v1/persons/find").by(by).bytes("application/json", text.into());
        for text in [
            &br#"["A123456789"]"#[..],
            br#" ["A123456789"]"#,
            br#""A123456789""#,
            br#"{"number":"\ud800"}"#,
            br#"{"number":"\udc00\ud800"}"#,
            b"{\"number\":\"\xed\xa0\x80\"}",
            br#"{"number":"A123456789"}{}"#,
            br#"{"number":"A123456789",}"#,
            b"\xef\xbb\xbf{\"number\":\"A123456789\"}",
            br#"{"number":["A123456789"]}"#,
            br#"{"number":1e400}"#,
            b"{\"number\":\"a\nb\"}",
        ] {
            let answer = find(text).send().await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (400, "body-invalid"),
                "{}",
                String::from_utf8_lossy(text)
            );
        }
        for kind in ["", "text/json", "application/json+x", "multipart/form-data", "application/x-www-form-urlencoded"]
        {
            let call = app.call(Method::POST, "/api/v1/persons/find").by(by).bytes(kind, b"{}".to_vec());
            assert_eq!(call.send().await.with(415).code(), "media-type-unsupported", "{kind}");
        }
        for kind in ["application/json", "Application/JSON", "application/json; charset=utf-8"] {
            let number = br#"{"number":"A123456789"}"#.to_vec();
            let call = app.call(Method::POST, "/api/v1/persons/find").by(by).bytes(kind, number);
            assert_eq!(call.send().await.with(404).code(), "person-unknown", "{kind}");
        }
    }
}

#[tokio::test]
async fn the_ends_of_numbers_and_of_the_calendar_are_no_failure() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        let answers = |answer: Answer, what: String| {
            assert!(answer.status < 500, "{what}: {}", answer.text());
            assert!(answer.status < 400 || !answer.code().is_empty(), "{what}");
        };
        for number in ["0", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "1e19", "0.5"]
        {
            for (method, path, by, body) in [
                ("POST", "/api/v1/ledger/search", &people.auditor.token, format!(r#"{{"limit":{number}}}"#)),
                (
                    "POST",
                    "/api/v1/ledger/search",
                    &people.auditor.token,
                    format!(r#"{{"after":{{"at_ms":{number},"shard":"x","seq":{number}}}}}"#),
                ),
                (
                    "POST",
                    "/api/v1/visits/00000000000000000000000000/claim",
                    &people.clerk.token,
                    format!(r#"{{"person":{number},"number":"A123456789"}}"#),
                ),
            ] {
                let call =
                    app.call(method.parse().unwrap(), path).by(by).bytes("application/json", body.clone().into());
                answers(call.send().await, body);
            }
            for path in [
                format!("/api/v1/ledger/register/consistency?old={number}&new={number}"),
                format!("/api/v1/ledger/register/consistency?old=1&new={number}"),
                format!("/api/v1/ledger/register/entries/{number}/proof"),
            ] {
                answers(app.get(&path).by(&people.auditor.token).send().await, path);
            }
            let path = format!("/api/v1/visits/00000000000000000000000000/persons/{number}/pictures");
            answers(app.get(&path).by(&people.clerk.token).send().await, path);
        }
        let days =
            ["-009999-01-01", "-009999-12-31", "0000-01-01", "0001-01-01", "9999-12-30", "9999-12-31", "10000-01-01"];
        for day in days {
            let standing = json!({"roles": ["clerk"], "office": people.office.as_str(), "trained_on": day});
            let path = format!("/api/v1/operators/{}", people.untrained.id);
            let call = app.call(Method::PUT, &path).by(&people.administrator.token).json(&standing);
            answers(call.send().await, day.to_owned());
            let person = body!({"number": "A123456789", "name": "x", "birth_date": day});
            answers(app.post("/api/v1/persons", person).by(&people.supervisor.token).send().await, day.to_owned());
            for moment in [format!("{day}T00:00:00Z"), format!("{day}T23:59:59.999999999-23:59")] {
                let search = json!({"from": moment, "until": moment});
                let answer = app.post("/api/v1/ledger/search", &search).by(&people.auditor.token).send().await;
                answers(answer, moment.clone());
                let path = format!("/api/v1/visits?since={moment}");
                answers(app.get(&path).by(&people.clerk.token).send().await, path);
            }
            for until in days {
                let new =
                    json!({"guardian": "00000000000000000000000000", "ground": "parent", "since": day, "until": until});
                let path = "/api/v1/persons/00000000000000000000000001/guardians";
                answers(app.post(path, &new).by(&people.supervisor.token).send().await, format!("{day} {until}"));
            }
        }
    }
}

#[tokio::test]
async fn headers_that_are_no_text_are_refused_or_passed_over() {
    for app in TestApp::each(Faces::Fake).await {
        let opaque = HeaderValue::from_bytes(b"\xff\xfe").unwrap();
        let bearer = format!("Bearer {}", app.people.clerk.token);
        let request = |name: &str, value: HeaderValue| {
            let request = Request::post("/api/v1/persons/find").header("authorization", &bearer);
            let request = request.header("content-type", "application/json");
            let mut request = request.body(Body::from(r#"{"number":"A123456789"}"#)).unwrap();
            request.headers_mut().insert(axum::http::HeaderName::try_from(name).unwrap(), value);
            app.send(request)
        };
        for (name, status, code) in [
            ("authorization", 401, "sign-in-needed"),
            ("content-type", 415, "media-type-unsupported"),
            ("idempotency-key", 400, "idempotency-key-invalid"),
            ("x-forwarded-for", 404, "person-unknown"),
            ("x-request-id", 404, "person-unknown"),
        ] {
            let answer = request(name, opaque.clone()).await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{name}");
        }
        for value in ["\u{ff}", "-1", "x", "9223372036854775808"] {
            let call = app.get("/api/v1/events").by(&app.people.clerk.token).header("last-event-id", value);
            assert_eq!(call.send().await.with(400).code(), "query-invalid", "{value:?}");
        }
    }
}
