//! The lab from index to report, over made-up pictures and a fake engine.
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod engine;
mod fakes;
mod indexes;
mod liveness;
mod protocols;
mod runs;
mod scale;
