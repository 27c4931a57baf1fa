//! Gates that make statements fail: by number, once or several times, or by cutting the connection.

use sqlx::any::AnyPoolOptions;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::tx::Gate;
use store::{Code, Error, Result};

/// A gate that lets a number of statements pass and then fails the next one. Unarmed, it lets everything pass.
#[derive(Debug, Default)]
pub struct Fail(Mutex<Plan>);

/// What a [`Fail`] is to do and has done.
#[derive(Debug, Default)]
struct Plan {
    order: Option<Order>,
    /// Statements since it was armed, or since it last failed one.
    passed: u64,
    failed: Vec<String>,
}

/// Which statement fails, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The number of the statement, from 1; `COMMIT` counts as one.
    pub at: u64,
    /// With which code.
    pub code: Code,
    /// Whether only statements that write are counted: what only reads is not tried again.
    pub is_of_writes: bool,
    /// How often: the count begins again after each failure, so that a procedure that tries again fails at the same place.
    pub times: usize,
}

impl Fail {
    /// Arms the gate.
    pub fn arm(&self, order: Order) {
        *self.plan() = Plan { order: Some(order), ..Plan::default() };
    }

    /// Disarms the gate and gives the statements that it failed.
    pub fn disarm(&self) -> Vec<String> {
        std::mem::take(&mut *self.plan()).failed
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate for Fail {
    fn pass(&self, statement: &str) -> Result<()> {
        let mut plan = self.plan();
        let Some(order) = plan.order else { return Ok(()) };
        if order.is_of_writes && statement.starts_with("SELECT") {
            return Ok(());
        }
        plan.passed += 1;
        if plan.passed < order.at || plan.failed.len() >= order.times {
            return Ok(());
        }
        plan.passed = 0;
        plan.failed.push(statement.to_owned());
        Err(Error::new(order.code, "a test wanted it"))
    }
}

/// A gate that ends every connection with a given application name just before a statement, as a server does that is stopped. PostgreSQL
/// only.
#[derive(Debug)]
pub struct Cut {
    url: String,
    application: String,
    left: Mutex<Option<u64>>,
}

impl Cut {
    /// A gate for connections that call themselves `application`; `url` is the way to end them.
    pub fn new(url: &str, application: &str) -> Self {
        Self { url: url.to_owned(), application: application.to_owned(), left: Mutex::new(None) }
    }

    /// Cuts before the statement with this number, from 1; `COMMIT` counts as one.
    pub fn arm(&self, at: u64) {
        *self.left() = Some(at);
    }

    /// Cuts no more, and says whether it has cut.
    pub fn disarm(&self) -> bool {
        self.left().take().is_some_and(|left| left == 0)
    }

    fn left(&self) -> MutexGuard<'_, Option<u64>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate for Cut {
    fn pass(&self, _: &str) -> Result<()> {
        let mut left = self.left();
        let Some(count) = left.as_mut().filter(|count| **count > 0) else { return Ok(()) };
        *count -= 1;
        if *count > 0 {
            return Ok(());
        }
        // On a thread of its own, because the statement that waits stands on the test's runtime.
        let (url, application) = (self.url.clone(), self.application.clone());
        let cut = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(cut(&url, application))
        });
        match cut.join() {
            Ok(Some(())) => Ok(()),
            _ => Err(Error::new(Code::DatabaseFailed, "the connections could not be cut")),
        }
    }
}

/// Ends the connections, and waits until the last one is gone.
async fn cut(url: &str, application: String) -> Option<()> {
    const CUT: &str = "SELECT COUNT(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = $1";
    let pool = AnyPoolOptions::new().max_connections(1).connect(url).await.ok()?;
    let cut: i64 = sqlx::query_scalar(CUT).bind(application).fetch_one(&pool).await.ok()?;
    pool.close().await;
    (cut > 0).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_statement_fails_as_often_as_it_is_told() {
        let gate = Fail::default();
        assert!(gate.pass("a").is_ok());
        gate.arm(Order { at: 2, code: Code::DiskFull, is_of_writes: false, times: 2 });
        let answers: Vec<bool> = ["a", "b", "c", "d", "e", "f"].iter().map(|text| gate.pass(text).is_ok()).collect();
        assert_eq!(answers, [true, false, true, false, true, true]);
        assert_eq!(gate.disarm(), ["b", "d"]);
        assert!(gate.pass("a").is_ok() && gate.disarm().is_empty());
        gate.arm(Order { at: 1, code: Code::DiskFull, is_of_writes: true, times: 1 });
        assert!(gate.pass("SELECT 1").is_ok() && gate.pass("COMMIT").is_err());
    }
}
