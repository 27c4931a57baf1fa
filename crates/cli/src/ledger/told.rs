//! Entries of the ledger as an auditor reads them: who did what, when, for whom, and on which ground.

use crate::exit::Result;
use crate::theme::{Ink, Theme};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use store::id::ConsentId;
use store::ledger::kind;
use store::ledger::search::Recorded;
use store::limits::Window;
use store::{Tx, consent, office, operator, station};

/// What a search found.
#[derive(Serialize)]
pub(super) struct Document {
    pub(super) entries: Vec<Row>,
    /// True if the search was cut off: there may be more.
    pub(super) more: bool,
}

/// An entry as it is shown.
#[derive(Serialize)]
pub(super) struct Row {
    at: Timestamp,
    kind: String,
    /// The kind in words.
    meaning: Option<&'static str>,
    by: String,
    /// Who that is: an operator's or station's name.
    by_name: Option<String>,
    person: Option<String>,
    service: Option<String>,
    visit: Option<String>,
    consent: Option<String>,
    /// What is on record of that consent.
    ground: Option<Ground>,
    facts: BTreeMap<String, Value>,
    office: Option<String>,
    shard: String,
    seq: i64,
}

/// A consent as the ground of an act.
#[derive(Clone, Serialize)]
struct Ground {
    purpose: String,
    state: String,
    /// When the person said yes.
    given: Option<Timestamp>,
    /// When it ended, if it was withdrawn or has expired.
    ended: Option<Timestamp>,
}

/// The names behind the ids.
pub(super) struct Names {
    /// Operators: login, and name.
    operators: BTreeMap<String, (String, String)>,
    stations: BTreeMap<String, String>,
    offices: BTreeMap<String, String>,
}

