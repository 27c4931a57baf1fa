//! The first page: for whoever is signed in the page of their work, for anybody else the three doors of the house.

use super::form;
use super::shell::{self, Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/", get(home))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    shell: Shell,
}

async fn home(shell: Shell, staff: Result<Staff, Refusal>) -> Response {
    match staff {
        Ok(staff) => form::go(shell::first(&staff.by)),
        Err(_) => page(&Home { shell }),
    }
}
