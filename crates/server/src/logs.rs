//! Log lines: to stderr, as JSON for machines or as text for people. `docs/LOGGING.md` says what never stands in one.

use crate::config::Log;
use tracing_subscriber::EnvFilter;

/// Begins to log as `log` says.
///
/// # Errors
/// When the filter is not one, or when logging has begun already.
pub fn begin(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|error| format!("log.filter: {error}"))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(true);
    let begun = if log.json { lines.json().flatten_event(true).try_init() } else { lines.compact().try_init() };
    begun.map_err(|_| "logging has begun already".to_owned())
}
