//! Files that are whole or absent: written beside their place under a temporary name and then renamed.

use crate::code::Code;
use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file in the making. Dropped without [`WholeFile::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct WholeFile {
    writer: Option<BufWriter<File>>,
    temporary: PathBuf,
    target: PathBuf,
}

impl WholeFile {
    /// Begins the file that will stand at `target`.
    ///
    /// # Errors
    /// `write-failed` when the folder is missing or not writable.
    pub fn begin(target: &Path) -> Result<Self> {
        let name = target.file_name().ok_or_else(|| failed(target, &io::ErrorKind::IsADirectory.into()))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.tmp", std::process::id()));
        let temporary = target.with_file_name(hidden);
        let file = private(&temporary).map_err(|error| failed(target, &error))?;
        Ok(Self { writer: Some(BufWriter::with_capacity(1 << 18, file)), temporary, target: target.to_owned() })
    }

    /// Appends `bytes`.
    ///
    /// # Errors
    /// `write-failed`, for example on a full disk.
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.write_all(bytes).map_err(|error| failed(&self.target, &error))
    }

    /// Writes what is left and gives the file its name.
    ///
    /// # Errors
    /// `write-failed`; then nothing stands at the target that was not there before.
    pub fn finish(mut self) -> Result<()> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        let renamed = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&self.temporary, &self.target));
        renamed.map_err(|error| {
            // The first failure is what the reader needs; a second one, of the cleaning, says nothing new.
            let _ = fs::remove_file(&self.temporary);
            failed(&self.target, &error)
        })
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            // Nothing can be reported from here; a stray temporary file does no harm.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Writes `bytes` to `target` as a whole.
///
/// # Errors
/// `write-failed`.
pub fn write_whole(target: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = WholeFile::begin(target)?;
    file.put(bytes)?;
    file.finish()
}

/// Creates a new file that only its owner may read: scores and templates speak of persons.
pub(crate) fn private(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// `bytes` as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

pub(crate) fn failed(target: &Path, error: &io::Error) -> Error {
    Error::new(Code::WriteFailed, format!("{} could not be written: {error}", target.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_file_leaves_nothing_and_keeps_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("scores.csv");
        write_whole(&target, b"old").unwrap();
        let mut file = WholeFile::begin(&target).unwrap();
        file.put(&vec![b'x'; 1 << 20]).unwrap();
        drop(file);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failing_rename_leaves_no_half_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("taken");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("inside"), b"").unwrap();
        let error = write_whole(&target, b"new").unwrap_err();
        assert_eq!(error.code(), "write-failed");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_a_typed_error() {
        let mut file = WholeFile {
            writer: Some(BufWriter::new(fs::OpenOptions::new().write(true).open("/dev/full").unwrap())),
            temporary: PathBuf::from("/nonexistent/x"),
            target: PathBuf::from("/nonexistent/y"),
        };
        assert_eq!(file.put(&vec![0; 1 << 20]).unwrap_err().code(), "write-failed");
    }

    #[test]
    fn a_missing_folder_is_a_typed_error() {
        assert_eq!(write_whole(Path::new("/nonexistent/a/b"), b"").unwrap_err().code(), "write-failed");
        assert_eq!(write_whole(Path::new("/"), b"").unwrap_err().code(), "write-failed");
    }

    #[test]
    fn hex_digits() {
        assert_eq!(hex(&[0, 0xab, 0x10]), "00ab10");
    }
}
