//! Operators: the list, a new one with the one-time link, and one's roles, training, sessions and passkeys.

mod form;

use super::{Asked, Choice, Nothing, mendable, next, offices};
use crate::html::form::{Form, go};
use crate::html::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::desk::office::OfficeView;
use casework::desk::operator::{self, Invitation, OperatorNew, OperatorView};
use casework::desk::passkey;
use casework::desk::{by, sign_in};
use casework::{Permission, Role};
use form::Filled;
use jiff::{SignedDuration, Timestamp};
use store::id::{OperatorId, PasskeyId};
use store::limits::{PAGE_ROWS_MAX, Window};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/operators", get(list).post(add))
        .route("/operators/{operator}", get(show).post(change))
        .route("/operators/{operator}/invitation", post(invite_again))
        .route("/operators/{operator}/disable", post(disable))
        .route("/operators/{operator}/enable", post(enable))
        .route("/operators/{operator}/sign-out", post(sign_out))
        .route("/operators/{operator}/passkeys/{passkey}/revoke", post(revoke))
}

/// So long before a training ends the page says so.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A training in words, and whether somebody should look after it.
struct Training {
    text: String,
    is_due: bool,
}

/// An operator in the list.
struct Line {
    address: String,
    name: String,
    login: String,
    office: String,
    roles: String,
    training: Training,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "operators.html")]
struct Operators {
    shell: Shell,
    lines: Vec<Line>,
    next: Option<String>,
    filled: Filled,
    offices: Vec<Choice>,
    roles: Vec<Choice>,
    wrong: Option<String>,
}

/// The one-time link, shown this once.
#[derive(Template)]
#[template(path = "operator_invited.html")]
struct Invited {
    shell: Shell,
    link: String,
    until: String,
    back: String,
}

/// A passkey in the list.
struct Key {
    id: PasskeyId,
    name: String,
    made: String,
    used: String,
}

#[derive(Template)]
#[template(path = "operator.html")]
struct Operator {
    shell: Shell,
    address: String,
    name: String,
    login: String,
    since: String,
    state: &'static str,
    locked: Option<String>,
    office: String,
    held: String,
    training: Training,
    /// True for who looks at their own record, which somebody else changes.
    is_own: bool,
    passkeys: Vec<Key>,
    filled: Filled,
    offices: Vec<Choice>,
    roles: Vec<Choice>,
    wrong: Option<String>,
}

/// What is wrong with a form, in the reader's language.
fn wrong(shell: &Shell, error: &casework::Error) -> String {
    match error.code() {
        "already-exists" => shell.words.t("operator-login-taken"),
        "role-unknown" => shell.words.t("operator-no-role"),
        _ => shell.wrong(error),
    }
}

fn state(operator: &OperatorView) -> &'static str {
    match (operator.disabled_at, operator.locked_until) {
        (Some(_), _) => "disabled",
        (None, Some(_)) => "locked",
        (None, None) => "active",
    }
}

/// Until when the training counts. Who compares no faces needs none.
fn training(shell: &Shell, operator: &OperatorView, now: Timestamp) -> Training {
    let compares = operator.roles.iter().any(|role| role == Role::Clerk.as_str() || role == Role::Supervisor.as_str());
    let Some(until) = operator.trained_until else {
        let key = if compares { "training-none" } else { "training-not-needed" };
        return Training { text: shell.words.t(key), is_due: compares };
    };
    let day = shell.words.day(operator::training_days(until).1);
    let (key, is_due) = match until.duration_since(now) {
        left if left <= SignedDuration::ZERO => ("training-ended", true),
        left if left <= ENDS_SOON => ("training-ends", true),
        _ => ("training-until", false),
    };
    Training { text: shell.words.with(key, "date", day), is_due: is_due && compares }
}

fn named(shell: &Shell, roles: &[String]) -> String {
    let names: Vec<String> = roles.iter().map(|role| shell.words.of_code("role-", role)).collect();
    names.join(&shell.words.t("list-comma"))
}

fn office_name(offices: &[OfficeView], operator: &OperatorView) -> String {
    let found = offices.iter().find(|office| operator.office.as_ref() == Some(&office.id));
    found.map_or_else(String::new, |office| office.name.clone())
}

async fn list(State(app): State<App>, staff: Staff, Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    operators(&app, staff, asked.after.as_deref(), (Filled::default(), None)).await
}

async fn operators(
    app: &App,
    Staff { by, mut shell }: Staff,
    after: Option<&str>,
    (filled, wrong): (Filled, Option<String>),
) -> Result<Response, Refusal> {
    let now = app.now();
    by::require(&by, Permission::OperatorManage, now)?;
    let after = after.map(str::parse::<OperatorId>).transpose().map_err(casework::Error::from)?;
    let window = Window { after: after.as_ref(), limit: PAGE_ROWS_MAX };
    let listed = operator::list(&app.desk, &by, now, window).await?;
    let all = offices(app, &by).await?;
    let next = next("/operators", listed.len(), listed.last().map(|operator| operator.id.to_string()));
    let line = |operator: &OperatorView| Line {
        address: format!("/operators/{}", operator.id),
        name: operator.name.clone(),
        login: operator.login.clone(),
        office: office_name(&all, operator),
        roles: named(&shell, &operator.roles),
        training: training(&shell, operator, now),
        state: state(operator),
    };
    let lines = listed.iter().map(line).collect();
    if wrong.is_some() {
        "/operators".clone_into(&mut shell.here);
    }
    let (offices, roles) = (filled.offices(&all), filled.roles(&shell));
    Ok(page(&Operators { shell, lines, next, filled, offices, roles, wrong }))
}

