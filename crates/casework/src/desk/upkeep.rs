//! What goes on without anybody asking: what is past its term is deleted, checkpoints are signed, wrapped keys follow a rotation. Called by
//! the server's background work and by the command line, in small batches, each a transaction and an entry of its own.

use super::withdraw::{leave_visits, tell_lapsed};
use super::{Desk, in_transaction, visit};
use crate::Services;
use crate::error::{Error, Result};
use crate::limits::{IMPORT_RECORD_DAYS, SESSION_RECORD_DAYS};
use jiff::Timestamp;
use seal::keys::Domain;
use seal::template::Transform;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use store::consent::Ended;
use store::ledger::{self, Act, Actor, Kind, Shard, checkpoint};
use store::retention::{self, Counts, ServiceTerms, Terms};
use store::rotation;
use store::template::{self, Batch};
use store::{Tx, person};
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// Records of one kind that one transaction deletes.
const SWEEP_ROWS_MAX: u32 = 50;
/// Records that one transaction of a rotation changes.
const ROTATE_ROWS_MAX: u32 = 100;

/// What a sweep deleted or ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SweptView {
    /// Visits whose time was over.
    pub visits_expired: u64,
    /// Consents whose time had passed.
    pub consents_expired: u64,
    /// Templates that only those kept.
    pub templates: u64,
    /// Live pictures.
    pub frames: u64,
    /// Keys.
    pub keys: u64,
    /// Pieces of evidence.
    pub evidences: u64,
    /// Visits.
    pub visits: u64,
    /// Records of consents.
    pub consents: u64,
    /// Sessions and invitations.
    pub sessions: u64,
    /// Reports of imports.
    pub imports: u64,
    /// True when there may be more.
    pub more: bool,
}

/// How far a rotation has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RotatedView {
    /// Data keys that were wrapped again.
    pub wrapped: u64,
    /// Identity numbers that were hashed again.
    pub numbers: u64,
    /// Templates that were renewed.
    pub templates: u64,
}

/// How long everything stays: of each service the longest term of any version that is loaded, so that a newer definition with a shorter term
/// does not delete what an older one promised to keep.
pub fn terms(services: &Services) -> Terms {
    let mut by_service: BTreeMap<String, ServiceTerms> = BTreeMap::new();
    let mut others = ServiceTerms { evidence_days: 1, visit_days: 1, consent_days: 1 };
    for service in services.all() {
        let retention = &service.definition().retention;
        let terms = ServiceTerms {
            evidence_days: retention.evidence_days,
            // Incidents belong to their visit and go with it.
            visit_days: retention.visit_days.max(retention.incident_days),
            consent_days: retention.consent_record_days,
        };
        let known = by_service.entry(service.id().to_string()).or_insert(terms);
        *known = longest(*known, terms);
        others = longest(others, terms);
    }
    Terms { services: by_service, others, session_days: SESSION_RECORD_DAYS, import_days: IMPORT_RECORD_DAYS }
}

fn longest(one: ServiceTerms, other: ServiceTerms) -> ServiceTerms {
    ServiceTerms {
        evidence_days: one.evidence_days.max(other.evidence_days),
        visit_days: one.visit_days.max(other.visit_days),
        consent_days: one.consent_days.max(other.consent_days),
    }
}

/// Ends and deletes one batch of what is past its term; to be called again while `more`. Visits whose time is over are ended first, each in a
/// transaction of its own.
///
/// # Errors
/// `database-busy` when visits were worked on at the same moment; the codes of the database.
pub async fn sweep(desk: &Desk, now: Timestamp) -> Result<SweptView> {
    let (means, terms) = (desk.means(now), terms(&desk.services));
    let visits_expired = visit::expire_due(desk, now, SWEEP_ROWS_MAX).await?;
    in_transaction!(desk, tx => async {
        let swept = retention::sweep(tx, &means, &terms, SWEEP_ROWS_MAX).await?;
        let counts = swept.counts;
        for ended in &swept.ended {
            expired(tx, desk, now, ended).await?;
        }
        if !(Counts { scraps: 0, ..counts }).is_nothing() {
            let mut act = Act::new(Kind::RetentionRun, Shard::Register, &Actor::System);
            for (name, count) in named(&counts) {
                if count > 0 {
                    act = act.fact(name, count as i64);
                }
            }
            ledger::append(tx, &means, &act).await?;
        }
        Ok(view(&counts, visits_expired))
    }.await)
}

/// Sends the persons of open visits whose consent has expired the other way, and says so in their part of the ledger.
async fn expired(tx: &mut Tx, desk: &Desk, now: Timestamp, ended: &Ended) -> Result<()> {
    let lapsed = leave_visits(tx, desk, now, (ended, &crate::visit::Actor::Person)).await?;
    let pseudonym = person::get(tx, &ended.person).await?.pseudonym;
    let shard = ended.affected.first().map_or(Shard::Register, |first| Shard::Office(first.office.clone()));
    let act = Act {
        person: Some(&pseudonym),
        service: Some(&ended.service),
        visit: ended.affected.first().map(|first| &first.visit),
        consent: Some(&ended.consent),
        ..Act::new(Kind::ConsentExpired, shard, &Actor::System)
    };
    let act = act.fact("templates", ended.deleted.templates as i64).fact("keys", ended.deleted.keys as i64);
    ledger::append(tx, &desk.means(now), &act).await?;
    tell_lapsed(tx, &Actor::System, &lapsed).await
}

