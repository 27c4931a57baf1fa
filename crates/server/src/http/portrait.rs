//! Portraits of the register.

use crate::code::Code;
use crate::error::{ApiError, Result};
use crate::http::extract::{Bytes, Operator, Path, Query, media_type};
use crate::http::page::{Created, Page, Window, created};
use crate::http::refusals::Refusals;
use crate::limits::PICTURE_BYTES_MAX;
use crate::state::App;
use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use casework::desk::portrait::{self, PortraitNew, PortraitView};
use serde::Deserialize;
use store::id::PersonId;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(retire))
}

/// What is known about a picture.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct About {
    /// When it was taken, as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    #[param(max_length = 10)]
    taken_on: Option<String>,
    /// Where it comes from, as a code word: `identity-card`, `counter`.
    #[param(max_length = 200)]
    source: String,
}

/// An encoded picture as a body.
pub(crate) struct Picture(Vec<u8>);

impl FromRequest<App> for Picture {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        if !matches!(media_type(request.headers()).as_deref(), Some("image/jpeg" | "image/png")) {
            return Err(ApiError::new(Code::MediaTypeUnsupported, "expected image/jpeg or image/png"));
        }
        Ok(Self(Bytes::<PICTURE_BYTES_MAX>::from_request(request, app).await?.0.to_vec()))
    }
}

/// The portraits of a person without their pictures, those taken last first.
#[utoipa::path(
    get, path = "/api/v1/persons/{person}/portraits", tag = "portrait", security(("operator" = [])),
    params(("person" = PersonId, Path), Window), responses((status = 200, body = Page<PortraitView>), Refusals)
)]
pub(crate) async fn list(
    State(app): State<App>,
    Operator(by): Operator,
    Path(person): Path<PersonId>,
    Query(window): Query<Window>,
) -> Result<Json<Page<PortraitView>>> {
    window.cut(portrait::list(&app.desk, &by, app.now(), &person).await?, |portrait| portrait.id.clone())
}

/// Adds a portrait: one face, and one that can be compared.
#[utoipa::path(
    post, path = "/api/v1/persons/{person}/portraits", tag = "portrait", security(("operator" = [])),
    params(("person" = PersonId, Path), About),
    request_body(content(("image/jpeg"), ("image/png")), description = "The picture."),
    responses((status = 201, body = PortraitView), Refusals)
)]
pub(crate) async fn add(
    State(app): State<App>,
    Operator(by): Operator,
    Path(person): Path<PersonId>,
    Query(about): Query<About>,
    Picture(image): Picture,
) -> Created<PortraitView> {
    let new = PortraitNew { person, image, taken_on: about.taken_on, source: about.source };
    Ok(created(portrait::add(&app.desk, &by, app.now(), new).await?))
}

/// Retires a portrait: its picture and the templates made of it are deleted.
#[utoipa::path(
    delete, path = "/api/v1/persons/{person}/portraits/{portrait}", tag = "portrait", security(("operator" = [])),
    params(("person" = PersonId, Path), ("portrait" = String, Path)), responses((status = 204), Refusals)
)]
pub(crate) async fn retire(
    State(app): State<App>,
    Operator(by): Operator,
    Path((person, id)): Path<(PersonId, String)>,
) -> Result<StatusCode> {
    portrait::retire(&app.desk, &by, app.now(), &person, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
