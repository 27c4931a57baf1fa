//! The routes. One file a noun; everything goes through the procedures of `casework`.

mod access;
mod agency;
mod document;
mod event;
pub(crate) mod extract;
pub(crate) mod guard;
mod guardian;
mod health;
mod idempotent;
pub(crate) mod import;
mod incident;
pub(crate) mod ledger;
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
mod system;
mod visit;

pub(crate) use idempotent::Running;

use crate::code::Code;
use crate::error::ApiError;
use crate::state::App;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All routes, with the middleware around them.
pub fn router(app: &App) -> Router {
    let (routes, _) = api().split_for_parts();
    let served = document::Served(axum::body::Bytes::from(document().to_string()));
    routes
        .layer(axum::middleware::from_fn_with_state(app.clone(), idempotent::idempotent))
        .layer(Extension(served))
        .merge(crate::html::routes(app))
        .fallback(async || ApiError::new(Code::RouteUnknown, ""))
        .method_not_allowed_fallback(async || ApiError::new(Code::MethodNotAllowed, ""))
        .layer(CatchPanicLayer::custom(|_| -> Response {
            ApiError::new(Code::Internal, "a handler panicked").into_response()
        }))
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::guard))
        .with_state(app.clone())
}

/// The `OpenAPI` document, as it is served and as its copy in `docs` has it.
pub fn document() -> serde_json::Value {
    document::finished(&api().into_openapi())
}

fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(document::Document::openapi())
        .routes(routes!(document::openapi))
        .merge(access::routes())
        .merge(agency::routes())
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
        .merge(system::routes())
        .merge(visit::routes())
}
