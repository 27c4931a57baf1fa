//! One visit at the counter, left to right: who, consent, live, the clerk's own eye, evidence. Each act is a form; a script keeps the page as it
//! is now and lays the pictures side by side.

mod look;

use super::counter::station_choices_of;
use super::form::{self, Form};
use super::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use casework::desk::capture::{self, Who};
use casework::desk::consent::{self, Ask};
use casework::desk::decide::{self, CheckPapers, Confirm, End, Leave, Refer};
use casework::desk::incident::{self, Suspect};
use casework::desk::judge::{self, Judge};
use casework::desk::station;
use casework::desk::view::{PlaceView, TextsView, VisitView};
use casework::desk::visit::{self, Assign, Claim, OtherPath};
use casework::desk::withdraw::{self, Declared};
use casework::reason::{self, Use};
use casework::service::SecondFactor;
use casework::visit::{Judgement, Referral};
use serde::Deserialize;
use store::id::{ConsentId, StationId, VisitId};
use store::ledger::Kind;

pub(super) use look::{evidence_of, pictures_of};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/counter/visits/{visit}", get(show).post(act))
        .route("/counter/visits/{visit}/persons/{person}/pictures", get(look::pictures))
        .route("/counter/visits/{visit}/persons/{person}/evidence", get(look::evidence_page))
}

/// A visit as its page shows it.
#[derive(Template)]
#[template(path = "visit.html")]
struct Page {
    shell: Shell,
    visit: VisitView,
    /// Which person's side is open.
    at: usize,
    /// What the variant is called.
    variant: String,
    stations: Vec<(StationId, String)>,
    station: Option<String>,
    /// What must be shown beside the face.
    factor: Option<String>,
    /// Whom the person may ask to be told: id and name.
    on_request: Vec<(String, String)>,
    /// How it goes without a face.
    bring: String,
    steps: String,
    reasons: Reasons,
    /// Every kind of event, for the script that listens.
    kinds: String,
    wrong: Option<String>,
    refused: Refused,
}

/// An identity number that was typed and not taken: it stands in its field again, with what is wrong beside it.
#[derive(Default)]
struct Refused {
    /// Of the person of the visit, and of a guardian.
    claim: Option<Typed>,
    guardian: Option<Typed>,
}

/// What was typed, and what is wrong with it in words.
struct Typed {
    number: String,
    wrong: String,
}

/// Reasons to choose, as code and words.
struct Reasons {
    other_path: Vec<(&'static str, &'static str)>,
    papers: Vec<(&'static str, &'static str)>,
    refer: Vec<(&'static str, &'static str)>,
    suspect_face: Vec<(&'static str, &'static str)>,
    suspect_papers: Vec<(&'static str, &'static str)>,
}

impl Page {
    /// Where the next visit begins, with the same service and station chosen: the next in the queue often wants the same.
    fn next(&self) -> String {
        let station = self.visit.station.as_ref().map_or("", StationId::as_str);
        format!("/counter?what={}+{}&station={station}", self.visit.service, self.visit.variant)
    }

    /// The person whose side is open.
    fn place(&self) -> &PlaceView {
        &self.visit.persons[self.at]
    }

    /// True if this act is open to who looks, for the person whose side is open.
    fn offers(&self, act: &str) -> bool {
        self.visit.offers.iter().any(|offer| offer.act == act && offer.person == Some(self.at as u32))
    }

    /// True if this act on the whole visit is open.
    fn offers_visit(&self, act: &str) -> bool {
        self.visit.offers.iter().any(|offer| offer.act == act && offer.person.is_none())
    }

    /// True if a guardian answers for the person whose side is open.
    fn has_guardian(&self) -> bool {
        self.place().claimed.as_ref().is_some_and(|claimed| claimed.guardian_answers)
    }

    /// Until when the camera waits, in words, if it does.
    fn camera_waits(&self) -> Option<String> {
        let claimed = self.place().claimed.as_ref().filter(|_| self.visit.closed.is_none())?;
        let words = &self.shell.words;
        match &claimed.camera_from {
            Some(from) => Some(words.with("camera-waits", "time", words.moment(from))),
            None => claimed.camera_off.then(|| words.t("camera-off")),
        }
    }

    /// True if this is the visit's station.
    fn is_station(&self, id: &StationId) -> bool {
        self.visit.station.as_ref() == Some(id)
    }

    /// True once the person has come as far as one of these states.
    fn stands(&self, states: &[&str]) -> bool {
        states.contains(&self.place().state.as_str())
    }

