//! The liveness check on made-up films: a head, a picture of one on paper, a film on a screen.

#![expect(clippy::unwrap_used, reason = "the helpers of a test stop it")]

use face::geometry::Point;
use face::live::calibration::Calibration;
use face::live::look::{Border, Imprint, Texture};
use face::live::{
    Advice, Challenge, Cue, Film, Kind, Level, Liveness, Observation, Outcome, Prompt, Shown, Species, Step, Unchecked,
    Way, Why, cues, judge,
};
use proptest::prelude::*;
use testkit::films::{Actor, film};

const MESH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A calibration with plain steps: what is worth what is fitted elsewhere.
fn calibration() -> Calibration {
    let worth = |kind: &str, low: f64, middle: f64, high: f64| {
        format!(
            "{{\"kind\":\"{kind}\",\"version\":1,\"live\":10,\"attack\":10,\"person_from\":{middle},\"table\":[[{low},-3],[{middle},0],[{high},3]]}}"
        )
    };
    let cues = [
        worth("challenge", -0.5, 0.5, 3.0),
        worth("depth", -1.5, -0.8, -0.2),
        worth("light", 0.0, 0.3, 0.6),
        worth("rest", -1.0, -0.3, 0.5),
        worth("continuity", -3.0, -1.5, -0.5),
    ];
    let text = format!(
        "{{\"format\":1,\"mesh\":\"{MESH}\",\"created\":\"2026-11-22\",\"command\":\"made up\",\"data\":[],\"cues\":[{}],\
         \"live_from\":{{\"assist\":1,\"attended\":2,\"unattended\":4}},\"attack_to\":-4}}",
        cues.join(",")
    );
    Calibration::parse(&text, MESH).unwrap()
}

fn drawn(seed: u8, way: Way) -> Challenge {
    let mut random = [0; 32];
    for (i, byte) in random.iter_mut().enumerate() {
        *byte = seed.wrapping_mul(37).wrapping_add((i as u8).wrapping_mul(101)).rotate_left(u32::from(seed) % 7);
    }
    Challenge::draw(way, Level::Unattended, &random)
}

fn played(seed: u8, actor: Actor) -> Film {
    let challenge = drawn(seed, Way::default());
    film(&challenge, &challenge, actor, u64::from(seed))
}

fn cue(film: &Film, kind: Kind) -> Cue {
    *cues::all(film).iter().find(|c| c.kind == kind).unwrap()
}

fn value(film: &Film, kind: Kind) -> f64 {
    let cue = cue(film, kind);
    assert!(cue.value.is_some(), "{kind:?} is silent: {:?}", cue.why);
    cue.value.unwrap()
}

fn judged(film: &Film, level: Level) -> Liveness {
    judge(film, Some(&calibration()), level)
}

#[test]
fn a_person_who_does_what_is_asked_is_live_at_every_level() {
    for seed in 0..20 {
        let film = played(seed, Actor::Person);
        for level in Level::ALL {
            let found = judged(&film, level);
            assert_eq!(found.outcome, Outcome::Live, "{seed} {level:?} {:?} {found:#?}", film.challenge.steps);
        }
    }
}

#[test]
fn paper_moves_as_a_plane_and_a_head_as_a_solid() {
    for seed in 0..12 {
        let (person, paper) = (played(seed, Actor::Person), played(seed, Actor::Paper));
        assert!(value(&person, Kind::Depth) > -0.5, "{seed}: {}", value(&person, Kind::Depth));
        let depth = value(&paper, Kind::Depth);
        assert!(depth < -1.0, "{seed}: {depth}");
        assert_eq!(cue(&paper, Kind::Depth).species, Some(Species::Print));
        assert_ne!(judged(&paper, Level::Unattended).outcome, Outcome::Live);
    }
}

