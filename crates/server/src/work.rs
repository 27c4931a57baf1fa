//! Background work of one process: checkpoints, visits whose time is over, retention, rotation, forgetting addresses. Each task takes a lease,
//! so that of several processes one does it.

use crate::state::App;
use casework::desk::{upkeep, visit};
use jiff::SignedDuration;
use std::path::Path;
use std::time::Duration;
use store::lease;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Seconds between two looks for what has expired: captures live 3 minutes.
const EXPIRY_EVERY_S: u64 = 15;
/// Seconds between two looks for what a rotation left to do.
const ROTATION_EVERY_S: u64 = 60;
/// How long a task may be at work before another process takes it over.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// Visits that end in one look.
const VISITS_AT_ONCE: u32 = 200;
/// Batches of one look: a long list is worked off over several looks, so that nothing else waits for it.
const BATCHES_AT_ONCE: u32 = 100;

/// Runs until `stop` says so, then signs a last checkpoint.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let every = |seconds: u64| {
        let mut ticks = interval(Duration::from_secs(seconds));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let holder = format!("{:032x}", u128::from_be_bytes(seal::random::array(&*app.desk.random)));
    let mut checkpoints = every(app.config.ledger.checkpoint_every_s);
    let mut expiry = every(EXPIRY_EVERY_S);
    let mut rotation = every(ROTATION_EVERY_S);
    loop {
        tokio::select! {
            _ = checkpoints.tick() => checkpoint(&app).await,
            _ = expiry.tick() => {
                app.rates.tidy();
                leased(&app, ("expiry", &holder), expire(&app)).await;
                leased(&app, ("retention", &holder), sweep(&app)).await;
            }
            _ = rotation.tick() => leased(&app, ("rotation", &holder), rotate(&app)).await,
            _ = stop.changed() => break,
        }
    }
    checkpoint(&app).await;
}

/// Does a task unless another process has the lease for it.
async fn leased(app: &App, (task, holder): (&'static str, &str), work: impl Future<Output = casework::Result<u64>>) {
    let done = async {
        let mut tx = app.desk.db.write().await?;
        let taken = lease::take(&mut tx, &app.desk.means(app.now()), task, holder, LEASE).await?;
        tx.commit().await?;
        if !taken {
            return Ok(0);
        }
        let done = work.await;
        let mut tx = app.desk.db.write().await?;
        lease::release(&mut tx, task, holder).await?;
        tx.commit().await?;
        done
    };
    match done.await {
        Ok(0) => {}
        Ok(count) => {
            app.changed.send_modify(|changes| *changes = changes.wrapping_add(1));
            tracing::info!(task, count, "background work done");
        }
        Err(error) => {
            metrics::counter!("countenance_work_failures_total", "task" => task).increment(1);
            tracing::error!(task, %error, "background work failed");
        }
    }
}

/// Ends visits whose time is over.
async fn expire(app: &App) -> casework::Result<u64> {
    Ok(visit::expire_due(&app.desk, app.now(), VISITS_AT_ONCE).await?.into())
}

/// Deletes what is past its term.
async fn sweep(app: &App) -> casework::Result<u64> {
    let mut batches = 0;
    while batches < u64::from(BATCHES_AT_ONCE) && upkeep::sweep(&app.desk, app.now()).await?.more {
        batches += 1;
    }
    Ok(batches)
}

/// Lets wrapped keys, numbers and templates follow a rotation.
async fn rotate(app: &App) -> casework::Result<u64> {
    let mut count = 0;
    for _ in 0..BATCHES_AT_ONCE {
        let upkeep::RotatedView { wrapped, numbers, templates } = upkeep::rotate(&app.desk, app.now()).await?;
        if wrapped + numbers + templates == 0 {
            break;
        }
        count += wrapped + numbers + templates;
    }
    Ok(count)
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