    /// True once there is evidence that waits for a judgement, or was judged.
    fn has_pictures(&self) -> bool {
        self.visit.closed.is_none() && self.stands(&["evidence-closed"])
    }

    /// True once there was a judgement and until the outcome: who judged may look again.
    fn may_look_again(&self) -> bool {
        self.has_evidence() && self.visit.phase == "open"
    }

    /// True once the evidence is open.
    fn has_evidence(&self) -> bool {
        self.visit.closed.is_none() && self.place().state.starts_with("evidence-open")
    }
}

#[derive(Default, Deserialize)]
struct Asked {
    /// Which person's side is open.
    #[serde(default)]
    person: usize,
    /// What the last form was refused with.
    problem: Option<String>,
}

async fn show(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<VisitId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    visit_page(&app, staff, (&id, &asked), Refused::default()).await
}

async fn visit_page(
    app: &App,
    Staff { by, shell }: Staff,
    (id, asked): (&VisitId, &Asked),
    refused: Refused,
) -> Result<Response, Refusal> {
    let now = app.now();
    let visit = visit::get(&app.desk, &by, now, id).await?;
    let stations = station::of_counter(&app.desk, &by, now).await?;
    let version = visit.service_version.parse().unwrap_or_default();
    let service = app.desk.services.version(&visit.service, version)?;
    let definition = service.definition();
    let on_request = service.on_request(&visit.variant).into_iter();
    let on_request = on_request.map(|one| (one.id.clone(), said(&shell, &(&one.name).into()))).collect();
    let variant = definition.variants.iter().find(|variant| variant.id == visit.variant);
    let variant = variant.map_or_else(String::new, |variant| said(&shell, &(&variant.title).into()));
    let factor = (definition.face.second_factor != SecondFactor::None)
        .then(|| shell.words.of_code("factor-shown-", definition.face.second_factor.as_str()));
    let text = |texts: Option<&casework::Texts>| texts.map_or_else(String::new, |texts| said(&shell, &texts.into()));
    let other = definition.other_path.as_ref();
    Ok(page(&Page {
        at: asked.person.min(visit.persons.len().saturating_sub(1)),
        variant,
        station: stations.iter().find(|one| visit.station.as_ref() == Some(&one.id)).map(|one| one.name.clone()),
        stations: station_choices_of(&shell, &stations, now),
        factor,
        on_request,
        bring: text(other.map(|other| &other.bring)),
        steps: text(other.map(|other| &other.steps)),
        reasons: reasons(&shell),
        kinds: Kind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>().join(" "),
        wrong: shell.problem(asked.problem.as_deref()),
        refused,
        visit,
        shell,
    }))
}

fn said(shell: &Shell, texts: &TextsView) -> String {
    shell.words.one_of(texts).to_owned()
}

/// The reasons for an act, as code and words.
pub(super) fn reasons_for(shell: &Shell, used_for: Use) -> Vec<(&'static str, &'static str)> {
    let rows = reason::TABLE.iter().filter(|row| row.used_for == used_for);
    rows.map(|row| (row.reason.as_str(), row.texts.get(shell.words.language()))).collect()
}

fn reasons(shell: &Shell) -> Reasons {
    let of = |used_for: Use| reasons_for(shell, used_for);
    Reasons {
        other_path: of(Use::OtherPath),
        papers: of(Use::Papers),
        refer: of(Use::Refer),
        suspect_face: of(Use::SuspectFace),
        suspect_papers: of(Use::SuspectPapers),
    }
}

/// What a form of the page asks for; `revision` is that of the page on which it stood.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    act: String,
    revision: i64,
    #[serde(default)]
    person: u32,
    #[serde(default)]
    number: String,
    #[serde(default)]
    station: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    guardian: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    to: String,
    /// Places whose second factor was seen, as `0` or `0,1`.
    #[serde(default)]
    factor0: Option<String>,
    #[serde(default)]
    factor1: Option<String>,
    /// Whom the person asks to be told, a space between two.
    #[serde(default)]
    tell: String,
    #[serde(default)]
    consent: String,
}

