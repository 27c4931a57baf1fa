//! The ledger, as auditors read it: entries, proofs, the signed root, and the export that is checked offline. The public keys are everybody's.

use crate::code::Code;
use crate::error::{ApiError, Result};
use crate::http::extract::{Body, Operator, Path, Query};
use crate::http::page::{Page, Window, limit};
use crate::http::refusals::Refusals;
use crate::limits::PAGE_ROWS_MAX;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use casework::Permission;
use casework::desk::audit::{self, AuditSearch, CheckpointView, EntryPage, ProofView, PseudonymRequest};
use casework::desk::by;
use seal::keys::SignUse;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufWriter, Read as _, Seek as _};
use store::ledger::{Shard, proof};
use store::session::SignedIn;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search))
        .routes(routes!(pseudonym))
        .routes(routes!(root))
        .routes(routes!(checkpoints))
        .routes(routes!(compare))
        .routes(routes!(inclusion))
        .routes(routes!(consistency))
        .routes(routes!(export))
        .routes(routes!(keys))
}

/// A name in the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pseudonym {
    /// The pseudonym.
    pseudonym: String,
}

/// A signed note, in the form of C2SP `tlog-checkpoint`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedRoot {
    /// The note; none before the first checkpoint.
    root: Option<String>,
}

/// A note that was kept outside.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptNote {
    /// The note, letter for letter.
    note: String,
}

/// That the ledger only grew since a note was signed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnlyGrew {
    /// The trees.
    shards: Vec<GrewView>,
}

/// A tree then and now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrewView {
    /// The tree.
    shard: String,
    /// Its size in the note.
    then: u64,
    /// Its size in the database.
    now: u64,
}

/// Two sizes of a tree.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Sizes {
    /// The smaller one.
    old: u64,
    /// The larger one.
    new: u64,
}

/// That a tree is the beginning of a larger one (RFC 9162 §2.1.4).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Consistency {
    /// The hashes, in base64.
    proof: Vec<String>,
}

/// The keys with which signatures of this installation are checked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicKeys {
    /// The installation's name in checkpoints.
    origin: String,
    /// Keys of checkpoints and exports, the present one first.
    ledger: Vec<PublicKeyView>,
    /// Keys of receipts and deletion certificates, the present one first.
    receipt: Vec<PublicKeyView>,
}

/// An Ed25519 key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicKeyView {
    /// Its name.
    id: String,
    /// Its 32 bytes in base64.
    public: String,
}

/// Entries of the ledger; the search stands in the body because it may name a pseudonym.
#[utoipa::path(
    post, path = "/api/v1/ledger/search", tag = "ledger", security(("operator" = [])), request_body = AuditSearch,
    responses((status = 200, body = EntryPage), Refusals)
)]
pub(crate) async fn search(
    State(app): State<App>,
    Operator(by): Operator,
    Body(request): Body<AuditSearch>,
) -> Result<Json<EntryPage>> {
    if request.limit.is_some_and(|limit| !(1..=PAGE_ROWS_MAX).contains(&limit)) {
        return Err(ApiError::new(Code::BodyInvalid, format!("limit is 1 to {PAGE_ROWS_MAX}")));
    }
    Ok(Json(audit::search(&app.desk, &by, app.now(), &request).await?))
}

/// The pseudonym under which the ledger speaks of the person with a number. The look itself is an entry.
#[utoipa::path(
    post, path = "/api/v1/ledger/pseudonym", tag = "ledger", security(("operator" = [])),
    request_body = PseudonymRequest, responses((status = 200, body = Pseudonym), Refusals)
)]
pub(crate) async fn pseudonym(
    State(app): State<App>,
    Operator(by): Operator,
    Body(request): Body<PseudonymRequest>,
) -> Result<Json<Pseudonym>> {
    Ok(Json(Pseudonym { pseudonym: audit::pseudonym(&app.desk, &by, app.now(), &request).await? }))
}

/// The latest signed root over all trees: the note to keep outside.
#[utoipa::path(
    get, path = "/api/v1/ledger/root", tag = "ledger", security(("operator" = [])),
    responses((status = 200, body = SignedRoot), Refusals)
)]
pub(crate) async fn root(State(app): State<App>, Operator(by): Operator) -> Result<Json<SignedRoot>> {
    Ok(Json(SignedRoot { root: audit::root(&app.desk, &by, app.now()).await? }))
}

/// The signed checkpoints of a tree (an office's id, or `register`), or the signed roots over all trees (`shards`), newest first.
#[utoipa::path(
    get, path = "/api/v1/ledger/{shard}/checkpoints", tag = "ledger", security(("operator" = [])),
    params(("shard" = String, Path), Window), responses((status = 200, body = Page<CheckpointView>), Refusals)
)]
pub(crate) async fn checkpoints(
    State(app): State<App>,
    Operator(by): Operator,
    Path(shard): Path<String>,
    Query(window): Query<Window>,
) -> Result<Json<Page<CheckpointView>>> {
    let (before, limit) = (window.after::<i64>()?, limit(window.limit)?);
    let items = audit::checkpoints(&app.desk, &by, app.now(), &shard, (before, limit)).await?;
    Ok(Page::of(items, limit, |checkpoint| checkpoint.place.to_string()))
}

