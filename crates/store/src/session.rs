//! Signed-in sessions.
