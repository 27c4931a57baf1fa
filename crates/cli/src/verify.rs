//! `countenance verify`: a live face against dated portraits of one person.

mod curve;
mod document;
mod words;

use crate::args::{Common, Verify};
use crate::date::{self, PartialDate};
use crate::exit::{Failure, Result};
use crate::print::Printer;
use crate::scale::Hills;
use crate::wording::one_in;
use crate::{file, pack};
use document::{Document, Live, Outcome, Portrait, Rate, Weakest};
use face::code::Exit;
use face::engine::Engine;
use face::evidence::{Band, Evidence};
use face::template::Template;
use jiff::civil::Date;
use std::path::Path;

/// Runs the command; the exit status is the answer.
pub(crate) fn run(args: &Verify, common: &Common, today: Date, printer: &Printer) -> Result<Exit> {
    let on = args.on.as_deref().map_or(Ok(today), date::day)?;
    let dates = date::of_portraits(&args.dates, args.portraits.len())?;
    let age = |date: &Option<PartialDate>| date.as_ref().map(|date| date.age_years(on)).transpose();
    let ages = dates.iter().map(age).collect::<Result<Vec<_>>>()?;
    let frames: Vec<&Path> = std::iter::once(&args.live).chain(&args.more).map(AsRef::as_ref).collect();
    // Everything that can be refused cheaply is refused before the models are loaded.
    frames.iter().copied().chain(args.portraits.iter().map(AsRef::as_ref)).try_for_each(file::check_input)?;
    let engine = pack::load(common)?;
    let live = frames.iter().map(|file| see(&engine, file)).collect::<Result<Vec<_>>>()?;
    let stored = args.portraits.iter().map(|file| see(&engine, file)).collect::<Result<Vec<_>>>()?;
    let templates: Vec<&Template> = live.iter().map(|seen| &seen.template).collect();
    let portraits = stored
        .iter()
        .zip(&ages)
        .map(|(seen, age)| face::evidence::Portrait { template: &seen.template, age_years: *age });
    let evidence = engine.compare(&templates, &portraits.collect::<Vec<_>>(), args.fmr)?;
    let document = Document {
        checked_on: on.to_string(),
        live: live.into_iter().map(Seen::live).collect(),
        portraits: rows(stored, &dates, &evidence),
        ..Document::of(&engine, &evidence)
    };
    show(&document, &engine, printer)?;
    Ok(match document.outcome {
        Outcome::Match => Exit::Match,
        Outcome::NoMatch => Exit::NoMatch,
        Outcome::Inconclusive => Exit::Inconclusive,
    })
}

/// What was seen in one file.
struct Seen {
    file: String,
    template: Template,
    weakest: Option<Weakest>,
}

impl Seen {
    fn live(self) -> Live {
        Live { file: self.file, quality: self.template.quality, weakest: self.weakest }
    }
}

/// Analyses one file; a picture that must not be compared is refused by name.
fn see(engine: &Engine, file: &Path) -> Result<Seen> {
    let picture = file::picture(file)?;
    let analysis = engine.analyse(&picture).map_err(|error| Failure::from(error).in_file(file))?;
    if let Some(error) = analysis.refusal {
        return Err(Failure::from(error).in_file(file));
    }
    let weakest = Weakest::of(&analysis.quality);
    Ok(Seen { file: file.display().to_string(), template: analysis.template, weakest })
}

/// The portraits with what the evidence says of each; the evidence keeps their order.
fn rows(stored: Vec<Seen>, dates: &[Option<PartialDate>], evidence: &Evidence) -> Vec<Portrait> {
    let each = stored.into_iter().zip(dates).zip(&evidence.portraits);
    each.map(|((seen, date), own)| Portrait {
        file: seen.file,
        date: date.as_ref().map(|date| date.text().to_owned()),
        age_years: own.age_years,
        similarity: own.similarity,
        llr: own.llr,
        quality: own.quality,
        weakest: seen.weakest,
    })
    .collect()
}

impl Document {
    /// The document of `evidence`, still without the files.
    fn of(engine: &Engine, evidence: &Evidence) -> Self {
        // Beyond what the strangers of the calibration show, only the least rate that they do show is told.
        let least = || engine.calibration().map(|calibration| calibration.fmr_range().0);
        let bound = evidence.fmr_extrapolated.then(least).flatten();
        Self {
            schema: "countenance.verify/1",
            outcome: match evidence.band {
                Band::Match => Outcome::Match,
                Band::Inconclusive => Outcome::Inconclusive,
                Band::NoMatch => Outcome::NoMatch,
            },
            similarity: evidence.similarity,
            llr: evidence.llr,
            fmr: Rate {
                value: evidence.fmr.value,
                low: evidence.fmr.low,
                high: evidence.fmr.high.max(bound.unwrap_or(0.0)),
                bound: bound.is_some(),
            },
            fnmr: evidence.fnmr,
            requested_fmr: evidence.requested_fmr,
            threshold_similarity: evidence.threshold_similarity,
            checked_on: String::new(),
            liveness: "not-checked",
            live: Vec::new(),
            portraits: Vec::new(),
            pack: document::Pack::of(engine.pack()),
            calibration_date: evidence.calibration_created.clone(),
        }
    }
}

/// The result on standard output, and what else there is to say on standard error.
fn show(document: &Document, engine: &Engine, printer: &Printer) -> Result<()> {
    printer.result(document, |theme| {
        let hills = curve::hills(engine, Hills::columns_for(theme.width));
        words::text(theme, document, &hills, curve::mark(engine, document))
    })?;
    if document.fmr.bound {
        printer.note(&format!(
            "So few strangers came this far in the calibration data that the rate is not measured here, only known to be below {}.",
            one_in(document.fmr.high)
        ));
    }
    if document.portraits.iter().any(|portrait| portrait.age_years.is_none()) {
        printer.note("Say when each portrait was taken with --portrait-date: its age is part of the evidence.");
    }
    Ok(())
}
