//! The station: the citizen's side, on any browser with a camera. One thing at a time: who asks and why, yes or no, the camera, thanks. The page
//! follows the visit by itself; the camera needs a script, and everything else does without.

use super::cookie;
use super::form::{self, Form};
use super::invitation::picture;
use super::language::Words;
use super::shell::{Refusal, Shell, page};
use crate::error::ApiError;
use crate::http::extract::{STATION, Seat, Secret};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::desk::consent::{self, Answer, Reword, StationView};
use casework::desk::office::{self, OfficePublic};
use casework::desk::station::{self, PairingShown};
use casework::desk::visit;
use casework::text::Language;
use face::live::challenge::{COLOUR_MS, PATIENCE_MS, REST_MS};
use face::quality::reason;
use serde::Deserialize;
use store::id::{ConsentId, VisitId};
use store::ledger::Kind;
use store::station::StationSeat;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/station", get(show).post(act))
        .route("/station/pair", post(pair))
        .route("/station/unpair", post(unpair))
}

/// The page that makes a browser a station.
#[derive(Template)]
#[template(path = "station_pair.html")]
struct Pair {
    shell: Shell,
    wrong: Option<String>,
}

/// What a person sees.
#[derive(Template)]
#[template(path = "station.html")]
struct Page {
    shell: Shell,
    task: StationView,
    /// What to do for a better picture, as code and words.
    hints: Vec<(&'static str, String)>,
    /// What is said before the camera, as code and words.
    film: Vec<(&'static str, String)>,
    kinds: String,
    /// Cameras for who has none, in a demonstration only: name and words.
    recordings: Vec<(&'static str, String)>,
    /// Where the office is reached, once a receipt may be on the screen.
    office: Option<OfficePublic>,
    wrong: Option<String>,
}

/// How long each part of the film is shown, in milliseconds.
const TIMES: [(&str, u32); 3] = [("rest", REST_MS), ("colour", COLOUR_MS), ("patience", PATIENCE_MS)];

/// What is asked before the camera, and why it begins again.
const FILM: [&str; 19] = [
    "film-rest",
    "film-colour",
    "film-turn-left",
    "film-turn-right",
    "film-nod",
    "film-closer",
    "film-blink-2",
    "film-blink-3",
    "film-mouth",
    "film-facing",
    "again-turn-left",
    "again-turn-right",
    "again-nod",
    "again-closer",
    "again-blink",
    "again-mouth",
    "again-face",
    "again-still",
    "again-other",
];

/// The receipt, right after the person agreed; it is given out this once.
#[derive(Template)]
#[template(path = "station_receipt.html")]
struct Receipt {
    shell: Shell,
    /// A QR code with the address of the receipt's page.
    picture: String,
    token: String,
    /// Where the office is reached.
    office: OfficePublic,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    code: casework::desk::Secret,
}

#[derive(Default, Deserialize)]
struct Asked {
    /// What the last form was refused with.
    problem: Option<String>,
}

async fn show(
    State(app): State<App>,
    shell: Shell,
    seat: Result<Seat, ApiError>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let Ok(Seat(seat)) = seat else { return Ok(page(&Pair { shell, wrong: None })) };
    let wrong = shell.problem(asked.problem.as_deref());
    Ok(page(&station_page(&app, shell, &seat, wrong).await?))
}

async fn station_page(
    app: &App,
    mut shell: Shell,
    seat: &StationSeat,
    wrong: Option<String>,
) -> Result<Page, casework::Error> {
    let task = consent::station(&app.desk, seat, app.now()).await?;
    // Who was asked in a language is told everything in it, also what comes after the answer.
    if let Some(language) = task.language.as_deref().and_then(Language::parse) {
        shell.words = Words::in_language(app, language);
    }
    let mut hints: Vec<(&'static str, String)> =
        reason::TABLE.iter().map(|row| (row.code, shell.words.of_code("quality-", row.code))).collect();
    hints.extend(["no-face", "several-faces"].map(|code| (code, shell.words.of_code("coach-", code))));
    let kinds = Kind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>().join(" ");
    let recordings = app.demo.iter().flat_map(|demo| &demo.recordings);
    let recordings =
        recordings.map(|recording| (recording.name, shell.words.of_code("recording-", recording.name))).collect();
    let after = matches!(task.stage.as_str(), "wait" | "done" | "not-enough" | "ended");
    let office = if after { Some(office::of_station(&app.desk, seat).await?) } else { None };
    let film = FILM.map(|key| (key, shell.words.t(key))).to_vec();
    Ok(Page { shell, task, hints, film, kinds, recordings, office, wrong })
}

async fn pair(
    State(app): State<App>,
    shell: Shell,
    _: Secret,
    Form(Typed { code }): Form<Typed>,
) -> Result<Response, Refusal> {
    match station::pair(&app.desk, app.now(), &PairingShown { code }).await {
        Ok(seated) => Ok(form::go_with("/station", cookie::keep(&app, STATION, seated.token.as_str())?)),
        Err(error) if error.code() == "pairing-invalid" => {
            let wrong = Some(shell.wrong(&error));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&Pair { shell, wrong })).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Nothing {}

/// Makes the browser forget that it is a station, such as one whose pairing was revoked.
async fn unpair(State(app): State<App>, Form(Nothing {}): Form<Nothing>) -> Result<Response, Refusal> {
    Ok(form::go_with("/station", cookie::forget(&app, STATION)?))
}

/// What a person does at the station.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    act: String,
    visit: VisitId,
    #[serde(default)]
    person: u32,
    #[serde(default)]
    consent: Option<ConsentId>,
    #[serde(default)]
    hash: String,
    #[serde(default)]
    language: String,
}

async fn act(
    State(app): State<App>,
    shell: Shell,
    seat: Result<Seat, ApiError>,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    // A browser that is no station any more is told there how to become one.
    let Ok(Seat(seat)) = seat else { return Ok(form::go("/station")) };
    let now = app.now();
    let done = match sent.act.as_str() {
        "language" => {
            let request = Reword { person: sent.person, language: sent.language.clone() };
            consent::reword(&app.desk, &seat, now, &sent.visit, &request).await.map(|_| None)
        }
        "other-path" => visit::prefer_other_path(&app.desk, &seat, now, &sent.visit, sent.person).await.map(|()| None),
        "agree" | "refuse" => answered(&app, &seat, &sent).await,
        _ => Ok(None),
    };
    match done {
        Ok(Some(receipt)) => {
            let address = format!("{}/receipt#{receipt}", app.desk.settings.public_url);
            let office = office::of_station(&app.desk, &seat).await?;
            Ok(page(&Receipt { picture: picture(&address), token: receipt, office, shell }))
        }
        Ok(None) => Ok(form::go("/station")),
        // A second tap: the page shows how things stand.
        Err(error) if matches!(error.code(), "transition-refused" | "visit-decided" | "conflict" | "not-found") => {
            Ok(form::go("/station"))
        }
        Err(error) if error.row().status >= 500 => Err(error.into()),
        Err(error) => Ok(form::go(&format!("/station?problem={}", error.code()))),
    }
}

/// The receipt of who agrees.
async fn answered(app: &App, seat: &StationSeat, sent: &Sent) -> Result<Option<String>, casework::Error> {
    let Some(consent) = sent.consent.clone() else { return Ok(None) };
    let answer = Answer { person: sent.person, consent, notice_hash: sent.hash.clone(), agree: sent.act == "agree" };
    Ok(consent::answer(&app.desk, seat, app.now(), &sent.visit, &answer).await?.receipt)
}
