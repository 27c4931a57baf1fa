//! Notices to agencies and to the office's contacts.

use crate::error::Result;
use crate::http::extract::{Body, Operator, Path, Query};
use crate::http::page::Page;
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use casework::desk::notice::{self, NoticeMark, NoticeView};
use serde::Deserialize;
use store::id::NoticeId;
use store::limits::PAGE_ROWS_MAX;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(mark))
}

/// Which notices of the office.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Go on after this notice: the `next` of the page before.
    after: Option<NoticeId>,
}

/// The notices of the own office, newest first.
#[utoipa::path(
    get, path = "/api/v1/notices", tag = "notice", security(("operator" = [])), params(Which),
    responses((status = 200, body = Page<NoticeView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    Operator(by): Operator,
    Query(which): Query<Which>,
) -> Result<Json<Page<NoticeView>>> {
    let items = notice::list(&app.desk, &by, app.now(), which.after.as_ref()).await?;
    let next = items.last().filter(|_| items.len() >= PAGE_ROWS_MAX as usize).map(|notice| notice.id.to_string());
    Ok(Json(Page { items, next }))
}

/// Notes by hand what became of a notice of the own office.
#[utoipa::path(
    post, path = "/api/v1/notices/{notice}/state", tag = "notice", security(("operator" = [])),
    params(("notice" = NoticeId, Path)), request_body = NoticeMark, responses((status = 204), Refusals)
)]
pub(crate) async fn mark(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<NoticeId>,
    Body(request): Body<NoticeMark>,
) -> Result<StatusCode> {
    notice::mark(&app.desk, &by, app.now(), &id, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}
