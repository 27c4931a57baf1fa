//! `countenance doctor`: is this installation sound?

mod check;
mod machine;
mod selftest;
mod words;

use crate::args::Common;
use crate::exit::{Failure, Result};
use crate::pack;
use crate::print::Printer;
use crate::wording::{one_in, percent, thousands};
use check::{Check, State};
use face::calibration::{Calibration, DataSet, WORKING_FMR};
use face::code::Exit;
use face::engine::Engine;
use face::pack::Task;
use selftest::Figures;
use serde::Serialize;
use std::time::Instant;

/// Start-up in milliseconds beyond which somebody should look.
const START_MS_MAX: f64 = 1500.0;
/// Peak memory in mebibytes beyond which somebody should look.
const MEMORY_MIB_MAX: f64 = 300.0;

/// `countenance.doctor/1`
#[derive(Debug, Serialize)]
struct Document {
    schema: &'static str,
    version: &'static str,
    state: State,
    checks: Vec<Check>,
    pack: Option<PackFacts>,
    calibration: Option<CalibrationFacts>,
    figures: Option<Figures>,
}

/// The pack as `doctor` prints it.
#[derive(Debug, Serialize)]
struct PackFacts {
    id: String,
    name: String,
    models: Vec<Model>,
}

/// One model of the pack.
#[derive(Debug, Serialize)]
struct Model {
    name: String,
    task: Task,
    file: String,
    sha256: String,
    licence: String,
    origin: String,
}

/// The calibration as `doctor` prints it.
#[derive(Debug, Serialize)]
struct CalibrationFacts {
    created: String,
    persons: u64,
    images: u64,
    genuine: u64,
    impostor: u64,
    working_llr: f64,
}

/// Runs every check; ends with 5 when one is a problem.
pub(crate) fn run(common: &Common, printer: &Printer) -> Result<Exit> {
    let started = Instant::now();
    let loaded = pack::load(common);
    let start_ms = check::milliseconds(started);
    let mut document = Document {
        schema: "countenance.doctor/1",
        version: env!("CARGO_PKG_VERSION"),
        state: State::Ok,
        checks: Vec::new(),
        pack: None,
        calibration: None,
        figures: None,
    };
    match loaded {
        Ok(engine) => examine(&engine, start_ms, &mut document),
        Err(failure) => broken(&failure, common, &mut document),
    }
    document.checks.push(machine::processor());
    document.checks.push(memory());
    document.state = document.checks.iter().map(|check| check.state).max().unwrap_or(State::Ok);
    printer.result(&document, |theme| words::text(theme, &document))?;
    Ok(if document.state == State::Problem { Exit::BrokenInstallation } else { Exit::Match })
}

/// The checks that need the engine.
fn examine(engine: &Engine, start_ms: f64, document: &mut Document) {
    show_pack(engine, document);
    if let Some(calibration) = engine.calibration() {
        document.checks.extend(calibration_checks(calibration));
        document.calibration = facts_of(calibration);
    }
    match selftest::run(engine, start_ms) {
        Ok(figures) => {
            document.checks.push(figures.check());
            document.checks.push(start(start_ms));
            document.checks.push(Check::ok("time", figures.stages()));
            document.figures = Some(figures);
        }
        Err(failure) => document.checks.push(Check::stopped("self-test", &failure)),
    }
}

/// Says why there is no engine; a pack that only lacks its calibration is shown all the same.
fn broken(failure: &Failure, common: &Common, document: &mut Document) {
    let calibration = failure.row.code.starts_with("calibration-");
    if let (true, Ok(engine)) = (calibration, pack::load_uncalibrated(common)) {
        show_pack(&engine, document);
        document.checks.push(Check::stopped("calibration", failure));
    } else {
        document.checks.push(Check::stopped("pack", failure));
    }
}

/// What the pack is, and under which licences.
fn show_pack(engine: &Engine, document: &mut Document) {
    let facts = pack_facts(engine);
    let short = facts.id.get(..12).unwrap_or(&facts.id);
    let detail = format!("{}, {} models, every hash as the manifest says, id {short}", facts.name, facts.models.len());
    document.checks.push(Check::ok("pack", detail));
    document.checks.push(licences(&facts));
    document.pack = Some(facts);
}

fn pack_facts(engine: &Engine) -> PackFacts {
    let pack = engine.pack();
    let model = |entry: &face::pack::ModelEntry| Model {
        name: entry.name.clone(),
        task: entry.task,
        file: entry.file.clone(),
        sha256: entry.sha256.clone(),
        licence: entry.licence.clone(),
        origin: entry.origin.clone(),
    };
    PackFacts {
        id: pack.id().to_string(),
        name: pack.name().to_owned(),
        models: pack.models().iter().map(model).collect(),
    }
}

fn licences(facts: &PackFacts) -> Check {
    let each = facts.models.iter().map(|model| format!("{} {}", model.name, model.licence));
    Check::ok("licences", each.collect::<Vec<_>>().join(", "))
}

fn facts_of(calibration: &Calibration) -> Option<CalibrationFacts> {
    let sum = |f: fn(&DataSet) -> u64| calibration.data.iter().map(f).sum();
    Some(CalibrationFacts {
        created: calibration.created.clone(),
        persons: sum(|set| set.persons as u64),
        images: sum(|set| set.images as u64),
        genuine: sum(|set| set.genuine),
        impostor: sum(|set| set.impostor),
        working_llr: calibration.threshold(WORKING_FMR).ok()?,
    })
}

fn calibration_checks(calibration: &Calibration) -> Vec<Check> {
    let Some(facts) = facts_of(calibration) else {
        let action = face::Code::CalibrationInvalid.row().action;
        return vec![Check::problem("calibration", "it does not cover the working point of 1 in 10,000", action)];
    };
    let sets = calibration.data.iter().map(|set| set.name.as_str()).collect::<Vec<_>>().join(", ");
    let counted = format!(
        "made {} from {sets}: {} persons, {} pictures, {} comparisons of one person, {} of two",
        facts.created,
        thousands(facts.persons),
        thousands(facts.images),
        thousands(facts.genuine),
        thousands(facts.impostor)
    );
    let at = calibration.similarity(facts.working_llr);
    let (strangers, missed) = (calibration.fmr(facts.working_llr), calibration.fnmr(facts.working_llr, None));
    let working = format!(
        "similarity {} stands for {} strangers (between {} and {}); there {:.1} % of same persons are not matched",
        percent(at + 1e-6),
        one_in(strangers.value),
        one_in(strangers.high),
        one_in(strangers.low),
        missed.value * 100.0
    );
    let (least, most) = calibration.fmr_range();
    let rates = format!("--fmr may ask for rates from {least:.1e} ({}) to {most} ({})", one_in(least), one_in(most));
    vec![Check::ok("calibration", counted), Check::ok("working point", working), Check::ok("rates", rates)]
}

fn start(start_ms: f64) -> Check {
    let detail = format!("{start_ms:.0} ms from the start to ready models");
    if start_ms <= START_MS_MAX {
        Check::ok("start-up", detail)
    } else {
        Check::warn("start-up", detail, "Use a release build, a faster disk or a faster processor.")
    }
}

fn memory() -> Check {
    match machine::peak_memory_mib() {
        Some(mib) if mib <= MEMORY_MIB_MAX => Check::ok("memory", format!("{mib:.0} MiB at most so far")),
        Some(mib) => {
            Check::warn("memory", format!("{mib:.0} MiB at most so far"), "Give smaller pictures or more memory.")
        }
        None => Check::ok("memory", "not told by this operating system"),
    }
}
