//! Everything that is no proper request is refused with a problem document, whatever it is.

use crate::body;
use axum::body::Body;
use axum::http::{Method, Request};
use proptest::prelude::*;
use testkit::app::{Faces, TestApp};

#[tokio::test]
async fn every_wrong_request_has_its_code() {
    for app in TestApp::each(Faces::Fake).await {
        let admin = &app.people.administrator.token;
        let office =
            |text: &str| app.call(Method::POST, "/api/v1/offices").by(admin).bytes("application/json", text.into());
        let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
        let long = format!("{{\"code\":\"{}\"}}", "x".repeat(70_000));
        let number = "{\"code\":\"a\",\"name\":1e999}";
        for (text, status, code) in [
            ("", 400, "body-invalid"),
            ("{", 400, "body-invalid"),
            ("null", 400, "body-invalid"),
            ("{\"code\":1,\"name\":\"x\"}", 400, "body-invalid"),
            ("{\"code\":\"a\",\"name\":\"x\",\"extra\":1}", 400, "body-invalid"),
            ("{\"code\":\"a\",\"code\":\"b\",\"name\":\"x\"}", 400, "body-invalid"),
            (number, 400, "body-invalid"),
            (deep.as_str(), 400, "body-invalid"),
            (long.as_str(), 413, "body-too-large"),
        ] {
            let answer = office(text).send().await;
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{text:.60}");
        }
        let utf8 =
            app.call(Method::POST, "/api/v1/offices").by(admin).bytes("application/json", vec![b'"', 0xff, b'"']);
        assert_eq!(utf8.send().await.code(), "body-invalid");
        let form = app.call(Method::POST, "/api/v1/offices").by(admin).bytes("text/plain", b"{}".to_vec());
        assert_eq!(form.send().await.with(415).code(), "media-type-unsupported");
    }
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    for app in TestApp::each(Faces::Fake).await {
        let nowhere = app.get("/nowhere").send().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(nowhere.shown(), @r#"
            404
            {
              "action": "Look it up in /api/v1/openapi.json.",
              "code": "route-unknown",
              "detail": "",
              "status": 404,
              "title": "There is nothing at this address.",
              "type": "about:blank"
            }
            "#);
        }
        let answer = app.call(Method::PATCH, "/api/v1/offices").send().await.with(405);
        assert_eq!((answer.code().as_str(), answer.header("allow")), ("method-not-allowed", "GET,HEAD,POST"));
        let answer = app.call(Method::OPTIONS, "/api/v1/health/live").send().await.with(405);
        assert_eq!(answer.header("allow"), "GET,HEAD");
        let head = app.call(Method::HEAD, "/api/v1/health/live").send().await.with(200);
        assert!(head.body.is_empty() && head.header("content-length") != "0");
        let admin = &app.people.administrator.token;
        for path in
            ["/api/v1/offices/nothing/close", "/api/v1/offices/%00/close", "/api/v1/offices/..%2f..%2fetc/close"]
        {
            assert_eq!(app.call(Method::POST, path).by(admin).send().await.with(400).code(), "path-invalid", "{path}");
        }
        for query in ["?limit=0", "?limit=201", "?limit=x", "?limit=-1", "?nothing=1", "?after=x", "?limit=1&limit=2"] {
            let answer = app.get(&format!("/api/v1/offices{query}")).by(admin).send().await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "query-invalid"), "{query}");
        }
    }
}

#[tokio::test]
async fn every_answer_is_safe_to_show() {
    for app in TestApp::each(Faces::Fake).await {
        for answer in [app.get("/api/v1/health/live").send().await, app.get("/nowhere").send().await] {
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
            assert_eq!(answer.header("strict-transport-security"), "max-age=63072000");
            assert_eq!(answer.header("x-request-id").len(), 16);
        }
    }
}

