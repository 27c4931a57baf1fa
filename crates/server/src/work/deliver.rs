//! Sending notices to agencies: looks what is due, and works off each agency by itself, so that a slow one delays nobody else.

use crate::state::App;
use crate::webhook::{CALL, Call, Poster};
use casework::desk::delivery::{self, Reply, Sending, Settled};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::id::AgencyId;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// Between two looks for what is due.
const EVERY: Duration = Duration::from_secs(2);
/// Notices to one agency that are on their way at the same time.
const AT_ONCE: u32 = 4;
/// Rounds of one agency before the next look: a paused or deleted one is noticed.
const ROUNDS_MAX: u32 = 50;
/// Looks between two times that secrets which sign no more are deleted.
const TIDY_EVERY: u32 = 30;

/// Sends until `stop` says so. What is on its way then may end; what is killed is sent again, with the same id.
pub(super) async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let poster = match Poster::new(app.config.webhooks.private_networks) {
        Ok(poster) => poster,
        Err(error) => return tracing::error!(error, "notices cannot be sent"),
    };
    let (mut ticks, mut looks) = (interval(EVERY), 0_u32);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut agencies, mut at_work) = (JoinSet::new(), BTreeMap::<AgencyId, AbortHandle>::new());
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.changed() => break,
        }
        while agencies.try_join_next().is_some() {}
        at_work.retain(|_, task| !task.is_finished());
        looks = looks.wrapping_add(1);
        if looks % TIDY_EVERY == 1 {
            told(delivery::tidy(&app.desk, app.now()).await.map(drop));
        }
        let due = match delivery::due(&app.desk, app.now()).await {
            Ok(due) => due,
            Err(error) => {
                told(Err(error));
                continue;
            }
        };
        for id in due.into_iter().filter(|id| !at_work.contains_key(id)).collect::<Vec<_>>() {
            let (app, poster, agency) = (app.clone(), poster.clone(), id.clone());
            let task = agencies.spawn(async move {
                for _ in 0..ROUNDS_MAX {
                    match agency_round(&app, &poster, &agency).await {
                        Ok(0) => break,
                        Ok(_) => {}
                        Err(error) => return told(Err(error)),
                    }
                }
            });
            at_work.insert(id, task);
        }
    }
    let _ = timeout(CALL, async { while agencies.join_next().await.is_some() {} }).await;
}

/// Says what went wrong. Nothing is lost: a claim lapses, and the next look goes on.
fn told(done: casework::Result<()>) {
    match done {
        Ok(()) => {}
        Err(error) if error.is_busy() => tracing::info!("notices are put off: the database is busy"),
        Err(error) => {
            metrics::counter!("countenance_work_failures_total", "task" => "notices").increment(1);
            tracing::error!(%error, "notices could not be sent");
        }
    }
}

/// Sends what is due to every agency, once, and says how many notices were tried.
///
/// # Errors
/// The codes of the database.
pub async fn round(app: &App, poster: &Poster) -> casework::Result<u64> {
    let mut count = 0;
    for agency in delivery::due(&app.desk, app.now()).await? {
        count += agency_round(app, poster, &agency).await?;
    }
    Ok(count)
}

/// Claims notices to one agency, sends them side by side and notes what came of each.
async fn agency_round(app: &App, poster: &Poster, agency: &AgencyId) -> casework::Result<u64> {
    let sendings = delivery::claim(&app.desk, app.now(), agency, AT_ONCE).await?;
    let count = sendings.len() as u64;
    let mut tasks = JoinSet::new();
    for sending in sendings {
        let (app, poster) = (app.clone(), poster.clone());
        tasks.spawn(async move {
            let sending = Arc::new(sending);
            let reply = send(&app, &poster, &sending).await;
            super::patiently(|| {
                let (app, sending, reply) = (app.clone(), Arc::clone(&sending), reply.clone());
                async move { delivery::settle(&app.desk, app.now(), &sending, &reply).await }
            })
            .await
        });
    }
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok(Ok(settled)) => counted(settled),
            Ok(Err(error)) => told(Err(error)),
            Err(_) => tracing::error!("a task that sends notices ended"),
        }
    }
    if count > 0 {
        app.changed.send_modify(|changes| *changes = changes.wrapping_add(1));
    }
    Ok(count)
}

fn counted(settled: Settled) {
    let outcome = match settled {
        Settled::Delivered => "delivered",
        Settled::Later(_) => "later",
        Settled::Dead => "dead",
        Settled::Paused => "paused",
        Settled::Taken => "taken",
    };
    metrics::counter!("countenance_notices_total", "outcome" => outcome).increment(1);
}

/// Sends one notice.
pub async fn send(app: &App, poster: &Poster, sending: &Sending) -> Reply {
    let headers = [
        ("content-type", "application/cloudevents+json; charset=utf-8".to_owned()),
        ("webhook-id", sending.id().to_owned()),
        ("webhook-timestamp", sending.timestamp_s.to_string()),
        ("webhook-signature", sending.signature.clone()),
    ];
    let (at, started) = (app.now(), Instant::now());
    let answer = poster.post(&Call { endpoint: &sending.endpoint, headers: &headers, body: &sending.body }).await;
    let took_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
    // Never the endpoint's path or what was sent: both may tell something.
    tracing::debug!(
        notice = sending.id(),
        status = answer.status,
        failure = answer.failure,
        took_ms,
        "a notice was sent"
    );
    Reply {
        at,
        took_ms,
        status: answer.status,
        failure: answer.failure,
        body: answer.body,
        retry_after_s: answer.retry_after_s,
    }
}
