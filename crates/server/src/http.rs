//! The routes. One file a noun; everything goes through the procedures of `casework`.

mod access;
mod event;
pub(crate) mod extract;
pub(crate) mod guard;
mod guardian;
mod health;
mod idempotent;
mod import;
mod incident;
mod ledger;
mod notice;
mod office;
mod operator;
mod page;
mod person;
mod portrait;
mod receipt;
mod refusals;
mod seat;
mod service;
mod session;
mod station;
mod visit;

use crate::code::Code;
use crate::error::{ApiError, Problem};
use crate::state::App;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The head of the `OpenAPI` document; the routes add themselves.
#[derive(OpenApi)]
#[openapi(
    info(title = "Countenance", description = "Consent-first face verification for public services.", license(name = "Apache-2.0 OR MIT")),
    components(schemas(Problem)),
    modifiers(&Shared)
)]
struct Document;

/// What operations refer to: the two kinds of bearer tokens, and the refusals.
struct Shared;

impl utoipa::Modify for Shared {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = |description: &str| {
            SecurityScheme::Http(
                HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description)).build(),
            )
        };
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("operator", bearer("The session of a signed-in operator."));
        components.add_security_scheme("station", bearer("The token of a paired station."));
        components.responses.extend(refusals::described());
    }
}

/// The document as it is served.
#[derive(Clone)]
struct Served(axum::body::Bytes);

/// All routes, with the middleware around them.
pub fn router(app: &App) -> Router {
    let (routes, _) = api().split_for_parts();
    let served = Served(axum::body::Bytes::from(document().to_json().unwrap_or_default()));
    routes
        .layer(axum::middleware::from_fn_with_state(app.clone(), idempotent::idempotent))
        .layer(Extension(served))
        .fallback(async || ApiError::new(Code::RouteUnknown, ""))
        .method_not_allowed_fallback(async || ApiError::new(Code::MethodNotAllowed, ""))
        .layer(CatchPanicLayer::custom(|_| -> Response {
            ApiError::new(Code::Internal, "a handler panicked").into_response()
        }))
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::guard))
        .with_state(app.clone())
}

/// The `OpenAPI` document, for the page that is checked in.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = api().into_openapi();
    for item in document.paths.paths.values_mut() {
        let all = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        all.into_iter().flatten().for_each(name);
        item.post.iter_mut().for_each(takes_key);
    }
    document
}

/// Names an operation after its noun as well: `list` alone would not be unique.
fn name(operation: &mut Operation) {
    let noun = operation.tags.as_ref().and_then(|tags| tags.first());
    if let (Some(noun), Some(verb)) = (noun, &operation.operation_id) {
        operation.operation_id = Some(format!("{noun}_{verb}"));
    }
}

/// Every `POST` takes an idempotency key.
fn takes_key(operation: &mut Operation) {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(128)).build();
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "Random, one for each act: sent again with the same key, the act is done once and answered twice the same.",
        ))
        .schema(Some(text))
        .build();
    operation.parameters.get_or_insert_default().push(key.into());
}

fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(openapi))
        .merge(access::routes())
        .merge(event::routes())
        .merge(guardian::routes())
        .merge(health::routes())
        .merge(import::routes())
        .merge(incident::routes())
        .merge(ledger::routes())
        .merge(notice::routes())
        .merge(office::routes())
        .merge(operator::routes())
        .merge(person::routes())
        .merge(portrait::routes())
        .merge(receipt::routes())
        .merge(seat::routes())
        .merge(service::routes())
        .merge(session::routes())
        .merge(station::routes())
        .merge(visit::routes())
}

/// This document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "document",
    responses((status = 200, body = serde_json::Value, content_type = "application/json"), refusals::Refusals)
)]
async fn openapi(Extension(Served(document)): Extension<Served>) -> Response {
    let mut response = Response::new(axum::body::Body::from(document));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
