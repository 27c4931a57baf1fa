//! Signing in with password and one-time code, or with a passkey, and out again.

use super::cookie;
use super::form::{self, Form};
use super::shell::{Refusal, Shell, page};
use crate::error::ApiError;
use crate::http::extract::{Body, Invited, OPERATOR, Secret};
use crate::state::App;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use casework::desk::passkey::{self, PasskeyShown};
use casework::desk::sign_in::{self, PasswordSignIn};
use serde::{Deserialize, Serialize};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(show).post(with_password))
        .route("/sign-in/passkey", post(with_passkey))
        .route("/sign-out", post(sign_out))
}

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
struct Then {
    to: Option<String>,
}

/// What the form holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filled {
    login: String,
    password: casework::desk::Secret,
    code: casework::desk::Secret,
    to: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    shell: Shell,
    login: String,
    to: String,
    /// What was wrong with the last try.
    wrong: Option<String>,
}

async fn show(shell: Shell, Query(then): Query<Then>) -> Response {
    let to = form::own(then.to.as_deref().unwrap_or("/")).to_owned();
    page(&SignIn { shell, login: String::new(), to, wrong: None })
}

async fn with_password(
    State(app): State<App>,
    shell: Shell,
    _: Secret,
    Form(filled): Form<Filled>,
) -> Result<Response, Refusal> {
    let Filled { login, password, code, to } = filled;
    let request = PasswordSignIn { login: login.trim().to_owned(), password, code };
    match sign_in::with_password(&app.desk, app.now(), &request).await {
        Ok(opened) => Ok(form::go_with(&to, cookie::keep(&app, OPERATOR, opened.token.as_str())?)),
        Err(error) if error.code() == "sign-in-refused" => {
            let wrong = Some(shell.wrong(&error));
            let to = form::own(&to).to_owned();
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&SignIn { shell, login, to, wrong })).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Where a script goes on.
#[derive(Serialize)]
struct Gone {
    to: &'static str,
}

/// The answer to a script that is done.
pub(super) fn gone(to: &'static str) -> Response {
    Json(Gone { to }).into_response()
}

/// A passkey is made by a script, so this takes and gives JSON.
async fn with_passkey(
    State(app): State<App>,
    headers: HeaderMap,
    _: Secret,
    Body(request): Body<PasskeyShown>,
) -> Result<Response, ApiError> {
    cookie::from_own_page(&headers)?;
    let opened = passkey::sign_in_finish(&app.desk, app.now(), &request).await?;
    let cookie = cookie::keep(&app, OPERATOR, opened.token.as_str())?;
    Ok(([(header::SET_COOKIE, cookie)], gone("/")).into_response())
}

#[derive(Deserialize)]
struct Nothing {}

async fn sign_out(
    State(app): State<App>,
    who: Result<Invited, ApiError>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    // Who is signed out already wanted nothing else.
    if let Ok(Invited(by)) = who {
        sign_in::sign_out(&app.desk, &by, app.now()).await?;
    }
    Ok(form::go_with("/", cookie::forget(&app, OPERATOR)?))
}
