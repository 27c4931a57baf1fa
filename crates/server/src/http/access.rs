//! A person's requests to the protection officer, and the figures of an impact assessment.

use crate::error::Result;
use crate::http::extract::{Body, Operator};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use casework::desk::access::{self, AccessRequest, ErasedView, FiguresView};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(answer)).routes(routes!(erase)).routes(routes!(figures))
}

/// Everything that is held about a person, as one document.
#[utoipa::path(
    post, path = "/api/v1/access/answer", tag = "access", security(("operator" = [])), request_body = AccessRequest,
    responses((status = 200, body = Object), Refusals)
)]
pub(crate) async fn answer(
    State(app): State<App>,
    Operator(by): Operator,
    Body(request): Body<AccessRequest>,
) -> Result<Json<Value>> {
    Ok(Json(access::answer(&app.desk, &by, app.now(), &request).await?))
}

/// Erases a person: keys are shredded, what they sealed is deleted; the pseudonym stays in the ledger and means nobody any more.
#[utoipa::path(
    post, path = "/api/v1/access/erase", tag = "access", security(("operator" = [])), request_body = AccessRequest,
    responses((status = 200, body = ErasedView), Refusals)
)]
pub(crate) async fn erase(
    State(app): State<App>,
    Operator(by): Operator,
    Body(request): Body<AccessRequest>,
) -> Result<Json<ErasedView>> {
    Ok(Json(access::erase(&app.desk, &by, app.now(), &request).await?))
}

/// Live figures for an impact assessment. Nobody is named in them.
#[utoipa::path(
    get, path = "/api/v1/statistics", tag = "access", security(("operator" = [])),
    responses((status = 200, body = FiguresView), Refusals)
)]
pub(crate) async fn figures(State(app): State<App>, Operator(by): Operator) -> Result<Json<FiguresView>> {
    Ok(Json(access::figures(&app.desk, &by, app.now()).await?))
}
