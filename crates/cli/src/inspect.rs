//! `countenance inspect`: what is seen in one picture.

mod document;
mod drawing;
mod words;

use crate::args::{Common, Inspect};
use crate::exit::{Failure, Result};
use crate::print::Printer;
use crate::{file, pack};
use document::{Document, Measure, Quality, Refusal, Region};
use face::Image;
use face::code::Exit;
use face::engine::{Analysis, Engine};
use std::path::Path;

/// Runs the command. A picture that must not be compared is shown all the same, and ends with the status of its refusal.
pub(crate) fn run(args: &Inspect, common: &Common, printer: &Printer) -> Result<Exit> {
    if let Some(output) = &args.draw {
        file::check_output(output, &args.image, args.force)?;
    }
    let picture = file::picture(&args.image)?;
    let engine = pack::load(common)?;
    let analysis = match engine.analyse(&picture) {
        Ok(analysis) => analysis,
        Err(error) => return Err(refused(args, &picture, error)),
    };
    let mut document = document(&args.image, &engine, &analysis);
    if let Some(output) = &args.draw {
        save(output, drawing::sheet(&picture, &document).render())?;
        document.drawn = Some(output.display().to_string());
    }
    printer.result(&document, |theme| words::text(theme, &document))?;
    Ok(analysis.refusal.map_or(Exit::Match, |error| error.code.row().exit))
}

/// The refusal as a failure; its faces are drawn first, because the drawing shows what the words mean.
fn refused(args: &Inspect, picture: &Image, error: face::Error) -> Failure {
    if let (Some(output), Exit::Refused) = (&args.draw, error.code.row().exit)
        && let Err(failure) = save(output, drawing::refusal(picture, &error).render())
    {
        return failure;
    }
    Failure::from(error).in_file(&args.image)
}

fn save(output: &Path, (width, height, rgb): (u32, u32, Vec<u8>)) -> Result<()> {
    file::write(output, &file::png(width, height, &rgb)?)
}

fn document(image: &Path, engine: &Engine, analysis: &Analysis) -> Document {
    let regions = &analysis.regions;
    let region = |name, outlines: &[&Vec<face::geometry::Point>]| Region {
        name,
        outlines: outlines.iter().map(|outline| (*outline).clone()).collect(),
    };
    Document {
        schema: "countenance.inspect/1",
        file: image.display().to_string(),
        width: analysis.width,
        height: analysis.height,
        face: analysis.face,
        others: analysis.others.iter().map(|face| face.rect).collect(),
        pose: analysis.pose,
        openness: analysis.openness,
        regions: vec![
            region("brows", &[&regions.brows[0], &regions.brows[1]]),
            region("eyes", &[&regions.eyes[0], &regions.eyes[1]]),
            region("nose", &[&regions.nose]),
            region("mouth", &[&regions.mouth]),
            region("chin", &[&regions.chin]),
        ],
        quality: quality(&analysis.quality),
        refusal: analysis.refusal.as_ref().map(|error| Refusal {
            code: error.code.as_str(),
            message: error.detail.clone(),
            action: error.code.row().action,
        }),
        pack: engine.pack().id().to_string(),
        drawn: None,
    }
}

fn quality(quality: &face::quality::Quality) -> Quality {
    let measure = |measure: &face::quality::Measure| Measure {
        name: measure.name.to_string(),
        native: measure.native,
        value: measure.value,
        reason: measure.reason.map(|reason| reason.code.to_owned()),
        instruction: measure.reason.map(|reason| reason.instruction.to_owned()),
    };
    Quality { overall: quality.overall, measures: quality.measures.iter().map(measure).collect() }
}
