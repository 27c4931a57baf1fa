//! Cookies: an operator's session and a station's token, which scripts cannot read and other sites cannot make a browser send; and the
//! language. A request that changes something on the ground of a cookie must come from a page of ours.

use crate::code::Code;
use crate::error::{ApiError, Result};
use crate::http::extract::STATION;
use crate::state::App;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};

/// The language that somebody chose.
pub(crate) const LANGUAGE: &str = "language";
/// How long a browser keeps a station's token and the language, seconds: 400 days, the most that browsers allow.
const KEPT_S: u32 = 400 * 24 * 60 * 60;

/// The cookie's value, if the browser sent one.
pub(crate) fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}

/// The cookie that carries tokens with this prefix. With TLS the name binds it to this host (RFC 6265bis §4.1.3.2).
fn name(app: &App, prefix: &str) -> &'static str {
    match (is_secure(app), prefix) {
        (true, STATION) => "__Host-station",
        (false, STATION) => "station",
        (true, _) => "__Host-operator",
        (false, _) => "operator",
    }
}

fn is_secure(app: &App) -> bool {
    app.config.server.public_url.starts_with("https://")
}

/// The token in the cookie, without its prefix; where the request changes something, only if it comes from a page of ours.
///
/// # Errors
/// `sign-in-needed` when there is none; `origin-foreign`.
pub(crate) fn token<'p>(parts: &'p Parts, app: &App, prefix: &str) -> Result<&'p str> {
    let found = value(&parts.headers, name(app, prefix)).and_then(|token| token.strip_prefix(prefix));
    let token = found.ok_or_else(|| ApiError::new(Code::SignInNeeded, ""))?;
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        from_own_page(&parts.headers)?;
    }
    Ok(token)
}

/// Refuses a request that another site made the browser send. Browsers say where a request comes from (Fetch Metadata, or `Origin`); what says
/// nothing is no browser of today, and has no business with cookies.
///
/// # Errors
/// `origin-foreign`.
pub(crate) fn from_own_page(headers: &HeaderMap) -> Result<()> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let own = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            // `null`, the origin of a sandboxed frame, would read as the name of a host; an origin with a host has a scheme.
            let origin = origin.parse::<Uri>().ok().filter(|origin| origin.scheme().is_some());
            let authority = origin.as_ref().and_then(Uri::authority).map(axum::http::uri::Authority::as_str);
            authority.is_some() && authority == text("host")
        }
        (None, None) => false,
    };
    if own { Ok(()) } else { Err(ApiError::new(Code::OriginForeign, "")) }
}

/// Sets an operator's session (until the browser closes) or a station's token (until it is revoked).
pub(crate) fn keep(app: &App, prefix: &str, token: &str) -> Result<HeaderValue> {
    let lasts = if prefix == STATION { format!("; Max-Age={KEPT_S}") } else { String::new() };
    set(app, &format!("{}={prefix}{token}{lasts}; HttpOnly", name(app, prefix)))
}

/// Makes the browser forget a token.
pub(crate) fn forget(app: &App, prefix: &str) -> Result<HeaderValue> {
    set(app, &format!("{}=; Max-Age=0; HttpOnly", name(app, prefix)))
}

/// Sets the language.
pub(crate) fn language(app: &App, tag: &str) -> Result<HeaderValue> {
    set(app, &format!("{LANGUAGE}={tag}; Max-Age={KEPT_S}"))
}

fn set(app: &App, cookie: &str) -> Result<HeaderValue> {
    let secure = if is_secure(app) { "; Secure" } else { "" };
    let text = format!("{cookie}; Path=/; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).map_err(|_| ApiError::new(Code::Internal, "a cookie that cannot be written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let headers = headers(&[("cookie", "xoperator=1; operator=op_a=b;language=en")]);
        assert_eq!(value(&headers, "operator"), Some("op_a=b"));
        assert_eq!(value(&headers, "language"), Some("en"));
        assert_eq!(value(&headers, "perator"), None);
    }

    #[test]
    fn only_own_pages_change_things() {
        let own = |pairs| from_own_page(&headers(pairs)).is_ok();
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("origin", "https://counter.example"), ("host", "counter.example")]));
        assert!(own(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]));
        for foreign in [
            &[][..],
            &[("host", "counter.example")],
            &[("origin", "null"), ("host", "null")],
            &[("origin", "https://evil.example"), ("host", "counter.example")],
            &[("origin", "https://counter.example.evil.example"), ("host", "counter.example")],
            &[("origin", "https://counter.example:444"), ("host", "counter.example")],
            &[("sec-fetch-site", "same-site"), ("origin", "https://counter.example"), ("host", "counter.example")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(!own(foreign), "{foreign:?}");
        }
    }
}
