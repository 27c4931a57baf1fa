//! `countenance ledger search`: who did what for whom, and on which ground.

use super::told::{self, Document, Names};
use crate::code::Code;
use crate::exit::{Failure, Result};
use crate::print::Printer;
use crate::site::{At, Site, block_on};
use crate::{Clock, date};
use clap::Args;
use face::code::Exit;
use jiff::Timestamp;
use jiff::tz::TimeZone;
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

/// Searches; the look for a person's pseudonym is itself an act, and in the ledger.
pub(super) fn run(args: &Search, clock: Clock, printer: &Printer) -> Result<Exit> {
    let site = Site::open(&args.at)?;
    let document = block_on(async {
        let db = site.db(clock()).await?;
        let means = site.means(clock());
        let mut tx = db.write().await?;
        let names = Names::load(&mut tx).await?;
        let pseudonym = pseudonym(args, &mut tx, &means).await?;
        let found = found(args, &mut tx, &names, pseudonym.as_deref()).await?;
        let entries = told::rows(&mut tx, &names, &found).await?;
        if args.number.is_some() {
            let act =
                Act { person: pseudonym.as_deref(), ..Act::new(Kind::PersonRead, Shard::Register, &Actor::System) };
            append(&mut tx, &means, &act.fact("what", "pseudonym")).await?;
        }
        tx.commit().await?;
        Ok(Document { more: entries.len() >= args.limit as usize, entries })
    })?;
    printer.result(&document, |theme| document.words(theme))?;
    Ok(Exit::Match)
}

/// The pseudonym of the person who is looked for.
async fn pseudonym(args: &Search, tx: &mut Tx, means: &store::Means<'_>) -> Result<Option<String>> {
    let Some(number) = &args.number else { return Ok(args.pseudonym.clone()) };
    let person = person::find_by_number(tx, means, number).await?;
    let unknown = || Failure::from(store::Error::new(store::Code::PersonUnknown, "nobody has this number"));
    Ok(Some(person.ok_or_else(unknown)?.pseudonym))
}

/// All pages of the search.
async fn found(args: &Search, tx: &mut Tx, names: &Names, pseudonym: Option<&str>) -> Result<Vec<Recorded>> {
    let unknown = || Failure::from(store::Error::new(store::Code::NotFound, "no operator has this login"));
    let actor = args.operator.as_deref().map(|login| names.actor(login).ok_or_else(unknown)).transpose()?;
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
        rows.extend(page);
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
