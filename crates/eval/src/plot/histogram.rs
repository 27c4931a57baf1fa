//! Histograms of genuine and impostor comparisons over similarity.

use super::{Area, Drawn, GENUINE, IMPOSTOR};
use crate::summary::Summary;
use plotters::prelude::*;

/// Draws both histograms, each as shares of its own kind.
pub(super) fn draw(area: &Area<'_>, summary: &Summary) -> Drawn {
    let shares = |counts: &[u64]| -> Vec<f64> {
        let total = counts.iter().sum::<u64>().max(1) as f64;
        counts.iter().map(|count| 100.0 * *count as f64 / total).collect()
    };
    let (genuine, impostor) = (shares(&summary.similarity.genuine), shares(&summary.similarity.impostor));
    let top = genuine.iter().chain(&impostor).fold(1.0_f64, |top, share| top.max(*share)) * 1.05;
    let width = 100.0 / genuine.len().max(1) as f64;
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..100.0, 0.0..top)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("similarity")
        .y_desc("share of comparisons in %")
        .disable_x_mesh()
        .draw()?;
    for (bins, colour, name) in [(&impostor, IMPOSTOR, "strangers"), (&genuine, GENUINE, "right persons")] {
        let bars = bins.iter().enumerate().filter(|(_, share)| **share > 0.0).map(|(at, share)| {
            Rectangle::new([(at as f64 * width, 0.0), ((at + 1) as f64 * width, *share)], colour.mix(0.55).filled())
        });
        chart
            .draw_series(bars)?
            .label(name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.mix(0.55).filled()));
    }
    chart.draw_series(LineSeries::new([(90.0, 0.0), (90.0, top)], BLACK.stroke_width(1)))?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperMiddle)
        .background_style(WHITE)
        .border_style(BLACK)
        .draw()?;
    Ok(())
}
