//! Portraits of one person, without a picture on any page: one is added when the engine finds one usable face in it, and one is retired
//! after a question, because its picture is gone then.

use super::persons::{Again, person_page};
use super::{Choice, Nothing, mendable};
use crate::code::Code;
use crate::error::ApiError;
use crate::html::cookie;
use crate::html::form::{Form, go};
use crate::html::language::Words;
use crate::html::shell::{Refusal, Shell, Staff, page};
use crate::http::extract::media_type;
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::Permission;
use casework::desk::by;
use casework::desk::portrait::{self, PortraitNew, PortraitView};
use casework::limits::PHOTO_BYTES_MAX;
use store::id::PersonId;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/register/persons/{person}/portraits", post(add).layer(DefaultBodyLimit::disable()))
        .route("/register/persons/{person}/portraits/{portrait}/retire", get(ask).post(retire))
}

/// Where a photograph comes from, as the page offers it.
const SOURCES: &[&str] = &["identity-card", "passport", "application", "counter", "register"];
/// Longest text field of the form, bytes.
const TEXT_BYTES_MAX: usize = 200;
/// How much of a picture that is too large is read past, bytes.
const PASSED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A portrait, without its picture.
pub(super) struct Portrait {
    pub(super) taken: String,
    pub(super) source: String,
    pub(super) quality: i64,
    pub(super) retired: Option<String>,
    /// Where it is retired.
    pub(super) address: String,
}

impl Portrait {
    pub(super) fn of(words: &Words, person: &str, row: PortraitView) -> Self {
        Self {
            address: format!("{person}/portraits/{}/retire", row.id),
            taken: row.taken_on.map_or_else(|| words.t("date-unknown"), |taken| words.partial(&taken)),
            source: words.known("source-", &row.source),
            quality: row.quality,
            retired: row.retired_on.map(|day| words.partial(&day)),
        }
    }
}

/// What was said of a photograph that was not taken.
#[derive(Clone, Default)]
pub(super) struct Said {
    pub(super) taken_on: String,
    source: String,
}

/// The sources to choose from.
pub(super) fn sources(words: &Words, said: &Said) -> Vec<Choice> {
    let choice = |code: &&str| Choice {
        value: (*code).to_owned(),
        name: words.of_code("source-", code),
        chosen: *code == said.source,
    };
    SOURCES.iter().map(choice).collect()
}