fn invited(app: &App, mut shell: Shell, invitation: &Invitation) -> Response {
    let back = format!("/operators/{}", invitation.operator);
    shell.here.clone_from(&back);
    page(&Invited {
        // The secret stands after the `#`, where no server and no log on the way sees it.
        link: format!("{}/invitation#{}", app.config.server.public_url, invitation.token.as_str()),
        until: shell.words.moment(&invitation.expires_at),
        back,
        shell,
    })
}

/// Adds an operator. Sent twice, the second says that the login is taken.
async fn add(State(app): State<App>, staff: Staff, Form(filled): Form<Filled>) -> Result<Response, Refusal> {
    let mistaken = match filled.standing() {
        Ok(standing) => {
            let (login, name) = (filled.login.trim().to_owned(), filled.name.trim().to_owned());
            let request = OperatorNew { login, name, standing };
            match operator::invite(&app.desk, &staff.by, app.now(), &request).await {
                Ok(invitation) => return Ok(invited(&app, staff.shell, &invitation)),
                Err(error) if mendable(&error) => wrong(&staff.shell, &error),
                Err(error) => return Err(error.into()),
            }
        }
        Err(key) => staff.shell.words.t(key),
    };
    let again = operators(&app, staff, None, (filled, Some(mistaken))).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}

async fn show(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<OperatorId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let wrong = staff.shell.problem(asked.problem.as_deref());
    operator_page(&app, staff, &id, (None, wrong)).await
}

async fn operator_page(
    app: &App,
    Staff { by, mut shell }: Staff,
    id: &OperatorId,
    (filled, wrong): (Option<Filled>, Option<String>),
) -> Result<Response, Refusal> {
    let now = app.now();
    let found = operator::get(&app.desk, &by, now, id).await?;
    let all = offices(app, &by).await?;
    let key = |key: passkey::PasskeyView| Key {
        made: shell.words.moment(&key.created_at),
        used: shell.words.moment(&key.used_at),
        id: key.id,
        name: key.name,
    };
    let passkeys = passkey::list_of(&app.desk, &by, now, id).await?.into_iter().map(key).collect();
    let filled = filled.unwrap_or_else(|| Filled::of(&found));
    let address = format!("/operators/{id}");
    shell.here.clone_from(&address);
    Ok(page(&Operator {
        since: shell.words.moment(&found.created_at),
        state: state(&found),
        locked: found.locked_until.map(|until| shell.words.clock(&until)),
        office: office_name(&all, &found),
        held: named(&shell, &found.roles),
        training: training(&shell, &found, now),
        is_own: by.operator() == id,
        offices: filled.offices(&all),
        roles: filled.roles(&shell),
        name: found.name,
        login: found.login,
        address,
        passkeys,
        filled,
        wrong,
        shell,
    }))
}

async fn change(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<OperatorId>,
    Form(filled): Form<Filled>,
) -> Result<Response, Refusal> {
    let mistaken = match filled.standing() {
        Ok(standing) => match operator::change(&app.desk, &staff.by, app.now(), &id, &standing).await {
            Ok(_) => return Ok(go(&format!("/operators/{id}"))),
            Err(error) if matches!(error.row().status, 409 | 422) => wrong(&staff.shell, &error),
            Err(error) => return Err(error.into()),
        },
        Err(key) => staff.shell.words.t(key),
    };
    let again = operator_page(&app, staff, &id, (Some(filled), Some(mistaken))).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}

async fn invite_again(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Path(id): Path<OperatorId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    match operator::invite_again(&app.desk, &by, app.now(), &id).await {
        Ok(invitation) => Ok(invited(&app, shell, &invitation)),
        Err(error) => back(&id, Err(error)),
    }
}

/// Back to the operator's page, which says why an act was refused. What was so already, the second click of two, is no refusal.
fn back(id: &OperatorId, done: Result<(), casework::Error>) -> Result<Response, Refusal> {
    match done {
        Err(error) if error.code() == "last-administrator" || error.code() == "operator-disabled" => {
            Ok(go(&format!("/operators/{id}?problem={}", error.code())))
        }
        Err(error) if error.code() != "conflict" => Err(error.into()),
        _ => Ok(go(&format!("/operators/{id}"))),
    }
}

async fn disable(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path(id): Path<OperatorId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    back(&id, operator::disable(&app.desk, &by, app.now(), &id).await.map(|_| ()))
}

async fn enable(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path(id): Path<OperatorId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    back(&id, operator::enable(&app.desk, &by, app.now(), &id).await.map(|_| ()))
}

async fn sign_out(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path(id): Path<OperatorId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    back(&id, sign_in::sign_out_operator(&app.desk, &by, app.now(), &id).await.map(|_| ()))
}

async fn revoke(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path((id, key)): Path<(OperatorId, PasskeyId)>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    back(&id, passkey::revoke_of(&app.desk, &by, app.now(), &id, &key).await)
}
