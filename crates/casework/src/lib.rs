//! What an office does.
