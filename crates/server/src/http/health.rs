//! Whether the server lives and whether it can work.

use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
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

/// Whether the server can work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ready {
    /// `ready`, or `not-ready`.
    status: &'static str,
    /// True if the database answers.
    database: bool,
    /// The pack in use.
    pack: String,
}

/// The server can work: the database answers and the pack is loaded. 503 when not.
#[utoipa::path(
    get, path = "/api/v1/health/ready", tag = "health",
    responses((status = 200, body = Ready), (status = 503, body = Ready), Refusals)
)]
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, Json<Ready>) {
    let database = match app.desk.db.read().await {
        Ok(tx) => tx.commit().await.is_ok(),
        Err(_) => false,
    };
    let (status, word) =
        if database { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not-ready") };
    let pack = app.desk.engine.pack().id().to_string();
    (status, Json(Ready { status: word, database, pack }))
}
