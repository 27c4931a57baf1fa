//! Background work of one process: notices to agencies ([`deliver`]), checkpoints, visits whose time is over, retention, reclaiming, rotation, forgetting addresses. Each task takes
//! a lease, so that of several processes one does it.

pub mod deliver;

use crate::state::App;
use casework::desk::{upkeep, visit};
use jiff::SignedDuration;
use std::path::Path;
use std::time::Duration;
use store::lease;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

/// Seconds between two looks for what has expired: captures live 3 minutes.
const EXPIRY_EVERY_S: u64 = 15;
/// Seconds between two looks for what a rotation left to do.
const ROTATION_EVERY_S: u64 = 60;
/// How long a task may be at work before another process takes it over.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// How often a piece of work is tried while others are in its way.
const TRIES_MAX: u32 = 6;
/// The pause before it is tried again; each further one is twice as long, so that all of them together last three seconds.
const PAUSE: Duration = Duration::from_millis(100);
/// Seconds between two times that the database overwrites what was deleted.
const RECLAIM_EVERY_S: u64 = 3_600;
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
    let delivering = tokio::spawn(deliver::run(app.clone(), stop.clone()));
    let mut checkpoints = every(app.config.ledger.checkpoint_every_s);
    let mut expiry = every(EXPIRY_EVERY_S);
    let mut rotation = every(ROTATION_EVERY_S);
    let mut reclaiming = every(RECLAIM_EVERY_S);
    loop {
        tokio::select! {
            _ = checkpoints.tick() => checkpoint(&app).await,
            _ = expiry.tick() => {
                app.rates.tidy();
                leased(&app, ("expiry", &holder), expire(&app)).await;
                leased(&app, ("retention", &holder), sweep(&app)).await;
            }
            _ = rotation.tick() => leased(&app, ("rotation", &holder), rotate(&app)).await,
            _ = reclaiming.tick() => leased(&app, ("reclaiming", &holder), reclaim(&app)).await,
            _ = stop.changed() => break,
        }
    }
    // The last checkpoint covers what it wrote.
    let _ = delivering.await;
    checkpoint(&app).await;
}

/// Does a piece of work again, after a pause, as long as others were in its way; after the last try it says so.
///
/// A sweep locks many records one after the other, so on PostgreSQL it now and then meets an act at the counter, and one of the two gives way.
/// It is the sweep's turn to wait: nothing of the batch was kept, and nobody stands before it.
async fn patiently<T, F: Future<Output = casework::Result<T>>>(work: impl FnMut() -> F) -> casework::Result<T> {
    repeatedly(PAUSE, work).await
}

/// The same, with another first pause.
async fn repeatedly<T, F: Future<Output = casework::Result<T>>>(
    mut pause: Duration,
    mut work: impl FnMut() -> F,
) -> casework::Result<T> {
    for _ in 1..TRIES_MAX {
        match work().await {
            Err(error) if error.is_busy() => sleep(pause).await,
            done => return done,
        }
        pause *= 2;
    }
    work().await
}

/// Does a task unless another process has the lease for it.
async fn leased(app: &App, (task, holder): (&'static str, &str), work: impl Future<Output = casework::Result<u64>>) {
    let done = async {
        let taken = patiently(|| async {
            let mut tx = app.desk.db.write().await?;
            let taken = lease::take(&mut tx, &app.desk.means(app.now()), task, holder, LEASE).await?;
            tx.commit().await?;
            Ok(taken)
        });
        if !taken.await? {
            return Ok(0);
        }
        let done = work.await;
        let released = patiently(|| async {
            let mut tx = app.desk.db.write().await?;
            lease::release(&mut tx, task, holder).await?;
            Ok(tx.commit().await?)
        });
        released.await?;
        done
    };
    match done.await {
        Ok(0) => {}
        Ok(count) => {
            app.changed.send_modify(|changes| *changes = changes.wrapping_add(1));
            tracing::info!(task, count, "background work done");
        }
        // Nothing is lost: the next look goes on where this one could not.
        Err(error) if error.is_busy() => {
            metrics::counter!("countenance_work_put_off_total", "task" => task).increment(1);
            tracing::info!(task, "background work put off: the database is busy");
        }
        Err(error) => {
            metrics::counter!("countenance_work_failures_total", "task" => task).increment(1);
            tracing::error!(task, %error, "background work failed");
        }
    }
}

/// Ends visits whose time is over.
async fn expire(app: &App) -> casework::Result<u64> {
    Ok(patiently(|| visit::expire_due(&app.desk, app.now(), VISITS_AT_ONCE)).await?.into())
}

/// Deletes what is past its term.
async fn sweep(app: &App) -> casework::Result<u64> {
    let mut batches = 0;
    while batches < u64::from(BATCHES_AT_ONCE) && patiently(|| upkeep::sweep(&app.desk, app.now())).await?.more {
        batches += 1;
    }
    Ok(batches)
}

/// Lets wrapped keys, numbers and templates follow a rotation.
async fn rotate(app: &App) -> casework::Result<u64> {
    let mut count = 0;
    for _ in 0..BATCHES_AT_ONCE {
        let upkeep::RotatedView { wrapped, numbers, templates } =
            patiently(|| upkeep::rotate(&app.desk, app.now())).await?;
        if wrapped + numbers + templates == 0 {
            break;
        }
        count += wrapped + numbers + templates;
    }
    Ok(count)
}

/// Lets the database overwrite what was deleted, so that shredded keys do not linger.
async fn reclaim(app: &App) -> casework::Result<u64> {
    patiently(|| upkeep::reclaim(&app.desk)).await?;
    Ok(0)
}

/// Signs the ledger's state and copies the signed root to the witness folder.
async fn checkpoint(app: &App) {
    let started = Instant::now();
    match patiently(|| upkeep::checkpoint(&app.desk, app.now())).await {
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
        Err(error) if error.is_busy() => tracing::info!("the checkpoint is put off: the database is busy"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use store::{Code, Error};

    const SHORT: Duration = Duration::from_millis(2);

    /// Tries work that is refused with `code` for the first `times`; says what came of it, after how many tries and how long.
    async fn tried(times: u32, code: Code) -> (Result<u32, &'static str>, u32, Duration) {
        let (mut tries, started) = (0, Instant::now());
        let done = repeatedly(SHORT, || {
            tries += 1;
            let done = if tries <= times { Err(Error::new(code, "a test wanted it").into()) } else { Ok(tries) };
            std::future::ready(done)
        });
        let done = done.await.map_err(|error| error.code());
        (done, tries, started.elapsed())
    }

    #[tokio::test]
    async fn work_that_others_are_in_the_way_of_is_done_later() {
        let (done, tries, _) = tried(0, Code::DatabaseBusy).await;
        assert_eq!((done, tries), (Ok(1), 1));
        let (done, tries, waited) = tried(3, Code::DatabaseBusy).await;
        assert_eq!((done, tries), (Ok(4), 4));
        assert!(waited >= SHORT * 7, "{waited:?}");
        let (done, tries, waited) = tried(u32::MAX, Code::DatabaseBusy).await;
        assert_eq!((done, tries), (Err("database-busy"), TRIES_MAX));
        assert!(waited >= SHORT * 31, "{waited:?}");
    }

    #[tokio::test]
    async fn what_waiting_does_not_help_is_not_tried_again() {
        let (done, tries, _) = tried(1, Code::DiskFull).await;
        assert_eq!((done, tries), (Err("disk-full"), 1));
    }
}
