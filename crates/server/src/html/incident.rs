//! One reported suspicion, for the second operator: the pictures and nothing else, then the own judgement, then the evidence with everybody's
//! judgement, and only then second or dismiss. Whoever reported it sees it and decides nothing.

use super::alarm::{EVENTS, state, why};
use super::evidence::{self, Seen, base_rate};
use super::form::{self, Form};
use super::shell::{Refusal, Shell, Staff, page};
use super::visit::{evidence_of, pictures_of, reasons_for, unknown};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use casework::desk::alarm::{self, Alarm};
use casework::desk::incident::{self, Close, Dismiss, SecondJudge};
use casework::desk::view::{ClaimedView, VisitView};
use casework::desk::{judge, visit};
use casework::reason::Use;
use casework::visit::Judgement;
use serde::Deserialize;
use store::id::IncidentId;
use store::session::SignedIn;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/alarms/{incident}", get(show).post(act))
        .route("/alarms/{incident}/pictures", get(pictures))
        .route("/alarms/{incident}/evidence", get(evidence_page))
}

/// A suspicion as its page shows it.
#[derive(Template)]
#[template(path = "incident.html")]
struct Page {
    shell: Shell,
    alarm: Alarm,
    visit: VisitView,
    /// Where it stands, as a key.
    state: &'static str,
    /// The reason, and the finding if there is one, in words.
    why: String,
    finding: Option<String>,
    /// Why it was dismissed, in words.
    dismissal: Option<String>,
    /// The open evidence, while a decision waits for it.
    seen: Option<Seen>,
    dismissals: Vec<(&'static str, &'static str)>,
    findings: Vec<(&'static str, &'static str)>,
    base_rate: String,
    events: &'static str,
    wrong: Option<String>,
}

impl Page {
    /// True if whoever looks judges the pictures first, and sees nothing else until then.
    fn is_blind(&self) -> bool {
        is_blind(&self.alarm)
    }

    /// True if whoever looks may second or dismiss it.
    fn may_decide(&self) -> bool {
        self.alarm.may_second && !self.is_blind()
    }

    /// True if the base rate is not said beside the evidence already.
    fn shows_rate(&self) -> bool {
        self.alarm.line.waits && self.seen.as_ref().is_none_or(|seen| seen.base_rate.is_none())
    }

    /// The person whom it concerns.
    fn claimed(&self) -> Option<&ClaimedView> {
        self.visit.persons.get(self.alarm.person as usize)?.claimed.as_ref()
    }

    /// True once it was confirmed, so that there is a case file.
    fn has_file(&self) -> bool {
        matches!(self.state, "incident-confirmed" | "incident-closed")
    }
}

fn is_blind(alarm: &Alarm) -> bool {
    alarm.line.waits && alarm.line.by_face && !alarm.line.by_you && alarm.own.is_none()
}

#[derive(Default, Deserialize)]
struct Asked {
    /// What the last form was refused with.
    problem: Option<String>,
    /// There when a script looks how things stand: the evidence is not opened for that.
    again: Option<String>,
}

async fn show(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Path(id): Path<IncidentId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let now = app.now();
    let alarm = alarm::get(&app.desk, &by, now, &id).await?;
    let visit = visit::get(&app.desk, &by, now, &alarm.line.incident.visit).await?;
    // Each look is an entry of the ledger: once there is nothing to decide any more, it is asked for.
    let seen = if alarm.may_second && alarm.own.is_some() && asked.again.is_none() {
        let view = judge::evidence(&app.desk, &by, now, &visit.id, alarm.person).await?;
        Some(evidence::seen(&shell.words, app.desk.engine.calibration(), &view, true))
    } else {
        None
    };
    Ok(page(&Page {
        state: state(&alarm.line),
        why: why(&shell, &alarm.line.incident.reason),
        finding: alarm.line.incident.finding.as_deref().map(|code| why(&shell, code)),
        dismissal: alarm.dismissal.as_deref().map(|code| why(&shell, code)),
        seen,
        dismissals: reasons_for(&shell, Use::Dismiss),
        findings: reasons_for(&shell, Use::Close),
        base_rate: base_rate(&shell.words),
        events: EVENTS,
        wrong: shell.problem(asked.problem.as_deref()),
        alarm,
        visit,
        shell,
    }))
}

/// What a form of the page asks for; `state` is where the incident stood on it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    act: String,
    state: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    reason: String,
}

/// Does what a form asks for and goes back to the page. What was done meanwhile, by a second click or by somebody else, is no error: the page
/// shows how things stand.
async fn act(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Path(id): Path<IncidentId>,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    let address = format!("/alarms/{id}");
    let refused = match done(&app, &by, &id, &sent).await {
        Ok(()) => return Ok(form::go(&address)),
        Err(error) => error,
    };
    if matches!(refused.row().status, 403 | 404 | 500..) {
        return Err(refused.into());
    }
    let is = alarm::get(&app.desk, &by, app.now(), &id).await?;
    let judged = sent.act == "judge" && is.own.is_some();
    if judged || is.line.incident.state != sent.state {
        return Ok(form::go(&address));
    }
    Ok(form::go(&format!("{address}?problem={}", refused.code())))
}

async fn done(app: &App, by: &SignedIn, id: &IncidentId, sent: &Sent) -> Result<(), casework::Error> {
    let (desk, now, reason) = (&app.desk, app.now(), sent.reason.clone());
    match sent.act.as_str() {
        "judge" => {
            let answer = Judgement::parse(&sent.answer).ok_or_else(unknown)?;
            incident::judge(desk, by, now, id, SecondJudge { answer }).await?;
        }
        "second" => {
            incident::second(desk, by, now, id).await?;
        }
        "dismiss" => {
            incident::dismiss(desk, by, now, id, &Dismiss { reason }).await?;
        }
        "close" => {
            incident::close(desk, by, now, id, &Close { finding: reason }).await?;
        }
        _ => return Err(unknown()),
    }
    Ok(())
}

/// The pictures on a page of their own, for a browser without script.
async fn pictures(State(app): State<App>, staff: Staff, Path(id): Path<IncidentId>) -> Result<Response, Refusal> {
    let alarm = alarm::get(&app.desk, &staff.by, app.now(), &id).await?;
    pictures_of(&app, staff, (&alarm.line.incident.visit, alarm.person), format!("/alarms/{id}")).await
}

/// The evidence once more, for who has judged it.
async fn evidence_page(State(app): State<App>, staff: Staff, Path(id): Path<IncidentId>) -> Result<Response, Refusal> {
    let alarm = alarm::get(&app.desk, &staff.by, app.now(), &id).await?;
    evidence_of(&app, staff, (&alarm.line.incident.visit, alarm.person), format!("/alarms/{id}")).await
}
