//! The fault sweep: the n-th statement of a procedure fails, for n = 1, 2, 3 … until the procedure passes. After each failure everything is in
//! order and nothing is half-done, and in the end the same procedure succeeds: nothing was lost.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test stop it")]

mod busy;
mod full;
mod lost;
mod register;
mod sweep;
mod upkeep;
mod visit;
