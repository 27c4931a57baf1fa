//! Visits, from the first word to the outcome.

use crate::error::Result;
use crate::http::extract::{Body, Operator, Path, Query};
use crate::http::page::{Created, Page, created, limit};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use casework::desk::capture::{self, Who};
use casework::desk::consent::{self, Ask};
use casework::desk::decide::{self, CheckPapers, Confirm, Leave, Refer};
use casework::desk::incident::{self, Suspect};
use casework::desk::judge::{self, EvidenceView, Judge};
use casework::desk::picture::{self, Pictures};
use casework::desk::view::{VisitLine, VisitView};
use casework::desk::visit::{self, Assign, Claim, List, Open, OtherPath};
use casework::desk::withdraw::{self, Declared, Withdrawn};
use jiff::Timestamp;
use serde::Deserialize;
use store::id::VisitId;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(one))
        .routes(routes!(claim))
        .routes(routes!(assign))
        .routes(routes!(ask))
        .routes(routes!(withdraw))
        .routes(routes!(other_path))
        .routes(routes!(begin_capture))
        .routes(routes!(end_capture))
        .routes(routes!(pictures))
        .routes(routes!(judge))
        .routes(routes!(evidence))
        .routes(routes!(check_papers))
        .routes(routes!(confirm))
        .routes(routes!(refer))
        .routes(routes!(leave))
        .routes(routes!(suspect))
}

/// Which visits of the office.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Opened from this moment on; the last 24 hours unless asked otherwise.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Only visits that are not closed.
    #[serde(default)]
    open_only: bool,
    /// Go on after this visit: the `next` of the page before.
    after: Option<VisitId>,
    /// At most so many; 50 unless asked otherwise.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The visits of the own office, in the order in which they were opened.
#[utoipa::path(
    get, path = "/api/v1/visits", tag = "visit", security(("operator" = [])), params(Which),
    responses((status = 200, body = Page<VisitLine>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    Operator(by): Operator,
    Query(which): Query<Which>,
) -> Result<Json<Page<VisitLine>>> {
    let limit = limit(which.limit)?;
    let asked = List { since: which.since, open_only: which.open_only, after: which.after, limit: Some(limit) };
    let items = visit::list(&app.desk, &by, app.now(), &asked).await?;
    let next = items.last().filter(|_| items.len() >= limit as usize).map(|line| line.id.to_string());
    Ok(Json(Page { items, next }))
}

/// Opens a visit.
#[utoipa::path(
    post, path = "/api/v1/visits", tag = "visit", security(("operator" = [])), request_body = Open,
    responses((status = 201, body = VisitView), Refusals)
)]
pub(crate) async fn open(
    State(app): State<App>,
    Operator(by): Operator,
    Body(request): Body<Open>,
) -> Created<VisitView> {
    Ok(created(visit::open(&app.desk, &by, app.now(), &request).await?))
}

/// A visit of the own office.
#[utoipa::path(
    get, path = "/api/v1/visits/{visit}", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), responses((status = 200, body = VisitView), Refusals)
)]
pub(crate) async fn one(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
) -> Result<Json<VisitView>> {
    Ok(Json(visit::get(&app.desk, &by, app.now(), &id).await?))
}

/// Names the person at a place of the visit, by the identity number.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/claim", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = Claim, responses((status = 200, body = VisitView), Refusals)
)]
pub(crate) async fn claim(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<Claim>,
) -> Result<Json<VisitView>> {
    Ok(Json(visit::claim(&app.desk, &by, app.now(), &id, &request).await?))
}

/// Chooses the station whose camera the visit uses.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/station", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = Assign, responses((status = 200, body = VisitView), Refusals)
)]
pub(crate) async fn assign(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<Assign>,
) -> Result<Json<VisitView>> {
    Ok(Json(visit::assign(&app.desk, &by, app.now(), &id, &request).await?))
}

/// Asks a person of the visit for consent: the station then shows the text, and only there it is answered.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/consent", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = Ask, responses((status = 200, body = VisitView), Refusals)
)]
pub(crate) async fn ask(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<Ask>,
) -> Result<Json<VisitView>> {
    Ok(Json(consent::ask(&app.desk, &by, app.now(), &id, &request).await?))
}

/// Records that a person of the visit withdraws the consent, and gives the deletion certificate.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/withdrawal", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = Declared, responses((status = 200, body = Withdrawn), Refusals)
)]
pub(crate) async fn withdraw(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<Declared>,
) -> Result<Json<Withdrawn>> {
    Ok(Json(withdraw::declared(&app.desk, &by, app.now(), Some(&id), &request).await?))
}

