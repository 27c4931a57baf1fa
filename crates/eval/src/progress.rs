//! How a run tells how far it is; the command line draws it.

/// Told about the steps of a long run, from several threads.
pub trait Progress: Sync {
    /// A stage with `total` steps begins; `what` is a short plain-English name.
    fn start(&self, what: &str, total: u64);
    /// One step is done.
    fn step(&self);
    /// The stage is over.
    fn finish(&self);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn start(&self, _what: &str, _total: u64) {}
    fn step(&self) {}
    fn finish(&self) {}
}