/// Takes a photograph in. What the engine refuses is said on the page, with what would make it better.
async fn add(
    State(app): State<App>,
    staff: Staff,
    Path(person): Path<PersonId>,
    request: Request,
) -> Result<Response, Refusal> {
    cookie::from_own_page(request.headers())?;
    // Before megabytes are taken in.
    by::require(&staff.by, Permission::RegisterWrite, app.now())?;
    let (image, said) = received(&app, request).await?;
    let taken_on = Some(said.taken_on.trim().to_owned()).filter(|day| !day.is_empty());
    let new = PortraitNew { person: person.clone(), image, taken_on, source: said.source.clone() };
    let address = format!("/register/persons/{person}");
    match portrait::add(&app.desk, &staff.by, app.now(), new).await {
        Ok(_) => Ok(go(&address)),
        Err(error) if mendable(&error) || error.code() == "too-busy" => {
            let wrong = wrong(&staff.shell, &error);
            let status = StatusCode::from_u16(error.row().status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            let again =
                person_page(&app, staff, &person, Again { wrong: Some(wrong), said, ..Again::default() }).await?;
            Ok((status, again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What is wrong with a photograph: the refusal, and of a poor picture what makes it poor.
fn wrong(shell: &Shell, error: &casework::Error) -> String {
    if error.code() == "row-invalid" {
        return shell.words.t("portrait-unfit");
    }
    if error.code() != "quality-too-low" {
        return shell.wrong(error);
    }
    let (what, _) = shell.words.refusal(&error.row());
    let reasons = error.detail().rsplit_once("; ").map_or("", |(_, reasons)| reasons);
    let known = reasons.split(", ").filter(|code| face::quality::reason::TABLE.iter().any(|row| row.code == *code));
    known.fold(what, |text, code| format!("{text} {}", shell.words.of_code("quality-", code)))
}

/// The photograph of the form, and what is said of it.
async fn received(app: &App, request: Request) -> Result<(Vec<u8>, Said), ApiError> {
    if media_type(request.headers()).as_deref() != Some("multipart/form-data") {
        return Err(ApiError::new(Code::MediaTypeUnsupported, "expected a form with a file"));
    }
    let form = Multipart::from_request(request, app).await;
    let mut form = form.map_err(|_| broken("the form has no boundary"))?;
    let (mut image, mut said) = (None, Said::default());
    while let Some(field) = form.next_field().await.map_err(|_| broken("the form ended early"))? {
        match field.name().unwrap_or_default() {
            "picture" => {
                image = Some(bytes(field, usize::try_from(PHOTO_BYTES_MAX).unwrap_or(usize::MAX)).await?);
            }
            "taken_on" => said.taken_on = text(field).await?,
            "source" => said.source = text(field).await?,
            _ => return Err(broken("a part has another name")),
        }
    }
    Ok((image.ok_or_else(|| broken("there is no file"))?, said))
}

fn broken(detail: &str) -> ApiError {
    ApiError::new(Code::FormInvalid, detail)
}

/// A part of the form, kept up to the first piece that leads beyond `most` bytes. What follows is read past, so that the browser gets to hear
/// the answer, but not without end.
async fn bytes(mut field: Field<'_>, most: usize) -> Result<Vec<u8>, ApiError> {
    let (mut taken, mut total) = (Vec::new(), 0);
    while let Some(data) = field.chunk().await.map_err(|_| broken("the form ended early"))? {
        total += data.len();
        if taken.len() <= most {
            taken.extend_from_slice(&data);
        }
        if total > PASSED_BYTES_MAX {
            return Err(ApiError::new(Code::BodyTooLarge, ""));
        }
    }
    Ok(taken)
}

async fn text(field: Field<'_>) -> Result<String, ApiError> {
    let taken = bytes(field, TEXT_BYTES_MAX).await?;
    // PostgreSQL can neither store nor compare a zero character, and no field has a use for it.
    let fits = taken.len() <= TEXT_BYTES_MAX && !taken.contains(&0);
    let text = String::from_utf8(taken).ok().filter(|_| fits);
    text.ok_or_else(|| broken("a text is too long, or not UTF-8"))
}

/// What retiring means, and the question whether it is meant.
#[derive(Template)]
#[template(path = "portrait_retire.html")]
struct Retiring {
    shell: Shell,
    address: String,
    person: String,
    portrait: Portrait,
}

async fn ask(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Path((person, id)): Path<(PersonId, String)>,
) -> Result<Response, Refusal> {
    by::require(&by, Permission::RegisterWrite, app.now())?;
    let listed = portrait::list(&app.desk, &by, app.now(), &person).await?;
    let address = format!("/register/persons/{person}");
    let found = listed.into_iter().find(|row| row.id == id && row.retired_on.is_none());
    // One that is gone, or retired already: the page of the person says how things stand.
    let Some(row) = found else { return Ok(go(&address)) };
    let portrait = Portrait::of(&shell.words, &address, row);
    Ok(page(&Retiring { address: portrait.address.clone(), person: address, portrait, shell }))
}

/// Retires. The second click of two finds it done.
async fn retire(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path((person, id)): Path<(PersonId, String)>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    let address = format!("/register/persons/{person}");
    match portrait::retire(&app.desk, &by, app.now(), &person, &id).await {
        Err(error) if !matches!(error.code(), "not-found" | "conflict") => Err(error.into()),
        _ => Ok(go(&address)),
    }
}
