//! Fakes and made-up pictures for tests.

pub mod pictures;
