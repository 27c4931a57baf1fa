//! The pipeline with the shipped models on the fixtures.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "the helpers of a test stop it")]

use face::quality::MeasureName::{LuminanceMean, Sharpness};
use face::{Code, Engine, Image, PackSource};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// One engine for all tests of this file: making it ready takes most of a second.
static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::load(&PackSource::Folder(root().join("models"))).expect("the shipped pack loads"));

fn picture(name: &str) -> Image {
    Image::decode(&std::fs::read(root().join("fixtures").join(name)).unwrap()).unwrap()
}

fn mirrored(image: &Image) -> Image {
    let rows = image.rgb().chunks_exact(image.width() as usize * 3);
    let rgb = rows.flat_map(|row| row.as_chunks::<3>().0.iter().rev().flatten().copied()).collect();
    Image::from_rgb(image.width(), image.height(), rgb).unwrap()
}

fn similarity(a: &Image, b: &Image) -> f64 {
    let [a, b] = [a, b].map(|i| ENGINE.analyse(i).unwrap().template);
    let portrait = face::evidence::Portrait { template: &b, age_years: None };
    ENGINE.compare(&[&a], &[portrait], 1e-4).unwrap().similarity
}

#[test]
fn one_person_is_above_ninety_and_two_persons_are_below_forty() {
    let obama = ["obama-1.jpg", "obama-2.jpg", "obama-3.jpg"].map(picture);
    let biden = picture("biden-1.jpg");
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        let found = similarity(&obama[a], &obama[b]);
        assert!(found > 90.0, "{a} {b}: {found}");
    }
    for (i, image) in obama.iter().enumerate() {
        let found = similarity(image, &biden);
        assert!(found < 40.0, "{i}: {found}");
    }
}

#[test]
fn pose_signs_follow_the_person() {
    let image = picture("obama-1.jpg");
    let pose = ENGINE.analyse(&image).unwrap().pose;
    let other = ENGINE.analyse(&mirrored(&image)).unwrap().pose;
    assert!((pose.yaw + other.yaw).abs() < 3.0, "{pose:?} {other:?}");
    assert!((pose.roll + other.roll).abs() < 2.0, "{pose:?} {other:?}");
    assert!((pose.pitch - other.pitch).abs() < 3.0, "{pose:?} {other:?}");
    let turned = ENGINE.analyse(&picture("turned-30.jpg")).unwrap().pose;
    assert!(((turned.roll - pose.roll).abs() - 30.0).abs() < 3.0, "{pose:?} {turned:?}");
}

#[test]
fn a_turned_picture_is_the_same_person() {
    let upright = picture("obama-1.jpg");
    for name in ["turned-30.jpg", "exif-turned-90.jpg"] {
        let found = similarity(&upright, &picture(name));
        assert!(found > 99.0, "{name}: {found}");
    }
}

#[test]
fn no_face_and_several_faces_are_refused_with_their_boxes() {
    assert_eq!(ENGINE.analyse(&picture("no-face.jpg")).unwrap_err().code, Code::NoFace);
    let refusal = ENGINE.analyse(&picture("two-faces.jpg")).unwrap_err();
    assert_eq!((refusal.code, refusal.faces.len()), (Code::SeveralFaces, 2));
    let image = picture("bystander.jpg");
    let analysis = ENGINE.analyse(&image).unwrap();
    assert!(!analysis.others.is_empty() && analysis.others.iter().all(|o| o.rect.width < analysis.face.rect.width));
}

#[test]
fn a_small_face_in_a_large_photograph_is_found() {
    let analysis = ENGINE.analyse(&picture("small-face.jpg")).unwrap();
    assert!((20.0..60.0).contains(&analysis.face.rect.width), "{:?}", analysis.face.rect);
}

#[test]
fn regions_lie_inside_the_face_in_their_order() {
    let analysis = ENGINE.analyse(&picture("obama-2.jpg")).unwrap();
    let middle = |points: &[face::geometry::Point]| face::geometry::Rect::around(points.iter().copied()).centre();
    let r = &analysis.regions;
    let heights = [&r.brows[0], &r.eyes[0], &r.nose, &r.mouth, &r.chin].map(|points| middle(points).y);
    assert!(heights.windows(2).all(|w| w[0] < w[1]), "{heights:?}");
    assert!(middle(&r.eyes[0]).x < middle(&r.eyes[1]).x, "the person's right eye is left in the picture");
    let face = face::geometry::Rect::around(analysis.mesh.points.iter().copied());
    for point in r.brows.iter().chain(&r.eyes).chain([&r.nose, &r.mouth, &r.chin]).flatten() {
        assert!(
            point.x >= face.x && point.x <= face.x + face.width && point.y >= face.y && point.y <= face.y + face.height
        );
    }
}

#[test]
fn worse_pictures_have_lower_measures() {
    let of = |name: &str, measure: face::quality::MeasureName| {
        ENGINE.analyse(&picture(name)).unwrap().quality.value(measure).unwrap()
    };
    assert!(of("blurred.jpg", Sharpness) < of("obama-1.jpg", Sharpness));
    assert!(of("dark.jpg", LuminanceMean) < of("obama-1.jpg", LuminanceMean));
}

#[test]
fn an_office_can_build_a_pack_of_other_embedders_from_the_manifest_alone() {
    let folder = tempfile::tempdir().unwrap();
    let models = root().join("models");
    let manifest = std::fs::read_to_string(models.join("manifest.toml")).unwrap();
    let (head, entries) = manifest.split_once("[[model]]").unwrap();
    let kept: Vec<&str> = entries
        .split("[[model]]")
        .filter(|entry| {
            ["\"yunet\"", "\"mesh468\"", "\"dlib\""].iter().any(|name| entry.contains(&format!("name = {name}")))
        })
        .collect();
    assert_eq!(kept.len(), 3);
    let text = format!("{head}[[model]]{}", kept.join("[[model]]")).replace("countenance-2026-11", "one-expert");
    std::fs::write(folder.path().join("manifest.toml"), text).unwrap();
    for entry in &kept {
        let file = entry.split("file = \"").nth(1).unwrap().split('"').next().unwrap();
        std::fs::copy(models.join(file), folder.path().join(file)).unwrap();
    }
    let source = PackSource::Folder(folder.path().to_owned());
    let small = Engine::load_uncalibrated(&source).unwrap();
    let template = small.analyse(&picture("obama-1.jpg")).unwrap().template;
    assert_eq!(template.experts.iter().map(Vec::len).collect::<Vec<_>>(), [128]);
    assert_ne!(small.pack().id(), ENGINE.pack().id());
    // Its templates and the shipped calibration do not go together, and without a calibration it does not judge.
    let portrait = face::evidence::Portrait { template: &template, age_years: None };
    assert_eq!(ENGINE.compare(&[&template], &[portrait], 1e-4).unwrap_err().code, Code::TemplatePackMismatch);
    assert_eq!(Engine::load(&source).err().map(|e| e.code), Some(Code::CalibrationMissing));
    std::fs::copy(models.join("calibration.json"), folder.path().join("calibration.json")).unwrap();
    assert_eq!(Engine::load(&source).err().map(|e| e.code), Some(Code::CalibrationOtherPack));
}
