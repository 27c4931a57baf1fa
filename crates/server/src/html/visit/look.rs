//! The pictures and the evidence of a person of a visit on pages of their own: for a browser without script, and as parts that a script puts into
//! the visit's page.

use crate::html::evidence::{self, Seen};
use crate::html::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use casework::desk::picture::{self, Pictures};
use casework::desk::{by, judge};
use casework::permission::{Permission, allows};
use store::id::VisitId;

/// The pictures on a page of their own, for a browser without script.
#[derive(Template)]
#[template(path = "pictures.html")]
struct PicturesPage {
    shell: Shell,
    back: String,
    pictures: Pictures,
    /// Their dates, as the office writes them.
    dates: Vec<String>,
}

pub(super) async fn pictures(
    State(app): State<App>,
    staff: Staff,
    Path((id, person)): Path<(VisitId, u32)>,
) -> Result<Response, Refusal> {
    pictures_of(&app, staff, (&id, person), format!("/counter/visits/{id}?person={person}")).await
}

/// The pictures of a person of a visit; from them it goes on to `back`.
pub(in crate::html) async fn pictures_of(
    app: &App,
    Staff { by, shell }: Staff,
    (id, person): (&VisitId, u32),
    back: String,
) -> Result<Response, Refusal> {
    let pictures = picture::look(&app.desk, &by, app.now(), id, person).await?;
    let date = |taken: &Option<String>| {
        taken.as_deref().map_or_else(|| shell.words.t("date-unknown"), |taken| shell.words.partial(taken))
    };
    let dates = pictures.portraits.iter().map(|portrait| date(&portrait.taken_on)).collect();
    Ok(page(&PicturesPage { shell, back, pictures, dates }))
}

/// The evidence, by itself or as a part that a script puts into the visit's page.
#[derive(Template)]
#[template(path = "evidence.html")]
struct EvidencePage {
    shell: Shell,
    back: String,
    seen: Seen,
}

pub(super) async fn evidence_page(
    State(app): State<App>,
    staff: Staff,
    Path((id, person)): Path<(VisitId, u32)>,
) -> Result<Response, Refusal> {
    evidence_of(&app, staff, (&id, person), format!("/counter/visits/{id}?person={person}")).await
}

/// The open evidence of a person of a visit; from it it goes on to `back`.
pub(in crate::html) async fn evidence_of(
    app: &App,
    Staff { by, shell }: Staff,
    (id, person): (&VisitId, u32),
    back: String,
) -> Result<Response, Refusal> {
    let view = judge::evidence(&app.desk, &by, app.now(), id, person).await?;
    let with_cues = allows(by::roles(&by)?, Permission::IncidentSee);
    let seen = evidence::seen(&shell.words, app.desk.engine.calibration(), &view, with_cues);
    Ok(page(&EvidencePage { shell, back, seen }))
}
