//! The key ring of a running server: a file that is read again when it has changed, so that keys are rotated without stopping.

use jiff::Timestamp;
use seal::keys::{DataKey, Domain, FileRing, HashUse, KeyFacts, KeyId, KeyRing, SignUse, Signature, Wrapped};
use seal::template::TemplateSecret;
use seal::{Error, Random, Result};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

/// Largest key ring file, bytes: some thousand keys.
const RING_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Why a key ring file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// The file cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, io::Error),
    /// Others than its owner may read the file.
    #[error("{0} may be read by others than its owner; take the rights away: chmod 600")]
    Open(PathBuf),
    /// The file is larger than any ring.
    #[error("{0} is too large for a key ring")]
    TooLarge(PathBuf),
    /// The text is not a ring.
    #[error(transparent)]
    Invalid(#[from] Error),
}

struct Loaded {
    ring: FileRing,
    /// When it was changed and how long it is: a clock that ticks coarsely gives two changes one time.
    stamp: Option<(SystemTime, u64)>,
}

/// A ring that follows its file.
pub struct LiveRing {
    file: PathBuf,
    loaded: RwLock<Arc<Loaded>>,
}

impl std::fmt::Debug for LiveRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LiveRing({})", self.file.display())
    }
}

impl LiveRing {
    /// Reads the ring from `file`.
    ///
    /// # Errors
    /// When the file cannot be read, may be read by others, or is not a ring.
    pub fn open(file: &Path) -> std::result::Result<Self, RingError> {
        Ok(Self { file: file.to_path_buf(), loaded: RwLock::new(Arc::new(load(file)?)) })
    }

    /// Reads the file again if it was changed; true if it was. A file that cannot be used leaves the ring as it is.
    ///
    /// # Errors
    /// As [`LiveRing::open`].
    pub fn refresh(&self) -> std::result::Result<bool, RingError> {
        if stamp(&self.file).is_some_and(|stamp| Some(stamp) == self.now().stamp) {
            return Ok(false);
        }
        self.reload()
    }

    /// Reads the file; true if it holds another ring than before.
    fn reload(&self) -> std::result::Result<bool, RingError> {
        let fresh = load(&self.file)?;
        let same = fresh.ring.fingerprint() == self.now().ring.fingerprint();
        // A poisoned lock holds a whole ring all the same: it is only ever replaced.
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(!same)
    }

    fn now(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks the ring, and once more after reading the file when the ring lacks a key.
    fn ask<T>(&self, question: impl Fn(&FileRing) -> Result<T>) -> Result<T> {
        match question(&self.now().ring) {
            Err(error) if error.code == seal::Code::KeyUnknown && self.reload().is_ok_and(|changed| changed) => {
                question(&self.now().ring)
            }
            answer => answer,
        }
    }
}

fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let about = std::fs::metadata(file).ok()?;
    Some((about.modified().ok()?, about.len()))
}

fn load(file: &Path) -> std::result::Result<Loaded, RingError> {
    let unreadable = |error| RingError::Unreadable(file.to_path_buf(), error);
    let about = std::fs::metadata(file).map_err(unreadable)?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077 != 0 {
        return Err(RingError::Open(file.to_path_buf()));
    }
    if about.len() > RING_BYTES_MAX {
        return Err(RingError::TooLarge(file.to_path_buf()));
    }
    // The time is taken before the text: a change in between is seen at the next look.
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(file).map_err(unreadable)?);
    let stamp = about.modified().ok().map(|at| (at, about.len()));
    Ok(Loaded { ring: FileRing::parse(&text)?, stamp })
}

/// Writes a ring whole or not at all, readable by its owner alone.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: &Path, ring: &FileRing) -> std::result::Result<(), RingError> {
    use std::io::Write as _;
    let text = ring.to_text()?;
    let part = file.with_extension("part");
    let written = (|| {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut out = options.open(&part)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        std::fs::rename(&part, file)?;
        // The new name is lasting only when the folder is.
        std::fs::File::open(file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))?.sync_all()
    })();
    written.map_err(|error| RingError::Unreadable(file.to_path_buf(), error))
}

/// The day of a moment, as keys carry it.
pub fn day(now: Timestamp) -> String {
    now.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

impl KeyRing for LiveRing {
    fn current(&self, domain: Domain) -> KeyId {
        self.now().ring.current(domain)
    }

    fn wrap(&self, domain: Domain, key: &DataKey, context: &[&[u8]], random: &dyn Random) -> Result<Wrapped> {
        self.now().ring.wrap(domain, key, context, random)
    }

    fn unwrap(&self, domain: Domain, wrapped: &Wrapped, context: &[&[u8]]) -> Result<DataKey> {
        self.ask(|ring| ring.unwrap(domain, wrapped, context))
    }

    fn hash(&self, hash_use: HashUse, parts: &[&[u8]]) -> [u8; 32] {
        self.now().ring.hash(hash_use, parts)
    }

    fn hashes(&self, hash_use: HashUse, parts: &[&[u8]]) -> Vec<(KeyId, [u8; 32])> {
        self.now().ring.hashes(hash_use, parts)
    }

    fn template_version(&self, purpose: &str) -> u32 {
        self.now().ring.template_version(purpose)
    }

    fn template_secret(&self, purpose: &str, version: u32) -> Result<TemplateSecret> {
        self.ask(|ring| ring.template_secret(purpose, version))
    }

    fn sign(&self, sign_use: SignUse, message: &[u8]) -> Result<Signature> {
        self.now().ring.sign(sign_use, message)
    }

    fn public_keys(&self, sign_use: SignUse) -> Vec<(KeyId, [u8; 32])> {
        self.now().ring.public_keys(sign_use)
    }

    fn fingerprint(&self) -> [u8; 32] {
        self.now().ring.fingerprint()
    }

    fn key_ids(&self) -> Vec<KeyId> {
        self.now().ring.key_ids()
    }

    fn key_facts(&self) -> Vec<KeyFacts> {
        self.now().ring.key_facts()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::keys::Rotate;
    use testkit::random::SeededRandom;

    #[test]
    fn a_rotated_file_is_seen_without_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.json");
        let random = SeededRandom::new(1);
        let mut ring = FileRing::generate("2026-11-21", &random).unwrap();
        write(&file, &ring).unwrap();
        let live = LiveRing::open(&file).unwrap();
        assert!(!live.refresh().unwrap());
        ring.rotate(&Rotate::Domains(vec![Domain::Identity]), "2026-11-22", &random).unwrap();
        let wrapped = ring.wrap(Domain::Identity, &DataKey::generate(&random), &[b"x"], &random).unwrap();
        write(&file, &ring).unwrap();
        // The live ring does not know the new key until it is asked for it.
        live.unwrap(Domain::Identity, &wrapped, &[b"x"]).unwrap();
        assert_eq!(live.current(Domain::Identity), ring.current(Domain::Identity));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.json");
        write(&file, &FileRing::generate("2026-11-21", &SeededRandom::new(1)).unwrap()).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(LiveRing::open(&file), Err(RingError::Open(_))));
    }
}
