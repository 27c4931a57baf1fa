//! The pack: every model is in the manifest with its hash and its licence text.

use super::Problem;
use crate::tree::Tree;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use toml::{Table, Value};

const FOLDER: &str = "models/";
const MANIFEST: &str = "models/manifest.toml";

/// Checks `models/` against its manifest, both ways.
pub(super) fn check(tree: &Tree, problems: &mut Vec<Problem>) {
    let manifest: Option<Table> = tree.text(MANIFEST).and_then(|text| text.parse().ok());
    let Some(manifest) = manifest else {
        problems.push(Problem::new(MANIFEST, 0, "is missing or not TOML"));
        return;
    };
    let mut named = BTreeSet::new();
    for model in manifest.get("model").and_then(Value::as_array).into_iter().flatten() {
        for key in ["file", "licence_file"] {
            let path = format!("{FOLDER}{}", entry(model, key));
            if !tree.files().any(|file| file == path) {
                problems.push(Problem::new(MANIFEST, 0, format!("{key} `{path}` does not exist")));
            }
            named.insert(path);
        }
        for key in ["licence", "origin"].into_iter().filter(|key| entry(model, key).trim().is_empty()) {
            problems.push(Problem::new(MANIFEST, 0, format!("`{}` has no {key}", entry(model, "file"))));
        }
        let file = format!("{FOLDER}{}", entry(model, "file"));
        if tree.bytes(&file).is_some_and(|bytes| sha256(&bytes) != entry(model, "sha256")) {
            problems.push(Problem::new(&file, 0, "does not have the SHA-256 that the manifest states"));
        }
    }
    let strangers = tree.below(FOLDER, "").filter(|path| needs_entry(path) && !named.contains(*path));
    problems.extend(strangers.map(|path| Problem::new(path, 0, "is not in models/manifest.toml")));
}

/// True for all files of the pack but the ones that describe it.
fn needs_entry(path: &str) -> bool {
    let name = path.trim_start_matches(FOLDER);
    name != "manifest.toml"
        && name != "README.md"
        && !name.starts_with("calibration.")
        && !name.starts_with("liveness.")
}

/// The text of a model's entry, empty when it is missing.
fn entry<'a>(model: &'a Value, key: &str) -> &'a str {
    model.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The SHA-256 in lower-case hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn manifest(hash: &str, licence: &str) -> String {
        format!(
            "[[model]]\nfile = \"m.onnx\"\nsha256 = \"{hash}\"\nlicence = \"{licence}\"\nlicence_file = \"licences/l.txt\"\norigin = \"o\"\n"
        )
    }

    #[test]
    fn a_whole_pack_passes() {
        let text = manifest(ABC, "MIT");
        let files = [
            ("models/manifest.toml", text.as_str()),
            ("models/m.onnx", "abc"),
            ("models/licences/l.txt", ""),
            ("models/README.md", ""),
        ];
        assert!(report(check, &files).is_empty());
    }

    #[test]
    fn wrong_hash_missing_licence_and_strangers_are_found() {
        let text = manifest(&ABC.replace('b', "c"), " ");
        let files = [("models/manifest.toml", text.as_str()), ("models/m.onnx", "abc"), ("models/other.onnx", "")];
        let lines = report(check, &files);
        assert_eq!(
            lines,
            [
                "models/manifest.toml: licence_file `models/licences/l.txt` does not exist",
                "models/manifest.toml: `m.onnx` has no licence",
                "models/m.onnx: does not have the SHA-256 that the manifest states",
                "models/other.onnx: is not in models/manifest.toml",
            ]
        );
        assert_eq!(report(check, &[]), ["models/manifest.toml: is missing or not TOML"]);
    }
}
