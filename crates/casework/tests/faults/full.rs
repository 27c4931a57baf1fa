//! The disk is full: a process works under a limit of file sizes until nothing can be written any more, says so, and loses nothing.

use casework::desk::visit::{self, List};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::process::{Command, Stdio};
use store::Db;
use store::db::Dialect;
use testkit::scenario::examine::{Subject, examine};
use testkit::scenario::story::{At, Story};
use testkit::scenario::witness::{Witness, say, say_done};
use testkit::scenario::{self, Ground, Keys, Office};

/// How the worker learns what to do.
const ORDER: &str = "COUNTENANCE_FULL_ORDER";
/// How much more than at the beginning a file may grow, in blocks of 512 bytes.
const BLOCKS: u64 = 800;
/// How many visits are tried after the first that finds no room.
const TRIES: u32 = 12;

#[derive(Serialize, Deserialize)]
struct Order {
    url: String,
    keys: Keys,
}

fn at(visit: u64) -> At {
    At { counter: 0, person: visit % 4, now: scenario::begin() + SignedDuration::from_secs(1 + visit as i64) }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "another test starts it under a limit of file sizes"]
async fn worker() {
    #[expect(clippy::disallowed_methods, reason = "the test that starts this one says what to do")]
    let Ok(order) = std::env::var(ORDER) else { return };
    let Order { url, keys } = serde_json::from_str(&order).unwrap();
    let desk = scenario::desk(Db::open(&url, 3).await.unwrap(), Ground::new(8).unwrap()).unwrap();
    let office = Office::enter(desk, &keys, scenario::begin()).await.unwrap();
    let mut refused = 0;
    for number in 0..10_000 {
        let story = Story::ALL[number as usize % Story::ALL.len()];
        let Err(error) = office.visit(at(number), story, &say_done).await else { continue };
        assert_eq!(error.code(), "disk-full", "{error}");
        // What is there can still be read.
        let listed = visit::list(&office.desk, &office.clerk, at(number).now, &List::default()).await.unwrap();
        assert!(!listed.is_empty());
        refused += 1;
        if refused == TRIES {
            return say("full");
        }
    }
    panic!("the disk was never full");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_says_so() {
    let database = testkit::store::fresh(Dialect::Sqlite).await.unwrap();
    let desk = scenario::desk(database.db().clone(), Ground::new(7).unwrap()).unwrap();
    let keys = scenario::furnish(&desk, 1, 4).await.unwrap();
    database.reclaim().await.unwrap();
    let file = database.folder().unwrap().join("test.db");
    let blocks = std::fs::metadata(file).unwrap().len() / 512 + BLOCKS;
    let order = Order { url: database.url().to_owned(), keys: keys.clone() };
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f $0; exec \"$@\"", &blocks.to_string()])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "full::worker", "--ignored", "--nocapture"])
        .env(ORDER, serde_json::to_string(&order).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.lines().any(|line| line == "full"), "{text:.2000}");
    let mut witness = Witness::default();
    text.lines().for_each(|line| witness.hear(line));
    assert!(witness.count > 10, "{} acts before the disk was full", witness.count);

    // The limit is lifted.
    let now = at(3_000).now;
    let in_order = async |when: &str| {
        let subject = Subject { db: database.db(), raw: database.raw(), roots: &[] };
        let wrong = examine(&subject, &desk.means(now)).await.unwrap();
        assert!(wrong.is_empty(), "{when}: {wrong:#?}");
        assert_eq!(witness.lost(database.raw()).await.unwrap(), Vec::<String>::new(), "{when}");
    };
    in_order("after the disk was full").await;
    let desk = scenario::desk(database.db().clone(), Ground::new(9).unwrap()).unwrap();
    let office = Office::enter(desk, &keys, now).await.unwrap();
    office.visit(At { now, ..at(0) }, Story::Confirmed, &|_, _| {}).await.unwrap();
    in_order("after one more visit").await;
}
