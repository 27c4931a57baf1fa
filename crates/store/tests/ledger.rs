//! Checkpoints, proofs and searches of the ledger.
#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use seal::checkpoint::Checkpoint;
use seal::keys::{FileRing, KeyRing, SignUse};
use seal::tree::Hash;
use store::db::{Dialect, sqlite_url};
use store::ledger::checkpoint::{compare_outside, latest_root, verifiers};
use store::ledger::proof::{consistency, inclusion, root_at};
use store::ledger::search::{self, Search};
use store::ledger::verify::Trust;
use store::ledger::{Act, Actor, Kind, Shard};
use store::{Code, Db, Means};
use testkit::SeededRandom;
use testkit::town::{self, ORIGIN};

struct Keys {
    ring: FileRing,
    random: SeededRandom,
}

impl Keys {
    fn new() -> Self {
        Self { ring: testkit::ring(), random: SeededRandom::new(1) }
    }

    fn means(&self) -> Means<'_> {
        Means { now: town::morning(), random: &self.random, ring: &self.ring }
    }
}

async fn install(db: &Db, means: &Means<'_>) {
    let mut tx = db.write().await.unwrap();
    store::meta::install(&mut tx, means, ORIGIN).await.unwrap();
    tx.commit().await.unwrap();
}

async fn append(db: &Db, means: &Means<'_>, shard: &Shard, count: usize) {
    for _ in 0..count {
        let act = Act::new(Kind::RetentionRun, shard.clone(), &Actor::System);
        town::note(db.write().await.unwrap(), means, act).await.unwrap();
    }
}

fn hashes(proof: &[String]) -> Vec<Hash> {
    proof.iter().map(|text| STANDARD.decode(text).unwrap().try_into().unwrap()).collect()
}

