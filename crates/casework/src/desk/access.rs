//! A person's rights over what is held: to be told all of it, and to have it erased; and the figures that show how the whole is used.

use super::acted::Actors;
use super::admin::act;
use super::{Desk, by, in_transaction};
use crate::error::Result;
use crate::permission::Permission;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::id::VisitId;
use store::ledger::search::{PAGE_MAX, Search, search};
use store::ledger::{self, Act, Kind, Shard};
use store::person::{self, event, guardian};
use store::session::SignedIn;
use store::{Means, Tx, consent, figures, portrait};
use utoipa::ToSchema;

/// The form of the answer.
const FORMAT: u32 = 1;
/// Most entries of the ledger in one answer; a person with more gets the first and is told so.
const ENTRIES_MAX: usize = 20_000;

/// Whose request it is. The protection officer knows the number from the papers that came with the request.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessRequest {
    /// The identity number.
    pub number: String,
}

impl std::fmt::Debug for AccessRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessRequest")
    }
}

/// What an erasure deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErasedView {
    /// Keys that were shredded.
    pub keys: u64,
    /// Portraits.
    pub portraits: u64,
    /// Templates.
    pub templates: u64,
    /// Life events, guardianships and counts of attempts.
    pub notes: u64,
}

/// How often something happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FigureView {
    /// In which service; nothing for what belongs to none.
    pub service: Option<String>,
    /// What: an outcome, a state.
    pub what: String,
    /// How often.
    pub count: u64,
}

/// Live figures for an impact assessment: how much the face way is used, refused, withdrawn, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FiguresView {
    /// Visits by service and outcome.
    pub outcomes: Vec<FigureView>,
    /// Visits that have no outcome yet, by service and state.
    pub open_visits: Vec<FigureView>,
    /// Consents by service and state: requested, given, refused, withdrawn, expired.
    pub consents: Vec<FigureView>,
    /// Suspicions by state: reported, confirmed, dismissed, closed.
    pub incidents: Vec<FigureView>,
    /// Persons in the register by state.
    pub persons: Vec<FigureView>,
}

/// The person who has the number.
pub(super) async fn whose(tx: &mut Tx, means: &Means<'_>, request: &AccessRequest) -> Result<person::Person> {
    let found = person::find_by_number(tx, means, &request.number).await?;
    Ok(found.ok_or_else(|| store::Error::new(store::Code::PersonUnknown, "nobody in the register has this number"))?)
}

/// Everything that is held about a person, as one document: who it is, the days of the portraits, events, guardians, consents with the exact
/// texts, visits, and every entry of the ledger about the pseudonym with what whoever acted is, deletions among them. Portraits themselves are handed out at the
/// counter, to the person.
///
/// # Errors
/// `permission-missing`; `person-unknown`, `number-invalid`; the codes of keys and database.
pub async fn answer(desk: &Desk, by: &SignedIn, now: Timestamp, request: &AccessRequest) -> Result<Value> {
    by::require(by, Permission::AccessAnswer, now)?;
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let person = whose(tx, &means, request).await?;
        let document = document(tx, &means, &person).await?;
        let actor = by::ledger(by);
        let mut act = act(Kind::AccessAnswered, by, &actor);
        act.person = Some(&person.pseudonym);
        ledger::append(tx, &means, &act).await?;
        Ok(document)
    }.await)
}

async fn document(tx: &mut Tx, means: &Means<'_>, person: &person::Person) -> Result<Value> {
    let data = person::read(tx, means, &person.id).await?;
    let mut consents = Vec::new();
    for id in consent::of_person(tx, &person.id).await? {
        consents.push(json!(consent::record(tx, &id).await?));
    }
    let (entries, all) = entries(tx, &person.pseudonym).await?;
    let mut visits: Vec<&Value> = entries.iter().filter_map(|entry| entry.get("visit")).collect();
    visits.sort_by_key(|visit| visit.as_str().map(str::to_owned));
    visits.dedup();
    let visits: Vec<VisitId> = visits.into_iter().filter_map(|visit| visit.as_str()?.parse().ok()).collect();
    let mut actors = Actors::default();
    for actor in entries.iter().filter_map(|entry| entry["actor"].as_str()) {
        actors.of(tx, actor).await?;
    }
    let gone = |entry: &&Value| entry["kind"].as_str().is_some_and(is_deletion);
    Ok(json!({
        "format": FORMAT,
        "made_at": means.now,
        "identity": data,
        "pseudonym": person.pseudonym,
        "state": person.state,
        "portrait_exception": person.portrait_exception,
        "enrolled_at": person.created_at,
        "changed_at": person.changed_at,
        "portraits": portrait::list(tx, means, &person.id).await?,
        "events": event::list(tx, &person.id).await?,
        "guardians": guardian::guardians_of(tx, means, &person.id).await?,
        "consents": consents,
        "visits": figures::visits(tx, &visits).await?,
        "deletions": entries.iter().filter(gone).collect::<Vec<_>>(),
        "ledger": entries,
        "actors": actors.all(),
        "ledger_complete": all,
    }))
}

