//! Every quality measure on pictures that we draw ourselves, against a committed table; the order of values under growing faults; the
//! refusals; and robustness against nonsense.
//!
//! The table has a row a scene of `testkit::quality_scenes::all`, the columns native value and value of each measure (empty when not
//! assessed), the reasons and the refusal. Its second line states the tolerance of each column. After a wanted change, write it anew with
//! `cargo test -p face --test conformance -- --ignored write_table`.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic fails the test")]

use face::detect::Face;
use face::geometry::{Point, Rect};
use face::landmarks::{Mesh, Openness, Pose};
use face::quality::{MeasureName, OverallWeights, Quality, Subject, assess, refusal};
use face::{Code, Image};
use proptest::prelude::*;
use std::fmt::Write as _;
use testkit::quality_scenes::{Drawn, Scene, all};

/// A drawn scene in the types of the engine.
struct Owned {
    image: Image,
    face: Face,
    second: Option<Face>,
    mesh: Mesh,
    pose: Pose,
    openness: Openness,
}

impl Owned {
    fn new(scene: &Scene) -> Self {
        let Drawn { size, rgb, points, depth, face, five } = scene.draw();
        let point = |p: [f32; 2]| Point::new(p[0], p[1]);
        let rect = Rect { x: face[0], y: face[1], width: face[2], height: face[3] };
        let face = Face { rect, points: five.map(point), confidence: 0.9 };
        let side = scene.second.sqrt();
        let other = Face { rect: Rect { width: rect.width * side, height: rect.height * side, ..rect }, ..face };
        let [yaw, pitch, roll] = scene.pose;
        Self {
            image: Image::from_rgb(size[0], size[1], rgb).unwrap(),
            face,
            second: (scene.second > 0.0).then_some(other),
            mesh: Mesh { points: points.into_iter().map(point).collect(), depth, confidence: 1.0 },
            pose: Pose { yaw, pitch, roll },
            openness: Openness { right_eye: scene.lids[0], left_eye: scene.lids[1], mouth: scene.lips },
        }
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            image: &self.image,
            face: &self.face,
            faces: 1 + usize::from(self.second.is_some()),
            second: self.second.as_ref(),
            mesh: &self.mesh,
            pose: self.pose,
            openness: self.openness,
        }
    }

    fn refusal(&self) -> Option<Code> {
        refusal::geometry(&self.subject()).map(|error| error.code)
    }
}

fn quality(scene: &Scene) -> Quality {
    assess(&Owned::new(scene).subject())
}

fn assessed() -> impl Iterator<Item = MeasureName> {
    MeasureName::ALL.iter().copied().filter(|name| !MeasureName::NOT_ASSESSED.contains(name))
}

/// How far the native value of a measure may be from the table's: what another processor's arithmetic or another JPEG codec may change.
fn native_tolerance(name: MeasureName) -> f64 {
    match name {
        MeasureName::BackgroundUniformity => 1.0,
        MeasureName::CompressionArtifacts => 0.2,
        MeasureName::NaturalColour => 0.3,
        MeasureName::ExpressionNeutrality | MeasureName::DynamicRange => 0.05,
        MeasureName::InterEyeDistance => 0.1,
        MeasureName::LuminanceVariance => 0.001,
        _ => 0.01,
    }
}

/// How far a value may be from the table's.
const VALUE_TOLERANCE: f64 = 2.0;

/// The table as the present code makes it.
fn table() -> String {
    let mut text = String::from("scene");
    for name in assessed() {
        write!(text, ",{name} native,{name} value").unwrap();
    }
    text.push_str(",reasons,refusal\ntolerance");
    for name in assessed() {
        write!(text, ",{},{VALUE_TOLERANCE}", native_tolerance(name)).unwrap();
    }
    text.push_str(",exact,exact\n");
    for (scene_name, scene) in all() {
        let owned = Owned::new(&scene);
        let quality = assess(&owned.subject());
        text.push_str(scene_name);
        for name in assessed() {
            let measure = quality.measures.iter().find(|m| m.name == name).unwrap();
            let native = measure.native.map_or(String::new(), |v| format!("{v:.4}"));
            let value = measure.value.map_or(String::new(), |v| v.to_string());
            write!(text, ",{native},{value}").unwrap();
        }
        let mut reasons: Vec<_> = quality.reasons().iter().map(|reason| reason.code).collect();
        reasons.sort_unstable();
        writeln!(text, ",{},{}", reasons.join(" "), owned.refusal().map_or("", Code::as_str)).unwrap();
    }
    text
}

