//! Packs: what is stated must be there, and nothing is guessed.

#![expect(clippy::unwrap_used, reason = "the helpers of a test stop it")]

use face::pack::PackSource;
use face::{Code, Pack};
use testkit::packs;

fn load(change: impl FnOnce(&std::path::Path, String) -> String) -> face::Result<Pack> {
    let folder = tempfile::tempdir().unwrap();
    packs::write(folder.path(), "").unwrap();
    let manifest = change(folder.path(), packs::manifest());
    std::fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
    Pack::load(&PackSource::Folder(folder.path().to_owned()))
}

fn code(change: impl FnOnce(&std::path::Path, String) -> String) -> Code {
    load(change).unwrap_err().code
}

#[test]
fn a_whole_pack_loads() {
    let pack = load(|_, m| m).unwrap();
    assert_eq!(pack.name(), "made-up");
    assert_eq!(pack.models().len(), 3);
    assert_eq!(pack.id().0.len(), 64);
    assert!(pack.calibration().is_none());
}

#[test]
fn the_identity_follows_whatever_changes_a_template() {
    let first = load(|_, m| m).unwrap();
    let again = load(|_, m| m.replace("made-up", "renamed")).unwrap();
    assert_eq!(first.id(), again.id(), "a name changes no template");
    let other = load(|_, m| m.replacen("colour = \"rgb\"", "colour = \"bgr\"", 3)).unwrap();
    assert_ne!(first.id(), other.id());
}

/// The manifest with an attack classifier, whose file is the embedder's.
fn with_attack(manifest: &str, name: &str) -> String {
    format!(
        "{manifest}[[model]]\nname = \"{name}\"\nfile = \"judge.onnx\"\nsha256 = \"{}\"\nlicence = \"CC0-1.0\"\norigin = \"made up for tests\"\n\
         task = \"attack\"\ninput = {{ layout = \"nchw\", width = 128, height = 128, colour = \"bgr\", mean = [0.0, 0.0, 0.0], \
         scale = [1.0, 1.0, 1.0] }}\noutput = {{ kind = \"attack3\" }}\n",
        packs::sha256(b"judge")
    )
}

#[test]
fn an_attack_classifier_changes_no_template_and_there_is_one_at_most() {
    let without = load(|_, m| m).unwrap();
    let with = load(|_, m| with_attack(&m, "guard")).unwrap();
    assert_eq!((without.id(), with.models().len()), (with.id(), 4));
    let two = |m: String| with_attack(&with_attack(&m, "guard"), "second");
    assert_eq!(code(|_, m| two(m)), Code::PackManifestInvalid);
    for (from, to) in [("attack3", "template"), ("width = 128, height = 128", "width = 16, height = 16")] {
        assert_eq!(code(|_, m| with_attack(&m, "guard").replace(from, to)), Code::PackManifestInvalid, "{to}");
    }
}

#[test]
fn a_liveness_calibration_is_of_the_mesh_model_and_of_nothing_else() {
    let mesh = packs::sha256(b"mask");
    let text = |mesh: &str| {
        format!(
            "{{\"format\":1,\"mesh\":\"{mesh}\",\"created\":\"2026-11-22\",\"command\":\"made up\",\"data\":[],\"cues\":[],\
             \"live_from\":{{\"assist\":1,\"attended\":2,\"unattended\":3}},\"attack_to\":-4}}"
        )
    };
    let with = |text: String| {
        load(move |folder, m| {
            std::fs::write(folder.join("liveness.json"), text).unwrap();
            m
        })
    };
    assert!(load(|_, m| m).unwrap().liveness().is_none());
    assert!(with(text(&mesh)).unwrap().liveness().is_some());
    assert_eq!(with(text(&"0".repeat(64))).unwrap_err().code, Code::CalibrationOtherPack);
    assert_eq!(with("{}".to_owned()).unwrap_err().code, Code::CalibrationInvalid);
}

#[test]
fn a_missing_folder_file_or_manifest_is_said() {
    assert_eq!(Pack::load(&PackSource::Folder("no/such/folder".into())).unwrap_err().code, Code::PackNotFound);
    let missing = code(|folder, m| {
        std::fs::remove_file(folder.join("judge.onnx")).unwrap();
        m
    });
    assert_eq!(missing, Code::PackFileMissing);
}

