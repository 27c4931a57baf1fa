//! `countenance eval calibrate`

use super::args::Calibrate;
use super::{cache, on_threads};
use crate::args::Common;
use crate::exit::{Failure, Result};
use crate::pack;
use crate::print::Printer;
use crate::progress::Bar;
use ::eval::CalibrateOptions;
use face::Calibration;
use face::code::Exit;
use jiff::civil::Date;
use std::fmt::Write as _;

/// `countenance.calibrate/1`
#[derive(serde::Serialize)]
struct Document<'a> {
    schema: &'static str,
    out: String,
    calibration: &'a Calibration,
}

/// Fits the calibration and writes it.
pub(super) fn run(args: &Calibrate, common: &Common, today: Date, printer: &Printer) -> Result<Exit> {
    let engine = pack::load_uncalibrated(common)?;
    let options = CalibrateOptions {
        indexes: args.indexes.clone(),
        min_age_years: args.min_age,
        cache: cache(&args.work, &common.surroundings),
        scores: args.scores.clone(),
        seed: args.seed,
        created: today.to_string(),
    };
    let bar = Bar::new(printer.watched, printer.talk.unicode);
    let calibration = on_threads(args.work.threads, || ::eval::calibrate(&engine, &options, &bar))??;
    let text = serde_json::to_string(&calibration).map_err(|error| Failure::write(error.to_string()))?;
    ::eval::write_whole(&args.out, format!("{text}\n").as_bytes())?;
    let document =
        Document { schema: "countenance.calibrate/1", out: args.out.display().to_string(), calibration: &calibration };
    printer.result(&document, |_| words(&calibration, &document.out))?;
    Ok(Exit::Match)
}

/// What was fitted, and what it was worth on the persons that were held out.
fn words(calibration: &Calibration, out: &str) -> String {
    let mut text = format!("Wrote {out} for pack {}\n\nWeights\n", calibration.pack);
    for expert in &calibration.experts {
        let _ = writeln!(text, "  {:<16} {:.2}", expert.name, expert.weight);
    }
    text.push_str("\nMeasured at a similarity of 90 on persons that were not fitted\n");
    for figure in &calibration.held_out {
        let fmr = figure.fmr_at_90;
        let _ = writeln!(
            text,
            "  {:<28} FMR {:.1e} [{:.1e}, {:.1e}] of {}   FNMR {:.1} % of {}",
            figure.name,
            fmr.value,
            fmr.low,
            fmr.high,
            figure.impostor,
            figure.fnmr_at_90.value * 100.0,
            figure.genuine
        );
    }
    text
}
