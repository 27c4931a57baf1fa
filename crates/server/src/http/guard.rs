//! What happens to every request, whatever it asks for: a request id, a rate, a time limit, safe headers, a log line, a figure.

use crate::code::Code;
use crate::error::ApiError;
use crate::limits::REQUEST_TIMEOUT;
use crate::state::App;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::net::{IpAddr, SocketAddr};
use tracing::Instrument as _;

/// The header that names a request in answers and log lines.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The address that a request comes from: the connection's, or the one that a listed proxy names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct From(pub(crate) IpAddr);

/// The middleware around all routes.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let from = address(&app, &request);
    request.extensions_mut().insert(From(from));
    let id = request_id(&app);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    // Ids of records stand in paths, so the log gets the route's pattern, not the path.
    let span = tracing::info_span!("request", id = %id, %method, route);
    let patient = route.ends_with("/events") || route.ends_with("/imports") || route.ends_with("/export");
    let started = std::time::Instant::now();
    let answer = async {
        if let Err(seconds) = app.rates.request(from) {
            return ApiError::new(Code::TooManyRequests, "").retry_after(seconds).into_response();
        }
        if patient {
            return next.run(request).await;
        }
        match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
            Ok(response) => response,
            Err(_) => ApiError::new(Code::TooSlow, "").into_response(),
        }
    };
    let mut response = answer.instrument(span.clone()).await;
    let took = started.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(status, took_ms = took.as_millis() as u64, "answered"));
    let labels = [("method", method.to_string()), ("route", route), ("status", status.to_string())];
    metrics::counter!("countenance_requests_total", &labels).increment(1);
    metrics::histogram!("countenance_request_seconds", &labels[..2]).record(took.as_secs_f64());
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    safe(response.headers_mut());
    response
}

/// Headers of every answer: nothing is cached, framed, sniffed or referred to.
fn safe(headers: &mut HeaderMap) {
    let fixed = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// 64 random bits, in hexadecimal.
fn request_id(app: &App) -> String {
    let bytes: [u8; 8] = seal::random::array(&*app.desk.random);
    format!("{:016x}", u64::from_be_bytes(bytes))
}

fn address(app: &App, request: &Request) -> IpAddr {
    let direct =
        request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::from([127, 0, 0, 1]), |c| c.0.ip());
    if !app.config.server.trusted_proxies.contains(&direct) {
        return direct;
    }
    // The last address is the one that the trusted proxy saw; those before it are hearsay.
    let named = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok());
    named.and_then(|list| list.rsplit(',').next()).and_then(|last| last.trim().parse().ok()).unwrap_or(direct)
}
