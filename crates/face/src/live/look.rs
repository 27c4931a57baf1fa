//! What is measured in one picture beside the mesh.

mod border;
mod imprint;
mod light;
mod spectrum;
mod texture;

pub use border::Border;
pub use imprint::Imprint;
pub(crate) use imprint::SIDE;
pub(crate) use light::{Curve, linear};
pub use light::{Light, Linear};
pub use texture::Texture;
