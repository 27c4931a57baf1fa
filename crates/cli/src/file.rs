//! Files: pictures in, drawings out.

use crate::code::Code;
use crate::exit::{Failure, Result};
use face::limits::IMAGE_BYTES_MAX;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// Largest text that is read, bytes.
const TEXT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Reads and decodes a picture; never more bytes than the limit.
pub(crate) fn picture(file: &Path) -> Result<face::Image> {
    let bytes = bytes(file).map_err(|error| unreadable(&error).in_file(file))?;
    face::Image::decode(&bytes).map_err(|error| Failure::from(error).in_file(file))
}

/// Refuses a file that does not exist or is none, without reading it.
pub(crate) fn check_input(file: &Path) -> Result<()> {
    let opened = File::open(file)
        .and_then(|open| open.metadata())
        .and_then(|about| if about.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(()) });
    opened.map_err(|error| unreadable(&error).in_file(file))
}

/// One byte more than the limit is read, so that the decoder sees that the file is too large.
fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(IMAGE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a text of at most 4 MiB: configurations, keys, notes.
pub(crate) fn text(file: &Path) -> Result<String> {
    let mut text = String::new();
    let read = File::open(file).and_then(|open| open.take(TEXT_BYTES_MAX).read_to_string(&mut text));
    read.map_err(|error| unreadable(&error).in_file(file))?;
    Ok(text)
}

fn unreadable(error: &io::Error) -> Failure {
    let code = if error.kind() == io::ErrorKind::NotFound { Code::FileNotFound } else { Code::FileUnreadable };
    Failure::new(code, detail_of(error))
}

/// The cause without the operating system's number.
fn detail_of(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    let mut letters = words.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// Where a result may go: refuses the input picture, and an existing file without `force`.
pub(crate) fn check_output(output: &Path, input: &Path, force: bool) -> Result<()> {
    let same = |a: &Path, b: &Path| matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b);
    if same(output, input) {
        return Err(Failure::new(Code::OutputIsInput, "this is the input picture").in_file(output));
    }
    if !force && output.exists() {
        return Err(Failure::new(Code::OutputExists, "the file exists").in_file(output));
    }
    Ok(())
}

/// Writes `bytes` to `file`: the whole of them, or nothing.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    Ok(eval::files::write_whole(file, bytes)?)
}

/// RGB pixels as a PNG file's bytes.
pub(crate) fn png(width: u32, height: u32, rgb: &[u8]) -> Result<Vec<u8>> {
    use image::ImageEncoder as _;
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes)
        .write_image(rgb, width, height, image::ExtendedColorType::Rgb8)
        .map_err(|error| Failure::write(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_replaces_the_file_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("out.png");
        write(&file, b"one").unwrap();
        write(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let lost = write(&folder.path().join("no/such/out.png"), b"x").unwrap_err();
        assert_eq!(lost.row.code, "write-failed");
    }

    #[test]
    fn the_input_and_existing_files_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in.jpg");
        fs::write(&input, b"x").unwrap();
        let odd = folder.path().join(".").join("in.jpg");
        assert_eq!(check_output(&odd, &input, true).unwrap_err().row.code, "output-is-input");
        let other = folder.path().join("out.png");
        check_output(&other, &input, false).unwrap();
        fs::write(&other, b"x").unwrap();
        assert_eq!(check_output(&other, &input, false).unwrap_err().row.code, "output-exists");
        check_output(&other, &input, true).unwrap();
    }

    #[test]
    fn a_folder_is_no_picture() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(picture(folder.path()).unwrap_err().row.code, "file-unreadable");
        assert_eq!(picture(&folder.path().join("none")).unwrap_err().row.code, "file-not-found");
    }
}
