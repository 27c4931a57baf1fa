//! Operators' sessions: signing in by password and code or by passkey, out again, and accepting an invitation.

use crate::error::Result;
use crate::http::extract::{Body, Invited, OPERATOR, Operator, Path, Query, Secret};
use crate::http::page::{Page, Window};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use casework::desk::Secret as Hidden;
use casework::desk::invitation::{self, Acceptance, Confirmation, Offer};
use casework::desk::passkey::{self, Challenge, PasskeyMade, PasskeyShown, PasskeyView};
use casework::desk::sign_in::{self, Opened, PasswordChange, PasswordSignIn, SessionView};
use serde::{Deserialize, Serialize};
use store::id::PasskeyId;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, list, sign_out_everywhere))
        .routes(routes!(sign_out))
        .routes(routes!(passkey_challenge))
        .routes(routes!(passkey_sign_in))
        .routes(routes!(change_password))
        .routes(routes!(passkeys, passkey_add))
        .routes(routes!(passkey_begin))
        .routes(routes!(passkey_revoke))
        .routes(routes!(invitation_begin))
        .routes(routes!(invitation_finish))
        .routes(routes!(invitation_open))
}

/// How many sessions ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionsEnded {
    /// Their number.
    pub(crate) ended: u64,
}

/// An invitation's link, for an operator who wants no password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationOpen {
    /// The secret part of the link.
    token: Hidden,
}

/// The same with the prefix by which tokens are told apart.
fn given(opened: Opened) -> Json<Opened> {
    Json(Opened { token: Hidden::new(format!("{OPERATOR}{}", opened.token.as_str())), ..opened })
}

/// Signs in with password and one-time code.
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "session", request_body = PasswordSignIn,
    responses((status = 201, body = Opened), Refusals)
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    _: Secret,
    Body(request): Body<PasswordSignIn>,
) -> Result<(StatusCode, Json<Opened>)> {
    Ok((StatusCode::CREATED, given(sign_in::with_password(&app.desk, app.now(), &request).await?)))
}

/// A challenge to sign in with a passkey.
#[utoipa::path(
    post, path = "/api/v1/sessions/passkey-challenge", tag = "session",
    responses((status = 201, body = Challenge), Refusals)
)]
pub(crate) async fn passkey_challenge(State(app): State<App>, _: Secret) -> Result<(StatusCode, Json<Challenge>)> {
    Ok((StatusCode::CREATED, Json(passkey::sign_in_begin(&app.desk, app.now()).await?)))
}

/// Signs in with a passkey.
#[utoipa::path(
    post, path = "/api/v1/sessions/passkey", tag = "session", request_body = PasskeyShown,
    responses((status = 201, body = Opened), Refusals)
)]
pub(crate) async fn passkey_sign_in(
    State(app): State<App>,
    _: Secret,
    Body(request): Body<PasskeyShown>,
) -> Result<(StatusCode, Json<Opened>)> {
    Ok((StatusCode::CREATED, given(passkey::sign_in_finish(&app.desk, app.now(), &request).await?)))
}

/// The open sessions of who is signed in, newest first.
#[utoipa::path(
    get, path = "/api/v1/sessions", tag = "session", security(("operator" = [])), params(Window),
    responses((status = 200, body = Page<SessionView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    Operator(by): Operator,
    Query(window): Query<Window>,
) -> Result<Json<Page<SessionView>>> {
    window.cut(sign_in::sessions(&app.desk, &by, app.now()).await?, |session| session.id.to_string())
}

/// Signs out here.
#[utoipa::path(
    delete, path = "/api/v1/sessions/present", tag = "session", security(("operator" = [])),
    responses((status = 204), Refusals)
)]
pub(crate) async fn sign_out(State(app): State<App>, Invited(by): Invited) -> Result<StatusCode> {
    sign_in::sign_out(&app.desk, &by, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs out everywhere.
#[utoipa::path(
    delete, path = "/api/v1/sessions", tag = "session", security(("operator" = [])),
    responses((status = 200, body = SessionsEnded), Refusals)
)]
pub(crate) async fn sign_out_everywhere(State(app): State<App>, Operator(by): Operator) -> Result<Json<SessionsEnded>> {
    Ok(Json(SessionsEnded { ended: sign_in::sign_out_everywhere(&app.desk, &by, app.now()).await? }))
}

