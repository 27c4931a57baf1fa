//! How many visits a machine carries, what records and ledger add to a verification, and what a large register changes.
//!
//! ```text
//! cargo run --release -p casework --example throughput -- [VISITS] [PERSONS] [sqlite|postgres|both]
//! ```
//!
//! Templates are real: the shipped pack makes them of photographs once, at the beginning. Afterwards its vectors are given back for the same
//! pictures, so that inference is not in the way; decoding, alignment and quality are still done, and measured apart. The comparison is the real
//! one, in the protected space, with the shipped calibration. Everything is durable: `synchronous = FULL`, `fsync = on`.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made ends")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table is what it is for, and filling a register takes minutes"
)]

use casework::visit::Judgement;
use face::model::{Model, Output};
use face::pack::{PackSource, Task};
use face::{Engine, Image, Pack};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::db::Dialect;
use testkit::models::{FakeAttack, FakeDetector, FakeMesh};
use testkit::scenario::story::At;
use testkit::scenario::{self, Ground, Office, fakes};
use testkit::{SeededRandom, cpu};

/// The photographs: the first is the portrait, the others are live pictures of the same person.
const PHOTOS: [&str; 3] = ["obama-1.jpg", "obama-2.jpg", "obama-3.jpg"];
/// Persons whose visits are measured.
const VISITORS: u64 = 8;
/// Stations, and tasks that work at once.
const COUNTERS: usize = 4;
/// Persons added in one transaction.
const BATCH: u64 = 500;

/// What the networks said of chips that were seen before.
#[derive(Default)]
struct Memory {
    lesson: Option<Vec<Vec<f32>>>,
    known: BTreeMap<(usize, u64), Vec<f32>>,
}

/// Gives the vector of a chip that was seen before.
struct Replay {
    expert: usize,
    shape: [Option<usize>; 4],
    memory: Arc<Mutex<Memory>>,
}

impl Model for Replay {
    fn shape(&self) -> [Option<usize>; 4] {
        self.shape
    }

    fn run(&self, _: [usize; 4], input: &[f32]) -> face::Result<Vec<Output>> {
        // FNV-1a over every 31st value: enough to tell a handful of chips apart.
        let fold = |hash: u64, value: &f32| (hash ^ u64::from(value.to_bits())).wrapping_mul(0x0100_0000_01b3);
        let key = (self.expert, input.iter().step_by(31).fold(0xcbf2_9ce4_8422_2325, fold));
        let mut memory = self.memory.lock().unwrap();
        if let Some(lesson) = memory.lesson.as_ref().map(|lesson| lesson[self.expert].clone()) {
            memory.known.insert(key, lesson);
        }
        let known = memory.known.get(&key).cloned();
        let values = known.ok_or_else(|| face::Error::new(face::Code::InferenceFailed, "a chip was never seen"))?;
        Ok(vec![Output { shape: vec![1, values.len()], values }])
    }
}

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).to_owned()
}

fn photo(name: &str) -> Vec<u8> {
    std::fs::read(root().join("fixtures").join(name)).unwrap()
}

/// The shipped pack with networks that repeat what they said of [`PHOTOS`].
fn engine() -> Engine {
    let source = PackSource::Folder(root().join("models"));
    let real = Engine::load(&source).unwrap();
    let memory = Arc::new(Mutex::new(Memory::default()));
    let mut experts = 0;
    let replaying = Engine::with_models(Pack::load(&source).unwrap(), |entry, _| {
        let model: Box<dyn Model> = match entry.task {
            Task::Detector => Box::new(FakeDetector { faces: vec![(fakes::FACE, 0.9)] }),
            Task::Mesh => Box::new(FakeMesh { logit: 5.0 }),
            Task::Attack => Box::new(FakeAttack { logits: [3.0, 0.0, 0.0] }),
            Task::Embedder => {
                experts += 1;
                Box::new(Replay { expert: experts - 1, shape: [None; 4], memory: Arc::clone(&memory) })
            }
        };
        Ok(model)
    });
    let replaying = replaying.unwrap();
    for name in PHOTOS {
        let image = Image::decode(&photo(name)).unwrap();
        memory.lock().unwrap().lesson = Some(real.analyse(&image).unwrap().template.experts);
        replaying.analyse(&image).unwrap().usable().unwrap();
    }
    memory.lock().unwrap().lesson = None;
    replaying
}

/// Wall time and processor time of something done many times.
#[derive(Clone, Copy, Default)]
struct Cost {
    wall: Duration,
    processor: Duration,
    times: u32,
}

impl Cost {
    async fn of<T>(&mut self, work: impl Future<Output = T>) -> T {
        let (begun, before) = (Instant::now(), cpu::spent());
        let done = work.await;
        self.processor += cpu::spent().saturating_sub(before);
        self.wall += begun.elapsed();
        self.times += 1;
        done
    }

    /// Milliseconds of each: wall, processor.
    fn each(&self) -> (f64, f64) {
        let times = f64::from(self.times.max(1));
        (1e3 * self.wall.as_secs_f64() / times, 1e3 * self.processor.as_secs_f64() / times)
    }
}

/// What one visit costs.
#[derive(Clone, Copy, Default)]
struct Costs {
    analysis: Cost,
    take: Cost,
    visit: Cost,
}

