//! The face engine of Countenance: image bytes in; faces, quality, template and evidence out.
//!
//! Pure: no network, no clock, no database, no files except the pack.

pub mod align;
pub mod calibration;
pub mod code;
pub mod compare;
pub mod detect;
pub mod embed;
pub mod engine;
pub mod error;
pub mod evidence;
pub mod geometry;
pub mod image;
pub mod landmarks;
pub mod limits;
pub mod live;
pub mod model;
pub mod normal;
mod onnx;
pub mod pack;
pub mod quality;
pub mod template;

pub use calibration::Calibration;
pub use code::Code;
pub use engine::{Analysis, Engine};
pub use error::{Error, Result};
pub use image::Image;
pub use pack::{Pack, PackSource};
pub use template::{PackId, Template};
