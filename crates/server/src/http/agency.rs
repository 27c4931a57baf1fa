//! Agencies that are told something.

use crate::error::Result;
use crate::http::extract::{Body, Operator, Path, Query};
use crate::http::page::{Created, Page, Window, created, limit};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use casework::desk::agency::{self, AgencyChange, AgencyNew, AgencySecret, AgencyView, SecretRenewal};
use store::id::AgencyId;
use store::limits::Window as Rows;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(one, change))
        .routes(routes!(renew_secret))
        .routes(routes!(pause))
        .routes(routes!(resume))
}

/// All agencies, in the order of their codes.
#[utoipa::path(
    get, path = "/api/v1/agencies", tag = "agency", security(("operator" = [])), params(Window),
    responses((status = 200, body = Page<AgencyView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    Operator(by): Operator,
    Query(window): Query<Window>,
) -> Result<Json<Page<AgencyView>>> {
    let (after, limit) = (window.after::<AgencyId>()?, limit(window.limit)?);
    let rows = Rows { after: after.as_ref(), limit };
    Ok(Page::of(agency::list(&app.desk, &by, app.now(), rows).await?, limit, |agency| agency.id.to_string()))
}

/// Adds an agency. The answer holds its secret, which is never shown again.
#[utoipa::path(
    post, path = "/api/v1/agencies", tag = "agency", security(("operator" = [])), request_body = AgencyNew,
    responses((status = 201, body = AgencySecret), Refusals)
)]
pub(crate) async fn add(
    State(app): State<App>,
    Operator(by): Operator,
    Body(request): Body<AgencyNew>,
) -> Created<AgencySecret> {
    Ok(created(agency::add(&app.desk, &by, app.now(), &request).await?))
}

/// One agency.
#[utoipa::path(
    get, path = "/api/v1/agencies/{agency}", tag = "agency", security(("operator" = [])),
    params(("agency" = AgencyId, Path)), responses((status = 200, body = AgencyView), Refusals)
)]
pub(crate) async fn one(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<AgencyId>,
) -> Result<Json<AgencyView>> {
    Ok(Json(agency::get(&app.desk, &by, app.now(), &id).await?))
}

/// Changes an agency's name, endpoint, purpose and fields.
#[utoipa::path(
    put, path = "/api/v1/agencies/{agency}", tag = "agency", security(("operator" = [])),
    params(("agency" = AgencyId, Path)), request_body = AgencyChange,
    responses((status = 200, body = AgencyView), Refusals)
)]
pub(crate) async fn change(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<AgencyId>,
    Body(request): Body<AgencyChange>,
) -> Result<Json<AgencyView>> {
    Ok(Json(agency::change(&app.desk, &by, app.now(), &id, &request).await?))
}

/// Makes a new secret; the one before signs beside it for a while. The answer holds the new one, which is never shown again.
#[utoipa::path(
    post, path = "/api/v1/agencies/{agency}/secret", tag = "agency", security(("operator" = [])),
    params(("agency" = AgencyId, Path)), request_body = SecretRenewal,
    responses((status = 200, body = AgencySecret), Refusals)
)]
pub(crate) async fn renew_secret(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<AgencyId>,
    Body(request): Body<SecretRenewal>,
) -> Result<Json<AgencySecret>> {
    Ok(Json(agency::renew_secret(&app.desk, &by, app.now(), &id, request).await?))
}

/// Sends nothing to an agency until it is resumed.
#[utoipa::path(
    post, path = "/api/v1/agencies/{agency}/pause", tag = "agency", security(("operator" = [])),
    params(("agency" = AgencyId, Path)), responses((status = 200, body = AgencyView), Refusals)
)]
pub(crate) async fn pause(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<AgencyId>,
) -> Result<Json<AgencyView>> {
    Ok(Json(agency::pause(&app.desk, &by, app.now(), &id).await?))
}

/// Sends to an agency again; what waited begins anew.
#[utoipa::path(
    post, path = "/api/v1/agencies/{agency}/resume", tag = "agency", security(("operator" = [])),
    params(("agency" = AgencyId, Path)), responses((status = 200, body = AgencyView), Refusals)
)]
pub(crate) async fn resume(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<AgencyId>,
) -> Result<Json<AgencyView>> {
    Ok(Json(agency::resume(&app.desk, &by, app.now(), &id).await?))
}
