//! The visit as a state machine: its whole table, and random walks through it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of a test stop it")]

mod model;
mod rules;
mod support;
mod table;
mod walks;