#[tokio::test]
async fn proofs_of_every_entry_and_between_all_sizes_verify() {
    const SIZE: u64 = 21;
    for database in testkit::store::databases().await {
        let keys = Keys::new();
        let means = keys.means();
        install(&database, &means).await;
        append(&database, &means, &Shard::Register, SIZE as usize).await;
        town::checkpoints(&database, &means).await.unwrap();
        let public = keys.ring.public_keys(SignUse::Ledger);
        let known = verifiers(ORIGIN, "register", &public).unwrap();
        let installation = seal::checkpoint::verifiers(ORIGIN, &public).unwrap();
        let foreign = seal::checkpoint::verifiers("elsewhere.example", &public).unwrap();
        let mut tx = database.read().await.unwrap();
        for seq in 0..SIZE {
            let proof = inclusion(&mut tx, &Shard::Register, seq).await.unwrap();
            assert_eq!(proof.verify(&known).unwrap().size, SIZE);
            assert_eq!(proof.verify_by(&installation).unwrap().size, SIZE);
            assert!(proof.verify_by(&foreign).is_err() && proof.verify_by(&[]).is_err());
            let wrong = store::ledger::proof::Inclusion { seq: (seq + 1) % SIZE, ..proof.clone() };
            assert!(wrong.verify(&known).is_err());
            let wrong = store::ledger::proof::Inclusion { entry: proof.entry.replace("system", "citizen"), ..proof };
            assert!(wrong.verify(&known).is_err());
        }
        assert_eq!(inclusion(&mut tx, &Shard::Register, SIZE).await.unwrap_err().code(), Some(Code::NotFound));
        for new in 0..=SIZE {
            let head = seal::tree::Head { size: new, root: root_at(&mut tx, "register", new).await.unwrap() };
            for old in 0..=new {
                let before = seal::tree::Head { size: old, root: root_at(&mut tx, "register", old).await.unwrap() };
                let proof = hashes(&consistency(&mut tx, &Shard::Register, old, new).await.unwrap());
                seal::tree::verify_consistency(&before, &head, &proof).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn checkpoints_are_written_only_for_what_grew() {
    for database in testkit::store::databases().await {
        let keys = Keys::new();
        let means = keys.means();
        install(&database, &means).await;
        let write = async || {
            let mut tx = database.write().await.unwrap();
            let written = store::ledger::checkpoint::write(&mut tx, &means).await.unwrap();
            tx.commit().await.unwrap();
            written
        };
        assert_eq!(write().await, store::ledger::checkpoint::Written::default());
        let office = Shard::Office(store::id::OfficeId::new(&means));
        append(&database, &means, &Shard::Register, 3).await;
        append(&database, &means, &office, 2).await;
        let first = write().await;
        assert_eq!(first.checkpoints, 2);
        let again = write().await;
        assert_eq!((again.checkpoints, again.root), (0, None));
        append(&database, &means, &office, 1).await;
        let second = write().await;
        assert_eq!(second.checkpoints, 1);
        assert_eq!(latest_root(&mut database.read().await.unwrap()).await.unwrap(), second.root);
        let known = verifiers(ORIGIN, "shards", &keys.ring.public_keys(SignUse::Ledger)).unwrap();
        let root = Checkpoint::verify(&second.root.unwrap(), &known).unwrap();
        assert_eq!((root.size, root.origin.as_str()), (2, "town.example.gov/shards"));

        let note = first.root.unwrap();
        let mut tx = database.read().await.unwrap();
        let compared = compare_outside(&mut tx, &means, &note).await.unwrap();
        let sizes: Vec<(u64, u64)> = compared.shards.iter().map(|shard| (shard.then, shard.now)).collect();
        assert_eq!(sizes, [(2, 3), (3, 3)]);
        // Somebody else's signature beside the log's own does not disturb; a changed note does.
        let witnessed = format!("{note}\u{2014} witness.example/w AAAAAAA=\n");
        assert!(compare_outside(&mut tx, &means, &witnessed).await.is_ok());
        for wrong in [note.replace("town", "gown"), note.replace("shards", "register"), note.replacen('2', "3", 1)] {
            assert!(compare_outside(&mut tx, &means, &wrong).await.is_err(), "{wrong}");
        }
    }
}

#[tokio::test]
async fn an_old_database_file_put_back_is_found_by_what_was_kept_outside() {
    let keys = Keys::new();
    let means = keys.means();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("town.db");
    let url = sqlite_url(&file).unwrap();
    let db = Db::open(&url, 2).await.unwrap();
    town::build(&db, &means).await.unwrap();
    let early = latest_root(&mut db.read().await.unwrap()).await.unwrap().unwrap();
    db.reclaim().await.unwrap();
    db.close().await;
    let old = folder.path().join("old.db");
    std::fs::copy(&file, &old).unwrap();

    let db = Db::open(&url, 2).await.unwrap();
    append(&db, &means, &Shard::Register, 2).await;
    let kept = town::checkpoints(&db, &means).await.unwrap().unwrap();
    let checkpoint: (String,) = {
        let pool = sqlx::any::AnyPoolOptions::new().connect(&url).await.unwrap();
        let statement = "SELECT note FROM ledger_checkpoints WHERE shard = 'register' ORDER BY size DESC LIMIT 1";
        let note = sqlx::query_as(statement).fetch_one(&pool).await.unwrap();
        // A connection that is closed later would write its log into the file that is put back.
        pool.close().await;
        note
    };
    assert!(compare_outside(&mut db.read().await.unwrap(), &means, &kept).await.is_ok());
    db.close().await;
    for rest in ["town.db-wal", "town.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(rest));
    }
    std::fs::copy(&old, &file).unwrap();

    let db = Db::open(&url, 2).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let depth = store::check::Depth::Full;
    let report = store::check::check(&mut tx, &means, depth, &mut |_| {}).await.unwrap();
    assert!(report.is_right(), "nothing inside tells that the file is old");
    assert!(compare_outside(&mut tx, &means, &early).await.is_ok());
    for note in [&kept, &checkpoint.0] {
        let refused = compare_outside(&mut tx, &means, note).await.unwrap_err();
        assert_eq!(refused.code(), Some(Code::LedgerRolledBack), "{note}");
    }
    drop(tx);
    // Nor does it help to go on from there: the tree is as long as the checkpoint says, but another.
    append(&db, &town::later(&means, 5), &Shard::Register, 2).await;
    town::checkpoints(&db, &means).await.unwrap();
    let mut tx = db.read().await.unwrap();
    for note in [&kept, &checkpoint.0] {
        let refused = compare_outside(&mut tx, &means, note).await.unwrap_err();
        assert_eq!(refused.code(), Some(Code::LedgerRolledBack), "{note}");
    }
}

#[tokio::test]
async fn entries_are_found_by_what_they_say() {
    for database in testkit::store::databases().await {
        let keys = Keys::new();
        let means = keys.means();
        let town = town::build(&database, &means).await.unwrap();
        let mut tx = database.read().await.unwrap();
        let person = Some(town.pseudonyms[0].as_str());
        let limit = search::PAGE_MAX;
        let all = search::search(&mut tx, &Search { limit, ..Search::default() }).await.unwrap();
        assert_eq!(all.len(), 13);
        let of_person = search::search(&mut tx, &Search { person, limit, ..Search::default() }).await.unwrap();
        let kinds: Vec<&str> = of_person.iter().map(|entry| entry.kind.as_str()).collect();
        assert_eq!(kinds, ["visit.opened", "consent.given", "capture.taken", "judgement.made", "visit.outcome"]);
        let actor = format!("operator:{}", town.operators[0]);
        let office = Shard::Office(town.office.clone());
        let start = all.iter().map(|entry| entry.at_ms).min().unwrap();
        let moment = |seconds: i64| Some(town::later(&means, seconds).now);
        assert_eq!(start, means.now_ms());
        let searches = [
            (Search { visit: Some(&town.ended), ..Search::default() }, 5),
            (Search { visit: Some(&town.open), ..Search::default() }, 4),
            (Search { actor: Some(&actor), ..Search::default() }, 9),
            (Search { actor: Some("system"), ..Search::default() }, 4),
            (Search { shard: Some(&office), ..Search::default() }, 10),
            (Search { shard: Some(&Shard::Register), ..Search::default() }, 3),
            (Search { kind: Some(Kind::Judged), ..Search::default() }, 2),
            (Search { kind: Some(Kind::Judged), person, ..Search::default() }, 1),
            (Search { service: Some("household.identity-card"), ..Search::default() }, 9),
            (Search { service: Some("household.marriage"), ..Search::default() }, 0),
            (Search { person, from: moment(610), until: moment(630), ..Search::default() }, 2),
            (Search { from: moment(900), ..Search::default() }, 4),
            (Search { person, visit: Some(&town.open), ..Search::default() }, 0),
            (Search { person, shard: Some(&Shard::Register), ..Search::default() }, 0),
        ];
        for (search, count) in searches {
            let whole = Search { limit, ..search.clone() };
            let whole = search::search(&mut tx, &whole).await.unwrap();
            assert_eq!(whole.len(), count, "{search:?}");
            // Page by page it is the same.
            let (mut paged, mut after) = (Vec::new(), None);
            loop {
                let page = Search { after: after.clone(), limit: 2, ..search.clone() };
                let page = search::search(&mut tx, &page).await.unwrap();
                let Some(last) = page.last() else { break };
                after = Some(last.cursor());
                paged.extend(page);
            }
            assert_eq!(paged, whole, "{search:?}");
        }
        let stream = search::after(&mut tx, &office, 3, limit).await.unwrap();
        assert_eq!(stream.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [4, 5, 6, 7, 8, 9]);
        assert_eq!(search::at(&mut tx, &office, 4).await.unwrap(), stream[0]);
    }
}

/// Appends as the numbers say: each to one of three trees, with checkpoints now and then; then everything must hold.
#[expect(clippy::print_stderr, reason = "whoever runs the tests must see that half of them did not run")]
async fn appends(dialect: Dialect, steps: &[(u8, bool)]) {
    let Some(database) = testkit::store::fresh(dialect).await else {
        return eprintln!("SKIPPED: no PostgreSQL");
    };
    let keys = Keys::new();
    let means = keys.means();
    install(&database, &means).await;
    let offices = [1, 2].map(|_| Shard::Office(store::id::OfficeId::new(&means)));
    let trees = [&offices[0], &offices[1], &Shard::Register];
    let mut kept = Vec::new();
    for (tree, signed) in steps {
        append(&database, &means, trees[usize::from(*tree)], 1).await;
        if *signed {
            kept.extend(town::checkpoints(&database, &means).await.unwrap());
        }
    }
    let export = town::export(&database, &means).await.unwrap();
    let trusted = seal::checkpoint::verifiers(ORIGIN, &keys.ring.public_keys(SignUse::Ledger)).unwrap();
    let trust = Trust { keys: Some(&trusted), outside: &kept };
    let report = store::ledger::verify(&export[..], &trust, &mut |_| {}).unwrap();
    assert!(report.is_right(), "{report:#?}");
    assert_eq!(report.entries, steps.len() as u64);
    let mut tx = database.read().await.unwrap();
    let depth = store::check::Depth::Full;
    assert!(store::check::check(&mut tx, &means, depth, &mut |_| {}).await.unwrap().is_right());
    for note in &kept {
        compare_outside(&mut tx, &means, note).await.unwrap();
    }
    for shard in trees {
        let known = verifiers(ORIGIN, &shard.to_string(), &keys.ring.public_keys(SignUse::Ledger)).unwrap();
        for entry in search::after(&mut tx, shard, -1, search::PAGE_MAX).await.unwrap() {
            match inclusion(&mut tx, shard, entry.seq as u64).await {
                Ok(proof) => assert!(proof.verify(&known).unwrap().size > entry.seq as u64),
                Err(error) => assert_eq!(error.code(), Some(Code::NotFound)),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn whatever_is_appended_verifies(steps in prop::collection::vec((0_u8..3, prop::bool::weighted(0.2)), 0..40)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            appends(Dialect::Sqlite, &steps).await;
            appends(Dialect::Postgres, &steps).await;
        });
    }
}

#[tokio::test]
async fn many_appends_at_once_leave_one_tree_each() {
    for database in testkit::store::databases().await {
        let keys = std::sync::Arc::new(Keys::new());
        install(&database, &keys.means()).await;
        let mut tasks = Vec::new();
        for task in 0..8 {
            let (db, keys) = (database.db().clone(), std::sync::Arc::clone(&keys));
            tasks.push(tokio::spawn(async move {
                for _ in 0..10 {
                    let act = Act::new(Kind::RetentionRun, Shard::Register, &Actor::System).fact("task", task);
                    town::note(db.write().await.unwrap(), &keys.means(), act).await.unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        town::checkpoints(&database, &keys.means()).await.unwrap();
        let mut tx = database.read().await.unwrap();
        let depth = store::check::Depth::Full;
        let report = store::check::check(&mut tx, &keys.means(), depth, &mut |_| {}).await.unwrap();
        assert!(report.is_right(), "{report:#?}");
        assert_eq!(report.entries, 80);
    }
}
