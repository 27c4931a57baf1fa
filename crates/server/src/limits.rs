//! Every bound on what the server takes in and keeps waiting.

use std::time::Duration;

/// Largest JSON body, bytes.
pub const JSON_BYTES_MAX: usize = 64 * 1024;
/// Largest single picture, bytes: the engine's own bound.
pub const PICTURE_BYTES_MAX: usize = face::limits::IMAGE_BYTES_MAX;
/// Live pictures of one capture.
pub const FRAMES_MAX: usize = 8;
/// Largest upload of live pictures, bytes.
pub const FRAMES_BYTES_MAX: usize = 24 * 1024 * 1024;
/// Largest archive of a register import, bytes: some hundred thousand photos. It lies in a temporary file while it is worked off.
pub const IMPORT_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;
/// Longest time for a request but an event stream or an import, from its first byte to its answer.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long connections may finish after the signal to stop.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// Requests that may wait for or be in the face pipeline; more are answered with 503 and a time to try again.
pub const ANALYSES_WAITING_MAX: usize = 32;
/// Requests a second of one address, on average.
pub const REQUESTS_PER_S: u32 = 50;
/// Requests of one address that may come at once.
pub const REQUESTS_BURST: u32 = 200;
/// Attempts to sign in, pair or open a receipt from one address a minute. Guessing a token is hopeless at any rate; this keeps
/// password hashing (about 20 ms of one core each) from becoming a way to stop the server.
pub const SECRETS_PER_MINUTE: u32 = 30;
/// Event streams of one process.
pub const STREAMS_MAX: usize = 512;
/// Longest idempotency key, bytes.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 128;
/// Rows of one page of a list.
pub const PAGE_ROWS_MAX: u32 = 200;
