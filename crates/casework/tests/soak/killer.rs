//! The process that kills, and looks at what is left.

use crate::worker::{ORDER, Order, beginning};
use seal::random::array;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use store::Db;
use store::db::Dialect;
use testkit::SeededRandom;
use testkit::scenario::examine::{Subject, examine};
use testkit::scenario::witness::Witness;
use testkit::scenario::{self, Ground, Keys};
use testkit::store::Database;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How often is killed when nothing else is said.
const KILLS: u64 = 25;
/// The same on PostgreSQL.
const KILLS_POSTGRES: u64 = 8;
/// Kills of one database; then a fresh one, because looking through everything takes longer the more there is.
const KILLS_OF_ONE: u64 = 25;
/// A worker is killed after so many acts at most, and then so many milliseconds at most: the moment does not depend on how fast the machine is.
const ACTS_MAX: u64 = 80;
const MORE_MS_MAX: u64 = 40;
/// The longest to wait for those acts, seconds.
const WAIT_S_MAX: u64 = 30;
const COUNTERS: usize = 4;
const PERSONS: u64 = 16;

/// What came of it all.
#[derive(Default)]
struct Tally {
    kills: u64,
    acts: u64,
    roots: usize,
    findings: Vec<String>,
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the soak says how long")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_on_sqlite() {
    soak(Dialect::Sqlite, setting("COUNTENANCE_SOAK_KILLS").unwrap_or(KILLS)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_on_postgres() {
    soak(Dialect::Postgres, setting("COUNTENANCE_SOAK_KILLS").unwrap_or(KILLS_POSTGRES)).await;
}

async fn soak(dialect: Dialect, kills: u64) {
    let seed = setting("COUNTENANCE_SOAK_SEED").unwrap_or(1);
    let random = SeededRandom::new(seed);
    let mut tally = Tally::default();
    while tally.kills < kills {
        let Some(database) = testkit::store::fresh(dialect).await else {
            println!("SKIPPED: no PostgreSQL");
            return;
        };
        let rounds = KILLS_OF_ONE.min(kills - tally.kills);
        one(&database, rounds, &random, &mut tally).await;
        println!(
            "{dialect:?}: {} of {kills} kills, {} acts acknowledged, {} roots kept outside, {} findings",
            tally.kills,
            tally.acts,
            tally.roots,
            tally.findings.len()
        );
    }
    assert!(tally.findings.is_empty(), "{:#?}", tally.findings);
    assert!(tally.acts > kills, "the workers hardly worked: {} acts in {kills} rounds", tally.acts);
}

/// Kills on one database.
async fn one(database: &Database, rounds: u64, random: &SeededRandom, tally: &mut Tally) {
    let desk = scenario::desk(database.db().clone(), Ground::new(7).unwrap()).unwrap();
    let keys = scenario::furnish(&desk, COUNTERS, PERSONS).await.unwrap();
    // The file belongs to the worker alone, until it is killed.
    database.db().close().await;
    let mut witness = Witness::default();
    for round in 1..=rounds {
        let order = Order { url: database.url().to_owned(), keys: keys.clone(), round };
        let acts = u64::from_le_bytes(array(random)) % ACTS_MAX;
        let more = Duration::from_millis(u64::from_le_bytes(array(random)) % MORE_MS_MAX);
        killed(&order, (acts, more), &mut witness).await;
        tally.kills += 1;
        let wrong = left(database, &keys, round, &witness).await;
        let named = wrong.into_iter().chain(std::mem::take(&mut witness.findings));
        tally.findings.extend(named.map(|finding| format!("kill {}: {finding}", tally.kills)));
    }
    tally.acts += witness.count;
    tally.roots += witness.roots.len();
}

/// Starts a worker, lets it work, kills it, and hears what it had said.
async fn killed(order: &Order, (acts, more): (u64, Duration), witness: &mut Witness) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "worker::worker", "--ignored", "--nocapture"])
        .env(ORDER, serde_json::to_string(order).unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = lines(&mut child);
    let enough = witness.count + acts;
    let mut has_begun = false;
    let hear = async {
        while !has_begun || witness.count < enough {
            let Some(line) = lines.recv().await else { return };
            has_begun |= line == "begun";
            witness.hear(&line);
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(WAIT_S_MAX), hear).await;
    tokio::time::sleep(more).await;
    child.kill().unwrap();
    let status = child.wait().unwrap();
    while let Some(line) = lines.recv().await {
        witness.hear(&line);
    }
    if !has_begun || status.code().is_some() {
        witness.findings.push(format!("the worker of round {} was not at work: {status}", order.round));
    }
}

/// The lines that a process says.
fn lines(child: &mut Child) -> UnboundedReceiver<String> {
    let (sender, receiver) = unbounded_channel();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in stdout.lines() {
            if line.is_ok_and(|line| sender.send(line).is_ok()) {
                continue;
            }
            return;
        }
    });
    receiver
}

/// What is wrong after a kill.
async fn left(database: &Database, keys: &Keys, round: u64, witness: &Witness) -> Vec<String> {
    let db = match Db::open(database.url(), 2).await {
        Ok(db) => db,
        Err(error) => return vec![format!("the database does not open: {error}")],
    };
    let desk = scenario::desk(db, Ground::new(500_000 + round).unwrap()).unwrap();
    let subject = Subject { db: &desk.db, raw: database.raw(), roots: &witness.roots };
    let mut wrong = match examine(&subject, &desk.means(beginning(round + 1))).await {
        Ok(wrong) => wrong,
        Err(error) => vec![format!("cannot be examined: {error}")],
    };
    match witness.lost(database.raw()).await {
        Ok(lost) => wrong.extend(lost),
        Err(error) => wrong.push(format!("cannot be read: {error}")),
    }
    if let Err(error) = scenario::Office::enter(desk, keys, beginning(round + 1)).await {
        wrong.push(format!("nobody can work any more: {error}"));
    }
    wrong
}
