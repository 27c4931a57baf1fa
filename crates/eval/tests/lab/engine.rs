//! The lab with the real engine, over the fixtures.

use crate::fakes::common;
use eval::{Analyse, Analyser, IdentitiesOptions, Quiet};
use face::calibration::{Calibration, ExpertScale};
use face::engine::Engine;
use face::pack::{PackSource, Task};
use face::quality::{MeasureName, OverallWeights, Weight};
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The shipped models in a folder of their own with a rough calibration: only the order of scores can be tested with it.
fn roughly_calibrated() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(repository().join("models")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && path.file_name().unwrap() != "calibration.json" {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let engine = Engine::load_uncalibrated(&PackSource::Folder(folder.path().to_owned())).unwrap();
    let embedders = engine.pack().models().iter().filter(|model| model.task == Task::Embedder);
    let scale =
        |name: &str| ExpertScale { name: name.to_owned(), mean: 0.2, deviation: 0.1, weight: 1.0, cohort: Vec::new() };
    let calibration = Calibration {
        experts: embedders.map(|model| scale(&model.name)).collect(),
        quality: OverallWeights {
            intercept: -3.0,
            weights: vec![Weight { measure: MeasureName::Sharpness, weight: 8.0, neutral: 50.0 }],
        },
        ..testkit::calibrations::calibration(engine.pack().id())
    };
    std::fs::write(folder.path().join("calibration.json"), serde_json::to_string(&calibration).unwrap()).unwrap();
    folder
}

#[test]
fn samples_say_what_the_engine_says() {
    let folder = roughly_calibrated();
    let engine = Engine::load(&PackSource::Folder(folder.path().to_owned())).unwrap();
    let analyser = Analyser::new(&engine);
    for name in ["obama-1.jpg", "blurred.jpg"] {
        let bytes = std::fs::read(repository().join("fixtures").join(name)).unwrap();
        let raw = analyser.sample(&bytes).unwrap();
        assert!(raw.cost.stages().iter().all(|(_, us)| us.is_some()), "{:?}", raw.cost);
        let sample = analyser.settle(raw);
        let analysis = engine.analyse(&face::Image::decode(&bytes).unwrap()).unwrap();
        assert_eq!(sample.template.unwrap(), analysis.template);
        assert_eq!(sample.quality, analysis.quality.overall);
        assert_eq!(sample.refusal, analysis.refusal.map(|refusal| refusal.code.as_str().to_owned()));
        assert_eq!(sample.measures.len(), analysis.quality.measures.len());
    }
    assert!(analyser.sample(b"no picture").unwrap().refusal.unwrap().starts_with("image-"));
}

#[test]
fn a_run_over_the_fixtures_tells_two_persons_apart() {
    let folder = roughly_calibrated();
    let engine = Engine::load(&PackSource::Folder(folder.path().to_owned())).unwrap();
    let index =
        "file,person\nobama-1.jpg,o\nobama-2.jpg,o\nobama-3.jpg,o\nbiden-1.jpg,b\nno-face.jpg,n\ntwo-faces.jpg,t\n";
    let path = folder.path().join("index.csv");
    std::fs::write(&path, index).unwrap();
    let mut common = common(&repository().join("fixtures"));
    common.index = path;
    common.scores = Some(folder.path().join("scores.csv"));
    let options = IdentitiesOptions { common, portraits: 1, min_age_years: 0.0, min_gap_years: 0.0, all_pairs: true };
    let summary = eval::identities(&engine, &options, &Quiet).unwrap();
    assert_eq!(summary.enrolment.by_code.keys().collect::<Vec<_>>(), ["no-face", "several-faces"]);
    assert_eq!((summary.headline.genuine, summary.headline.impostor), (3, 3));
    assert!(summary.headline.equal_error.unwrap().rate <= 0.0, "{:?}", summary.headline);
    assert_eq!(summary.costs.len(), 5);
}

#[test]
fn a_run_needs_a_calibration() {
    let folder = roughly_calibrated();
    std::fs::remove_file(folder.path().join("calibration.json")).unwrap();
    let engine = Engine::load_uncalibrated(&PackSource::Folder(folder.path().to_owned())).unwrap();
    assert_eq!(eval::Lab::new(&engine).err().unwrap().code(), "calibration-missing");
}