/// Does what a form asks for and goes back to the page. What was done meanwhile, by a second click or by somebody else, is no error: the page
/// shows how things stand.
async fn act(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<VisitId>,
    Form(sent): Form<Sent>,
) -> Result<Response, Refusal> {
    let by = &staff.by;
    let address = format!("/counter/visits/{id}?person={}", sent.person);
    let refused = match done(&app, by, &id, &sent).await {
        Ok(()) => return Ok(form::go(&address)),
        Err(error) => error,
    };
    let outdated =
        matches!(refused.code(), "transition-refused" | "visit-decided" | "already-exists" | "judgement-first");
    if outdated && visit::get(&app.desk, by, app.now(), &id).await?.revision != sent.revision {
        return Ok(form::go(&address));
    }
    if refused.row().status >= 500 {
        return Err(refused.into());
    }
    if let Some(typed) = Refused::of(&staff.shell, &sent, &refused) {
        // A number stands in no address, so the answer is the page itself.
        let asked = Asked { person: sent.person as usize, problem: None };
        let again = visit_page(&app, staff, (&id, &asked), typed).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
    }
    Ok(form::go(&format!("{address}&problem={}", refused.code())))
}

impl Refused {
    /// The number that a form brought and that was the reason of the refusal.
    fn of(shell: &Shell, sent: &Sent, error: &casework::Error) -> Option<Self> {
        let typed = |number: &str| Some(Typed { number: number.to_owned(), wrong: shell.wrong(error) });
        match (sent.act.as_str(), error.row().status) {
            (_, 403) => None,
            ("claim", _) => Some(Self { claim: typed(&sent.number), guardian: None }),
            ("ask", _) if !sent.guardian.trim().is_empty() => {
                Some(Self { claim: None, guardian: typed(&sent.guardian) })
            }
            _ => None,
        }
    }
}

async fn done(app: &App, by: &store::session::SignedIn, id: &VisitId, sent: &Sent) -> Result<(), casework::Error> {
    let (desk, now, person) = (&app.desk, app.now(), sent.person);
    let reason = || sent.reason.clone();
    match sent.act.as_str() {
        "claim" => {
            let request = Claim { person, number: sent.number.trim().to_owned() };
            visit::claim(desk, by, now, id, &request).await?;
        }
        "assign" => {
            visit::assign(desk, by, now, id, &Assign { station: sent.station.parse()? }).await?;
        }
        "ask" => {
            let guardian_number = Some(sent.guardian.trim()).filter(|number| !number.is_empty()).map(str::to_owned);
            let request = Ask { person, language: sent.language.clone(), guardian_number };
            consent::ask(desk, by, now, id, &request).await?;
        }
        "withdraw" => {
            let consent: ConsentId = sent.consent.parse()?;
            withdraw::declared(desk, by, now, Some(id), &Declared { consent }).await?;
        }
        "other-path" => {
            visit::other_path(desk, by, now, id, &OtherPath { person, reason: reason() }).await?;
        }
        "capture" => {
            capture::begin(desk, by, now, id, Who { person }).await?;
        }
        "end-capture" => {
            capture::end(desk, by, now, id, Who { person }).await?;
        }
        "judge" => {
            let answer = Judgement::parse(&sent.answer).ok_or_else(unknown)?;
            judge::judge(desk, by, now, id, Judge { person, answer }).await?;
        }
        "papers" => {
            decide::check_papers(desk, by, now, id, &CheckPapers { person, reason: reason() }).await?;
        }
        _ => return decided(app, by, id, sent).await,
    }
    Ok(())
}

/// The acts that end a visit, or report it.
async fn decided(app: &App, by: &store::session::SignedIn, id: &VisitId, sent: &Sent) -> Result<(), casework::Error> {
    let (desk, now, person, reason) = (&app.desk, app.now(), sent.person, sent.reason.clone());
    match sent.act.as_str() {
        "confirm" => {
            let shown = [(0, &sent.factor0), (1, &sent.factor1)];
            let factors_shown =
                shown.into_iter().filter(|(_, shown)| shown.is_some()).map(|(place, _)| place).collect();
            let tell = sent.tell.split_whitespace().map(str::to_owned).collect();
            decide::confirm(desk, by, now, id, &Confirm { factors_shown, tell }).await?;
        }
        "refer" => {
            let to = Referral::parse(&sent.to).ok_or_else(unknown)?;
            decide::refer(desk, by, now, id, &Refer { to, reason }).await?;
        }
        "give-up" => {
            decide::leave(desk, by, now, id, Leave { how: End::GivenUp }).await?;
        }
        "abandon" => {
            decide::leave(desk, by, now, id, Leave { how: End::Abandoned }).await?;
        }
        "suspect" => {
            incident::report(desk, by, now, id, &Suspect { person, reason }).await?;
        }
        _ => return Err(unknown()),
    }
    Ok(())
}

/// A form that asks for what there is not.
pub(super) fn unknown() -> casework::Error {
    casework::Error::new(casework::Code::TransitionRefused, "the form asks for an act that there is not")
}
