//! Retention: what is past its term goes, in small batches, and the ledger shows it. The terms come from the services' definitions.
//!
//! Entries of the ledger are never deleted. Visits with an incident that is not dismissed or closed stay until it is, with all that belongs to
//! them, and the terms run from its closing; visits with a notice that waits to be sent stay until it is.

mod delete;
mod work;

use crate::consent::{self, Deleted, Ended};
use crate::error::{Error, Result};
use crate::limits::rows;
use crate::tx::Tx;
use crate::{Code, Means, capture, evidence};
use serde::Serialize;
use std::collections::BTreeMap;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// How long the records of one service stay, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceTerms {
    /// Evidence and judgements, from the visit's end, or from the closing of its last incident.
    pub evidence_days: u32,
    /// The visit with its persons, outcome, incidents and notices, from its end, or from the closing of its last incident.
    pub visit_days: u32,
    /// The record of a consent, from its end.
    pub consent_days: u32,
}

/// How long everything stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// By service.
    pub services: BTreeMap<String, ServiceTerms>,
    /// For services that have no definition any more.
    pub others: ServiceTerms,
    /// Sessions and invitations, from their end, days.
    pub session_days: u32,
    /// Reports of imports, from their end, days.
    pub import_days: u32,
}

/// What one batch looks for.
struct Batch<'a> {
    terms: &'a Terms,
    /// The services of which there are records, those without a definition last, so that stated terms come first.
    services: Vec<String>,
    now_ms: i64,
    /// At most so many rows of a kind and service.
    limit: i64,
}

impl<'a> Batch<'a> {
    async fn new(tx: &mut Tx, means: &Means<'_>, terms: &'a Terms, limit: u32) -> Result<Self> {
        let mut services = delete::services(tx).await?;
        services.sort_by_key(|service| (!terms.services.contains_key(service), service.clone()));
        Ok(Self { terms, services, now_ms: means.now_ms(), limit: rows(limit) })
    }

    /// The terms of a service.
    fn of(&self, service: &str) -> &ServiceTerms {
        self.terms.services.get(service).unwrap_or(&self.terms.others)
    }

    /// The moment so many days ago.
    fn past(&self, days: u32) -> i64 {
        self.now_ms - i64::from(days) * DAY_MS
    }
}

/// What a sweep deleted or ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Consents whose time had passed.
    pub consents_expired: u64,
    /// Templates that only those kept.
    pub templates: u64,
    /// Live pictures.
    pub frames: u64,
    /// Keys of templates, live pictures and unopened evidence of ended consents.
    pub keys: u64,
    /// Captures that nobody had ended.
    pub captures: u64,
    /// Pieces of evidence.
    pub evidences: u64,
    /// Visits.
    pub visits: u64,
    /// Records of consents.
    pub consents: u64,
    /// Sessions.
    pub sessions: u64,
    /// Invitations.
    pub invitations: u64,
    /// Reports of imports.
    pub imports: u64,
    /// Answers kept for repeated requests, and open challenges: nothing that the ledger speaks of.
    pub scraps: u64,
}

impl Counts {
    /// True when there was nothing to do; otherwise there may be more.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// How much.
    pub counts: Counts,
    /// The consents that expired, with the persons of open visits that stood on them: the caller decides which state follows.
    pub ended: Vec<Ended>,
}

/// What is past its term, at most `limit` of each kind and service: for a page that shows whether the sweep keeps up. Deletes nothing.
///
/// # Errors
/// The codes of the database.
pub async fn due(tx: &mut Tx, means: &Means<'_>, terms: &Terms, limit: u32) -> Result<Counts> {
    let batch = Batch::new(tx, means, terms, limit).await?;
    Ok(Counts {
        consents_expired: expired_consents(tx, &batch).await?.len() as u64,
        captures: left_captures(tx, &batch).await?.len() as u64,
        evidences: old_evidences(tx, &batch).await?.len() as u64,
        visits: delete::old_visits(tx, &batch).await?.len() as u64,
        consents: delete::old_consents(tx, &batch).await?.len() as u64,
        sessions: work::old_sessions(tx, &batch).await?.len() as u64,
        ..Counts::default()
    })
}

