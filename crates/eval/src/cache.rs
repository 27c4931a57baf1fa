//! A resumable cache of samples: one small checked file a picture, keyed by the analysis and by the SHA-256 of the picture's file.
//!
//! Entries hold templates, which are biometric data: the folder and its files are readable by their owner only.

use crate::code::Code;
use crate::error::{Error, Result};
use crate::files::{hex, private};
use crate::limits::CACHE_ENTRY_BYTES_MAX;
use crate::sample::Sample;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Revision of the entry format.
const FORMAT: &str = "countenance-eval-sample-1";

/// A folder of samples that were all made by one analysis.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    writes: AtomicU64,
}

impl Cache {
    /// Opens the part of the cache in `folder` that belongs to the analysis named by `key`, and makes it if need be.
    ///
    /// # Errors
    /// `cache-unusable`.
    pub fn open(folder: &Path, key: &str) -> Result<Self> {
        let digest = hex(&Sha256::digest(format!("{FORMAT}\n{key}")));
        let own = folder.join(&digest[..16]);
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&own).map_err(|error| unusable(&own, &error))?;
        Ok(Self { folder: own, writes: AtomicU64::new(0) })
    }

    /// The sample of the picture whose file has this SHA-256. A missing or damaged entry is `None`: it is made again.
    pub fn load(&self, sha256: &str) -> Option<Sample> {
        let file = fs::File::open(self.place(sha256)).ok()?;
        let mut bytes = Vec::new();
        file.take(CACHE_ENTRY_BYTES_MAX).read_to_end(&mut bytes).ok()?;
        decode(&bytes)
    }

    /// Keeps `sample`: written under a temporary name, then renamed, so that a stopped run leaves whole entries only.
    ///
    /// # Errors
    /// `cache-unusable`, for example on a full disk.
    pub fn store(&self, sha256: &str, sample: &Sample) -> Result<()> {
        let place = self.place(sha256);
        let write = self.writes.fetch_add(1, Ordering::Relaxed);
        let temporary = self.folder.join(format!("{}-{write}.tmp", std::process::id()));
        let done = encode(sample).and_then(|bytes| {
            if let Some(parent) = place.parent() {
                fs::create_dir_all(parent)?;
            }
            private(&temporary)?.write_all(&bytes)?;
            fs::rename(&temporary, &place)
        });
        done.map_err(|error| {
            // The first failure is what the reader needs.
            let _ = fs::remove_file(&temporary);
            unusable(&place, &error)
        })
    }

    fn place(&self, sha256: &str) -> PathBuf {
        let (first, rest) = sha256.split_at(sha256.len().min(2));
        self.folder.join(first).join(format!("{rest}.json"))
    }
}

/// The check line (SHA-256 of the rest), then the sample.
fn encode(sample: &Sample) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(sample)?;
    let mut bytes = hex(&Sha256::digest(&body)).into_bytes();
    bytes.push(b'\n');
    bytes.extend(body);
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Option<Sample> {
    let (check, body) = bytes.split_at_checked(64)?;
    let body = body.strip_prefix(b"\n")?;
    if hex(&Sha256::digest(body)).as_bytes() != check {
        return None;
    }
    serde_json::from_slice(body).ok()
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    Error::new(Code::CacheUnusable, format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use face::quality::MeasureName;
    use face::template::{PackId, Template};

    fn sample() -> Sample {
        let experts = vec![vec![0.1, -1.0 / 3.0, f32::MIN_POSITIVE], vec![1.0]];
        let template = Template { pack: PackId("p".into()), experts, quality: 77 };
        let measures = vec![(MeasureName::Sharpness, Some(3)), (MeasureName::EyesOpen, None)];
        Sample { template: Some(template), quality: Some(77), measures, ..Sample::default() }
    }

    #[test]
    fn gives_back_what_was_kept_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), "pack").unwrap();
        assert_eq!(cache.load(&"a".repeat(64)), None);
        cache.store(&"a".repeat(64), &sample()).unwrap();
        assert_eq!(cache.load(&"a".repeat(64)), Some(sample()));
        assert_eq!(Cache::open(folder.path(), "other pack").unwrap().load(&"a".repeat(64)), None);
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_seen() {
        let whole = encode(&sample()).unwrap();
        for end in 0..whole.len() {
            assert_eq!(decode(&whole[..end]), None);
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            assert_eq!(decode(&bytes), None, "byte {at}");
        }
        assert_eq!(decode(&whole), Some(sample()));
    }

    #[test]
    fn a_folder_that_cannot_be_made_has_its_code() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        assert_eq!(Cache::open(&file, "pack").unwrap_err().code(), "cache-unusable");
    }
}
