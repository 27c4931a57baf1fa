//! Suspected impersonation, as the second operator sees it.

use crate::error::Result;
use crate::http::extract::{Body, Operator, Path, Query};
use crate::http::page::{Page, limit};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use casework::desk::casefile::{self, CaseFile};
use casework::desk::incident::{self, Close, Dismiss, IncidentView, List, SecondJudge};
use casework::desk::judge::EvidenceView;
use casework::desk::station_alarm::{self, StationAlarmClose, StationAlarmView};
use serde::Deserialize;
use store::id::{IncidentId, StationAlarmId};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(judge))
        .routes(routes!(second))
        .routes(routes!(dismiss))
        .routes(routes!(close))
        .routes(routes!(case_file))
        .routes(routes!(stations))
        .routes(routes!(close_station))
}

/// Which incidents of the office.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Go on after this incident: the `next` of the page before.
    after: Option<IncidentId>,
    /// At most so many; 50 unless asked otherwise.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The incidents of the own office, newest first.
#[utoipa::path(
    get, path = "/api/v1/incidents", tag = "incident", security(("operator" = [])), params(Which),
    responses((status = 200, body = Page<IncidentView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    Operator(by): Operator,
    Query(which): Query<Which>,
) -> Result<Json<Page<IncidentView>>> {
    let limit = limit(which.limit)?;
    let asked = List { before: which.after, limit: Some(limit) };
    let items = incident::list(&app.desk, &by, app.now(), &asked).await?;
    let next = items.last().filter(|_| items.len() >= limit as usize).map(|incident| incident.id.to_string());
    Ok(Json(Page { items, next }))
}

/// An incident of the own office.
#[utoipa::path(
    get, path = "/api/v1/incidents/{incident}", tag = "incident", security(("operator" = [])),
    params(("incident" = IncidentId, Path)), responses((status = 200, body = IncidentView), Refusals)
)]
pub(crate) async fn one(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<IncidentId>,
) -> Result<Json<IncidentView>> {
    Ok(Json(incident::get(&app.desk, &by, app.now(), &id).await?))
}

/// Takes the second operator's own judgement from the pictures, and only then opens the evidence.
#[utoipa::path(
    post, path = "/api/v1/incidents/{incident}/judgement", tag = "incident", security(("operator" = [])),
    params(("incident" = IncidentId, Path)), request_body = SecondJudge,
    responses((status = 200, body = EvidenceView), Refusals)
)]
pub(crate) async fn judge(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<IncidentId>,
    Body(request): Body<SecondJudge>,
) -> Result<Json<EvidenceView>> {
    Ok(Json(incident::judge(&app.desk, &by, app.now(), &id, request).await?))
}

/// Seconds a report: the visit ends as suspected impersonation, and the office's contacts are told.
#[utoipa::path(
    post, path = "/api/v1/incidents/{incident}/second", tag = "incident", security(("operator" = [])),
    params(("incident" = IncidentId, Path)), responses((status = 200, body = IncidentView), Refusals)
)]
pub(crate) async fn second(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<IncidentId>,
) -> Result<Json<IncidentView>> {
    Ok(Json(incident::second(&app.desk, &by, app.now(), &id).await?))
}

/// Dismisses a report: the visit goes on.
#[utoipa::path(
    post, path = "/api/v1/incidents/{incident}/dismiss", tag = "incident", security(("operator" = [])),
    params(("incident" = IncidentId, Path)), request_body = Dismiss,
    responses((status = 200, body = IncidentView), Refusals)
)]
pub(crate) async fn dismiss(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<IncidentId>,
    Body(request): Body<Dismiss>,
) -> Result<Json<IncidentView>> {
    Ok(Json(incident::dismiss(&app.desk, &by, app.now(), &id, &request).await?))
}

/// Closes a confirmed incident that was followed up; who reported it cannot. The terms of retention run from now on.
#[utoipa::path(
    post, path = "/api/v1/incidents/{incident}/close", tag = "incident", security(("operator" = [])),
    params(("incident" = IncidentId, Path)), request_body = Close,
    responses((status = 200, body = IncidentView), Refusals)
)]
pub(crate) async fn close(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<IncidentId>,
    Body(request): Body<Close>,
) -> Result<Json<IncidentView>> {
    Ok(Json(incident::close(&app.desk, &by, app.now(), &id, &request).await?))
}

/// The case file of a confirmed incident. Each export is an entry of the ledger.
#[utoipa::path(
    get, path = "/api/v1/incidents/{incident}/case-file", tag = "incident", security(("operator" = [])),
    params(("incident" = IncidentId, Path)), responses((status = 200, body = CaseFile), Refusals)
)]
pub(crate) async fn case_file(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<IncidentId>,
) -> Result<Json<CaseFile>> {
    Ok(Json(casefile::export(&app.desk, &by, app.now(), &id).await?))
}

/// Alarms about stations of the own office, at which several attacks were found within an hour: those that wait first, at most 50.
#[utoipa::path(
    get, path = "/api/v1/station-alarms", tag = "incident", security(("operator" = [])),
    responses((status = 200, body = Vec<StationAlarmView>), Refusals)
)]
pub(crate) async fn stations(State(app): State<App>, Operator(by): Operator) -> Result<Json<Vec<StationAlarmView>>> {
    Ok(Json(station_alarm::list(&app.desk, &by, app.now()).await?))
}

/// Closes an alarm about a station, after somebody has looked there.
#[utoipa::path(
    post, path = "/api/v1/station-alarms/{alarm}/close", tag = "incident",
    security(("operator" = [])), params(("alarm" = StationAlarmId, Path)), request_body = StationAlarmClose,
    responses((status = 204), Refusals)
)]
pub(crate) async fn close_station(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<StationAlarmId>,
    Body(request): Body<StationAlarmClose>,
) -> Result<StatusCode> {
    station_alarm::close(&app.desk, &by, app.now(), &id, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}
