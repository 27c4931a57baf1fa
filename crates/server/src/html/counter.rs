//! The counter: today's visits, and a new one.

use super::form::{self, Form};
use super::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::desk::station::{self, StationView};
use casework::desk::view::{TextsView, VisitLine};
use casework::desk::visit::{self, Claim, List, Open};
use casework::service::Channel;
use jiff::Timestamp;
use serde::Deserialize;
use store::id::StationId;

/// Visits of one list.
const LINES_MAX: u32 = 100;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/counter", get(show)).route("/counter/visits", post(open))
}

/// A visit in the list.
struct Line {
    address: String,
    opened: String,
    service: String,
    station: String,
    phase: String,
    persons: Vec<String>,
    is_open: bool,
}

/// A service's variant to choose.
struct Choice {
    value: String,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "counter.html")]
struct Counter {
    shell: Shell,
    lines: Vec<Line>,
    choices: Vec<Choice>,
    stations: Vec<Choice>,
    number: String,
    wrong: Option<String>,
}

/// A new visit as the form has it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    /// Service and variant, a space between.
    what: String,
    #[serde(default)]
    station: String,
    #[serde(default)]
    number: String,
}

/// What was chosen last, kept in the address.
#[derive(Default, Deserialize)]
struct Last {
    what: Option<String>,
    station: Option<String>,
}

async fn show(State(app): State<App>, staff: Staff, Query(last): Query<Last>) -> Result<Response, Refusal> {
    let new =
        New { what: last.what.unwrap_or_default(), station: last.station.unwrap_or_default(), number: String::new() };
    counter(&app, staff, &new, None).await
}

async fn counter(app: &App, staff: Staff, new: &New, wrong: Option<String>) -> Result<Response, Refusal> {
    let Staff { by, shell } = staff;
    let now = app.now();
    let asked = List { limit: Some(LINES_MAX), ..List::default() };
    let mut visits = visit::list(&app.desk, &by, now, &asked).await?;
    // The newest first, but what is open before what is closed.
    visits.sort_by_key(|visit| (visit.closed.is_some(), std::cmp::Reverse(visit.opened)));
    let stations = station::of_counter(&app.desk, &by, now).await?;
    let lines = visits.into_iter().map(|visit| line(app, &shell, &stations, visit)).collect();
    Ok(page(&Counter {
        lines,
        choices: choices(app, &shell, &new.what),
        stations: station_choices(&shell, &stations, now, &new.station),
        number: new.number.clone(),
        shell,
        wrong,
    }))
}

fn line(app: &App, shell: &Shell, stations: &[StationView], visit: VisitLine) -> Line {
    let title = app.desk.services.get(&visit.service).ok().map(|service| TextsView::from(&service.definition().title));
    let station = stations.iter().find(|station| visit.station.as_ref() == Some(&station.id));
    Line {
        address: format!("/counter/visits/{}", visit.id),
        opened: shell.words.clock(&visit.opened),
        service: title.map_or(visit.service, |title| shell.words.one_of(&title).to_owned()),
        station: station.map_or_else(String::new, |station| station.name.clone()),
        phase: shell.words.of_code("phase-", &visit.phase),
        persons: visit.persons.iter().map(|state| shell.words.of_code("stands-", state)).collect(),
        is_open: visit.closed.is_none(),
    }
}

/// What can be done at a counter.
fn choices(app: &App, shell: &Shell, chosen: &str) -> Vec<Choice> {
    let mut all = Vec::new();
    for service in app.desk.services.current() {
        if service.require_channel(Channel::Counter).is_err() {
            continue;
        }
        let definition = service.definition();
        let title = TextsView::from(&definition.title);
        for variant in &definition.variants {
            let value = format!("{} {}", service.id(), variant.id);
            let variant = TextsView::from(&variant.title);
            let name = format!("{}: {}", shell.words.one_of(&title), shell.words.one_of(&variant));
            all.push(Choice { chosen: value == chosen, value, name });
        }
    }
    all
}

/// Stations that a browser is paired with; those that were heard of lately say so.
pub(super) fn station_choices_of(shell: &Shell, stations: &[StationView], now: Timestamp) -> Vec<(StationId, String)> {
    let usable = stations.iter().filter(|station| station.paired_at.is_some() && station.revoked_at.is_none());
    usable
        .map(|station| {
            let here = station.seen_at.is_some_and(|seen| now.duration_since(seen).as_secs() < 120);
            let state = shell.words.t(if here { "station-here" } else { "station-silent" });
            (station.id.clone(), format!("{} · {state}", station.name))
        })
        .collect()
}

fn station_choices(shell: &Shell, stations: &[StationView], now: Timestamp, chosen: &str) -> Vec<Choice> {
    station_choices_of(shell, stations, now)
        .into_iter()
        .map(|(id, name)| Choice { chosen: id.as_str() == chosen, value: id.to_string(), name })
        .collect()
}

/// Opens a visit, and names the person if a number was typed. A number that is wrong is mended on the visit's own page.
async fn open(State(app): State<App>, staff: Staff, Form(new): Form<New>) -> Result<Response, Refusal> {
    let (service, variant) = new.what.split_once(' ').unwrap_or((new.what.as_str(), ""));
    let station = if new.station.is_empty() { None } else { Some(new.station.parse().map_err(casework::Error::from)?) };
    let request = Open {
        service: service.to_owned(),
        variant: variant.to_owned(),
        channel: Channel::Counter.as_str().to_owned(),
        station,
    };
    let (now, number) = (app.now(), new.number.trim());
    let opened = match visit::open(&app.desk, &staff.by, now, &request).await {
        Ok(opened) => opened,
        Err(error) if error.row().status == 422 || error.row().status == 404 => {
            let wrong = Some(staff.shell.wrong(&error));
            let again = counter(&app, staff, &new, wrong).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    let address = format!("/counter/visits/{}", opened.id);
    if number.is_empty() {
        return Ok(form::go(&address));
    }
    let claim = Claim { person: 0, number: number.to_owned() };
    match visit::claim(&app.desk, &staff.by, now, &opened.id, &claim).await {
        Ok(_) => Ok(form::go(&address)),
        Err(error) => Ok(form::go(&format!("{address}?problem={}", error.code()))),
    }
}
