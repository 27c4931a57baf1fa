//! Offices: the list, one office with its stations, a new one, a changed one, and the end of one.

use super::{Asked, Choice, Nothing, mendable, next};
use crate::html::form::{self, Form};
use crate::html::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use casework::Permission;
use casework::desk::by;
use casework::desk::office::{self, ContactView, OfficeChange, OfficeNew, OfficeView};
use casework::desk::station::{self, StationView};
use casework::permission::allows;
use jiff::Timestamp;
use serde::Deserialize;
use store::id::{OfficeId, StationId};
use store::limits::{PAGE_ROWS_MAX, Window};
use store::office::ContactKind;
use store::session::SignedIn;
use store::station::StationKind;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/offices", get(list).post(add))
        .route("/offices/{office}", get(show).post(change))
        .route("/offices/{office}/close", get(ask_close).post(close))
}

/// A station is taken for silent after so many seconds: it is heard of once a minute.
const SILENT_S: i64 = 120;

/// An office in the list.
struct Line {
    address: String,
    name: String,
    code: String,
    since: String,
    closed: Option<String>,
}

/// What the forms hold; contacts stand one a line.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filled {
    #[serde(default)]
    code: String,
    name: String,
    email: String,
    phone: String,
    inbox: String,
    #[serde(default)]
    public_address: String,
    #[serde(default)]
    public_phone: String,
}

#[derive(Template)]
#[template(path = "offices.html")]
struct Offices {
    shell: Shell,
    lines: Vec<Line>,
    next: Option<String>,
    may_manage: bool,
    filled: Filled,
    wrong: Option<String>,
}

/// A station in its office's list.
struct Seat {
    address: String,
    name: String,
    kind: String,
    state: &'static str,
    seen: Option<String>,
    is_paired: bool,
}

#[derive(Template)]
#[template(path = "office.html")]
struct Office {
    shell: Shell,
    address: String,
    name: String,
    code: String,
    since: String,
    closed: Option<String>,
    contacts: Vec<(String, String)>,
    /// True if receipts cannot say where the office is, as the notices promise.
    is_hidden: bool,
    seats: Vec<Seat>,
    next: Option<String>,
    may_manage: bool,
    kinds: Vec<Choice>,
    station: String,
    filled: Filled,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "office_close.html")]
struct Closing {
    shell: Shell,
    address: String,
    name: String,
}

/// What was typed and not taken, and why.
#[derive(Default)]
pub(super) struct Again {
    wrong: Option<String>,
    /// The name and kind of a station that was to be added.
    station: Option<(String, String)>,
    change: Option<Filled>,
}

impl Again {
    /// A station, by name and kind, that was not added.
    pub(super) fn station(wrong: String, name: String, kind: String) -> Self {
        Self { wrong: Some(wrong), station: Some((name, kind)), change: None }
    }
}

fn may_manage(by: &SignedIn) -> Result<bool, Refusal> {
    Ok(allows(by::roles(by)?, Permission::OfficeManage))
}

fn contacts(filled: &Filled) -> Vec<ContactView> {
    let typed = [
        (ContactKind::Email, &filled.email),
        (ContactKind::Phone, &filled.phone),
        (ContactKind::AgencyInbox, &filled.inbox),
        (ContactKind::PublicAddress, &filled.public_address),
        (ContactKind::PublicPhone, &filled.public_phone),
    ];
    let lines = typed.into_iter().flat_map(|(kind, text)| text.lines().map(move |line| (kind, line.trim())));
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(kind, line)| ContactView { kind, value: line.to_owned() })
        .collect()
}

/// The form as the record has it.
fn filled(office: &OfficeView) -> Filled {
    let of = |kind: ContactKind| {
        let values = office.contacts.iter().filter(|contact| contact.kind == kind);
        values.map(|contact| contact.value.as_str()).collect::<Vec<_>>().join("\n")
    };
    Filled {
        code: office.code.clone(),
        name: office.name.clone(),
        email: of(ContactKind::Email),
        phone: of(ContactKind::Phone),
        inbox: of(ContactKind::AgencyInbox),
        public_address: of(ContactKind::PublicAddress),
        public_phone: of(ContactKind::PublicPhone),
    }
}

async fn list(State(app): State<App>, staff: Staff, Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    offices(&app, staff, asked.after.as_deref(), (Filled::default(), None)).await
}

async fn offices(
    app: &App,
    Staff { by, mut shell }: Staff,
    after: Option<&str>,
    (filled, wrong): (Filled, Option<String>),
) -> Result<Response, Refusal> {
    let after = after.map(str::parse::<OfficeId>).transpose().map_err(casework::Error::from)?;
    let window = Window { after: after.as_ref(), limit: PAGE_ROWS_MAX };
    let listed = office::list(&app.desk, &by, app.now(), window).await?;
    let next = next("/offices", listed.len(), listed.last().map(|office| office.id.to_string()));
    let line = |office: OfficeView| Line {
        address: format!("/offices/{}", office.id),
        name: office.name,
        code: office.code,
        since: shell.words.moment(&office.created_at),
        closed: office.closed_at.map(|at| shell.words.moment(&at)),
    };
    let lines = listed.into_iter().map(line).collect();
    if wrong.is_some() {
        "/offices".clone_into(&mut shell.here);
    }
    Ok(page(&Offices { lines, next, may_manage: may_manage(&by)?, filled, wrong, shell }))
}

