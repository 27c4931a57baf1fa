//! False non-matches by years between probe and portrait, with intervals.

use super::{Area, Drawn, GENUINE};
use crate::summary::Summary;
use plotters::prelude::*;

/// Draws a bar and an interval for each bin.
pub(super) fn draw(area: &Area<'_>, summary: &Summary) -> Drawn {
    let bins = &summary.ageing;
    let top = bins.iter().fold(0.01_f64, |top, bin| top.max(bin.fnmr_at_90.high)) * 105.0;
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(-0.5..bins.len() as f64 - 0.5, 0.0..top)?;
    let name = |at: &f64| {
        let near = (at - at.round()).abs() < 0.01;
        let bin = near.then(|| bins.get(at.round() as usize)).flatten();
        bin.map_or_else(String::new, |bin| bin.years.clone())
    };
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("years between portrait and probe")
        .y_desc("right persons not recognised (FNMR) in %")
        .x_labels(2 * bins.len() + 1)
        .x_label_formatter(&name)
        .disable_x_mesh()
        .draw()?;
    for (at, bin) in bins.iter().enumerate() {
        let (place, rate) = (at as f64, bin.fnmr_at_90);
        let bar = [(place - 0.3, 0.0), (place + 0.3, 100.0 * rate.value)];
        chart.draw_series([Rectangle::new(bar, GENUINE.mix(0.55).filled())])?;
        let span = [(place, 100.0 * rate.low), (place, 100.0 * rate.high)];
        chart.draw_series(LineSeries::new(span, BLACK.stroke_width(2)))?;
    }
    Ok(())
}
