//! Everything remembered, and its rules.