/// Takes the equal way without a face for a person; nothing is held against anybody.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/other-path", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = OtherPath, responses((status = 200, body = VisitView), Refusals)
)]
pub(crate) async fn other_path(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<OtherPath>,
) -> Result<Json<VisitView>> {
    Ok(Json(visit::other_path(&app.desk, &by, app.now(), &id, &request).await?))
}

/// Asks for the camera: the station opens it.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/capture", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = Who, responses((status = 200, body = VisitView), Refusals)
)]
pub(crate) async fn begin_capture(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<Who>,
) -> Result<Json<VisitView>> {
    Ok(Json(capture::begin(&app.desk, &by, app.now(), &id, request).await?))
}

/// Ends a capture that yields nothing: it ran out of time, or the person changed their mind.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/capture/end", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = Who, responses((status = 200, body = VisitView), Refusals)
)]
pub(crate) async fn end_capture(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<Who>,
) -> Result<Json<VisitView>> {
    Ok(Json(capture::end(&app.desk, &by, app.now(), &id, request).await?))
}

/// The live pictures and the portraits of a person of the visit, to be compared by eye. Each look is an entry of the ledger.
#[utoipa::path(
    get, path = "/api/v1/visits/{visit}/persons/{person}/pictures", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path), ("person" = u32, Path)), responses((status = 200, body = Pictures), Refusals)
)]
pub(crate) async fn pictures(
    State(app): State<App>,
    Operator(by): Operator,
    Path((id, person)): Path<(VisitId, u32)>,
) -> Result<Json<Pictures>> {
    Ok(Json(picture::look(&app.desk, &by, app.now(), &id, person).await?))
}

/// Takes the clerk's own judgement, and only then opens the evidence.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/judgement", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = Judge, responses((status = 200, body = EvidenceView), Refusals)
)]
pub(crate) async fn judge(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<Judge>,
) -> Result<Json<EvidenceView>> {
    Ok(Json(judge::judge(&app.desk, &by, app.now(), &id, request).await?))
}

/// Shows open evidence again to an operator who has judged it. Each time is an entry of the ledger.
#[utoipa::path(
    get, path = "/api/v1/visits/{visit}/persons/{person}/evidence", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path), ("person" = u32, Path)), responses((status = 200, body = EvidenceView), Refusals)
)]
pub(crate) async fn evidence(
    State(app): State<App>,
    Operator(by): Operator,
    Path((id, person)): Path<(VisitId, u32)>,
) -> Result<Json<EvidenceView>> {
    Ok(Json(judge::evidence(&app.desk, &by, app.now(), &id, person).await?))
}

/// On the other path: papers have settled who the person is.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/papers", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = CheckPapers, responses((status = 200, body = VisitView), Refusals)
)]
pub(crate) async fn check_papers(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<CheckPapers>,
) -> Result<Json<VisitView>> {
    Ok(Json(decide::check_papers(&app.desk, &by, app.now(), &id, &request).await?))
}

/// Outcome: the visit's persons are who they claim to be.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/outcome/confirm", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = Confirm, responses((status = 200, body = VisitView), Refusals)
)]
pub(crate) async fn confirm(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<Confirm>,
) -> Result<Json<VisitView>> {
    Ok(Json(decide::confirm(&app.desk, &by, app.now(), &id, &request).await?))
}

/// Outcome: a human takes it further.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/outcome/refer", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = Refer, responses((status = 200, body = VisitView), Refusals)
)]
pub(crate) async fn refer(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<Refer>,
) -> Result<Json<VisitView>> {
    Ok(Json(decide::refer(&app.desk, &by, app.now(), &id, &request).await?))
}

/// Outcome: the person gives it up, or has gone away.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/outcome/leave", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = Leave, responses((status = 200, body = VisitView), Refusals)
)]
pub(crate) async fn leave(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<Leave>,
) -> Result<Json<VisitView>> {
    Ok(Json(decide::leave(&app.desk, &by, app.now(), &id, request).await?))
}

/// Reports a suspicion. Nothing is decided until a second operator has looked.
#[utoipa::path(
    post, path = "/api/v1/visits/{visit}/suspicion", tag = "visit", security(("operator" = [])),
    params(("visit" = VisitId, Path)), request_body = Suspect, responses((status = 200, body = VisitView), Refusals)
)]
pub(crate) async fn suspect(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<VisitId>,
    Body(request): Body<Suspect>,
) -> Result<Json<VisitView>> {
    Ok(Json(incident::report(&app.desk, &by, app.now(), &id, &request).await?))
}