/// Compares a note that was kept outside with the ledger as it is now.
#[utoipa::path(
    post, path = "/api/v1/ledger/compare", tag = "ledger", security(("operator" = [])), request_body = KeptNote,
    responses((status = 200, body = OnlyGrew), Refusals)
)]
pub(crate) async fn compare(
    State(app): State<App>,
    Operator(by): Operator,
    Body(request): Body<KeptNote>,
) -> Result<Json<OnlyGrew>> {
    let compared = audit::compare(&app.desk, &by, app.now(), &request.note).await?;
    let view = |grew: store::ledger::checkpoint::Grew| GrewView { shard: grew.shard, then: grew.then, now: grew.now };
    Ok(Json(OnlyGrew { shards: compared.shards.into_iter().map(view).collect() }))
}

/// The proof that an entry stands under its tree's latest checkpoint.
#[utoipa::path(
    get, path = "/api/v1/ledger/{shard}/entries/{seq}/proof", tag = "ledger", security(("operator" = [])),
    params(("shard" = String, Path), ("seq" = u64, Path)), responses((status = 200, body = ProofView), Refusals)
)]
pub(crate) async fn inclusion(
    State(app): State<App>,
    Operator(by): Operator,
    Path((shard, seq)): Path<(String, u64)>,
) -> Result<Json<ProofView>> {
    by::require(&by, Permission::LedgerSee, app.now())?;
    let shard: Shard = shard.parse()?;
    if i64::try_from(seq).is_err() {
        return Err(ApiError::new(Code::PathInvalid, "a place in a tree is smaller"));
    }
    let proof::Inclusion { entry, seq, checkpoint, proof } =
        proof::inclusion(&mut app.desk.db.read().await?, &shard, seq).await?;
    Ok(Json(ProofView { entry, seq, checkpoint, proof }))
}

/// The proof that a tree of an earlier size is the beginning of a later one.
#[utoipa::path(
    get, path = "/api/v1/ledger/{shard}/consistency", tag = "ledger", security(("operator" = [])),
    params(("shard" = String, Path), Sizes), responses((status = 200, body = Consistency), Refusals)
)]
pub(crate) async fn consistency(
    State(app): State<App>,
    Operator(by): Operator,
    Path(shard): Path<String>,
    Query(sizes): Query<Sizes>,
) -> Result<Json<Consistency>> {
    if i64::try_from(sizes.new.max(sizes.old)).is_err() {
        return Err(ApiError::new(Code::QueryInvalid, "a tree is smaller"));
    }
    let proof = audit::consistency(&app.desk, &by, app.now(), &shard, (sizes.old, sizes.new)).await?;
    Ok(Json(Consistency { proof }))
}

/// The whole ledger in the form that `countenance ledger verify` checks offline. The export is an entry.
#[utoipa::path(
    get, path = "/api/v1/ledger/export", tag = "ledger", security(("operator" = [])),
    responses((status = 200, body = String, content_type = "application/x-ndjson"), Refusals)
)]
pub(crate) async fn export(State(app): State<App>, Operator(by): Operator) -> Result<Response> {
    exported(app, by).await
}

/// The export as a file to keep.
pub(crate) async fn exported(app: App, by: SignedIn) -> Result<Response> {
    by::require(&by, Permission::LedgerExport, app.now())?;
    // The database is read at one moment and at full speed; the caller may be slow. So the export lies in a nameless file between them.
    let runtime = tokio::runtime::Handle::current();
    let written = tokio::task::spawn_blocking(move || runtime.block_on(write(&app, &by)));
    let file = written.await.map_err(|_| ApiError::new(Code::Internal, "the export's thread ended"))??;
    let (parts, stream) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || read(file, &parts));
    let mut response = axum::body::Body::from_stream(ReceiverStream::new(stream)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"ledger.ndjson\""));
    Ok(response)
}

async fn write(app: &App, by: &SignedIn) -> Result<File> {
    let failed = |error: std::io::Error| ApiError::new(Code::StorageFailed, error.kind().to_string());
    let mut out = BufWriter::new(tempfile::tempfile().map_err(failed)?);
    audit::export(&app.desk, by, app.now(), &mut out, &mut |_| {}).await?;
    let mut file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    file.rewind().map_err(failed)?;
    Ok(file)
}

/// Sends a file piece by piece, until the reader goes.
fn read(mut file: File, parts: &mpsc::Sender<std::io::Result<Vec<u8>>>) {
    loop {
        let mut part = vec![0; 64 * 1024];
        let read = file.read(&mut part).map(|count| {
            part.truncate(count);
            part
        });
        let ended = !read.as_ref().is_ok_and(|part| !part.is_empty());
        if parts.blocking_send(read).is_err() || ended {
            return;
        }
    }
}

/// The keys with which checkpoints, exports, receipts and deletion certificates of this installation are checked.
#[utoipa::path(get, path = "/api/v1/ledger/keys", tag = "ledger", responses((status = 200, body = PublicKeys), Refusals))]
pub(crate) async fn keys(State(app): State<App>) -> Json<PublicKeys> {
    let of = |sign_use| {
        let keys = app.desk.ring.public_keys(sign_use).into_iter();
        keys.map(|(id, public)| PublicKeyView { id: id.to_string(), public: STANDARD.encode(public) }).collect()
    };
    let origin = app.desk.settings.origin.clone();
    Json(PublicKeys { origin, ledger: of(SignUse::Ledger), receipt: of(SignUse::Receipt) })
}
