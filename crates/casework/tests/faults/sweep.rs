//! An office whose database fails on command.

use jiff::{SignedDuration, Timestamp};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use store::db::Dialect;
use store::{Code, Db};
use testkit::chaos::{Fail, Order};
use testkit::scenario::examine::{Subject, examine};
use testkit::scenario::story::At;
use testkit::scenario::{self, Ground, Office};
use testkit::store::Database;

/// Persons of the office.
pub(crate) const PERSONS: u64 = 4;
/// What statements fail with, in turn. A database that is busy is tried again; see `busy.rs`.
const CODES: [Code; 2] = [Code::DatabaseUnreachable, Code::DiskFull];

/// An office whose database fails on command.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) office: Office,
    pub(crate) gate: Arc<Fail>,
    /// The same database, which does not fail.
    pub(crate) sound: Db,
    pub(crate) now: Cell<Timestamp>,
    pub(crate) roots: RefCell<Vec<String>>,
}

/// Whether a procedure is one transaction, so that after a failure not even an entry is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Whole,
    InParts,
}

/// A world on each database that there is.
pub(crate) async fn worlds() -> Vec<World> {
    let mut all = Vec::new();
    for database in testkit::store::databases().await {
        all.push(world(database).await);
    }
    all
}

async fn world(database: Database) -> World {
    let sound = database.db().clone();
    let gate = Arc::new(Fail::default());
    let desk = scenario::desk(sound.clone().with_gate(Arc::clone(&gate) as _), Ground::new(7).unwrap()).unwrap();
    let keys = scenario::furnish(&desk, 2, PERSONS).await.unwrap();
    let office = Office::enter(desk, &keys, scenario::begin()).await.unwrap();
    World { database, office, gate, sound, now: Cell::new(scenario::begin()), roots: RefCell::default() }
}

impl World {
    /// A later moment than any before, at the first counter.
    pub(crate) fn at(&self, person: u64) -> At {
        self.pass(SignedDuration::from_secs(1));
        At { counter: 0, person, now: self.now.get() }
    }

    /// Moves the clock.
    pub(crate) fn pass(&self, time: SignedDuration) {
        self.now.set(self.now.get() + time);
    }

    /// The moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.now.get()
    }

    /// Entries of the ledger.
    pub(crate) async fn entries(&self) -> i64 {
        self.database.count("SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM ledger_heads").await
    }

    /// Everything is in order.
    pub(crate) async fn is_in_order(&self, when: &str) {
        let roots = self.roots.borrow().clone();
        let subject = Subject { db: &self.sound, raw: self.database.raw(), roots: &roots };
        let wrong = examine(&subject, &self.office.desk.means(self.now.get())).await.unwrap();
        assert!(wrong.is_empty(), "{when}, {:?}: {wrong:#?}", self.sound);
    }

    /// Fails the first, second, third … statement of `call` until it passes, and looks at everything after each.
    pub(crate) async fn sweep<T>(
        &self,
        name: &str,
        kind: Kind,
        mut call: impl AsyncFnMut() -> casework::Result<T>,
    ) -> T {
        for at in 1.. {
            let code = CODES[at as usize % CODES.len()];
            let before = self.entries().await;
            self.gate.arm(Order { at, code, is_of_writes: false, times: 1 });
            let result = call().await;
            let failed = self.gate.disarm();
            let Some(statement) = failed.first() else {
                assert!(at > 2, "{name} runs no statement");
                let done = result.unwrap_or_else(|error| panic!("{name} does not pass: {error}"));
                self.is_in_order(name).await;
                return done;
            };
            let when = format!("{name} with statement {at} failed ({statement:.60})");
            let Err(error) = result else { panic!("{when} says that it succeeded") };
            assert_eq!(error.code(), code.as_str(), "{when}");
            if kind == Kind::Whole {
                assert_eq!(self.entries().await, before, "{when} left an entry");
            }
            // On a server everything takes longer, and the order is the same.
            if self.sound.dialect() == Dialect::Sqlite || at % 5 == 0 {
                self.is_in_order(&when).await;
            }
        }
        unreachable!("a procedure ends")
    }
}
