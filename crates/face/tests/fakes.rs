//! The pipeline around its models, with fakes: no weights, milliseconds.

#![expect(clippy::unwrap_used, reason = "the helpers of a test stop it")]

use face::geometry::Rect;
use face::live::Observation;
use face::model::Model;
use face::pack::{PackSource, Task};
use face::{Code, Engine, Image, Pack};
use proptest::prelude::*;
use testkit::models::{FakeAttack, FakeDetector, FakeEmbedder, FakeMesh};
use testkit::packs;

const MIDDLE: Rect = Rect { x: 0.35, y: 0.3, width: 0.3, height: 0.4 };

fn engine(faces: Vec<(Rect, f32)>, logit: f32, side: usize) -> Engine {
    let folder = tempfile::tempdir().unwrap();
    packs::write(folder.path(), &packs::manifest()).unwrap();
    let pack = Pack::load(&PackSource::Folder(folder.path().to_owned())).unwrap();
    let mut faces = Some(faces);
    Engine::with_models(pack, |entry, _| {
        let model: Box<dyn Model> = match entry.task {
            Task::Detector => Box::new(FakeDetector { faces: faces.take().unwrap_or_default() }),
            Task::Mesh => Box::new(FakeMesh { logit }),
            Task::Embedder => Box::new(FakeEmbedder { side }),
            Task::Attack => Box::new(FakeAttack { logits: [3.0, 0.0, 0.0] }),
        };
        Ok(model)
    })
    .unwrap()
}

fn picture(width: u32, height: u32, seed: u32) -> Image {
    let rgb = (0..width * height * 3).map(|i| (i.wrapping_mul(seed | 1) >> 7) as u8).collect();
    Image::from_rgb(width, height, rgb).unwrap()
}

#[test]
fn one_face_gives_a_template_of_unit_length() {
    let engine = engine(vec![(MIDDLE, 0.9)], 5.0, 4);
    let analysis = engine.analyse(&picture(640, 480, 77)).unwrap();
    let rect = analysis.face.rect;
    assert!((rect.x - 224.0).abs() < 2.0 && (rect.width - 192.0).abs() < 2.0, "{rect:?}");
    assert_eq!(analysis.template.experts.len(), 1);
    let length: f32 = analysis.template.experts[0].iter().map(|v| v * v).sum();
    assert!((length - 1.0).abs() < 1e-4);
    assert!(analysis.others.is_empty());
}

#[test]
fn faces_of_like_prominence_are_refused_and_bystanders_are_not() {
    let at = |x: f32, width: f32| Rect { x, y: 0.3, width, height: width };
    let two = engine(vec![(at(0.1, 0.25), 0.9), (at(0.65, 0.25), 0.9)], 5.0, 4);
    let refusal = two.analyse(&picture(640, 480, 3)).unwrap_err();
    assert_eq!((refusal.code, refusal.faces.len()), (Code::SeveralFaces, 2));
    let bystander = engine(vec![(at(0.02, 0.12), 0.95), (at(0.35, 0.3), 0.9)], 5.0, 4);
    let analysis = bystander.analyse(&picture(640, 480, 3)).unwrap();
    assert!((analysis.face.rect.x - 224.0).abs() < 2.0);
    assert_eq!(analysis.others.len(), 1);
}

#[test]
fn what_is_no_face_is_said() {
    assert_eq!(engine(vec![], 5.0, 4).analyse(&picture(640, 480, 3)).unwrap_err().code, Code::NoFace);
    assert_eq!(engine(vec![(MIDDLE, 0.5)], 5.0, 4).analyse(&picture(640, 480, 3)).unwrap_err().code, Code::NoFace);
    assert_eq!(engine(vec![(MIDDLE, 0.9)], -5.0, 4).analyse(&picture(640, 480, 3)).unwrap_err().code, Code::NoFace);
}

#[test]
fn an_embedder_that_is_not_what_the_manifest_states_is_refused() {
    let refusal = engine(vec![(MIDDLE, 0.9)], 5.0, 5).analyse(&picture(640, 480, 3)).unwrap_err();
    assert_eq!(refusal.code, Code::PackModelUnusable);
}

#[test]
fn a_face_cut_by_the_edge_has_a_template_but_must_not_be_used() {
    let left = Rect { x: -0.2, y: 0.2, width: 0.45, height: 0.6 };
    let analysis = engine(vec![(left, 0.9)], 5.0, 4).analyse(&picture(640, 480, 9)).unwrap();
    assert_eq!(analysis.usable().unwrap_err().code, Code::FaceCut);
}

