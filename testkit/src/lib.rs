//! Fakes and made-up pictures for tests.

mod quality_pixels;
pub mod quality_scenes;
