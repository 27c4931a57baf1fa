//! Scripts and styles, built into the program. Their addresses carry a hash of them all, so browsers may keep them: a script imports others beside
//! itself, and what it was built with comes along. They travel as gzip where the browser takes it.

use crate::code::Code;
use crate::error::ApiError;
use crate::state::App;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// A file that pages link.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal $media_type:literal;)+) => {
        const ASSETS: &[Asset] = &[
            $(Asset { name: $name, media_type: $media_type, bytes: include_bytes!(concat!("../../static/", $name)) },)+
        ];
    };
}

const _: () = assert!(!ASSETS.is_empty());

assets! {
    "alarm.css" "text/css; charset=utf-8";
    "alarm.js" "text/javascript; charset=utf-8";
    "casefile.css" "text/css; charset=utf-8";
    "administration.css" "text/css; charset=utf-8";
    "administration.js" "text/javascript; charset=utf-8";
    "compare.js" "text/javascript; charset=utf-8";
    "counter.css" "text/css; charset=utf-8";
    "document.css" "text/css; charset=utf-8";
    "film.js" "text/javascript; charset=utf-8";
    "guide.js" "text/javascript; charset=utf-8";
    "house.css" "text/css; charset=utf-8";
    "icon.svg" "image/svg+xml";
    "house.js" "text/javascript; charset=utf-8";
    "live.js" "text/javascript; charset=utf-8";
    "menu.js" "text/javascript; charset=utf-8";
    "passkey.js" "text/javascript; charset=utf-8";
    "camera.js" "text/javascript; charset=utf-8";
    "station.css" "text/css; charset=utf-8";
    "station.js" "text/javascript; charset=utf-8";
    "verify.js" "text/javascript; charset=utf-8";
    "visit.js" "text/javascript; charset=utf-8";
    "voice.js" "text/javascript; charset=utf-8";
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/assets/{hash}/{name}", get(asset))
}

/// The bytes of an asset, for what is taken away.
pub(super) fn bytes(name: &str) -> &'static [u8] {
    ASSETS.iter().find(|asset| asset.name == name).map_or(&[], |asset| asset.bytes)
}

/// The address of an asset; of one that is not there, an address that answers 404 (a test looks at every template).
pub(crate) fn address(name: &str) -> String {
    let is_there = ASSETS.iter().any(|asset| asset.name == name);
    if is_there { format!("/assets/{HASH:016x}/{name}") } else { format!("/assets/none/{name}") }
}

/// The hash of all of them, made by the compiler: FNV-1a (64 bits), which tells builds apart and need not withstand anybody.
const HASH: u64 = {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut number = 0;
    while number < ASSETS.len() {
        let mut at = 0;
        while at < ASSETS[number].bytes.len() {
            hash = (hash ^ ASSETS[number].bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
            at += 1;
        }
        number += 1;
    }
    hash
};

async fn asset(Path((_, name)): Path<(String, String)>, asked: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return ApiError::new(Code::RouteUnknown, "").into_response();
    };
    let small = accepts_gzip(&asked).then(|| smaller(asset.bytes)).flatten();
    let mut response = match small {
        Some(bytes) => ([(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], bytes).into_response(),
        None => asset.bytes.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    response
}

/// True if the browser names gzip and does not refuse it (RFC 9110, 12.5.3).
fn accepts_gzip(asked: &HeaderMap) -> bool {
    let named = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = matches!(weight.replace(' ', "").as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

/// The bytes as gzip: a browser asks for them once. Nothing secret is in them, so their length tells nothing.
fn smaller(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut small = GzEncoder::new(Vec::new(), Compression::default());
    small.write_all(bytes).ok()?;
    small.finish().ok()
}
