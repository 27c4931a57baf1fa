//! A small renderer: a person, a print or a screen before a camera, in linear light, on the processor, and the same for the same seed.

pub mod body;
pub mod camera;
pub mod head;
pub mod light;
pub mod mimic;
pub mod raster;
pub mod room;
pub mod sheet;
pub mod space;
pub mod texture;
pub mod triangles;
