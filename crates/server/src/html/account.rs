//! What is one's own: sessions, password, passkeys.

use super::cookie;
use super::form::{self, Form};
use super::shell::{Refusal, Shell, Staff, page};
use super::sign_in;
use crate::error::ApiError;
use crate::http::extract::{Body, Invited, OPERATOR, Secret};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::desk::Secret as Hidden;
use casework::desk::passkey::{self, PasskeyMade, PasskeyView};
use casework::desk::sign_in::{PasswordChange, SessionView};
use casework::desk::{operator, sign_in as sessions};
use serde::Deserialize;
use store::id::PasskeyId;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/account", get(show))
        .route("/account/password", post(change_password))
        .route("/account/passkey", get(passkey_page).post(passkey_add))
        .route("/account/passkey/{passkey}/revoke", post(passkey_revoke))
        .route("/account/sign-out-everywhere", post(sign_out_everywhere))
}

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    shell: Shell,
    login: String,
    name: String,
    roles: Vec<String>,
    trained_until: Option<String>,
    sessions: Vec<SessionView>,
    passkeys: Vec<PasskeyView>,
    wrong: Option<String>,
}

/// Where a passkey is made: with a full session, or with one that an invitation opened.
#[derive(Template)]
#[template(path = "passkey.html")]
struct Passkey {
    shell: Shell,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    password: Hidden,
    code: Hidden,
    chosen: Hidden,
}

#[derive(Deserialize)]
struct Nothing {}

async fn show(State(app): State<App>, staff: Staff) -> Result<Response, Refusal> {
    account(&app, staff, None).await
}

async fn account(app: &App, Staff { by, shell }: Staff, wrong: Option<String>) -> Result<Response, Refusal> {
    let now = app.now();
    let own = operator::own(&app.desk, &by, now).await?;
    Ok(page(&Account {
        login: own.login,
        name: own.name,
        roles: own.roles.iter().map(|role| shell.words.of_code("role-", role)).collect(),
        trained_until: own.trained_until.map(|until| shell.words.moment(&until)),
        sessions: sessions::sessions(&app.desk, &by, now).await?,
        passkeys: passkey::list(&app.desk, &by).await?,
        shell,
        wrong,
    }))
}

async fn change_password(
    State(app): State<App>,
    staff: Staff,
    _: Secret,
    Form(filled): Form<NewPassword>,
) -> Result<Response, Refusal> {
    let NewPassword { password, code, chosen } = filled;
    let request = PasswordChange { password, code, new_password: chosen };
    match sessions::change_password(&app.desk, &staff.by, app.now(), &request).await {
        Ok(opened) => Ok(form::go_with("/account", cookie::keep(&app, OPERATOR, opened.token.as_str())?)),
        Err(error) if matches!(error.code(), "sign-in-refused" | "password-too-weak") => {
            let wrong = Some(staff.shell.wrong(&error));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, account(&app, staff, wrong).await?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn passkey_page(shell: Shell, who: Result<Invited, ApiError>) -> Result<Response, Refusal> {
    who?;
    Ok(page(&Passkey { shell }))
}

/// Takes what a script made. After an invitation there is no full session yet: the new passkey opens one.
async fn passkey_add(
    State(app): State<App>,
    Invited(by): Invited,
    headers: HeaderMap,
    Body(request): Body<PasskeyMade>,
) -> Result<Response, ApiError> {
    cookie::from_own_page(&headers)?;
    passkey::finish(&app.desk, &by, app.now(), &request).await?;
    Ok(sign_in::gone(match by.factor() {
        store::session::Factor::Invitation => "/sign-in",
        store::session::Factor::Passkey | store::session::Factor::PasswordAndCode => "/account",
    }))
}

async fn passkey_revoke(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path(id): Path<PasskeyId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    passkey::revoke(&app.desk, &by, app.now(), &id).await?;
    Ok(form::go("/account"))
}

async fn sign_out_everywhere(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    sessions::sign_out_everywhere(&app.desk, &by, app.now()).await?;
    Ok(form::go_with("/", cookie::forget(&app, OPERATOR)?))
}
