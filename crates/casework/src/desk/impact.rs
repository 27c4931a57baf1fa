//! Figures of an impact assessment, live: what the installation does, how often, and what came of it. Nobody is named in them.

use super::access::{self, FigureView, FiguresView};
use super::{Desk, by};
use crate::error::Result;
use crate::permission::Permission;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::ledger::search::{PAGE_MAX, Search, search};
use store::ledger::{Kind, Shard};
use store::session::SignedIn;
use store::{Tx, figures};

/// How far back the deletions by term are summed up, days.
pub const DELETED_DAYS: i64 = 90;
/// Most entries about deletions that are read: more than one every ten minutes of that time.
const RUNS_MAX: usize = 20_000;

/// The figures.
#[derive(Clone, Debug)]
pub struct Impact {
    /// Visits, consents, incidents and persons on record.
    pub on_record: FiguresView,
    /// What operators judged by eye, by service.
    pub judged: Vec<FigureView>,
    /// Visits whose evidence was opened, by service and what it said.
    pub compared: Vec<FigureView>,
    /// Entries of the ledger by service and kind, from the beginning.
    pub told: Vec<FigureView>,
    /// What was deleted because its term had passed, in the last [`DELETED_DAYS`] days, by what it was.
    pub deleted: BTreeMap<String, u64>,
}

/// How a service is used: what was asked, answered and taken instead, from the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// The service.
    pub service: String,
    /// Visits that began.
    pub visits: u64,
    /// Persons of visits who were found in the register.
    pub persons: u64,
    /// Times that consent was asked for.
    pub asked: u64,
    /// Times that it was given.
    pub given: u64,
    /// Times that it was refused.
    pub refused: u64,
    /// Times that it was withdrawn.
    pub withdrawn: u64,
    /// Persons who took the other path: who refused, and who chose it or was sent there.
    pub other_path: u64,
    /// Times that live pictures were compared.
    pub comparisons: u64,
    /// Suspicions that were reported.
    pub reported: u64,
}

impl Impact {
    /// How often the ledger tells of a kind, in all services together.
    pub fn times(&self, kind: Kind) -> u64 {
        self.told.iter().filter(|figure| figure.what == kind.code()).map(|figure| figure.count).sum()
    }

    /// How each service is used.
    pub fn uses(&self) -> Vec<Use> {
        let services: BTreeSet<&String> = self.told.iter().filter_map(|figure| figure.service.as_ref()).collect();
        services.into_iter().map(|service| self.of(service)).collect()
    }

    fn of(&self, service: &str) -> Use {
        let times = |kind: Kind| {
            let found = self
                .told
                .iter()
                .find(|figure| figure.service.as_deref() == Some(service) && figure.what == kind.code());
            found.map_or(0, |figure| figure.count)
        };
        Use {
            service: service.to_owned(),
            visits: times(Kind::VisitOpened),
            persons: times(Kind::VisitClaimed),
            asked: times(Kind::ConsentRequested),
            given: times(Kind::ConsentGiven),
            refused: times(Kind::ConsentRefused),
            withdrawn: times(Kind::ConsentWithdrawn),
            other_path: times(Kind::VisitPath) + times(Kind::ConsentRefused),
            comparisons: times(Kind::CaptureTaken),
            reported: times(Kind::IncidentReported),
        }
    }
}

/// All figures as they are now.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn summary(desk: &Desk, by: &SignedIn, now: Timestamp) -> Result<Impact> {
    by::require(by, Permission::StatisticsSee, now)?;
    let on_record = access::figures(desk, by, now).await?;
    let mut tx = desk.db.read().await?;
    Ok(Impact {
        on_record,
        judged: access::views(figures::judgements(&mut tx).await?),
        compared: access::views(figures::bands(&mut tx).await?),
        told: access::views(figures::entries(&mut tx).await?),
        deleted: deleted(&mut tx, now).await?,
    })
}

/// Sums up what the entries about deletions by term say.
async fn deleted(tx: &mut Tx, now: Timestamp) -> Result<BTreeMap<String, u64>> {
    let from = now.saturating_sub(SignedDuration::from_hours(24 * DELETED_DAYS)).unwrap_or(now);
    let (mut sums, mut read, mut after) = (BTreeMap::new(), 0, None);
    while read < RUNS_MAX {
        let page = Search {
            kind: Some(Kind::RetentionRun),
            shard: Some(&Shard::Register),
            from: Some(from),
            after,
            limit: PAGE_MAX,
            ..Search::default()
        };
        let found = search(tx, &page).await?;
        let Some(last) = found.last() else { break };
        after = Some(last.cursor());
        read += found.len();
        for entry in &found {
            let entry: Value = serde_json::from_str(&entry.entry).unwrap_or_default();
            for (name, count) in entry["facts"].as_object().into_iter().flatten() {
                *sums.entry(name.clone()).or_insert(0) += count.as_u64().unwrap_or_default();
            }
        }
    }
    Ok(sums)
}