#[test]
fn a_screen_does_not_answer_the_light() {
    for seed in 0..12 {
        let screen = played(seed, Actor::Screen);
        assert!(cue(&screen, Kind::Light).value.is_none_or(|v| v < 0.2), "{seed}");
        assert!(value(&played(seed, Actor::Person), Kind::Light) > 0.4, "{seed}");
        assert_ne!(judged(&screen, Level::Unattended).outcome, Outcome::Live);
    }
}

#[test]
fn a_film_of_another_capture_is_never_live() {
    let mut live = Vec::new();
    for seed in 0..40_u8 {
        let asked = drawn(seed, Way::default());
        let other = drawn(seed.wrapping_add(100), Way::default());
        let mut replayed = film(&other, &other, Actor::Person, u64::from(seed));
        replayed.challenge = asked.clone();
        replayed.shown = testkit::films::shown(&asked);
        if judged(&replayed, Level::Unattended).outcome == Outcome::Live {
            live.push((seed, asked, other));
        }
    }
    assert!(live.is_empty(), "{live:?}");
}

#[test]
fn nothing_counts_that_was_done_before_it_was_asked() {
    let mut film = played(3, Actor::Person);
    let turn = film.challenge.steps.iter().position(|s| matches!(s, Step::Turn { .. })).unwrap();
    assert!((value(&film, Kind::Challenge) - 1.0).abs() < 1e-9);
    // The same movements, each asked for when it is over.
    for shown in &mut film.shown {
        if matches!(shown.prompt, Prompt::Step { .. }) {
            (shown.from_ms, shown.to_ms) = (shown.from_ms + 2_000, shown.to_ms + 2_000);
        }
    }
    assert_eq!(cue(&film, Kind::Challenge).why, Some(Why::NotFollowed), "{turn}");
}

#[test]
fn a_frozen_picture_a_loop_and_pictures_sent_twice_are_no_rest() {
    let person = played(5, Actor::Person);
    assert!(value(&person, Kind::Rest) > 0.0, "{}", value(&person, Kind::Rest));
    let mut frozen = person.clone();
    let first = frozen.frames[0].mesh.clone();
    frozen.frames.iter_mut().for_each(|f| f.mesh.clone_from(&first));
    assert!(value(&frozen, Kind::Rest) < -1.0);
    let mut looped = person.clone();
    let from = looped.frames.len() / 2;
    for i in 0..looped.frames.len() {
        looped.frames[i].mesh = person.frames[from + i % 40].mesh.clone();
    }
    assert!(value(&looped, Kind::Rest) < -0.5, "{}", value(&looped, Kind::Rest));
    assert_eq!(cue(&looped, Kind::Rest).species, Some(Species::Looped));
    let mut twice = person.clone();
    for i in 1..twice.frames.len() {
        if i % 2 == 1 {
            twice.frames[i].imprint = twice.frames[i - 1].imprint.clone();
        }
    }
    assert!(value(&twice, Kind::Rest) < -1.0);
    assert_eq!(cue(&twice, Kind::Rest).species, Some(Species::Injected));
}

#[test]
fn a_cut_to_another_face_is_seen() {
    let film = played(6, Actor::Person);
    let whole = value(&film, Kind::Continuity);
    let mut cut = film.clone();
    let half = cut.frames.len() / 2;
    for frame in cut.frames.iter_mut().skip(half) {
        for (i, p) in frame.mesh.as_mut().unwrap().points.iter_mut().enumerate() {
            *p = Point::new(p.x * 1.12 + 14.0 + (i % 7) as f32, p.y * 0.96 + (i % 5) as f32);
        }
    }
    assert!(value(&cut, Kind::Continuity) < whole - 0.5, "{whole} {}", value(&cut, Kind::Continuity));
}

