//! A person's own request: everything that is held about them as one document, in their language, and the erasure of it. The number comes from
//! the papers of the request; it goes in bodies only.

use super::form::Form;
use super::language::Words;
use super::ledger::service;
use super::receipt::who;
use super::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use casework::Permission;
use casework::desk::access::{self, AccessRequest, ErasedView};
use casework::desk::by;
use casework::text::Language;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/protection/access", axum::routing::get(show).post(answer))
        .route("/protection/access/erase", post(erase))
}

#[derive(Template)]
#[template(path = "access.html")]
struct Ask {
    shell: Shell,
    number: String,
    /// The language of the document: tag and whether it is chosen.
    language: String,
    wrong: Option<String>,
}

/// Whose request it is, in which language, and in which form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    number: String,
    #[serde(default)]
    language: String,
    /// `page` or `file`.
    #[serde(default)]
    form: String,
}

async fn show(State(app): State<App>, Staff { by, shell }: Staff) -> Result<Response, Refusal> {
    by::require(&by, Permission::AccessAnswer, app.now())?;
    let language = shell.words.language().to_string();
    Ok(page(&Ask { shell, number: String::new(), language, wrong: None }))
}

async fn answer(
    State(app): State<App>,
    Staff { by, mut shell }: Staff,
    Form(asked): Form<Asked>,
) -> Result<Response, Refusal> {
    let now = app.now();
    let request = AccessRequest { number: asked.number.trim().to_owned() };
    let told = match access::answer(&app.desk, &by, now, &request).await {
        Ok(told) => told,
        Err(error) if matches!(error.row().status, 404 | 422) => {
            let wrong = Some(shell.wrong(&error));
            let ask = Ask { shell, number: asked.number, language: asked.language, wrong };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&ask)).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    if asked.form == "file" {
        return Ok(file(&told));
    }
    if let Some(language) = Language::parse(&asked.language) {
        shell.words = Words::in_language(&app, language);
    }
    Ok(page(&document(&app, shell, &request.number, &told)))
}

/// The document as a file for the person's own programs.
fn file(told: &Value) -> Response {
    let mut response = format!("{told:#}\n").into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"held.json\""));
    response
}

/// A consent in the document, with the text that was shown.
struct Agreed {
    service: String,
    purpose: String,
    controller: String,
    state: String,
    language: String,
    notice: Vec<String>,
    /// When, and what.
    events: Vec<(String, String)>,
}

/// A visit in the document.
struct Been {
    at: String,
    service: String,
    office: String,
    outcome: String,
}

/// Everything that is held, to be printed and handed out.
#[derive(Template)]
#[template(path = "access_document.html")]
struct Document {
    shell: Shell,
    number: String,
    made: String,
    name: String,
    birth: String,
    address: Option<String>,
    spoken: Option<String>,
    pseudonym: String,
    state: String,
    since: String,
    exception: bool,
    /// When it was taken, where it comes from, until when it was used.
    portraits: Vec<[String; 3]>,
    events: Vec<(String, String)>,
    /// From when until when a guardian answers.
    guardians: Vec<String>,
    consents: Vec<Agreed>,
    visits: Vec<Been>,
    deletions: Vec<(String, String)>,
    /// When, what, and what whoever did it is.
    entries: Vec<[String; 3]>,
    is_complete: bool,
}

/// A text of the document; nothing when there is none.
fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value[name].as_array().into_iter().flatten()
}

/// A moment of the document, as the office writes it.
fn moment(words: &Words, value: &Value, name: &str) -> String {
    text(value, name).parse::<Timestamp>().map_or_else(|_| String::new(), |at| words.moment(&at))
}

