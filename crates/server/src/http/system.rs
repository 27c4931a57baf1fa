//! The installation in numbers.

use crate::error::Result;
use crate::http::extract::Operator;
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use casework::desk::system::{self, SystemView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Which program, pack and calibration are in use, what waits, what was deleted last, and how old the keys are. Nobody is named in it.
#[utoipa::path(
    get, path = "/api/v1/system", tag = "system", security(("operator" = [])),
    responses((status = 200, body = SystemView), Refusals)
)]
pub(crate) async fn read(State(app): State<App>, Operator(by): Operator) -> Result<Json<SystemView>> {
    Ok(Json(system::read(&app.desk, &by, app.now()).await?))
}
