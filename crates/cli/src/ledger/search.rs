//! `countenance ledger search`: who did what for whom, and on which ground.

use crate::code::Code;
use crate::exit::{Failure, Result};
use crate::print::Printer;
use crate::site::{At, Site, block_on};
use crate::{Clock, date};
use clap::Args;
use face::code::Exit;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::BTreeMap;
use store::ledger::search::{PAGE_MAX, Recorded, Search as Query};
use store::ledger::{Act, Actor, Kind, Shard, append, kind};
use store::{Tx, person};

/// `ledger search`
#[derive(Debug, Args)]
pub(crate) struct Search {
    #[command(flatten)]
    at: At,
    /// The person with this identity number
    #[arg(long, value_name = "NUMBER", conflicts_with = "pseudonym")]
    number: Option<String>,
    /// The person with this pseudonym
    #[arg(long)]
    pseudonym: Option<String>,
    /// The operator with this login
    #[arg(long, value_name = "LOGIN")]
    operator: Option<String>,
    /// The service
    #[arg(long)]
    service: Option<String>,
    /// The visit
    #[arg(long)]
    visit: Option<store::id::VisitId>,
    /// What was done, such as `portrait.opened` (docs/EVENTS.md)
    #[arg(long)]
    kind: Option<String>,
    /// From this day on, such as 2026-03-01 (days are those of universal time)
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Up to and with this day
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: u32,
}

/// An entry as it is shown.
#[derive(Serialize)]
struct Row {
    at: Timestamp,
    kind: String,
    by: String,
    person: Option<String>,
    service: Option<String>,
    visit: Option<String>,
    consent: Option<String>,
    facts: BTreeMap<String, serde_json::Value>,
    shard: String,
    seq: i64,
}

#[derive(Serialize)]
struct Document {
    entries: Vec<Row>,
}

/// Searches; the look for a person's pseudonym is itself an act, and in the ledger.
pub(super) fn run(args: &Search, clock: Clock, printer: &Printer) -> Result<Exit> {
    let site = Site::open(&args.at)?;
    let entries = block_on(async {
        let db = site.db(clock()).await?;
        let means = site.means(clock());
        let mut tx = db.write().await?;
        let pseudonym = pseudonym(args, &mut tx, &means).await?;
        let found = found(args, &mut tx, pseudonym.as_deref()).await?;
        if args.number.is_some() {
            let act =
                Act { person: pseudonym.as_deref(), ..Act::new(Kind::PersonRead, Shard::Register, &Actor::System) };
            append(&mut tx, &means, &act.fact("what", "pseudonym")).await?;
        }
        tx.commit().await?;
        Ok(found)
    })?;
    let document = Document { entries };
    printer.result(&document, |_| document.entries.iter().map(line).collect())?;
    Ok(Exit::Match)
}

/// The pseudonym of the person who is looked for.
async fn pseudonym(args: &Search, tx: &mut Tx, means: &store::Means<'_>) -> Result<Option<String>> {
    let Some(number) = &args.number else { return Ok(args.pseudonym.clone()) };
    let person = person::find_by_number(tx, means, number).await?;
    let unknown = || Failure::from(store::Error::new(store::Code::PersonUnknown, "nobody has this number"));
    Ok(Some(person.ok_or_else(unknown)?.pseudonym))
}

/// All pages of the search, with operators by their logins.
async fn found(args: &Search, tx: &mut Tx, pseudonym: Option<&str>) -> Result<Vec<Row>> {
    let logins: BTreeMap<String, String> = store::operator::list(tx, None)
        .await?
        .into_iter()
        .map(|operator| (format!("operator:{}", operator.id), operator.login))
        .collect();
    let actor =
        match &args.operator {
            Some(login) => {
                Some(logins.iter().find(|(_, known)| *known == login).map(|(id, _)| id.as_str()).ok_or_else(|| {
                    Failure::from(store::Error::new(store::Code::NotFound, "no operator has this login"))
                })?)
            }
            None => None,
        };
    let mut query = Query {
        person: pseudonym,
        actor,
        visit: args.visit.as_ref(),
        service: args.service.as_deref(),
        kind: args.kind.as_deref().map(known_kind).transpose()?,
        from: args.from.as_deref().map(|text| midnight(text, 0)).transpose()?,
        until: args.to.as_deref().map(|text| midnight(text, 1)).transpose()?,
        ..Query::default()
    };
    let mut rows = Vec::new();
    while rows.len() < args.limit as usize {
        query.limit = PAGE_MAX.min(args.limit - rows.len() as u32);
        let page = store::ledger::search::search(tx, &query).await?;
        let Some(last) = page.last() else { break };
        query.after = Some(last.cursor());
        rows.extend(page.iter().map(|entry| row(entry, &logins)));
    }
    Ok(rows)
}

fn known_kind(code: &str) -> Result<Kind> {
    Kind::ALL.iter().copied().find(|kind| kind.code() == code).ok_or_else(|| {
        let known = kind::TABLE.iter().map(|row| row.code).collect::<Vec<_>>().join(", ");
        Failure::new(Code::Usage, format!("`{code}` is no kind of entry; there are {known}"))
    })
}

/// The first moment of a day, or of the day `later` days after it, in universal time.
fn midnight(text: &str, later: i64) -> Result<Timestamp> {
    let day = date::day(text)?;
    let day = day.checked_add(jiff::Span::new().days(later)).unwrap_or(day);
    let start = day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    start.map_err(|error| Failure::new(Code::DateInvalid, error.to_string()))
}

fn row(entry: &Recorded, logins: &BTreeMap<String, String>) -> Row {
    let whole: serde_json::Value = serde_json::from_str(&entry.entry).unwrap_or_default();
    let facts = whole.get("facts").and_then(|facts| facts.as_object()).cloned().unwrap_or_default();
    Row {
        at: Timestamp::from_millisecond(entry.at_ms).unwrap_or_default(),
        kind: entry.kind.clone(),
        by: logins.get(&entry.actor).map_or_else(|| entry.actor.clone(), |login| format!("operator {login}")),
        person: entry.pseudonym.clone(),
        service: entry.service.clone(),
        visit: entry.visit_id.clone(),
        consent: whole.get("consent").and_then(|consent| consent.as_str()).map(str::to_owned),
        facts: facts.into_iter().collect(),
        shard: entry.shard.clone(),
        seq: entry.seq,
    }
}

fn line(row: &Row) -> String {
    let mut parts = vec![row.at.to_string(), row.kind.clone(), row.by.clone()];
    let named = [("service", &row.service), ("visit", &row.visit), ("consent", &row.consent), ("person", &row.person)];
    parts.extend(named.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?))));
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    parts.extend(row.facts.iter().map(|(name, value)| format!("{name}={}", plain(value))));
    parts.push(format!("[{} {}]\n", row.shard, row.seq));
    parts.join("  ")
}