#[test]
fn a_room_that_grows_with_the_face_is_no_room() {
    let challenge = Challenge { way: Way::default(), steps: vec![Step::Closer { percent: 140 }], colours: Vec::new() };
    let mut film = film(&challenge, &challenge, Actor::Person, 9);
    let small = film.frames[0].mesh.clone().unwrap().inter_eye_px();
    let tile = |x: f32, y: f32| if ((x / 60.0).floor() + (y / 60.0).floor()) as i32 % 2 == 0 { 60 } else { 180 };
    let mut paint = |zoomed: bool| {
        for frame in &mut film.frames {
            let mesh = frame.mesh.as_ref().unwrap();
            let growth = if zoomed { mesh.inter_eye_px() / small } else { 1.0 };
            let centre = mesh.five()[2];
            let rgb = (0..480 * 640).flat_map(|i| {
                let (x, y) = ((i % 480) as f32, (i / 480) as f32);
                [tile((x - centre.x) / growth + 240.0, (y - centre.y) / growth + 320.0) as u8; 3]
            });
            frame.imprint = Imprint::of(&face::Image::from_rgb(480, 640, rgb.collect()).unwrap());
        }
        cue(&film, Kind::Depth)
    };
    assert_eq!(paint(true).species, Some(Species::Zoom));
    assert_ne!(paint(false).species, Some(Species::Zoom));
}

#[test]
fn a_way_that_does_not_suffice_is_said_and_never_made_less_of() {
    for (way, level, enough) in [
        (Way { colours: false, head: true, blinks: true }, Level::Unattended, false),
        (Way { colours: true, head: false, blinks: true }, Level::Unattended, false),
        (Way { colours: true, head: true, blinks: false }, Level::Unattended, true),
        (Way { colours: false, head: true, blinks: true }, Level::Attended, true),
        (Way { colours: true, head: false, blinks: false }, Level::Attended, true),
        (Way { colours: false, head: false, blinks: true }, Level::Attended, false),
        (Way { colours: false, head: false, blinks: false }, Level::Assist, true),
    ] {
        let challenge = drawn(2, way);
        let found = judged(&film(&challenge, &challenge, Actor::Person, 4), level);
        assert_eq!(level.suffices(way), enough);
        let expected = if enough {
            Outcome::Live
        } else {
            Outcome::NotChecked { why: Unchecked::WayInsufficient, advice: Advice::AskPerson }
        };
        assert_eq!(found.outcome, expected, "{way:?} {level:?} {found:#?}");
    }
}

#[test]
fn without_a_calibration_or_without_a_face_nothing_is_checked() {
    let film = played(1, Actor::Person);
    let none = judge(&film, None, Level::Assist);
    assert_eq!(none.outcome, Outcome::NotChecked { why: Unchecked::NoCalibration, advice: Advice::AskPerson });
    assert!(none.ratio.is_none() && none.cues.len() == Kind::ALL.len());
    let mut empty = film.clone();
    empty.frames.iter_mut().for_each(|f| f.mesh = None);
    let found = judged(&empty, Level::Assist);
    assert_eq!(found.outcome, Outcome::NotChecked { why: Unchecked::NoFace, advice: Advice::FaceInPicture });
    let mut back = film.clone();
    back.frames.reverse();
    let found = judged(&back, Level::Assist);
    assert_eq!(found.outcome, Outcome::NotChecked { why: Unchecked::FilmUnsound, advice: Advice::TryAgain });
}

#[test]
fn an_observation_that_is_kept_comes_back_as_it_was() {
    let mut seen = played(1, Actor::Person).frames[3].clone();
    seen.texture = Some(Texture { peak: 1.5, ..Texture::default() });
    seen.border = Some(Border { sides: 2, ..Border::default() });
    let text = serde_json::to_string(&seen).unwrap();
    let once: Observation = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&once).unwrap(), text);
    let apart = once.mesh.unwrap().points.iter().zip(&seen.mesh.unwrap().points).all(|(a, b)| a.distance(*b) < 0.08);
    assert!(apart && text.len() < 8_000, "{}", text.len());
    for damaged in [text.replacen("\"points\":\"", "\"points\":\"AAAA", 1), text.replacen("points", "pints", 1)] {
        assert!(serde_json::from_str::<Observation>(&damaged).is_err());
    }
}

