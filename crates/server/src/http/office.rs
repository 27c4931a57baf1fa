//! Offices.

use crate::error::Result;
use crate::http::extract::{Body, Operator, Path, Query};
use crate::http::page::{Created, Page, Window, created, limit};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use casework::desk::office::{self, OfficeChange, OfficeNew, OfficeView};
use store::id::OfficeId;
use store::limits::Window as Rows;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(change)).routes(routes!(close))
}

/// All offices for an administrator, the own one for others.
#[utoipa::path(
    get, path = "/api/v1/offices", tag = "office", security(("operator" = [])), params(Window),
    responses((status = 200, body = Page<OfficeView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    Operator(by): Operator,
    Query(window): Query<Window>,
) -> Result<Json<Page<OfficeView>>> {
    let (after, limit) = (window.after::<OfficeId>()?, limit(window.limit)?);
    let rows = Rows { after: after.as_ref(), limit };
    Ok(Page::of(office::list(&app.desk, &by, app.now(), rows).await?, limit, |office| office.id.to_string()))
}

/// Adds an office.
#[utoipa::path(
    post, path = "/api/v1/offices", tag = "office", security(("operator" = [])), request_body = OfficeNew,
    responses((status = 201, body = OfficeView), Refusals)
)]
pub(crate) async fn add(
    State(app): State<App>,
    Operator(by): Operator,
    Body(request): Body<OfficeNew>,
) -> Created<OfficeView> {
    Ok(created(office::add(&app.desk, &by, app.now(), &request).await?))
}

/// Changes an office's name and contacts.
#[utoipa::path(
    put, path = "/api/v1/offices/{office}", tag = "office", security(("operator" = [])),
    params(("office" = OfficeId, Path)), request_body = OfficeChange,
    responses((status = 200, body = OfficeView), Refusals)
)]
pub(crate) async fn change(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<OfficeId>,
    Body(request): Body<OfficeChange>,
) -> Result<Json<OfficeView>> {
    Ok(Json(office::change(&app.desk, &by, app.now(), &id, &request).await?))
}

/// Closes an office: its stations and operators work no more, its records stay.
#[utoipa::path(
    post, path = "/api/v1/offices/{office}/close", tag = "office", security(("operator" = [])),
    params(("office" = OfficeId, Path)), responses((status = 200, body = OfficeView), Refusals)
)]
pub(crate) async fn close(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<OfficeId>,
) -> Result<Json<OfficeView>> {
    Ok(Json(office::close(&app.desk, &by, app.now(), &id).await?))
}