/// All stations, page by page.
async fn stations(tx: &mut Tx) -> Result<Vec<station::Station>> {
    let mut all: Vec<station::Station> = Vec::new();
    loop {
        let after = all.last().map(|last| last.id.clone());
        let page = station::list(tx, None, Window { after: after.as_ref(), ..Window::default() }).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// All offices, page by page.
async fn offices(tx: &mut Tx) -> Result<Vec<office::Office>> {
    let mut all: Vec<office::Office> = Vec::new();
    loop {
        let after = all.last().map(|last| last.id.clone());
        let page = office::list(tx, Window { after: after.as_ref(), ..Window::default() }).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

impl Names {
    /// All of the installation.
    pub(super) async fn load(tx: &mut Tx) -> Result<Self> {
        let operators = operator::list(tx, None).await?.into_iter();
        let stations = stations(tx).await?.into_iter();
        let offices = offices(tx).await?.into_iter();
        Ok(Self {
            operators: operators.map(|one| (format!("operator:{}", one.id), (one.login, one.name))).collect(),
            stations: stations.map(|one| (format!("station:{}", one.id), one.name)).collect(),
            offices: offices.map(|one| (one.id.to_string(), one.name)).collect(),
        })
    }

    /// The actor whom the ledger knows for an operator's login.
    pub(super) fn actor(&self, login: &str) -> Option<&str> {
        self.operators.iter().find(|(_, (known, _))| known == login).map(|(actor, _)| actor.as_str())
    }

    /// An actor by login, and by name.
    fn who(&self, actor: &str) -> (String, Option<String>) {
        match (self.operators.get(actor), self.stations.get(actor)) {
            (Some((login, name)), _) => (format!("operator {login}"), Some(name.clone())),
            (_, Some(name)) => (actor.to_owned(), Some(name.clone())),
            _ => (actor.to_owned(), None),
        }
    }
}

/// The entries with what is on record about their grounds.
pub(super) async fn rows(tx: &mut Tx, names: &Names, entries: &[Recorded]) -> Result<Vec<Row>> {
    let mut grounds: BTreeMap<String, Option<Ground>> = BTreeMap::new();
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut row = row(entry, names);
        if let Some(consent) = &row.consent {
            if !grounds.contains_key(consent) {
                grounds.insert(consent.clone(), ground(tx, consent).await?);
            }
            row.ground = grounds.get(consent).cloned().flatten();
        }
        rows.push(row);
    }
    Ok(rows)
}

/// What is on record of a consent; nothing when its record is past its term and deleted.
async fn ground(tx: &mut Tx, id: &str) -> Result<Option<Ground>> {
    let Ok(id) = id.parse::<ConsentId>() else { return Ok(None) };
    let record = match consent::record(tx, &id).await {
        Ok(record) => record,
        Err(error) if error.code() == Some(store::Code::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let at =
        |kinds: &[consent::State]| record.events.iter().find(|event| kinds.contains(&event.kind)).map(|event| event.at);
    Ok(Some(Ground {
        given: at(&[consent::State::Given]),
        ended: at(&[consent::State::Withdrawn, consent::State::Expired]),
        state: record.state.as_str().to_owned(),
        purpose: record.purpose,
    }))
}

fn row(entry: &Recorded, names: &Names) -> Row {
    let whole: Value = serde_json::from_str(&entry.entry).unwrap_or_default();
    let facts = whole.get("facts").and_then(Value::as_object).cloned().unwrap_or_default();
    let (by, by_name) = names.who(&entry.actor);
    Row {
        at: Timestamp::from_millisecond(entry.at_ms).unwrap_or_default(),
        kind: entry.kind.clone(),
        meaning: kind::TABLE.iter().find(|row| row.code == entry.kind).map(|row| row.meaning),
        by,
        by_name,
        person: entry.pseudonym.clone(),
        service: entry.service.clone(),
        visit: entry.visit_id.clone(),
        consent: whole.get("consent").and_then(Value::as_str).map(str::to_owned),
        ground: None,
        facts: facts.into_iter().collect(),
        office: names.offices.get(&entry.shard).cloned(),
        shard: entry.shard.clone(),
        seq: entry.seq,
    }
}

impl Document {
    /// For people: how many and by whom, then each entry.
    pub(super) fn words(&self, theme: Theme) -> String {
        if self.entries.is_empty() {
            return theme.paragraph(0, "No entry fits: the ledger knows of no such act.");
        }
        let mut by: BTreeMap<String, u64> = BTreeMap::new();
        self.entries.iter().for_each(|row| *by.entry(row.who()).or_default() += 1);
        let counts: Vec<String> = by.into_iter().map(|(who, count)| format!("{who}: {count}")).collect();
        let noun = if self.entries.len() == 1 { "entry" } else { "entries" };
        let mut text = theme.paragraph(0, &format!("{} {noun}. {}.", self.entries.len(), counts.join("; ")));
        self.entries.iter().for_each(|row| text += &row.words(theme));
        if self.more {
            text += "\n";
            text += &theme.paragraph(0, "There may be more: ask for more with --limit, or for fewer days.");
        }
        let advice = "Whether the ledger was changed: countenance ledger verify. Times are those of universal time.";
        text + "\n" + &theme.inked(Ink::Grey, 0, advice)
    }
}

impl Row {
    fn who(&self) -> String {
        match (&self.by_name, self.by.as_str()) {
            (Some(name), by) if by.starts_with("station:") => format!("the machine at station {name}"),
            (Some(name), by) => format!("{by} ({name})"),
            (None, "system") => "the machine itself, or who runs its commands".to_owned(),
            (None, "citizen") => "the person, with the receipt".to_owned(),
            (None, by) => by.to_owned(),
        }
    }

    fn words(&self, theme: Theme) -> String {
        let what = self.meaning.unwrap_or(&self.kind);
        let head = format!("{}  {what}", moment(self.at));
        let lines = [
            ("who", Some(self.who())),
            ("for whom", self.person.as_ref().map(|person| format!("the person with the pseudonym {person}"))),
            ("where", self.place()),
            ("ground", self.consent.as_ref().map(|consent| self.ground(consent))),
            ("what", Some(self.facts()).filter(|facts| !facts.is_empty())),
            ("entry", Some(format!("{} of tree {}  ({})", self.seq, self.shard, self.kind))),
        ];
        let told = lines.into_iter().filter_map(|(name, value)| Some(format!("  {name:<9}{}\n", value?)));
        std::iter::once(format!("\n{}\n", theme.ink(Ink::Strong, &head))).chain(told).collect()
    }

    /// Office, service and visit.
    fn place(&self) -> Option<String> {
        let parts = [
            self.office.clone(),
            self.service.as_ref().map(|service| format!("service {service}")),
            self.visit.as_ref().map(|visit| format!("visit {visit}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    fn ground(&self, consent: &str) -> String {
        let Some(Ground { purpose, state, given, ended }) = &self.ground else {
            return format!("consent {consent}; its record is past its term and deleted");
        };
        let given = given.map_or_else(|| "not given".to_owned(), |at| format!("given {}", moment(at)));
        let ended = ended.map(|at| format!(", {state} {}", moment(at))).unwrap_or_default();
        format!("consent {consent} for {purpose}, {given}{ended}")
    }

    /// What else the entry says; the two ways to look at a portrait in words.
    fn facts(&self) -> String {
        let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let words = |(name, value): (&String, &Value)| match (self.kind.as_str(), name.as_str(), value.as_str()) {
            ("person.read", "what", Some("pseudonym")) => "the pseudonym, to search the ledger for it".to_owned(),
            ("portrait.opened", "portraits", _) => format!("portraits: {}", plain(value)),
            ("portrait.opened", "for", Some("judgement")) => {
                "shown beside the live pictures, to be judged by eye".to_owned()
            }
            ("portrait.opened", "for", Some("templates")) => "compared by the machine; nobody saw a picture".to_owned(),
            _ => format!("{} {}", name.replace('_', " "), plain(value)),
        };
        self.facts.iter().map(words).collect::<Vec<_>>().join(", ")
    }
}

/// A moment to the second, in universal time.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(at: &str, by: (&str, Option<&str>), purpose: &str, ground: Option<Ground>) -> Row {
        Row {
            at: at.parse().unwrap(),
            kind: "portrait.opened".to_owned(),
            meaning: Some("Portraits were opened to be compared or shown."),
            by: by.0.to_owned(),
            by_name: by.1.map(str::to_owned),
            person: Some("5f0c".to_owned()),
            service: Some("household.identity-card".to_owned()),
            visit: Some("01VISIT".to_owned()),
            consent: Some("01CONSENT".to_owned()),
            ground,
            facts: [("for".to_owned(), purpose.into()), ("portraits".to_owned(), 1.into())].into(),
            office: Some("Da-an".to_owned()),
            shard: "01OFFICE".to_owned(),
            seq: 7,
        }
    }

    #[test]
    fn an_auditor_reads_who_when_and_on_which_ground() {
        let ground = Ground {
            purpose: "household-identity-card".to_owned(),
            state: "withdrawn".to_owned(),
            given: Some("2026-03-02T08:00:00Z".parse().unwrap()),
            ended: Some("2026-03-02T08:09:00Z".parse().unwrap()),
        };
        let entries = vec![
            row("2026-03-02T08:00:05.5Z", ("station:01S", Some("Counter 1")), "templates", Some(ground.clone())),
            row("2026-03-02T08:01:00Z", ("operator mei", Some("Mei, clerk")), "judgement", Some(ground)),
            row("2026-03-31T23:59:59Z", ("operator:01GONE", None), "judgement", None),
        ];
        let theme = Theme { colour: false, unicode: true, width: 90 };
        insta::assert_snapshot!(Document { entries, more: false }.words(theme), @"
        3 entries. operator mei (Mei, clerk): 1; operator:01GONE: 1; the machine at station
        Counter 1: 1.

        2026-03-02 08:00:05  Portraits were opened to be compared or shown.
          who      the machine at station Counter 1
          for whom the person with the pseudonym 5f0c
          where    Da-an, service household.identity-card, visit 01VISIT
          ground   consent 01CONSENT for household-identity-card, given 2026-03-02 08:00:00, withdrawn 2026-03-02 08:09:00
          what     compared by the machine; nobody saw a picture, portraits: 1
          entry    7 of tree 01OFFICE  (portrait.opened)

        2026-03-02 08:01:00  Portraits were opened to be compared or shown.
          who      operator mei (Mei, clerk)
          for whom the person with the pseudonym 5f0c
          where    Da-an, service household.identity-card, visit 01VISIT
          ground   consent 01CONSENT for household-identity-card, given 2026-03-02 08:00:00, withdrawn 2026-03-02 08:09:00
          what     shown beside the live pictures, to be judged by eye, portraits: 1
          entry    7 of tree 01OFFICE  (portrait.opened)

        2026-03-31 23:59:59  Portraits were opened to be compared or shown.
          who      operator:01GONE
          for whom the person with the pseudonym 5f0c
          where    Da-an, service household.identity-card, visit 01VISIT
          ground   consent 01CONSENT; its record is past its term and deleted
          what     shown beside the live pictures, to be judged by eye, portraits: 1
          entry    7 of tree 01OFFICE  (portrait.opened)

        Whether the ledger was changed: countenance ledger verify. Times are those of universal
        time.
        ");
    }
}
