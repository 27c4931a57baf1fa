//! Fakes and made-up pictures for tests.

#[cfg(feature = "app")]
pub mod agency;
#[cfg(feature = "app")]
pub mod app;
pub mod authority;
#[cfg(feature = "browser")]
pub mod browser;
pub mod calibrations;
pub mod chaos;
pub mod cpu;
pub mod desk;
pub mod films;
pub mod models;
pub mod packs;
pub mod pictures;
mod quality_pixels;
pub mod quality_scenes;
pub mod random;
pub mod ring;
#[cfg(feature = "scenario")]
pub mod scenario;
pub mod store;
pub mod town;
pub mod world;

pub use random::SeededRandom;
pub use ring::ring;
pub use world::World;
