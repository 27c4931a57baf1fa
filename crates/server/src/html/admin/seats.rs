//! The stations of an office: a new one with its pairing code, a new code, the end of a pairing.

use super::offices::{Again, office_page};
use super::{Nothing, mendable};
use crate::html::form::{self, Form};
use crate::html::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use casework::desk::station::{self, Pairing, StationNew};
use serde::Deserialize;
use store::id::{OfficeId, StationId};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/offices/{office}/stations", post(add))
        .route("/offices/{office}/stations/{station}/code", post(new_code))
        .route("/offices/{office}/stations/{station}/revoke", post(revoke))
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    name: String,
    kind: String,
}

/// The pairing code, shown this once.
#[derive(Template)]
#[template(path = "pairing.html")]
struct Paired {
    shell: Shell,
    /// The code in two halves, as it is read out.
    code: String,
    until: String,
    /// What is opened on the station's screen.
    address: String,
    back: String,
}

fn paired(app: &App, mut shell: Shell, office: &OfficeId, pairing: &Pairing) -> Response {
    let back = format!("/offices/{office}");
    shell.here.clone_from(&back);
    let (one, other) = pairing.code.as_str().split_at_checked(4).unwrap_or((pairing.code.as_str(), ""));
    page(&Paired {
        code: format!("{one}-{other}"),
        until: shell.words.clock(&pairing.expires_at),
        address: format!("{}/station", app.config.server.public_url),
        back,
        shell,
    })
}

/// Adds a station. Sent twice, the second says that there is one of this name.
async fn add(
    State(app): State<App>,
    staff: Staff,
    Path(office): Path<OfficeId>,
    Form(new): Form<New>,
) -> Result<Response, Refusal> {
    let request = StationNew { office: office.clone(), name: new.name.trim().to_owned(), kind: new.kind.clone() };
    match station::add(&app.desk, &staff.by, app.now(), &request).await {
        Ok(pairing) => Ok(paired(&app, staff.shell, &office, &pairing)),
        Err(error) if mendable(&error) => {
            let taken = error.code() == "already-exists";
            let wrong = if taken { staff.shell.words.t("seat-name-taken") } else { staff.shell.wrong(&error) };
            let again = Again::station(wrong, new.name, new.kind);
            let again = office_page(&app, staff, (&office, None), again).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn new_code(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Path((office, id)): Path<(OfficeId, StationId)>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    let pairing = station::new_code(&app.desk, &by, app.now(), &id).await?;
    Ok(paired(&app, shell, &office, &pairing))
}

async fn revoke(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path((office, id)): Path<(OfficeId, StationId)>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    station::revoke(&app.desk, &by, app.now(), &id).await?;
    Ok(form::go(&format!("/offices/{office}")))
}