/// True for kinds of entries that say that something about a person was deleted.
fn is_deletion(kind: &str) -> bool {
    [Kind::ConsentWithdrawn, Kind::ConsentExpired, Kind::CaptureEnded, Kind::Decided, Kind::PortraitRetired]
        .iter()
        .any(|deletion| deletion.code() == kind)
}

/// The entries about a person, and whether these are all.
async fn entries(tx: &mut Tx, pseudonym: &str) -> Result<(Vec<Value>, bool)> {
    let (mut entries, mut after) = (Vec::new(), None);
    while entries.len() < ENTRIES_MAX {
        let page = Search { person: Some(pseudonym), after, limit: PAGE_MAX, ..Search::default() };
        let found = search(tx, &page).await?;
        let Some(last) = found.last() else { return Ok((entries, true)) };
        after = Some(last.cursor());
        for recorded in &found {
            let entry = serde_json::from_str(&recorded.entry);
            entries.push(entry.map_err(|_| store::Error::new(store::Code::LedgerDamaged, "an entry is not JSON"))?);
        }
    }
    Ok((entries, false))
}

/// Erases a person: keys are shredded, what they sealed is deleted, the pseudonym stays in the ledger and means nobody any more.
///
/// # Errors
/// `permission-missing`; `person-unknown`, `number-invalid`; `conflict` while a consent or a visit is open; the codes of the database.
pub async fn erase(desk: &Desk, by: &SignedIn, now: Timestamp, request: &AccessRequest) -> Result<ErasedView> {
    by::require(by, Permission::AccessAnswer, now)?;
    let means = desk.means(now);
    let erased = in_transaction!(desk, tx => async {
        let person = whose(tx, &means, request).await?;
        let erased = person::erase::erase(tx, &means, &person.id).await?;
        let actor = by::ledger(by);
        let mut act = Act::new(Kind::PersonErased, Shard::Register, &actor)
            .fact("keys", erased.keys as i64)
            .fact("portraits", erased.portraits as i64)
            .fact("templates", erased.templates as i64)
            .fact("notes", erased.notes as i64);
        act.person = Some(&person.pseudonym);
        ledger::append(tx, &means, &act).await?;
        let person::erase::Erased { keys, portraits, templates, notes } = erased;
        Ok(ErasedView { keys, portraits, templates, notes })
    }.await)?;
    // The erasure stands even if old pages have to wait for the next reclaiming.
    let _ = desk.db.reclaim().await;
    Ok(erased)
}

/// Live figures for an impact assessment. Nobody is named in them.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn figures(desk: &Desk, by: &SignedIn, now: Timestamp) -> Result<FiguresView> {
    by::require(by, Permission::StatisticsSee, now)?;
    let mut tx = desk.db.read().await?;
    Ok(FiguresView {
        outcomes: views(figures::outcomes(&mut tx).await?),
        open_visits: views(figures::open_visits(&mut tx).await?),
        consents: views(figures::consents(&mut tx).await?),
        incidents: views(figures::incidents(&mut tx).await?),
        persons: views(figures::persons(&mut tx).await?),
    })
}

/// Figures as they are told.
pub(super) fn views(found: Vec<figures::Figure>) -> Vec<FigureView> {
    let one = |figure: figures::Figure| FigureView {
        service: figure.service,
        what: figure.what,
        count: figure.count.unsigned_abs(),
    };
    found.into_iter().map(one).collect()
}
