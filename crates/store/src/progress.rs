//! How far a long piece of work is, for whoever waits.

/// A moment of a long piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The part of the work, as one lower-case word.
    pub part: &'static str,
    /// How much of the part is done.
    pub done: u64,
    /// How much there is.
    pub total: u64,
}

/// Is told the progress now and then.
pub type Watch<'a> = &'a mut (dyn FnMut(Progress) + Send);
