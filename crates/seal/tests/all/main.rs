//! What the crate promises, from outside: known answers of the standards, properties, and sweeps that change or cut every byte.

#![expect(clippy::unwrap_used, reason = "the helpers of a test stop it")]

mod archive;
mod canonical;
mod checkpoint;
mod chip;
mod jws;
mod keys;
mod password;
mod record;
mod sweep;
mod template;
mod totp;
mod tree;
