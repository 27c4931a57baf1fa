//! A ZIP archive that somebody else made: what it says about itself is checked before it is believed, and again while it is unpacked.

use super::source::invalid;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::limits::{IMPORT_ARCHIVE_INDEX_BYTES_MAX, IMPORT_LIST_BYTES_MAX, IMPORT_RATIO_MAX, PHOTO_BYTES_MAX};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use zip::CompressionMethod;
use zip::ZipArchive;
use zip::read::ZipFile;

/// An archive whose index has been read and found in order.
pub(super) struct Archive {
    zip: ZipArchive<Metered>,
    list: usize,
    /// The folder of the list in the archive, with its `/`, or nothing.
    base: String,
}

/// Why a photo cannot be had from an archive.
pub(super) enum Reason {
    Missing,
    TooLarge,
    Unsafe(&'static str),
}

fn refused(detail: &'static str) -> Error {
    Error::new(Code::ImportArchiveUnsafe, detail)
}

impl Archive {
    /// Opens an archive and looks at its index; nothing is unpacked yet.
    pub(super) fn open(file: &Path) -> Result<Self> {
        let file = File::open(file).map_err(|_| invalid("the archive cannot be opened"))?;
        if !file.metadata().is_ok_and(|data| data.is_file()) {
            return Err(invalid("the archive is not a file"));
        }
        let left = Arc::new(AtomicU64::new(IMPORT_ARCHIVE_INDEX_BYTES_MAX));
        let reader = Metered { inner: BufReader::new(file), left: Arc::clone(&left) };
        let mut zip = ZipArchive::new(reader).map_err(|_| {
            // An index is held in memory whole, so that the reader's patience with it is what bounds it.
            if left.load(Ordering::Relaxed) == 0 {
                Error::new(Code::ImportTooLarge, "the archive's index is too large")
            } else {
                invalid("the archive is not a ZIP file, or it is damaged")
            }
        })?;
        left.store(u64::MAX, Ordering::Relaxed);
        if zip.has_duplicate_names() {
            return Err(refused("a name stands twice in it"));
        }
        if zip.has_overlapping_entries().map_err(|_| refused("its index points nowhere"))? {
            return Err(refused("its entries overlap"));
        }
        let mut lists = zip.file_names().enumerate().filter_map(|(place, name)| {
            let name = name.ok()?;
            let is_list = name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("csv"));
            is_list.then(|| (place, name.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default()))
        });
        let (Some((list, base)), None) = (lists.next(), lists.next()) else {
            return Err(invalid("the archive does not have exactly one list (*.csv)"));
        };
        drop(lists);
        Ok(Self { zip, list, base })
    }

    /// The list, unpacked as it is read.
    pub(super) fn list(&mut self) -> Result<impl Read> {
        let entry = self.zip.by_index(self.list).map_err(|_| refused("the list cannot be unpacked"))?;
        let size = check(&entry, IMPORT_LIST_BYTES_MAX).map_err(|reason| match reason {
            Reason::Unsafe(detail) => refused(detail),
            _ => Error::new(Code::ImportTooLarge, format!("the list has more than {IMPORT_LIST_BYTES_MAX} bytes")),
        })?;
        Ok(Exactly { inner: entry, left: size })
    }

    /// The bytes of a photo, whose name is known to be a plain path.
    pub(super) fn photo(&mut self, name: &str) -> std::result::Result<Vec<u8>, Reason> {
        let place = self.zip.index_for_name(&format!("{}{name}", self.base)).ok_or(Reason::Missing)?;
        let entry = self.zip.by_index(place).map_err(|_| Reason::Unsafe("an entry cannot be unpacked"))?;
        let size = check(&entry, PHOTO_BYTES_MAX)?;
        let mut bytes = Vec::with_capacity(size as usize);
        let read = Exactly { inner: entry, left: size }.read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(|_| Reason::Unsafe("an entry is damaged or not as long as it says"))
    }
}

/// The declared size of an entry, if it may be unpacked.
fn check(entry: &ZipFile<'_, Metered>, bytes_max: u64) -> std::result::Result<u64, Reason> {
    if !entry.is_file() || entry.encrypted() {
        return Err(Reason::Unsafe("an entry is not a plain, unencrypted file"));
    }
    if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        return Err(Reason::Unsafe("an entry is packed in a rare way"));
    }
    if entry.size() > bytes_max {
        return Err(Reason::TooLarge);
    }
    if entry.size() / IMPORT_RATIO_MAX > entry.compressed_size() {
        return Err(Reason::Unsafe("an entry is packed tighter than pictures and lists are"));
    }
    Ok(entry.size())
}

/// A reader that gives exactly as many bytes as were declared, and an error for any other number.
struct Exactly<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // One byte more than declared may be asked for: it must not come.
        let most = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(&mut buffer[..most])?;
        let ended = read == 0 && !buffer.is_empty() && self.left > 0;
        match self.left.checked_sub(read as u64) {
            Some(left) if !ended => {
                self.left = left;
                Ok(read)
            }
            _ => Err(io::Error::other("an entry is not as long as it says")),
        }
    }
}

/// A file that can be read only so far while `left` lasts.
struct Metered {
    inner: BufReader<File>,
    left: Arc<AtomicU64>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.left.load(Ordering::Relaxed);
        if left == u64::MAX {
            return Ok(read);
        }
        self.left.store(left.saturating_sub(read as u64), Ordering::Relaxed);
        if read as u64 > left { Err(io::Error::other("too much to read")) } else { Ok(read) }
    }
}

impl Seek for Metered {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
