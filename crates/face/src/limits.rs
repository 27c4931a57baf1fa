//! Every bound on what the engine takes in, with its unit in its name.

/// Largest picture file in bytes.
pub const IMAGE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Largest picture in pixels (width × height): a 50-megapixel camera.
pub const IMAGE_PIXELS_MAX: u64 = 50_000_000;
/// Longest side of a picture in pixels.
pub const IMAGE_SIDE_PX_MAX: u32 = 16_384;
/// Shortest side of a picture in pixels; below it no face can be compared.
pub const IMAGE_SIDE_PX_MIN: u32 = 48;
/// Most decoding work for one picture: pixels × JPEG scans. Decoding time grows with this product, and the engine has no clock of its
/// own, so the time limit is a limit on work. Measured on one core of the development machine (release build): 3.4 ns for each unit in
/// progressive photographs with noise, so 1.7 s at this limit (8160×6120 pixels in 10 scans), which is the worst that was found for
/// JPEG; 0.5 s for a baseline file of as many pixels, and 50 to 70 ns a pixel for lossy WebP, at most 3.4 s at [`IMAGE_PIXELS_MAX`].
pub const IMAGE_DECODE_WORK_MAX: u64 = 500_000_000;
/// Most memory in bytes that a decoder may need beside the finished picture; the largest pictures fit in their usual forms.
pub const IMAGE_DECODE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Most tiles of a JPEG 2000 picture.
pub const IMAGE_TILES_MAX: u64 = 1024;
/// Most packets of a JPEG 2000 picture: layers × channels × tiles × precincts. Each costs memory whether or not it has data.
pub const IMAGE_PACKETS_MAX: u64 = 250_000;
/// Most faces that a detection reports; further ones are dropped by score.
pub const FACES_MAX: usize = 64;
/// Most live frames in one comparison.
pub const FRAMES_MAX: usize = 16;
/// Most portraits of one person in one comparison.
pub const PORTRAITS_MAX: usize = 16;
/// Most models in a pack.
pub const PACK_MODELS_MAX: usize = 16;
/// Largest model file in bytes.
pub const MODEL_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Largest manifest or calibration file in bytes.
pub const PACK_TEXT_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Most components of one expert's template.
pub const TEMPLATE_DIMENSIONS_MAX: usize = 4096;
/// Most pictures of one capture that are looked at for liveness: two minutes at 15 a second.
pub const LIVE_FRAMES_MAX: usize = 1800;
/// Most prompts of one capture.
pub const LIVE_SHOWN_MAX: usize = 256;
/// Longest side of a picture that is observed for liveness, in pixels; points are kept as tenths of a pixel in 16 bits.
pub const LIVE_SIDE_PX_MAX: u32 = 1920;
