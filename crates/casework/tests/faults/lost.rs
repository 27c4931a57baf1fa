//! The connection to PostgreSQL is lost before the n-th statement.

use jiff::SignedDuration;
use std::sync::Arc;
use store::Db;
use store::db::Dialect;
use store::id::VisitId;
use testkit::chaos::Cut;
use testkit::scenario::examine::{Subject, examine};
use testkit::scenario::story::At;
use testkit::scenario::{self, Ground, Office, fakes};

/// Cuts before each statement of a procedure until it passes. Each time it must say so; whether everything is in order is looked at every eighth
/// time, and at the end.
async fn sweep<T>(
    cut: &Cut,
    (name, in_order): (&str, &dyn AsyncInOrder),
    mut call: impl AsyncFnMut() -> casework::Result<T>,
) -> T {
    for at in 1.. {
        cut.arm(at);
        let result = call().await;
        if !cut.disarm() {
            return result.unwrap_or_else(|error| panic!("{name} does not pass: {error}"));
        }
        let error = result.err().unwrap_or_else(|| panic!("{name}, cut at {at}, says that it succeeded"));
        assert_eq!(error.code(), "database-unreachable", "{name}, cut at {at}: {error}");
        if at % 8 == 1 {
            in_order.look(&format!("{name}, cut at {at}")).await;
        }
    }
    unreachable!("a procedure ends")
}

/// Looks whether everything is in order.
trait AsyncInOrder {
    fn look<'a>(&'a self, when: &'a str) -> std::pin::Pin<Box<dyn Future<Output = ()> + 'a>>;
}

impl<F: AsyncFn(&str)> AsyncInOrder for F {
    fn look<'a>(&'a self, when: &'a str) -> std::pin::Pin<Box<dyn Future<Output = ()> + 'a>> {
        Box::pin(self(when))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_loses_nothing_and_says_so() {
    let Some(database) = testkit::store::fresh(Dialect::Postgres).await else {
        eprintln!("SKIPPED: no PostgreSQL");
        return;
    };
    let application = format!("cut-{}", std::process::id());
    let cut = Arc::new(Cut::new(database.url(), &application));
    let url = format!("{}&application_name={application}", database.url());
    let db = Db::connect(&url, 3).await.unwrap().with_gate(Arc::clone(&cut) as _);
    let desk = scenario::desk(db, Ground::new(7).unwrap()).unwrap();
    let keys = scenario::furnish(&desk, 1, 1).await.unwrap();
    let at = At { counter: 0, person: 0, now: scenario::begin() + SignedDuration::from_secs(1) };
    let office = Office::enter(desk, &keys, at.now).await.unwrap();
    let in_order = async |when: &str| {
        let subject = Subject { db: database.db(), raw: database.raw(), roots: &[] };
        let wrong = examine(&subject, &office.desk.means(at.now)).await.unwrap();
        assert!(wrong.is_empty(), "{when}: {wrong:#?}");
    };

    let visit: VisitId = sweep(&cut, ("open", &in_order), async || office.open(at).await).await;
    sweep(&cut, ("claim", &in_order), async || office.claim(at, &visit).await).await;
    sweep(&cut, ("ask", &in_order), async || office.ask(at, &visit).await).await;
    sweep(&cut, ("answer", &in_order), async || office.answer(at, &visit, true).await).await;
    sweep(&cut, ("begin", &in_order), async || office.begin(at, &visit).await).await;
    let nonce = sweep(&cut, ("camera", &in_order), async || office.camera(at, &visit).await).await;
    let pictures = || vec![fakes::picture(0, 1)];
    sweep(&cut, ("take", &in_order), async || office.take(at, &nonce, pictures()).await).await;
    let same = casework::visit::Judgement::Same;
    sweep(&cut, ("judge", &in_order), async || office.judge(at, &visit, same).await).await;
    sweep(&cut, ("confirm", &in_order), async || office.confirm(at, &visit).await).await;
    assert_eq!(database.count("SELECT COUNT(*) FROM outcomes").await, 1);
    in_order("at the end").await;
}
