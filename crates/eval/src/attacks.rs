//! The liveness lab: sessions of persons and of attacks, rendered from portraits, and what the engine makes of them.

pub mod act;
pub mod chance;
pub mod kit;
pub mod play;
pub mod portrait;
pub mod render;
pub mod scene;
pub mod session;
pub mod species;
pub mod y4m;
