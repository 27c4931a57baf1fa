//! The ledger for auditors: who did what, when and for whom, with the proof of each entry beside it. A search goes in the body, never in the
//! address: it may name a person.

use super::alarm::reason;
use super::evidence::grouped;
use super::fact::{self, Fact};
use super::form::Form;
use super::language::Words;
use super::shell::{Refusal, Shell, Staff, page};
use crate::http::ledger::exported;
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use casework::Permission;
use casework::desk::audit::{self, AuditSearch, CursorView, ProofView, PseudonymRequest};
use casework::desk::by;
use casework::desk::told::{self, Ground, Standing, Told, Who, Whole};
use casework::desk::view::TextsView;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use store::ledger::Kind;
use store::session::SignedIn;

/// Entries of one page.
const ROWS: u32 = 50;
/// How much of a pseudonym stands in a row.
const PSEUDONYM_CHARS: usize = 8;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/ledger", get(show).post(search))
        .route("/ledger/export", post(export))
        .route("/ledger/{shard}/{seq}", get(entry))
}

/// What is looked for, as the form has it; the cursor stands in hidden fields.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    /// An identity number; it leads to the pseudonym and goes no further.
    number: String,
    person: String,
    operator: String,
    visit: String,
    service: String,
    kind: String,
    from: String,
    to: String,
    at_ms: String,
    shard: String,
    seq: String,
}

#[derive(Deserialize)]
struct Nothing {}

/// Something to choose.
struct Choice {
    value: String,
    name: String,
    chosen: bool,
}

/// An entry in the table.
struct Row {
    address: String,
    at: String,
    what: String,
    who: String,
    office: Option<String>,
    person: Option<String>,
    service: Option<String>,
    result: Vec<String>,
    score: Option<String>,
    standing: &'static str,
}

#[derive(Template)]
#[template(path = "ledger.html")]
struct Page {
    shell: Shell,
    asked: Asked,
    services: Vec<Choice>,
    kinds: Vec<Choice>,
    /// The entries found; nothing before a search.
    rows: Option<Vec<Row>>,
    next: Option<CursorView>,
    wrong: Option<String>,
}

