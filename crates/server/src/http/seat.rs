//! What a paired station does for the person before it: shows the text, takes the answer, opens the camera, sends the pictures in.

use crate::code::Code;
use crate::error::{ApiError, Result};
use crate::http::extract::{Body, Seat, media_type};
use crate::http::page::{Created, created};
use crate::http::refusals::Refusals;
use crate::limits::{FRAMES_BYTES_MAX, FRAMES_MAX};
use crate::state::App;
use axum::Json;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use casework::desk::capture::{self, Camera, Frames, Taken, Who};
use casework::desk::coach::{self, Coaching};
use casework::desk::consent::{self, Answer, Answered, Reword, StationView};
use casework::desk::film::{self, Batch, Begin, Guidance};
use casework::desk::liveness::Signed;
use casework::desk::visit;
use serde::Deserialize;
use std::sync::Arc;
use store::id::{ConsentId, VisitId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(task))
        .routes(routes!(reword))
        .routes(routes!(answer))
        .routes(routes!(other_path))
        .routes(routes!(open_camera))
        .routes(routes!(look))
        .routes(routes!(begin_film))
        .routes(routes!(film))
        .routes(routes!(frames))
}

/// The person's answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StationAnswer {
    /// The visit.
    visit: VisitId,
    /// The place, from 0.
    person: u32,
    /// The consent that was asked for.
    consent: ConsentId,
    /// The hash of the text that was shown.
    notice_hash: String,
    /// True if the person agrees.
    agree: bool,
}

/// A person of a visit at the station.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StationPerson {
    /// The visit.
    visit: VisitId,
    /// The place, from 0.
    person: u32,
}

/// Live pictures, as parts of a form: the nonce first, then, where a film was begun, what the page signed, then the pictures.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the form; `Form` reads it")]
pub(crate) struct StationFrames {
    /// The secret of the capture.
    nonce: String,
    /// What the page says of the pictures, exactly as it signed it: JSON, see `docs/API.md`.
    head: Option<String>,
    /// The signature over nonce and head, base64url.
    signature: Option<String>,
    /// The pictures, 1 to 8, of a film 1 to 24: JPEG, PNG or WebP.
    #[schema(value_type = Vec<String>, format = Binary)]
    frame: Vec<u8>,
}

/// The form, read and bounded.
pub(crate) struct Form(Frames);

/// Most pictures of a form.
const PICTURES_MAX: usize = if FRAMES_MAX > film::PICTURES_MAX { FRAMES_MAX } else { film::PICTURES_MAX };

impl FromRequest<App> for Form {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        if media_type(request.headers()).as_deref() != Some("multipart/form-data") {
            return Err(ApiError::new(Code::MediaTypeUnsupported, "expected multipart/form-data"));
        }
        let (parts, body) = request.into_parts();
        let body = axum::body::Body::new(http_body_util::Limited::new(body, FRAMES_BYTES_MAX));
        let mut request = Request::from_parts(parts, body);
        // The framework's own bound is for small forms; ours is the one above.
        DefaultBodyLimit::disable().apply(&mut request);
        let mut form = Multipart::from_request(request, app)
            .await
            .map_err(|_| ApiError::new(Code::FormInvalid, "the form has no boundary"))?;
        let (mut nonce, mut head, mut signature, mut pictures) = (None, None, None, Vec::new());
        while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
            match field.name() {
                Some("nonce") if nonce.is_none() && pictures.is_empty() => nonce = Some(text(field).await?),
                Some("head") if nonce.is_some() && head.is_none() && pictures.is_empty() => {
                    head = Some(text(field).await?);
                }
                Some("signature") if head.is_some() && signature.is_none() && pictures.is_empty() => {
                    signature = Some(text(field).await?);
                }
                Some("frame") if nonce.is_some() && pictures.len() < PICTURES_MAX => {
                    pictures.push(Arc::from(&*field.bytes().await.map_err(|error| broken(&error))?));
                }
                _ => {
                    return Err(ApiError::new(
                        Code::FormInvalid,
                        "a part has another name, or stands in another place",
                    ));
                }
            }
        }
        let nonce = nonce.ok_or_else(|| ApiError::new(Code::FormInvalid, "there is no nonce"))?;
        let signed = match (head, signature) {
            (Some(head), Some(signature)) => Some(signed(head, &signature)?),
            (None, None) => None,
            _ => return Err(ApiError::new(Code::FormInvalid, "there is a head without its signature")),
        };
        Ok(Self(Frames { nonce, pictures, signed }))
    }
}

fn signed(head: String, signature: &str) -> Result<Signed> {
    let wrong = |_| ApiError::new(Code::FormInvalid, "the signature is not base64url");
    Ok(Signed { head: head.into_bytes(), signature: URL_SAFE_NO_PAD.decode(signature).map_err(wrong)? })
}

async fn text(field: Field<'_>) -> Result<String> {
    field.text().await.map_err(|error| broken(&error))
}

fn broken(error: &MultipartError) -> ApiError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(Code::BodyTooLarge, ""),
        _ => ApiError::new(Code::FormInvalid, "the form is broken"),
    }
}

/// What the station shows now.
#[utoipa::path(
    get, path = "/api/v1/station/task", tag = "seat", security(("station" = [])),
    responses((status = 200, body = StationView), Refusals)
)]
pub(crate) async fn task(State(app): State<App>, Seat(seat): Seat) -> Result<Json<StationView>> {
    Ok(Json(consent::station(&app.desk, &seat, app.now()).await?))
}

