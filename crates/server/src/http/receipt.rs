//! What a person can do with the receipt of a consent, without an account: see what is recorded, and withdraw. What the protection officer
//! does for them.

use crate::error::Result;
use crate::http::extract::{Body, Operator, Path, Secret};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use casework::desk::receipt::{self, Known, Shown};
use casework::desk::record::{self, ConsentRecord};
use casework::desk::withdraw::{self, Declared, Withdrawn};
use store::id::ConsentId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(withdraw))
        .routes(routes!(declared))
        .routes(routes!(record))
}

/// Shows the record of the consent (ISO/IEC TS 27560) and what the ledger says about the person. Being shown is an entry too.
#[utoipa::path(
    post, path = "/api/v1/receipts/show", tag = "receipt", request_body = Shown,
    responses((status = 200, body = Known), Refusals)
)]
pub(crate) async fn show(State(app): State<App>, _: Secret, Body(request): Body<Shown>) -> Result<Json<Known>> {
    Ok(Json(receipt::show(&app.desk, app.now(), &request).await?))
}

/// Withdraws the consent of a receipt and gives the signed deletion certificate. Repeated, it says so again and changes nothing.
#[utoipa::path(
    post, path = "/api/v1/receipts/withdraw", tag = "receipt", request_body = Shown,
    responses((status = 200, body = Withdrawn), Refusals)
)]
pub(crate) async fn withdraw(State(app): State<App>, _: Secret, Body(request): Body<Shown>) -> Result<Json<Withdrawn>> {
    Ok(Json(withdraw::by_receipt(&app.desk, app.now(), &request).await?))
}

/// Records a withdrawal that a person declares to the protection officer.
#[utoipa::path(
    post, path = "/api/v1/consents/{consent}/withdrawal", tag = "receipt", security(("operator" = [])),
    params(("consent" = ConsentId, Path)), responses((status = 200, body = Withdrawn), Refusals)
)]
pub(crate) async fn declared(
    State(app): State<App>,
    Operator(by): Operator,
    Path(consent): Path<ConsentId>,
) -> Result<Json<Withdrawn>> {
    Ok(Json(withdraw::declared(&app.desk, &by, app.now(), None, &Declared { consent }).await?))
}

/// Shows the protection officer the record of a consent (ISO/IEC TS 27560). The look is an entry of the ledger.
#[utoipa::path(
    get, path = "/api/v1/consents/{consent}", tag = "receipt", security(("operator" = [])),
    params(("consent" = ConsentId, Path)), responses((status = 200, body = ConsentRecord), Refusals)
)]
pub(crate) async fn record(
    State(app): State<App>,
    Operator(by): Operator,
    Path(consent): Path<ConsentId>,
) -> Result<Json<ConsentRecord>> {
    Ok(Json(record::read(&app.desk, &by, app.now(), &consent).await?))
}
