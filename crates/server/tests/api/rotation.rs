//! New keys of everything, followed by the background work of a server while visits go on; killed in the middle, gone on with, and at the end the
//! old keys retired.

use casework::desk::upkeep;
use casework::visit::Judgement;
use jiff::{SignedDuration, Timestamp};
use seal::keys::{Domain, FileRing, HashUse, KeyId, KeyRing as _, Rotate};
use serde_json::Value;
use server::{App, Config, work};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use store::id::VisitId;
use store::ledger::search::{self, Search};
use store::ledger::{self, Act, Actor, Kind, Shard};
use testkit::SeededRandom;
use testkit::scenario::examine::{Subject, examine};
use testkit::scenario::story::{At, Story};
use testkit::scenario::{self, Ground, Keys, Office, SERVICE, begin};
use testkit::store::{Database, databases};
use tokio::sync::watch;

/// Persons who come, each with a portrait of their own.
const PEOPLE: u64 = 10;
/// Persons who only stand in the register: some batches of a rotation.
const OTHERS: u64 = 420;
const DAY: &str = "2026-11-22";

/// An office on a database whose ring can be changed.
struct World {
    db: Database,
    keys: Keys,
    clock: Arc<AtomicI64>,
}

impl World {
    async fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for db in databases().await {
            let desk = desk(&db, 1, testkit::ring());
            let keys = scenario::furnish(&desk, 3, PEOPLE).await.unwrap();
            let means = desk.means(begin());
            let mut tx = desk.db.write().await.unwrap();
            let image = scenario::fakes::picture(PEOPLE, 0);
            for number in PEOPLE..PEOPLE + OTHERS {
                scenario::enrol(&mut tx, &means, number, &image).await.unwrap();
            }
            scenario::keep(tx, &means).await.unwrap();
            all.push(Self { db, keys, clock: Arc::new(AtomicI64::new(begin().as_millisecond())) });
        }
        all
    }

    async fn office(&self, seed: u64, ring: FileRing) -> Office {
        Office::enter(desk(&self.db, seed, ring), &self.keys, begin()).await.unwrap()
    }

    /// A server's state with a ring of its own.
    fn app(&self, seed: u64, ring: FileRing) -> App {
        let text = "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://office.example\"\n\
             [database]\nurl = \"sqlite:///unused.db\"\n[keys]\nfile = \"unused.json\"\n[ledger]\norigin = \"office.example/ledger\"\n";
        let clock = Arc::clone(&self.clock);
        let now = move || Timestamp::from_millisecond(clock.load(Ordering::Relaxed)).unwrap();
        App::new(desk(&self.db, seed, ring), Config::parse(text, Path::new("/")).unwrap(), Arc::new(now))
    }

    /// The facts of all entries of a kind, oldest first.
    async fn facts(&self, kind: Kind) -> Vec<Value> {
        let mut tx = self.db.read().await.unwrap();
        let (mut facts, mut after) = (Vec::new(), None);
        loop {
            let page = Search { kind: Some(kind), after: after.take(), limit: search::PAGE_MAX, ..Search::default() };
            let page = search::search(&mut tx, &page).await.unwrap();
            let Some(last) = page.last() else { return facts };
            after = Some(last.cursor());
            facts.extend(page.iter().map(|entry| {
                let entry: Value = serde_json::from_str(&entry.entry).unwrap();
                entry["facts"].clone()
            }));
        }
    }
}

fn desk(db: &Database, seed: u64, ring: FileRing) -> casework::Desk {
    scenario::desk(db.db().clone(), Ground { ring: Arc::new(ring), ..Ground::new(seed).unwrap() }).unwrap()
}

fn copy(ring: &FileRing) -> FileRing {
    FileRing::parse(&ring.to_text().unwrap()).unwrap()
}

/// The ring with a new key of everything that can be renewed, and the old keys of what the records hold.
fn rotated(purpose: &str) -> (FileRing, Vec<KeyId>) {
    let (mut ring, random) = (testkit::ring(), SeededRandom::new(99));
    let mut old: Vec<KeyId> = Domain::ALL.iter().map(|&domain| ring.current(domain)).collect();
    old.push(ring.hashes(HashUse::Number, &[])[0].0.clone());
    ring.rotate(&Rotate::Domains(Domain::ALL.to_vec()), DAY, &random).unwrap();
    ring.rotate(&Rotate::Number, DAY, &random).unwrap();
    ring.rotate(&Rotate::Template { purpose: purpose.to_owned() }, DAY, &random).unwrap();
    (ring, old)
}

async fn visit(office: &Office, at: At, story: Story) {
    office.visit(at, story, &|_, _| {}).await.unwrap();
}

/// A visit up to the evidence; the pictures are those of the first time.
async fn comes_again(office: &Office, at: At, picture: Vec<u8>) -> VisitId {
    let open = office.open(at).await.unwrap();
    office.claim(at, &open).await.unwrap();
    office.ask(at, &open).await.unwrap();
    office.answer(at, &open, true).await.unwrap();
    office.begin(at, &open).await.unwrap();
    let nonce = office.camera(at, &open).await.unwrap();
    office.take(at, &nonce, vec![picture]).await.unwrap();
    open
}

async fn is_the_same(office: &Office, at: At, visit: &VisitId) {
    office.look(at, visit).await.unwrap();
    office.judge(at, visit, Judgement::Same).await.unwrap();
    office.confirm(at, visit).await.unwrap();
}