/// Ends and deletes what is past its term, at most `limit` of each kind and service. To be called again, each time in a transaction of its own, until
/// [`Counts::is_nothing`]; the caller puts the counts into an entry of the kind `retention.run`.
///
/// It locks visits and consents one after the other, so on PostgreSQL it can meet an act that waits for it: `database-busy` then, and
/// nothing of the batch is kept.
///
/// # Errors
/// The codes of the database.
pub async fn sweep(tx: &mut Tx, means: &Means<'_>, terms: &Terms, limit: u32) -> Result<Swept> {
    let batch = Batch::new(tx, means, terms, limit).await?;
    let ended = expire_consents(tx, means, &batch).await?;
    let mut deleted = Deleted::default();
    ended.iter().for_each(|one| deleted += one.deleted);
    let mut counts = Counts { consents_expired: ended.len() as u64, ..Counts::default() };
    let mut captures = capture::Ended::default();
    for id in left_captures(tx, &batch).await? {
        captures += capture::end(tx, means, &id.parse()?).await?;
    }
    for id in old_evidences(tx, &batch).await? {
        evidence::delete(tx, &id.parse()?).await?;
        counts.evidences += 1;
    }
    for id in delete::old_visits(tx, &batch).await? {
        captures += delete::visit(tx, means, &id).await?;
        counts.visits += 1;
    }
    for id in delete::old_consents(tx, &batch).await? {
        delete::consent(tx, &id).await?;
        counts.consents += 1;
    }
    counts.templates = deleted.templates;
    counts.evidences += deleted.evidences;
    counts.frames = deleted.frames + captures.frames;
    counts.keys = deleted.keys + captures.keys;
    counts.captures = captures.captures;
    work::sweep(tx, means, &batch, &mut counts).await?;
    Ok(Swept { counts, ended })
}

/// Consents whose time has passed, and requests that nobody answered.
async fn expired_consents(tx: &mut Tx, batch: &Batch<'_>) -> Result<Vec<String>> {
    let found: Vec<(String,)> = tx
        .all(
            sqlx::query(
                "SELECT id FROM consents WHERE (state = 'given' AND expires_at_ms <= $1) \
                 OR (state = 'requested' AND (expires_at_ms <= $1 OR requested_at_ms <= $2)) ORDER BY id LIMIT $3",
            )
            .bind(batch.now_ms)
            .bind(batch.now_ms - consent::ANSWER_MS_MAX)
            .bind(batch.limit),
        )
        .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

async fn expire_consents(tx: &mut Tx, means: &Means<'_>, batch: &Batch<'_>) -> Result<Vec<Ended>> {
    let mut all = Vec::new();
    for id in expired_consents(tx, batch).await? {
        match consent::expire(tx, means, &id.parse()?).await {
            Ok(ended) => all.push(ended),
            // The person withdrew, or answered, while the batch was on its way.
            Err(Error::Refused { code: Code::ConsentEnded | Code::Conflict, .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(all)
}

/// Captures that nobody took in time, and those of visits that are over. Visits with a report are over when its time is, as far as the report
/// holds the pictures.
async fn left_captures(tx: &mut Tx, batch: &Batch<'_>) -> Result<Vec<String>> {
    let found: Vec<(String,)> = tx
        .all(
            sqlx::query(
                "SELECT c.id FROM captures c JOIN visit_persons p ON p.id = c.visit_person_id \
                 JOIN visits v ON v.id = p.visit_id WHERE c.ended_at_ms IS NULL AND c.expires_at_ms <= $1 \
                 AND (c.used_at_ms IS NULL OR v.closed_at_ms IS NOT NULL OR (v.expires_at_ms <= $1 \
                 AND (c.held_until_ms IS NULL OR c.held_until_ms <= $1))) \
                 ORDER BY c.id LIMIT $2",
            )
            .bind(batch.now_ms)
            .bind(batch.limit),
        )
        .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Evidence past its term, of visits that are closed and have no incident that is open or was closed within the term.
async fn old_evidences(tx: &mut Tx, batch: &Batch<'_>) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for service in &batch.services {
        let found: Vec<(String,)> = tx
            .all(
                sqlx::query(
                    "SELECT e.id FROM evidences e JOIN visit_persons p ON p.id = e.visit_person_id \
                     JOIN visits v ON v.id = p.visit_id WHERE v.service = $1 AND v.closed_at_ms <= $2 \
                     AND NOT EXISTS (SELECT 1 FROM incidents i WHERE i.visit_id = v.id \
                     AND (i.state IN ('reported', 'confirmed') OR i.closed_at_ms > $2)) ORDER BY v.closed_at_ms, e.id LIMIT $3",
                )
                .bind(service.as_str())
                .bind(batch.past(batch.of(service).evidence_days))
                .bind(batch.limit),
            )
            .await?;
        all.extend(found.into_iter().map(|(id,)| id));
    }
    Ok(all)
}
