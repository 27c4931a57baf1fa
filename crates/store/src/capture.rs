//! Captures and their frames.
