//! What every request shares.

use crate::config::Config;
use crate::demo::Demo;
use crate::html::language::{Calendar, Locales};
use crate::http::Running;
use crate::rate::Rates;
use crate::verification::Verifications;
use casework::Desk;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// Tells the time. The program gives the system's, tests a fixed one.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The shared state; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What [`App`] points to.
pub struct Inner {
    /// The procedures' means: database, keys, engine, services.
    pub desk: Desk,
    /// The configuration.
    pub config: Config,
    pub(crate) clock: Clock,
    /// The cast and the recorded cameras of a demonstration; a server has none.
    pub(crate) demo: Option<Demo>,
    pub(crate) rates: Rates,
    /// The words of the pages.
    pub(crate) locales: Arc<Locales>,
    /// How the office writes dates.
    pub(crate) calendar: Calendar,
    /// Requests with an idempotency key that are on their way.
    pub(crate) running: Running,
    /// Open event streams.
    pub(crate) streams: Arc<Semaphore>,
    /// Counts up whenever this process may have appended to the ledger, so that event streams look at once.
    pub(crate) changed: watch::Sender<u64>,
    /// The verification of the ledger that is at work, and the last one.
    pub(crate) verification: Verifications,
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

impl App {
    /// The state of a server.
    pub fn new(desk: Desk, config: Config, clock: Clock) -> Self {
        Self::made(desk, config, clock, None)
    }

    /// The state of a demonstration.
    pub fn demonstration(desk: Desk, config: Config, clock: Clock, demo: Demo) -> Self {
        Self::made(desk, config, clock, Some(demo))
    }

    fn made(desk: Desk, config: Config, clock: Clock, demo: Option<Demo>) -> Self {
        let calendar = config.pages.calendar();
        Self(Arc::new(Inner {
            desk,
            config,
            clock,
            demo,
            locales: Arc::new(Locales::new()),
            calendar,
            rates: Rates::default(),
            running: Running::default(),
            streams: Arc::new(Semaphore::new(crate::limits::STREAMS_MAX)),
            changed: watch::Sender::new(0),
            verification: Verifications::default(),
        }))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}
