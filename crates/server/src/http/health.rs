//! Whether the server lives and whether it can work.

use crate::error::Result;
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready))
}

/// Whether the process answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Live {
    /// Always `live`.
    status: &'static str,
    /// The program's version.
    version: &'static str,
}

/// The process answers. Says nothing about the database.
#[utoipa::path(get, path = "/api/v1/health/live", tag = "health", responses((status = 200, body = Live), Refusals))]
pub(crate) async fn live() -> Json<Live> {
    Json(Live { status: "live", version: env!("CARGO_PKG_VERSION") })
}

/// That the server can work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ready {
    /// Always `ready`.
    status: &'static str,
    /// The pack in use.
    pack: String,
}

/// The server can work: the database answers and the pack is loaded. A refusal when not.
#[utoipa::path(get, path = "/api/v1/health/ready", tag = "health", responses((status = 200, body = Ready), Refusals))]
pub(crate) async fn ready(State(app): State<App>) -> Result<Json<Ready>> {
    app.desk.db.read().await?.commit().await?;
    Ok(Json(Ready { status: "ready", pack: app.desk.engine.pack().id().to_string() }))
}
