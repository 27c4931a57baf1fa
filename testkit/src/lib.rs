//! Fakes and made-up pictures for tests.
