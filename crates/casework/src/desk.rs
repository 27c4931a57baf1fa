//! Procedures: everything an office does, each checked, done in one transaction, and written into the ledger as the last thing.
//!
//! A procedure looks the same everywhere: who may, what the pictures say (before the transaction begins, because that is slow), then one
//! transaction in which the records are read again, the state machine decides, the records change and the ledger speaks of it. When two
//! transactions were in each other's way, the whole of it is done again.

pub mod access;
pub mod acted;
mod admin;
pub mod agency;
pub mod alarm;
mod around;
pub mod attempt;
pub mod audit;
pub mod by;
pub mod capture;
pub mod casefile;
mod claim;
pub mod coach;
mod compare;
pub mod consent;
pub mod consents;
pub mod decide;
pub mod delivery;
pub mod evidence;
pub mod film;
pub mod guardian;
pub mod impact;
pub mod import;
pub mod incident;
pub mod invitation;
pub mod judge;
pub mod liveness;
pub mod notice;
pub mod office;
pub mod operator;
pub mod outline;
pub mod passkey;
pub mod person;
pub mod picture;
pub mod portrait;
pub mod protect;
pub mod receipt;
pub mod record;
mod scene;
pub mod sign_in;
pub mod station;
pub mod station_alarm;
pub mod system;
pub mod told;
pub mod upkeep;
pub mod verification;
pub mod view;
pub mod visit;
pub mod withdraw;

pub use admin::Secret;

use crate::Services;
use crate::code::Code;
use crate::error::{Error, Result};
use face::{Analysis, Engine, Image};
use jiff::Timestamp;
use protect::Protections;
use seal::Random;
use seal::keys::KeyRing;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::{Db, Means};
use tokio::sync::Semaphore;

/// How often a transaction is tried when the database is busy.
pub(crate) const TRIES_MAX: u32 = 3;
/// Most pictures that are analysed at the same time, whatever the machine: each holds its own memory.
const ANALYSES_AT_ONCE_MAX: usize = 16;

/// Runs `$body`, which borrows `$tx`, in a write transaction and commits it; again, up to [`TRIES_MAX`] times, when the database was busy.
macro_rules! in_transaction {
    ($desk:expr, $tx:ident => $body:expr) => {
        $crate::desk::in_transaction!($desk, $tx => $body, kept if |_| true)
    };
    // The same, kept only if the value says so.
    ($desk:expr, $tx:ident => $body:expr, kept if $is_kept:expr) => {{
        let mut tries = 0;
        loop {
            tries += 1;
            let done: $crate::Result<_> = async {
                let mut open = $desk.db.write().await?;
                let $tx = &mut open;
                let (value, is_kept) = $crate::desk::weighed($body, $is_kept)?;
                if is_kept {
                    open.commit().await?;
                }
                Ok(value)
            }
            .await;
            match done {
                Err(error) if error.is_busy() && tries < $crate::desk::TRIES_MAX => {}
                done => break done,
            }
        }
    }};
}

pub(crate) use in_transaction;

/// The value of a body and whether it is to be kept; it also tells the compiler which error the body has.
pub(crate) fn weighed<T>(value: Result<T>, is_kept: impl FnOnce(&T) -> bool) -> Result<(T, bool)> {
    let value = value?;
    let is_kept = is_kept(&value);
    Ok((value, is_kept))
}

/// What an installation sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address under which people reach it, without a slash at the end; the issuer of receipts.
    pub public_url: String,
    /// The name in the first line of the ledger's checkpoints.
    pub origin: String,
    /// Longest life of a session in minutes.
    pub session_longest_min: u32,
    /// After how many minutes without use a session ends.
    pub session_idle_min: u32,
    /// How many pictures may wait for the engine before more are refused.
    pub analyses_waiting_max: usize,
}

/// What every procedure needs. One for the whole program; shared by reference.
pub struct Desk {
    /// The records.
    pub db: Db,
    /// The keys.
    pub ring: Arc<dyn KeyRing>,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// The engine.
    pub engine: Arc<Engine>,
    /// The service definitions.
    pub services: Arc<Services>,
    /// What the installation sets.
    pub settings: Settings,
    protections: Protections,
    queue: Queue,
}

/// The pictures that wait for the engine.
struct Queue {
    waiting: AtomicUsize,
    seats: Semaphore,
    /// How many pictures are analysed at the same time: one a core.
    at_once: usize,
}

impl Queue {
    /// Of this machine. With one core a second picture is decoded while the first is written.
    fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let at_once = cores.clamp(2, ANALYSES_AT_ONCE_MAX);
        Self { waiting: AtomicUsize::new(0), seats: Semaphore::new(at_once), at_once }
    }
}

/// A place among those who wait; given back when dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a [`Desk`] stands on.
pub struct Parts {
    /// The records.
    pub db: Db,
    /// The keys.
    pub ring: Arc<dyn KeyRing>,
    /// The source of randomness.
    pub random: Arc<dyn Random>,
    /// The engine.
    pub engine: Arc<Engine>,
    /// The service definitions.
    pub services: Arc<Services>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Desk({:?})", self.db)
    }
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parts({:?})", self.db)
    }
}

impl Desk {
    /// A desk of these parts.
    pub fn new(parts: Parts, settings: Settings) -> Self {
        let Parts { db, ring, random, engine, services } = parts;
        Self { db, ring, random, engine, services, settings, protections: Protections::default(), queue: Queue::new() }
    }

    /// Time, randomness and keys of an act at `now`.
    pub fn means(&self, now: Timestamp) -> Means<'_> {
        Means { now, random: self.random.as_ref(), ring: self.ring.as_ref() }
    }

    /// How many pictures are in or before the engine.
    pub(crate) fn pictures_waiting(&self) -> u64 {
        self.queue.waiting.load(Ordering::Relaxed) as u64
    }

    /// How many pictures of one visit go to the engine at the same time.
    pub(crate) fn analyses_at_once(&self) -> usize {
        self.queue.at_once
    }

    /// Decodes and analyses one picture, away from the threads that serve requests.
    ///
    /// # Errors
    /// `too-busy` when too many wait already; the `image-…` codes; `no-face`, `several-faces`, `inference-failed`. A picture that is too poor
    /// to compare is no error here: [`Analysis::usable`] says so.
    pub async fn analyse(&self, bytes: impl AsRef<[u8]> + Send + 'static) -> Result<Analysis> {
        self.on_engine(move |engine| engine.analyse(&Image::decode(bytes.as_ref())?)).await
    }

    /// Does something slow with the engine, when it is this one's turn. A plain thread is taken because the engine spreads its work over
    /// threads of its own.
    pub(crate) async fn on_engine<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine) -> face::Result<T> + Send + 'static,
    ) -> Result<T> {
        // Looking at pictures takes long, and nobody else could write meanwhile.
        store::hold::settle().await?;
        let place = Waiting(&self.queue.waiting);
        if place.0.fetch_add(1, Ordering::Relaxed)
            >= self.settings.analyses_waiting_max.saturating_add(self.queue.at_once)
        {
            return Err(Error::new(Code::TooBusy, "the engine's queue is full"));
        }
        let _seat = self.queue.seats.acquire().await.map_err(|_| Error::new(Code::TooBusy, "the engine is closed"))?;
        let engine = Arc::clone(&self.engine);
        let failed = |_| Error::from(face::Error::new(face::Code::InferenceFailed, "the engine's thread ended"));
        Ok(tokio::task::spawn_blocking(move || work(&engine)).await.map_err(failed)??)
    }
}
