//! The installation in numbers, for administrators: which program, pack and calibration, what waits, what was deleted last, how old the keys
//! are. Nobody is named, and no secret is told.

use super::{Desk, by, upkeep};
use crate::Service;
use crate::error::Result;
use crate::limits::KEY_AGE_DAYS_MAX;
use crate::permission::Permission;
use face::calibration::{Calibration, Interval};
use jiff::Timestamp;
use jiff::civil::Date;
use seal::keys::KeyFacts;
use serde::Serialize;
use std::collections::BTreeMap;
use store::db::Dialect;
use store::ledger::{Actor, Kind, checkpoint, search};
use store::session::SignedIn;
use store::{Tx, figures};
use utoipa::ToSchema;

/// The installation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SystemView {
    /// The program's version.
    pub version: String,
    /// The models.
    pub pack: SystemPack,
    /// What gives their scores a meaning; none when the pack has no calibration.
    pub calibration: Option<SystemCalibration>,
    /// How long what is kept, by service.
    pub terms: Vec<SystemTerms>,
    /// When something past its term was deleted last, and what; none when nothing was yet.
    pub retention: Option<SystemRetention>,
    /// The keys, the oldest of each use first.
    pub keys: Vec<SystemKey>,
    /// `sqlite` or `postgresql`.
    pub database: String,
    /// What waits or goes on, by name: `imports`, `notices`, `pictures`, `visits`, and what a rotation of keys left to do.
    pub work: BTreeMap<String, u64>,
    /// The latest signed root over the ledger's trees.
    pub checkpoint: Option<SystemCheckpoint>,
}

/// The pack.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SystemPack {
    /// Its identity, which templates carry.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Its models.
    pub models: Vec<SystemModel>,
}

/// A model.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SystemModel {
    /// Its name.
    pub name: String,
    /// `detector`, `mesh`, `embedder` or `attack`.
    pub task: String,
    /// SHA-256 of its file, in hexadecimal.
    pub sha256: String,
    /// Its licence.
    pub licence: String,
    /// Where it comes from.
    pub origin: String,
}

/// The calibration.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SystemCalibration {
    /// The day on which it was made.
    pub created: String,
    /// The command that made it.
    pub command: String,
    /// The data that it was fitted to.
    pub data: Vec<SystemData>,
    /// What was measured on persons who were not used for fitting, at a similarity of 90.
    pub held_out: Vec<SystemFigure>,
    /// The working points that the services ask for.
    pub points: Vec<SystemPoint>,
}

/// A data set.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SystemData {
    /// Its name.
    pub name: String,
    /// SHA-256 of its index file.
    pub index_sha256: String,
    /// Persons in it.
    pub persons: u64,
    /// Images with a template.
    pub images: u64,
    /// Comparisons of one person.
    pub genuine: u64,
    /// Comparisons of two persons.
    pub impostor: u64,
}

/// A measured figure.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SystemFigure {
    /// Data set and protocol.
    pub name: String,
    /// Comparisons of one person.
    pub genuine: u64,
    /// Comparisons of two persons.
    pub impostor: u64,
    /// The false-match rate.
    pub fmr: SystemRate,
    /// The false-non-match rate.
    pub fnmr: SystemRate,
}

/// A rate with its 95 % interval.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SystemRate {
    /// The estimate.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Where a service decides between *match* and *no match*.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SystemPoint {
    /// The service.
    pub service: String,
    /// The false-match rate that its definition asks for.
    pub fmr_max: f64,
    /// The similarity from which that holds; none when the calibration does not reach so far.
    pub similarity: Option<f64>,
    /// The false-non-match rate there.
    pub fnmr: Option<SystemRate>,
}

/// How long what of a service is kept, days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SystemTerms {
    /// The service.
    pub service: String,
    /// Evidence.
    pub evidence_days: u32,
    /// Visits and incidents.
    pub visit_days: u32,
    /// Records of consents.
    pub consent_days: u32,
}

/// A deletion of what was past its term.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SystemRetention {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// How much of what.
    pub deleted: BTreeMap<String, u64>,
}

/// A key.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SystemKey {
    /// Its name; the first part says what it is for.
    pub name: String,
    /// The day on which it was made.
    pub created: String,
    /// How old it is, days.
    pub age_days: i64,
    /// True if it is used for what is done from now on.
    pub in_use: bool,
    /// True if it is in use, can be renewed, and is older than it should be.
    pub is_due: bool,
}

/// A signed root.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SystemCheckpoint {
    /// Its number, from 0.
    pub number: u64,
    /// When it was signed.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// The installation as it is now.
