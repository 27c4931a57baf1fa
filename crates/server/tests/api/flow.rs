//! A visit at the counter, step by step, as clerk and station call the API.

use crate::body;
use serde_json::Value;
use testkit::app::{Answer, Call, Faces, TestApp, fixture};

pub(crate) const OBAMA: &str = "A123456789";
pub(crate) const BIDEN: &str = "B198765432";

/// A visit and who sees to it.
pub(crate) struct Counter<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) visit: String,
    /// The clerk's token.
    pub(crate) by: String,
}

/// Two enrolled persons with a portrait each, on each database.
pub(crate) async fn offices() -> Vec<TestApp> {
    let apps = TestApp::each(Faces::Real).await;
    for app in &apps {
        enrol(app, OBAMA, Some("obama-1.jpg")).await;
        enrol(app, BIDEN, Some("biden-1.jpg")).await;
    }
    apps
}

pub(crate) async fn enrol(app: &TestApp, number: &str, portrait: Option<&str>) -> String {
    let supervisor = &app.people.supervisor.token;
    let new = body!({"number": number, "name": format!("Person {number}"), "birth_date": "1961-08-04"});
    let id = app.post("/api/v1/persons", new).by(supervisor).send().await.with(201).at("/id");
    if let Some(portrait) = portrait {
        let path = format!("/api/v1/persons/{id}/portraits?source=identity-card&taken_on=2012-12");
        let call = app.call(axum::http::Method::POST, &path).by(supervisor);
        call.bytes("image/jpeg", fixture(portrait)).send().await.with(201);
    }
    id
}

impl<'a> Counter<'a> {
    /// A visit to collect an identity card, at the station, for whoever has `number`.
    pub(crate) async fn collecting(app: &'a TestApp, number: &str) -> Self {
        // The station shows the newest visit, and ids tell moments apart to the millisecond.
        app.wait(jiff::SignedDuration::from_secs(1));
        let station = app.people.station.as_str();
        let open = body!({"service": "household.identity-card", "variant": "collect", "channel": "counter", "station": station});
        let by = app.people.clerk.token.clone();
        let visit = app.post("/api/v1/visits", open).by(&by).send().await.with(201).at("/id");
        let counter = Self { app, visit, by };
        counter.act("claim", body!({"person": 0, "number": number})).send().await.with(200);
        counter
    }

    /// An act of the clerk.
    pub(crate) fn act(&self, verb: &str, body: &Value) -> Call<'a> {
        self.app.post(&format!("/api/v1/visits/{}/{verb}", self.visit), body).by(&self.by)
    }

    /// Something that the clerk looks at.
    pub(crate) fn look(&self, what: &str) -> Call<'a> {
        self.app.get(&format!("/api/v1/visits/{}{what}", self.visit)).by(&self.by)
    }

    /// Asks for consent, and gives the answer that the person would give with yes.
    pub(crate) async fn asked(&self) -> Value {
        self.act("consent", body!({"person": 0, "language": "en"})).send().await.with(200);
        let task = self.app.get("/api/v1/station/task").by(&self.app.people.seat).send().await.with(200).json();
        assert_eq!((task["stage"].as_str(), task["visit"].as_str()), (Some("notice"), Some(self.visit.as_str())));
        let (consent, hash) = (&task["notice"]["consent"], &task["notice"]["hash"]);
        body!({"visit": self.visit, "person": 0, "consent": consent, "notice_hash": hash, "agree": true}).clone()
    }

    /// Asks for consent and gives it; the receipt.
    pub(crate) async fn agreed(&self) -> String {
        let answer = self.asked().await;
        self.station("consent", &answer).send().await.with(200).at("/receipt")
    }

    /// An act of the station.
    pub(crate) fn station(&self, verb: &str, body: &Value) -> Call<'a> {
        self.app.post(&format!("/api/v1/station/{verb}"), body).by(&self.app.people.seat)
    }

    /// Opens the camera; the nonce.
    pub(crate) async fn camera(&self) -> String {
        self.act("capture", body!({"person": 0})).send().await.with(200);
        self.station("camera", body!({"visit": self.visit, "person": 0})).send().await.with(201).at("/nonce")
    }

    /// Pictures on their way.
    pub(crate) fn frames(&self, nonce: &str, pictures: &[&str]) -> Call<'a> {
        let pictures: Vec<Vec<u8>> = pictures.iter().map(|name| fixture(name)).collect();
        let call = self.app.call(axum::http::Method::POST, "/api/v1/station/frames").by(&self.app.people.seat);
        call.pictures(&[("nonce", nonce)], &pictures)
    }

    /// Opens the camera and sends pictures in.
    pub(crate) async fn captured(&self, pictures: &[&str]) -> Answer {
        let nonce = self.camera().await;
        self.frames(&nonce, pictures).send().await.with(200)
    }

    /// The clerk's judgement; the evidence.
    pub(crate) async fn judged(&self, answer: &str) -> Value {
        self.act("judgement", body!({"person": 0, "answer": answer})).send().await.with(200).json()
    }
}
