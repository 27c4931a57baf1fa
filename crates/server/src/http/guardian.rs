//! Guardians of children.

use crate::error::Result;
use crate::http::extract::{Body, Operator, Path, Query};
use crate::http::page::{Created, Page, Window, created};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use casework::desk::guardian;
use casework::desk::guardian::{GuardianNew, GuardianView};
use store::id::{GuardianId, PersonId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, set)).routes(routes!(end))
}

/// The guardians of a child who count now.
#[utoipa::path(
    get, path = "/api/v1/persons/{person}/guardians", tag = "guardian", security(("operator" = [])),
    params(("person" = PersonId, Path), Window), responses((status = 200, body = Page<GuardianView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    Operator(by): Operator,
    Path(child): Path<PersonId>,
    Query(window): Query<Window>,
) -> Result<Json<Page<GuardianView>>> {
    window.cut(guardian::list(&app.desk, &by, app.now(), &child).await?, |guardian| guardian.id.to_string())
}

/// Notes a guardianship for a child.
#[utoipa::path(
    post, path = "/api/v1/persons/{person}/guardians", tag = "guardian", security(("operator" = [])),
    params(("person" = PersonId, Path)), request_body = GuardianNew,
    responses((status = 201, body = GuardianView), Refusals)
)]
pub(crate) async fn set(
    State(app): State<App>,
    Operator(by): Operator,
    Path(child): Path<PersonId>,
    Body(request): Body<GuardianNew>,
) -> Created<GuardianView> {
    Ok(created(guardian::set(&app.desk, &by, app.now(), &child, &request).await?))
}

/// Ends a guardianship.
#[utoipa::path(
    delete, path = "/api/v1/persons/{person}/guardians/{guardian}", tag = "guardian", security(("operator" = [])),
    params(("person" = PersonId, Path), ("guardian" = GuardianId, Path)), responses((status = 204), Refusals)
)]
pub(crate) async fn end(
    State(app): State<App>,
    Operator(by): Operator,
    Path((child, id)): Path<(PersonId, GuardianId)>,
) -> Result<StatusCode> {
    guardian::end(&app.desk, &by, app.now(), &child, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
