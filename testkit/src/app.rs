//! The whole service in one process: routes, procedures, a fresh database, a clock that tests move, and somebody of each role signed in.
#![expect(clippy::panic, reason = "a test whose world cannot be made has failed")]

mod answer;
mod people;
mod pictures;

pub use answer::Answer;
pub use people::{Login, People, code};
pub use pictures::{Faces, fixture};

use crate::store::Database;
use crate::{SeededRandom, ring};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use axum::response::Response;
use casework::desk::{Desk, Parts, Settings};
use casework::{Service, Services};
use jiff::{SignedDuration, Timestamp};
use seal::keys::KeyRing;
use serde_json::Value;
use server::demo::Demo;
use server::{App, Config};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tower::ServiceExt as _;

/// The moment at which every test begins.
pub const BEGIN: &str = "2026-11-21T08:00:00Z";

/// A running service. Calls go straight into its routes; nothing listens.
pub struct TestApp {
    /// The shared state.
    pub app: App,
    /// Who is signed in.
    pub people: People,
    router: Router,
    clock: Arc<AtomicI64>,
    database: Database,
}

impl std::fmt::Debug for TestApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TestApp({:?})", self.database)
    }
}

impl TestApp {
    /// A service on each database that there is.
    ///
    /// # Panics
    /// When it does not begin.
    pub async fn each(faces: Faces) -> Vec<Self> {
        let engine = Arc::new(faces.engine());
        let mut all = Vec::new();
        for database in crate::store::databases().await {
            all.push(Self::begin(database, Arc::clone(&engine)).await);
        }
        all
    }

    /// A service on an empty `database`.
    ///
    /// # Panics
    /// When it does not begin.
    pub async fn begin(database: Database, engine: Arc<face::Engine>) -> Self {
        let begin: Timestamp = BEGIN.parse().unwrap_or_else(|error| panic!("{error}"));
        let clock = Arc::new(AtomicI64::new(begin.as_millisecond()));
        let services = Services::builtin().unwrap_or_else(|error| panic!("{error}"));
        let random = Arc::new(SeededRandom::new(7));
        let key_ring: Arc<dyn KeyRing> = Arc::new(ring());
        let parts = Parts { db: database.db().clone(), ring: key_ring, random, engine, services: Arc::new(services) };
        let config = config();
        let settings = Settings {
            public_url: config.server.public_url.clone(),
            origin: config.ledger.origin.clone(),
            session_longest_min: config.sessions.longest_min,
            session_idle_min: config.sessions.idle_min,
            analyses_waiting_max: server::limits::ANALYSES_WAITING_MAX,
        };
        let ticking = Arc::clone(&clock);
        let now = move || Timestamp::from_millisecond(ticking.load(Ordering::Relaxed)).unwrap_or(Timestamp::MAX);
        let app = App::new(Desk::new(parts, settings), config, Arc::new(now));
        let people = people::sign_in(&app.desk, begin).await.unwrap_or_else(|error| panic!("{error}"));
        let router = server::http::router(&app);
        Self { app, people, router, clock, database }
    }

    /// The same service as a demonstration.
    #[must_use]
    pub fn demonstrating(mut self, demo: Demo) -> Self {
        let ticking = Arc::clone(&self.clock);
        let now = move || Timestamp::from_millisecond(ticking.load(Ordering::Relaxed)).unwrap_or(Timestamp::MAX);
        let Desk { db, ring, random, engine, services, settings, .. } = &self.app.desk;
        let parts = Parts {
            db: db.clone(),
            ring: Arc::clone(ring),
            random: Arc::clone(random),
            engine: Arc::clone(engine),
            services: Arc::clone(services),
        };
        let desk = Desk::new(parts, settings.clone());
        self.app = App::demonstration(desk, self.app.config.clone(), Arc::new(now), demo);
        self.router = server::http::router(&self.app);
        self
    }

    /// Signs clerk, supervisor and administrator in again: after a while without a call a session ends.
    ///
    /// # Panics
    /// When one of them may not.
    pub async fn sign_in_again(&mut self) {
        let (desk, now) = (&self.app.desk, self.app.now());
        let done = people::again(desk, now, &mut self.people).await;
        done.unwrap_or_else(|error| panic!("{error}"));
    }

    /// The database, for changes behind the service's back.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The moment of the next call.
    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// Lets time pass.
    pub fn wait(&self, time: SignedDuration) {
        self.clock.fetch_add(i64::try_from(time.as_millis()).unwrap_or(0), Ordering::Relaxed);
    }

    /// A service's definition.
    ///
    /// # Panics
    /// When there is none.
    pub fn service(&self, id: &str) -> &Service {
        self.app.desk.services.get(id).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A call with `method` at `path`, as yet without token and body.
    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        Call { app: self, request: Request::builder().method(method).uri(path), body: Body::empty() }
    }

    /// A `GET`.
    pub fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    /// A `POST` of a JSON value.
    pub fn post(&self, path: &str, body: &Value) -> Call<'_> {
        self.call(Method::POST, path).json(body)
    }

    /// A `DELETE`.
    pub fn delete(&self, path: &str) -> Call<'_> {
        self.call(Method::DELETE, path)
    }

    /// Sends a request as it is.
    ///
    /// # Panics
    /// When the body of the answer breaks off.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.open(request).await).await
    }

    /// Sends a request and leaves the answer's body as it comes: for streams.
    pub async fn open(&self, request: Request<Body>) -> Response {
        // The routes' own error type has no values.
        self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    }
}

/// A request in the making.
#[must_use = "a call does nothing until it is sent"]
pub struct Call<'a> {
    app: &'a TestApp,
    request: axum::http::request::Builder,
    body: Body,
}

impl std::fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Call")
    }
}

impl Call<'_> {
    /// With this bearer token.
    pub fn by(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// With one header more.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// From an address of its own: how often one may call is limited.
    pub fn from(mut self, address: u32) -> Self {
        let address = std::net::SocketAddr::from((std::net::Ipv4Addr::from(address), 1));
        self.request = self.request.extension(axum::extract::ConnectInfo(address));
        self
    }

    /// With an idempotency key.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string().into_bytes())
    }

    /// With any body.
    pub fn bytes(mut self, media_type: &str, body: Vec<u8>) -> Self {
        self.body = Body::from(body);
        self.header(header::CONTENT_TYPE.as_str(), media_type)
    }

    /// With pictures as parts of a form, after the fields.
    pub fn pictures(self, fields: &[(&str, &str)], pictures: &[Vec<u8>]) -> Self {
        const LINE: &str = "9d8f1c2e";
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--{LINE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for (number, picture) in pictures.iter().enumerate() {
            let head = format!(
                "--{LINE}\r\nContent-Disposition: form-data; name=\"frame\"; filename=\"{number}.jpg\"\r\n\
                 Content-Type: image/jpeg\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(picture);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{LINE}--\r\n").as_bytes());
        self.bytes(&format!("multipart/form-data; boundary={LINE}"), body)
    }

    /// Sends it.
    ///
    /// # Panics
    /// When it is no request.
    pub async fn send(self) -> Answer {
        let request = self.request.body(self.body).unwrap_or_else(|error| panic!("no request: {error}"));
        self.app.send(request).await
    }
}

/// A configuration like that of an office.
fn config() -> Config {
    let text = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://counter.example"
[database]
url = "sqlite:///unused.db"
[keys]
file = "unused.json"
[ledger]
origin = "counter.example"
"#;
    Config::parse(text, Path::new("/")).unwrap_or_else(|error| panic!("{error}"))
}
