//! Error against discard by quality.

use super::{Area, Drawn, GENUINE};
use crate::summary::Summary;
use plotters::prelude::*;

/// Draws the curve up to half of the comparisons left out.
pub(super) fn draw(area: &Area<'_>, summary: &Summary) -> Drawn {
    let points: Vec<(f64, f64)> = summary
        .discard
        .iter()
        .map(|point| (100.0 * point.discarded, 100.0 * point.fnmr))
        .take_while(|point| point.0 <= 50.0)
        .collect();
    let top = points.iter().fold(0.1_f64, |top, point| top.max(point.1)) * 1.1;
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..50.0, 0.0..top)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("comparisons left out in %")
        .y_desc("FNMR of the rest in %")
        .draw()?;
    chart.draw_series(LineSeries::new(points, GENUINE.stroke_width(2)))?;
    Ok(())
}
