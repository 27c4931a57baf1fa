//! Consent, as ISO/IEC TS 27560 records: what was shown, to whom, for what, and what became of it.

mod bond;
mod grant;

pub use grant::{Grant, require};
