//! Register import: an archive comes in, is worked off in the background, and every row that was not taken is told.

use crate::code::Code;
use crate::error::{ApiError, Result};
use crate::http::extract::{Operator, Path, Query, media_type};
use crate::http::page::{Page, Window};
use crate::http::refusals::Refusals;
use crate::limits::IMPORT_BYTES_MAX;
use crate::state::App;
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use casework::Permission;
use casework::desk::by;
use casework::desk::import::{self, ImportSource, ImportView};
use http_body_util::BodyExt as _;
use std::io::Write as _;
use store::id::ImportId;
use store::limits::PAGE_ROWS_MAX;
use store::session::SignedIn;
use tempfile::NamedTempFile;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, start)).routes(routes!(one)).routes(routes!(rejections))
}

/// The last imports, newest first.
#[utoipa::path(
    get, path = "/api/v1/imports", tag = "import", security(("operator" = [])), params(Window),
    responses((status = 200, body = Page<ImportView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    Operator(by): Operator,
    Query(window): Query<Window>,
) -> Result<Json<Page<ImportView>>> {
    let all = import::imports(&app.desk, &by, app.now(), PAGE_ROWS_MAX).await?;
    window.cut(all, |import| import.id.to_string())
}

/// Imports an archive with one list (`*.csv`) and its photos. Answers once the list was looked through; the import then goes on by itself, and
/// the same archive sent again after a stop goes on where it stopped.
#[utoipa::path(
    post, path = "/api/v1/imports", tag = "import", security(("operator" = [])),
    request_body(content(("application/zip"), ("application/octet-stream")), description = "The archive."),
    responses((status = 202, body = ImportView), Refusals)
)]
pub(crate) async fn start(
    State(app): State<App>,
    Operator(by): Operator,
    request: Request,
) -> Result<(StatusCode, Json<ImportView>)> {
    // Before gigabytes are taken in.
    by::require(&by, Permission::RegisterWrite, app.now())?;
    let kind = media_type(request.headers());
    if !matches!(kind.as_deref(), Some("application/zip" | "application/octet-stream")) {
        return Err(ApiError::new(Code::MediaTypeUnsupported, "expected application/zip"));
    }
    let archive = received(request.into_body()).await?;
    Ok((StatusCode::ACCEPTED, Json(begin(app, by, archive).await??)))
}

/// Begins to work an archive off and says how it began, or why it did not; the import goes on by itself.
pub(crate) async fn begin(
    app: App,
    by: SignedIn,
    archive: Archive,
) -> Result<std::result::Result<ImportView, casework::Error>> {
    let file = archive.whole()?;
    let (begun, begins) = oneshot::channel();
    tokio::spawn(run(app, by, file, begun));
    begins.await.map_err(|_| ApiError::new(Code::Internal, "the import ended without a word"))
}

async fn received(mut body: Body) -> Result<Archive> {
    let mut archive = Archive::new()?;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::new(Code::BodyInvalid, "the body ended early"))?;
        if let Some(data) = frame.data_ref() {
            archive.take(data)?;
        }
    }
    Ok(archive)
}

/// An archive on its way in: a temporary file that only this user can read.
pub(crate) struct Archive {
    file: NamedTempFile,
    bytes: u64,
}

fn disk(error: &std::io::Error) -> ApiError {
    ApiError::new(Code::StorageFailed, error.kind().to_string())
}

impl Archive {
    /// An empty file.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { file: NamedTempFile::new().map_err(|error| disk(&error))?, bytes: 0 })
    }

    /// Adds what came next.
    pub(crate) fn take(&mut self, data: &[u8]) -> Result<()> {
        self.bytes += data.len() as u64;
        if self.bytes > IMPORT_BYTES_MAX {
            return Err(ApiError::new(Code::BodyTooLarge, ""));
        }
        self.file.write_all(data).map_err(|error| disk(&error))
    }

    fn whole(mut self) -> Result<NamedTempFile> {
        self.file.flush().map_err(|error| disk(&error))?;
        Ok(self.file)
    }
}

/// Works an archive off; `begun` is told how the import began, or why it did not.
async fn run(
    app: App,
    by: SignedIn,
    file: NamedTempFile,
    begun: oneshot::Sender<std::result::Result<ImportView, casework::Error>>,
) {
    let mut begun = Some(begun);
    let source = ImportSource::Zip { file: file.path().to_owned() };
    let clock = std::sync::Arc::clone(&app.clock);
    let now = move || clock();
    let mut told = |view: &ImportView| {
        if let Some(begun) = begun.take() {
            // Whoever asked may have gone; the import goes on all the same.
            let _ = begun.send(Ok(view.clone()));
        }
    };
    let done = import::run(&app.desk, Some(&by), &now, &source, &mut told).await;
    app.changed.send_modify(|count| *count = count.wrapping_add(1));
    match (done, begun.take()) {
        (Ok(view), begun) => {
            tracing::info!(done = view.rows_done, rejected = view.rows_rejected, "an import ended");
            if let Some(begun) = begun {
                let _ = begun.send(Ok(view));
            }
        }
        (Err(error), Some(begun)) => {
            let _ = begun.send(Err(error));
        }
        (Err(error), None) => tracing::warn!(code = error.code(), "an import stopped"),
    }
}

/// How far an import has come.
#[utoipa::path(
    get, path = "/api/v1/imports/{import}", tag = "import", security(("operator" = [])),
    params(("import" = ImportId, Path)), responses((status = 200, body = ImportView), Refusals)
)]
pub(crate) async fn one(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<ImportId>,
) -> Result<Json<ImportView>> {
    Ok(Json(import::get(&app.desk, &by, app.now(), &id).await?))
}

/// The rows that an import did not take, as lines of comma-separated values; each with its line, the code and the reason.
#[utoipa::path(
    get, path = "/api/v1/imports/{import}/rejections", tag = "import", security(("operator" = [])),
    params(("import" = ImportId, Path)), responses((status = 200, body = String, content_type = "text/csv"), Refusals)
)]
pub(crate) async fn rejections(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<ImportId>,
) -> Result<Response> {
    report(app, by, id).await
}

/// The lines of the report as they come from the database.
pub(crate) async fn report(app: App, by: SignedIn, id: ImportId) -> Result<Response> {
    import::get(&app.desk, &by, app.now(), &id).await?;
    let (lines, stream) = mpsc::channel(4);
    tokio::spawn(async move {
        let mut text = import::REPORT_HEADER.to_owned();
        let mut after = 0;
        // A reader who goes, or a database that fails, ends the stream; a report is a page or some thousands of them.
        while lines.send(Ok::<_, casework::Error>(text)).await.is_ok() {
            match import::rejections(&app.desk, Some(&by), app.now(), &id, after).await {
                Ok(page) => {
                    let Some(last) = page.last() else { break };
                    after = last.line;
                    text = import::report_lines(&page);
                }
                Err(error) => {
                    let _ = lines.send(Err(error)).await;
                    break;
                }
            }
        }
    });
    let mut response = Body::from_stream(ReceiverStream::new(stream)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    Ok(response)
}