async fn add(State(app): State<App>, staff: Staff, Form(filled): Form<Filled>) -> Result<Response, Refusal> {
    let request = OfficeNew {
        code: filled.code.trim().to_owned(),
        name: filled.name.trim().to_owned(),
        contacts: contacts(&filled),
    };
    match office::add(&app.desk, &staff.by, app.now(), &request).await {
        Ok(added) => Ok(form::go(&format!("/offices/{}", added.id))),
        Err(error) if mendable(&error) => {
            let key = if error.code() == "already-exists" { Some("office-code-taken") } else { None };
            let wrong = key.map_or_else(|| staff.shell.wrong(&error), |key| staff.shell.words.t(key));
            let again = offices(&app, staff, None, (filled, Some(wrong))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<OfficeId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let wrong = staff.shell.problem(asked.problem.as_deref());
    office_page(&app, staff, (&id, asked.after.as_deref()), Again { wrong, ..Again::default() }).await
}

fn seat(shell: &Shell, now: Timestamp, station: StationView) -> Seat {
    let heard = station.seen_at.is_some_and(|seen| now.duration_since(seen).as_secs() < SILENT_S);
    let state = match (station.revoked_at, station.paired_at) {
        (Some(_), _) => "revoked",
        (None, None) => "unpaired",
        (None, Some(_)) if heard => "here",
        (None, Some(_)) => "silent",
    };
    Seat {
        address: format!("/offices/{}/stations/{}", station.office, station.id),
        name: station.name,
        kind: shell.words.of_code("seat-kind-", &station.kind),
        state,
        seen: station.seen_at.map(|seen| shell.words.moment(&seen)),
        is_paired: matches!(state, "here" | "silent"),
    }
}

/// One office, with what was typed and not taken.
pub(super) async fn office_page(
    app: &App,
    Staff { by, mut shell }: Staff,
    (id, after): (&OfficeId, Option<&str>),
    again: Again,
) -> Result<Response, Refusal> {
    let now = app.now();
    let found = office::get(&app.desk, &by, now, id).await?;
    let after = after.map(str::parse::<StationId>).transpose().map_err(casework::Error::from)?;
    let window = Window { after: after.as_ref(), limit: PAGE_ROWS_MAX };
    let stations = station::of_office(&app.desk, &by, now, (id, window)).await?;
    let address = format!("/offices/{id}");
    // The address of a form has no page of its own: whoever changes the language comes back here.
    shell.here.clone_from(&address);
    let next = next(&address, stations.len(), stations.last().map(|station| station.id.to_string()));
    let (station, kind) = again.station.unwrap_or_default();
    let kinds = StationKind::ALL.iter().map(|known| Choice {
        value: known.as_str().to_owned(),
        name: shell.words.of_code("seat-kind-", known.as_str()),
        chosen: known.as_str() == kind,
    });
    let contact =
        |contact: &ContactView| (shell.words.of_code("contact-", contact.kind.as_str()), contact.value.clone());
    let lacks = |kind: ContactKind| !found.contacts.iter().any(|contact| contact.kind == kind);
    Ok(page(&Office {
        is_hidden: found.closed_at.is_none() && (lacks(ContactKind::PublicAddress) || lacks(ContactKind::PublicPhone)),
        kinds: kinds.collect(),
        seats: stations.into_iter().map(|station| seat(&shell, now, station)).collect(),
        since: shell.words.moment(&found.created_at),
        closed: found.closed_at.map(|at| shell.words.moment(&at)),
        contacts: found.contacts.iter().map(contact).collect(),
        filled: again.change.unwrap_or_else(|| filled(&found)),
        may_manage: may_manage(&by)? && found.closed_at.is_none(),
        name: found.name,
        code: found.code,
        wrong: again.wrong,
        address,
        next,
        station,
        shell,
    }))
}

async fn change(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<OfficeId>,
    Form(filled): Form<Filled>,
) -> Result<Response, Refusal> {
    let request = OfficeChange { name: filled.name.trim().to_owned(), contacts: contacts(&filled) };
    match office::change(&app.desk, &staff.by, app.now(), &id, &request).await {
        Ok(_) => Ok(form::go(&format!("/offices/{id}"))),
        Err(error) if error.row().status == 422 => {
            let again = Again { wrong: Some(staff.shell.wrong(&error)), change: Some(filled), station: None };
            let again = office_page(&app, staff, (&id, None), again).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What closing an office means, and the question whether it is meant.
async fn ask_close(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Path(id): Path<OfficeId>,
) -> Result<Response, Refusal> {
    by::require(&by, Permission::OfficeManage, app.now())?;
    let found = office::get(&app.desk, &by, app.now(), &id).await?;
    let address = format!("/offices/{id}");
    if found.closed_at.is_some() {
        return Ok(form::go(&address));
    }
    Ok(page(&Closing { shell, address, name: found.name }))
}

async fn close(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path(id): Path<OfficeId>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    match office::close(&app.desk, &by, app.now(), &id).await {
        // It is closed already: the second click of two.
        Err(error) if error.code() != "conflict" => Err(error.into()),
        _ => Ok(form::go(&format!("/offices/{id}"))),
    }
}
