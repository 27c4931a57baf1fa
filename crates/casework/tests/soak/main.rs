//! The kill soak: a process works as fast as it can and is killed at a random moment, again and again. After each kill the ledger verifies, no
//! visit is half-decided, no template is without consent, and everything that had been acknowledged is there.
//!
//! A kill takes the process away and leaves the operating system alone, so this proves what a crash of the program leaves behind. That a commit
//! also outlives a loss of power rests on `PRAGMA synchronous = FULL` and on PostgreSQL's `fsync`.
//!
//! `tools/soak/run.sh` runs as many kills as wanted.

#![expect(clippy::unwrap_used, reason = "the helpers of a test stop it")]
#![expect(clippy::print_stdout, reason = "whoever runs the soak sees how far it is")]

mod killer;
mod worker;
