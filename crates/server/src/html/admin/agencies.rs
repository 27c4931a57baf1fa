//! Agencies that are told something: the list, a new one, one with its secrets, a changed one, and the pause. A secret is told once: it is the
//! answer itself.

use super::{Asked, Choice, Nothing, mendable, next};
use crate::html::form::{self, Form};
use crate::html::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::desk::agency::{self, AgencyChange, AgencyNew, AgencySecret, AgencyView, SecretRenewal};
use casework::service::Field;
use serde::Deserialize;
use store::id::AgencyId;
use store::limits::{PAGE_ROWS_MAX, Window};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/agencies", get(list).post(add))
        .route("/agencies/{agency}", get(show).post(change))
        .route("/agencies/{agency}/secret", post(renew_secret))
        .route("/agencies/{agency}/pause", post(pause))
        .route("/agencies/{agency}/resume", post(resume))
}

/// An agency in the list.
struct Line {
    address: String,
    name: String,
    code: String,
    fields: String,
    is_paused: bool,
}

/// What the forms hold; the fields stand in one, a space between two.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filled {
    #[serde(default)]
    code: String,
    name: String,
    endpoint: String,
    purpose: String,
    #[serde(default)]
    fields: String,
}

#[derive(Template)]
#[template(path = "agencies.html")]
struct Agencies {
    shell: Shell,
    lines: Vec<Line>,
    next: Option<String>,
    filled: Filled,
    fields: Vec<Choice>,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "agency.html")]
struct One {
    shell: Shell,
    address: String,
    name: String,
    code: String,
    since: String,
    /// Since when and why nothing is sent.
    paused: Option<(String, String)>,
    /// Since when each secret signs, and until when.
    secrets: Vec<(String, Option<String>)>,
    filled: Filled,
    fields: Vec<Choice>,
    wrong: Option<String>,
}

/// The secret, shown this once.
#[derive(Template)]
#[template(path = "agency_secret.html")]
struct Told {
    shell: Shell,
    name: String,
    secret: String,
    back: String,
}

/// The fields that may be ticked.
fn choices(shell: &Shell, chosen: &str) -> Vec<Choice> {
    let choice = |field: &Field| Choice {
        value: field.as_str().to_owned(),
        name: shell.words.of_code("field-", field.as_str()),
        chosen: chosen.split_whitespace().any(|word| word == field.as_str()),
    };
    Field::ALL.iter().map(choice).collect()
}

fn ticked(filled: &Filled) -> Vec<Field> {
    filled.fields.split_whitespace().filter_map(Field::parse).collect()
}

async fn list(State(app): State<App>, staff: Staff, Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    agencies(&app, staff, asked.after.as_deref(), (Filled::default(), None)).await
}

async fn agencies(
    app: &App,
    Staff { by, mut shell }: Staff,
    after: Option<&str>,
    (filled, wrong): (Filled, Option<String>),
) -> Result<Response, Refusal> {
    let after = after.map(str::parse::<AgencyId>).transpose().map_err(casework::Error::from)?;
    let window = Window { after: after.as_ref(), limit: PAGE_ROWS_MAX };
    let listed = agency::list(&app.desk, &by, app.now(), window).await?;
    let next = next("/agencies", listed.len(), listed.last().map(|agency| agency.id.to_string()));
    let line = |agency: AgencyView| {
        let fields: Vec<String> = agency.fields.iter().map(|field| shell.words.of_code("field-", field)).collect();
        Line {
            address: format!("/agencies/{}", agency.id),
            name: agency.name,
            code: agency.code,
            fields: fields.join(&shell.words.t("list-comma")),
            is_paused: agency.paused_at.is_some(),
        }
    };
    let lines = listed.into_iter().map(line).collect();
    if wrong.is_some() {
        "/agencies".clone_into(&mut shell.here);
    }
    Ok(page(&Agencies { lines, next, fields: choices(&shell, &filled.fields), filled, wrong, shell }))
}

