//! The page of a demonstration: whom one can play, where to sit down, what to try; and the recorded cameras. Signing in goes the ordinary way,
//! with the password and the code that everybody can read here. A server without a cast has none of these addresses.

use super::cookie;
use super::form::{self, Form};
use super::shell::{Refusal, Shell, page};
use crate::code::Code;
use crate::demo::{Player, Sample, Seat};
use crate::error::ApiError;
use crate::http::extract::{OPERATOR, STATION};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::desk::Secret;
use casework::desk::sign_in::{self, PasswordSignIn};
use seal::totp;
use serde::Deserialize;
use store::id::StationId;

/// The module that plays a recording as a camera.
const CAMERA: &[u8] = include_bytes!("../../static/demo-camera.js");

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/demo", get(show))
        .route("/demo/sign-in", post(sign_in_as))
        .route("/demo/station", post(sit_down))
        .route("/demo/camera.js", get(async || ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], CAMERA)))
        .route("/demo/recordings/{name}", get(recording))
}

/// Somebody to play.
struct Role {
    player: Player,
    roles: String,
    code: String,
}

/// Somebody of the register, and what there is to try.
struct Person {
    sample: Sample,
    what: String,
    recording: Option<String>,
}

#[derive(Template)]
#[template(path = "demo.html")]
struct Page {
    shell: Shell,
    cast: Vec<Role>,
    stations: Vec<Seat>,
    persons: Vec<Person>,
    wrong: Option<String>,
}

#[derive(Default, Deserialize)]
struct Asked {
    /// Every code of this minute was used.
    wait: Option<String>,
}

/// Before and after this many seconds another code is good; a code is good once.
const CODES: [i64; 3] = [-30, 0, 30];

fn code(player: &Player, unix_s: i64) -> String {
    totp::Secret::from_base32(&player.secret)
        .map_or_else(|_| String::new(), |secret| totp::code(&secret, unix_s).to_string())
}

async fn show(State(app): State<App>, shell: Shell, Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    let stage = &app.demo.as_ref().ok_or_else(none)?.stage;
    let now = app.now().as_second();
    let role = |player: &Player| Role {
        roles: player.roles.iter().map(|role| shell.words.of_code("role-", role)).collect::<Vec<_>>().join(" + "),
        code: code(player, now),
        player: player.clone(),
    };
    let person = |sample: &Sample| Person {
        what: shell.words.of_code("demo-person-", &sample.what),
        recording: sample.recording.as_ref().map(|name| shell.words.of_code("recording-", name)),
        sample: sample.clone(),
    };
    Ok(page(&Page {
        cast: stage.cast.iter().map(role).collect(),
        stations: stage.stations.clone(),
        persons: stage.persons.iter().map(person).collect(),
        wrong: asked.wait.map(|_| shell.words.t("demo-wait")),
        shell,
    }))
}

fn none() -> ApiError {
    ApiError::new(Code::RouteUnknown, "")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    login: String,
}

/// Signs in as a member of the cast, with the password and the first code that was not used yet.
async fn sign_in_as(State(app): State<App>, Form(chosen): Form<Chosen>) -> Result<Response, Refusal> {
    let demo = app.demo.as_ref().ok_or_else(none)?;
    let player = demo.stage.cast.iter().find(|player| player.login == chosen.login).ok_or_else(none)?;
    let now = app.now();
    let entered =
        |token: &Secret| cookie::keep(&app, OPERATOR, token.as_str()).map(|cookie| form::go_with("/", cookie));
    if let Some(token) = demo.session(&player.login)
        && sign_in::require(&app.desk, now, token.as_str()).await.is_ok()
    {
        return Ok(entered(&token)?);
    }
    for after in CODES {
        let request = PasswordSignIn {
            login: player.login.clone(),
            password: Secret::new(&player.password),
            code: Secret::new(code(player, now.as_second() + after)),
        };
        match sign_in::with_password(&app.desk, now, &request).await {
            Ok(opened) => {
                demo.keep(&player.login, &opened.token);
                return Ok(entered(&opened.token)?);
            }
            Err(error) if error.code() == "sign-in-refused" => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(form::go("/demo?wait=yes"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    station: StationId,
}

/// Makes this browser a station.
async fn sit_down(State(app): State<App>, Form(place): Form<Place>) -> Result<Response, Refusal> {
    let stations = &app.demo.as_ref().ok_or_else(none)?.stage.stations;
    let seat = stations.iter().find(|seat| seat.station == place.station).ok_or_else(none)?;
    Ok(form::go_with("/station", cookie::keep(&app, STATION, &seat.token)?))
}

async fn recording(State(app): State<App>, Path(name): Path<String>) -> Result<Response, ApiError> {
    let recordings = &app.demo.as_ref().ok_or_else(none)?.recordings;
    let found = recordings.iter().find(|recording| recording.name == name).ok_or_else(none)?;
    let mut response = found.picture.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    Ok(response)
}
