//! Idempotency keys: a `POST` that is sent twice with the same key is carried out once and answered twice the same.
//!
//! The key is noted before the request is carried out and its answer after, in transactions of their own. A refused request gives its key
//! back, because it changed nothing. When the machine stops between the two, the key stays taken for [`store::idempotency::RUNNING_MAX`];
//! then the request is carried out again.

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
use store::idempotency::{self, BODY_BYTES_MAX, Begun, Key};

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
    let caller = parts.headers.get(header::AUTHORIZATION).map_or(&b""[..], HeaderValue::as_bytes);
    // The scope is hashed with a key before it reaches the database, so the token in it does not lie there.
    let scope = format!("{} {} {}", String::from_utf8_lossy(caller), parts.method, parts.uri);
    let key = Key { scope: &scope, key: text };
    let bytes = Limited::new(body, PICTURE_BYTES_MAX).collect().await;
    let bytes = bytes.map_err(|_| ApiError::new(Code::BodyTooLarge, ""))?.to_bytes();
    match begin(app, &key, &bytes).await? {
        Begun::New => {}
        Begun::Replay { status, body } => return Ok(replay(status, body.as_bytes())),
        Begun::Mismatch => return Err(ApiError::new(Code::IdempotencyMismatch, "")),
        Begun::InProgress => return Err(ApiError::new(Code::IdempotencyRunning, "").retry_after(1)),
    }
    let answer = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    Ok(keep(app, &key, answer).await)
}

async fn begin(app: &App, key: &Key<'_>, body: &[u8]) -> Result<Begun, ApiError> {
    let mut tx = app.desk.db.write().await?;
    let begun = idempotency::begin(&mut tx, &app.desk.means(app.now()), key, body).await?;
    tx.commit().await?;
    Ok(begun)
}

/// Keeps the answer to a request that did something, and gives the key of any other back.
async fn keep(app: &App, key: &Key<'_>, answer: Response) -> Response {
    let (parts, body) = answer.into_parts();
    let json = parts.headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind == "application/json");
    if !parts.status.is_success() || !json {
        note(app, key, None).await;
        return Response::from_parts(parts, body);
    }
    let Ok(bytes) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return ApiError::new(Code::Internal, "an answer broke off").into_response();
    };
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= BODY_BYTES_MAX);
    note(app, key, text.map(|text| (parts.status.as_u16(), text))).await;
    Response::from_parts(parts, Body::from(bytes))
}

/// Notes an answer, or that there is none. The act is done by now, so a failure here costs the replay and not the answer.
async fn note(app: &App, key: &Key<'_>, answer: Option<(u16, &str)>) {
    let means = app.desk.means(app.now());
    let noted = async {
        let mut tx = app.desk.db.write().await?;
        match answer {
            Some((status, body)) => idempotency::finish(&mut tx, &means, key, status, body).await?,
            None => idempotency::forget(&mut tx, &means, key).await?,
        }
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::error!(%error, "an idempotency key could not be noted");
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
