//! What came back.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use http_body_util::BodyExt as _;
use serde_json::Value;

/// An answer, whole.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    pub(super) async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap_or_else(|error| panic!("the answer breaks off: {error}"));
        Self { status: parts.status.as_u16(), headers: parts.headers, body: body.to_bytes().to_vec() }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A text in the body, by its JSON pointer.
    ///
    /// # Panics
    /// When there is none.
    pub fn at(&self, pointer: &str) -> String {
        let body = self.json();
        let found = body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        found.unwrap_or_else(|| panic!("no text at {pointer} in {body:#}"))
    }

    /// The body, after a look at the status.
    ///
    /// # Panics
    /// When the status is another one.
    #[expect(clippy::return_self_not_must_use, reason = "a look at the status is often all that is wanted")]
    pub fn with(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// A header's text; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The stable code of a refusal, or nothing.
    pub fn code(&self) -> String {
        let is_problem = self.header(header::CONTENT_TYPE.as_str()) == "application/problem+json";
        if is_problem { self.at("/code") } else { String::new() }
    }

    /// Status and body for a snapshot: what differs from run to run is replaced by what it is.
    pub fn shown(&self) -> String {
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(mut body) => {
                redact(&mut body);
                // The order of keys would follow the features with which the workspace happens to be built.
                body.sort_all_objects();
                format!("{}\n{body:#}", self.status)
            }
            Err(_) if self.body.is_empty() => self.status.to_string(),
            Err(_) => format!("{}\n{}", self.status, self.text()),
        }
    }
}

/// Replaces ids, tokens, hashes and pictures.
fn redact(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(kind) = kind(text) {
                *text = format!("[{kind}]");
            }
        }
        Value::Array(values) => values.iter_mut().for_each(redact),
        Value::Object(fields) => fields.values_mut().for_each(redact),
        _ => {}
    }
}

fn kind(text: &str) -> Option<&'static str> {
    let base64 = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let lower = |b: u8| b.is_ascii_digit() || b.is_ascii_lowercase();
    match text.len() {
        26 if text.bytes().all(lower) => Some("id"),
        64 if text.bytes().all(|b| b.is_ascii_hexdigit()) => Some("hash"),
        22 | 43 if base64(text) && text.bytes().any(|b| b.is_ascii_digit()) => Some("random"),
        46.. if (text.starts_with("op_") || text.starts_with("st_")) && base64(text) => Some("token"),
        100.. if text.split('.').count() == 3 && text.split('.').all(base64) => Some("signed"),
        200.. if !text.contains(' ') => Some("long"),
        _ => None,
    }
}
