//! Register imports.

use super::{NASTY, code, data};
use store::import::{self, Rejection, Source, State};
use store::{Code, person};
use testkit::World;
use testkit::store::databases;

fn rejection(line: i64) -> Rejection {
    Rejection { line, code: "already-exists".to_owned(), detail: NASTY.to_owned() }
}

#[tokio::test]
async fn an_import_goes_on_where_it_stopped() {
    for db in databases().await {
        let world = World::default();
        let means = world.means();
        let source = Source { operator: None, hash: &[7; 32], rows: 5 };
        let mut tx = db.write().await.unwrap();
        let begun = import::start(&mut tx, &means, &source).await.unwrap();
        assert_eq!((begun.state, begun.rows_done), (State::Running, 0));
        world.commit(tx).await;

        // Two rows in a transaction that is lost: neither persons nor progress stay.
        let mut tx = db.write().await.unwrap();
        person::add(&mut tx, &means, &data("A123456789")).await.unwrap();
        import::advance(&mut tx, &means, &begun.id, 2, &[rejection(2)]).await.unwrap();
        drop(tx);
        let mut tx = db.write().await.unwrap();
        let resumed = import::start(&mut tx, &means, &source).await.unwrap();
        assert_eq!((&resumed.id, resumed.rows_done), (&begun.id, 0));
        person::add(&mut tx, &means, &data("A123456789")).await.unwrap();
        import::advance(&mut tx, &means, &begun.id, 3, &[rejection(1), rejection(3)]).await.unwrap();
        let stopped = import::finish(&mut tx, &means, &begun.id).await.unwrap();
        assert_eq!(stopped.state, State::Stopped);
        assert_eq!(code(import::advance(&mut tx, &means, &begun.id, 1, &[]).await), Some(Code::Conflict));
        world.commit(tx).await;

        let mut tx = db.write().await.unwrap();
        let resumed = import::start(&mut tx, &means, &source).await.unwrap();
        assert_eq!((resumed.state, resumed.rows_done, resumed.rows_rejected), (State::Running, 3, 2));
        import::advance(&mut tx, &means, &begun.id, 2, &[]).await.unwrap();
        assert_eq!(import::finish(&mut tx, &means, &begun.id).await.unwrap().state, State::Finished);
        assert_eq!(code(import::finish(&mut tx, &means, &begun.id).await), Some(Code::Conflict));
        let again = import::start(&mut tx, &means, &source).await.unwrap();
        assert_ne!(again.id, begun.id, "a finished table is read anew");
        assert_eq!(import::list(&mut tx, 10).await.unwrap().len(), 2);
        let page = import::rejections(&mut tx, &begun.id, 0, 1).await.unwrap();
        assert_eq!(page, [rejection(1)]);
        assert_eq!(import::rejections(&mut tx, &begun.id, 1, 9).await.unwrap(), [rejection(3)]);
        assert_eq!(import::get(&mut tx, &begun.id).await.unwrap().rows_done, 5);
        world.commit(tx).await;
    }
}

#[tokio::test]
async fn progress_that_cannot_be_is_refused() {
    for db in databases().await {
        let world = World::default();
        let means = world.means();
        let source = Source { operator: None, hash: &[7; 32], rows: 5 };
        let mut tx = db.write().await.unwrap();
        let id = import::start(&mut tx, &means, &source).await.unwrap().id;
        let other = Source { rows: 6, ..source };
        assert_eq!(code(import::start(&mut tx, &means, &other).await), Some(Code::Conflict));
        assert_eq!(code(import::advance(&mut tx, &means, &id, 6, &[]).await), Some(Code::RowInvalid));
        assert_eq!(code(import::advance(&mut tx, &means, &id, 0, &[rejection(1)]).await), Some(Code::RowInvalid));
        assert_eq!(code(import::advance(&mut tx, &means, &id, 1, &[rejection(0)]).await), Some(Code::RowInvalid));
        let long = Rejection { detail: "x".repeat(201), ..rejection(1) };
        assert_eq!(code(import::advance(&mut tx, &means, &id, 1, &[long]).await), Some(Code::TextTooLong));
        let twice = [rejection(1), rejection(1)];
        assert_eq!(code(import::advance(&mut tx, &means, &id, 2, &twice).await), Some(Code::AlreadyExists));
    }
}