fn named(counts: &Counts) -> [(&'static str, u64); 11] {
    [
        ("consents_expired", counts.consents_expired),
        ("templates", counts.templates),
        ("frames", counts.frames),
        ("keys", counts.keys),
        ("captures", counts.captures),
        ("evidences", counts.evidences),
        ("visits", counts.visits),
        ("consents", counts.consents),
        ("sessions", counts.sessions),
        ("invitations", counts.invitations),
        ("imports", counts.imports),
    ]
}

fn view(counts: &Counts, visits_expired: u32) -> SweptView {
    SweptView {
        visits_expired: u64::from(visits_expired),
        consents_expired: counts.consents_expired,
        templates: counts.templates,
        frames: counts.frames,
        keys: counts.keys,
        evidences: counts.evidences,
        visits: counts.visits,
        consents: counts.consents,
        sessions: counts.sessions + counts.invitations,
        imports: counts.imports,
        more: visits_expired > 0 || !counts.is_nothing(),
    }
}

/// Signs a checkpoint of each tree that grew, and a root over all of them. Gives the note to keep outside, if anything was new.
///
/// # Errors
/// `ledger-damaged`; the codes of keys and database.
pub async fn checkpoint(desk: &Desk, now: Timestamp) -> Result<Option<String>> {
    let means = desk.means(now);
    in_transaction!(desk, tx => checkpoint::write(tx, &means).await.map(|written| written.root).map_err(Error::from))
}

/// One batch of what a rotation left to do: wrapped keys are wrapped again, identity numbers hashed again, templates renewed. To be called
/// again until it did nothing.
///
/// # Errors
/// `key-unknown`, `record-damaged`; the codes of the database.
pub async fn rotate(desk: &Desk, now: Timestamp) -> Result<RotatedView> {
    let mut rotated = RotatedView { wrapped: rewrap(desk, now).await?, ..RotatedView::default() };
    rotated.numbers = renumber(desk, now).await?;
    let mut purposes: Vec<&str> = desk.services.all().iter().map(crate::Service::purpose).collect();
    purposes.sort_unstable();
    purposes.dedup();
    for purpose in purposes {
        rotated.templates += renew(desk, now, purpose).await?;
    }
    Ok(rotated)
}

async fn rewrap(desk: &Desk, now: Timestamp) -> Result<u64> {
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let mut wrapped = 0;
        for domain in Domain::ALL {
            wrapped += rotation::rewrap_batch(tx, &means, domain, ROTATE_ROWS_MAX).await?;
        }
        if wrapped > 0 {
            let act = Act::new(Kind::KeysRotated, Shard::Register, &Actor::System).fact("wrapped", wrapped as i64);
            ledger::append(tx, &means, &act).await?;
        }
        Ok(wrapped)
    }.await)
}

async fn renumber(desk: &Desk, now: Timestamp) -> Result<u64> {
    let means = desk.means(now);
    in_transaction!(desk, tx => async {
        let numbers = rotation::renumber_batch(tx, &means, ROTATE_ROWS_MAX).await?;
        if numbers > 0 {
            let act = Act::new(Kind::KeysRotated, Shard::Register, &Actor::System).fact("numbers", numbers as i64);
            ledger::append(tx, &means, &act).await?;
        }
        Ok(numbers)
    }.await)
}

/// One direction of a transform.
type Turn = fn(&Transform, &mut [Vec<f32>]) -> seal::Result<()>;

async fn renew(desk: &Desk, now: Timestamp, purpose: &str) -> Result<u64> {
    let means = desk.means(now);
    let version = means.ring.template_version(purpose);
    let batch = Batch { purpose, version, limit: ROTATE_ROWS_MAX };
    // By version and shape: templates of an earlier pack have vectors of other lengths.
    let mut transforms: BTreeMap<(u32, Vec<usize>), Transform> = BTreeMap::new();
    let mut turn = |old: u32, bytes: Zeroizing<Vec<u8>>| -> store::Result<Zeroizing<Vec<u8>>> {
        let damaged = |_| store::Error::new(store::Code::RowInvalid, "a template is not in the form of this program");
        let mut template = face::Template::from_bytes(&bytes).map_err(damaged)?;
        let dimensions: Vec<usize> = template.experts.iter().map(Vec::len).collect();
        for (version, turn) in [(old, Transform::undo as Turn), (version, Transform::apply)] {
            let transform = match transforms.entry((version, dimensions.clone())) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    place.insert(Transform::new(&means.ring.template_secret(purpose, version)?, &dimensions))
                }
            };
            turn(transform, &mut template.experts)?;
        }
        Ok(Zeroizing::new(template.to_bytes()))
    };
    in_transaction!(desk, tx => async {
        let renewed = template::renew_batch(tx, &means, &batch, &mut turn).await?;
        if renewed > 0 {
            let act = Act::new(Kind::TemplatesRenewed, Shard::Register, &Actor::System)
                .fact("purpose", purpose)
                .fact("version", version)
                .fact("templates", renewed as i64);
            ledger::append(tx, &means, &act).await?;
        }
        Ok(renewed)
    }.await)
}

/// How much still depends on older keys; when nothing does, they can be retired.
///
/// # Errors
/// The codes of the database.
pub async fn stale(desk: &Desk, now: Timestamp) -> Result<rotation::Stale> {
    Ok(rotation::stale(&mut desk.db.read().await?, &desk.means(now)).await?)
}

/// Lets the database overwrite what was deleted.
///
/// # Errors
/// The codes of the database.
pub async fn reclaim(desk: &Desk) -> Result<()> {
    Ok(desk.db.reclaim().await?)
}
