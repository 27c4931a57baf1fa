//! `countenance eval attacks`

use super::args::Attacks;
use super::on_threads;
use crate::args::Common;
use crate::exit::{Failure, Result};
use crate::pack;
use crate::print::Printer;
use crate::progress::Bar;
use ::eval::attacks::kit::KitOptions;
use ::eval::attacks::outcome::{AttacksOptions, measure};
use ::eval::attacks::page::{html, text};
use ::eval::attacks::play::Format;
use face::code::Exit;
use jiff::civil::Date;

/// Measures, and writes the calibration and the report that were asked for.
pub(super) fn run(args: &Attacks, common: &Common, today: Date, printer: &Printer) -> Result<Exit> {
    // A fit needs no calibration, and must be possible where the pack has one for another model; comparing needs the pack's.
    let bare = args.fit.is_some() && args.portraits.is_empty();
    let engine = if bare { pack::load_uncalibrated(common)? } else { pack::load(common)? };
    let options = AttacksOptions {
        folders: args.folders.clone(),
        portraits: args.portraits.clone(),
        render: args.render.map(|tries| KitOptions {
            species: args.species.clone(),
            tries,
            bona_fide: tries,
            seed: args.seed,
            format: Format { rate: f32::from(args.rate), ..Format::SMALL },
            ..KitOptions::default()
        }),
        keep: args.keep.clone(),
        fit: args.fit.is_some(),
        seed: args.seed,
        created: today.to_string(),
    };
    let bar = Bar::new(printer.watched, printer.talk.unicode);
    let (outcome, fitted) = on_threads(args.threads, || measure(&engine, &options, &bar))??;
    if !outcome.skipped.is_empty() {
        let videos = outcome.skipped.join(", ");
        printer.note(&format!("ffmpeg is not on the path: these videos were left out: {videos}"));
    }
    if let (Some(file), Some(fitted)) = (&args.fit, &fitted) {
        let json = serde_json::to_string(fitted).map_err(|error| Failure::write(error.to_string()))?;
        ::eval::write_whole(file, format!("{json}\n").as_bytes())?;
    }
    if let Some(file) = &args.report {
        ::eval::write_whole(file, html(&outcome).as_bytes())?;
    }
    printer.result(&outcome, |_| text(&outcome))?;
    Ok(Exit::Match)
}
