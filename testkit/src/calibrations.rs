//! A made-up calibration with round numbers.

use face::PackId;
use face::calibration::{Calibration, Curve, DataSet, ExpertScale, SetScale};
use face::quality::OverallWeights;

/// One expert whose impostors have a mean cosine of 0 and a deviation of 0.1; ratio = 3 × deviates − 9; FMR deviate = ratio / 3 + 3.
pub fn calibration(pack: &PackId) -> Calibration {
    Calibration {
        format: 1,
        pack: pack.clone(),
        created: "2026-11-21".to_owned(),
        command: "made up for tests".to_owned(),
        data: vec![DataSet {
            name: "made-up".to_owned(),
            index_sha256: "0".repeat(64),
            persons: 1000,
            images: 2000,
            genuine: 1000,
            impostor: 1_000_000,
        }],
        experts: vec![ExpertScale {
            name: "judge".to_owned(),
            mean: 0.0,
            deviation: 0.1,
            weight: 1.0,
            cohort: Vec::new(),
        }],
        sets: vec![SetScale { mean: 0.0, deviation: 1.0 }, SetScale { mean: 0.1, deviation: 0.9 }],
        ratio: Curve::new(vec![[0.0, -9.0, -9.0, -9.0], [6.0, 9.0, 9.0, 9.0]]),
        fmr: Curve::new(vec![[-9.0, 0.0, -0.1, 0.1], [9.0, 6.0, 5.9, 6.1]]),
        fnmr: Curve::new(vec![[-9.0, 4.0, 3.9, 4.1], [9.0, 0.0, -0.1, 0.1]]),
        ageing: Vec::new(),
        quality: OverallWeights::default(),
        held_out: Vec::new(),
    }
}

/// [`calibration`] as the text of its file.
pub fn text(pack: &PackId) -> String {
    serde_json::to_string(&calibration(pack)).unwrap_or_default()
}
