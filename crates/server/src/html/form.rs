//! What pages send and where they go afterwards.

use super::cookie;
use super::shell::Refusal;
use crate::code::Code;
use crate::error::ApiError;
use crate::http::extract::Bytes;
use crate::limits::JSON_BYTES_MAX;
use crate::state::App;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::de::DeserializeOwned;

/// A form of at most [`JSON_BYTES_MAX`] bytes from a page of ours; the type decides which fields there are.
#[derive(Debug)]
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Form<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        cookie::from_own_page(request.headers())?;
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            return Err(ApiError::new(Code::MediaTypeUnsupported, "expected a form").into());
        }
        let bytes = Bytes::<JSON_BYTES_MAX>::from_request(request, app).await?.0;
        // PostgreSQL can neither store nor compare a zero character, and no field has a use for it.
        if bytes.contains(&0) || bytes.windows(3).any(|part| part == b"%00") {
            return Err(ApiError::new(Code::FormInvalid, "a text holds a zero character").into());
        }
        let body = Request::builder()
            .method("POST")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(listed(&bytes)))
            .map_err(|_| ApiError::new(Code::FormInvalid, ""))?;
        let read = axum::Form::<T>::from_request(body, app).await;
        Ok(Self(read.map_err(|error| ApiError::new(Code::FormInvalid, error.body_text()))?.0))
    }
}

/// The fields that a form may hold several times: boxes of one list.
const LISTS: [&[u8]; 2] = [b"tell=", b"fields="];

/// The same form with the boxes of each list in one field, a space between two. What a box stands for is a short word of ours.
fn listed(bytes: &[u8]) -> Vec<u8> {
    let mut pairs: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'&').map(<[u8]>::to_vec).collect();
    for list in LISTS {
        let (boxes, others): (Vec<Vec<u8>>, _) = pairs.into_iter().partition(|pair| pair.starts_with(list));
        pairs = others;
        if !boxes.is_empty() {
            let words: Vec<&[u8]> = boxes.iter().map(|pair| &pair[list.len()..]).collect();
            pairs.push([list, &words.join(&b'+')].concat());
        }
    }
    pairs.join(&b'&')
}

/// Goes on to another page of ours: a `GET`, whatever the request was, so that *back* and *reload* send nothing twice.
pub(crate) fn go(to: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let to = HeaderValue::from_str(own(to)).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, to);
    response
}

/// The same, and sets a cookie.
pub(crate) fn go_with(to: &str, cookie: HeaderValue) -> Response {
    let mut response = go(to);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// An address of ours, or the first page: whoever made up the link does not decide where people go.
pub(crate) fn own(to: &str) -> &str {
    let inside = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\r', '\n']);
    if inside && to.is_ascii() { to } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::{listed, own};

    #[test]
    fn boxes_of_one_list_are_one_field() {
        for (sent, read) in
            [("act=a&tell=x&b=1&tell=y-z", "act=a&b=1&tell=x+y-z"), ("act=a", "act=a"), ("tell=x", "tell=x"), ("", "")]
        {
            assert_eq!(listed(sent.as_bytes()), read.as_bytes(), "{sent}");
        }
    }

    #[test]
    fn nobody_is_sent_away() {
        assert_eq!(own("/counter/visits/1?x=y"), "/counter/visits/1?x=y");
        for bad in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:1", "/a\r\nb: c", "/戶"]
        {
            assert_eq!(own(bad), "/", "{bad:?}");
        }
    }
}
