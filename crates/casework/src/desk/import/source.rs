//! Where an import comes from: a list and a folder of photos, or one ZIP archive that holds both. Whatever they hold, what is taken in is
//! bounded before it is read and again while it is read.

use super::archive::{Archive, Reason};
use super::list::{Line, next_line};
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{
    IMPORT_LINES_QUEUED_MAX, IMPORT_LIST_BYTES_MAX, IMPORT_PHOTO_NAME_BYTES_MAX, IMPORT_ROWS_MAX, PHOTO_BYTES_MAX,
};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

/// Where an import comes from.
#[derive(Clone, Debug)]
pub enum ImportSource {
    /// A list and a folder that its photo names are relative to.
    Folder {
        /// The list.
        list: PathBuf,
        /// The folder.
        photos: PathBuf,
    },
    /// A ZIP archive with exactly one list (`*.csv`); photo names are relative to the list's folder in it.
    Zip {
        /// The archive.
        file: PathBuf,
    },
}

/// What a first reading of the list tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Survey {
    /// SHA-256 of the list: by it an import that was cut off is found again.
    pub(super) hash: [u8; 32],
    /// Lines after the first.
    pub(super) rows: u64,
    /// The first line.
    pub(super) header: String,
}

pub(super) fn invalid(detail: impl Into<String>) -> Error {
    Error::new(Code::ImportSourceInvalid, detail)
}

impl ImportSource {
    /// Reads the list once, keeping nothing of it.
    pub(super) fn survey(&self) -> Result<Survey> {
        match self {
            Self::Folder { list, .. } => survey(open(list)?),
            Self::Zip { file } => {
                let mut archive = Archive::open(file)?;
                let list = archive.list()?;
                survey(list)
            }
        }
    }

    /// The lines of the list, read on a thread of their own and never far ahead, so that memory stays small however long the list is.
    pub(super) fn lines(&self) -> Result<Receiver<io::Result<Line>>> {
        let (sender, receiver) = sync_channel(IMPORT_LINES_QUEUED_MAX);
        let source = self.clone();
        let read = move || {
            let mut send = |line| sender.send(line).is_ok();
            let outcome = match &source {
                Self::Folder { list, .. } => open(list).map(|file| pump(file, &mut send)),
                Self::Zip { file } => Archive::open(file).and_then(|mut archive| {
                    pump(archive.list()?, &mut send);
                    Ok(())
                }),
            };
            if outcome.is_err() {
                send(Err(io::Error::other("the list cannot be opened again")));
            }
        };
        let thread = std::thread::Builder::new().name("import-list".to_owned()).spawn(read);
        thread.map(|_| receiver).map_err(|_| invalid("no thread could be started to read the list"))
    }

    /// The photos.
    pub(super) fn photos(&self) -> Result<Photos> {
        Ok(match self {
            Self::Folder { photos, .. } => {
                let root = photos.canonicalize().map_err(|_| invalid("the folder of photos cannot be opened"))?;
                Photos::Folder(root)
            }
            Self::Zip { file } => Photos::Zip(Box::new(Archive::open(file)?)),
        })
    }
}

fn open(list: &Path) -> Result<File> {
    let file = File::open(list).map_err(|_| invalid("the list cannot be opened"))?;
    let plain = file.metadata().is_ok_and(|data| data.is_file());
    if plain { Ok(file) } else { Err(invalid("the list is not a file")) }
}

fn survey(list: impl Read) -> Result<Survey> {
    let mut reader =
        BufReader::new(Hashed { inner: list.take(IMPORT_LIST_BYTES_MAX + 1), hash: Sha256::new(), bytes: 0 });
    let unreadable = |_| invalid("the list cannot be read to its end");
    let Some(Line::Text(header)) = next_line(&mut reader).map_err(unreadable)? else {
        return Err(invalid("the list has no first line with the names of its columns"));
    };
    let mut rows = 0;
    while next_line(&mut reader).map_err(unreadable)?.is_some() {
        rows += 1;
        if rows > IMPORT_ROWS_MAX {
            return Err(Error::new(Code::ImportTooLarge, format!("the list has more than {IMPORT_ROWS_MAX} rows")));
        }
    }
    let hashed = reader.into_inner();
    if hashed.bytes > IMPORT_LIST_BYTES_MAX {
        return Err(Error::new(Code::ImportTooLarge, format!("the list has more than {IMPORT_LIST_BYTES_MAX} bytes")));
    }
    Ok(Survey { hash: hashed.hash.finalize().into(), rows, header })
}

/// Sends the lines after the first until nobody listens any more.
fn pump(list: impl Read, send: &mut impl FnMut(io::Result<Line>) -> bool) {
    let mut reader = BufReader::new(list.take(IMPORT_LIST_BYTES_MAX));
    let mut first = true;
    loop {
        let sent = match next_line(&mut reader) {
            Ok(None) => return,
            Ok(Some(_)) if std::mem::take(&mut first) => true,
            Ok(Some(line)) => send(Ok(line)),
            Err(error) => {
                send(Err(error));
                return;
            }
        };
        if !sent {
            return;
        }
    }
}

