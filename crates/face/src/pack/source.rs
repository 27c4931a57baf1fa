//! Where a pack's files come from: a folder, or the binary itself.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{MODEL_BYTES_MAX, PACK_TEXT_BYTES_MAX};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Where a pack's files come from.
#[derive(Clone, Debug)]
pub enum PackSource {
    /// A folder with `manifest.toml`, the models and `calibration.json`.
    Folder(PathBuf),
    /// Names and bytes that were built into the program.
    Embedded(&'static [(&'static str, &'static [u8])]),
}

impl PackSource {
    /// A small text file; `None` when it is not there.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>> {
        let invalid = |detail: String| Error::new(Code::PackManifestInvalid, format!("{name}: {detail}"));
        let Some(bytes) = self.bytes(name, PACK_TEXT_BYTES_MAX)? else { return Ok(None) };
        String::from_utf8(bytes).map(Some).map_err(|_| invalid("not UTF-8".to_owned()))
    }

    /// A model file.
    pub(super) fn model(&self, name: &str) -> Result<Vec<u8>> {
        self.bytes(name, MODEL_BYTES_MAX)?
            .ok_or_else(|| Error::new(Code::PackFileMissing, format!("there is no {name}")))
    }

    fn bytes(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Folder(folder) => read(&folder.join(name), bytes_max),
            Self::Embedded(files) => Ok(files.iter().find(|(n, _)| *n == name).map(|(_, bytes)| bytes.to_vec())),
        }
    }
}

fn read(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>> {
    let failed = |e: std::io::Error| Error::new(Code::PackFileMissing, format!("{}: {e}", path.display()));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(e)),
    };
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(Error::new(
            Code::PackManifestInvalid,
            format!("{} is larger than {bytes_max} bytes", path.display()),
        ));
    }
    Ok(Some(bytes))
}
