//! The pages: HTML made here, and the few scripts and styles that it links. Every act of a page is a procedure of `casework`; most are plain
//! forms, so that they work without script.

mod access;
mod account;
mod admin;
mod alarm;
mod asset;
mod casefile;
pub(crate) mod cookie;
mod counter;
mod demo;
mod detail;
mod evidence;
mod fact;
mod figures;
pub(crate) mod form;
mod home;
mod incident;
mod invitation;
pub(crate) mod language;
mod ledger;
mod liveness;
mod notice;
mod protection;
mod receipt;
mod shell;
mod sign_in;
mod station;
mod verify;
mod visit;

use crate::state::App;
use axum::Router;
use axum::http::{HeaderValue, header};

/// What a page may load: its own scripts, styles and pictures, and nothing inline.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// All pages.
pub(crate) fn routes(app: &App) -> Router<App> {
    let demo = if app.demo.is_some() { demo::routes() } else { Router::new() };
    Router::new()
        .merge(access::routes())
        .merge(account::routes())
        .merge(alarm::routes())
        .merge(casefile::routes())
        .merge(admin::routes())
        .merge(counter::routes())
        .merge(demo)
        .merge(figures::routes())
        .merge(home::routes())
        .merge(incident::routes())
        .merge(invitation::routes())
        .merge(language::routes())
        .merge(notice::routes())
        .merge(ledger::routes())
        .merge(protection::routes())
        .merge(receipt::routes())
        .merge(sign_in::routes())
        .merge(station::routes())
        .merge(verify::routes())
        .merge(visit::routes())
        .layer(axum::middleware::from_fn_with_state(app.clone(), shell::refused))
        .layer(axum::middleware::map_response(async |mut response: axum::response::Response| {
            response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert(CONTENT_SECURITY_POLICY);
            response
        }))
        .merge(asset::routes())
}
