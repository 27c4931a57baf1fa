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
use std::sync::atomic::{AtomicUsize, Ordering};

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
    let work = Work { wanted, next: AtomicUsize::new(0), from_cache: AtomicUsize::new(0) };
    progress.start("analysing pictures", wanted.len() as u64);
    let made = work.share(|at| {
        let bytes = read(&root, &data.pictures[at as usize])?;
        let sample = one(&bytes, analyse, cache.as_ref(), &work.from_cache)?;
        progress.step();
        Ok(analyse.settle(sample))
    });
    progress.finish();
    let mut samples = vec![None; data.pictures.len()];
    for (at, sample) in made? {
        samples[at as usize] = Some(sample);
    }
    Ok(Extracted { samples, from_cache: work.from_cache.into_inner() })
}

/// Pictures that threads take one after the other.
///
/// Threads of our own and not rayon's: a rayon thread that waits for a model, which runs on a pool of its own, begins another picture
/// meanwhile, and so on without end; stage times, memory and stack would grow with the number of pictures.
struct Work<'a> {
    wanted: &'a [u32],
    next: AtomicUsize,
    from_cache: AtomicUsize,
}

impl Work<'_> {
    /// Calls `make` for every wanted picture, on as many threads as rayon has here; the first error stops all of them.
    fn share(&self, make: impl Fn(u32) -> Result<Sample> + Sync) -> Result<Vec<(u32, Sample)>> {
        let threads = rayon::current_num_threads();
        let parts: Vec<Result<Vec<(u32, Sample)>>> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| self.worker(&make))).collect();
            let join = |worker: std::thread::ScopedJoinHandle<'_, _>| match worker.join() {
                Ok(part) => part,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            workers.into_iter().map(join).collect()
        });
        let mut all = Vec::with_capacity(self.wanted.len());
        for part in parts {
            all.extend(part?);
        }
        Ok(all)
    }

    fn worker(&self, make: &(impl Fn(u32) -> Result<Sample> + Sync)) -> Result<Vec<(u32, Sample)>> {
        let mut samples = Vec::new();
        while let Some(&at) = self.wanted.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let sample = make(at).inspect_err(|_| self.next.store(self.wanted.len(), Ordering::Relaxed))?;
            samples.push((at, sample));
        }
        Ok(samples)
    }
}

fn one<A: Analyse>(bytes: &[u8], analyse: &A, cache: Option<&Cache>, from_cache: &AtomicUsize) -> Result<Sample> {
    let Some(cache) = cache else { return analyse.sample(bytes) };
    let sha256 = hex(&Sha256::digest(bytes));
    if let Some(sample) = cache.load(&sha256) {
        from_cache.fetch_add(1, Ordering::Relaxed);
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
