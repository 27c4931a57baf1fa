//! Background work of one process: checkpoints, retention, expired captures and visits, forgetting addresses. Each task takes a lease, so that of
//! several processes one does it.

use crate::state::App;
use casework::desk::upkeep;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Seconds between two looks for what has expired: captures live 3 minutes.
const EXPIRY_EVERY_S: u64 = 15;
/// Seconds between two retention runs.
const RETENTION_EVERY_S: u64 = 3600;

/// Runs until `stop` says so, then signs a last checkpoint.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let every = |seconds: u64| {
        let mut ticks = interval(Duration::from_secs(seconds));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let mut checkpoints = every(app.config.ledger.checkpoint_every_s);
    let mut expiry = every(EXPIRY_EVERY_S);
    let mut retention = every(RETENTION_EVERY_S);
    loop {
        tokio::select! {
            _ = checkpoints.tick() => checkpoint(&app).await,
            _ = expiry.tick() => {
                app.rates.tidy();
                report("expiry", upkeep::expire(&app.desk, app.now()).await);
            }
            _ = retention.tick() => report("retention", upkeep::retention(&app.desk, app.now()).await),
            _ = stop.changed() => break,
        }
    }
    checkpoint(&app).await;
}

/// Signs the ledger's state and copies the signed root to the witness folder.
async fn checkpoint(app: &App) {
    let started = Instant::now();
    match upkeep::checkpoint(&app.desk, app.now()).await {
        Ok(Some(root)) => {
            if let Some(folder) = &app.config.ledger.witness_folder
                && let Err(error) = witness(folder, &root)
            {
                tracing::error!(%error, "the witness folder could not be written");
                metrics::counter!("countenance_witness_failures_total").increment(1);
            }
            metrics::histogram!("countenance_checkpoint_seconds").record(started.elapsed().as_secs_f64());
        }
        Ok(None) => {}
        Err(error) => tracing::error!(%error, "the checkpoint failed"),
    }
}

/// Writes the newest root, whole or not at all.
fn witness(folder: &Path, root: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let part = folder.join("root.txt.part");
    std::fs::write(&part, root)?;
    std::fs::File::open(&part)?.sync_all()?;
    std::fs::rename(&part, folder.join("root.txt"))
}

fn report<T: std::fmt::Debug>(what: &'static str, done: casework::Result<T>) {
    match done {
        Ok(counts) => tracing::debug!(what, ?counts, "background work done"),
        Err(error) => {
            metrics::counter!("countenance_work_failures_total", "what" => what).increment(1);
            tracing::error!(what, %error, "background work failed");
        }
    }
}
