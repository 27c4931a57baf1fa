//! `/api/v1/visits` and the station's side of them.

use crate::body;
use crate::flow::{BIDEN, Counter, OBAMA, offices};
use testkit::app::{Faces, TestApp, fixture};

#[expect(clippy::too_many_lines, reason = "one visit from its first call to its last, with each answer as it comes")]
#[tokio::test]
async fn a_person_collects_a_card() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        let opened = counter.look("").send().await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(opened.shown(), @r#"
            200
            {
              "channel": "counter",
              "closed": null,
              "expires": "2026-11-21T10:00:01Z",
              "id": "[id]",
              "offers": [
                {
                  "act": "ask-consent",
                  "person": 0
                },
                {
                  "act": "refuse-consent",
                  "person": 0
                },
                {
                  "act": "withdraw-consent",
                  "person": 0
                },
                {
                  "act": "take-other-path",
                  "person": 0
                },
                {
                  "act": "report",
                  "person": 0
                },
                {
                  "act": "refer",
                  "person": null
                },
                {
                  "act": "give-up",
                  "person": null
                },
                {
                  "act": "abandon",
                  "person": null
                }
              ],
              "office": "[id]",
              "opened": "2026-11-21T08:00:01Z",
              "persons": [
                {
                  "claimed": {
                    "camera_from": null,
                    "camera_off": false,
                    "comparable": true,
                    "consent": null,
                    "guardian_answers": false,
                    "id": "[id]",
                    "name": "Person A123456789",
                    "number": "•••••••789",
                    "portraits": [
                      {
                        "quality": 97,
                        "source": "identity-card",
                        "taken_on": "2012-12"
                      }
                    ]
                  },
                  "person": 0,
                  "role": "applicant",
                  "state": "claimed",
                  "title": {
                    "en": "Applicant",
                    "zh-Hans": "申请人",
                    "zh-Hant": "申請人"
                  }
                }
              ],
              "phase": "open",
              "report": null,
              "revision": 2,
              "service": "household.identity-card",
              "service_version": "1",
              "station": "[id]",
              "title": {
                "en": "Collect or replace an identity card",
                "zh-Hans": "领取或换补身份证",
                "zh-Hant": "領取或換補國民身分證"
              },
              "variant": "collect"
            }
            "#);
        }
        let receipt = counter.agreed().await;
        let taken = counter.captured(&["obama-2.jpg", "no-face.jpg"]).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(taken.shown(), @r#"
            200
            {
              "frames": [
                {
                  "action": null,
                  "refused": null
                },
                {
                  "action": "Look at the camera; have light on the face; take off what covers it.",
                  "refused": "no-face"
                }
              ],
              "usable": true
            }
            "#);
        }
        let pictures = counter.look("/persons/0/pictures").send().await.with(200).json();
        assert_eq!(
            (pictures["live"].as_array().unwrap().len(), pictures["portraits"].as_array().unwrap().len()),
            (1, 1)
        );
        let evidence = counter.judged("same").await;
        assert_eq!(
            (evidence["evidence"]["comparison"]["band"].as_str(), evidence["suggestion"].as_str()),
            (Some("match"), Some("confirm"))
        );
        assert!(evidence["evidence"]["comparison"]["similarity"].as_f64().unwrap() > 90.0);
        assert_eq!(counter.look("/persons/0/evidence").send().await.with(200).json()["evidence"], evidence["evidence"]);
        let none = counter.act("outcome/confirm", body!({})).send().await.with(409);
        assert_eq!(none.code(), "second-factor-missing");
        let done = counter.act("outcome/confirm", body!({"factors_shown": [0]})).send().await.with(200);
        assert_eq!(
            (done.at("/phase").as_str(), done.json()["persons"][0]["claimed"]["name"].is_null()),
            ("confirmed", true)
        );
        assert_eq!(app.database().count("SELECT COUNT(*) FROM bio_frames").await, 0);
        let late = Counter { app: &app, visit: counter.visit.clone(), by: app.people.both.token.clone() };
        let late = late.act("outcome/confirm", body!({"factors_shown": [0]})).send().await.with(409);
        assert_eq!(late.code(), "visit-decided", "a colleague who comes too late is told so, not to judge");
        let gone = counter.look("/persons/0/pictures").send().await.with(409);
        assert_eq!(gone.code(), "pictures-closed");
        let known = app.post("/api/v1/receipts/show", body!({"receipt": receipt})).send().await.with(200).json();
        assert_eq!(known["consent"]["schema_version"], "ISO/IEC TS 27560:2023");
        let kinds: Vec<&str> =
            known["entries"].as_array().unwrap().iter().filter_map(|entry| entry["kind"].as_str()).collect();
        assert!(kinds.contains(&"consent.given") && kinds.contains(&"evidence.opened"), "{kinds:?}");
    }
}

