//! The liveness lab: sessions of persons and of attacks, rendered from portraits, and what the engine makes of them.

pub mod act;
pub mod chance;
pub mod clips;
pub mod course;
pub mod fit;
pub mod kit;
pub mod outcome;
pub mod page;
pub mod pieces;
pub mod play;
pub mod portrait;
pub mod render;
pub mod scene;
pub mod session;
pub mod species;
pub mod tally;
pub mod watch;
pub mod y4m;
