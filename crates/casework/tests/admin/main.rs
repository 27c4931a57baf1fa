//! Administration on both databases: signing in, passkeys, permissions, register, import, audit, upkeep.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod audit;
mod import;
mod matrix;
mod passkey;
mod register;
mod sign_in;
mod upkeep;
mod world;
