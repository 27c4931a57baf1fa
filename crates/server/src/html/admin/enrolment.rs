//! A person who is put into the register by hand. The number stands in the body of the form only, and in no address.

use super::{Choice, mendable};
use crate::html::form::{Form, go};
use crate::html::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use casework::Permission;
use casework::desk::by;
use casework::desk::person::{self, PersonNew};
use casework::text::Language;
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/register/persons", get(show).post(enrol))
}

/// What the form holds.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filled {
    number: String,
    name: String,
    birth_date: String,
    address: String,
    language: String,
}

#[derive(Template)]
#[template(path = "person_new.html")]
struct New {
    shell: Shell,
    filled: Filled,
    tongues: Vec<Choice>,
    wrong: Option<String>,
}

async fn show(State(app): State<App>, Staff { by, shell }: Staff) -> Result<Response, Refusal> {
    by::require(&by, Permission::RegisterWrite, app.now())?;
    Ok(form(shell, Filled::default(), None))
}

fn form(shell: Shell, filled: Filled, wrong: Option<String>) -> Response {
    let choice = |language: &Language| Choice {
        value: language.as_str().to_owned(),
        name: shell.words.of_code("tongue-", language.as_str()),
        chosen: language.as_str() == filled.language,
    };
    let tongues = Language::ALL.iter().map(choice).collect();
    page(&New { shell, filled, tongues, wrong })
}

/// Enrols. Sent twice, the second is told that the number is there, and nobody stands in the register twice.
async fn enrol(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Form(filled): Form<Filled>,
) -> Result<Response, Refusal> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let request = PersonNew {
        number: filled.number.trim().to_owned(),
        name: filled.name.trim().to_owned(),
        birth_date: filled.birth_date.trim().to_owned(),
        address: given(&filled.address),
        language: given(&filled.language),
    };
    match person::enrol(&app.desk, &by, app.now(), &request).await {
        Ok(enrolled) => Ok(go(&format!("/register/persons/{}", enrolled.id))),
        Err(error) if mendable(&error) => {
            let wrong = match error.code() {
                "already-exists" => shell.words.t("person-there"),
                "row-invalid" => shell.words.t("person-unfit"),
                _ => shell.wrong(&error),
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, form(shell, filled, Some(wrong))).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
