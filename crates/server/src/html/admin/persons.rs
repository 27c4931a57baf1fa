//! One person of the register: found by a number that stands in no address, what is on file without a picture, life events, failed attempts.

use super::imports::register;
use super::portraits::{self, Portrait, Said};
use super::{Asked, Choice, mendable};
use crate::html::form::{Form, go};
use crate::html::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::Permission;
use casework::Reason;
use casework::desk::attempt::{self, AttemptsReset, AttemptsView};
use casework::desk::person::{self, EventNew, EventView, PersonFind, PersonView};
use casework::desk::portrait;
use casework::desk::{Secret, by};
use casework::reason::Use;
use serde::Deserialize;
use store::id::PersonId;
use store::person::event::Kind;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/register/find", get(async || go("/register")).post(find))
        .route("/register/persons/{person}", get(show))
        .route("/register/persons/{person}/events", post(note))
        .route("/register/persons/{person}/attempts", post(reset))
}

/// Why somebody has no usable portrait, as the page offers it.
const EXCEPTIONS: &[&str] = &["injury", "covering", "camera-unsuited", "no-picture"];

/// For which purpose comparisons failed.
struct Failed {
    purpose: String,
    title: String,
    total: u32,
    until: Option<String>,
}

#[derive(Template)]
#[template(path = "person.html")]
struct Person {
    shell: Shell,
    address: String,
    name: String,
    facts: Vec<(String, String)>,
    state: String,
    /// True if nothing is in the way; who moved away is served all the same.
    is_served: bool,
    exception: Option<String>,
    portraits: Vec<Portrait>,
    /// The form for a photograph: where it may come from, and when it was taken.
    sources: Vec<Choice>,
    taken_on: String,
    events: Vec<(String, String)>,
    kinds: Vec<Choice>,
    exceptions: Vec<Choice>,
    failed: Vec<Failed>,
    reasons: Vec<Choice>,
    wrong: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    number: Secret,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Noted {
    kind: String,
    #[serde(default)]
    reason: String,
}

/// What was sent and not taken, and why.
#[derive(Clone, Default)]
pub(super) struct Again {
    pub(super) noted: Noted,
    pub(super) said: Said,
    pub(super) wrong: Option<String>,
}

async fn find(
    State(app): State<App>,
    staff: Staff,
    Form(Number { number }): Form<Number>,
) -> Result<Response, Refusal> {
    by::require(&staff.by, Permission::RegisterWrite, app.now())?;
    let request = PersonFind { number: number.as_str().trim().to_owned() };
    match person::find(&app.desk, &staff.by, app.now(), &request).await {
        Ok(found) => Ok(go(&format!("/register/persons/{}", found.id))),
        Err(error) if mendable(&error) => {
            let wrong = Some(staff.shell.wrong(&error));
            let again = register(&app, staff, number.as_str().to_owned(), wrong).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<PersonId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let wrong = match asked.problem.as_deref() {
        Some("not-found") => Some(staff.shell.words.t("attempts-none")),
        other => staff.shell.problem(other),
    };
    person_page(&app, staff, &id, Again { wrong, ..Again::default() }).await
}

/// The page, with what was sent and not taken.
pub(super) async fn person_page(
    app: &App,
    Staff { by, mut shell }: Staff,
    id: &PersonId,
    Again { noted, said, wrong }: Again,
) -> Result<Response, Refusal> {
    let now = app.now();
    by::require(&by, Permission::RegisterWrite, now)?;
    let found = person::read(&app.desk, &by, now, id).await?;
    let portraits = portrait::list(&app.desk, &by, now, id).await?;
    let events = person::events(&app.desk, &by, now, id).await?;
    let attempts = attempt::list(&app.desk, &by, now, id).await?;
    shell.here = format!("/register/persons/{id}");
    let event = |event: &EventView| (shell.words.moment(&event.at), shell.words.of_code("life-", &event.kind));
    Ok(page(&Person {
        facts: facts(&shell, &found),
        state: shell.words.of_code("person-state-", &found.state),
        is_served: matches!(found.state.as_str(), "active" | "moved"),
        exception: found.portrait_exception.as_ref().map(|code| shell.words.known("exception-", code)),
        portraits: portraits.into_iter().map(|row| Portrait::of(&shell.words, &shell.here, row)).collect(),
        sources: portraits::sources(&shell.words, &said),
        taken_on: said.taken_on,
        events: events.iter().map(event).collect(),
        kinds: kinds(&shell, &noted),
        exceptions: exceptions(&shell, &noted),
        failed: attempts.into_iter().map(|row| failed(app, &shell, row)).collect(),
        reasons: reasons(&shell),
        name: found.name,
        address: shell.here.clone(),
        shell,
        wrong,
    }))
}

fn facts(shell: &Shell, person: &PersonView) -> Vec<(String, String)> {
    let words = &shell.words;
    let mut facts = vec![
        (words.t("identity-number"), person.number_masked.clone()),
        (words.t("field-birth-date"), words.partial(&person.birth_date)),
    ];
    facts.extend(person.address.clone().map(|address| (words.t("field-address"), address)));
    facts.extend(person.language.as_ref().map(|tag| (words.t("language"), words.known("tongue-", tag))));
    facts.push((words.t("changed"), words.moment(&person.changed_at)));
    facts
}

/// What can be noted here: a new name and a correction come with the new data.
fn kinds(shell: &Shell, noted: &Noted) -> Vec<Choice> {
    let open = Kind::ALL.iter().filter(|kind| !matches!(kind, Kind::Renamed | Kind::Corrected));
    open.map(|kind| Choice {
        value: kind.as_str().to_owned(),
        name: shell.words.of_code("life-", kind.as_str()),
        chosen: kind.as_str() == noted.kind,
    })
    .collect()
}

fn exceptions(shell: &Shell, noted: &Noted) -> Vec<Choice> {
    let choice = |code: &&str| Choice {
        value: (*code).to_owned(),
        name: shell.words.of_code("exception-", code),
        chosen: *code == noted.reason,
    };
    EXCEPTIONS.iter().map(choice).collect()
}

fn failed(app: &App, shell: &Shell, row: AttemptsView) -> Failed {
    let service = app.desk.services.current().find(|service| service.purpose() == row.purpose);
    let title = service.map(|service| service.definition().title.get(shell.words.language()).to_owned());
    Failed {
        title: title.unwrap_or_else(|| row.purpose.clone()),
        purpose: row.purpose,
        total: row.total,
        until: row.blocked_until.map(|until| shell.words.moment(&until)),
    }
}

fn reasons(shell: &Shell) -> Vec<Choice> {
    let choice = |reason: Reason| Choice {
        value: reason.as_str().to_owned(),
        name: reason.row().texts.get(shell.words.language()).to_owned(),
        chosen: false,
    };
    Reason::all_for(Use::Reset).map(choice).collect()
}

/// Notes a life event. Sent twice, the second does not fit what the first has made.
async fn note(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<PersonId>,
    Form(noted): Form<Noted>,
) -> Result<Response, Refusal> {
    let needs_reason = noted.kind == Kind::PortraitException.as_str();
    let reason = Some(noted.reason.clone()).filter(|reason| needs_reason && !reason.is_empty());
    let request = EventNew { kind: noted.kind.clone(), reason };
    match person::note(&app.desk, &staff.by, app.now(), &id, &request).await {
        Ok(_) => Ok(go(&format!("/register/persons/{id}"))),
        Err(error) if matches!(error.row().status, 409 | 422) => {
            let unfit = error.code() == "conflict";
            let wrong = if unfit { staff.shell.words.t("life-unfit") } else { staff.shell.wrong(&error) };
            let again = person_page(&app, staff, &id, Again { noted, wrong: Some(wrong), ..Again::default() }).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn reset(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path(id): Path<PersonId>,
    Form(request): Form<AttemptsReset>,
) -> Result<Response, Refusal> {
    let address = format!("/register/persons/{id}");
    match attempt::reset(&app.desk, &by, app.now(), &id, &request).await {
        Ok(()) => Ok(go(&address)),
        Err(error) if mendable(&error) => Ok(go(&format!("{address}?problem={}", error.code()))),
        Err(error) => Err(error.into()),
    }
}