/// Kills the background work when it has done some and not all; says how many numbers are left.
async fn killed_in_the_middle(app: &App) -> u64 {
    let (_stop, stopping) = watch::channel(false);
    let task = tokio::spawn(work::run(app.clone(), stopping));
    let left = async {
        loop {
            let stale = upkeep::stale(&app.desk, app.now()).await.unwrap();
            if stale.numbers < PEOPLE + OTHERS {
                return stale.numbers;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let left = tokio::time::timeout(Duration::from_secs(100), left).await.unwrap();
    task.abort();
    assert!(task.await.is_err_and(|ended| ended.is_cancelled()));
    left
}

/// Lets the background work of a server run until nothing is left, with visits meanwhile.
async fn gone_on_with(app: &App, office: &Office) -> u32 {
    let (stop, stopping) = watch::channel(false);
    let task = tokio::spawn(work::run(app.clone(), stopping));
    let mut visits = 0;
    while !is_done(app).await || visits == 0 {
        visit(office, at(app, 6 + u64::from(visits % 4)), Story::Confirmed).await;
        visits += 1;
        assert!(visits < 200, "the rotation does not come to its end");
    }
    stop.send_replace(true);
    task.await.unwrap();
    visits
}

fn at(app: &App, person: u64) -> At {
    At { counter: 0, person, now: app.now() }
}

async fn is_done(app: &App) -> bool {
    upkeep::stale(&app.desk, app.now()).await.unwrap().is_none()
}

/// Retires the old keys: in the records first, then in the ring.
async fn retired(app: &App, mut ring: FileRing, old: &[KeyId]) -> FileRing {
    let desk = &app.desk;
    for key in old {
        let mut tx = desk.db.write().await.unwrap();
        store::rotation::retire(&mut tx, (key, ring.usage(key).unwrap())).await.unwrap();
        let act = Act::new(Kind::KeysRotated, Shard::Register, &Actor::System).fact("retired", key.as_str());
        ledger::append(&mut tx, &desk.means(app.now()), &act).await.unwrap();
        tx.commit().await.unwrap();
        ring.retire(key).unwrap();
    }
    ring
}

fn number(fact: &Value, name: &str) -> f64 {
    fact[name].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_of_everything_while_visits_go_on() {
    for world in World::all().await {
        let before = world.office(2, testkit::ring()).await;
        let purpose = before.desk.services.get(SERVICE).unwrap().purpose().to_owned();
        let first = |person| At { counter: 0, person, now: begin() };
        for person in [0, 1, 2, 3, 6, 7] {
            visit(&before, first(person), Story::Confirmed).await;
        }
        visit(&before, first(4), Story::Impostor).await;
        let scores = world.facts(Kind::EvidenceOpened).await;
        // A visit that lasts over all of it: its pictures and its evidence are sealed under the old keys.
        let lasting = At { counter: 1, ..first(5) };
        let open = comes_again(&before, lasting, scenario::fakes::picture(5, 1)).await;

        let (ring, old) = rotated(&purpose);
        let left = killed_in_the_middle(&world.app(3, copy(&ring))).await;
        assert!(left > 0, "the work was over before it was killed");
        // Whoever was killed holds the lease for two minutes more.
        world.clock.fetch_add(SignedDuration::from_mins(3).as_millis() as i64, Ordering::Relaxed);
        let office = world.office(4, copy(&ring)).await;
        let app = world.app(5, copy(&ring));
        for person in [6, 7] {
            visit(&office, at(&app, person), Story::Confirmed).await;
        }
        assert!(!is_done(&app).await);
        let visits = gone_on_with(&app, &office).await;
        println!("{:?}: killed with {left} numbers left, {visits} visits during the rest", world.db);
        assert_eq!(world.db.count("SELECT COUNT(*) FROM bio_templates WHERE version <> 2").await, 0);

        let office = world.office(6, retired(&app, ring, &old).await).await;
        is_the_same(&office, At { now: app.now(), ..lasting }, &open).await;
        let taken = world.facts(Kind::CaptureTaken).await.len();
        let opened = world.facts(Kind::EvidenceOpened).await;
        // Everybody was recognised, and the impostor, who was looked at by two, was not.
        let is_right = |(at, fact): (usize, &Value)| (fact["band"] == "match") != (6..8).contains(&at);
        assert!(scores.len() == 8 && opened.iter().enumerate().all(is_right), "{opened:#?}");
        let grain = begin().as_millisecond() as u64;
        for person in 0..4 {
            let again = comes_again(&office, at(&app, person), scenario::fakes::picture(person, grain)).await;
            is_the_same(&office, at(&app, person), &again).await;
        }
        visit(&office, at(&app, 4), Story::Impostor).await;
        // The templates of before were turned anew, not made again, and every score is what it was.
        assert!(world.facts(Kind::CaptureTaken).await[taken..].iter().all(|fact| fact["templates_made"] == 0));
        let all = world.facts(Kind::EvidenceOpened).await;
        let (again, impostor) = all[opened.len()..].split_at(4);
        assert!(impostor.len() == 2 && impostor.iter().all(|fact| fact["band"] == "no-match"), "{impostor:#?}");
        for (before, after) in scores.iter().zip(again) {
            assert_eq!(before["band"], after["band"]);
            for name in ["similarity", "llr"] {
                assert!((number(before, name) - number(after, name)).abs() < 0.02, "{before} {after}");
            }
        }
        let subject = Subject { db: world.db.db(), raw: world.db.raw(), roots: &[] };
        let means = office.desk.means(app.now());
        assert_eq!(examine(&subject, &means).await.unwrap(), Vec::<String>::new());
    }
}