#[tokio::test]
async fn a_refusal_costs_nothing() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        let mut answer = counter.asked().await;
        answer["agree"] = false.into();
        let answered = counter.station("consent", &answer).send().await.with(200).json();
        assert_eq!((answered["agreed"].as_bool(), answered["receipt"].is_null()), (Some(false), true));
        assert!(answered["bring"]["en"].as_str().is_some_and(|text| !text.is_empty()));
        counter.act("papers", body!({"person": 0, "reason": "papers-agree"})).send().await.with(200);
        let done = counter.act("outcome/confirm", body!({})).send().await.with(200);
        assert_eq!(done.at("/phase"), "confirmed");
        assert_eq!(app.database().count("SELECT COUNT(*) FROM bio_templates").await, 0);
    }
}

/// The attack list of the counter: each is tried and refused, and nothing has moved after it.
#[tokio::test]
async fn nothing_opens_out_of_turn() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        let capture = counter.act("capture", body!({"person": 0})).send().await.with(409);
        assert_eq!(capture.code(), "consent-first");
        let answer = counter.asked().await;
        // An operator cannot answer for the person, and another station not for this one.
        let by_clerk = app.post("/api/v1/station/consent", &answer).by(&app.people.clerk.token).send().await.with(401);
        assert_eq!(by_clerk.code(), "sign-in-needed");
        let elsewhere = app.post("/api/v1/station/consent", &answer).by(&app.people.other_seat).send().await;
        assert_eq!(elsewhere.with(404).code(), "not-found");
        let mut other_text = answer.clone();
        other_text["notice_hash"] = "0".repeat(64).into();
        assert_eq!(counter.station("consent", &other_text).send().await.with(409).code(), "notice-other");
        counter.station("consent", &answer).send().await.with(200);
        assert_eq!(counter.station("consent", &answer).send().await.with(409).code(), "transition-refused");
        let other = Counter::collecting(&app, BIDEN).await;
        let mut replayed = answer.clone();
        replayed["visit"] = other.visit.as_str().into();
        assert_eq!(other.station("consent", &replayed).send().await.with(409).code(), "transition-refused");
        assert_eq!(other.act("capture", body!({"person": 0})).send().await.with(409).code(), "consent-first");

        let nonce = counter.camera().await;
        let stolen = app.call(axum::http::Method::POST, "/api/v1/station/frames").by(&app.people.other_seat);
        let stolen = stolen.pictures(&[("nonce", nonce.as_str())], &[fixture("obama-2.jpg")]).send().await;
        assert_eq!(stolen.code(), "capture-ended");
        counter.frames(&nonce, &["obama-2.jpg"]).send().await.with(200);
        assert_eq!(counter.frames(&nonce, &["obama-2.jpg"]).send().await.code(), "capture-ended");

        let early = counter.look("/persons/0/evidence").send().await;
        assert_eq!(early.code(), "judgement-missing");
        let early = counter.act("outcome/confirm", body!({"factors_shown": [0]})).send().await.with(409);
        assert_eq!(early.code(), "judgement-first");
        let judge = body!({"person": 0, "answer": "same"});
        for token in [&app.people.untrained.token, &app.people.supervisor.token, &app.people.auditor.token] {
            let path = format!("/api/v1/visits/{}/judgement", counter.visit);
            assert_eq!(app.post(&path, judge).by(token).send().await.status, 403);
        }
        counter.judged("same").await;
        assert_eq!(counter.act("judgement", judge).send().await.with(409).code(), "transition-refused");
    }
}

