//! The liveness lab with the real engine, on heads made of the fixtures' portraits.

use eval::Quiet;
use eval::attacks::chance::Chance;
use eval::attacks::kit::{KitOptions, make};
use eval::attacks::outcome::{AttacksOptions, Outcome, measure};
use eval::attacks::play::{Cast, Format, Recipe, play};
use eval::attacks::portrait::Portrait;
use eval::attacks::render::body::{Clothes, Lit, Posture, draw};
use eval::attacks::render::camera::Camera;
use eval::attacks::render::light::Lights;
use eval::attacks::render::raster::{Canvas, Lens};
use eval::attacks::render::room::Room;
use eval::attacks::render::space::Vec3;
use eval::attacks::session::{Label, Session, find};
use eval::attacks::species::Species;
use face::landmarks::Mesh;
use face::live::{Level, Way};
use face::{Engine, Image, PackSource};
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn engine() -> Engine {
    Engine::load_uncalibrated(&PackSource::Folder(repository().join("models"))).unwrap()
}

fn portrait(engine: &Engine, name: &str) -> Portrait {
    let bytes = std::fs::read(repository().join("fixtures").join(name)).unwrap();
    Portrait::of(engine, name, Image::decode(&bytes).unwrap()).unwrap()
}

/// What the engine's mesh model sees of a rendered head.
fn seen(engine: &Engine, portrait: &Portrait, posture: &Posture) -> Mesh {
    let mut chance = Chance::new(&[7]);
    let (lights, room) = (Lights::drawn(&mut chance), Room::drawn(480, 640, &mut chance));
    let clothes = Clothes::drawn(&mut chance);
    let mut canvas = Canvas::new(Lens::new(480, 640, 60.0));
    room.fill(&mut canvas, lights.room());
    draw(&mut canvas, &portrait.head, &clothes, (posture, Lit { lights: &lights, shown: [255; 3] }));
    let rgb = Camera::drawn(&mut chance).take(&canvas, 0.0, &mut chance);
    let image = Image::from_rgb(480, 640, rgb).unwrap();
    let faces = engine.detect(&image).unwrap();
    assert_eq!(faces.len(), 1, "one face is found");
    engine.mesh(&image, &faces[0]).unwrap()
}

const REST: Posture = Posture { at: Vec3::new(0.0, 1.0, 52.0), turn: [0.0; 3], blink: 0.0, mouth: 0.0 };

#[test]
fn the_mesh_sees_a_rendered_head_turn_as_it_was_turned() {
    let engine = engine();
    for name in ["obama-1.jpg", "biden-1.jpg"] {
        let portrait = portrait(&engine, name);
        for yaw in [0.0, 15.0, -15.0, 25.0, -25.0] {
            let pose = seen(&engine, &portrait, &Posture { turn: [yaw, 0.0, 0.0], ..REST }).pose();
            assert!((pose.yaw - yaw).abs() < 6.0, "{name} turned by {yaw} looks turned by {}", pose.yaw);
        }
        let level = seen(&engine, &portrait, &REST).pose();
        let nod = seen(&engine, &portrait, &Posture { turn: [0.0, -15.0, 0.0], ..REST }).pose();
        assert!((10.0..22.0).contains(&(level.pitch - nod.pitch)), "{name}: {} {}", level.pitch, nod.pitch);
    }
}

#[test]
fn the_mesh_sees_lids_close_and_the_mouth_open_and_the_face_come_closer() {
    let engine = engine();
    for name in ["obama-1.jpg", "biden-1.jpg"] {
        let portrait = portrait(&engine, name);
        let rest = seen(&engine, &portrait, &REST);
        let closed = seen(&engine, &portrait, &Posture { blink: 1.0, ..REST }).openness();
        let open = rest.openness();
        assert!(closed.right_eye < 0.8 * open.right_eye, "{name}: {} {}", closed.right_eye, open.right_eye);
        assert!(closed.left_eye < 0.8 * open.left_eye, "{name}: {} {}", closed.left_eye, open.left_eye);
        let mouth = seen(&engine, &portrait, &Posture { mouth: 1.0, ..REST }).openness().mouth;
        assert!(mouth > open.mouth + 0.1, "{name}: {mouth} {}", open.mouth);
        let near = seen(&engine, &portrait, &Posture { at: Vec3::new(0.0, 1.0, 40.0), ..REST });
        assert!(near.inter_eye_px() > 1.2 * rest.inter_eye_px(), "{name}");
    }
}

#[test]
fn a_recipe_makes_the_same_pictures_again_and_another_seed_others() {
    let engine = engine();
    let (person, other) = (portrait(&engine, "obama-1.jpg"), portrait(&engine, "biden-1.jpg"));
    let film = |seed: u64| {
        let format = Format { rate: 4.0, ..Format::default() };
        let recipe = Recipe { species: Some(Species::CutOutEyes), way: Way::default(), format, seed };
        let mut frames = Vec::new();
        let played = play(&recipe, Cast { person: &person, other: &other }, &mut |at, jpeg, _| {
            frames.push((at, jpeg));
            Ok(None)
        });
        (played.unwrap().challenge, frames)
    };
    let (a, b, c) = (film(3), film(3), film(4));
    assert!(a == b && a.1 != c.1);
    assert!(a.1.windows(2).all(|w| w[0].0 < w[1].0));
}

