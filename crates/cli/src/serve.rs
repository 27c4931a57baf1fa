//! `countenance serve`: the API and the background work.

use crate::args::Common;
use crate::code::Code;
use crate::exit::{Failure, Result};
use crate::site::{At, Site, block_on};
use crate::{Clock, file, print};
use ::server::{App, http, logs, metrics, serve, work};
use casework::desk::invitation;
use clap::Args;
use face::code::Exit;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::{Db, ledger};
use tokio::sync::watch;

/// Seconds between two looks at the key ring's file.
pub(crate) const RING_EVERY_S: u64 = 5;

/// `serve`
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    at: At,
    /// Print a new link for the first administrator, where the first one lapsed before anybody used it
    #[arg(long)]
    invite_again: bool,
}

/// Serves until the process is asked to end.
pub(crate) fn run(args: &Serve, common: &Common, clock: Clock) -> Result<Exit> {
    let site = Site::open(&args.at)?;
    let failed = |detail: String| Failure::new(Code::ServerFailed, detail);
    logs::begin(&site.config.log).map_err(failed)?;
    let figures = metrics::begin().map_err(failed)?;
    block_on(async {
        let app = open(&site, common, clock).await?;
        invite_first(&app, clock, args.invite_again).await?;
        let following = tokio::spawn(follow_ring(Arc::clone(&site.ring)));
        if let Some(listen) = site.config.metrics.listen {
            tokio::spawn(metrics::serve(listen, figures));
        }
        let served = until_stopped(&app).await;
        following.abort();
        served?;
        Ok(Exit::Match)
    })
}

/// Serves, with the background work beside it, until the process is asked to end.
pub(crate) async fn until_stopped(app: &App) -> Result<()> {
    let (stop, stopping) = watch::channel(false);
    let background = tokio::spawn(work::run(app.clone(), stopping));
    let handle = axum_server::Handle::new();
    tokio::spawn(serve::stop_on_signal(handle.clone()));
    let served = serve::serve(&app.config.server, http::router(app), handle).await;
    // The last checkpoint covers everything that was served.
    stop.send_replace(true);
    let _ = background.await;
    app.desk.db.close().await;
    served.map_err(|detail| Failure::new(Code::ServerFailed, detail))
}

/// Opens records and services, and refuses an old key ring and a database that was put back.
async fn open(site: &Site, common: &Common, clock: Clock) -> Result<App> {
    let desk = site.desk(common, clock()).await?;
    let means = site.means(clock());
    if let Some(folder) = &site.config.ledger.witness_folder {
        witnessed(&desk.db, &means, &folder.join("root.txt")).await?;
    }
    Ok(App::new(desk, site.config.clone(), Arc::new(clock)))
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

/// Where there is no operator yet, prints the one-time link for the first administrator, or where it is asked `again` and nobody has credentials
/// yet a new one. It goes to the terminal, never into the log.
async fn invite_first(app: &App, clock: Clock, again: bool) -> Result<()> {
    let token = match invitation::bootstrap(&app.desk, clock()).await? {
        None if again => Some(invitation::bootstrap_again(&app.desk, clock()).await?),
        first => first,
    };
    if let Some(token) = token {
        let link = format!("{}/invitation#{}", app.desk.settings.public_url, token.as_str());
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
                tracing::error!(%error, "the key ring's file cannot be used; the server goes on with the keys it has");
            }
        }
    }
}
