//! Persons of the register: enrolled, found by number, changed by life events.

use crate::error::Result;
use crate::http::extract::{Body, Operator, Path, Query};
use crate::http::page::{Created, Page, Window, created};
use crate::http::refusals::Refusals;
use crate::state::App;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use casework::desk::attempt::{self, AttemptsReset};
use casework::desk::person::{self, EventNew, EventView, PersonChange, PersonFind, PersonNew, PersonView};
use store::id::PersonId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(enrol))
        .routes(routes!(find))
        .routes(routes!(one, change))
        .routes(routes!(events, note))
        .routes(routes!(reset_attempts))
}

/// Enrols one person.
#[utoipa::path(
    post, path = "/api/v1/persons", tag = "person", security(("operator" = [])), request_body = PersonNew,
    responses((status = 201, body = PersonView), Refusals)
)]
pub(crate) async fn enrol(
    State(app): State<App>,
    Operator(by): Operator,
    Body(request): Body<PersonNew>,
) -> Created<PersonView> {
    Ok(created(person::enrol(&app.desk, &by, app.now(), &request).await?))
}

/// Finds a person by the identity number, which stands in the body so that it reaches no log of addresses.
#[utoipa::path(
    post, path = "/api/v1/persons/find", tag = "person", security(("operator" = [])), request_body = PersonFind,
    responses((status = 200, body = PersonView), Refusals)
)]
pub(crate) async fn find(
    State(app): State<App>,
    Operator(by): Operator,
    Body(request): Body<PersonFind>,
) -> Result<Json<PersonView>> {
    Ok(Json(person::find(&app.desk, &by, app.now(), &request).await?))
}

/// One person.
#[utoipa::path(
    get, path = "/api/v1/persons/{person}", tag = "person", security(("operator" = [])),
    params(("person" = PersonId, Path)), responses((status = 200, body = PersonView), Refusals)
)]
pub(crate) async fn one(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<PersonId>,
) -> Result<Json<PersonView>> {
    Ok(Json(person::read(&app.desk, &by, app.now(), &id).await?))
}

/// Replaces a person's data after a change of name, a correction or a move.
#[utoipa::path(
    put, path = "/api/v1/persons/{person}", tag = "person", security(("operator" = [])),
    params(("person" = PersonId, Path)), request_body = PersonChange,
    responses((status = 200, body = PersonView), Refusals)
)]
pub(crate) async fn change(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<PersonId>,
    Body(request): Body<PersonChange>,
) -> Result<Json<PersonView>> {
    Ok(Json(person::change(&app.desk, &by, app.now(), &id, &request).await?))
}

/// A person's life events, oldest first.
#[utoipa::path(
    get, path = "/api/v1/persons/{person}/events", tag = "person", security(("operator" = [])),
    params(("person" = PersonId, Path), Window), responses((status = 200, body = Page<EventView>), Refusals)
)]
pub(crate) async fn events(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<PersonId>,
    Query(window): Query<Window>,
) -> Result<Json<Page<EventView>>> {
    window.cut(person::events(&app.desk, &by, app.now(), &id).await?, |event| format!("{} {}", event.at, event.kind))
}

/// Notes a life event.
#[utoipa::path(
    post, path = "/api/v1/persons/{person}/events", tag = "person", security(("operator" = [])),
    params(("person" = PersonId, Path)), request_body = EventNew, responses((status = 201, body = PersonView), Refusals)
)]
pub(crate) async fn note(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<PersonId>,
    Body(request): Body<EventNew>,
) -> Created<PersonView> {
    Ok(created(person::note(&app.desk, &by, app.now(), &id, &request).await?))
}

/// Resets a person's count of failed comparisons for a purpose, so that the face way is open again.
#[utoipa::path(
    post, path = "/api/v1/persons/{person}/attempts/reset", tag = "person", security(("operator" = [])),
    params(("person" = PersonId, Path)), request_body = AttemptsReset, responses((status = 204), Refusals)
)]
pub(crate) async fn reset_attempts(
    State(app): State<App>,
    Operator(by): Operator,
    Path(id): Path<PersonId>,
    Body(request): Body<AttemptsReset>,
) -> Result<StatusCode> {
    attempt::reset(&app.desk, &by, app.now(), &id, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}
