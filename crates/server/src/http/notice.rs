//! Notices to agencies and to the office's contacts.

use crate::error::Result;
use crate::http::extract::{Body, Operator, Path, Query};
use crate::http::page::{Page, Window, limit};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use casework::desk::delivery::{self, DeliveryView};
use casework::desk::notice::{self, NoticeMark, NoticeView};
use store::id::NoticeId;
use store::limits::Window as Rows;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(mark)).routes(routes!(delivery)).routes(routes!(resend))
}

/// The notices of the own office, newest first.
#[utoipa::path(
    get, path = "/api/v1/notices", tag = "notice", security(("operator" = [])), params(Window),
    responses((status = 200, body = Page<NoticeView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    Operator(by): Operator,
    Query(window): Query<Window>,
) -> Result<Json<Page<NoticeView>>> {
    let (after, limit) = (window.after::<NoticeId>()?, limit(window.limit)?);
    let rows = Rows { after: after.as_ref(), limit };
    Ok(Page::of(notice::list(&app.desk, &by, app.now(), rows).await?, limit, |notice| notice.id.to_string()))
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

/// The delivery of a notice of the own office: each try, and when the next one is.
#[utoipa::path(
    get, path = "/api/v1/notices/{notice}/delivery", tag = "notice", security(("operator" = [])),
    params(("notice" = NoticeId, Path)), responses((status = 200, body = DeliveryView), Refusals)
)]
pub(crate) async fn delivery(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<NoticeId>,
) -> Result<Json<DeliveryView>> {
    Ok(Json(delivery::read(&app.desk, &by, app.now(), &id).await?))
}

/// Sends a notice of the own office again that could not be delivered, with the same id.
#[utoipa::path(
    post, path = "/api/v1/notices/{notice}/resend", tag = "notice", security(("operator" = [])),
    params(("notice" = NoticeId, Path)), responses((status = 204), Refusals)
)]
pub(crate) async fn resend(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<NoticeId>,
) -> Result<StatusCode> {
    delivery::resend(&app.desk, &by, app.now(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
