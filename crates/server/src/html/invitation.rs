//! Accepting an invitation: a password and a one-time code in two steps, or a passkey. The secret part of the link stands after its `#`, so no
//! server and no log on the way sees it; a script puts it into the form, and without script one pastes it.

use super::cookie;
use super::form::{self, Form};
use super::shell::{Refusal, Shell, page};
use crate::http::extract::{OPERATOR, Secret};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::desk::Secret as Hidden;
use casework::desk::invitation::{self, Acceptance, Confirmation};
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::qr::QRBuilder;
use serde::Deserialize;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/invitation", get(show).post(begin))
        .route("/invitation/code", post(finish))
        .route("/invitation/passkey", post(by_passkey))
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct Invitation {
    shell: Shell,
    token: Hidden,
    wrong: Option<String>,
}

/// The second step.
#[derive(Template)]
#[template(path = "invitation_code.html")]
struct Code {
    shell: Shell,
    login: String,
    token: Hidden,
    offer: Hidden,
    /// The secret, for who cannot point a camera at the picture.
    secret: Hidden,
    /// The same as an address.
    uri: Hidden,
    /// The same as a picture.
    picture: String,
    wrong: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    token: Hidden,
    password: Hidden,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Second {
    token: Hidden,
    offer: Hidden,
    secret: Hidden,
    uri: Hidden,
    login: String,
    password: Hidden,
    code: Hidden,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opened {
    token: Hidden,
}

/// What a person can mend in the form itself; everything else is a page of its own.
fn mendable(error: &casework::Error) -> bool {
    matches!(error.code(), "password-too-weak" | "code-wrong" | "invitation-ended")
}

/// The secret part, also of a whole link that was pasted.
fn secret_part(pasted: &Hidden) -> Hidden {
    let text = pasted.as_str().trim();
    Hidden::new(text.rsplit('#').next().unwrap_or(text))
}

async fn show(shell: Shell) -> Response {
    page(&Invitation { shell, token: Hidden::new(""), wrong: None })
}

async fn begin(
    State(app): State<App>,
    shell: Shell,
    _: Secret,
    Form(First { token, password }): Form<First>,
) -> Result<Response, Refusal> {
    let token = secret_part(&token);
    let acceptance = Acceptance { token: token.clone(), password };
    match invitation::begin(&app.desk, app.now(), &acceptance).await {
        Ok(offer) => Ok(page(&Code {
            picture: picture(offer.uri.as_str()),
            shell,
            login: offer.login,
            token,
            offer: offer.offer,
            secret: offer.secret,
            uri: offer.uri,
            wrong: None,
        })),
        Err(error) if mendable(&error) => {
            let wrong = Some(shell.wrong(&error));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&Invitation { shell, token, wrong })).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn finish(
    State(app): State<App>,
    shell: Shell,
    _: Secret,
    Form(filled): Form<Second>,
) -> Result<Response, Refusal> {
    let Second { token, offer, secret, uri, login, password, code } = filled;
    let confirmation = Confirmation { token: token.clone(), password, offer: offer.clone(), code };
    match invitation::finish(&app.desk, app.now(), &confirmation).await {
        Ok(opened) => Ok(form::go_with("/", cookie::keep(&app, OPERATOR, opened.token.as_str())?)),
        Err(error) if mendable(&error) => {
            let wrong = Some(shell.wrong(&error));
            let again = Code { picture: picture(uri.as_str()), shell, login, token, offer, secret, uri, wrong };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&again)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens a session that is good for making a passkey, and goes where that is done.
async fn by_passkey(
    State(app): State<App>,
    _: Secret,
    Form(Opened { token }): Form<Opened>,
) -> Result<Response, Refusal> {
    let opened = invitation::without_password(&app.desk, app.now(), &secret_part(&token)).await?;
    Ok(form::go_with("/account/passkey", cookie::keep(&app, OPERATOR, opened.token.as_str())?))
}

/// A QR code as the source of a picture; empty where the text does not fit one, and then the text beside it has to do.
pub(crate) fn picture(text: &str) -> String {
    use base64::Engine as _;
    let Ok(code) = QRBuilder::new(text).build() else { return String::new() };
    let svg = SvgBuilder::default().to_str(&code);
    format!("data:image/svg+xml;base64,{}", base64::engine::general_purpose::STANDARD.encode(svg))
}