/// A reader that hashes what passes.
struct Hashed<R> {
    inner: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

/// Where the photos are.
pub(super) enum Photos {
    /// In this folder, whose path has no links in it.
    Folder(PathBuf),
    /// In this archive.
    Zip(Box<Archive>),
}

impl Photos {
    /// The bytes of a photo.
    ///
    /// # Errors
    /// `import-photo-name`, `import-photo-missing`, `import-photo-too-large`, `import-archive-unsafe`.
    pub(super) fn read(&mut self, name: &str) -> Result<Vec<u8>> {
        if !is_inside(name) {
            return Err(Error::new(Code::ImportPhotoName, "it is not a plain path inside the folder of photos"));
        }
        match self {
            Self::Folder(root) => from_folder(root, name),
            Self::Zip(archive) => archive.photo(name).map_err(|reason| match reason {
                Reason::Missing => missing(),
                Reason::TooLarge => too_large(),
                Reason::Unsafe(detail) => Error::new(Code::ImportArchiveUnsafe, detail),
            }),
        }
    }
}

fn missing() -> Error {
    Error::new(Code::ImportPhotoMissing, "there is no file of this name")
}

fn too_large() -> Error {
    Error::new(Code::ImportPhotoTooLarge, format!("it has more than {PHOTO_BYTES_MAX} bytes"))
}

/// True for a path that leads nowhere but down from where it begins, on any system: plain names with `/` between them.
pub(super) fn is_inside(name: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    name.len() <= IMPORT_PHOTO_NAME_BYTES_MAX
        && !name.chars().any(|c| c.is_control() || matches!(c, '\\' | ':'))
        && name.split('/').all(plain)
}

fn from_folder(root: &Path, name: &str) -> Result<Vec<u8>> {
    // Links are followed before the path is judged, so that none leads out of the folder.
    let path = root.join(name).canonicalize().map_err(|_| missing())?;
    if !path.starts_with(root) {
        return Err(Error::new(Code::ImportPhotoName, "it leads out of the folder of photos"));
    }
    // What is no plain file is not even opened: a pipe would wait for ever.
    let data = std::fs::metadata(&path).map_err(|_| missing())?;
    if !data.is_file() {
        return Err(missing());
    }
    if data.len() > PHOTO_BYTES_MAX {
        return Err(too_large());
    }
    let file = File::open(&path).map_err(|_| missing())?;
    let mut bytes = Vec::with_capacity(data.len() as usize);
    file.take(PHOTO_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|_| missing())?;
    if bytes.len() as u64 > PHOTO_BYTES_MAX { Err(too_large()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_stay_inside() {
        for right in ["a.jpg", "2019/a.jpg", "王小明.jpg", "..a.jpg", "a b.jpg"] {
            assert!(is_inside(right), "{right}");
        }
        for wrong in [
            "",
            "..",
            "../a",
            "a/../../b",
            "/etc/passwd",
            "a//b",
            "./a",
            "a/",
            "C:\\a",
            "C:a",
            "a\\..\\b",
            "a\0b",
            "a\nb",
        ] {
            assert!(!is_inside(wrong), "{wrong:?}");
        }
        assert!(!is_inside(&"a".repeat(IMPORT_PHOTO_NAME_BYTES_MAX + 1)));
    }

    #[test]
    fn a_link_does_not_lead_out() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("photos");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(folder.path().join("secret"), b"s").unwrap();
        std::fs::write(inside.join("p"), b"p").unwrap();
        let mut photos = ImportSource::Folder { list: PathBuf::new(), photos: inside.clone() }.photos().unwrap();
        assert_eq!(photos.read("p").unwrap(), b"p");
        assert_eq!(photos.read("q").unwrap_err().code(), "import-photo-missing");
        assert_eq!(photos.read("../secret").unwrap_err().code(), "import-photo-name");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("secret"), inside.join("link")).unwrap();
            std::os::unix::fs::symlink(&inside, inside.join("loop")).unwrap();
            assert_eq!(photos.read("link").unwrap_err().code(), "import-photo-name");
            assert_eq!(photos.read("loop/loop/p").unwrap(), b"p");
        }
        std::fs::create_dir(inside.join("d")).unwrap();
        assert_eq!(photos.read("d").unwrap_err().code(), "import-photo-missing");
        let large = File::create(inside.join("large")).unwrap();
        large.set_len(PHOTO_BYTES_MAX + 1).unwrap();
        assert_eq!(photos.read("large").unwrap_err().code(), "import-photo-too-large");
    }

    #[test]
    fn a_survey_counts_and_hashes() {
        let one = survey(&b"number,name\na,b\nc,d\n"[..]).unwrap();
        let other = survey(&b"number,name\na,b\nc,e\n"[..]).unwrap();
        assert_eq!((one.rows, one.header.as_str()), (2, "number,name"));
        assert_ne!(one.hash, other.hash);
        assert_eq!(survey(&b""[..]).unwrap_err().code(), "import-source-invalid");
        assert_eq!(survey(&b"\xff\xfe\n"[..]).unwrap_err().code(), "import-source-invalid");
    }

    #[test]
    fn endless_lists_end() {
        let header = &b"number\n"[..];
        let rows = header.chain(io::repeat(b'\n').take(IMPORT_ROWS_MAX + 1));
        assert_eq!(survey(rows).unwrap_err().code(), "import-too-large");
    }

    proptest! {
        #[test]
        fn no_name_is_inside_and_leads_out(name in "[a./\\\\:]{0,12}") {
            if is_inside(&name) {
                let path = Path::new("/srv/photos").join(&name);
                prop_assert!(path.starts_with("/srv/photos"));
                prop_assert!(path.components().all(|part| part != std::path::Component::ParentDir));
            }
        }
    }
}
