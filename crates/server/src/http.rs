//! The routes. One file a noun; everything goes through the procedures of `casework`.

pub(crate) mod extract;
pub(crate) mod guard;
mod health;
mod idempotent;
mod refusals;

use crate::code::Code;
use crate::error::ApiError;
use crate::state::App;
use axum::Router;
use axum::http::HeaderValue;
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

/// The head of the OpenAPI document; the routes add themselves.
#[derive(OpenApi)]
#[openapi(
    info(title = "Countenance", description = "Consent-first face verification for public services.", license(name = "Apache-2.0 OR MIT")),
    modifiers(&Tokens)
)]
struct Document;

/// The two kinds of bearer tokens.
struct Tokens;

impl utoipa::Modify for Tokens {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = |description: &str| {
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description)).build())
        };
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("operator", bearer("The session of a signed-in operator."));
        components.add_security_scheme("station", bearer("The token of a paired station."));
    }
}

/// All routes, with the middleware around them.
pub fn router(app: &App) -> Router {
    let (routes, document) = api().split_for_parts();
    let routes = routes.layer(axum::middleware::from_fn_with_state(app.clone(), idempotent::idempotent));
    let document = axum::body::Bytes::from(document.to_json().unwrap_or_default());
    let described = axum::routing::get(move || {
        let document = document.clone();
        async move {
            let mut response = Response::new(axum::body::Body::from(document));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(axum::http::header::CONTENT_TYPE, json);
            response
        }
    });
    routes
        .route("/api/v1/openapi.json", described)
        .fallback(async || ApiError::new(Code::RouteUnknown, ""))
        .method_not_allowed_fallback(async || ApiError::new(Code::MethodNotAllowed, ""))
        .layer(CatchPanicLayer::custom(|_| -> Response { ApiError::new(Code::Internal, "a handler panicked").into_response() }))
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::guard))
        .with_state(app.clone())
}

/// The OpenAPI document, for the page that is checked in.
pub fn document() -> utoipa::openapi::OpenApi {
    api().into_openapi()
}

fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi()).merge(health::routes())
}
