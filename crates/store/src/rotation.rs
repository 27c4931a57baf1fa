//! Wrapping data keys again after new keys were made.
