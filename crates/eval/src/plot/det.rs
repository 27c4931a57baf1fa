//! The detection error trade-off on normal-deviate axes (ISO/IEC 19795-1).

use super::{Area, Drawn, GENUINE, IMPOSTOR};
use crate::summary::Summary;
use face::normal::probit;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;
use std::ops::Range;

/// Rates at which the axes have marks, as shares and as texts.
const TICKS: [(f64, &str); 13] = [
    (1e-6, "0.0001 %"),
    (1e-5, "0.001 %"),
    (1e-4, "0.01 %"),
    (1e-3, "0.1 %"),
    (0.01, "1 %"),
    (0.02, "2 %"),
    (0.05, "5 %"),
    (0.1, "10 %"),
    (0.2, "20 %"),
    (0.4, "40 %"),
    (0.6, "60 %"),
    (0.8, "80 %"),
    (0.95, "95 %"),
];

/// Draws the curve and the working point.
pub(super) fn draw(area: &Area<'_>, summary: &Summary) -> Drawn {
    let inner = |rate: f64| rate > 0.0 && rate < 1.0;
    let points: Vec<(f64, f64)> =
        summary.det.iter().filter(|p| inner(p.fmr) && inner(p.fnmr)).map(|p| (p.fmr, p.fnmr)).collect();
    let (x, y) = (axis(points.iter().map(|p| p.0)), axis(points.iter().map(|p| p.1)));
    let mut chart =
        ChartBuilder::on(area).margin(12).x_label_area_size(44).y_label_area_size(72).build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .x_desc("strangers taken for the person (FMR)")
        .y_desc("right persons not recognised (FNMR)")
        .light_line_style(TRANSPARENT)
        .draw()?;
    let curve = points.iter().map(|(fmr, fnmr)| (probit(*fmr), probit(*fnmr)));
    chart.draw_series(LineSeries::new(curve, GENUINE.stroke_width(2)))?;
    let at = (summary.headline.fmr_at_90.value, summary.headline.fnmr_at_90.value);
    if inner(at.0) && inner(at.1) {
        let place = (probit(at.0), probit(at.1));
        chart.draw_series([Circle::new(place, 5, IMPOSTOR.filled())])?;
        chart.draw_series([Text::new("similarity 90", place, ("sans-serif", 14))])?;
    }
    Ok(())
}

/// An axis of rates as normal deviates, with marks at round rates.
struct Deviates {
    low: f64,
    high: f64,
}

impl Ranged for Deviates {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let (low, high) = (probit(self.low), probit(self.high));
        from + ((value - low) / (high - low) * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        let inside = TICKS.iter().filter(|(rate, _)| (self.low..=self.high).contains(rate));
        inside.map(|(rate, _)| probit(*rate)).collect()
    }

    fn range(&self) -> Range<f64> {
        probit(self.low)..probit(self.high)
    }
}

impl ValueFormatter<f64> for Deviates {
    fn format(deviate: &f64) -> String {
        let near = |rate: f64| (probit(rate) - deviate).abs();
        let tick = TICKS.iter().min_by(|a, b| near(a.0).total_cmp(&near(b.0)));
        tick.map_or_else(String::new, |(_, text)| (*text).to_owned())
    }
}

/// The marks around all rates; at least from 5 % to 10 %.
fn axis(rates: impl Iterator<Item = f64>) -> Deviates {
    let (low, high) = rates.fold((0.05_f64, 0.1_f64), |(low, high), rate| (low.min(rate), high.max(rate)));
    let below = TICKS.iter().rev().find(|(tick, _)| *tick <= low).unwrap_or(&TICKS[0]);
    let above = TICKS.iter().find(|(tick, _)| *tick >= high).unwrap_or(&TICKS[TICKS.len() - 1]);
    Deviates { low: below.0, high: above.0 }
}
