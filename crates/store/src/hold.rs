//! The last transaction of a request, held open until the request's answer is known: so that the answer to an idempotency key is kept in
//! the transaction of the act itself. A program that is killed at any moment has then kept both or neither.
//!
//! Inside [`hold`] a commit is laid aside instead of carried out. The next transaction that begins makes it lasting first, so whoever reads
//! after a commit sees what was written, and only the last one is left over.

use crate::error::Result;
use crate::tx::Tx;
use std::cell::RefCell;

tokio::task_local! {
    static HELD: RefCell<Option<Tx>>;
}

/// Carries `work` out and gives its value with the last transaction that it committed, if one is still open: the caller commits it.
/// When `work` is dropped before its end, so is that transaction, and nothing of it is kept.
pub async fn hold<T>(work: impl Future<Output = T>) -> (T, Option<Tx>) {
    let held = async {
        let value = work.await;
        (value, HELD.with(RefCell::take))
    };
    HELD.scope(RefCell::new(None), held).await
}

/// Lays a transaction aside and gives the one that lay there; outside [`hold`] it gives the transaction back.
pub(crate) fn lay_aside(tx: Tx) -> std::result::Result<Option<Tx>, Tx> {
    let mut tx = Some(tx);
    match HELD.try_with(|held| held.replace(tx.take())) {
        Ok(before) => Ok(before),
        Err(_) => tx.map_or(Ok(None), Err),
    }
}

/// Makes lasting what was laid aside. Before anything slow, because on SQLite nobody else writes until then.
///
/// # Errors
/// The codes of the database.
pub async fn settle() -> Result<()> {
    match HELD.try_with(RefCell::take) {
        Ok(Some(tx)) => tx.make_lasting().await,
        _ => Ok(()),
    }
}
