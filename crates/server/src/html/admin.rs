//! Administration: offices and their stations, operators, services, the register, the installation. Who may do nothing on a page does not see
//! it; what is told only once, a code or a link, is the answer itself, and asking again makes a new one.

mod agencies;
mod enrolment;
mod imports;
mod offices;
mod operators;
mod persons;
mod portraits;
mod seats;
mod services;
mod system;

use crate::html::shell::Refusal;
use crate::state::App;
use axum::Router;
use casework::desk::office::{self, OfficeView};
use serde::Deserialize;
use store::limits::{PAGE_ROWS_MAX, Window};
use store::session::SignedIn;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(agencies::routes())
        .merge(enrolment::routes())
        .merge(imports::routes())
        .merge(offices::routes())
        .merge(operators::routes())
        .merge(persons::routes())
        .merge(portraits::routes())
        .merge(seats::routes())
        .merge(services::routes())
        .merge(system::routes())
}

/// What an address says beside its path: which part of a list, and what was refused.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    after: Option<String>,
    problem: Option<String>,
}

/// A form without fields.
#[derive(Deserialize)]
struct Nothing {}

/// Something to choose, or to tick.
struct Choice {
    value: String,
    name: String,
    chosen: bool,
}

/// True if whoever filled a form in can mend it there.
fn mendable(error: &casework::Error) -> bool {
    matches!(error.row().status, 404 | 409 | 422)
}

/// The address of the next part of a list, of which `rows` were read and `last` was the last one.
fn next(address: &str, rows: usize, last: Option<String>) -> Option<String> {
    last.filter(|_| rows >= PAGE_ROWS_MAX as usize).map(|last| format!("{address}?after={last}"))
}

/// All offices that who is signed in sees, to choose from and to name.
async fn offices(app: &App, by: &SignedIn) -> Result<Vec<OfficeView>, Refusal> {
    let mut all: Vec<OfficeView> = Vec::new();
    loop {
        let after = all.last().map(|office| office.id.clone());
        let window = Window { after: after.as_ref(), limit: PAGE_ROWS_MAX };
        let page = office::list(&app.desk, by, app.now(), window).await?;
        let last = page.len() < PAGE_ROWS_MAX as usize;
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}
