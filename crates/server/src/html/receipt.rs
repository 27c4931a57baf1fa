//! What a person can do with a receipt, at home and without an account: see what was agreed to and who looked, and withdraw.

use super::evidence::grouped;
use super::form::Form;
use super::language::Words;
use super::shell::{Refusal, Shell, page};
use crate::http::extract::Secret;
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::desk::receipt::{self, EntryView, Known, Shown};
use casework::desk::withdraw::{self, Certificate};
use jiff::Timestamp;
use serde::Deserialize;
use store::ledger::Kind;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/receipt", get(ask).post(show)).route("/receipt/withdraw", post(withdraw))
}

/// Where the receipt is put in; a link or QR code brings it along.
#[derive(Template)]
#[template(path = "receipt.html")]
struct Ask {
    shell: Shell,
    wrong: Option<String>,
}

/// What is recorded.
#[derive(Template)]
#[template(path = "receipt_known.html")]
struct Record {
    shell: Shell,
    receipt: String,
    known: Known,
    /// What the service is called, in the reader's language.
    service: String,
    /// True if the consent can still be withdrawn.
    is_live: bool,
    until: Option<String>,
    /// Whether a person was checked for, once pictures were taken.
    checked_live: Option<String>,
    /// Each act with who did it, in words.
    acts: Vec<Done>,
}

/// An act in the list.
struct Done {
    at: String,
    what: String,
    /// What whoever did it is.
    who: String,
    /// Where.
    office: Option<String>,
    /// The entry's place, by which the office finds who it was.
    number: String,
}

/// What an actor is, in words: its roles, or that it was the person, or the system.
pub(super) fn who(words: &Words, kind: &str, roles: &[&str]) -> String {
    if roles.is_empty() {
        return words.of_code("acted-", kind);
    }
    let names: Vec<String> = roles.iter().map(|role| words.known("role-", role)).collect();
    names.join(&words.t("list-comma"))
}

/// The certificate of deletion.
#[derive(Template)]
#[template(path = "receipt_certificate.html")]
struct Deleted {
    shell: Shell,
    token: String,
    claims: Certificate,
    at: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    receipt: String,
}

/// The receipt itself, also when the whole address of the QR code was pasted.
fn token(sent: &Sent) -> Shown {
    let text = sent.receipt.trim();
    Shown { receipt: text.rsplit('#').next().unwrap_or(text).to_owned() }
}

async fn ask(shell: Shell) -> Response {
    page(&Ask { shell, wrong: None })
}

/// What a person can mend by typing again.
fn again(shell: Shell, error: casework::Error) -> Result<Response, Refusal> {
    if !(400..500).contains(&error.row().status) {
        return Err(error.into());
    }
    let wrong = Some(shell.wrong(&error));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&Ask { shell, wrong })).into_response())
}

fn done(words: &Words, entry: &EntryView) -> Done {
    let roles: Vec<&str> = entry.by.roles.iter().map(String::as_str).collect();
    Done {
        at: words.moment(&entry.at),
        what: words.event(&entry.kind),
        who: who(words, &entry.by.kind, &roles),
        office: entry.office.clone(),
        number: grouped(entry.seq.unsigned_abs()),
    }
}

async fn show(State(app): State<App>, shell: Shell, _: Secret, Form(sent): Form<Sent>) -> Result<Response, Refusal> {
    let shown = token(&sent);
    let known = match receipt::show(&app.desk, app.now(), &shown).await {
        Ok(known) => known,
        Err(error) => return again(shell, error),
    };
    let id = &known.consent.pii_processing.purposes;
    let service = id.first().map(|purpose| purpose.services.clone()).unwrap_or_default();
    let service = app
        .desk
        .services
        .get(&service)
        .map_or(service, |found| shell.words.one_of(&(&found.definition().title).into()).to_owned());
    let last = known.consent.events.last();
    let is_live = last.is_some_and(|event| event.event_state == "given");
    let until = last.and_then(|event| event.validity_until).map(|until| shell.words.moment(&until));
    let acts = known.entries.iter().map(|entry| done(&shell.words, entry)).collect();
    let happened = |kind: Kind| known.entries.iter().any(|entry| entry.kind == kind.code());
    let checked = if happened(Kind::FilmAsked) { "receipt-checked-live-yes" } else { "receipt-checked-live-no" };
    let checked_live = happened(Kind::CaptureTaken).then(|| shell.words.t(checked));
    Ok(page(&Record { acts, checked_live, service, is_live, until, receipt: shown.receipt, known, shell }))
}

async fn withdraw(
    State(app): State<App>,
    shell: Shell,
    _: Secret,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    match withdraw::by_receipt(&app.desk, app.now(), &token(&sent)).await {
        Ok(withdrawn) => {
            let at = Timestamp::from_second(withdrawn.claims.withdrawn_at).unwrap_or_default();
            let at = shell.words.moment(&at);
            Ok(page(&Deleted { token: withdrawn.certificate, claims: withdrawn.claims, at, shell }))
        }
        Err(error) => again(shell, error),
    }
}
