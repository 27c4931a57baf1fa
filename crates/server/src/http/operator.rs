//! Operators, as administrators keep them.

use crate::error::Result;
use crate::http::extract::{Body, Operator, Path, Query};
use crate::http::page::{Created, Page, Window, created, limit};
use crate::http::refusals::Refusals;
use crate::http::session::SessionsEnded;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use casework::desk::operator::{self, Invitation, OperatorNew, OperatorView, Standing};
use casework::desk::passkey::{self, PasskeyView};
use casework::desk::sign_in;
use store::id::{OperatorId, PasskeyId};
use store::limits::Window as Rows;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, invite))
        .routes(routes!(own))
        .routes(routes!(change))
        .routes(routes!(invite_again))
        .routes(routes!(disable))
        .routes(routes!(enable))
        .routes(routes!(sign_out))
        .routes(routes!(passkeys))
        .routes(routes!(passkey_revoke))
}

/// All operators for an administrator, those of the own office for others who may.
#[utoipa::path(
    get, path = "/api/v1/operators", tag = "operator", security(("operator" = [])), params(Window),
    responses((status = 200, body = Page<OperatorView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    Operator(by): Operator,
    Query(window): Query<Window>,
) -> Result<Json<Page<OperatorView>>> {
    let (after, limit) = (window.after::<OperatorId>()?, limit(window.limit)?);
    let rows = Rows { after: after.as_ref(), limit };
    Ok(Page::of(operator::list(&app.desk, &by, app.now(), rows).await?, limit, |operator| operator.id.to_string()))
}

/// Adds an operator and gives the secret part of the one-time link.
#[utoipa::path(
    post, path = "/api/v1/operators", tag = "operator", security(("operator" = [])), request_body = OperatorNew,
    responses((status = 201, body = Invitation), Refusals)
)]
pub(crate) async fn invite(
    State(app): State<App>,
    Operator(by): Operator,
    Body(request): Body<OperatorNew>,
) -> Created<Invitation> {
    Ok(created(operator::invite(&app.desk, &by, app.now(), &request).await?))
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/api/v1/operators/me", tag = "operator", security(("operator" = [])),
    responses((status = 200, body = OperatorView), Refusals)
)]
pub(crate) async fn own(State(app): State<App>, Operator(by): Operator) -> Result<Json<OperatorView>> {
    Ok(Json(operator::own(&app.desk, &by, app.now()).await?))
}

/// Changes what an operator may do, where, and until when the training counts.
#[utoipa::path(
    put, path = "/api/v1/operators/{operator}", tag = "operator", security(("operator" = [])),
    params(("operator" = OperatorId, Path)), request_body = Standing,
    responses((status = 200, body = OperatorView), Refusals)
)]
pub(crate) async fn change(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<OperatorId>,
    Body(request): Body<Standing>,
) -> Result<Json<OperatorView>> {
    Ok(Json(operator::change(&app.desk, &by, app.now(), &id, &request).await?))
}

/// A new one-time link for an operator who lost the credentials; earlier links end.
#[utoipa::path(
    post, path = "/api/v1/operators/{operator}/invitation", tag = "operator", security(("operator" = [])),
    params(("operator" = OperatorId, Path)), responses((status = 201, body = Invitation), Refusals)
)]
pub(crate) async fn invite_again(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<OperatorId>,
) -> Created<Invitation> {
    Ok(created(operator::invite_again(&app.desk, &by, app.now(), &id).await?))
}

/// Disables an operator and signs them out everywhere.
#[utoipa::path(
    post, path = "/api/v1/operators/{operator}/disable", tag = "operator", security(("operator" = [])),
    params(("operator" = OperatorId, Path)), responses((status = 200, body = OperatorView), Refusals)
)]
pub(crate) async fn disable(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<OperatorId>,
) -> Result<Json<OperatorView>> {
    Ok(Json(operator::disable(&app.desk, &by, app.now(), &id).await?))
}

/// Lets a disabled operator work again.
#[utoipa::path(
    post, path = "/api/v1/operators/{operator}/enable", tag = "operator", security(("operator" = [])),
    params(("operator" = OperatorId, Path)), responses((status = 200, body = OperatorView), Refusals)
)]
pub(crate) async fn enable(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<OperatorId>,
) -> Result<Json<OperatorView>> {
    Ok(Json(operator::enable(&app.desk, &by, app.now(), &id).await?))
}

/// Signs an operator out everywhere and forgets failed sign-ins: for a lost device, or a login that somebody keeps locking.
#[utoipa::path(
    delete, path = "/api/v1/operators/{operator}/sessions", tag = "operator", security(("operator" = [])),
    params(("operator" = OperatorId, Path)), responses((status = 200, body = SessionsEnded), Refusals)
)]
pub(crate) async fn sign_out(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<OperatorId>,
) -> Result<Json<SessionsEnded>> {
    Ok(Json(SessionsEnded { ended: sign_in::sign_out_operator(&app.desk, &by, app.now(), &id).await? }))
}

/// The passkeys of an operator, oldest first.
#[utoipa::path(
    get, path = "/api/v1/operators/{operator}/passkeys", tag = "operator", security(("operator" = [])),
    params(("operator" = OperatorId, Path), Window), responses((status = 200, body = Page<PasskeyView>), Refusals)
)]
pub(crate) async fn passkeys(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<OperatorId>,
    Query(window): Query<Window>,
) -> Result<Json<Page<PasskeyView>>> {
    window.cut(passkey::list_of(&app.desk, &by, app.now(), &id).await?, |passkey| passkey.id.to_string())
}

/// Revokes a passkey of an operator: for a key that was lost.
#[utoipa::path(
    delete, path = "/api/v1/operators/{operator}/passkeys/{passkey}", tag = "operator", security(("operator" = [])),
    params(("operator" = OperatorId, Path), ("passkey" = PasskeyId, Path)), responses((status = 204), Refusals)
)]
pub(crate) async fn passkey_revoke(
    State(app): State<App>,
    Operator(by): Operator,
    Path((operator, id)): Path<(OperatorId, PasskeyId)>,
) -> Result<StatusCode> {
    passkey::revoke_of(&app.desk, &by, app.now(), &operator, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