/// One visit from the door to the outcome.
async fn visit(office: &Office, at: At, live: &[u8], costs: &mut Costs) {
    let Costs { take, visit: whole, .. } = costs;
    whole
        .of(async {
            let visit = office.open(at).await.unwrap();
            office.claim(at, &visit).await.unwrap();
            office.ask(at, &visit).await.unwrap();
            office.answer(at, &visit, true).await.unwrap();
            office.begin(at, &visit).await.unwrap();
            let nonce = office.camera(at, &visit).await.unwrap();
            assert!(take.of(office.take(at, &nonce, vec![live.to_vec()])).await.unwrap().usable);
            office.judge(at, &visit, Judgement::Same).await.unwrap();
            office.confirm(at, &visit).await.unwrap();
        })
        .await;
}

/// Visits one after the other, and what they cost.
async fn costs(office: &Office, first: u64, visits: u64) -> Costs {
    let mut costs = Costs::default();
    for number in 0..visits {
        let live = photo(PHOTOS[1 + number as usize % 2]);
        costs.analysis.of(office.desk.analyse(live.clone())).await.unwrap();
        visit(office, at(0, first + number), &live, &mut costs).await;
    }
    costs
}

fn at(counter: usize, number: u64) -> At {
    let person = (counter as u64 * VISITORS / COUNTERS as u64 + number) % VISITORS;
    At { counter, person, now: scenario::begin() + SignedDuration::from_millis(1_000 + 50 * number as i64) }
}

/// Visits at all counters at once: how many a second.
async fn rate(office: &Arc<Office>, first: u64, visits: u64) -> f64 {
    let begun = Instant::now();
    let tasks: Vec<_> = (0..COUNTERS)
        .map(|counter| {
            let office = Arc::clone(office);
            tokio::spawn(async move {
                let live = photo(PHOTOS[1]);
                for number in 0..visits / COUNTERS as u64 {
                    // Each counter has persons of its own.
                    let person = counter as u64 * 2 + number % 2;
                    let at = At { person, ..at(counter, first + number) };
                    visit(&office, at, &live, &mut Costs::default()).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    visits as f64 / begun.elapsed().as_secs_f64()
}

/// Fills the register with persons, each with a small portrait.
async fn fill(office: &Office, from: u64, to: u64) -> f64 {
    const PICTURE: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4];
    let (begun, means) = (Instant::now(), office.desk.means(scenario::begin()));
    for first in (from..to).step_by(BATCH as usize) {
        let mut tx = office.desk.db.write().await.unwrap();
        for person in first..(first + BATCH).min(to) {
            scenario::enrol(&mut tx, &means, person, PICTURE).await.unwrap();
        }
        scenario::keep(tx, &means).await.unwrap();
        if first % (100 * BATCH) < BATCH {
            eprintln!("{first} of {to} persons");
        }
    }
    eprintln!("{to} persons are in the register");
    (to - from) as f64 / begun.elapsed().as_secs_f64()
}

fn line(name: &str, persons: u64, costs: &Costs, rate: f64) {
    let (analysis, take, visit) = (costs.analysis.each(), costs.take.each(), costs.visit.each());
    println!(
        "{name:<10} {persons:>9} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8.1} {rate:>9.1}",
        take.0 - analysis.0,
        take.1 - analysis.1,
        visit.0 - analysis.0,
        visit.1 - analysis.1,
        analysis.0,
        analysis.1,
    );
}

async fn measure(dialect: Dialect, visits: u64, persons: u64) {
    let Some(database) = testkit::store::fresh(dialect).await else { return println!("SKIPPED: no PostgreSQL") };
    let random = Arc::new(SeededRandom::new(7));
    let ground = Ground { ring: Arc::new(testkit::ring()), random, engine: Arc::new(engine()) };
    let desk = scenario::desk(database.db().clone(), ground).unwrap();
    let keys = scenario::furnish(&desk, COUNTERS, 0).await.unwrap();
    let means = desk.means(scenario::begin());
    let mut tx = desk.db.write().await.unwrap();
    for person in 0..VISITORS {
        scenario::enrol(&mut tx, &means, person, &photo(PHOTOS[0])).await.unwrap();
    }
    scenario::keep(tx, &means).await.unwrap();
    let office = Arc::new(Office::enter(desk, &keys, scenario::begin()).await.unwrap());
    let name = format!("{dialect:?}");
    // Templates are made, connections opened, pages cached.
    costs(&office, 0, 2 * VISITORS).await;
    let few = costs(&office, 100, visits).await;
    line(&name, VISITORS, &few, rate(&office, 10_000, 4 * visits).await);
    if persons <= VISITORS {
        return;
    }
    let filled = fill(&office, VISITORS, persons).await;
    costs(&office, 20_000, 2 * VISITORS).await;
    let many = costs(&office, 20_100, visits).await;
    line(&name, persons, &many, rate(&office, 30_000, 4 * visits).await);
    let change = |few: (f64, f64), many: (f64, f64)| 100.0 * (many.0 / few.0 - 1.0);
    println!(
        "{name}: {persons} persons change the wall time of taking the pictures by {:+.1} %, of a visit by {:+.1} %; {filled:.0} persons were added a second",
        change(few.take.each(), many.take.each()),
        change(few.visit.each(), many.visit.each()),
    );
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| arguments.get(at).map_or(default, |text| text.parse().unwrap());
    let (visits, persons) = (number(0, 200), number(1, 0));
    println!("milliseconds each                add to taking pictures     whole visit     analysis of a picture");
    println!(
        "{:<10} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9}",
        "", "persons", "wall", "cpu", "wall", "cpu", "wall", "cpu", "visits/s"
    );
    let which = arguments.get(2).map_or("both", String::as_str);
    for (name, dialect) in [("sqlite", Dialect::Sqlite), ("postgres", Dialect::Postgres)] {
        if which == "both" || which == name {
            measure(dialect, visits, persons).await;
        }
    }
}
