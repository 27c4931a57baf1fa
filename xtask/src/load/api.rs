//! Calls of the JSON API.

use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use ureq::Agent;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// The edge between the parts of a form; it occurs in no JPEG of the fixtures by chance of 2^-128.
const EDGE: &str = "b7c1f1d0a0d34b0f9a6c5f0d2e1c4b3a";

/// A server.
#[derive(Clone)]
pub(super) struct Api {
    agent: Agent,
    url: String,
}

/// Numbers idempotency keys.
static KEYS: AtomicU64 = AtomicU64::new(0);

impl Api {
    pub(super) fn new(url: &str) -> Self {
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
        Self { agent: config.into(), url: url.to_owned() }
    }

    pub(super) fn get(&self, path: &str, token: &str) -> Result<Value, String> {
        let call =
            self.agent.get(format!("{}/api/v1{path}", self.url)).header("authorization", format!("Bearer {token}"));
        Self::read(path, call.call())
    }

    pub(super) fn post(&self, path: &str, body: &Value, token: &str) -> Result<Value, String> {
        self.send(path, "application/json", body.to_string().as_bytes(), token)
    }

    /// Sends bytes of a media type; an empty token is none.
    pub(super) fn send(&self, path: &str, media_type: &str, body: &[u8], token: &str) -> Result<Value, String> {
        let key = format!("load-{}-{}", std::process::id(), KEYS.fetch_add(1, Ordering::Relaxed));
        let mut call = self.agent.post(format!("{}/api/v1{path}", self.url)).header("content-type", media_type);
        if !token.is_empty() {
            call = call.header("authorization", format!("Bearer {token}")).header("idempotency-key", key);
        }
        Self::read(path, call.send(body))
    }

    /// Sends pictures in, as a station does.
    pub(super) fn frames(&self, nonce: &str, frames: &[Vec<u8>], token: &str) -> Result<Value, String> {
        let mut form =
            format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"nonce\"\r\n\r\n{nonce}\r\n").into_bytes();
        for frame in frames {
            let head =
                "Content-Disposition: form-data; name=\"frame\"; filename=\"frame.jpg\"\r\nContent-Type: image/jpeg";
            form.extend_from_slice(format!("--{EDGE}\r\n{head}\r\n\r\n").as_bytes());
            form.extend_from_slice(frame);
            form.extend_from_slice(b"\r\n");
        }
        form.extend_from_slice(format!("--{EDGE}--\r\n").as_bytes());
        self.send("/station/frames", &format!("multipart/form-data; boundary={EDGE}"), &form, token)
    }

    fn read(path: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, String> {
        let mut answer = answer.map_err(|error| format!("{path}: {error}"))?;
        let text = answer.body_mut().read_to_string().map_err(|error| format!("{path}: {error}"))?;
        if !answer.status().is_success() {
            return Err(format!("{path}: {} {text}", answer.status()));
        }
        serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
    }

    /// A text of an answer.
    pub(super) fn text(value: &Value, at: &str) -> Result<String, String> {
        let found = value.pointer(at).and_then(Value::as_str);
        found.map(str::to_owned).ok_or_else(|| format!("an answer has no {at}"))
    }
}
