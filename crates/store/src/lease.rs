//! Which process does the background work.
