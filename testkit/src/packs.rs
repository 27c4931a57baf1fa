//! Pack folders with files that are no real models, for everything that is checked before a model runs.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A manifest with a detector, a mesh and one embedder of 16 numbers, whose files hold their own names.
pub fn manifest() -> String {
    let entry = |name: &str, task: &str, side: u32, layout: &str, rest: &str| {
        format!(
            "[[model]]\nname = \"{name}\"\nfile = \"{name}.onnx\"\nsha256 = \"{}\"\nlicence = \"CC0-1.0\"\norigin = \"made up for tests\"\n\
             task = \"{task}\"\ninput = {{ layout = \"{layout}\", width = {side}, height = {side}, colour = \"rgb\", mean = [0.0, 0.0, 0.0], \
             scale = [1.0, 1.0, 1.0] }}\n{rest}\n",
            sha256(name.as_bytes())
        )
    };
    let embedder = "output = { kind = \"template\", dimensions = 16, distance = \"cosine\" }\nalignment = { kind = \"arcface-112\" }";
    ["format = 1\nname = \"made-up\"\n".to_owned()]
        .into_iter()
        .chain([
            entry("eyes", "detector", 0, "nchw", "output = { kind = \"yunet\" }"),
            entry("mask", "mesh", 192, "nhwc", "output = { kind = \"mesh468\" }"),
            entry("judge", "embedder", 112, "nchw", embedder),
        ])
        .collect()
}

/// Writes the pack of `manifest` into `folder`; every file named like a model of [`manifest`] holds its own name.
///
/// # Errors
/// When the folder cannot be written.
pub fn write(folder: &Path, manifest: &str) -> std::io::Result<PathBuf> {
    for name in ["eyes", "mask", "judge"] {
        std::fs::write(folder.join(format!("{name}.onnx")), name)?;
    }
    std::fs::write(folder.join("manifest.toml"), manifest)?;
    Ok(folder.to_owned())
}

/// SHA-256 as hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