#[test]
fn a_half_file_or_another_file_is_refused() {
    for bytes in [&b"jud"[..], b"", b"judgf"] {
        let refused = load(|folder, m| {
            std::fs::write(folder.join("judge.onnx"), bytes).unwrap();
            m
        });
        assert_eq!(refused.unwrap_err().code, Code::PackHashMismatch);
    }
}

#[test]
fn every_renamed_or_added_key_is_an_error() {
    let manifest = packs::manifest();
    for key in [
        "format",
        "name",
        "file",
        "sha256",
        "licence",
        "origin",
        "task",
        "layout",
        "width",
        "colour",
        "mean",
        "scale",
        "kind",
        "dimensions",
        "distance",
    ] {
        let renamed = manifest.replacen(&format!("{key} ="), &format!("{key}x ="), 1);
        assert_ne!(renamed, manifest, "{key}");
        assert_eq!(code(|_, _| renamed), Code::PackManifestInvalid, "{key}");
    }
    assert_eq!(code(|_, m| format!("extra = 1\n{m}")), Code::PackManifestInvalid);
    assert_eq!(code(|_, _| "not a manifest".to_owned()), Code::PackManifestInvalid);
}

#[test]
fn impossible_entries_are_errors() {
    for (from, to) in [
        ("format = 1", "format = 2"),
        ("eyes.onnx", "../eyes.onnx"),
        ("eyes.onnx", "/eyes.onnx"),
        ("width = 0, height = 0", "width = 0, height = 32"),
        ("width = 112, height = 112", "width = 113, height = 113"),
        ("dimensions = 16", "dimensions = 0"),
        ("dimensions = 16", "dimensions = 5000"),
        ("scale = [1.0, 1.0, 1.0]", "scale = [1.0, 0.0, 1.0]"),
        ("mean = [0.0, 0.0, 0.0]", "mean = [nan, 0.0, 0.0]"),
        ("task = \"embedder\"", "task = \"mesh\""),
        ("origin = \"made up for tests\"", "origin = \" \""),
        ("arcface-112", "guess"),
        ("kind = \"yunet\"", "kind = \"template\""),
    ] {
        let change = |_: &std::path::Path, m: String| {
            assert!(m.contains(from), "{from}");
            m.replacen(from, to, 1)
        };
        assert_eq!(code(change), Code::PackManifestInvalid, "{to}");
    }
}

#[test]
fn a_model_without_a_licence_is_refused() {
    assert_eq!(code(|_, m| m.replacen("CC0-1.0", "", 1)), Code::PackLicenceMissing);
}

#[test]
fn a_damaged_calibration_or_one_for_other_models_is_refused() {
    let with = |text: String| {
        load(move |folder, m| {
            std::fs::write(folder.join("calibration.json"), text).unwrap();
            m
        })
    };
    assert_eq!(with("{".to_owned()).unwrap_err().code, Code::CalibrationInvalid);
    let id = load(|_, m| m).unwrap().id().clone();
    let text = testkit::calibrations::text(&id);
    assert!(with(text.clone()).unwrap().calibration().is_some());
    let other = text.replace(&id.0, &"0".repeat(64));
    assert_eq!(with(other).unwrap_err().code, Code::CalibrationOtherPack);
    assert_eq!(with(text.replacen("\"format\"", "\"form\"", 1)).unwrap_err().code, Code::CalibrationInvalid);
    assert_eq!(
        with(text.replacen("\"deviation\":0.1", "\"deviation\":0.0", 1)).unwrap_err().code,
        Code::CalibrationInvalid
    );
}

#[test]
fn files_that_are_no_models_are_refused_by_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    packs::write(folder.path(), &packs::manifest()).unwrap();
    let Err(error) = face::Engine::load_uncalibrated(&PackSource::Folder(folder.path().to_owned())) else {
        panic!("loaded")
    };
    assert_eq!(error.code, Code::PackModelUnusable);
    assert!(error.detail.contains("eyes"), "{}", error.detail);
}
