//! Work shared out over threads of our own, one item after the other.
//!
//! Not rayon's: a rayon thread that waits for a model, which runs on a pool of its own, begins another item meanwhile.

use crate::error::Result;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Calls `make` for every item, on as many threads as rayon has here; the results in the order of the items. The first error stops all.
///
/// # Errors
/// That of `make`.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], make: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut made = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return Ok(made) };
            made.push((at, make(item).inspect_err(|_| next.store(items.len(), Ordering::Relaxed))?));
        }
    };
    let parts: Vec<Result<Vec<(usize, R)>>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..rayon::current_num_threads()).map(|_| scope.spawn(worker)).collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, _>| match worker.join() {
            Ok(part) => part,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        workers.into_iter().map(join).collect()
    });
    let mut all = Vec::with_capacity(items.len());
    for part in parts {
        all.extend(part?);
    }
    all.sort_by_key(|(at, _)| *at);
    Ok(all.into_iter().map(|(_, made)| made).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;
    use crate::error::Error;

    #[test]
    fn results_are_in_order_and_an_error_ends_the_work() {
        let items: Vec<u32> = (0..100).collect();
        assert_eq!(each(&items, |i| Ok(i * 2)).unwrap(), items.iter().map(|i| i * 2).collect::<Vec<_>>());
        let fail = |i: &u32| if *i == 50 { Err(Error::new(Code::WriteFailed, "x")) } else { Ok(*i) };
        assert_eq!(each(&items, fail).unwrap_err().code(), "write-failed");
    }
}