fn document(app: &App, shell: Shell, number: &str, told: &Value) -> Document {
    let words = &shell.words;
    let maybe = |value: &Value, name: &str| value[name].as_str().map(str::to_owned);
    let identity = &told["identity"];
    let event = |event: &Value| (moment(words, event, "at"), words.of_code("noted-", text(event, "kind")));
    let entry = |entry: &Value| {
        let at = entry["at_ms"].as_i64().and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default();
        (words.moment(&at), words.event(text(entry, "kind")))
    };
    Document {
        number: number.to_owned(),
        made: moment(words, told, "made_at"),
        name: text(identity, "name").to_owned(),
        birth: words.partial(text(identity, "birth_date")),
        address: maybe(identity, "address"),
        spoken: maybe(identity, "language"),
        pseudonym: text(told, "pseudonym").to_owned(),
        state: words.of_code("person-state-", text(told, "state")),
        since: moment(words, told, "enrolled_at"),
        exception: told["portrait_exception"].is_string(),
        portraits: list(told, "portraits").map(|portrait| held(words, portrait)).collect(),
        events: list(told, "events").map(event).collect(),
        guardians: list(told, "guardians").map(|bond| guardian(words, bond)).collect(),
        consents: list(told, "consents").map(|consent| agreed(app, words, consent)).collect(),
        visits: list(told, "visits").map(|visit| been(app, words, visit)).collect(),
        deletions: list(told, "deletions").map(entry).collect(),
        entries: list(told, "ledger").map(|one| acted(words, told, one)).collect(),
        is_complete: told["ledger_complete"] == true,
        shell,
    }
}

/// An entry of the ledger, with what whoever did it is.
fn acted(words: &Words, told: &Value, entry: &Value) -> [String; 3] {
    let at = entry["at_ms"].as_i64().and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default();
    let actor = &told["actors"][text(entry, "actor")];
    let roles: Vec<&str> = list(actor, "roles").filter_map(Value::as_str).collect();
    [words.moment(&at), words.event(text(entry, "kind")), who(words, text(actor, "kind"), &roles)]
}

fn guardian(words: &Words, bond: &Value) -> String {
    let (since, until) = (moment(words, bond, "since"), moment(words, bond, "until"));
    words.with_all("held-guardian", [("since", since.into()), ("until", until.into())])
}

fn held(words: &Words, portrait: &Value) -> [String; 3] {
    let taken = portrait["taken_on"].as_str();
    [
        taken.map_or_else(|| words.t("date-unknown"), |taken| words.partial(taken)),
        words.known("source-", text(portrait, "source")),
        portrait["retired_on"].as_str().map_or_else(String::new, |day| words.partial(day)),
    ]
}

fn agreed(app: &App, words: &Words, consent: &Value) -> Agreed {
    let happened = |event: &Value| (moment(words, event, "at"), words.of_code("consent-state-", text(event, "kind")));
    let notice = &consent["notice"];
    Agreed {
        service: service(app, words, text(consent, "service")),
        purpose: text(consent, "purpose").to_owned(),
        controller: text(consent, "controller").to_owned(),
        state: words.of_code("consent-state-", text(consent, "state")),
        language: text(notice, "language").to_owned(),
        notice: text(notice, "text").lines().map(str::to_owned).collect(),
        events: list(consent, "events").map(happened).collect(),
    }
}

fn been(app: &App, words: &Words, visit: &Value) -> Been {
    Been {
        at: moment(words, visit, "opened_at"),
        service: service(app, words, text(visit, "service")),
        office: text(visit, "office").to_owned(),
        outcome: visit["outcome"].as_str().map_or_else(|| words.t("phase-open"), |code| words.known("phase-", code)),
    }
}

/// An erasure: first asked for, then confirmed with the number typed again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Erase {
    number: String,
    /// The number once more; empty when the step before is asked for.
    #[serde(default)]
    again: String,
}

/// The step before: what it means, and the number once more.
#[derive(Template)]
#[template(path = "access_erase.html")]
struct Confirm {
    shell: Shell,
    number: String,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "access_erased.html")]
struct Gone {
    shell: Shell,
    erased: ErasedView,
    at: String,
}

/// Erases. The answer has no address: whoever sends the form again is told that nobody has this number.
async fn erase(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Form(Erase { number, again }): Form<Erase>,
) -> Result<Response, Refusal> {
    let now = app.now();
    by::require(&by, Permission::AccessAnswer, now)?;
    if again.is_empty() {
        return Ok(page(&Confirm { shell, number, wrong: None }));
    }
    if again.trim() != number.trim() {
        let wrong = Some(shell.words.t("erase-differs"));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&Confirm { shell, number, wrong })).into_response());
    }
    match access::erase(&app.desk, &by, now, &AccessRequest { number: number.trim().to_owned() }).await {
        Ok(erased) => Ok(page(&Gone { at: shell.words.moment(&now), erased, shell })),
        Err(error) if matches!(error.row().status, 404 | 409 | 422) => {
            let wrong =
                Some(if error.code() == "conflict" { shell.words.t("erase-open") } else { shell.wrong(&error) });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&Confirm { shell, number, wrong })).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
