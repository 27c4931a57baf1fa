//! Piecewise linear curves with an interval, extended by their end slopes.

use serde::{Deserialize, Serialize};

/// One point of a curve: where, value, lower and upper end of its 95 % interval (in the order of the values, not of the rates).
pub type Knot = [f64; 4];

/// A curve through knots with rising `x`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Curve {
    knots: Vec<Knot>,
}

impl Curve {
    /// A curve through `knots`, which must be two or more with rising x; see [`Curve::rises`] and [`Curve::falls`].
    pub fn new(knots: Vec<Knot>) -> Self {
        Self { knots }
    }

    /// The knots.
    pub fn knots(&self) -> &[Knot] {
        &self.knots
    }

    /// True if there are two or more finite knots and x and value rise throughout.
    pub fn rises(&self) -> bool {
        self.sound() && self.knots.windows(2).all(|w| w[1][1] > w[0][1])
    }

    /// True if there are two or more finite knots, x rises and the value falls throughout.
    pub fn falls(&self) -> bool {
        self.sound() && self.knots.windows(2).all(|w| w[1][1] < w[0][1])
    }

    fn sound(&self) -> bool {
        self.knots.len() >= 2
            && self.knots.iter().flatten().all(|v| v.is_finite())
            && self.knots.windows(2).all(|w| w[1][0] > w[0][0])
    }

    /// Value and interval at `x`: linear between knots, beyond them along the last two.
    pub fn at(&self, x: f64) -> [f64; 3] {
        let (a, b) = self.segment(|knot| knot[0] <= x);
        let share = (x - a[0]) / (b[0] - a[0]);
        let value = a[1] + share * (b[1] - a[1]);
        // Beyond the ends the interval keeps its width: extending its edges would make them cross.
        let held = share.clamp(0.0, 1.0);
        let edge = |i: usize| value + (a[i] - a[1]) + held * ((b[i] - b[1]) - (a[i] - a[1]));
        [value, edge(2), edge(3)]
    }

    /// The x at which the value is `value`, for a rising curve.
    pub fn inverse(&self, value: f64) -> f64 {
        let (a, b) = self.segment(|knot| knot[1] <= value);
        a[0] + (value - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    }

    /// The knots before and after the place where `before` ends.
    fn segment(&self, before: impl Fn(&Knot) -> bool) -> (&Knot, &Knot) {
        const EMPTY: Knot = [0.0, 0.0, 0.0, 0.0];
        const UNIT: Knot = [1.0, 0.0, 0.0, 0.0];
        let after = self.knots.partition_point(before).clamp(1, self.knots.len().saturating_sub(1).max(1));
        match (self.knots.get(after - 1), self.knots.get(after)) {
            (Some(a), Some(b)) => (a, b),
            _ => (&EMPTY, &UNIT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve() -> Curve {
        Curve::new(vec![[0.0, 1.0, 0.5, 1.5], [1.0, 3.0, 2.0, 4.0], [3.0, 4.0, 3.5, 4.5]])
    }

    #[test]
    fn values_between_and_beyond_knots() {
        let c = curve();
        assert!(c.rises() && !c.falls());
        for (x, v) in [(0.0, 1.0), (0.5, 2.0), (2.0, 3.5), (5.0, 5.0), (-1.0, -1.0)] {
            assert!((c.at(x)[0] - v).abs() < 1e-12, "{x}");
            assert!((c.inverse(v) - x).abs() < 1e-12, "{v}");
        }
        let [_, low, high] = c.at(100.0);
        assert!(low < c.at(100.0)[0] && c.at(100.0)[0] < high);
    }

    #[test]
    fn unsound_curves_are_seen() {
        assert!(!Curve::new(vec![]).rises());
        assert!(!Curve::new(vec![[0.0; 4]]).rises());
        assert!(!Curve::new(vec![[0.0, 1.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]]).rises());
        assert!(!Curve::new(vec![[0.0, 1.0, 0.0, f64::NAN], [1.0, 2.0, 0.0, 0.0]]).rises());
        assert!(Curve::new(vec![]).at(3.0)[0].is_finite());
    }
}
