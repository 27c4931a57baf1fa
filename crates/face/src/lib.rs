//! The face engine of Countenance: image bytes in; faces, quality, template and evidence out.
//!
//! Pure: no network, no clock, no database, no files except the pack.

pub mod code;
pub mod detect;
pub mod error;
pub mod geometry;
pub mod image;
pub mod landmarks;
pub mod limits;
pub mod quality;
pub mod template;

pub use code::Code;
pub use error::{Error, Result};
pub use image::Image;