#[test]
fn a_kit_is_found_read_and_measured() {
    let engine = engine();
    let portraits = [portrait(&engine, "obama-1.jpg"), portrait(&engine, "biden-1.jpg")];
    let folder = tempfile::tempdir().unwrap();
    let options = KitOptions {
        species: vec![Species::FlatPrint, Species::Frozen],
        tries: 2,
        bona_fide: 1,
        seed: 5,
        y4m: false,
        way: Way { blinks: false, ..Way::default() },
        format: Format { rate: 5.0, ..Format::default() },
    };
    let made = make((&engine, &portraits), &options, folder.path(), &Quiet).unwrap();
    assert_eq!(made.kinds.iter().map(|k| k.sessions).collect::<Vec<_>>(), [1, 2, 2]);
    let found = find(folder.path()).unwrap();
    assert_eq!(found.len(), 5);
    let first = Session::read(&found[0]).unwrap();
    assert_eq!((first.label, first.person.as_str(), first.species.as_str()), (Label::BonaFide, "obama-1.jpg", ""));
    assert!(first.frames.len() > 15 && found[0].join(&first.frames[9].file).is_file());
    let asked = AttacksOptions {
        folders: vec![folder.path().to_owned()],
        portraits: Vec::new(),
        render: None,
        keep: None,
        fit: false,
        seed: 1,
        created: "2026-11-22".to_owned(),
    };
    let (outcome, fitted) = measure(&engine, &asked, &Quiet).unwrap();
    assert!(fitted.is_none());
    assert_eq!(outcome.sessions, 5);
    // Every picture of a rendered person has a face.
    let person = outcome.watched.iter().find(|w| w.label == Label::BonaFide).unwrap();
    assert_eq!((person.frames, person.frames), (person.faces, first.frames.len() as u32));
    let at = outcome.levels.iter().find(|at| at.level == Level::Unattended).unwrap();
    // This pack has no calibration of the check here, so nothing is checked, and nothing passes.
    assert!(at.kinds.iter().all(|k| k.not_checked.hits == k.not_checked.trials && k.live.hits == 0));
    let too_few = measure(&engine, &AttacksOptions { fit: true, ..asked }, &Quiet).unwrap_err();
    assert_eq!(too_few.code(), "too-little-data");
}

#[test]
fn what_was_observed_in_rendered_sessions_is_judged_again_without_pictures() {
    let engine = engine();
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let render = KitOptions {
        species: vec![Species::Frozen],
        tries: 1,
        bona_fide: 1,
        format: Format { rate: 6.0, ..Format::default() },
        ..KitOptions::default()
    };
    let portraits = vec![repository().join("fixtures/obama-1.jpg"), repository().join("fixtures/no-face.jpg")];
    let rendered = AttacksOptions {
        folders: Vec::new(),
        portraits,
        render: Some(render),
        keep: Some(kept.clone()),
        fit: false,
        seed: 1,
        created: "2026-11-22".to_owned(),
    };
    let (first, _) = measure(&engine, &rendered, &Quiet).unwrap();
    let again = AttacksOptions { folders: vec![kept.clone()], render: None, keep: None, ..rendered };
    let (again, _) = measure(&engine, &again, &Quiet).unwrap();
    let said = |outcome: &Outcome| -> Vec<_> {
        let mut said: Vec<_> =
            outcome.watched.iter().map(|w| (w.name.clone(), w.label, w.frames, w.ended_ms, w.cues.clone())).collect();
        said.sort_by(|a, b| a.0.cmp(&b.0));
        said
    };
    assert_eq!((said(&first), first.sessions), (said(&again), 2));
    let person = first.watched.iter().find(|w| w.label == Label::BonaFide).unwrap();
    assert!(person.ended_ms > 3_000 && person.frames > 20, "{person:?}");
    let files = find(&kept).unwrap().into_iter().flat_map(|folder| folder.read_dir().unwrap());
    let pictures = files.filter(|e| e.as_ref().unwrap().path().extension().is_none_or(|ending| ending != "json"));
    assert_eq!(pictures.count(), 0, "no picture is kept");
}

#[test]
fn what_is_no_portrait_is_refused() {
    let engine = engine();
    for name in ["no-face.jpg", "two-faces.jpg"] {
        let bytes = std::fs::read(repository().join("fixtures").join(name)).unwrap();
        let error = Portrait::of(&engine, name, Image::decode(&bytes).unwrap()).err().unwrap();
        assert_eq!(error.code(), "portrait-unusable", "{name}");
    }
}
