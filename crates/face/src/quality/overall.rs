//! The overall value: a logistic function of the measures, with weights that the caller brings.

use super::Quality;
use super::measure::{MeasureName, sigmoid};
use serde::{Deserialize, Serialize};

/// The weight of one measure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// Which measure.
    pub measure: MeasureName,
    /// Change of the logit per 100 points of the measure.
    pub weight: f64,
    /// The value (0–100) that stands in when the measure could not be assessed: its mean over the pictures of the fit.
    pub neutral: f64,
}

/// The weights of the overall value. They are fitted to predict failed comparisons and stored in the calibration.
///
/// The overall value is 100·σ(`intercept` + Σ `weight`·value/100), 0 to 100. OFIQ's `UnifiedQualityScore` is another thing: the output
/// of a network of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverallWeights {
    /// The logit of a picture whose measures are all 0.
    pub intercept: f64,
    /// The weights of the measures that count.
    pub weights: Vec<Weight>,
}

impl Quality {
    /// The overall value under `weights`, 0 to 100. Weights that are not finite give 0.
    pub fn overall(&self, weights: &OverallWeights) -> u8 {
        let points = |w: &Weight| self.value(w.measure).map_or(w.neutral, f64::from);
        let logit = weights.intercept + weights.weights.iter().map(|w| w.weight * points(w) / 100.0).sum::<f64>();
        // A logit that is not a number becomes 0 by the cast.
        (100.0 * sigmoid(logit, 0.0, 1.0)).round().clamp(0.0, 100.0) as u8
    }

    /// The same assessment with its overall value under `weights` filled in.
    #[must_use]
    pub fn with_overall(mut self, weights: &OverallWeights) -> Self {
        self.overall = Some(self.overall(weights));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::measure::Measure;
    use super::super::reason::Direction;
    use super::*;

    fn quality(sharpness: f64) -> Quality {
        let measures = vec![
            Measure::new(MeasureName::Sharpness, 0.0, sharpness, Direction::Low),
            Measure::unassessed(MeasureName::EyesOpen),
        ];
        Quality { overall: None, measures }
    }

    fn weights(intercept: f64) -> OverallWeights {
        let weight = |measure, weight, neutral| Weight { measure, weight, neutral };
        let weights = vec![weight(MeasureName::Sharpness, 4.0, 0.0), weight(MeasureName::EyesOpen, 2.0, 50.0)];
        OverallWeights { intercept, weights }
    }

    #[test]
    fn a_missing_measure_counts_as_its_mean() {
        assert_eq!(quality(25.0).overall(&weights(-2.0)), 50);
        assert_eq!(quality(25.0).with_overall(&weights(-2.0)).overall, Some(50));
    }

    #[test]
    fn better_measures_give_a_better_overall_value() {
        assert!(quality(80.0).overall(&weights(-2.0)) > quality(30.0).overall(&weights(-2.0)));
        assert_eq!(quality(80.0).overall(&weights(f64::NAN)), 0);
    }

    #[test]
    fn unknown_entries_are_errors() {
        let text = r#"{"intercept": 1.0, "weights": [{"measure": "Sharpness", "weight": 1.0, "neutral": 50.0}]}"#;
        assert!(serde_json::from_str::<OverallWeights>(text).is_ok());
        for (old, new) in [("intercept", "intercpt"), ("neutral", "mean"), ("Sharpness", "Sharpnes")] {
            assert!(serde_json::from_str::<OverallWeights>(&text.replace(old, new)).is_err(), "{old}");
        }
    }
}
