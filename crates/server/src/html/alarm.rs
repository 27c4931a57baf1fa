//! The supervisor's list: suspicions of the office as they are reported, what waits for a second opinion first. A script keeps it as it is now.

use super::evidence::base_rate;
use super::form::{self, Form};
use super::language::Words;
use super::shell::{Refusal, Shell, Staff, Waiting, page};
use super::visit::reasons_for;
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use casework::desk::alarm::{self, Alarms, Line};
use casework::desk::incident::List;
use casework::desk::station_alarm::{self, StationAlarmClose, StationAlarmView};
use casework::reason::{Reason, Use};
use serde::Deserialize;
use store::id::{IncidentId, StationAlarmId};

/// Incidents of one page.
const LINES_MAX: u32 = 50;
/// What an open list listens to: whatever may change where an incident stands.
pub(super) const EVENTS: &str = "incident.reported incident.seconded incident.closed incident.lapsed visit.outcome consent.withdrawn station.alarmed station.alarm-closed";

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/alarms", get(show))
        .route("/alarms/waiting", get(waiting))
        .route("/alarms/stations/{alarm}", post(close_station))
}

/// The number in the menu and nothing else, for a script that keeps it as it is now.
#[derive(Template)]
#[template(path = "waiting.html")]
struct Number {
    waiting: Waiting,
}

async fn waiting(State(app): State<App>, Staff { by, shell }: Staff) -> Result<Response, Refusal> {
    Ok(page(&Number { waiting: Waiting::of(&app, &shell.words, &by).await? }))
}

/// An incident in the list.
struct Row {
    address: String,
    reported: String,
    service: String,
    station: String,
    by: String,
    /// The reason in words; on what it rests while somebody has to judge without knowing it.
    why: String,
    state: &'static str,
    until: String,
    for_you: bool,
}

/// An alarm about a station.
struct StationRow {
    address: String,
    name: String,
    raised: String,
    attacks: u32,
    /// What was found and by whom; nothing while it waits.
    found: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "alarms.html")]
struct Board {
    shell: Shell,
    wrong: Option<String>,
    stations: Vec<StationRow>,
    /// What looking at a station can find.
    findings: Vec<(&'static str, &'static str)>,
    /// How many wait for whoever looks.
    waiting: usize,
    open: Vec<Row>,
    others: Vec<Row>,
    base_rate: String,
    events: &'static str,
    /// The address of the page with older ones.
    older: Option<String>,
}

#[derive(Default, Deserialize)]
struct Asked {
    before: Option<IncidentId>,
    /// What the last form was refused with.
    problem: Option<String>,
}

async fn show(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let request = List { before: asked.before, limit: Some(LINES_MAX) };
    let alarms = alarm::list(&app.desk, &by, app.now(), &request).await?;
    let is_full = alarms.lines.len() >= LINES_MAX as usize;
    let older = alarms.lines.last().filter(|_| is_full).map(|last| format!("/alarms?before={}", last.incident.id));
    let row = |line| row(&shell, &alarms, line);
    let open: Vec<Row> = alarms.lines.iter().filter(|line| line.waits).map(row).collect();
    let others = alarms.lines.iter().filter(|line| !line.waits).map(row).collect();
    let stations = station_alarm::list(&app.desk, &by, app.now()).await?;
    let stations: Vec<StationRow> = stations.into_iter().map(|alarm| station_row(&shell, alarm)).collect();
    let to_look_at = stations.iter().filter(|row| row.found.is_none()).count();
    Ok(page(&Board {
        waiting: open.iter().filter(|row| row.for_you).count() + to_look_at,
        wrong: shell.problem(asked.problem.as_deref()),
        stations,
        findings: reasons_for(&shell, Use::Station),
        open,
        others,
        base_rate: base_rate(&shell.words),
        events: EVENTS,
        older,
        shell,
    }))
}

fn station_row(shell: &Shell, alarm: StationAlarmView) -> StationRow {
    StationRow {
        address: format!("/alarms/stations/{}", alarm.id),
        raised: shell.words.moment(&alarm.raised),
        attacks: alarm.attacks,
        found: alarm.finding.map(|code| (why(shell, &code), alarm.closed_by.unwrap_or_default())),
        name: alarm.name,
    }
}

/// Closes an alarm about a station, and goes back to the list. One that a colleague closed meanwhile is no error: the list shows it.
async fn close_station(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path(id): Path<StationAlarmId>,
    Form(request): Form<StationAlarmClose>,
) -> Result<Response, Refusal> {
    match station_alarm::close(&app.desk, &by, app.now(), &id, &request).await {
        Err(error) if matches!(error.row().status, 403 | 404 | 500..) => Err(error.into()),
        Err(error) if error.code() != "conflict" => Ok(form::go(&format!("/alarms?problem={}", error.code()))),
        _ => Ok(form::go("/alarms")),
    }
}

fn row(shell: &Shell, alarms: &Alarms, line: &Line) -> Row {
    let words = &shell.words;
    let incident = &line.incident;
    // Who judges afterwards must not know what the first operator saw.
    let blind = line.waits && line.by_face && !line.by_you;
    Row {
        address: format!("/alarms/{}", incident.id),
        reported: words.moment(&incident.reported),
        service: words.one_of(&line.service).to_owned(),
        station: line.station.clone().unwrap_or_default(),
        by: alarms.names.of(&incident.reported_by).to_owned(),
        why: if blind { words.t("alarm-by-face") } else { why(shell, &incident.reason) },
        state: state(line),
        until: words.moment(&incident.waits_until),
        for_you: incident.waits_for_you,
    }
}

/// A reason in words.
pub(super) fn why(shell: &Shell, code: &str) -> String {
    reason(&shell.words, code)
}

/// A reason in words; one that is not in the list as it is.
pub(super) fn reason(words: &Words, code: &str) -> String {
    let known = Reason::parse(code).map(|reason| reason.row().texts.get(words.language()));
    known.unwrap_or(code).to_owned()
}

/// Where an incident stands, as a key: one that nobody looked at in time has lapsed, even if that is not noted yet.
pub(super) fn state(line: &Line) -> &'static str {
    match line.incident.state.as_str() {
        "reported" if line.waits => "incident-reported",
        "confirmed" => "incident-confirmed",
        "dismissed" => "incident-dismissed",
        "closed" => "incident-closed",
        _ => "incident-lapsed",
    }
}

#[cfg(test)]
mod tests {
    use super::EVENTS;
    use store::ledger::Kind;

    #[test]
    fn the_list_listens_to_events_that_there_are() {
        for event in EVENTS.split(' ') {
            assert!(Kind::ALL.iter().any(|kind| kind.code() == event), "{event}");
        }
    }
}
