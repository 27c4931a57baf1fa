//! Idempotency keys: a `POST` that is sent twice with the same key is carried out once and answered twice the same.
//!
//! The answer is kept in the transaction of the act ([`store::hold`]). So whenever the machine stops, the act and its answer were kept both or
//! neither, and the same request sent again gets the answer that was lost on its way. A refused request keeps nothing.

use crate::code::Code;
use crate::error::ApiError;
use crate::limits::{IDEMPOTENCY_KEY_BYTES_MAX, PICTURE_BYTES_MAX};
use crate::state::App;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::{BodyExt as _, Limited};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use store::Tx;
use store::hold::hold;
use store::idempotency::{self, Answer, BODY_BYTES_MAX, Key, Looked};

/// The header with the key.
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The middleware. Imports are left out: they are large, and go on where they stopped by themselves.
pub(crate) async fn idempotent(State(app): State<App>, request: Request, next: Next) -> Response {
    let changes = request.method() != Method::GET && request.method() != Method::HEAD;
    let keyed = request.method() == Method::POST && !request.uri().path().ends_with("/imports");
    let answer = match request.headers().get(KEY).filter(|_| keyed) {
        Some(key) => {
            let key = key.clone();
            once(&app, &key, request, next).await.unwrap_or_else(ApiError::into_response)
        }
        None => next.run(request).await,
    };
    if changes && answer.status().is_success() {
        app.changed.send_modify(|count| *count = count.wrapping_add(1));
    }
    answer
}

async fn once(app: &App, key: &HeaderValue, request: Request, next: Next) -> Result<Response, ApiError> {
    let printable = |text: &&str| (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&text.len()) && !text.contains('\t');
    let text = key.to_str().ok().filter(printable).ok_or_else(|| ApiError::new(Code::IdempotencyKeyInvalid, ""))?;
    let (parts, body) = request.into_parts();
    let caller = parts.headers.get(header::AUTHORIZATION).or_else(|| parts.headers.get(header::COOKIE));
    let caller = caller.map_or(&b""[..], HeaderValue::as_bytes);
    // The scope is hashed with a key before it reaches the database, so the token in it does not lie there.
    let scope = format!("{} {} {}", String::from_utf8_lossy(caller), parts.method, parts.uri);
    let key = Key { scope: &scope, key: text };
    let bytes = Limited::new(body, PICTURE_BYTES_MAX).collect().await;
    let bytes = bytes.map_err(|_| ApiError::new(Code::BodyTooLarge, ""))?.to_bytes();
    let _running = app.running.begin(format!("{scope}\n{text}"))?;
    if let Some(answer) = replayed(app, &key, &bytes).await? {
        return Ok(answer);
    }
    let (answer, held) = hold(next.run(Request::from_parts(parts, Body::from(bytes.clone())))).await;
    keep(app, (&key, &bytes), answer, held).await
}

/// The answer that was given before, if one was.
async fn replayed(app: &App, key: &Key<'_>, body: &[u8]) -> Result<Option<Response>, ApiError> {
    let mut tx = app.desk.db.read().await?;
    match idempotency::look(&mut tx, &app.desk.means(app.now()), key, body).await? {
        Looked::New => Ok(None),
        Looked::Replay(answer) => Ok(Some(replay(answer.status, answer.body.as_bytes()))),
        Looked::Mismatch => Err(ApiError::new(Code::IdempotencyMismatch, "")),
    }
}

/// Makes lasting what the request did, together with its answer if it was not refused.
async fn keep(
    app: &App,
    (key, request): (&Key<'_>, &[u8]),
    answer: Response,
    held: Option<Tx>,
) -> Result<Response, ApiError> {
    let (parts, body) = answer.into_parts();
    let json = parts.headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind == "application/json");
    if !parts.status.is_success() || !json {
        lasting(held).await?;
        return Ok(Response::from_parts(parts, body));
    }
    let bytes = body.collect().await.map_err(|_| ApiError::new(Code::Internal, "an answer broke off"))?.to_bytes();
    let Some(text) = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= BODY_BYTES_MAX) else {
        lasting(held).await?;
        return Ok(Response::from_parts(parts, Body::from(bytes)));
    };
    let kept = Answer { status: parts.status.as_u16(), body: text.to_owned().into() };
    let mut tx = match held {
        Some(tx) => tx,
        None => app.desk.db.write().await?,
    };
    if idempotency::keep(&mut tx, &app.desk.means(app.now()), key, request, &kept).await? {
        tx.commit().await?;
        return Ok(Response::from_parts(parts, Body::from(bytes)));
    }
    drop(tx);
    // Another process was quicker with the same key: what was done here is not kept, and its answer is given.
    let theirs = replayed(app, key, request).await?;
    theirs.ok_or_else(|| ApiError::new(Code::IdempotencyRunning, "").retry_after(1))
}

async fn lasting(held: Option<Tx>) -> Result<(), ApiError> {
    match held {
        Some(tx) => Ok(tx.commit().await?),
        None => Ok(()),
    }
}

/// The keys whose requests this process is carrying out.
#[derive(Default)]
pub(crate) struct Running(Mutex<HashSet<String>>);

/// A request on its way; it gives its place back when dropped.
struct Begun<'a>(&'a Running, String);

impl Running {
    fn begin(&self, name: String) -> Result<Begun<'_>, ApiError> {
        if self.names().insert(name.clone()) {
            return Ok(Begun(self, name));
        }
        Err(ApiError::new(Code::IdempotencyRunning, "").retry_after(1))
    }

    fn names(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.names().remove(&self.1);
    }
}

fn replay(status: u16, body: &[u8]) -> Response {
    let mut answer = Response::new(Body::from(Bytes::copy_from_slice(body)));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    if !body.is_empty() {
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    answer.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    answer
}