/// In which language the person of a visit would rather read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StationLanguage {
    /// The visit.
    visit: VisitId,
    /// The place, from 0.
    person: u32,
    /// The language: `zh-Hant`, `zh-Hans` or `en`.
    language: String,
}

/// Shows the same question in another language, when the person asks for it.
#[utoipa::path(
    post, path = "/api/v1/station/language", tag = "seat", security(("station" = [])), request_body = StationLanguage,
    responses((status = 200, body = StationView), Refusals)
)]
pub(crate) async fn reword(
    State(app): State<App>,
    Seat(seat): Seat,
    Body(request): Body<StationLanguage>,
) -> Result<Json<StationView>> {
    let StationLanguage { visit, person, language } = request;
    Ok(Json(consent::reword(&app.desk, &seat, app.now(), &visit, &Reword { person, language }).await?))
}

/// Takes the person's answer; nobody else can give it. Who agrees gets the receipt.
#[utoipa::path(
    post, path = "/api/v1/station/consent", tag = "seat", security(("station" = [])), request_body = StationAnswer,
    responses((status = 200, body = Answered), Refusals)
)]
pub(crate) async fn answer(
    State(app): State<App>,
    Seat(seat): Seat,
    Body(request): Body<StationAnswer>,
) -> Result<Json<Answered>> {
    let StationAnswer { visit, person, consent, notice_hash, agree } = request;
    let given = Answer { person, consent, notice_hash, agree };
    Ok(Json(consent::answer(&app.desk, &seat, app.now(), &visit, &given).await?))
}

/// The person prefers the way without a face.
#[utoipa::path(
    post, path = "/api/v1/station/other-path", tag = "seat", security(("station" = [])), request_body = StationPerson,
    responses((status = 204), Refusals)
)]
pub(crate) async fn other_path(
    State(app): State<App>,
    Seat(seat): Seat,
    Body(request): Body<StationPerson>,
) -> Result<StatusCode> {
    visit::prefer_other_path(&app.desk, &seat, app.now(), &request.visit, request.person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Opens the camera, for 3 minutes and one use.
#[utoipa::path(
    post, path = "/api/v1/station/camera", tag = "seat", security(("station" = [])), request_body = StationPerson,
    responses((status = 201, body = Camera), Refusals)
)]
pub(crate) async fn open_camera(
    State(app): State<App>,
    Seat(seat): Seat,
    Body(request): Body<StationPerson>,
) -> Created<Camera> {
    let who = Who { person: request.person };
    Ok(created(capture::open(&app.desk, &seat, app.now(), &request.visit, who).await?))
}

/// Says what would make a small picture of the open camera a better one: a form like that for the pictures, with one picture. It is looked at and
/// forgotten.
#[utoipa::path(
    post, path = "/api/v1/station/look", tag = "seat", security(("station" = [])),
    request_body(content = StationFrames, content_type = "multipart/form-data"),
    responses((status = 200, body = Coaching), Refusals)
)]
pub(crate) async fn look(State(app): State<App>, Seat(seat): Seat, Form(mut frames): Form) -> Result<Json<Coaching>> {
    let (Some(picture), true) = (frames.pictures.pop(), frames.pictures.is_empty()) else {
        return Err(ApiError::new(Code::FormInvalid, "one picture is looked at"));
    };
    Ok(Json(coach::coach(&app.desk, &seat, app.now(), &frames.nonce, picture).await?))
}

/// Begins the film of an open capture, by which liveness is judged: the page makes a key and signs everything with it that it sends.
#[utoipa::path(
    post, path = "/api/v1/station/film", tag = "seat", security(("station" = [])), request_body = Begin,
    responses((status = 204), Refusals)
)]
pub(crate) async fn begin_film(
    State(app): State<App>,
    Seat(seat): Seat,
    Body(request): Body<Begin>,
) -> Result<StatusCode> {
    film::begin(&app.desk, &seat, app.now(), &request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends small pictures of the film, as they are taken. The answer to the first ones is what the person is asked to do.
#[utoipa::path(
    post, path = "/api/v1/station/film/pictures", tag = "seat", security(("station" = [])),
    request_body(content = StationFrames, content_type = "multipart/form-data"),
    responses((status = 200, body = Guidance), Refusals)
)]
pub(crate) async fn film(State(app): State<App>, Seat(seat): Seat, Form(frames): Form) -> Result<Json<Guidance>> {
    let Frames { nonce, pictures, signed } = frames;
    let signed = signed.ok_or_else(|| ApiError::new(Code::FormInvalid, "a film's pictures are signed"))?;
    let batch = Batch { nonce, signed, pictures };
    Ok(Json(film::add(&app.desk, &seat, app.now(), batch).await?))
}

/// Sends pictures in, once. Poor pictures are no refusal: the answer says which can be used.
#[utoipa::path(
    post, path = "/api/v1/station/frames", tag = "seat", security(("station" = [])),
    request_body(content = StationFrames, content_type = "multipart/form-data"),
    responses((status = 200, body = Taken), Refusals)
)]
pub(crate) async fn frames(State(app): State<App>, Seat(seat): Seat, Form(frames): Form) -> Result<Json<Taken>> {
    if frames.pictures.len() > FRAMES_MAX {
        return Err(ApiError::new(Code::FormInvalid, "a part has another name, or stands in another place"));
    }
    Ok(Json(capture::take(&app.desk, &seat, app.now(), frames).await?))
}