/// A side that the first pass shortens by less than half a pixel: the other one may still be shortened by a whole one.
#[test]
fn a_picture_hardly_longer_than_a_pass_is_looked_at() {
    for (width, height) in [(48, 321), (321, 48), (100, 641), (319, 320), (322, 321)] {
        let engine = engine(vec![(Rect { x: 0.3, y: 0.3, width: 0.4, height: 0.4 }, 0.9)], 5.0, 4);
        if let Err(error) = engine.analyse(&picture(width, height, 1)) {
            assert!(matches!(error.code, Code::NoFace | Code::InferenceFailed), "{error}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_box_and_any_picture_end_well(
        x in -0.5_f32..1.2, y in -0.5_f32..1.2, width in 0.001_f32..2.0, height in 0.001_f32..2.0,
        size in (48_u32..400, 48_u32..400), seed in any::<u32>(),
    ) {
        prop_assume!((0.0..1.0).contains(&(x + width / 2.0)) && (0.0..1.0).contains(&(y + height / 2.0)));
        let engine = engine(vec![(Rect { x, y, width, height }, 0.9)], 5.0, 4);
        if let Err(error) = engine.analyse(&picture(size.0, size.1, seed)) {
            prop_assert!(matches!(error.code, Code::NoFace | Code::InferenceFailed), "{error}");
        }
    }
}

#[test]
fn a_film_goes_on_from_a_kept_observation_as_if_it_had_not_been_kept() {
    let engine = engine(vec![(MIDDLE, 0.9)], 5.0, 4);
    let (mut kept, mut unkept): (Option<Observation>, Option<Observation>) = (None, None);
    for number in 0..15 {
        let image = picture(480, 640, 77 + number);
        unkept = Some(engine.observe(&image, number * 66, unkept.as_ref()).unwrap());
        let seen = engine.observe(&image, number * 66, kept.as_ref()).unwrap();
        kept = Some(serde_json::from_str(&serde_json::to_string(&seen).unwrap()).unwrap());
        let (kept, unkept) = (kept.as_ref().unwrap(), unkept.as_ref().unwrap());
        assert_eq!((kept.number, kept.mesh.is_some(), kept.light.is_some()), (number, true, true));
        assert_eq!(serde_json::to_string(kept).unwrap(), serde_json::to_string(unkept).unwrap());
        assert_eq!((kept.texture.is_some(), kept.border.is_some()), (number % 4 == 0, number % 12 == 0));
    }
}

#[test]
fn a_picture_without_a_face_is_observed_and_a_huge_one_is_refused() {
    let empty = engine(vec![], 5.0, 4).observe(&picture(480, 640, 5), 3, None).unwrap();
    assert!(empty.mesh.is_none() && empty.light.is_none() && empty.imprint.hash != 0);
    let doubtful = engine(vec![(MIDDLE, 0.9)], -5.0, 4).observe(&picture(480, 640, 5), 3, None).unwrap();
    assert!(doubtful.mesh.is_none());
    let huge = engine(vec![(MIDDLE, 0.9)], 5.0, 4).observe(&picture(2_000, 60, 5), 3, None).unwrap_err();
    assert_eq!(huge.code, Code::ImageTooManyPixels);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_place_of_a_face_makes_an_observation_fail(
        x in -0.5..1.2_f32, y in -0.5..1.2_f32, width in 0.01..1.5_f32, height in 0.01..1.5_f32, wide in 48..700_u32, high in 48..700_u32,
    ) {
        let image = picture(wide, high, 9);
        let engine = engine(vec![(MIDDLE, 0.9)], 5.0, 4);
        let mut before = engine.observe(&image, 0, None).unwrap();
        if let Some(mesh) = &mut before.mesh {
            mesh.points.iter_mut().for_each(|p| (p.x, p.y) = ((p.x - 100.0) * width * 4.0 + x * 900.0, (p.y - 100.0) * height * 4.0 + y * 900.0));
        }
        // The next picture measures texture, border and classifier wherever the face is said to be.
        before.number = 11;
        let seen = engine.observe(&image, 66, Some(&before)).unwrap();
        let text = serde_json::to_string(&seen).unwrap();
        prop_assert!(!text.contains("null"), "{}", text);
        prop_assert!(serde_json::from_str::<Observation>(&text).is_ok());
    }
}
