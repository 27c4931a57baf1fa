//! `countenance serve`: the API and the background work.

use crate::args::Common;
use crate::code::Code;
use crate::exit::{Failure, Result};
use crate::site::{At, Site, block_on};
use crate::{Clock, file, pack, print};
use ::server::{App, http, limits, logs, metrics, serve, work};
use casework::desk::{Desk, Parts, Settings};
use casework::{Services, desk::sign_in};
use clap::Args;
use face::Engine;
use face::code::Exit;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::{Db, ledger, meta};
use tokio::sync::watch;

/// Seconds between two looks at the key ring's file.
const RING_EVERY_S: u64 = 5;

/// `serve`
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    at: At,
}

/// Serves until the process is asked to end.
pub(crate) fn run(args: &Serve, common: &Common, clock: Clock) -> Result<Exit> {
    let site = Site::open(&args.at)?;
    let failed = |detail: String| Failure::new(Code::ServerFailed, detail);
    logs::begin(&site.config.log).map_err(failed)?;
    let figures = metrics::begin().map_err(failed)?;
    let engine = pack::load(common)?;
    block_on(async {
        let app = open(&site, engine, clock).await?;
        invite_first(&app, clock).await?;
        let (stop, stopping) = watch::channel(false);
        let background = tokio::spawn(work::run(app.clone(), stopping));
        let following = tokio::spawn(follow_ring(Arc::clone(&site.ring)));
        if let Some(listen) = site.config.metrics.listen {
            tokio::spawn(metrics::serve(listen, figures));
        }
        let handle = axum_server::Handle::new();
        tokio::spawn(serve::stop_on_signal(handle.clone()));
        let served = serve::serve(&site.config.server, http::router(&app), handle).await;
        // The last checkpoint covers everything that was served.
        stop.send_replace(true);
        following.abort();
        let _ = background.await;
        app.desk.db.close().await;
        served.map_err(failed)?;
        Ok(Exit::Match)
    })
}

/// Opens records and services, and refuses an old key ring and a database that was put back.
async fn open(site: &Site, engine: Engine, clock: Clock) -> Result<App> {
    let db = site.db().await?;
    let means = site.means(clock());
    let mut tx = db.write().await?;
    meta::install(&mut tx, &means, &site.config.ledger.origin).await?;
    meta::open_check(&mut tx, &means).await?;
    tx.commit().await?;
    if let Some(folder) = &site.config.ledger.witness_folder {
        witnessed(&db, &means, &folder.join("root.txt")).await?;
    }
    let services = match &site.config.services.folder {
        Some(folder) => services(folder)?,
        None => Services::builtin()?,
    };
    let settings = Settings {
        public_url: site.config.server.public_url.trim_end_matches('/').to_owned(),
        origin: site.config.ledger.origin.clone(),
        session_longest_min: site.config.sessions.longest_min,
        session_idle_min: site.config.sessions.idle_min,
        analyses_waiting_max: limits::ANALYSES_WAITING_MAX,
    };
    let parts = Parts {
        db,
        ring: Arc::<::server::ring::LiveRing>::clone(&site.ring),
        random: Arc::<::server::random::OsRandom>::clone(&site.random),
        engine: Arc::new(engine),
        services: Arc::new(services),
    };
    Ok(App::new(Desk::new(parts, settings), site.config.clone(), Arc::new(clock)))
}

/// Compares the records with the signed root that was kept outside; without one there is nothing to compare.
async fn witnessed(db: &Db, means: &store::Means<'_>, note: &Path) -> Result<()> {
    if !note.exists() {
        return Ok(());
    }
    let text = file::text(note)?;
    let mut tx = db.read().await?;
    ledger::checkpoint::compare_outside(&mut tx, means, &text)
        .await
        .map_err(|error| Failure::from(error).in_file(note))?;
    Ok(())
}

/// Reads the service definitions of a folder.
fn services(folder: &Path) -> Result<Services> {
    let unreadable = |error: std::io::Error| Failure::new(Code::FileUnreadable, error.to_string()).in_file(folder);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|kind| kind == "toml") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, file::text(&path)?));
        }
    }
    files.sort();
    let texts: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Ok(Services::parse(&texts)?)
}

/// Where there is no operator yet, prints the one-time link for the first administrator. It goes to the terminal, never into the log.
async fn invite_first(app: &App, clock: Clock) -> Result<()> {
    if let Some(token) = sign_in::bootstrap(&app.desk, clock()).await? {
        let link = format!("{}/invitation#{token}", app.desk.settings.public_url);
        print::say(&format!(
            "There is no operator yet. The first administrator opens this link within one hour:\n  {link}"
        ));
    }
    Ok(())
}

/// Looks now and then whether the key ring was rotated.
async fn follow_ring(ring: Arc<::server::ring::LiveRing>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(RING_EVERY_S));
    loop {
        ticks.tick().await;
        match ring.refresh() {
            Ok(true) => tracing::info!("the key ring was read again"),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "the key ring's file cannot be used; the server goes on with the keys it has")
            }
        }
    }
}
