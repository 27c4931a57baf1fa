//! Fakes and made-up pictures for tests.

pub mod calibrations;
pub mod models;
pub mod packs;
mod quality_pixels;
pub mod quality_scenes;