#[tokio::test]
async fn a_token_is_of_one_kind() {
    for app in TestApp::each(Faces::Fake).await {
        let people = &app.people;
        let bare = people.clerk.token.trim_start_matches("op_");
        for token in ["", "op_", "st_", "op_x", bare, &people.seat, &format!("st_{bare}"), &format!("op_{bare}x")] {
            let answer = app.get("/api/v1/sessions").by(token).send().await.with(401);
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{token}");
        }
        let basic = app.get("/api/v1/sessions").header("authorization", &format!("Basic {}", people.clerk.token));
        assert_eq!(basic.send().await.with(401).code(), "sign-in-needed");
        assert_eq!(app.get("/api/v1/sessions").send().await.with(401).code(), "sign-in-needed");
        app.get("/api/v1/sessions").by(&people.clerk.token).send().await.with(200);
    }
}

#[tokio::test]
async fn one_address_has_its_share() {
    for app in TestApp::each(Faces::Fake).await {
        let wrong = body!({"login": "nobody", "password": "x", "code": "000000"});
        let mut refused = 0;
        for _ in 0..40 {
            let answer = app.post("/api/v1/station/pair", body!({"code": "00000000"})).send().await;
            if answer.status == 429 {
                assert_eq!(answer.code(), "too-many-requests");
                assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
                refused += 1;
            }
        }
        assert!(refused >= 8, "{refused}");
        // The same share holds for every secret.
        assert_eq!(app.post("/api/v1/sessions", wrong).send().await.status, 429);
        app.get("/api/v1/health/live").send().await.with(200);
    }
}

/// SQL, markup, letters that cannot be seen: every text field takes them as text or refuses them, and never fails inside.
#[tokio::test]
async fn no_text_reaches_the_database_as_anything_else() {
    let texts = [
        "' OR '1'='1",
        "x'); DROP TABLE persons; --",
        "\0",
        "\u{202e}",
        "$1",
        "%s%n",
        "<script>",
        "𝔘𝔫𝔦",
        "'",
        "\\",
        "\u{ffff}",
    ];
    for app in TestApp::each(Faces::Fake).await {
        let (admin, supervisor, clerk) =
            (&app.people.administrator.token, &app.people.supervisor.token, &app.people.clerk.token);
        let before = app.database().count("SELECT COUNT(*) FROM offices").await;
        for text in texts {
            for answer in [
                app.post(
                    "/api/v1/offices",
                    body!({"code": text, "name": text, "contacts": [{"kind": "email", "value": text}]}),
                )
                .by(admin)
                .send()
                .await,
                app.post("/api/v1/operators", body!({"login": text, "name": text, "standing": {"roles": [text]}}))
                    .by(admin)
                    .send()
                    .await,
                app.post("/api/v1/stations", body!({"office": app.people.office.as_str(), "name": text, "kind": text}))
                    .by(admin)
                    .send()
                    .await,
                app.post("/api/v1/persons/find", body!({"number": text})).by(clerk).send().await,
                app.post("/api/v1/persons", body!({"number": text, "name": text, "birth_date": text}))
                    .by(supervisor)
                    .send()
                    .await,
                app.post("/api/v1/station/pair", body!({"code": text})).key("k").send().await,
                app.post("/api/v1/sessions/passkey", body!({"challenge": text, "response": {"id": text}})).send().await,
            ] {
                assert!((400..500).contains(&answer.status), "{text:?}: {}", answer.shown());
            }
        }
        assert_eq!(app.database().count("SELECT COUNT(*) FROM offices").await, before);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever bytes come as a body: a problem document, never a failure inside.
    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), json in "[\\[\\]{}:,\"a-z0-9.eE\\\\ -]{0,80}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let database = testkit::store::fresh(store::db::Dialect::Sqlite).await.unwrap();
            let app = TestApp::begin(database, std::sync::Arc::new(Faces::Fake.engine())).await;
            for body in [bytes, json.into_bytes()] {
                let request = Request::builder().method("POST").uri("/api/v1/persons/find")
                    .header("authorization", format!("Bearer {}", app.people.clerk.token))
                    .header("content-type", "application/json").body(Body::from(body)).unwrap();
                let answer = app.send(request).await;
                assert_eq!((answer.status, answer.code().as_str()), (400, "body-invalid"));
            }
        });
    }
}
