//! Consents and withdrawals, for the protection officer: what was shown to whom, what became of it, and the certificate of what was deleted.

use super::form::{self, Form};
use super::ledger::service;
use super::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::desk::access::AccessRequest;
use casework::desk::consents::{self, ConsentLine};
use casework::desk::record::{self, ConsentRecord, Purpose};
use casework::desk::withdraw::{self, Certificate, Declared};
use jiff::Timestamp;
use serde::Deserialize;
use store::id::ConsentId;
use store::session::SignedIn;

/// Withdrawals of the list.
const WITHDRAWALS: u32 = 50;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/protection", get(show).post(find))
        .route("/protection/consents/{consent}", get(one))
        .route("/protection/consents/{consent}/withdraw", post(withdraw))
        .route("/protection/consents/{consent}/certificate", get(certificate))
}

/// A consent or a withdrawal in a list.
struct Row {
    address: String,
    at: String,
    service: String,
    state: String,
}

#[derive(Template)]
#[template(path = "protection.html")]
struct Page {
    shell: Shell,
    number: String,
    consent: String,
    /// The consents of the person; nothing before a search.
    found: Option<Vec<Row>>,
    withdrawals: Vec<Row>,
    wrong: Option<String>,
}

/// What is looked for: the consents of a person, or one by its id.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    number: String,
    consent: String,
}

async fn show(State(app): State<App>, Staff { by, shell }: Staff) -> Result<Response, Refusal> {
    Ok(page(&form(&app, &by, shell, Asked::default()).await?))
}

async fn form(app: &App, by: &SignedIn, shell: Shell, asked: Asked) -> Result<Page, casework::Error> {
    let withdrawals = consents::withdrawals(&app.desk, by, app.now(), WITHDRAWALS).await?;
    let row = |one: store::consent::Withdrawal| Row {
        address: format!("/protection/consents/{}", one.consent),
        at: shell.words.moment(&one.at),
        service: service(app, &shell.words, &one.service),
        state: shell.words.of_code("entity-", one.actor.split(':').next().unwrap_or_default()),
    };
    let withdrawals = withdrawals.into_iter().map(row).collect();
    let Asked { number, consent } = asked;
    Ok(Page { shell, number, consent, found: None, withdrawals, wrong: None })
}

async fn find(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Form(asked): Form<Asked>,
) -> Result<Response, Refusal> {
    let found = match asked.consent.trim() {
        "" => {
            let request = AccessRequest { number: asked.number.trim().to_owned() };
            consents::of_number(&app.desk, &by, app.now(), &request).await
        }
        id => match id.parse::<ConsentId>() {
            Ok(id) => return Ok(form::go(&format!("/protection/consents/{id}"))),
            Err(error) => Err(error.into()),
        },
    };
    match found {
        Ok(lines) => {
            let asked = form(&app, &by, shell, asked).await?;
            let found = lines.iter().map(|line| row(&app, &asked.shell, line)).collect();
            Ok(page(&Page { found: Some(found), ..asked }))
        }
        Err(error) if matches!(error.row().status, 404 | 422) => {
            let wrong = Some(shell.wrong(&error));
            let again = Page { wrong, ..form(&app, &by, shell, asked).await? };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&again)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn row(app: &App, shell: &Shell, line: &ConsentLine) -> Row {
    Row {
        address: format!("/protection/consents/{}", line.id),
        at: shell.words.moment(&line.requested),
        service: service(app, &shell.words, &line.service),
        state: format!("{} · {}", shell.words.of_code("consent-state-", &line.state), shell.words.moment(&line.since)),
    }
}

/// A record in words.
#[derive(Template)]
#[template(path = "consent.html")]
struct Consent {
    shell: Shell,
    record: ConsentRecord,
    service: String,
    state: String,
    wrong: Option<String>,
}

impl Consent {
    fn purpose(&self) -> Option<&Purpose> {
        self.record.pii_processing.purposes.first()
    }

    /// True if it can still be withdrawn.
    fn is_open(&self) -> bool {
        consents::is_open(&self.state)
    }

    fn is_withdrawn(&self) -> bool {
        self.state == "withdrawn"
    }
}

async fn one(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Path(id): Path<ConsentId>,
) -> Result<Response, Refusal> {
    let record = record::read(&app.desk, &by, app.now(), &id).await?;
    Ok(page(&consent(&app, shell, record)))
}

fn consent(app: &App, shell: Shell, record: ConsentRecord) -> Consent {
    let id = record.pii_processing.purposes.first().map(|purpose| purpose.services.clone()).unwrap_or_default();
    let state = record.events.last().map(|event| event.event_state.clone()).unwrap_or_default();
    Consent { service: service(app, &shell.words, &id), state, wrong: None, record, shell }
}

#[derive(Deserialize)]
struct Nothing {}

/// Records a withdrawal that a person declared. A second click finds it done.
async fn withdraw(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Path(id): Path<ConsentId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    let declared = withdraw::declared(&app.desk, &by, app.now(), None, &Declared { consent: id.clone() }).await;
    let refused = match declared {
        Ok(_) => return Ok(form::go(&format!("/protection/consents/{id}/certificate"))),
        Err(error) if error.row().status == 409 => error,
        Err(error) => return Err(error.into()),
    };
    let record = record::read(&app.desk, &by, app.now(), &id).await?;
    let shown = consent(&app, shell, record);
    if shown.is_withdrawn() {
        return Ok(form::go(&format!("/protection/consents/{id}/certificate")));
    }
    let wrong = Some(shown.shell.wrong(&refused));
    Ok((StatusCode::CONFLICT, page(&Consent { wrong, ..shown })).into_response())
}

/// The certificate, to be printed and handed out.
#[derive(Template)]
#[template(path = "certificate.html")]
struct Deleted {
    shell: Shell,
    token: String,
    claims: Certificate,
    at: String,
    issued: String,
}

async fn certificate(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Path(id): Path<ConsentId>,
) -> Result<Response, Refusal> {
    let withdrawn = withdraw::certified(&app.desk, &by, app.now(), &id).await?;
    let moment = |second| shell.words.moment(&Timestamp::from_second(second).unwrap_or_default());
    let (at, issued) = (moment(withdrawn.claims.withdrawn_at), moment(withdrawn.claims.iat));
    Ok(page(&Deleted { token: withdrawn.certificate, claims: withdrawn.claims, at, issued, shell }))
}