/// Sets a new password. All sessions end but the one that is given back.
#[utoipa::path(
    post, path = "/api/v1/sessions/password", tag = "session", security(("operator" = [])),
    request_body = PasswordChange, responses((status = 201, body = Opened), Refusals)
)]
pub(crate) async fn change_password(
    State(app): State<App>,
    Operator(by): Operator,
    _: Secret,
    Body(request): Body<PasswordChange>,
) -> Result<(StatusCode, Json<Opened>)> {
    Ok((StatusCode::CREATED, given(sign_in::change_password(&app.desk, &by, app.now(), &request).await?)))
}

/// The passkeys of who is signed in, oldest first.
#[utoipa::path(
    get, path = "/api/v1/passkeys", tag = "session", security(("operator" = [])), params(Window),
    responses((status = 200, body = Page<PasskeyView>), Refusals)
)]
pub(crate) async fn passkeys(
    State(app): State<App>,
    Operator(by): Operator,
    Query(window): Query<Window>,
) -> Result<Json<Page<PasskeyView>>> {
    window.cut(passkey::list(&app.desk, &by).await?, |passkey| passkey.id.to_string())
}

/// A challenge to make a passkey; an invitation's session is enough.
#[utoipa::path(
    post, path = "/api/v1/passkeys/challenge", tag = "session", security(("operator" = [])),
    responses((status = 201, body = Challenge), Refusals)
)]
pub(crate) async fn passkey_begin(
    State(app): State<App>,
    Invited(by): Invited,
) -> Result<(StatusCode, Json<Challenge>)> {
    Ok((StatusCode::CREATED, Json(passkey::begin(&app.desk, &by, app.now()).await?)))
}

/// Adds the passkey that answered a challenge.
#[utoipa::path(
    post, path = "/api/v1/passkeys", tag = "session", security(("operator" = [])), request_body = PasskeyMade,
    responses((status = 201, body = PasskeyView), Refusals)
)]
pub(crate) async fn passkey_add(
    State(app): State<App>,
    Invited(by): Invited,
    Body(request): Body<PasskeyMade>,
) -> Result<(StatusCode, Json<PasskeyView>)> {
    Ok((StatusCode::CREATED, Json(passkey::finish(&app.desk, &by, app.now(), &request).await?)))
}

/// Revokes a passkey of who is signed in.
#[utoipa::path(
    delete, path = "/api/v1/passkeys/{passkey}", tag = "session", security(("operator" = [])),
    params(("passkey" = PasskeyId, Path)), responses((status = 204), Refusals)
)]
pub(crate) async fn passkey_revoke(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<PasskeyId>,
) -> Result<StatusCode> {
    passkey::revoke(&app.desk, &by, app.now(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The first step of accepting an invitation: hands out the secret of one-time codes.
#[utoipa::path(
    post, path = "/api/v1/invitations/begin", tag = "session", request_body = Acceptance,
    responses((status = 200, body = Offer), Refusals)
)]
pub(crate) async fn invitation_begin(
    State(app): State<App>,
    _: Secret,
    Body(request): Body<Acceptance>,
) -> Result<Json<Offer>> {
    Ok(Json(invitation::begin(&app.desk, app.now(), &request).await?))
}

/// The second step: sets password and one-time code, and signs in.
#[utoipa::path(
    post, path = "/api/v1/invitations/finish", tag = "session", request_body = Confirmation,
    responses((status = 201, body = Opened), Refusals)
)]
pub(crate) async fn invitation_finish(
    State(app): State<App>,
    _: Secret,
    Body(request): Body<Confirmation>,
) -> Result<(StatusCode, Json<Opened>)> {
    Ok((StatusCode::CREATED, given(invitation::finish(&app.desk, app.now(), &request).await?)))
}

/// Accepts an invitation without a password: gives a session of 15 minutes that is good for making a passkey.
#[utoipa::path(
    post, path = "/api/v1/invitations/open", tag = "session", request_body = InvitationOpen,
    responses((status = 201, body = Opened), Refusals)
)]
pub(crate) async fn invitation_open(
    State(app): State<App>,
    _: Secret,
    Body(request): Body<InvitationOpen>,
) -> Result<(StatusCode, Json<Opened>)> {
    Ok((StatusCode::CREATED, given(invitation::without_password(&app.desk, app.now(), &request.token).await?)))
}
