//! The pack: the built-in one, or the folder that `--pack` names.

use crate::args::Common;
use crate::exit::Result;
use face::{Engine, PackSource};

/// A file of the built-in pack by its name.
macro_rules! files {
    ($($name:literal)+) => {
        &[$(($name, include_bytes!(concat!("../../../models/", $name)) as &[u8])),+]
    };
}

/// The files of the built-in pack, by their names in its manifest.
const EMBEDDED: &[(&str, &[u8])] = files! {
    "manifest.toml"
    "face_detection_yunet_2023mar_int8bq.onnx"
    "face_landmark_468.onnx"
    "face_recognition_sface_2021dec_int8bq.onnx"
    "fr_feature.onnx"
    "fr_liveness.onnx"
    "dlib_resnet_fp16.onnx"
    "licences/apache-2.0.txt"
    "licences/cc0-1.0.txt"
    "licences/mit-faceplugin.txt"
    "licences/mit-yunet.txt"
    "calibration.json"
    "liveness.json"
};

/// Where the pack comes from.
pub(crate) fn source(common: &Common) -> PackSource {
    common.pack.clone().map_or(PackSource::Embedded(EMBEDDED), PackSource::Folder)
}

/// The engine with a verified and calibrated pack.
pub(crate) fn load(common: &Common) -> Result<Engine> {
    Ok(Engine::load(&source(common))?)
}

/// The engine with a verified pack, its calibration left aside.
pub(crate) fn load_uncalibrated(common: &Common) -> Result<Engine> {
    Ok(Engine::load_uncalibrated(&source(common))?)
}

#[cfg(test)]
mod tests {
    use super::EMBEDDED;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_of_the_manifest_is_built_in_and_nothing_else() {
        let (_, manifest) = EMBEDDED.iter().find(|(name, _)| *name == "manifest.toml").unwrap();
        let named = std::str::from_utf8(manifest).unwrap().lines().filter_map(|line| {
            let (key, value) = line.split_once('=')?;
            matches!(key.trim(), "file" | "licence_file").then(|| value.trim().trim_matches('"'))
        });
        let wanted: BTreeSet<&str> = named.chain(["manifest.toml", "calibration.json", "liveness.json"]).collect();
        assert_eq!(EMBEDDED.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(), wanted);
    }
}