#[tokio::test]
async fn another_offices_visit_does_not_exist() {
    for app in offices().await {
        let counter = Counter::collecting(&app, OBAMA).await;
        let foreign = Counter { app: &app, visit: counter.visit.clone(), by: app.people.stranger.token.clone() };
        for what in ["", "/persons/0/pictures", "/persons/0/evidence"] {
            assert_eq!(foreign.look(what).send().await.with(404).code(), "not-found", "{what}");
        }
        for (verb, body) in [
            ("claim", body!({"person": 0, "number": BIDEN})),
            ("consent", body!({"person": 0, "language": "en"})),
            ("station", body!({"station": app.people.station.as_str()})),
            ("other-path", body!({"person": 0, "reason": "person-prefers"})),
            ("capture", body!({"person": 0})),
            ("capture/end", body!({"person": 0})),
            ("judgement", body!({"person": 0, "answer": "same"})),
            ("papers", body!({"person": 0, "reason": "papers-agree"})),
            ("outcome/confirm", body!({})),
            ("outcome/refer", body!({"to": "more-documents", "reason": "papers-missing"})),
            ("outcome/leave", body!({"how": "abandoned"})),
            ("suspicion", body!({"person": 0, "reason": "papers-forged"})),
        ] {
            assert_eq!(foreign.act(verb, body).send().await.with(404).code(), "not-found", "{verb}");
        }
        let list = app.get("/api/v1/visits").by(&app.people.stranger.token).send().await.with(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 0);
        let list = app.get("/api/v1/visits?open_only=true&limit=1").by(&app.people.clerk.token).send().await.with(200);
        assert_eq!(list.at("/items/0/id"), counter.visit);
        let task = app.get("/api/v1/station/task").by(&app.people.other_seat).send().await.with(200);
        assert_eq!(task.at("/stage"), "idle");
    }
}

#[tokio::test]
async fn uploads_are_bounded() {
    for app in TestApp::each(Faces::Fake).await {
        let seat = &app.people.seat;
        let send = |fields: &[(&str, &str)], pictures: &[Vec<u8>]| {
            let call = app.call(axum::http::Method::POST, "/api/v1/station/frames").by(seat);
            call.pictures(fields, pictures).send()
        };
        let nonce = [("nonce", "x")];
        assert_eq!(send(&nonce, &vec![vec![1]; 9]).await.with(400).code(), "form-invalid");
        assert_eq!(send(&nonce, &[vec![0; 25 * 1024 * 1024]]).await.with(413).code(), "body-too-large");
        assert_eq!(send(&[], &[vec![1]]).await.with(400).code(), "form-invalid");
        assert_eq!(send(&[("nonce", "x"), ("nonce", "y")], &[vec![1]]).await.with(400).code(), "form-invalid");
        assert_eq!(send(&nonce, &[]).await.with(422).code(), "frames-unfit");
        assert_eq!(send(&nonce, &[vec![1]]).await.code(), "capture-ended");
        let raw =
            app.call(axum::http::Method::POST, "/api/v1/station/frames").by(seat).bytes("multipart/form-data", vec![]);
        assert_eq!(raw.send().await.with(400).code(), "form-invalid");
        let supervisor = &app.people.supervisor.token;
        let person = crate::flow::enrol(&app, OBAMA, None).await;
        let path = format!("/api/v1/persons/{person}/portraits?source=counter");
        let large =
            app.call(axum::http::Method::POST, &path).by(supervisor).bytes("image/jpeg", vec![0; 33 * 1024 * 1024]);
        assert_eq!(large.send().await.with(413).code(), "body-too-large");
        let none = app.call(axum::http::Method::POST, &path).by(supervisor).bytes("image/jpeg", b"no picture".to_vec());
        assert!((400..500).contains(&none.send().await.status));
        let kind = app.call(axum::http::Method::POST, &path).by(supervisor).bytes("image/gif", b"GIF89a".to_vec());
        assert_eq!(kind.send().await.with(415).code(), "media-type-unsupported");
    }
}

#[tokio::test]
async fn a_marriage_needs_two_persons() {
    for app in offices().await {
        let clerk = &app.people.clerk.token;
        let service = app.service("household.marriage");
        let variant = service.definition().variants[0].id.clone();
        let open = body!({"service": "household.marriage", "variant": variant, "channel": "counter"});
        let visit = app.post("/api/v1/visits", open).by(clerk).send().await.with(201).at("/id");
        let counter = Counter { app: &app, visit, by: clerk.clone() };
        counter.act("claim", body!({"person": 0, "number": OBAMA})).send().await.with(200);
        let twice = counter.act("claim", body!({"person": 1, "number": OBAMA})).send().await.with(409);
        assert_eq!(twice.code(), "visit-person-twice");
        let third = counter.act("claim", body!({"person": 2, "number": BIDEN})).send().await.with(422);
        assert_eq!(third.code(), "visit-person-unknown");
        counter.act("claim", body!({"person": 1, "number": BIDEN})).send().await.with(200);
        for person in [0, 1] {
            let early = counter.act("outcome/confirm", body!({})).send().await.with(409);
            assert_eq!(early.code(), "not-settled");
            counter.act("other-path", body!({"person": person, "reason": "person-prefers"})).send().await.with(200);
            counter.act("papers", body!({"person": person, "reason": "papers-agree"})).send().await.with(200);
        }
        counter.act("outcome/confirm", body!({})).send().await.with(200);
    }
}
