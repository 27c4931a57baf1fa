//! Plots of an outcome as SVG texts that need nothing else.

mod ageing;
mod det;
mod discard;
mod histogram;

use crate::code::Code;
use crate::error::{Error, Result};
use crate::summary::Summary;
use crate::words::escape;
use plotters::coord::Shift;
use plotters::prelude::*;

/// Size of every plot in pixels.
const SIZE_PX: (u32, u32) = (640, 420);
/// Colour of genuine comparisons; it and the next are told apart by people with any common colour vision (Okabe and Ito 2008).
const GENUINE: RGBColor = RGBColor(0, 114, 178);
/// Colour of impostor comparisons.
const IMPOSTOR: RGBColor = RGBColor(213, 94, 0);

/// A plot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plot {
    /// File name without its ending.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub title: &'static str,
    /// The picture.
    pub svg: String,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = std::result::Result<(), Box<dyn std::error::Error>>;

/// The plots that the outcome has data for.
///
/// # Errors
/// `plot-failed`.
pub fn plots(summary: &Summary) -> Result<Vec<Plot>> {
    let mut plots = vec![
        draw("det", "False matches against false non-matches, on normal-deviate axes", |area| {
            det::draw(area, summary)
        })?,
        draw("scores", "How similar the right persons and strangers are", |area| histogram::draw(area, summary))?,
    ];
    if summary.discard.len() > 1 {
        let title = "False non-matches when the pictures of lowest quality are left out";
        plots.push(draw("discard", title, |area| discard::draw(area, summary))?);
    }
    if !summary.ageing.is_empty() {
        let title = "False non-matches by years between portrait and probe";
        plots.push(draw("ageing", title, |area| ageing::draw(area, summary))?);
    }
    Ok(plots)
}

fn draw(name: &'static str, title: &'static str, paint: impl FnOnce(&Area<'_>) -> Drawn) -> Result<Plot> {
    let mut svg = String::new();
    let drawn = {
        let area = SVGBackend::with_string(&mut svg, SIZE_PX).into_drawing_area();
        area.fill(&WHITE).map_err(Into::into).and_then(|()| paint(&area)).and_then(|()| Ok(area.present()?))
    };
    drawn.map_err(|error| Error::new(Code::PlotFailed, format!("{name}: {error}")))?;
    // Readable by screen readers, and scaled to the page by its style.
    let labelled = format!("<svg role=\"img\" aria-label=\"{}\" ", escape(title));
    Ok(Plot { name, title, svg: svg.replacen("<svg ", &labelled, 1) })
}
