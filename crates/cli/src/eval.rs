//! `countenance eval`: the lab's runs behind the command line.

mod args;
mod attacks;
mod calibrate;

pub(crate) use args::Command;

use crate::args::{Common, Surroundings};
use crate::code::Code;
use crate::exit::{Failure, Result};
use crate::pack;
use crate::print::Printer;
use crate::progress::Bar;
use ::eval::{Common as Shared, IdentitiesOptions, PairsOptions, Summary};
use args::{Report, Run, Work};
use face::Engine;
use face::code::Exit;
use jiff::civil::Date;
use std::path::{Path, PathBuf};

/// Name of our folder in the user's cache folder.
const CACHE_FOLDER: &str = "countenance";

/// Runs one of the lab's commands.
pub(crate) fn run(command: &Command, common: &Common, today: Date, printer: &Printer) -> Result<Exit> {
    match command {
        Command::Pairs(args) => {
            let options = PairsOptions { common: shared(&args.run, common, today), all_pairs: args.all_pairs };
            measure(&args.run, common, printer, |engine, bar| ::eval::pairs(engine, &options, bar))
        }
        Command::Identities(args) => {
            let options = IdentitiesOptions {
                common: shared(&args.run, common, today),
                portraits: args.portraits,
                min_age_years: args.min_age,
                min_gap_years: args.min_gap,
                all_pairs: args.all_pairs,
            };
            measure(&args.run, common, printer, |engine, bar| ::eval::identities(engine, &options, bar))
        }
        Command::Calibrate(args) => calibrate::run(args, common, today, printer),
        Command::Attacks(args) => attacks::run(args, common, today, printer),
        Command::Report(args) => report(args, printer),
    }
}

/// What both protocols are told.
fn shared(run: &Run, common: &Common, today: Date) -> Shared {
    Shared {
        root: run.root.clone(),
        index: run.index.clone(),
        cache: cache(&run.work, &common.surroundings),
        scores: run.scores.clone(),
        seed: run.seed,
        created: today.to_string(),
    }
}

/// The cache folder: as asked, else in the user's cache folder, none if there is no such place.
fn cache(work: &Work, around: &Surroundings) -> Option<PathBuf> {
    if work.no_cache {
        return None;
    }
    let absolute = |path: &&PathBuf| path.is_absolute();
    let xdg = around.xdg_cache_home.as_ref().filter(absolute).cloned();
    let home = || around.home.as_ref().filter(absolute).map(|home| home.join(".cache"));
    work.cache.clone().or_else(|| Some(xdg.or_else(home)?.join(CACHE_FOLDER)))
}

/// Runs `protocol` with the engine on as many threads as asked, and tells what it found.
fn measure(
    args: &Run,
    common: &Common,
    printer: &Printer,
    protocol: impl FnOnce(&Engine, &Bar) -> ::eval::Result<Summary> + Send,
) -> Result<Exit> {
    let engine = pack::load(common)?;
    let bar = Bar::new(printer.watched, printer.talk.unicode);
    let summary = on_threads(args.work.threads, || protocol(&engine, &bar))??;
    if let Some(file) = &args.report {
        write_report(file, &summary.data.name, std::slice::from_ref(&summary))?;
    }
    printer.result(&summary, |_| ::eval::text::text(&summary))?;
    Ok(Exit::Match)
}

/// Runs `work` on `threads` threads; on all cores if not told.
pub(crate) fn on_threads<T: Send>(threads: Option<u16>, work: impl FnOnce() -> T + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, usize::from)).build();
    let pool = pool.map_err(|error| Failure::new(Code::ThreadsUnavailable, error.to_string()))?;
    Ok(pool.install(work))
}

/// `eval report`
fn report(args: &Report, printer: &Printer) -> Result<Exit> {
    let outcomes = args.outcomes.iter().map(|file| Summary::read(file)).collect::<::eval::Result<Vec<_>>>()?;
    let names: Vec<&str> = outcomes.iter().map(|outcome| outcome.data.name.as_str()).collect();
    write_report(&args.report, &names.join(", "), &outcomes)?;
    let written =
        Written { schema: "countenance.report/1", report: args.report.display().to_string(), outcomes: names.len() };
    printer.result(&written, |_| format!("{}\n", written.report))?;
    Ok(Exit::Match)
}

/// `countenance.report/1`
#[derive(serde::Serialize)]
struct Written {
    schema: &'static str,
    report: String,
    outcomes: usize,
}

fn write_report(file: &Path, names: &str, outcomes: &[Summary]) -> Result<()> {
    let page = ::eval::report::html(&format!("Face verification measured on {names}"), outcomes)?;
    Ok(::eval::files::write_whole(file, page.as_bytes())?)
}
