//! Notices of the office: what waits, what was sent, what came back; and what became of one, noted by hand.

use super::form::{self, Form};
use super::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use casework::desk::delivery::{self, AttemptView};
use casework::desk::notice::{self, NoticeMark, NoticeView};
use casework::desk::view::TextsView;
use serde::Deserialize;
use store::id::NoticeId;
use store::limits::Window;

/// Notices of one page.
const LINES_MAX: u32 = 50;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/notices", get(show).post(mark)).route("/notices/{notice}", get(tries))
}

/// A notice in the list.
struct Row {
    id: NoticeId,
    created: String,
    changed: String,
    recipient: String,
    kind: String,
    state: String,
    /// Where the incident stands that it is about.
    incident: Option<String>,
    /// What is told, letter for letter.
    body: String,
    /// Where it can go from here, by hand: code and words.
    next: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "notices.html")]
struct List {
    shell: Shell,
    rows: Vec<Row>,
    older: Option<String>,
    wrong: Option<String>,
}

#[derive(Default, Deserialize)]
struct Asked {
    after: Option<NoticeId>,
    /// What the last form was refused with.
    problem: Option<String>,
}

async fn show(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let window = Window { after: asked.after.as_ref(), limit: LINES_MAX };
    let found = notice::list(&app.desk, &by, app.now(), window).await?;
    let last = found.last().filter(|_| found.len() >= LINES_MAX as usize);
    Ok(page(&List {
        older: last.map(|last| format!("/notices?after={}", last.id)),
        rows: found.into_iter().map(|notice| row(&app, &shell, notice)).collect(),
        wrong: shell.problem(asked.problem.as_deref()),
        shell,
    }))
}

fn row(app: &App, shell: &Shell, notice: NoticeView) -> Row {
    let words = &shell.words;
    Row {
        created: words.moment(&notice.created_at),
        changed: words.moment(&notice.changed_at),
        recipient: recipient(app, shell, &notice),
        kind: words.known("notice-kind-", &notice.kind),
        state: words.of_code("notice-", &notice.state),
        incident: notice.incident.as_ref().map(|id| format!("/alarms/{id}")),
        body: serde_json::to_string_pretty(&notice.body).unwrap_or_default(),
        next: notice.ways().into_iter().map(|to| (to, words.of_code("notice-mark-", to))).collect(),
        id: notice.id,
    }
}

/// Who is told, as the service's definition calls them.
fn recipient(app: &App, shell: &Shell, notice: &NoticeView) -> String {
    let service = notice.body.get("service").and_then(serde_json::Value::as_str);
    let service = service.and_then(|id| app.desk.services.get(id).ok());
    let known = service
        .and_then(|known| known.definition().recipients.iter().find(|recipient| recipient.id == notice.recipient));
    match known {
        Some(recipient) => shell.words.one_of(&TextsView::from(&recipient.name)).to_owned(),
        None => shell.words.known("notice-to-", &notice.recipient),
    }
}

/// A try to deliver a notice.
struct Try {
    at: String,
    what: String,
    sent: Option<String>,
    answer: Option<String>,
}

#[derive(Template)]
#[template(path = "notice_tries.html")]
struct Tries {
    shell: Shell,
    id: NoticeId,
    next: Option<String>,
    rows: Vec<Try>,
}

/// The tries to deliver a notice.
async fn tries(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Path(id): Path<NoticeId>,
) -> Result<Response, Refusal> {
    let seen = delivery::read(&app.desk, &by, app.now(), &id).await?;
    let words = &shell.words;
    let what = |one: &AttemptView| {
        let failure = one.failure.as_deref().map(|code| words.known("try-", code));
        let parts = one.status.map(|status| status.to_string()).into_iter().chain(failure);
        parts.collect::<Vec<_>>().join(&words.t("list-comma"))
    };
    let row = |one: AttemptView| Try {
        at: words.moment(&one.at),
        what: what(&one),
        sent: one.sent_sha256,
        answer: one.answer_sha256,
    };
    let rows = seen.attempts.into_iter().map(row).collect();
    Ok(page(&Tries { id, next: seen.next_at.map(|at| words.moment(&at)), rows, shell }))
}

/// What became of a notice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    notice: NoticeId,
    state: String,
}

/// Notes it and goes back to the list. A second click finds it done; where somebody else has noted something else, the list says so.
async fn mark(State(app): State<App>, Staff { by, .. }: Staff, Form(sent): Form<Sent>) -> Result<Response, Refusal> {
    let now = app.now();
    let request = NoticeMark { state: sent.state.clone() };
    let refused = match notice::mark(&app.desk, &by, now, &sent.notice, &request).await {
        Ok(()) => return Ok(form::go("/notices")),
        Err(error) if error.row().status == 409 => error,
        Err(error) => return Err(error.into()),
    };
    let newest = notice::list(&app.desk, &by, now, Window::default()).await?;
    let is_done = newest.iter().any(|notice| notice.id == sent.notice && notice.state == sent.state);
    if is_done {
        return Ok(form::go("/notices"));
    }
    Ok(form::go(&format!("/notices?problem={}", refused.code())))
}
