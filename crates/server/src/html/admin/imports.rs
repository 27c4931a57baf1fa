//! The register: an archive comes in, its import is followed, and the rows that it did not take are told.

use crate::code::Code;
use crate::error::ApiError;
use crate::html::cookie;
use crate::html::detail;
use crate::html::evidence::grouped;
use crate::html::form::go;
use crate::html::shell::{Refusal, Shell, Staff, page};
use crate::http::extract::media_type;
use crate::http::import::{self as archive, Archive};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::multipart::Multipart;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use casework::Permission;
use casework::desk::by;
use casework::desk::import::{self, ImportView, RejectionView};
use store::id::ImportId;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/register", get(show))
        .route("/register/imports", get(async || go("/register")).post(start).layer(DefaultBodyLimit::disable()))
        .route("/register/imports/{import}", get(one))
        .route("/register/imports/{import}/rejections", get(rejections))
}

/// Imports of the list.
const LINES_MAX: u32 = 20;

/// An import in the list.
struct Line {
    address: String,
    began: String,
    state: String,
    done: String,
    rejected: String,
}

#[derive(Template)]
#[template(path = "register.html")]
struct Register {
    shell: Shell,
    number: String,
    lines: Vec<Line>,
    wrong: Option<String>,
}

/// A row that was not taken.
struct Rejected {
    line: u64,
    why: String,
    /// The code by which the documentation tells of it.
    code: String,
    /// In words; nothing where the refusal says all that the reader can understand.
    detail: Option<String>,
}

#[derive(Template)]
#[template(path = "import.html")]
struct Import {
    shell: Shell,
    began: String,
    state: String,
    is_running: bool,
    is_stopped: bool,
    /// Where a script asks how far it is.
    source: String,
    address: String,
    done: u64,
    total: u64,
    /// The same in words.
    counts: [String; 3],
    rejected: Vec<Rejected>,
    has_rejected: bool,
}

async fn show(State(app): State<App>, staff: Staff) -> Result<Response, Refusal> {
    register(&app, staff, String::new(), None).await
}

/// The page, with a number that was typed and what was wrong.
pub(super) async fn register(
    app: &App,
    Staff { by, mut shell }: Staff,
    number: String,
    wrong: Option<String>,
) -> Result<Response, Refusal> {
    let imports = import::imports(&app.desk, &by, app.now(), LINES_MAX).await?;
    let line = |import: ImportView| Line {
        address: format!("/register/imports/{}", import.id),
        began: shell.words.moment(&import.started_at),
        state: shell.words.of_code("import-state-", &import.state),
        done: grouped(import.rows_done),
        rejected: grouped(import.rows_rejected),
    };
    let lines = imports.into_iter().map(line).collect();
    "/register".clone_into(&mut shell.here);
    Ok(page(&Register { shell, number, lines, wrong }))
}

/// Takes the archive of a form in. The same archive sent twice goes on with the same import.
async fn start(State(app): State<App>, staff: Staff, request: Request) -> Result<Response, Refusal> {
    cookie::from_own_page(request.headers())?;
    // Before gigabytes are taken in.
    by::require(&staff.by, Permission::RegisterWrite, app.now())?;
    let archive = received(&app, request).await?;
    match archive::begin(app.clone(), staff.by.clone(), archive).await? {
        Ok(begun) => Ok(go(&format!("/register/imports/{}", begun.id))),
        Err(error) if super::mendable(&error) => {
            let wrong = Some(staff.shell.wrong(&error));
            let again = register(&app, staff, String::new(), wrong).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The one file of the form.
async fn received(app: &App, request: Request) -> Result<Archive, ApiError> {
    if media_type(request.headers()).as_deref() != Some("multipart/form-data") {
        return Err(ApiError::new(Code::MediaTypeUnsupported, "expected a form with a file"));
    }
    let broken = |detail: &str| ApiError::new(Code::FormInvalid, detail);
    let form = Multipart::from_request(request, app).await;
    let mut form = form.map_err(|_| broken("the form has no boundary"))?;
    let ended = |_| broken("the form ended early");
    let Some(mut field) = form.next_field().await.map_err(ended)? else { return Err(broken("there is no file")) };
    if field.name() != Some("archive") {
        return Err(broken("a part has another name"));
    }
    let mut archive = Archive::new()?;
    while let Some(data) = field.chunk().await.map_err(ended)? {
        archive.take(&data)?;
    }
    Ok(archive)
}

async fn one(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Path(id): Path<ImportId>,
) -> Result<Response, Refusal> {
    let now = app.now();
    let found = import::get(&app.desk, &by, now, &id).await?;
    let told = import::rejections(&app.desk, Some(&by), now, &id, 0).await?;
    let rejected = |row: RejectionView| Rejected {
        why: shell.problem(Some(&row.code)).unwrap_or_else(|| row.code.clone()),
        detail: detail::known(&shell.words, &row.detail),
        line: row.line,
        code: row.code,
    };
    Ok(page(&Import {
        began: shell.words.moment(&found.started_at),
        is_running: found.state == "running",
        is_stopped: found.state == "stopped",
        state: shell.words.of_code("import-state-", &found.state),
        source: format!("/api/v1/imports/{id}"),
        address: format!("/register/imports/{id}"),
        done: found.rows_done,
        // An empty list is as long as a bar can be short.
        total: found.rows_total.max(1),
        counts: [found.rows_total, found.rows_done, found.rows_rejected].map(grouped),
        has_rejected: found.rows_rejected > 0,
        rejected: told.into_iter().map(rejected).collect(),
        shell,
    }))
}

/// The rows that were not taken, to be kept as a file.
async fn rejections(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path(id): Path<ImportId>,
) -> Result<Response, Refusal> {
    let mut report = archive::report(app, by, id).await?;
    let name = HeaderValue::from_static("attachment; filename=\"rejected-rows.csv\"");
    report.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(report)
}
