//! An installation: its configuration, its keys and its records, opened for a command.

use crate::args::Common;
use crate::code::Code;
use crate::exit::{Failure, Result};
use crate::pack;
use ::server::random::OsRandom;
use ::server::ring::{LiveRing, RingError};
use ::server::{Config, limits};
use casework::Services;
use casework::desk::{Desk, Parts, Settings};
use clap::Args;
use jiff::Timestamp;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{Db, Means, meta};

/// Where the installation is.
#[derive(Clone, Debug, Args)]
pub(crate) struct At {
    /// The configuration
    #[arg(
        long,
        value_name = "FILE",
        env = "COUNTENANCE_CONFIG",
        default_value = "countenance.toml",
        hide_env_values = true
    )]
    pub(crate) config: PathBuf,
}

/// An opened installation.
pub(crate) struct Site {
    pub(crate) config: Config,
    pub(crate) ring: Arc<LiveRing>,
    pub(crate) random: Arc<OsRandom>,
}

impl Site {
    /// Reads configuration and keys.
    pub(crate) fn open(at: &At) -> Result<Self> {
        let config = config(&at.config)?;
        let ring = Arc::new(LiveRing::open(&config.keys.file)?);
        Ok(Self { config, ring, random: Arc::new(OsRandom) })
    }

    /// Opens the records, and refuses them when the key ring is an older one or another's.
    pub(crate) async fn db(&self, now: Timestamp) -> Result<Db> {
        let db = self.bare_db().await?;
        let means = self.means(now);
        let mut tx = db.write().await?;
        meta::install(&mut tx, &means, &self.config.ledger.origin).await?;
        meta::open_check(&mut tx, &means).await?;
        tx.commit().await?;
        Ok(db)
    }

    /// Opens the database as it is, with its tables: for restoring into an empty one.
    pub(crate) async fn bare_db(&self) -> Result<Db> {
        Ok(Db::open(&self.url()?, self.config.database.connections).await?)
    }

    /// The address of the records.
    pub(crate) fn url(&self) -> Result<String> {
        match (&self.config.database.url, &self.config.database.url_file) {
            (Some(url), _) => Ok(url.clone()),
            (None, Some(file)) => Ok(crate::file::text(file)?.trim().to_owned()),
            (None, None) => Err(Failure::new(Code::ConfigInvalid, "database.url is missing")),
        }
    }

    /// Everything that procedures need: records, engine and services.
    pub(crate) async fn desk(&self, common: &Common, now: Timestamp) -> Result<Desk> {
        let services = self.services()?;
        let settings = Settings {
            public_url: self.config.server.public_url.trim_end_matches('/').to_owned(),
            origin: self.config.ledger.origin.clone(),
            session_longest_min: self.config.sessions.longest_min,
            session_idle_min: self.config.sessions.idle_min,
            analyses_waiting_max: limits::ANALYSES_WAITING_MAX,
        };
        let parts = Parts {
            db: self.db(now).await?,
            ring: Arc::<LiveRing>::clone(&self.ring),
            random: Arc::<OsRandom>::clone(&self.random),
            engine: Arc::new(pack::load(common)?),
            services: Arc::new(services),
        };
        Ok(Desk::new(parts, settings))
    }

    /// The services: those of the configured folder, or those built in.
    pub(crate) fn services(&self) -> Result<Services> {
        match &self.config.services.folder {
            Some(folder) => services(folder),
            None => Ok(Services::builtin()?),
        }
    }

    /// Time, randomness and keys of an act at `now`.
    pub(crate) fn means(&self, now: Timestamp) -> Means<'_> {
        Means { now, random: self.random.as_ref(), ring: self.ring.as_ref() }
    }
}

/// Reads a configuration.
pub(crate) fn config(file: &Path) -> Result<Config> {
    let text = crate::file::text(file)?;
    let folder = std::path::absolute(file).ok().and_then(|whole| whole.parent().map(Path::to_path_buf));
    Config::parse(&text, &folder.unwrap_or_default())
        .map_err(|detail| Failure::new(Code::ConfigInvalid, detail.trim().replace('\n', " ")).in_file(file))
}

/// Reads the service definitions of a folder.
fn services(folder: &Path) -> Result<Services> {
    let unreadable = |error: std::io::Error| Failure::new(Code::FileUnreadable, error.to_string()).in_file(folder);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|kind| kind == "toml") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, crate::file::text(&path)?));
        }
    }
    files.sort();
    let texts: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Ok(Services::parse(&texts)?)
}

/// Runs the asynchronous part of a command to its end.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::new(Code::ThreadsUnavailable, error.to_string()))?.block_on(work)
}

impl From<RingError> for Failure {
    fn from(error: RingError) -> Self {
        match error {
            RingError::Invalid(error) => error.into(),
            other => Self::new(Code::KeyRingUnreadable, other.to_string()),
        }
    }
}
