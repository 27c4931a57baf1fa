//! Whether the ledger was changed: verified with one click, compared with a note that was kept outside, and how to do both without trusting
//! this server.

use super::detail;
use super::evidence::grouped;
use super::form::{self, Form};
use super::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use crate::verification::{self, Verification, Verified};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::Permission;
use casework::desk::{audit, by};
use serde::Deserialize;
use store::finding::Finding;
use store::ledger::checkpoint::Compared;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/ledger/verify", get(show).post(begin)).route("/ledger/compare", post(compare))
}

#[derive(Deserialize)]
struct Nothing {}

/// A finding in words.
struct Found {
    what: String,
    /// The entry's page, where there is one.
    address: Option<String>,
    place: String,
    /// In words, and the code by which the documentation tells of it.
    detail: String,
    code: &'static str,
}

/// The last verification in words.
struct Last {
    /// Of which moment, and how long it took.
    when: String,
    is_right: bool,
    entries: String,
    rows: String,
    roots: String,
    /// Tree, entries, signed checkpoints, entries that no checkpoint covers yet.
    trees: Vec<[String; 4]>,
    findings: Vec<Found>,
    left_out: u64,
}

/// A verification that is at work.
struct Running {
    /// What is being looked at.
    part: String,
    /// How far it is, in words; nothing while nobody knows how far it is to go.
    far: String,
    done: u64,
    total: u64,
}

/// What a note that was kept outside says of the ledger as it is.
enum Outside {
    /// Tree, size then, size now.
    Grew(Vec<[String; 3]>),
    /// It does not fit: the ledger is another or an older one.
    Changed(String),
}

#[derive(Template)]
#[template(path = "ledger_verify.html")]
struct Page {
    shell: Shell,
    running: Option<Running>,
    elsewhere: bool,
    last: Option<Last>,
    root: Option<String>,
    note: String,
    outside: Option<Outside>,
    wrong: Option<String>,
}

async fn show(State(app): State<App>, Staff { by, shell }: Staff) -> Result<Response, Refusal> {
    let root = audit::root(&app.desk, &by, app.now()).await?;
    Ok(page(&standing(&app, shell, root)))
}

fn standing(app: &App, shell: Shell, root: Option<String>) -> Page {
    let Verification { running, last, problem, elsewhere } = app.verification.borrow().clone();
    let running = running.map(|at| {
        let far = if at.total == 0 { String::new() } else { format!("{} / {}", grouped(at.done), grouped(at.total)) };
        Running { part: shell.words.of_code("verify-part-", at.part), far, done: at.done, total: at.total }
    });
    let last = last.map(|verified| told(&shell, &verified));
    let wrong = shell.problem(problem);
    Page { running, elsewhere, last, root, note: String::new(), outside: None, wrong, shell }
}

fn told(shell: &Shell, verified: &Verified) -> Last {
    let Verified { began, ended, report } = verified;
    let tree = |tree: &store::ledger::verify::ShardReport| {
        [tree.shard.clone(), grouped(tree.entries), grouped(tree.checkpoints), grouped(tree.uncovered)]
    };
    let (at, took_s) = (shell.words.moment(began), ended.duration_since(*began).as_secs());
    Last {
        when: shell.words.with_all("verify-when", [("at", at.into()), ("seconds", took_s.into())]),
        is_right: report.is_right(),
        entries: grouped(report.entries),
        rows: grouped(report.rows),
        roots: grouped(report.roots),
        trees: report.trees.iter().map(tree).collect(),
        findings: report.findings.list().iter().map(|finding| found(shell, finding)).collect(),
        left_out: report.findings.left_out(),
    }
}

fn found(shell: &Shell, finding: &Finding) -> Found {
    let (address, place) = match (&finding.shard, finding.seq, &finding.table) {
        (Some(shard), Some(seq), _) => (Some(format!("/ledger/{shard}/{seq}")), format!("{shard} {seq}")),
        (Some(shard), None, _) => (None, shard.clone()),
        (None, _, Some(table)) => (None, format!("{table} {}", finding.id.as_deref().unwrap_or_default())),
        (None, ..) => (None, String::new()),
    };
    let code = finding.what.code();
    Found {
        what: shell.words.of_code("finding-", code),
        address,
        place,
        detail: detail::said(&shell.words, &finding.detail),
        code,
    }
}

async fn begin(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    by::require(&by, Permission::LedgerSee, app.now())?;
    verification::begin(&app, by).await;
    Ok(form::go("/ledger/verify"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    note: String,
}

/// Compares the pasted note. The answer stands on the page itself: a note has no address.
async fn compare(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Form(Kept { note }): Form<Kept>,
) -> Result<Response, Refusal> {
    let root = audit::root(&app.desk, &by, app.now()).await?;
    // Browsers end the lines of a form in their own way; the note ends in one line feed.
    let whole = format!("{}\n", note.replace("\r\n", "\n").trim_end());
    let compared = audit::compare(&app.desk, &by, app.now(), &whole).await;
    let mut asked = Page { note, ..standing(&app, shell, root) };
    asked.wrong = None;
    let status = match compared {
        Ok(Compared { shards }) => {
            let grew = shards.into_iter().map(|tree| [tree.shard, grouped(tree.then), grouped(tree.now)]);
            asked.outside = Some(Outside::Grew(grew.collect()));
            StatusCode::OK
        }
        Err(error) if matches!(error.code(), "ledger-rolled-back" | "ledger-damaged") => {
            asked.outside = Some(Outside::Changed(detail::said(&asked.shell.words, error.detail())));
            StatusCode::OK
        }
        Err(error) if (400..500).contains(&error.row().status) || error.code() == "checkpoint-invalid" => {
            asked.wrong = Some(asked.shell.wrong(&error));
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, page(&asked)).into_response())
}
