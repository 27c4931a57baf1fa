//! Bodies, paths and queries, refused with problem documents instead of plain texts.

use crate::code::Code;
use crate::error::ApiError;
use crate::http::guard;
use crate::limits::JSON_BYTES_MAX;
use crate::state::App;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use casework::desk::{sign_in, station};
use serde::de::DeserializeOwned;
use store::session::{Factor, SignedIn};
use store::station::StationSeat;

/// A JSON body of at most [`JSON_BYTES_MAX`] bytes; the type decides which keys there are, and unknown ones are errors.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
        if !is_json {
            return Err(ApiError::new(Code::MediaTypeUnsupported, "expected application/json"));
        }
        let bytes = Bytes::<JSON_BYTES_MAX>::from_request(request, app).await?.0;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| ApiError::new(Code::BodyInvalid, error.to_string()))
    }
}

/// A raw body of at most `MAX` bytes.
pub(crate) struct Bytes<const MAX: usize>(pub(crate) axum::body::Bytes);

impl<const MAX: usize> FromRequest<App> for Bytes<MAX> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let limited = Request::from_parts(parts, axum::body::Body::new(http_body_util::Limited::new(body, MAX)));
        axum::body::Bytes::from_request(limited, app).await.map(Self).map_err(|error| too_large(&error))
    }
}

fn too_large(error: &BytesRejection) -> ApiError {
    match error.status().as_u16() {
        413 => ApiError::new(Code::BodyTooLarge, ""),
        _ => ApiError::new(Code::BodyInvalid, "the body ended early"),
    }
}

/// Values from the path.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, app).await;
        read.map(|path| Self(path.0)).map_err(|_| ApiError::new(Code::PathInvalid, "an id has a wrong form"))
    }
}

/// Values after the question mark.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let read = axum::extract::Query::<T>::from_request_parts(parts, app).await;
        read.map(|query| Self(query.0)).map_err(|error| ApiError::new(Code::QueryInvalid, error.body_text()))
    }
}

/// A call that tries a secret: counted against the address's smaller rate.
#[derive(Debug)]
pub(crate) struct Secret;

impl FromRequestParts<App> for Secret {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let from = parts.extensions.get::<guard::From>().map_or([127, 0, 0, 1].into(), |from| from.0);
        app.rates.secret(from).map(|()| Self).map_err(|s| ApiError::new(Code::TooManyRequests, "").retry_after(s))
    }
}

/// Before an operator's token, so that a leaked one can be told by its looks.
pub(crate) const OPERATOR: &str = "op_";
/// Before a station's token.
pub(crate) const STATION: &str = "st_";

/// Who is signed in with full credentials.
#[derive(Debug)]
pub(crate) struct Operator(pub(crate) SignedIn);

impl FromRequestParts<App> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Invited(by) = Invited::from_request_parts(parts, app).await?;
        match by.factor() {
            Factor::Invitation => Err(ApiError::new(Code::SignInNeeded, "an invitation is good for a passkey only")),
            Factor::Passkey | Factor::PasswordAndCode => Ok(Self(by)),
        }
    }
}

/// Who is signed in, if only by an invitation: for making the first passkey.
#[derive(Debug)]
pub(crate) struct Invited(pub(crate) SignedIn);

impl FromRequestParts<App> for Invited {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(sign_in::require(&app.desk, app.now(), bearer(parts, OPERATOR)?).await?))
    }
}

/// A paired station.
#[derive(Debug)]
pub(crate) struct Seat(pub(crate) StationSeat);

impl FromRequestParts<App> for Seat {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(station::require(&app.desk, app.now(), bearer(parts, STATION)?).await?))
    }
}

/// The bearer token of a request that begins with `prefix`, without it.
///
/// # Errors
/// `sign-in-needed` when there is none.
pub(crate) fn bearer<'p>(parts: &'p Parts, prefix: &str) -> Result<&'p str, ApiError> {
    let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, token)| token.trim().strip_prefix(prefix))
        .ok_or_else(|| ApiError::new(Code::SignInNeeded, ""))
}
