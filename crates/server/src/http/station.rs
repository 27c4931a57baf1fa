//! Stations: kept by administrators, paired by whoever stands before the browser with the code.

use crate::error::Result;
use crate::http::extract::{Body, Operator, Path, Query, STATION, Secret};
use crate::http::page::{Created, Page, Window, created, limit};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use casework::desk::Secret as Hidden;
use casework::desk::station::{self, Pairing, PairingShown, Seated, StationNew, StationView};
use store::id::StationId;
use store::limits::Window as Rows;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(revoke))
        .routes(routes!(new_code))
        .routes(routes!(pair))
}

/// All stations for an administrator, those of the own office for others.
#[utoipa::path(
    get, path = "/api/v1/stations", tag = "station", security(("operator" = [])), params(Window),
    responses((status = 200, body = Page<StationView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    Operator(by): Operator,
    Query(window): Query<Window>,
) -> Result<Json<Page<StationView>>> {
    let (after, limit) = (window.after::<StationId>()?, limit(window.limit)?);
    let rows = Rows { after: after.as_ref(), limit };
    Ok(Page::of(station::list(&app.desk, &by, app.now(), rows).await?, limit, |station| station.id.to_string()))
}

/// Adds a station and gives its pairing code.
#[utoipa::path(
    post, path = "/api/v1/stations", tag = "station", security(("operator" = [])), request_body = StationNew,
    responses((status = 201, body = Pairing), Refusals)
)]
pub(crate) async fn add(
    State(app): State<App>,
    Operator(by): Operator,
    Body(request): Body<StationNew>,
) -> Created<Pairing> {
    Ok(created(station::add(&app.desk, &by, app.now(), &request).await?))
}

/// Revokes a station's pairing.
#[utoipa::path(
    delete, path = "/api/v1/stations/{station}", tag = "station", security(("operator" = [])),
    params(("station" = StationId, Path)), responses((status = 204), Refusals)
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<StationId>,
) -> Result<StatusCode> {
    station::revoke(&app.desk, &by, app.now(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A new pairing code for a station; an earlier one is void.
#[utoipa::path(
    post, path = "/api/v1/stations/{station}/code", tag = "station", security(("operator" = [])),
    params(("station" = StationId, Path)), responses((status = 201, body = Pairing), Refusals)
)]
pub(crate) async fn new_code(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<StationId>,
) -> Created<Pairing> {
    Ok(created(station::new_code(&app.desk, &by, app.now(), &id).await?))
}

/// Makes the browser that shows a code the station that the code is for.
#[utoipa::path(
    post, path = "/api/v1/station/pair", tag = "station", request_body = PairingShown,
    responses((status = 201, body = Seated), Refusals)
)]
pub(crate) async fn pair(State(app): State<App>, _: Secret, Body(request): Body<PairingShown>) -> Created<Seated> {
    let seated = station::pair(&app.desk, app.now(), &request).await?;
    let token = Hidden::new(format!("{STATION}{}", seated.token.as_str()));
    Ok(created(Seated { token, ..seated }))
}