fn told(mut shell: Shell, made: AgencySecret) -> Response {
    let back = format!("/agencies/{}", made.agency.id);
    shell.here.clone_from(&back);
    page(&Told { shell, name: made.agency.name, secret: made.secret.as_str().to_owned(), back })
}

async fn add(State(app): State<App>, staff: Staff, Form(filled): Form<Filled>) -> Result<Response, Refusal> {
    let request = AgencyNew {
        code: filled.code.trim().to_owned(),
        name: filled.name.trim().to_owned(),
        endpoint: filled.endpoint.trim().to_owned(),
        purpose: filled.purpose.trim().to_owned(),
        fields: ticked(&filled),
    };
    match agency::add(&app.desk, &staff.by, app.now(), &request).await {
        Ok(made) => Ok(told(staff.shell, made)),
        Err(error) if mendable(&error) => {
            let taken = error.code() == "already-exists";
            let wrong = if taken { staff.shell.words.t("agency-code-taken") } else { staff.shell.wrong(&error) };
            let again = agencies(&app, staff, None, (filled, Some(wrong))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(State(app): State<App>, staff: Staff, Path(id): Path<AgencyId>) -> Result<Response, Refusal> {
    agency_page(&app, staff, &id, (None, None)).await
}

/// One agency, with what was typed and not taken.
async fn agency_page(
    app: &App,
    Staff { by, mut shell }: Staff,
    id: &AgencyId,
    (typed, wrong): (Option<Filled>, Option<String>),
) -> Result<Response, Refusal> {
    let found = agency::get(&app.desk, &by, app.now(), id).await?;
    let address = format!("/agencies/{id}");
    shell.here.clone_from(&address);
    let moment = |at| shell.words.moment(&at);
    let why = found.paused_why.as_deref().unwrap_or_default();
    let filled = typed.unwrap_or_else(|| Filled {
        code: found.code.clone(),
        name: found.name.clone(),
        endpoint: found.endpoint.clone(),
        purpose: found.purpose.clone(),
        fields: found.fields.join(" "),
    });
    Ok(page(&One {
        address,
        since: moment(found.created_at),
        paused: found.paused_at.map(|at| (moment(at), shell.words.of_code("agency-paused-", why))),
        secrets: found.secrets.iter().map(|one| (moment(one.created_at), one.ends_at.map(moment))).collect(),
        fields: choices(&shell, &filled.fields),
        name: found.name,
        code: found.code,
        filled,
        wrong,
        shell,
    }))
}

async fn change(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<AgencyId>,
    Form(filled): Form<Filled>,
) -> Result<Response, Refusal> {
    let request = AgencyChange {
        name: filled.name.trim().to_owned(),
        endpoint: filled.endpoint.trim().to_owned(),
        purpose: filled.purpose.trim().to_owned(),
        fields: ticked(&filled),
    };
    match agency::change(&app.desk, &staff.by, app.now(), &id, &request).await {
        Ok(_) => Ok(form::go(&format!("/agencies/{id}"))),
        Err(error) if error.row().status == 422 => {
            let wrong = staff.shell.wrong(&error);
            let again = agency_page(&app, staff, &id, (Some(filled), Some(wrong))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// For how long the old secret signs beside the new one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renewal {
    overlap_hours: u32,
}

async fn renew_secret(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<AgencyId>,
    Form(sent): Form<Renewal>,
) -> Result<Response, Refusal> {
    let request = SecretRenewal { overlap_hours: sent.overlap_hours };
    let made = agency::renew_secret(&app.desk, &staff.by, app.now(), &id, request).await?;
    Ok(told(staff.shell, made))
}

async fn pause(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path(id): Path<AgencyId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    agency::pause(&app.desk, &by, app.now(), &id).await?;
    Ok(form::go(&format!("/agencies/{id}")))
}

async fn resume(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path(id): Path<AgencyId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    agency::resume(&app.desk, &by, app.now(), &id).await?;
    Ok(form::go(&format!("/agencies/{id}")))
}