#[test]
fn a_calibration_that_is_damaged_or_for_another_model_is_refused() {
    let text = serde_json::to_string(&calibration()).unwrap();
    assert!(Calibration::parse(&text, MESH).is_ok());
    assert_eq!(Calibration::parse(&text, &"1".repeat(64)).unwrap_err().code, face::Code::CalibrationOtherPack);
    for (from, to) in [
        ("\"format\":1", "\"format\":2"),
        ("\"version\":1", "\"version\":7"),
        ("\"version\":1", "\"versions\":1"),
        ("[-1.5,-3.0]", "[-0.1,-3.0]"),
        ("[-1.5,-3.0]", "[-1.5,9.0]"),
        ("[-1.5,-3.0]", "[-1.5,-99.0]"),
        ("\"kind\":\"depth\"", "\"kind\":\"light\""),
        ("\"attack_to\":-4.0", "\"attack_to\":4.0"),
        ("\"assist\":1.0", "\"assist\":3.0"),
        ("\"assist\":1.0", "\"assist\":-1.0"),
    ] {
        let damaged = text.replacen(from, to, 1);
        assert_ne!(damaged, text, "{from}");
        assert_eq!(Calibration::parse(&damaged, MESH).unwrap_err().code, face::Code::CalibrationInvalid, "{to}");
    }
}

/// What can be wrong with one picture of a film.
fn damage(film: &mut Film, kind: u8, at: usize) {
    let n = film.frames.len().max(1);
    let Some(frame) = film.frames.get_mut(at % n) else { return };
    match kind % 8 {
        0 => frame.mesh = None,
        1 => frame.mesh.iter_mut().for_each(|m| m.points[at % 468].x = f32::NAN),
        2 => frame.mesh.iter_mut().for_each(|m| m.depth.truncate(at % 468)),
        3 => frame.mesh.iter_mut().for_each(|m| m.points.fill(Point::new(3.0, 3.0))),
        4 => frame.at_ms = (at as u32).wrapping_mul(2_654_435_761),
        5 => frame.light.iter_mut().for_each(|l| l.nose = Some([f32::NAN, f32::INFINITY, -1.0])),
        6 => (frame.width, frame.height) = (0, 0),
        _ => frame.mesh.iter_mut().for_each(|m| m.points.iter_mut().for_each(|p| p.y *= 1e30)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_film_makes_a_cue_panic_or_say_what_is_not_a_number(
        length in 0..200_usize, damages in prop::collection::vec((any::<u8>(), any::<usize>()), 0..40),
        shown in prop::collection::vec((0..12_u32, 0..20_000_u32, 0..20_000_u32), 0..8), seed in 0..40_u8,
    ) {
        let mut film = played(seed, Actor::Person);
        film.frames.truncate(length);
        for (kind, at) in damages {
            damage(&mut film, kind, at);
        }
        film.shown.extend(shown.into_iter().map(|(at, from_ms, to_ms)| Shown { prompt: Prompt::Step { at }, from_ms, to_ms }));
        for level in Level::ALL {
            let found = judged(&film, level);
            prop_assert!(found.ratio.is_none_or(f64::is_finite));
            for c in &found.cues {
                prop_assert!(c.cue.value.is_none_or(f64::is_finite));
                prop_assert_eq!(c.cue.value.is_none(), c.cue.why.is_some());
            }
            if !film.sound() {
                prop_assert!(found.outcome != Outcome::Live, "an unsound film is live");
            }
        }
    }

    #[test]
    fn every_text_is_an_observation_or_an_error(text in "\\PC{0,200}") {
        prop_assert!(serde_json::from_str::<Observation>(&text).is_err());
        prop_assert!(Calibration::parse(&text, MESH).is_err());
    }
}

#[test]
fn thousands_of_pictures_are_refused_in_no_time() {
    let mut film = played(1, Actor::Person);
    let frame = film.frames[10].clone();
    film.frames = (0..6_000).map(|i| Observation { at_ms: i * 10, ..frame.clone() }).collect();
    assert!(!film.sound());
    assert!(cues::all(&film).iter().all(|c| c.why == Some(Why::FilmUnsound)));
}