impl Page {
    /// What the next page looks for; the number is not among it.
    fn fields(&self) -> [(&'static str, &str); 7] {
        let Asked { person, operator, visit, service, kind, from, to, .. } = &self.asked;
        [
            ("person", person),
            ("operator", operator),
            ("visit", visit),
            ("service", service),
            ("kind", kind),
            ("from", from),
            ("to", to),
        ]
    }
}

async fn show(State(app): State<App>, Staff { by, shell }: Staff) -> Result<Response, Refusal> {
    by::require(&by, Permission::LedgerSee, app.now())?;
    Ok(page(&form(&app, shell, Asked::default())))
}

fn form(app: &App, shell: Shell, asked: Asked) -> Page {
    let services = app.desk.services.current().map(|service| {
        let (value, title) = (service.id().to_string(), TextsView::from(&service.definition().title));
        Choice { chosen: value == asked.service, name: shell.words.one_of(&title).to_owned(), value }
    });
    let kinds = Kind::ALL.iter().map(|kind| {
        let value = kind.code().to_owned();
        Choice { chosen: value == asked.kind, name: shell.words.event(&value), value }
    });
    let (services, kinds) = (services.collect(), kinds.collect());
    Page { shell, asked, services, kinds, rows: None, next: None, wrong: None }
}

async fn search(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Form(mut asked): Form<Asked>,
) -> Result<Response, Refusal> {
    by::require(&by, Permission::LedgerSee, app.now())?;
    let found = match wanted(&app, &by, &mut asked).await {
        Ok(wanted) => told::search(&app.desk, &by, app.now(), &wanted).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(found) => {
            let rows = found.entries.iter().map(|told| row(&app, &shell.words, told)).collect();
            let page_of = form(&app, shell, asked);
            Ok(page(&Page { rows: Some(rows), next: found.next, ..page_of }))
        }
        Err(error) if (400..500).contains(&error.row().status) && error.row().status != 403 => {
            let wrong = Some(shell.wrong(&error));
            let again = Page { wrong, ..form(&app, shell, asked) };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&again)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The search that the form asks for. A number becomes the pseudonym, which then stands in its field.
async fn wanted(app: &App, by: &SignedIn, asked: &mut Asked) -> casework::Result<AuditSearch> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    if let Some(number) = given(&asked.number) {
        asked.person = audit::pseudonym(&app.desk, by, app.now(), &PseudonymRequest { number }).await?;
        asked.number.clear();
    }
    let actor = match given(&asked.operator) {
        Some(login) => Some(told::actor(&app.desk, by, app.now(), &login).await?),
        None => None,
    };
    let visit = given(&asked.visit).map(|visit| visit.parse()).transpose()?;
    let cursor = asked.at_ms.parse().ok().zip(asked.seq.parse().ok());
    Ok(AuditSearch {
        person: given(&asked.person),
        actor,
        visit,
        service: given(&asked.service),
        kind: given(&asked.kind),
        from: given(&asked.from).map(|day| beginning(app, &day, 0)).transpose()?,
        until: given(&asked.to).map(|day| beginning(app, &day, 1)).transpose()?,
        after: cursor.map(|(at_ms, seq)| CursorView { at_ms, shard: asked.shard.clone(), seq }),
        limit: Some(ROWS),
        ..AuditSearch::default()
    })
}

/// When a day, or one some days later, begins where the office is.
fn beginning(app: &App, day: &str, later: i64) -> casework::Result<Timestamp> {
    let wrong = || store::Error::new(store::Code::RowInvalid, "not a day");
    let day: Date = day.parse().map_err(|_| wrong())?;
    let day = day.saturating_add(jiff::Span::new().days(later));
    Ok(day.to_zoned(app.calendar.zone.clone()).map_err(|_| wrong())?.timestamp())
}

/// Who acted, in words.
fn who(words: &Words, who: &Who) -> String {
    let name = match (&who.login, &who.name) {
        (Some(login), Some(name)) if login != name => format!("{login} ({name})"),
        (Some(name), _) | (None, Some(name)) => name.clone(),
        (None, None) => who.actor.split_once(':').map_or("", |(_, id)| id).to_owned(),
    };
    words.with(&["actor-", who.kind()].concat(), "name", name)
}

/// A service by its title in the reader's language; by its id when it is not installed any more.
pub(super) fn service(app: &App, words: &Words, id: &str) -> String {
    let known = app.desk.services.get(id).ok();
    known.map_or_else(|| id.to_owned(), |service| words.one_of(&(&service.definition().title).into()).to_owned())
}

/// What came of it: outcome, result, reason.
fn result(words: &Words, told: &Told) -> Vec<String> {
    let fact = |name: &str| told.facts.get(name);
    let parts = [
        fact("outcome").map(|outcome| words.known("phase-", outcome)),
        fact("band").map(|band| words.of_code("band-", band)),
        fact("answer").map(|answer| words.known("judgement-", answer)),
        fact("reason").map(|code| reason(words, code)),
    ];
    parts.into_iter().flatten().collect()
}

fn row(app: &App, words: &Words, told: &Told) -> Row {
    let score = told.facts.get("similarity").zip(told.facts.get("threshold"));
    Row {
        address: format!("/ledger/{}/{}", told.shard, told.seq),
        at: words.moment(&told.at),
        what: words.event(&told.kind),
        who: who(words, &told.who),
        office: told.office.clone(),
        person: told.person.as_ref().map(|person| person.chars().take(PSEUDONYM_CHARS).collect()),
        service: told.service.as_ref().map(|id| service(app, words, id)),
        result: result(words, told),
        score: score.map(|(similarity, threshold)| format!("{similarity} / {threshold}")),
        standing: told.standing.as_str(),
    }
}

async fn export(
    State(app): State<App>,
    Staff { by, .. }: Staff,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Refusal> {
    Ok(exported(app, by).await?)
}

#[derive(Template)]
#[template(path = "ledger_entry.html")]
struct Entry {
    shell: Shell,
    what: String,
    at: String,
    /// To the second and in universal time, as the auditor's own machine will say it.
    at_exact: String,
    who: String,
    service: Option<String>,
    result: Vec<String>,
    facts: Vec<Fact>,
    told: Told,
    text: String,
    leaf: String,
    proof: Option<ProofView>,
    ground: Option<Ground>,
    /// The command that finds this entry in an export that was verified.
    find: String,
}

async fn entry(
    State(app): State<App>,
    Staff { by, shell }: Staff,
    Path((shard, seq)): Path<(String, i64)>,
) -> Result<Response, Refusal> {
    let whole = told::entry(&app.desk, &by, app.now(), (&shard, seq)).await?;
    let Whole { told, text, leaf, tag, proof, ground } = whole;
    let words = &shell.words;
    let tag = tag.filter(|tag| tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte)));
    let find = tag.map_or_else(|| leaf.clone(), |tag| format!("\"tag\":\"{tag}\""));
    Ok(page(&Entry {
        what: words.event(&told.kind),
        at: words.moment(&told.at),
        at_exact: told.at.to_string(),
        who: who(words, &told.who),
        service: told.service.as_ref().map(|id| service(&app, words, id)),
        result: result(words, &told),
        facts: told.facts.iter().map(|(name, value)| fact::told(words, name, value)).collect(),
        told,
        text,
        leaf,
        proof,
        ground,
        find: format!("grep -F '{find}' ledger.ndjson"),
        shell,
    }))
}

impl Entry {
    /// How the box around the answer looks.
    fn mood(&self) -> &'static str {
        match self.told.standing {
            Standing::Proved => "good",
            Standing::Uncovered => "look",
            Standing::Wrong => "wrong",
        }
    }

    /// The place in the tree, from 0.
    fn place(&self) -> String {
        grouped(self.told.seq.unsigned_abs())
    }
}
