//! The process that works until it is killed.

use casework::desk::decide::{self, End, Leave};
use casework::desk::upkeep;
use casework::desk::visit::{self, List};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Instant;
use store::Db;
use store::id::VisitId;
use store::ledger::Kind;
use testkit::scenario::story::{At, Story};
use testkit::scenario::witness::{say, say_done, say_root};
use testkit::scenario::{self, Ground, Keys, Office};

/// How the worker learns what to do.
pub(crate) const ORDER: &str = "COUNTENANCE_SOAK_ORDER";

/// What the worker is to do.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) url: String,
    pub(crate) keys: Keys,
    /// Its number: moments and randomness are others in each.
    pub(crate) round: u64,
}

/// The moment at which a worker begins; each is killed long before the next one's moment.
pub(crate) fn beginning(round: u64) -> Timestamp {
    scenario::begin() + SignedDuration::from_secs(20 * round as i64)
}

/// A clock that goes on from a moment.
#[derive(Clone, Copy)]
struct Clock {
    from: Timestamp,
    begun: Instant,
}

impl Clock {
    fn now(self) -> Timestamp {
        self.from + SignedDuration::from_millis(self.begun.elapsed().as_millis() as i64)
    }
}

/// Whether an error is to be expected: on PostgreSQL two transactions may be in each other's way for longer than they are tried again.
fn is_expected(url: &str, error: &casework::Error) -> bool {
    !url.starts_with("sqlite:") && error.code() == "database-busy"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "the soak starts it, and kills it"]
async fn worker() {
    #[expect(clippy::disallowed_methods, reason = "the test that starts this one says what to do")]
    let Ok(order) = std::env::var(ORDER) else { return };
    let order: Arc<Order> = Arc::new(serde_json::from_str(&order).unwrap());
    let desk = scenario::desk(Db::open(&order.url, 6).await.unwrap(), Ground::new(1_000 + order.round).unwrap());
    let clock = Clock { from: beginning(order.round), begun: Instant::now() };
    let office = Arc::new(Office::enter(desk.unwrap(), &order.keys, clock.now()).await.unwrap());
    say("begun");
    if let Err((visit, error)) = take_up(&office, clock).await {
        say(&format!("finding a visit that was left open: {visit} {error}"));
    }
    let mut tasks = Vec::new();
    for counter in 0..order.keys.stations.len() {
        let (office, order) = (Arc::clone(&office), Arc::clone(&order));
        tasks.push(tokio::spawn(async move { work(&office, &order, counter, clock).await }));
    }
    let upkeep = keep_up(&office, &order, clock);
    upkeep.await;
    for task in tasks {
        task.await.unwrap();
    }
}

/// Ends the visits that the last worker left open: nothing is stuck.
async fn take_up(office: &Office, clock: Clock) -> Result<(), (VisitId, casework::Error)> {
    let list = List { open_only: true, ..List::default() };
    let open = visit::list(&office.desk, &office.clerk, clock.now(), &list).await.unwrap();
    for line in open {
        let at = At { counter: 0, person: 0, now: clock.now() };
        let leave = Leave { how: End::Abandoned };
        let mut done = decide::leave(&office.desk, &office.clerk, at.now, &line.id, leave).await.map(|_| ());
        if done.is_err() {
            // A report waits for the other clerk, who may have judged already.
            done = match office.waiting(at, &line.id).await {
                Ok(incident) => {
                    let _ = office.second_judge(at, &incident).await;
                    office.second(at, &incident).await
                }
                Err(error) => Err(error),
            };
        }
        done.map_err(|error| (line.id.clone(), error))?;
        say_done(Kind::Decided, &line.id);
    }
    Ok(())
}

/// Visits at one counter, without end.
async fn work(office: &Office, order: &Order, counter: usize, clock: Clock) {
    let counters = order.keys.stations.len() as u64;
    for number in 0_u64.. {
        let person = counter as u64 + counters * (number % (order.keys.persons / counters));
        let story = Story::ALL[(number + counter as u64 + order.round) as usize % Story::ALL.len()];
        let at = At { counter, person, now: clock.now() };
        if let Err(error) = office.visit(at, story, &say_done).await
            && !is_expected(&order.url, &error)
        {
            say(&format!("finding {story:?}: {error}"));
        }
    }
}

/// Checkpoints and sweeps, without end.
async fn keep_up(office: &Office, order: &Order, clock: Clock) {
    loop {
        match upkeep::checkpoint(&office.desk, clock.now()).await {
            Ok(root) => root.iter().for_each(|root| say_root(root)),
            Err(error) if is_expected(&order.url, &error) => {}
            Err(error) => say(&format!("finding checkpoint: {error}")),
        }
        match upkeep::sweep(&office.desk, clock.now()).await {
            Err(error) if !is_expected(&order.url, &error) => say(&format!("finding sweep: {error}")),
            _ => {}
        }
        if let Err(error) = visit::expire_due(&office.desk, clock.now(), 10).await {
            say(&format!("finding expire: {error}"));
        }
        tokio::time::sleep(std::time::Duration::from_millis(15)).await;
    }
}