#[test]
fn measures_conform_to_the_table() {
    let split = |text: &str| text.lines().map(|l| l.split(',').map(str::to_owned).collect()).collect::<Vec<Vec<_>>>();
    let (expected, found) = (split(include_str!("conformance.csv")), split(&table()));
    assert_eq!(expected.len(), found.len(), "number of scenes");
    assert_eq!(expected[..2], found[..2], "columns and tolerances");
    let mut wrong = Vec::new();
    for (want, have) in expected.iter().zip(&found).skip(2) {
        assert_eq!(want.len(), have.len(), "columns of {}", want[0]);
        for column in 0..want.len() {
            let (w, h) = (&want[column], &have[column]);
            let near = match (w.parse::<f64>(), h.parse::<f64>(), expected[1][column].parse::<f64>()) {
                (Ok(w), Ok(h), Ok(tolerance)) => (w - h).abs() <= tolerance,
                _ => w == h,
            };
            if !near {
                wrong.push(format!("{} {}: table {w}, found {h}", want[0], expected[0][column]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "writes tests/conformance.csv anew"]
fn write_table() {
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance.csv"), table()).unwrap();
}

/// Asserts that `name` never rises along scenes of growing fault, and falls by at least `by` from the first to the last.
fn falls(name: MeasureName, by: u8, amounts: &[f32], make: fn(f32, Scene) -> Scene) {
    let value = |amount: &f32| quality(&make(*amount, Scene::default())).value(name).unwrap();
    let values: Vec<u8> = amounts.iter().map(value).collect();
    assert!(values.windows(2).all(|pair| pair[1] <= pair[0]), "{name}: {values:?}");
    assert!(values[0] - values[values.len() - 1] >= by, "{name}: {values:?}");
}

#[test]
fn more_fault_in_the_picture_gives_less_value() {
    falls(MeasureName::Sharpness, 60, &[0.0, 1.5, 3.0, 6.0, 10.0], |blur, good| Scene { blur, ..good });
    let jpeg = |loss: f32, good| Scene { jpeg: if loss > 0.0 { (100.0 - loss) as u8 } else { 0 }, ..good };
    falls(MeasureName::CompressionArtifacts, 60, &[0.0, 40.0, 70.0, 85.0, 95.0], jpeg);
    let dim = |loss: f32, good| Scene { light: 1.0 - loss, ..good };
    falls(MeasureName::LuminanceMean, 60, &[0.0, 0.3, 0.5, 0.7, 0.9], dim);
    falls(MeasureName::UnderExposurePrevention, 60, &[0.0, 0.5, 0.7, 0.9], dim);
    falls(MeasureName::DynamicRange, 30, &[0.0, 0.5, 0.8, 0.95], dim);
    falls(MeasureName::OverExposurePrevention, 60, &[1.0, 1.3, 1.6, 2.5], |light, good| Scene { light, ..good });
    let side = |side_light, good| Scene { side_light, ..good };
    falls(MeasureName::IlluminationUniformity, 30, &[0.0, 0.4, 0.7, 1.0], side);
    let blue = |c: f32, good| Scene { cast: [1.0 - c, 1.0, 1.0 + c], ..good };
    falls(MeasureName::NaturalColour, 60, &[0.0, 0.2, 0.4], blue);
    falls(MeasureName::BackgroundUniformity, 20, &[0.0, 1.0], |busy, good| Scene { busy: busy > 0.5, ..good });
}

#[test]
fn more_fault_of_the_person_gives_less_value() {
    falls(MeasureName::ExpressionNeutrality, 60, &[0.0, 0.3, 0.6, 1.0], |smile, good| Scene { smile, ..good });
    falls(MeasureName::MouthClosed, 60, &[0.0, 0.1, 0.2, 0.3], |lips, good| Scene { lips, ..good });
    let wink = |closed: f32, good| Scene { lids: [0.09, 0.08 - closed], ..good };
    falls(MeasureName::EyesOpen, 60, &[0.0, 0.04, 0.06, 0.08], wink);
    let far = |distance: f32, good| Scene { inter_eye: 150.0 / distance, ..good };
    falls(MeasureName::InterEyeDistance, 60, &[1.0, 2.0, 4.0, 8.0], far);
    falls(MeasureName::SingleFacePresent, 60, &[0.0, 0.2, 0.5, 0.9], |second, good| Scene { second, ..good });
    for (name, turn) in [
        (MeasureName::HeadPoseYaw, (|v, good| Scene { pose: [v, 0.0, 0.0], ..good }) as fn(f32, Scene) -> Scene),
        (MeasureName::HeadPosePitch, |v, good| Scene { pose: [0.0, v, 0.0], ..good }),
        (MeasureName::HeadPoseRoll, |v, good| Scene { pose: [0.0, 0.0, v], ..good }),
    ] {
        falls(name, 60, &[0.0, 20.0, 40.0, 60.0], turn);
        falls(name, 60, &[0.0, -20.0, -40.0, -60.0], turn);
    }
}

#[test]
fn opposite_faults_give_opposite_reasons() {
    let good = Scene::default();
    let codes = |scene: Scene| quality(&scene).reasons().iter().map(|reason| reason.code).collect::<Vec<_>>();
    let cases = [
        (Scene { pose: [30.0, 0.0, 0.0], ..good }, "look-right", "look-left"),
        (Scene { pose: [-30.0, 0.0, 0.0], ..good }, "look-left", "look-right"),
        (Scene { pose: [0.0, 30.0, 0.0], ..good }, "look-down", "look-up"),
        (Scene { pose: [0.0, -30.0, 0.0], ..good }, "look-up", "look-down"),
        (Scene { pose: [0.0, 0.0, 30.0], ..good }, "tilt-right", "tilt-left"),
        (Scene { pose: [0.0, 0.0, -30.0], ..good }, "tilt-left", "tilt-right"),
        (Scene { light: 0.2, ..good }, "too-dark", "too-bright"),
        (Scene { light: 2.5, ..good }, "too-bright", "too-dark"),
        (Scene { side_light: 1.0, ..good }, "light-from-left", "light-from-right"),
        (Scene { side_light: -1.0, ..good }, "light-from-right", "light-from-left"),
        (Scene { grey: true, ..good }, "no-colour", "unnatural-colour"),
        (Scene { cast: [0.6, 0.8, 1.3], ..good }, "unnatural-colour", "no-colour"),
        (Scene { inter_eye: 20.0, ..good }, "too-far", "too-near"),
        (Scene { inter_eye: 240.0, ..good }, "too-near", "too-far"),
        (Scene { eyes: [120.0, 260.0], ..good }, "move-left", "move-right"),
        (Scene { eyes: [360.0, 260.0], ..good }, "move-right", "move-left"),
        (Scene { eyes: [240.0, 130.0], ..good }, "move-down", "move-up"),
        (Scene { eyes: [240.0, 420.0], ..good }, "move-up", "move-down"),
    ];
    for (scene, given, not_given) in cases {
        let codes = codes(scene);
        assert!(codes.contains(&given) && !codes.contains(&not_given), "{given}: {codes:?}");
    }
    assert_eq!(codes(good), Vec::<&str>::new(), "a good portrait needs no advice");
}

#[test]
fn a_cut_face_is_refused_on_every_side() {
    let at = |x: f32, y: f32| Owned::new(&Scene { eyes: [x, y], ..Scene::default() }).refusal();
    assert_eq!(at(240.0, 260.0), None);
    for (x, y) in [(40.0, 260.0), (440.0, 260.0), (240.0, 30.0), (240.0, 500.0)] {
        assert_eq!(at(x, y), Some(Code::FaceCut), "{x} {y}");
    }
}

#[test]
fn a_face_that_the_mesh_bends_into_the_picture_is_refused() {
    let mut owned = Owned::new(&Scene { eyes: [140.0, 260.0], ..Scene::default() });
    assert_eq!(owned.refusal(), None);
    for p in &mut owned.face.points {
        p.x -= 40.0;
    }
    assert_eq!(owned.refusal(), Some(Code::FaceCut), "detector and mesh disagree at the edge");
    owned.pose.yaw = 40.0;
    assert_eq!(owned.refusal(), Some(Code::FaceTurned), "the same in a turned face");
    let mut owned = Owned::new(&Scene::default());
    owned.face.points[0].x = -3.0;
    assert_eq!(owned.refusal(), Some(Code::FaceCut), "the detector sees an eye outside the picture");
}

#[test]
fn a_small_turned_or_shapeless_face_is_refused() {
    let good = Scene::default();
    let refusal = |scene: Scene| Owned::new(&scene).refusal();
    assert_eq!(refusal(Scene { inter_eye: 15.0, ..good }), Some(Code::FaceTooSmall));
    assert_eq!(refusal(Scene { inter_eye: 17.0, ..good }), None);
    assert_eq!(refusal(Scene { pose: [-65.0, 0.0, 0.0], ..good }), Some(Code::FaceTurned));
    assert_eq!(refusal(Scene { pose: [0.0, 55.0, 0.0], ..good }), Some(Code::FaceTurned));
    let mut owned = Owned::new(&good);
    owned.mesh.points[152].x = f32::NAN;
    assert_eq!(owned.refusal(), Some(Code::InferenceFailed));
}

#[test]
fn poor_quality_is_refused_with_the_worst_reasons() {
    let owned = Owned::new(&Scene { light: 0.1, ..Scene::default() });
    let weights = OverallWeights { intercept: -3.0, weights: Vec::new() };
    let quality = assess(&owned.subject()).with_overall(&weights);
    assert_eq!(quality.overall, Some(5));
    let error = quality.refusal(&owned.subject(), 20).unwrap();
    assert_eq!(error.code, Code::QualityTooLow);
    assert!(error.detail.contains("too-dark"), "{}", error.detail);
    assert!(quality.refusal(&owned.subject(), 5).is_none());
}

#[test]
fn the_report_is_json_with_the_names_of_ofiq() {
    let json = serde_json::to_value(quality(&Scene { light: 0.2, ..Scene::default() })).unwrap();
    assert!(json["overall"].is_null());
    let measures = json["measures"].as_array().unwrap();
    let of = |name: &str| measures.iter().find(|measure| measure["name"] == name).unwrap();
    assert_eq!(of("LuminanceMean")["reason"]["code"], "too-dark");
    assert!(of("EyesVisible")["value"].is_null(), "needs a network that we cannot ship");
    assert_eq!(measures.len(), 28);
}

/// A coordinate from which nonsense meshes are made.
fn coordinate() -> impl Strategy<Value = f32> {
    prop_oneof![6 => -300.0_f32..500.0, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY), 1 => Just(f32::MAX), 1 => Just(9e4_f32)]
}

/// An angle or opening.
fn amount() -> impl Strategy<Value = f32> {
    prop_oneof![4 => -200.0_f32..200.0, 1 => Just(f32::NAN), 1 => Just(f32::NEG_INFINITY)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nonsense_never_panics_and_values_stay_in_range(
        size in (1_u32..200, 1_u32..200),
        (kind, count) in (0_usize..4, prop_oneof![Just(0_usize), Just(467), Just(468), Just(468), Just(478)]),
        seed in prop::collection::vec(coordinate(), 12),
        amounts in prop::array::uniform6(amount()),
    ) {
        let rgb: Vec<u8> = (0..size.0 * size.1 * 3).map(|i| (i.wrapping_mul(i) >> 5) as u8).collect();
        let Ok(image) = Image::from_rgb(size.0, size.1, rgb) else { return Ok(()) };
        let tame = |v: f32| if v.abs() < 1e5 { v } else { 7.0 };
        let points: Vec<Point> = (0..count).map(|i| {
            let (x, y) = (seed[i % 12], seed[(i * 7 + 3) % 12]);
            if kind == 1 { Point::new(x, y) } else { Point::new(tame(x) + (i % 13) as f32, tame(y) + (i % 7) as f32) }
        }).collect();
        let rect = Rect { x: seed[0], y: seed[1], width: seed[2], height: seed[3] };
        let face = Face { rect, points: std::array::from_fn(|i| Point::new(seed[i], seed[i + 5])), confidence: seed[4] };
        let mesh = Mesh { depth: vec![0.0; count], points, confidence: seed[5] };
        let [yaw, pitch, roll, right_eye, left_eye, mouth] = amounts;
        let subject = Subject {
            image: &image, face: &face, faces: kind, second: (kind > 1).then_some(&face), mesh: &mesh,
            pose: Pose { yaw, pitch, roll }, openness: Openness { right_eye, left_eye, mouth },
        };
        let quality = assess(&subject);
        prop_assert_eq!(quality.measures.len(), MeasureName::ALL.len());
        for measure in &quality.measures {
            prop_assert!(measure.value.is_none_or(|value| value <= 100));
            prop_assert_eq!(measure.value.is_some(), measure.native.is_some());
            prop_assert!(measure.native.is_none_or(f64::is_finite));
        }
        let all_zero = OverallWeights::default();
        prop_assert_eq!(quality.overall(&all_zero), 50);
        let _ = quality.refusal(&subject, 100);
    }

    #[test]
    fn a_drawn_face_anywhere_is_assessed_without_panic(
        eyes in prop::array::uniform2(-300.0_f32..500.0),
        inter_eye in 0.5_f32..400.0,
        pose in prop::array::uniform3(-90.0_f32..90.0),
    ) {
        let scene = Scene { size: [120, 100], eyes, inter_eye, pose, ..Scene::default() };
        let owned = Owned::new(&scene);
        let quality = assess(&owned.subject());
        prop_assert!(quality.measures.iter().all(|measure| measure.value.is_none_or(|value| value <= 100)));
        let _ = owned.refusal();
    }
}
