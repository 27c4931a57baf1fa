//! The installation in numbers: program, pack and calibration, retention, keys, what waits, the latest checkpoint.

use super::services::rate;
use crate::html::evidence::{figure_name, grouped};
use crate::html::shell::{Refusal, Shell, Staff, page};
use crate::state::App;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use casework::desk::system::{self, SystemCalibration, SystemKey, SystemModel, SystemPoint, SystemRate, SystemTerms};
use casework::limits::KEY_AGE_DAYS_MAX;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/system", get(show))
}

/// A row of a table.
type Cells<const N: usize> = [String; N];

/// The calibration in words.
struct Calibration {
    created: String,
    command: String,
    data: Vec<Cells<5>>,
    measured: Vec<Cells<5>>,
    points: Vec<Cells<4>>,
}

/// A key in words.
struct Key {
    name: String,
    made: String,
    age: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "system.html")]
struct System {
    shell: Shell,
    version: String,
    database: String,
    pack: String,
    pack_id: String,
    models: Vec<SystemModel>,
    calibration: Option<Calibration>,
    terms: Vec<Cells<4>>,
    swept: Option<(String, Vec<(String, String)>)>,
    keys: Vec<Key>,
    years: i64,
    work: Vec<(String, String)>,
    checkpoint: Option<(String, String)>,
}

async fn show(State(app): State<App>, Staff { by, shell }: Staff) -> Result<Response, Refusal> {
    let seen = system::read(&app.desk, &by, app.now()).await?;
    let words = &shell.words;
    let counts = |prefix: &'static str, all: std::collections::BTreeMap<String, u64>| {
        let named = all.into_iter().map(|(name, count)| (words.known(prefix, &name.replace('_', "-")), grouped(count)));
        named.collect::<Vec<_>>()
    };
    let retention = seen.retention.map(|run| (words.moment(&run.at), counts("swept-", run.deleted)));
    let checkpoint = seen.checkpoint.map(|root| (grouped(root.number), words.moment(&root.at)));
    Ok(page(&System {
        version: seen.version,
        database: words.of_code("database-", &seen.database),
        pack: seen.pack.name,
        pack_id: seen.pack.id,
        models: seen.pack.models,
        calibration: seen.calibration.map(|calibration| calibrated(&app, &shell, calibration)),
        terms: seen.terms.iter().map(|terms| kept(&app, &shell, terms)).collect(),
        swept: retention,
        keys: seen.keys.into_iter().map(|row| key(&shell, row)).collect(),
        years: KEY_AGE_DAYS_MAX / 365,
        work: counts("work-", seen.work),
        checkpoint,
        shell,
    }))
}

/// What a service is called, in the reader's language.
fn titled(app: &App, shell: &Shell, id: &str) -> String {
    let found = app.desk.services.get(id).ok();
    found.map_or_else(|| id.to_owned(), |service| service.definition().title.get(shell.words.language()).to_owned())
}

fn kept(app: &App, shell: &Shell, terms: &SystemTerms) -> Cells<4> {
    let days = |count: u32| shell.words.with("days", "count", grouped(count.into()));
    [titled(app, shell, &terms.service), days(terms.evidence_days), days(terms.visit_days), days(terms.consent_days)]
}

fn calibrated(app: &App, shell: &Shell, calibration: SystemCalibration) -> Calibration {
    let data = calibration.data.into_iter();
    let data = data.map(|set| {
        let counts = [set.persons, set.images, set.genuine, set.impostor].map(grouped);
        let [persons, images, genuine, impostor] = counts;
        [set.name, persons, images, genuine, impostor]
    });
    let measured = calibration.held_out.into_iter();
    let measured = measured.map(|figure| {
        let (fmr, fnmr) = (interval(figure.fmr), interval(figure.fnmr));
        [figure_name(&shell.words, &figure.name), grouped(figure.genuine), grouped(figure.impostor), fmr, fnmr]
    });
    let point = |point: SystemPoint| {
        let similarity = point.similarity.map_or_else(|| shell.words.t("beyond-data"), |value| format!("{value:.1} %"));
        let fnmr = point.fnmr.map_or_else(String::new, interval);
        [titled(app, shell, &point.service), rate(shell, point.fmr_max), similarity, fnmr]
    };
    Calibration {
        created: shell.words.partial(&calibration.created),
        command: calibration.command,
        data: data.collect(),
        measured: measured.collect(),
        points: calibration.points.into_iter().map(point).collect(),
    }
}

/// A rate in percent, with its interval.
fn interval(rate: SystemRate) -> String {
    let percent = |value: f64| format!("{:.*}", if value < 0.001 { 4 } else { 2 }, 100.0 * value);
    format!("{} % ({}–{})", percent(rate.value), percent(rate.low), percent(rate.high))
}

fn key(shell: &Shell, key: SystemKey) -> Key {
    Key {
        made: shell.words.partial(&key.created),
        age: shell.words.with("days", "count", grouped(key.age_days.unsigned_abs())),
        state: match (key.in_use, key.is_due) {
            (_, true) => "due",
            (true, false) => "current",
            (false, false) => "older",
        },
        name: key.name,
    }
}
