//! The liveness lab: sessions of persons and of attacks, rendered from portraits, and what the engine makes of them.

pub mod chance;
pub mod render;
