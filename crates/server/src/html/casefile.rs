//! The case file of a confirmed incident, to be printed, and as an archive to be taken away and checked elsewhere.

mod archive;

use super::alarm::why;
use super::evidence::{self, Seen};
use super::fact::{self, Fact};
use super::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use casework::desk::alarm::{self, Alarm, Names};
use casework::desk::casefile::{self, CaseFile, EntryPart, EvidencePart, PersonPart};
use casework::desk::view::TextsView;
use casework::service::RoleOfPerson;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use store::id::IncidentId;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/alarms/{incident}/file", get(show))
        .route("/alarms/{incident}/archive", get(archive::download))
}

/// The case file on a page of the house.
#[derive(Template)]
#[template(path = "casefile.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
}

/// What is printed.
struct Sheet {
    file: CaseFile,
    alarm: Alarm,
    /// The reason, and what following it up has found, in words.
    why: String,
    finding: Option<String>,
    /// What the roles of the visit are called, by their short names.
    roles: BTreeMap<String, String>,
    /// What was compared, with what was seen before it opened.
    comparisons: Vec<Compared>,
    entries: Vec<EntryRow>,
}

/// One comparison.
struct Compared {
    made: String,
    /// Who saw what, and when.
    judgements: Vec<(String, String, String)>,
    seen: Seen,
}

/// One entry of the ledger.
struct EntryRow {
    at: String,
    what: String,
    who: String,
    facts: Vec<Fact>,
    place: String,
    proved: bool,
}

/// An entry, as far as it is printed.
#[derive(Deserialize)]
struct Entry {
    at_ms: i64,
    kind: String,
    actor: String,
    #[serde(default)]
    facts: Map<String, Value>,
}

impl Sheet {
    /// Exports the case file, which is an entry of the ledger, and puts it into words.
    async fn export(app: &App, Staff { by, shell }: &Staff, id: &IncidentId) -> Result<Self, Refusal> {
        let now = app.now();
        let file = casefile::export(&app.desk, by, now, id).await?;
        let alarm = alarm::get(&app.desk, by, now, id).await?;
        let shown = file.persons.iter().flat_map(|person| &person.evidence);
        Ok(Self {
            why: why(shell, &file.incident.reason),
            finding: alarm.line.incident.finding.as_deref().map(|code| why(shell, code)),
            roles: roles(app, shell, &file)?,
            comparisons: shown.map(|part| compared(app, shell, &alarm.names, part)).collect(),
            entries: file.entries.iter().map(|entry| row(shell, (&alarm.names, &file), entry)).collect(),
            file,
            alarm,
        })
    }

    /// What the role of a person is called.
    fn role<'s>(&'s self, person: &'s PersonPart) -> &'s str {
        self.roles.get(&person.role).unwrap_or(&person.role)
    }

    /// The name of an operator.
    fn name<'s>(&'s self, id: &'s store::id::OperatorId) -> &'s str {
        self.alarm.names.of(id)
    }
}

fn roles(app: &App, shell: &Shell, file: &CaseFile) -> Result<BTreeMap<String, String>, Refusal> {
    let version = file.visit.service_version.parse().unwrap_or_default();
    let definition = app.desk.services.version(&file.visit.service, version)?.definition();
    let title = |role: &RoleOfPerson| shell.words.one_of(&TextsView::from(&role.title)).to_owned();
    Ok(definition.persons.iter().map(|role| (role.role.clone(), title(role))).collect())
}

fn compared(app: &App, shell: &Shell, names: &Names, part: &EvidencePart) -> Compared {
    let words = &shell.words;
    let judgements = part.judgements.iter().map(|one| {
        (names.of(&one.operator).to_owned(), words.of_code("judgement-", &one.answer), words.moment(&one.at))
    });
    Compared {
        made: words.moment(&part.made),
        judgements: judgements.collect(),
        seen: evidence::recorded(words, app.desk.engine.calibration(), &part.evidence, true),
    }
}

fn row(shell: &Shell, (names, file): (&Names, &CaseFile), part: &EntryPart) -> EntryRow {
    // Nearly all stand in the office's own tree.
    let is_here = part.shard == file.visit.office.as_str();
    let place = if is_here { part.seq.to_string() } else { format!("{} {}", part.shard, part.seq) };
    let proved = part.proof.is_some();
    // An entry that this program cannot read is printed as it stands.
    let Ok(entry) = serde_json::from_str::<Entry>(&part.entry) else {
        let nothing = String::new;
        return EntryRow { at: nothing(), what: part.entry.clone(), who: nothing(), facts: Vec::new(), place, proved };
    };
    let at = Timestamp::from_millisecond(entry.at_ms).unwrap_or_default();
    let name = entry.actor.split_once(':').and_then(|(_, id)| names.of_id(id));
    let facts = entry.facts.iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        fact::told(&shell.words, name, &value)
    });
    EntryRow {
        at: shell.words.moment(&at),
        what: shell.words.event(&entry.kind),
        who: name.map_or_else(|| shell.words.known("casefile-who-", &entry.actor), str::to_owned),
        facts: facts.collect(),
        place,
        proved,
    }
}

async fn show(State(app): State<App>, staff: Staff, Path(id): Path<IncidentId>) -> Result<Response, Refusal> {
    let sheet = Sheet::export(&app, &staff, &id).await?;
    Ok(page(&Page { sheet, shell: staff.shell }))
}
