//! Bodies, paths and queries, refused with problem documents instead of plain texts.

use crate::code::Code;
use crate::error::ApiError;
use crate::html::cookie;
use crate::http::guard;
use crate::limits::JSON_BYTES_MAX;
use crate::state::App;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
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
        if media_type(request.headers()).as_deref() != Some("application/json") {
            return Err(ApiError::new(Code::MediaTypeUnsupported, "expected application/json"));
        }
        let bytes = Bytes::<JSON_BYTES_MAX>::from_request(request, app).await?.0;
        let invalid = |detail: String| ApiError::new(Code::BodyInvalid, detail);
        if has_zero(&bytes) {
            return Err(invalid(ZERO.to_owned()));
        }
        // A record read from a list, value after value, would be read past its fixed keys.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(invalid("expected an object".to_owned()));
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|error| invalid(error.to_string()))
    }
}

/// The media type of a body, in lower case and without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(|kind| kind.trim().to_ascii_lowercase())
}

/// Why a text with U+0000 is refused: PostgreSQL can neither store nor compare it, and no field has a use for it.
const ZERO: &str = "a text holds a zero character";

/// True if a JSON text writes U+0000 in one of its strings; unescaped it is no JSON.
fn has_zero(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|&byte| byte == b'\\') {
        rest = rest.get(at + 1..).unwrap_or_default();
        if rest.starts_with(b"u0000") {
            return true;
        }
        // What is escaped is passed over: it may be a backslash itself.
        rest = rest.get(1..).unwrap_or_default();
    }
    false
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
        if parts.uri.path().contains("%00") {
            return Err(ApiError::new(Code::PathInvalid, ZERO));
        }
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
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(ApiError::new(Code::QueryInvalid, ZERO));
        }
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
        Ok(Self(sign_in::require(&app.desk, app.now(), bearer(parts, app, OPERATOR)?).await?))
    }
}

/// A paired station.
#[derive(Debug)]
pub(crate) struct Seat(pub(crate) StationSeat);

impl FromRequestParts<App> for Seat {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let seat = station::require(&app.desk, app.now(), bearer(parts, app, STATION)?).await?;
        Ok(Self(match parts.extensions.get::<guard::From>() {
            Some(from) => seat.from_address(&app.desk.means(app.now()), from.0),
            None => seat,
        }))
    }
}

/// The bearer token of a request that begins with `prefix`, without it; or else the one in the cookie of a page of ours.
///
/// # Errors
/// `sign-in-needed` when there is none; `origin-foreign` when another site made a browser send its cookie.
pub(crate) fn bearer<'p>(parts: &'p Parts, app: &App, prefix: &str) -> Result<&'p str, ApiError> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else { return cookie::token(parts, app, prefix) };
    let text = value.to_str().ok();
    text.and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .and_then(|(_, token)| token.trim().strip_prefix(prefix))
        .ok_or_else(|| ApiError::new(Code::SignInNeeded, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_zero_is_seen_however_much_is_escaped() {
        for with in [r#"{"a":"\u0000"}"#, r#""\\\u0000""#, r#""\"\u0000""#] {
            assert!(has_zero(with.as_bytes()), "{with}");
        }
        for without in [r#""\\u0000""#, r#""u0000""#, r#""\u0001""#, r#""\u000""#, "\"\\", ""] {
            assert!(!has_zero(without.as_bytes()), "{without}");
        }
    }

    #[test]
    fn a_media_type_is_read_without_its_parameters() {
        let of = |text: &str| media_type(&HeaderMap::from_iter([(header::CONTENT_TYPE, text.parse().unwrap())]));
        assert_eq!(of("Application/JSON ; charset=utf-8").as_deref(), Some("application/json"));
        assert_eq!(of("image/jpeg").as_deref(), Some("image/jpeg"));
        assert_eq!(media_type(&HeaderMap::new()), None);
    }

    proptest! {
        #[test]
        fn a_zero_is_seen_exactly_when_there_is_one(text in "[a-z0\\\\\"\u{0}\u{1}]{0,12}") {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(has_zero(json.as_bytes()), text.contains('\0'));
        }
    }
}
