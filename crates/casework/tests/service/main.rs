//! Service definitions and the consent notices composed from them.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which clippy does not know as such")]

mod cases;
mod definitions;
mod notice;
mod steps;