///
/// # Errors
/// `permission-missing`; the codes of the database.
pub async fn read(desk: &Desk, by: &SignedIn, now: Timestamp) -> Result<SystemView> {
    by::require(by, Permission::SystemSee, now)?;
    let stale = upkeep::stale(desk, now).await?;
    let mut tx = desk.db.read().await?;
    let mut work = BTreeMap::from([
        ("numbers".to_owned(), stale.numbers),
        ("pictures".to_owned(), desk.pictures_waiting()),
        ("wrapped-keys".to_owned(), stale.wrapped.iter().map(|(_, count)| count).sum()),
    ]);
    for figure in figures::work(&mut tx).await? {
        work.insert(figure.what, figure.count.unsigned_abs());
    }
    let calibration = desk.engine.calibration();
    Ok(SystemView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pack: pack(desk.engine.pack()),
        calibration: calibration.map(|calibration| calibrated(desk, calibration)),
        terms: terms(desk),
        retention: retention(&mut tx).await?,
        keys: desk.ring.key_facts().into_iter().map(|facts| key(facts, now)).collect(),
        database: match desk.db.dialect() {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgresql",
        }
        .to_owned(),
        work,
        checkpoint: signed(&mut tx).await?,
    })
}

fn pack(pack: &face::Pack) -> SystemPack {
    let model = |model: &face::pack::ModelEntry| SystemModel {
        name: model.name.clone(),
        task: match model.task {
            face::pack::Task::Detector => "detector",
            face::pack::Task::Mesh => "mesh",
            face::pack::Task::Embedder => "embedder",
            face::pack::Task::Attack => "attack",
        }
        .to_owned(),
        sha256: model.sha256.clone(),
        licence: model.licence.clone(),
        origin: model.origin.clone(),
    };
    let models = pack.models().iter().map(model).collect();
    SystemPack { id: pack.id().to_string(), name: pack.name().to_owned(), models }
}

fn rate(interval: Interval) -> SystemRate {
    SystemRate { value: interval.value, low: interval.low, high: interval.high }
}

fn calibrated(desk: &Desk, calibration: &Calibration) -> SystemCalibration {
    let data = calibration.data.iter().map(|set| SystemData {
        name: set.name.clone(),
        index_sha256: set.index_sha256.clone(),
        persons: set.persons as u64,
        images: set.images as u64,
        genuine: set.genuine,
        impostor: set.impostor,
    });
    let held_out = calibration.held_out.iter().map(|figure| SystemFigure {
        name: figure.name.clone(),
        genuine: figure.genuine,
        impostor: figure.impostor,
        fmr: rate(figure.fmr_at_90),
        fnmr: rate(figure.fnmr_at_90),
    });
    let point = |service: &Service| {
        let fmr_max = service.definition().face.fmr_max;
        let threshold = calibration.threshold(fmr_max).ok();
        SystemPoint {
            service: service.id().to_string(),
            fmr_max,
            similarity: threshold.map(|llr| calibration.similarity(llr)),
            fnmr: threshold.map(|llr| rate(calibration.fnmr(llr, None))),
        }
    };
    SystemCalibration {
        created: calibration.created.clone(),
        command: calibration.command.clone(),
        data: data.collect(),
        held_out: held_out.collect(),
        points: desk.services.current().map(point).collect(),
    }
}

fn terms(desk: &Desk) -> Vec<SystemTerms> {
    let kept = upkeep::terms(&desk.services).services.into_iter();
    kept.map(|(service, terms)| SystemTerms {
        service,
        evidence_days: terms.evidence_days,
        visit_days: terms.visit_days,
        consent_days: terms.consent_days,
    })
    .collect()
}

fn key(facts: KeyFacts, now: Timestamp) -> SystemKey {
    let today = super::view::today(now);
    // A ring holds no day that is none.
    let made = facts.created_day.parse::<Date>().unwrap_or(today);
    let age_days = today.duration_since(made).as_hours() / 24;
    SystemKey {
        name: facts.id.to_string(),
        created: facts.created_day,
        age_days,
        in_use: facts.is_current,
        is_due: facts.is_current && facts.is_renewable && age_days > KEY_AGE_DAYS_MAX,
    }
}

async fn retention(tx: &mut Tx) -> Result<Option<SystemRetention>> {
    let Some(run) = search::latest(tx, &Actor::System, Kind::RetentionRun).await? else { return Ok(None) };
    let entry: serde_json::Value = serde_json::from_str(&run.entry).unwrap_or_default();
    let facts = entry["facts"].as_object().into_iter().flatten();
    let deleted = facts.filter_map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect();
    Ok(Some(SystemRetention { at: moment(run.at_ms), deleted }))
}

async fn signed(tx: &mut Tx) -> Result<Option<SystemCheckpoint>> {
    let roots = checkpoint::list(tx, checkpoint::ROOTS, None, 1).await?;
    let root = roots.first();
    Ok(root.map(|root| SystemCheckpoint { number: root.place.unsigned_abs(), at: moment(root.at_ms) }))
}

/// A stored moment; of one outside of the calendar, the beginning of 1970.
fn moment(at_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_due_when_it_is_old_in_use_and_can_be_renewed() {
        let now: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        let of = |day: &str, is_current, is_renewable| {
            let id = "ledger-00000000".parse().unwrap();
            key(KeyFacts { id, created_day: day.to_owned(), is_current, is_renewable }, now)
        };
        assert_eq!((of("2026-11-21", true, true).age_days, of("2024-11-20", true, true).age_days), (0, 731));
        assert!(of("2024-11-19", true, true).is_due);
        assert!(!of("2024-11-20", true, true).is_due);
        assert!(!of("2020-01-01", false, true).is_due && !of("2020-01-01", true, false).is_due);
    }
}
