//! Analyses every picture of a data set once, on all cores, with a cache that lets a stopped run go on.

use crate::cache::Cache;
use crate::code::Code;
use crate::dataset::{DataSet, Picture};
use crate::error::{Error, Result};
use crate::files::hex;
use crate::progress::Progress;
use crate::sample::{Analyse, Sample};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The samples of a data set.
#[derive(Debug)]
pub struct Extracted {
    /// One a picture of the data set; `None` for pictures that were not asked for.
    pub samples: Vec<Option<Sample>>,
    /// How many came from the cache.
    pub from_cache: usize,
}

/// Analyses the pictures of `data` that `wanted` names (indices into [`DataSet::pictures`]).
///
/// # Errors
/// `picture-missing`, `file-outside-root`, `cache-unusable`, and the engine's own failures. Refused pictures are samples, not errors.
pub fn extract<A: Analyse>(
    data: &DataSet,
    wanted: &[u32],
    analyse: &A,
    cache: Option<&Path>,
    progress: &dyn Progress,
) -> Result<Extracted> {
    let cache = cache.map(|folder| Cache::open(folder, &analyse.key())).transpose()?;
    let root = data.root.canonicalize().map_err(|error| {
        Error::new(Code::RootNotFound, format!("{} cannot be opened: {error}", data.root.display()))
    })?;
    let hits = AtomicUsize::new(0);
    progress.start("analysing pictures", wanted.len() as u64);
    let made = each(wanted, |&at| {
        let bytes = read(&root, &data.pictures[at as usize])?;
        let sample = analyse.settle(one(&bytes, analyse, cache.as_ref(), &hits)?);
        progress.step();
        Ok((at, sample))
    });
    progress.finish();
    let mut samples = vec![None; data.pictures.len()];
    for (at, sample) in made? {
        samples[at as usize] = Some(sample);
    }
    Ok(Extracted { samples, from_cache: hits.into_inner() })
}

/// Does `work` for every item, on as many plain threads as rayon would use; the first failure stops all. Not with rayon itself: a worker
/// that waits for the engine's own one-thread pool would begin further pictures meanwhile, and pile them up on its stack.
fn each<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> Result<T> + Sync) -> Result<Vec<T>> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let run = || {
        let mut done = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            done.push(work(item).inspect_err(|_| failed.store(true, Ordering::Relaxed))?);
        }
        Ok::<_, Error>(done)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..rayon::current_num_threads()).map(|_| scope.spawn(run)).collect();
        let mut all = Vec::with_capacity(items.len());
        for thread in threads {
            all.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(all)
    })
}

fn one<A: Analyse>(bytes: &[u8], analyse: &A, cache: Option<&Cache>, hits: &AtomicUsize) -> Result<Sample> {
    let Some(cache) = cache else { return analyse.sample(bytes) };
    let sha256 = hex(&Sha256::digest(bytes));
    if let Some(sample) = cache.load(&sha256) {
        hits.fetch_add(1, Ordering::Relaxed);
        return Ok(sample);
    }
    let sample = analyse.sample(bytes)?;
    cache.store(&sha256, &sample)?;
    Ok(sample)
}

/// The bytes of a picture, at most one more than the engine takes, so that it refuses a larger file by its own rule.
fn read(root: &Path, picture: &Picture) -> Result<Vec<u8>> {
    let path = inside(root, picture)?;
    let mut bytes = Vec::new();
    File::open(&path)
        .and_then(|file| file.take(face::limits::IMAGE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| missing(picture, &error))?;
    Ok(bytes)
}

fn inside(root: &Path, picture: &Picture) -> Result<PathBuf> {
    let path = root.join(&picture.file).canonicalize().map_err(|error| missing(picture, &error))?;
    if path.starts_with(root) {
        return Ok(path);
    }
    let why = format!("line {}: {:?} is a link that leaves the root", picture.line, picture.file);
    Err(Error::new(Code::FileOutsideRoot, why))
}

fn missing(picture: &Picture, error: &std::io::Error) -> Error {
    let why = format!("line {}: {:?} cannot be read: {error}", picture.line, picture.file);
    Error::new(Code::PictureMissing, why)
}
