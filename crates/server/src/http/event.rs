//! What happens in the caller's office, as a stream of server-sent events: place, kind, visit and time of each entry of the office's ledger,
//! and nothing about a person. Its ids are places in the ledger, so that a stream that broke goes on without a gap.

use crate::code::Code;
use crate::error::{ApiError, Result};
use crate::http::extract::{OPERATOR, STATION, bearer};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use casework::Permission;
use casework::desk::by;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;
use store::id::OfficeId;
use store::ledger::Shard;
use store::ledger::search::{self, Recorded};
use store::{session, station};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Longest time between two looks: another process's entries are seen after it.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longest stream; the caller connects again, and shows then that the session still lives.
const STREAM_MAX: Duration = Duration::from_mins(10);
/// Entries of one look.
const ENTRIES_AT_ONCE: u32 = 200;
/// Events that wait for a slow reader.
const WAITING_MAX: usize = 64;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(stream))
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Happened {
    /// Its place in the office's ledger; the event's id.
    seq: i64,
    /// What, as a stable code; the event's name.
    kind: String,
    /// In which visit.
    visit: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Whoever may watch an office. Watching is no use of a session: who only watches is signed out in time.
pub(crate) struct Watcher {
    office: OfficeId,
    after: Option<i64>,
}

impl FromRequestParts<App> for Watcher {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let office = match bearer(parts, app, STATION) {
            Ok(token) => {
                let mut tx = app.desk.db.read().await?;
                station::require(&mut tx, &app.desk.means(app.now()), token).await?.office().clone()
            }
            Err(_) => operator(app, bearer(parts, app, OPERATOR)?).await?,
        };
        let after =
            parts.headers.get("last-event-id").map(|value| value.to_str().ok().and_then(|text| text.parse().ok()));
        match after {
            Some(None | Some(i64::MIN..0)) => {
                Err(ApiError::new(Code::QueryInvalid, "Last-Event-ID is no place in a ledger"))
            }
            after => Ok(Self { office, after: after.flatten() }),
        }
    }
}

async fn operator(app: &App, token: &str) -> Result<OfficeId> {
    let now = app.now();
    let idle = SignedDuration::from_mins(i64::from(app.config.sessions.idle_min));
    let signed_in = session::require(&mut app.desk.db.read().await?, &app.desk.means(now), token, idle).await?;
    by::require(&signed_in, Permission::VisitSee, now)?;
    Ok(by::office(&signed_in)?.clone())
}

/// What happens in the caller's office from now on, or after `Last-Event-ID`.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "event", security(("operator" = []), ("station" = [])),
    params(("Last-Event-ID" = Option<i64>, Header, description = "Go on after this place of the office's ledger.")),
    responses((status = 200, body = Happened, content_type = "text/event-stream"), Refusals)
)]
pub(crate) async fn stream(State(app): State<App>, watcher: Watcher) -> Result<impl IntoResponse> {
    let full = |_| ApiError::new(Code::TooManyStreams, "").retry_after(5);
    let place = std::sync::Arc::clone(&app.streams).try_acquire_owned().map_err(full)?;
    let shard = Shard::Office(watcher.office);
    let after = match watcher.after {
        Some(seq) => seq,
        None => search::last(&mut app.desk.db.read().await?, &shard).await?,
    };
    let (events, stream) = mpsc::channel(WAITING_MAX);
    tokio::spawn(watch(app, shard, after, events, place));
    Ok(Sse::new(ReceiverStream::new(stream)).keep_alive(KeepAlive::default()))
}

/// Sends what happens until the reader goes or the time is over.
async fn watch(
    app: App,
    shard: Shard,
    mut after: i64,
    events: mpsc::Sender<std::result::Result<Event, Infallible>>,
    _place: OwnedSemaphorePermit,
) {
    let mut changed = app.changed.subscribe();
    let end = Instant::now() + STREAM_MAX;
    while Instant::now() < end && !events.is_closed() {
        match look(&app, &shard, after).await {
            Ok(found) => {
                for entry in found {
                    after = entry.seq;
                    let Some(event) = event(entry) else { return };
                    // A reader who does not read until the stream's end is let go.
                    match timeout_at(end, events.send(Ok(event))).await {
                        Ok(Ok(())) => {}
                        _ => return,
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "the ledger could not be read for a stream"),
        }
        // Whether this process wrote something or a second went by makes no difference: look again.
        let _ = timeout(LOOK_EVERY, changed.changed()).await;
    }
}

async fn look(app: &App, shard: &Shard, after: i64) -> store::Result<Vec<Recorded>> {
    search::after(&mut app.desk.db.read().await?, shard, after, ENTRIES_AT_ONCE).await
}

fn event(entry: Recorded) -> Option<Event> {
    let at = Timestamp::from_millisecond(entry.at_ms).ok()?;
    let happened = Happened { seq: entry.seq, kind: entry.kind, visit: entry.visit_id, at };
    let event = Event::default().id(happened.seq.to_string()).event(&happened.kind);
    event.json_data(&happened).ok()
}
