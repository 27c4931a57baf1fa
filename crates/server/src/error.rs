//! Refusals as answers: RFC 9457 problem documents with a stable code. The inside of a failure stays in the log.

use crate::code::{Code, Row};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a call was refused.
#[derive(Clone, Debug)]
pub struct ApiError {
    code: &'static str,
    status: u16,
    meaning: &'static str,
    action: &'static str,
    detail: String,
    retry_after_s: Option<u64>,
}

/// The body of a refusal (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says what it is.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: &'static str,
    /// What the code means.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The stable code; `docs/ERRORS.md` lists all.
    pub code: &'static str,
    /// What exactly was found; may change in wording.
    pub detail: String,
    /// What to do about it.
    pub action: &'static str,
}

/// The result of a handler.
pub type Result<T> = std::result::Result<T, ApiError>;

impl ApiError {
    /// A refusal of the server itself.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let Row { code, status, meaning, action } = *code.row();
        Self { code, status, meaning, action, detail: detail.into(), retry_after_s: None }
    }

    /// The same refusal, saying when to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What the tables say of it.
    pub fn row(&self) -> Row {
        Row { code: self.code, status: self.status, meaning: self.meaning, action: self.action }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::error!(code = self.code, detail = self.detail, "failed");
        }
        // What went wrong inside is nobody's business outside; the log has it, under the request id.
        let detail = if self.status == 500 { String::new() } else { self.detail };
        let problem = Problem {
            kind: "about:blank",
            title: self.meaning,
            status: self.status,
            code: self.code,
            detail,
            action: self.action,
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<casework::Error> for ApiError {
    fn from(error: casework::Error) -> Self {
        let casework::code::Row { code, status, meaning, action } = error.row();
        // Wait a moment when there was no room; half a minute is the pause of NIST SP 800-63B after too many attempts.
        let retry_after_s = match status {
            503 => Some(1),
            429 => Some(30),
            _ => None,
        };
        Self { code, status, meaning, action, detail: error.detail().to_owned(), retry_after_s }
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        casework::Error::from(error).into()
    }
}
